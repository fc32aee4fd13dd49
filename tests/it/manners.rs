//! How Balcony behaves towards the terminal and the desktop: who looks elsewhere is told, what is said can be clicked, and
//! everything is given back in the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use balcony::engine::event::Event;
use balcony::store::config::{Attention, NotificationsConfig, TerminalWish};
use balcony::tui::effect::{Effect, Note};
use balcony::tui::msg::Msg;
use balcony::tui::{Appearance, Between, Links, Seat, Surroundings};
use tempfile::TempDir;

use crate::support::screen::{Screen, contact};
use crate::support::terminal::Terminal;

/// A terminal on a desktop of this machine.
const HERE: Surroundings =
    Surroundings { seat: Seat::Here, known: None, between: Between::Nothing, links: Links::Borne };

/// Juliet's screen on a desktop; nobody looks at it.
fn unseen(notifications: NotificationsConfig) -> Screen {
    let mut screen = Screen::with(80, 24, Appearance { notifications, surroundings: HERE, ..Appearance::default() });
    screen.log_in();
    screen.keys("/query romeo<Enter>").msg(Msg::FocusLost).caused();
    screen
}

/// What the desktop was told since this was last asked: who, and what.
fn shown(screen: &mut Screen) -> Vec<(String, String)> {
    let notes = screen.caused().into_iter().filter_map(|effect| match effect {
        Effect::ShowOnDesktop(Note { title, body, .. }) => Some((title, body)),
        _ => None,
    });
    notes.collect()
}

fn note(title: &str, body: &str) -> (String, String) {
    (title.to_owned(), body.to_owned())
}

#[test]
fn a_message_that_nobody_sees_is_told_by_every_way() {
    let mut screen = unseen(NotificationsConfig { terminal: TerminalWish::Osc9, ..NotificationsConfig::default() });
    screen.romeo("But soft!");
    let about = "0 romeo@montague.lit".to_owned();
    let told: Vec<Effect> = screen.caused().into_iter().filter(|it| !matches!(it, Effect::Command(..))).collect();
    let on_desktop = Note { about, title: "Romeo".to_owned(), body: "But soft!".to_owned() };
    let sequence = Effect::Escape("\x1b]9;Romeo: But soft!\x07".to_owned());
    assert_eq!(told, [Effect::Bell, Effect::ShowOnDesktop(on_desktop), sequence]);
}

#[test]
fn what_is_looked_at_is_not_told() {
    let mut screen = unseen(NotificationsConfig::default());
    screen.msg(Msg::FocusGained).romeo("But soft!");
    assert!(screen.caused().iter().all(|effect| matches!(effect, Effect::Command(..))));
}

#[test]
fn any_number_of_strangers_ring_once_a_minute() {
    let mut screen = unseen(NotificationsConfig::default());
    let bells = |screen: &mut Screen| screen.caused().iter().filter(|effect| **effect == Effect::Bell).count();
    for number in 0..100 {
        let message = screen.message(&format!("stranger{number}@verona.lit/x"), "cheap swords");
        screen.event(Event::Message(message)).wait(500);
    }
    assert_eq!(bells(&mut screen), 1);
    screen.wait(30_000).romeo("But soft!");
    assert_eq!(bells(&mut screen), 1, "a contact is told of at once");
}

#[test]
fn a_thousand_messages_are_two_notifications() {
    let mut screen = unseen(NotificationsConfig::default());
    for number in 1..=1000 {
        screen.romeo(&format!("message {number}"));
    }
    let effects = screen.caused();
    let bells = effects.iter().filter(|effect| **effect == Effect::Bell).count();
    assert_eq!(bells, 1);
    screen.effects = effects;
    assert_eq!(shown(&mut screen), [note("Romeo", "message 1")]);
    screen.wait(1999);
    assert_eq!(shown(&mut screen), []);
    screen.wait(1);
    assert_eq!(shown(&mut screen), [note("Romeo", "999 new, the last: message 1000")]);
    screen.wait(10_000);
    assert_eq!(shown(&mut screen), [], "nothing is told twice");
}

