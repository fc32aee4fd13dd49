//! The message cursor: (screen, keys, screen), what is shown of what was said about messages, and what is caused.

use std::time::Duration;

use balcony::engine::command::{Command, Quoted};
use balcony::engine::event::{Author, Event, Reply, SessionEvent};
use balcony::engine::history::{Clock, Hints, Said, What};
use balcony::tui::Appearance;
use balcony::tui::effect::Effect;
use balcony::tui::msg::Msg;
use jid::BareJid;

use crate::support::screen::Screen;

fn romeo() -> BareJid {
    "romeo@montague.lit".parse().unwrap()
}

/// Something is said about an earlier message, by Romeo or by us.
pub(crate) fn about(screen: &mut Screen, author: Author, id: &str, what: What) {
    let message = screen.message("romeo@montague.lit/orchard", "");
    let said = Said {
        with: romeo(),
        author,
        id: Some(id.to_owned()),
        archived: None,
        at: message.at,
        clock: Clock::Ours,
        what,
    };
    screen.event(Event::Amended(Box::new(said)));
}

pub(crate) fn theirs() -> Author {
    Author::Contact("romeo@montague.lit/orchard".parse().unwrap())
}

pub(crate) fn correction(of: &str, body: &str) -> What {
    What::Correction { of: of.to_owned(), body: body.to_owned(), hints: Hints::default() }
}

pub(crate) fn reactions(to: &str, emoji: &[&str]) -> What {
    What::Reactions { to: to.to_owned(), emoji: emoji.iter().map(|one| (*one).to_owned()).collect() }
}

/// Romeo says something that has a name.
pub(crate) fn romeo_says(screen: &mut Screen, id: &str, body: &str) {
    let mut message = screen.message("romeo@montague.lit/orchard", body);
    message.id = Some(id.to_owned());
    screen.event(Event::Message(message));
}

/// A conversation with Romeo of three messages.
fn conversation() -> Screen {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>");
    romeo_says(&mut screen, "r1", "But soft! what light through yonder window breaks?");
    screen.me("j1", "Ay me");
    romeo_says(&mut screen, "r2", "She speaks, see https://verona.example/balcony and http://b.example/");
    screen.commands();
    screen
}

/// The row that the cursor is on.
fn selected(screen: &mut Screen) -> String {
    screen.picture().lines().find(|row| row.contains(":00›")).unwrap_or_default().to_owned()
}

fn quoted(id: &str, body: &str) -> Quoted {
    let author = Some("romeo@montague.lit/orchard".parse().unwrap());
    Quoted { id: id.to_owned(), author, body: body.to_owned() }
}

#[test]
fn up_in_an_empty_composer_selects_the_newest_message_and_down_behind_it_leads_back() {
    let mut screen = conversation();
    screen.keys("<Up>");
    assert!(selected(&mut screen).contains("She speaks"));
    screen.keys("k");
    assert!(selected(&mut screen).contains("Ay me"));
    screen.keys("g");
    assert!(selected(&mut screen).contains("But soft"));
    screen.keys("<End><Down>typed");
    assert_eq!(selected(&mut screen), "");
    assert!(screen.picture().contains("▎ typed"));
}

#[test]
fn what_is_being_written_is_untouched_by_looking_at_messages() {
    let appearance = Appearance { vi: true, ..Appearance::default() };
    let mut screen = Screen::with(80, 24, appearance);
    screen.log_in();
    screen.keys("/query romeo<Enter>").romeo("But soft!").keys("half a wor");
    screen.keys("<Esc>k");
    assert!(selected(&mut screen).contains("But soft"));
    screen.keys("<Esc>");
    assert!(selected(&mut screen).is_empty() && screen.picture().contains("half a wor"));
}

#[test]
fn a_slash_begins_a_command_from_a_message_too_and_the_letters_after_it_are_no_keys() {
    let mut screen = conversation();
    screen.keys("<Up>/add");
    assert!(screen.picture().contains("▎ /add"), "{}", screen.picture());
    assert_eq!(selected(&mut screen), "");
}

#[test]
fn with_something_written_up_is_what_it_was_and_alt_up_always_brings_older_input() {
    let mut screen = conversation();
    screen.keys("one<Enter><Alt-Up>");
    assert!(screen.picture().contains("▎ one"));
    screen.keys("<Ctrl-U>two<Up>");
    assert!(screen.picture().contains("▎ /query romeo"));
    assert_eq!(selected(&mut screen), "");
}

