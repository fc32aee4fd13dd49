//! The real program on a real terminal: tmux is the terminal, and what a person would see is read from its screen.

use std::fs;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use balcony::demo::script::CAST;
use tempfile::TempDir;
use tokio::time::interval;

use super::support::process::send_signal;
use super::support::terminal::{Terminal, has_line};

/// Some seconds of work for any machine; the file to be sent has holes, only what arrives of it takes space.
const VAST: u64 = 4 << 30;

/// The demo, at a terminal, in a home of its own.
struct Demo {
    terminal: Terminal,
    home: TempDir,
}

impl Demo {
    fn start() -> Demo {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_balcony"));
        command.arg("demo").env_clear().env("HOME", home.path()).env("TMPDIR", home.path()).env("LANG", "C.UTF-8");
        Demo { terminal: Terminal::start(&command), home }
    }

    /// The names of what is in the home and temporary folder.
    fn left(&self) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(self.home.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap())
    }

    /// A file that was received.
    fn received(&self, name: &str) -> Option<Vec<u8>> {
        let places = self.left().map(|folder| self.home.path().join(folder).join(name));
        let found: Option<PathBuf> = places.into_iter().find(|path| path.is_file());
        found.map(|path| fs::read(path).unwrap())
    }
}

impl Deref for Demo {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

/// A shell with jobs, as people start programs from, and what is there of the demo in it.
struct Shell {
    terminal: Terminal,
    _home: TempDir,
}

impl Shell {
    /// Starts the demo from a shell.
    async fn with_demo() -> Shell {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        command.args(["--norc", "--noprofile", "-i"]).env("HOME", home.path()).env("TMPDIR", home.path());
        command.env("LANG", "C.UTF-8").env("PS1", "shell> ");
        let shell = Shell { terminal: Terminal::start(&command), _home: home };
        shell.until_line(&["shell>"]).await;
        shell.say(&format!("{} demo", env!("CARGO_BIN_EXE_balcony")));
        shell.until_line(&["Nurse"]).await;
        shell
    }

    /// The process in which the demo runs.
    fn demo(&self) -> String {
        let shell = self.process();
        fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap().trim().to_owned()
    }

    /// The shell has the terminal, as it was, and takes a line.
    async fn until_shell_is_back(&self) {
        self.until("the shell", |screen| screen.trim_end().ends_with("shell>")).await;
        assert_eq!(self.modes(), "0 0 0", "the alternate screen and the mouse are still taken");
        self.say(r"stty -a | tr ' ' '\n' | grep -x -e '-*icanon' -e '-*echo'");
        self.until("the shell's own modes", |screen| {
            let lines: Vec<&str> = screen.lines().map(str::trim).collect();
            lines.contains(&"icanon") && lines.contains(&"echo")
        })
        .await;
    }

    /// The demo has the terminal again: it draws all of it, and hears keys.
    async fn until_demo_is_back(&self) {
        let is_back = |screen: &str| has_line(screen, &["Nurse"]) && !screen.contains("shell>");
        self.until("the demo", |screen| is_back(screen) && self.modes() == "1 1 1").await;
        self.write("still here");
        self.until_line(&["still here"]).await;
        self.press("C-u");
    }