#[test]
fn news_of_many_are_one() {
    let mut screen = unseen(NotificationsConfig::default());
    screen.romeo("first");
    for name in ["anna", "berta", "clara", "dora"] {
        screen.event(Event::Contact(contact(&format!("{name}@verona.lit"), "", "", None)));
        screen.says(&format!("{name}@verona.lit/x"), "hello");
    }
    screen.wait(2000);
    assert_eq!(
        shown(&mut screen),
        [note("Romeo", "first"), note("Balcony", "4 new in 4 conversations: anna, berta, clara, …")]
    );
}

#[test]
fn who_comes_back_in_time_needs_no_notification() {
    let mut screen = unseen(NotificationsConfig::default());
    screen.romeo("one").romeo("two");
    screen.msg(Msg::FocusGained).wait(2000);
    assert_eq!(shown(&mut screen), [note("Romeo", "one")]);
}

#[test]
fn offers_are_told_and_what_they_say_can_be_kept_private() {
    let mut screen = unseen(NotificationsConfig { preview: false, ..NotificationsConfig::default() });
    screen.offered(1, "sonnet.pdf", 1024 * 1024).wait(2000).romeo("a secret");
    assert_eq!(shown(&mut screen), [note("Romeo", "offers a file"), note("Romeo", "New message")]);
    let mut screen = unseen(NotificationsConfig::default());
    screen.offered(1, "sonnet.pdf", 1024 * 1024);
    assert_eq!(shown(&mut screen), [note("Romeo", "offers sonnet.pdf (1.0 MiB)")]);
}

#[test]
fn a_contact_can_be_silent_or_heard_at_night() {
    let contacts = [
        ("romeo@montague.lit".parse().unwrap(), Attention::Never),
        ("nurse@capulet.lit".parse().unwrap(), Attention::Always),
    ];
    // The test's clock stands at noon.
    let quiet = "11:30-12:30".parse().ok();
    let mut screen = unseen(NotificationsConfig {
        quiet,
        contacts: contacts.into_iter().collect(),
        ..NotificationsConfig::default()
    });
    screen.romeo("hey").says("tybalt@capulet.lit/x", "hey").says("nurse@capulet.lit/x", "Madam!");
    assert_eq!(shown(&mut screen), [note("Nurse", "Madam!")]);
}

#[test]
fn what_is_said_of_a_contact_on_the_screen_comes_before_what_is_configured() {
    let contacts = [("romeo@montague.lit".parse().unwrap(), Attention::Never)].into_iter().collect();
    let mut screen = unseen(NotificationsConfig { contacts, ..NotificationsConfig::default() });
    screen.romeo("hey");
    assert_eq!(shown(&mut screen), []);
    screen.keys("/notify romeo all<Enter>").romeo("hey");
    assert_eq!(shown(&mut screen), [note("Romeo", "hey")]);
    screen.keys("/notify romeo none<Enter>").wait(2000).romeo("hey");
    assert_eq!(shown(&mut screen), []);
}

#[test]
fn who_asks_to_see_us_is_told_of() {
    let mut screen = unseen(NotificationsConfig::default());
    screen.event(Event::SubscriptionRequest { from: "paris@verona.lit".parse().unwrap(), text: None, nick: None });
    assert_eq!(shown(&mut screen), [note("paris", "asks to see when you are online")]);
}

/// The demo on a terminal, in a home of its own, with more in its environment.
fn demo(environment: &[(&str, &str)]) -> (Terminal, TempDir) {
    demo_with(&[], environment)
}

fn demo_with(arguments: &[&str], environment: &[(&str, &str)]) -> (Terminal, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_balcony"));
    command
        .args(arguments)
        .arg("demo")
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("LANG", "C.UTF-8");
    command.envs(environment.iter().copied());
    (Terminal::start(&command), home)
}

#[tokio::test]
async fn the_title_counts_what_is_unread_and_the_bell_rings() {
    let (terminal, _home) = demo(&[]);
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    terminal.until("the bell", |_| terminal.ask("#{window_bell_flag}") == "1").await;
    terminal.until("the title", |_| terminal.ask("#{pane_title}").ends_with(") Balcony")).await;
    assert!(terminal.ask("#{pane_title}").starts_with('('));
}