#[test]
fn r_answers_the_selected_message() {
    let mut screen = conversation();
    screen.keys("<Up>gr");
    assert!(screen.picture().contains("answering: But soft!"), "{}", screen.picture());
    screen.keys("It is the east<Enter>");
    let about = quoted("r1", "But soft! what light through yonder window breaks?");
    let to = romeo().into();
    assert_eq!(screen.commands(), [Command::Reply { to, about, body: "It is the east".to_owned() }]);
    screen.keys("and then<Enter>");
    assert!(matches!(&screen.commands()[..], [Command::SendMessage { .. }]), "only one message answers");
}

#[test]
fn escape_drops_an_answer_and_keeps_its_words() {
    let mut screen = conversation();
    screen.keys("<Up>rIt is the<Esc> east<Enter>");
    let body = "It is the east".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: romeo().into(), body }]);
}

#[test]
fn e_corrects_our_own_and_nobody_elses() {
    let mut screen = conversation();
    screen.keys("<Up><Up>e");
    assert!(screen.picture().contains("correcting: Ay me") && screen.picture().contains("▎ Ay me"));
    screen.keys("!<Enter>");
    let correct =
        |body: &str| Command::Correct { to: romeo().into(), id: "j1".to_owned(), body: body.to_owned(), about: None };
    assert_eq!(screen.commands(), [correct("Ay me!")]);
    screen.keys("<Up>e");
    assert!(screen.picture().contains("Only its author can change that message"));
    assert_eq!(screen.commands(), []);
    screen.keys("<Esc>/correct O Romeo<Enter>");
    assert_eq!(screen.commands(), [correct("O Romeo")]);
}

#[test]
fn plus_picks_a_reaction_and_having_it_again_takes_it_back() {
    let mut screen = conversation();
    screen.keys("<Up>+tada<Enter>");
    let about = quoted("r2", "She speaks, see https://verona.example/balcony and http://b.example/");
    let react = |emoji: &[&str]| Command::React {
        to: romeo().into(),
        about: about.clone(),
        emoji: emoji.iter().map(|one| (*one).to_owned()).collect(),
    };
    assert_eq!(screen.commands(), [react(&["🎉"])]);
    about_r2(&mut screen, &["🎉"]);
    assert!(screen.picture().contains("🎉 me"));
    screen.keys("+");
    assert!(screen.picture().contains("yours"), "the one that was used comes first");
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [react(&[])]);
    screen.keys("<Esc>/react :heart:<Enter>");
    assert_eq!(screen.commands(), [react(&["🎉", "❤️"])]);
}

fn about_r2(screen: &mut Screen, emoji: &[&str]) {
    about(screen, Author::Me, "j2", reactions("r2", emoji));
}

#[test]
fn d_takes_our_own_back_after_asking() {
    let mut screen = conversation();
    screen.keys("<Up><Up>");
    assert!(screen.picture().contains("e correct · d take back"), "{}", screen.picture());
    screen.keys("d");
    assert!(screen.picture().contains("Take this message back?"));
    assert_eq!(screen.commands(), []);
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [Command::Retract { to: romeo().into(), id: "j1".to_owned() }]);
    about(&mut screen, Author::Me, "j2", What::Retraction { of: "j1".to_owned() });
    let picture = screen.picture();
    assert!(picture.contains("(message retracted)") && !picture.contains("Ay me"));
    assert!(!picture.contains("d take back") && !picture.contains("+ react"), "nothing is left of it: {picture}");
    screen.keys("<Esc>/retract<Enter>");
    assert!(screen.picture().contains("There is no such message here"));
}

#[test]
fn whoever_changes_something_offline_is_told_that_nobody_hears_of_it_yet() {
    let mut screen = conversation();
    screen.keys("<Up><Up>d");
    assert!(!screen.picture().contains("online:"), "{}", screen.picture());
    screen.keys("<Esc><Esc>");
    let why = "connection reset".to_owned();
    screen.event(Event::Session(SessionEvent::Offline { why, retry_in: Duration::from_secs(4) }));
    screen.keys("<Up><Up>d");
    assert!(screen.picture().contains("online:"), "{}", screen.picture());
    screen.keys("<Esc>e");
    assert!(screen.picture().contains("correcting once you are online: Ay me"), "{}", screen.picture());
}

#[test]
fn what_was_taken_back_before_it_went_waits_no_more() {
    let mut screen = conversation();
    screen.keys("<Up><Up>d<Enter>");
    about(&mut screen, Author::Me, "j2", What::Retraction { of: "j1".to_owned() });
    screen.keys("<Enter>");
    let picture = screen.picture();
    assert!(!picture.contains("the server does not have it yet"), "{picture}");
}