    /// Whether the alternate screen is shown, whether the mouse is taken, and whether its wheel is.
    fn modes(&self) -> String {
        self.ask("#{alternate_on} #{mouse_any_flag} #{mouse_sgr_flag}")
    }
}

impl Deref for Shell {
    type Target = Terminal;

    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

/// How many files move through the conversation.
fn moving_in_band(screen: &str) -> usize {
    screen.lines().filter(|line| ["ballad", "%", "iB/s", "in-band"].iter().all(|word| line.contains(word))).count()
}

/// How many files move over connections, at whatever speed this machine has.
fn moving_directly(screen: &str) -> usize {
    screen.lines().filter(|line| ["vast", "%", "iB/s", "SOCKS5 direct"].iter().all(|word| line.contains(word))).count()
}

fn content_of(name: &str) -> Vec<u8> {
    CAST.iter().filter_map(|part| part.prop).find(|prop| prop.name == name).unwrap().content()
}

/// What stands in the composer, its lines one after the other.
fn written(screen: &str) -> String {
    let rows = screen.lines().filter_map(|row| row.split_once('▎'));
    rows.map(|(_, row)| row.trim_end_matches('│').trim()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_demo_shows_each_theme_and_refuses_what_is_none() {
    let demo = Demo::start();
    demo.until_line(&["● ", "online"]).await;
    let record = demo.home.path().join("record");
    demo.record(&record);
    demo.say("/set ui.theme pink");
    demo.until_line(&["There is no theme \"pink\"; there are terminal,"]).await;
    demo.say_alone("/set ui.theme light");
    // Its #1c1c1c, among 256 colours.
    let is_light = || fs::read_to_string(&record).is_ok_and(|written| written.contains("38;5;234"));
    demo.until("the light theme", |_| is_light()).await;
}

#[tokio::test]
async fn what_comes_faster_than_anybody_types_is_all_read() {
    let demo = Demo::start();
    demo.until_line(&["● ", "online"]).await;
    demo.write(&format!("{}the end", "Good night, ".repeat(120)));
    demo.until("all of it", |screen| written(screen).ends_with("the end")).await;
}

#[tokio::test]
async fn nothing_stays_of_characters_that_this_terminal_draws_in_pieces() {
    let demo = Demo::start();
    demo.until_line(&["● ", "online"]).await;
    demo.write("नमस्ते 🇩🇪 👩‍👩‍👧‍👦 東京");
    demo.until("all of it", |screen| written(screen).ends_with("東京")).await;
    demo.press("C-u");
    demo.write("x");
    demo.until("nothing else", |screen| written(screen) == "x").await;
}

#[tokio::test]
async fn a_person_chats_takes_a_file_and_sees_the_next_one_fall_back() {
    let terminal = Demo::start();
    terminal.until_line(&["juliet@capulet.lit", "online"]).await;
    terminal.until_line(&["Romeo", "offers", "sonnets.txt"]).await;
    terminal.press("M-a");
    terminal.until_line(&["Romeo", "But soft!"]).await;
    terminal.say("It is not yet near day.");
    terminal.until_line(&["me", "It is not yet near day."]).await;
    terminal.until_line(&["Romeo", "Shall I hear more"]).await;
    terminal.answer_offer("sonnets.txt", "F3").await;
    terminal.until_line(&["sonnets.txt", "✓", "12.0 MiB", "SOCKS5 direct"]).await;

    terminal.answer_offer("ballad.txt", "F3").await;
    terminal.until_line(&["✗ SOCKS5 direct", "127.0.0.2:", "refused"]).await;
    terminal.until_line(&["… SOCKS5 proxy", "127.0.0.1:", " s of "]).await;
    let falls_back = |screen: &str| {
        has_line(screen, &["✗ SOCKS5 direct", "127.0.0.2:", "refused"])
            && has_line(screen, &["✗ SOCKS5 proxy", "127.0.0.1:", "no answer"])
            && has_line(screen, &["▶ in-band", "active"])
            && moving_in_band(screen) == 1
    };
    terminal.until("the fallback", falls_back).await;
    terminal.until_line(&["ballad.txt", "✓", "3.0 MiB", "in-band"]).await;

    terminal.press("C-q");
    terminal.until_exit("0").await;
    for name in ["sonnets.txt", "ballad.txt"] {
        assert!(terminal.received(name) == Some(content_of(name)), "{name} is not what was sent");
    }
    let left: Vec<_> = terminal.left().collect();
    assert!(left.len() == 1 && left[0].starts_with("balcony-demo-"), "more than the received files is left: {left:?}");
    assert!(has_line(&terminal.everything(), &["What came in the demo is in ", "/balcony-demo-"]));
}

#[tokio::test]
async fn a_demo_in_which_nothing_was_received_leaves_nothing() {
    let terminal = Demo::start();
    terminal.until_line(&["Nurse"]).await;
    terminal.press("C-q");
    terminal.until_exit("0").await;
    assert_eq!(terminal.left().count(), 0);
    assert!(!terminal.everything().contains("What came in the demo"));
}

#[tokio::test]
async fn nothing_shows_of_what_a_killed_program_left_on_the_alternate_screen() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    let old = "printf '\\033[?1049h'; yes 'drawn by somebody else' | head -n 29; exec \"$0\" demo";
    command.args(["-c", old, env!("CARGO_BIN_EXE_balcony")]).env("HOME", home.path()).env("TMPDIR", home.path());
    let terminal = Terminal::start(&command);
    terminal.until_line(&["Nurse"]).await;
    assert!(!terminal.screen().contains("somebody else"), "{}", terminal.screen());
}

#[tokio::test]
async fn ctrl_z_gives_the_terminal_to_the_shell_and_its_fg_gives_it_back() {
    let shell = Shell::with_demo().await;
    for _ in 0..2 {
        shell.write("half a sentence");
        shell.until_line(&["half a sentence"]).await;
        shell.press("C-z");
        shell.until_shell_is_back().await;
        shell.say("clear; fg");
        shell.until_line(&["half a sentence"]).await;
        shell.press("C-u");
        shell.until_demo_is_back().await;
    }
    shell.press("C-q");
    shell.until("the shell", |screen| screen.trim_end().ends_with("shell>")).await;
}

#[tokio::test]
async fn who_stops_it_from_outside_finds_the_terminal_as_it_was() {
    let shell = Shell::with_demo().await;
    send_signal("TSTP", &shell.demo());
    shell.until_shell_is_back().await;
    shell.say("clear; fg");
    shell.until_demo_is_back().await;
}

#[tokio::test]
async fn who_stops_it_without_asking_finds_it_whole_when_it_goes_on() {
    let shell = Shell::with_demo().await;
    send_signal("STOP", &shell.demo());
    shell.until_line(&["shell>"]).await;
    shell.say("stty sane; fg");
    shell.until_demo_is_back().await;
}

#[tokio::test]
async fn a_job_that_goes_on_in_the_background_waits_for_the_terminal() {
    let shell = Shell::with_demo().await;
    shell.press("C-z");
    shell.until_shell_is_back().await;
    shell.say("bg; clear");
    shell.until("the prompt", |screen| screen.trim_end().ends_with("shell>")).await;
    shell.say("echo $((40 + 2)) is mine");
    shell.until_line(&["42 is mine"]).await;
    shell.say("clear; fg");
    shell.until_demo_is_back().await;
}

#[tokio::test]
async fn without_a_shell_that_waits_ctrl_z_says_so_and_nothing_stops() {
    let terminal = Demo::start();
    terminal.until_line(&["Nurse"]).await;
    terminal.press("C-z");
    terminal.until_line(&["No shell started this"]).await;
}

#[tokio::test]
async fn a_keystroke_shows_while_two_files_move() {
    let terminal = Demo::start();
    terminal.until_line(&["Nurse"]).await;
    terminal.say("/msg nurse@capulet.lit Send it, good nurse");
    terminal.answer_offer("ballad", "F3").await;
    terminal.say("/msg nurse@capulet.lit Once more, please");
    terminal.until("another offer", |screen| has_line(screen, &["offers", "ballad", "F3 accept"])).await;
    terminal
        .until("both files to move", |screen| {
            if has_line(screen, &["F3 accept"]) {
                terminal.press("F3");
            }
            moving_in_band(screen) == 2
        })
        .await;
    terminal.write("Come, gentle night");
    let shows = |screen: &str| moving_in_band(screen) == 2 && screen.contains("Come, gentle night");
    terminal.until("what was typed, while both files move", shows).await;
}

#[tokio::test]
async fn a_keystroke_shows_while_two_files_move_at_full_speed() {
    let terminal = Demo::start();
    terminal.until_line(&["Mercutio"]).await;
    for name in ["vast-one", "vast-two"] {
        let path = terminal.home.path().join(name);
        fs::File::create(&path).unwrap().set_len(VAST).unwrap();
        terminal.say(&format!("/send {} --to mercutio@verona.lit", path.display()));
    }
    terminal.until("both files to move", |screen| moving_directly(screen) == 2).await;
    terminal.write("Come, gentle night");
    let shows = |screen: &str| moving_directly(screen) == 2 && screen.contains("Come, gentle night");
    terminal.until("what was typed, while both files move", shows).await;
}

#[tokio::test]
async fn a_screen_on_which_nothing_happens_uses_no_processor_time() {
    let terminal = Demo::start();
    for name in ["sonnets.txt", "ballad.txt"] {
        terminal.answer_offer(name, "F4").await;
    }
    // Somebody may still have something to say; then the next seconds are quiet.
    let mut measurements = interval(Duration::from_secs(3));
    measurements.tick().await;
    let mut before = terminal.processor_time();
    for _ in 0..12 {
        measurements.tick().await;
        let after = terminal.processor_time();
        if after - before <= 1 {
            return;
        }
        before = after;
    }
    panic!("there was no moment without work; the screen is\n{}", terminal.screen());
}