#[tokio::test]
async fn an_address_that_is_wrapped_is_one_link() {
    const ADDRESS: &str =
        "https://verona.lit/orchard/wall/so-high-and-hard-to-climb/with-loves-light-wings?oer=perch&stony=limits";
    let (terminal, home) = demo(&[]);
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    let record = home.path().join("written");
    terminal.record(&record);
    terminal.say("/query romeo");
    terminal.say(ADDRESS);
    terminal
        .until("the address, in two rows", |screen| {
            screen.contains("https://verona.lit/orchard/wall") && screen.contains("limits")
        })
        .await;
    let opening = format!(";{ADDRESS}\x1b\\");
    terminal.until("links", |_| fs::read_to_string(&record).unwrap_or_default().contains(&opening)).await;
    let written = fs::read_to_string(&record).unwrap();
    let parts: Vec<&str> = written.split(&opening).skip(1).filter_map(|after| after.split("\x1b]8;;").next()).collect();
    assert!(parts.windows(2).any(|rows| rows.concat() == ADDRESS), "each row has one part of the link: {parts:?}");
    let ids: std::collections::BTreeSet<&str> = written
        .split("\x1b]8;id=")
        .skip(1)
        .filter(|link| link.contains(&opening))
        .filter_map(|link| link.split(';').next())
        .collect();
    assert_eq!(ids.len(), 1, "the parts of a wrapped address belong together");
}

#[tokio::test]
async fn without_colours_nothing_is_coloured() {
    let (terminal, home) = demo(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]);
    let record = home.path().join("written");
    terminal.record(&record);
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    terminal.press("C-l");
    terminal
        .until("the screen, drawn anew", |_| fs::read_to_string(&record).unwrap_or_default().contains("Romeo"))
        .await;
    let written = fs::read_to_string(&record).unwrap();
    let styles = written.split("\x1b[").skip(1).filter_map(|after| after.split_once('m').map(|(style, _)| style));
    let is_colour = |style: &str| {
        let mut numbers = style.split(';').filter_map(|number| number.parse::<u32>().ok());
        numbers.any(|number| matches!(number, 30..=38 | 40..=48 | 90..=107))
    };
    let coloured: Vec<&str> = styles.filter(|style| is_colour(style)).collect();
    assert!(coloured.is_empty(), "{coloured:?}");
}

#[tokio::test]
async fn a_terminal_that_says_that_it_draws_nothing_is_written_to_in_lines() {
    let (terminal, _home) = demo(&[("TERM", "dumb")]);
    terminal.until_line(&["F3 accepts sonnets.txt", "F4 declines it"]).await;
    assert!(!terminal.screen().contains('│'), "{}", terminal.screen());
}

#[tokio::test]
async fn who_listens_chats_and_takes_a_file_that_falls_back() {
    let (terminal, home) = demo_with(&["--screen-reader"], &[]);
    let record = home.path().join("written");
    terminal.record(&record);
    terminal.until_line(&["juliet@capulet.lit", "online"]).await;
    terminal.until_line(&["F3 accepts sonnets.txt", "F4 declines it"]).await;
    terminal
        .until("the next offer", |screen| {
            if !screen.contains("F3 accepts ballad.txt") {
                terminal.press("F4");
            }
            screen.contains("F3 accepts ballad.txt")
        })
        .await;
    // A key right after an offer has appeared does nothing, by design, so it is pressed again.
    terminal
        .until("the file to be agreed on", |screen| {
            terminal.press("F3");
            screen.contains("ballad.txt: agreed on")
        })
        .await;
    terminal.until_line(&["ballad.txt: SOCKS5 direct by 127.0.0.2:", "failed: refused"]).await;
    terminal.until_line(&["ballad.txt: trying SOCKS5 proxy"]).await;
    terminal.until_line(&["ballad.txt: moves by in-band"]).await;
    terminal.say("/query romeo");
    terminal.until_line(&["Conversation with romeo@montague.lit online"]).await;
    terminal.say("It is not yet near day.");
    terminal.until_line(&["me: It is not yet near day."]).await;
    terminal.press("F7");
    terminal.until("a contact and whether he is there, in words", |screen| screen.contains("\nonline Romeo")).await;
    terminal.press("F1");
    terminal.until_line(&["In the roster"]).await;
    terminal.press("Escape");
    terminal.press("C-q");
    let written = fs::read_to_string(&record).unwrap();
    let drawn: Vec<char> = written.chars().filter(|c| ('\u{2500}'..='\u{259f}').contains(c)).collect();
    assert!(drawn.is_empty(), "boxes and bars are nothing to listen to: {drawn:?}");
    assert!(!written.contains("\x1b[?1049h"), "what was said can be read again above");
}