#[test]
fn what_its_author_took_back_before_it_was_read_is_not_unread() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query nurse<Enter>");
    romeo_says(&mut screen, "r1", "one");
    romeo_says(&mut screen, "r2", "two");
    let counted = |screen: &mut Screen, count: u32| {
        screen.picture().lines().any(|row| row.contains("Romeo") && row.contains(&format!("{count} │")))
    };
    assert!(counted(&mut screen, 2), "{}", screen.picture());
    about(&mut screen, Author::Me, "x", What::Retraction { of: "r1".to_owned() });
    assert!(counted(&mut screen, 2), "only its author takes it back");
    for again in ["r3", "r4"] {
        about(&mut screen, theirs(), again, What::Retraction { of: "r2".to_owned() });
        assert!(counted(&mut screen, 1), "once: {}", screen.picture());
    }
    about(&mut screen, theirs(), "r5", What::Retraction { of: "r1".to_owned() });
    assert!(!screen.picture().contains("unread"), "{}", screen.picture());
    screen.keys("/query romeo<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("(message retracted)") && !picture.contains("new messages"), "{picture}");
}

fn fails(screen: &mut Screen, id: &str) {
    let why = "they have blocked you".to_owned();
    screen.event(Event::MessageFailed { with: romeo(), id: id.to_owned(), why });
}

#[test]
fn other_words_for_what_did_not_arrive_are_a_message_of_their_own() {
    let mut screen = conversation();
    fails(&mut screen, "j1");
    screen.keys("<Up><Up>e");
    assert!(screen.picture().contains("sending anew: Ay me"), "{}", screen.picture());
    screen.keys("!<Enter>");
    let body = "Ay me!".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: romeo().into(), body }]);
    let picture = screen.picture();
    assert!(picture.contains("not delivered: they have blocked you"), "it stays as it is: {picture}");
}

#[test]
fn nobody_is_told_that_what_did_not_arrive_is_taken_back() {
    let mut screen = conversation();
    fails(&mut screen, "j1");
    screen.keys("<Up><Up>d");
    assert!(screen.picture().contains("It did not reach Romeo, who is told nothing"), "{}", screen.picture());
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [Command::Discard { to: romeo().into(), id: "j1".to_owned() }]);
}

#[test]
fn y_copies_and_o_opens_an_address_after_it_was_shown() {
    let mut screen = conversation();
    screen.keys("<Up>ky");
    assert!(screen.caused().contains(&Effect::Copy("Ay me".to_owned())));
    assert!(screen.picture().contains("Copied, if this terminal"));
    screen.keys("o");
    assert!(screen.picture().contains("There is no address in that message"));
    screen.keys("jo");
    assert!(screen.picture().contains("Open which address?"));
    screen.keys("<Down><Enter>");
    assert_eq!(screen.caused(), [Effect::OpenLink("http://b.example/".to_owned())]);
}

#[test]
fn what_was_said_about_a_message_changes_it_where_it_stands_and_rings_nobody() {
    let mut screen = conversation();
    screen.keys("/query nurse<Enter>");
    screen.caused();
    about(&mut screen, theirs(), "r3", correction("r1", "But soft! *what* light"));
    about(&mut screen, theirs(), "r4", reactions("j1", &["❤"]));
    about(&mut screen, theirs(), "r5", What::Displayed { of: "j1".to_owned() });
    assert_eq!(screen.caused(), []);
    screen.keys("/query romeo<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("But soft! *what* light (edited)"), "{picture}");
    assert!(picture.contains("❤ Romeo") && picture.contains("✓✓"), "{picture}");
}

#[test]
fn nobody_changes_on_the_screen_what_others_said() {
    let mut screen = conversation();
    about(&mut screen, theirs(), "x1", What::Retraction { of: "j1".to_owned() });
    about(&mut screen, Author::Me, "x2", What::Retraction { of: "r1".to_owned() });
    let tybalt = Author::Contact("tybalt@capulet.lit/street".parse().unwrap());
    about(&mut screen, tybalt, "x3", reactions("r1", &["💀"]));
    let picture = screen.picture();
    assert!(picture.contains("Ay me") && picture.contains("But soft!") && !picture.contains("💀"), "{picture}");
    about(&mut screen, theirs(), "x4", correction("j1", "forged"));
    assert!(screen.picture().contains("Ay me"), "his words stand by themselves");
}

#[test]
fn a_change_that_came_back_is_undone_and_told() {
    let mut screen = conversation();
    about_r2(&mut screen, &["🎉"]);
    let why = "it was refused".to_owned();
    screen.event(Event::MessageFailed { with: romeo(), id: "j2".to_owned(), why });
    let picture = screen.picture();
    assert!(!picture.contains('🎉') && picture.contains("What you changed did not arrive"), "{picture}");
}

#[test]
fn an_answer_shows_what_it_answers_as_that_stands_by_now() {
    let mut screen = conversation();
    let mut message = screen.message("romeo@montague.lit/orchard", "O, speak again");
    message.reply = Some(Reply { to: "j1".to_owned(), quoted: Some("something else".to_owned()) });
    screen.event(Event::Message(message));
    assert!(screen.picture().contains("╭ me: Ay me"), "{}", screen.picture());
    about(&mut screen, Author::Me, "j3", correction("j1", "Ay me!"));
    assert!(screen.picture().contains("╭ me: Ay me!"));
    about(&mut screen, Author::Me, "j4", What::Retraction { of: "j1".to_owned() });
    assert!(screen.picture().contains("╭ me: (message retracted)"));
}

#[test]
fn what_an_answer_alone_says_of_an_earlier_message_is_not_shown_as_if_that_had_been_said() {
    let mut screen = conversation();
    let mut message = screen.message("romeo@montague.lit/orchard", "Fine, then");
    message.reply = Some(Reply { to: "unknown".to_owned(), quoted: Some("me: I agree to pay 1000".to_owned()) });
    screen.event(Event::Message(message));
    let picture = screen.picture();
    assert!(picture.contains("╭ in their words: \"me: I agree to pay 1000\""), "{picture}");
}

/// What is told to have been seen.
fn marked(screen: &mut Screen) -> Vec<String> {
    let marks = screen.caused().into_iter().filter_map(|effect| match effect {
        Effect::Command(_, Command::MarkDisplayed { id, .. }) => Some(id),
        _ => None,
    });
    marks.collect()
}

fn asks(screen: &mut Screen, id: &str) {
    let mut message = screen.message("romeo@montague.lit/orchard", "Seen?");
    message.id = Some(id.to_owned());
    message.hints = Hints { markable: true, ..Hints::default() };
    screen.event(Event::Message(message));
}

#[test]
fn what_asks_for_a_mark_has_one_once_it_is_really_looked_at() {
    let mut screen = conversation();
    asks(&mut screen, "m1");
    assert_eq!(marked(&mut screen), ["m1"]);
    screen.keys("/query nurse<Enter>");
    asks(&mut screen, "m2");
    assert!(marked(&mut screen).is_empty(), "it is not on the screen");
    screen.keys("<F1>").keys("<Esc>/query romeo<Enter>");
    assert_eq!(marked(&mut screen), ["m2"]);
    for line in 0..40 {
        romeo_says(&mut screen, &format!("l{line}"), "and");
    }
    screen.keys("<PgUp>");
    asks(&mut screen, "m3");
    assert!(marked(&mut screen).is_empty(), "the end is not on the screen");
    screen.keys("<Ctrl-End>");
    assert_eq!(marked(&mut screen), ["m3"]);
    screen.msg(Msg::FocusLost);
    asks(&mut screen, "m4");
    assert!(marked(&mut screen).is_empty(), "the keys go elsewhere");
    screen.msg(Msg::FocusGained);
    assert_eq!(marked(&mut screen), ["m4"]);
}

#[test]
fn of_a_long_message_the_beginning_is_shown_and_everything_is_corrected_copied_and_opened() {
    let mut screen = Screen::online(80, 24);
    let long = format!("begin {}end", "word ".repeat(5000));
    screen.keys("/query romeo<Enter>").me("j1", &long);
    let picture = screen.picture();
    assert!(picture.contains("KiB more: Enter on it shows all") && !picture.contains("word end"), "{picture}");
    screen.keys("<Up>y");
    assert!(screen.caused().contains(&Effect::Copy(long.clone())));
    screen.keys("<Up><Enter>");
    for _ in 0..100 {
        screen.keys("<PgDn>");
    }
    assert!(screen.picture().contains("word end"), "{}", screen.picture());
    screen.keys("<Esc><Up>e!<Enter>");
    let commands = screen.commands();
    let Some(Command::Correct { body, .. }) = commands.last() else { panic!("{commands:?}") };
    assert_eq!(*body, format!("{long}!"));
}

#[test]
fn an_address_that_leads_elsewhere_than_it_seems_to_says_where_before_it_is_opened() {
    for keys in ["<Up>o", "<Up><Enter>"] {
        let mut screen = Screen::online(120, 30);
        screen.keys("/query romeo<Enter>");
        screen.romeo("see https://c\u{430}pulet.example/a and https://paypal.com@evil.example/b");
        let said = screen.picture();
        assert!(said.contains("https://paypal.com@evil.example/b") && !said.contains("LEADS"), "{said}");
        screen.keys(keys);
        let picture = screen.picture().to_lowercase();
        assert!(picture.contains("really leads to xn--cpulet-3nf.example"), "{keys}: {picture}");
        assert!(picture.contains("told “paypal.com”"), "{keys}: {picture}");
    }
}