#[tokio::test]
async fn the_cursor_stands_where_it_is_in_any_script() {
    let (terminal, _home) = demo(&[]);
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    let column = || terminal.ask("#{cursor_x}").parse::<usize>().unwrap();
    let start = column();
    for (text, wide) in [("שלום", 4), ("e\u{301}o\u{308}", 2), ("東京", 4), ("👩‍💻", 2)] {
        terminal.write(text);
        terminal.until(&format!("{text} and the cursor after it"), |_| column() == start + wide).await;
        terminal.write("|");
        terminal.until_line(&[&format!("{text}|")]).await;
        terminal.press("C-a");
        terminal.until("the cursor at the start", |_| column() == start).await;
        terminal.press("C-k");
        terminal.until("nothing", |screen| !screen.contains(text)).await;
    }
    terminal.write("👩‍💻e\u{301}");
    terminal.press("Left");
    terminal.until("one letter to the left", |_| column() == start + 2).await;
    terminal.press("Left");
    terminal.until("everything of her to the left", |_| column() == start).await;
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A session bus and a desktop on it; the address of the bus, and the file with what the desktop was told.
async fn desktop(room: &Path) -> (Vec<Running>, String, PathBuf) {
    let socket = room.join("bus");
    let address = format!("unix:path={}", socket.display());
    let mut bus = Command::new("dbus-daemon");
    bus.args(["--session", "--nofork", "--nopidfile", "--address", &address]);
    let bus = Running(bus.stdout(Stdio::null()).spawn().unwrap_or_else(|why| {
        panic!("this test needs dbus-daemon ({why}): apt-get install dbus-daemon, or run tests/run, which does that")
    }));
    wait_for(&socket).await;
    let record = room.join("shown");
    let mut desktop = Command::new("/usr/bin/python3");
    desktop.arg("tests/peers/desktop.py").arg(&record).env("DBUS_SESSION_BUS_ADDRESS", &address);
    let desktop = Running(desktop.spawn().unwrap());
    wait_for(&record).await;
    (vec![desktop, bus], address, record)
}

/// Waits for a file. Who starts no desktop here lacks python3-dbus and python3-gi.
async fn wait_for(path: &Path) {
    let mut glances = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..400 {
        glances.tick().await;
        if path.exists() {
            return;
        }
    }
    panic!("{} did not come; apt-get install dbus-daemon python3-dbus python3-gi, or run tests/run", path.display());
}

#[tokio::test]
async fn the_desktop_shows_offers_and_messages_each_in_the_place_of_the_one_before() {
    let room = tempfile::tempdir().unwrap();
    let (_running, address, record) = desktop(room.path()).await;
    let (terminal, _home) = demo(&[("DBUS_SESSION_BUS_ADDRESS", &address)]);
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    let told = || fs::read_to_string(&record).unwrap_or_default();
    terminal.until("the offer on the desktop", |_| told().contains("offers sonnets.txt")).await;
    terminal
        .until("another one in its place", |_| {
            told().lines().any(|line| line.contains("\"summary\": \"Romeo\"") && !line.contains("\"replaces\": 0"))
        })
        .await;
    terminal.press("C-q");
}

#[tokio::test]
async fn without_a_desktop_there_is_a_screen_all_the_same() {
    let (terminal, _home) = demo(&[("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")]);
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    terminal.write("Come, gentle night");
    terminal.until_line(&["Come, gentle night"]).await;
}
