//! Conversations by keys: going from one to another, reading back, and what is told of reading and writing.

use balcony::engine::command::{ChatState, Command};
use balcony::engine::event::{Event, Outcome, Show, Side};
use balcony::tui::effect::Effect;

use super::MIB;
use crate::support::screen::{Screen, contact};

#[test]
fn conversations_are_reached_by_number_by_turn_by_unread_and_back() {
    let mut screen = Screen::online(100, 30);
    screen.romeo("one").says("nurse@capulet.lit/x", "two").says("tybalt@capulet.lit/x", "three");
    let with = |screen: &mut Screen| screen.picture().lines().nth(1).unwrap().to_owned();
    screen.keys("<Alt-2>");
    assert!(with(&mut screen).contains("nurse@capulet.lit"));
    screen.keys("<Ctrl-N>");
    assert!(with(&mut screen).contains("tybalt@capulet.lit"));
    screen.keys("<Alt-A>");
    assert!(with(&mut screen).contains("romeo@montague.lit"));
    screen.keys("<Alt-/>");
    assert!(with(&mut screen).contains("tybalt@capulet.lit"));
    screen.keys("<Ctrl-P>");
    assert!(with(&mut screen).contains("nurse@capulet.lit"));
    screen.keys("<Alt-A>");
    assert!(screen.picture().contains("Nothing is unread"));
    screen.keys("/win 0<Enter>");
    assert!(with(&mut screen).contains("Balcony"));
}

#[test]
fn win_without_a_number_tells_which_conversations_are_open() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/win<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("0: the first page") && !picture.contains("1: "), "{picture}");
    screen.romeo("one").romeo("two").keys("/query nurse<Enter>/win<Enter>");
    let picture = screen.picture();
    for line in ["0: the first page", "1: Romeo (romeo@montague.lit), 2 unread", "2: Nurse (nurse@capulet.lit), here"] {
        assert!(picture.contains(line), "{line}\n{picture}");
    }
    assert!(!picture.contains("is no number"), "{picture}");
}

#[test]
fn what_is_new_stands_below_a_line_and_is_counted_in_the_roster() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").romeo("old").keys("<Alt-/>");
    screen.keys("/query nurse<Enter>").romeo("first").romeo("second");
    assert!(screen.picture().lines().any(|row| row.contains("Romeo") && row.contains("2 │")));
    screen.keys("<Alt-A>");
    let picture = screen.picture();
    let place = |text: &str| picture.lines().position(|row| row.contains(text)).unwrap();
    assert!(place("old") < place(" new ") && place(" new ") < place("first"), "{picture}");
    assert!(!picture.lines().any(|row| row.contains("2 │")), "looking at it is reading it");
}

#[test]
fn what_we_offer_is_not_unread_but_how_it_ends_is() {
    let mut screen = Screen::online(80, 24);
    screen.offering(1, "a.pdf", MIB);
    assert!(!screen.picture().contains("unread"));
    screen.ended(1, Outcome::Declined { by: Side::Peer });
    assert!(screen.picture().contains("1 unread"));
}

#[test]
fn page_up_reads_back_and_what_comes_meanwhile_does_not_move_the_page() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>");
    for number in 1..=100 {
        screen.romeo(&format!("line {number}."));
    }
    assert!(screen.picture().contains("line 100."));
    screen.keys("<PgUp><PgUp>");
    let before = screen.picture();
    assert!(!before.contains("line 100.") && before.contains("below"));
    screen.romeo("a new one");
    let lines =
        |picture: &str| picture.lines().filter(|row| row.contains("line ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&before), lines(&screen.picture()));
    screen.keys(&"<PgUp>".repeat(20));
    let top = screen.picture();
    assert!(top.contains("Today") && top.contains("line 1.") && top.contains("line 17."), "the page stays full\n{top}");
    screen.keys(&"<PgDn>".repeat(20));
    assert!(screen.picture().contains("a new one") && !screen.picture().contains("below"));
    screen.keys("<PgUp><Ctrl-End>");
    assert!(screen.picture().contains("a new one"));
    screen.keys("<PgUp><PgUp>/zork<Enter>");
    let picture = screen.picture();
    assert!(
        picture.contains("There is no /zork") && !picture.contains("below"),
        "what is not done says why: {picture}"
    );
}

#[test]
fn receipts_and_failures_show_on_their_message() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").me("1", "arrives").me("2", "does not");
    let with: jid::BareJid = "romeo@montague.lit".parse().unwrap();
    screen.event(Event::Receipt { with: with.clone(), id: "1".to_owned() });
    screen.event(Event::MessageFailed { with, id: "2".to_owned(), why: "no such user".to_owned() });
    let picture = screen.picture();
    assert!(picture.lines().any(|row| row.contains("arrives") && row.contains('✓')));
    assert!(picture.lines().any(|row| row.contains("does not") && row.contains('✗')));
    assert!(picture.contains("not delivered: no such user"));
}

#[test]
fn typing_is_told_once_and_a_pause_once() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").caused();
    let told = |screen: &mut Screen| {
        let effects = screen.caused().into_iter();
        let states = effects.filter_map(|effect| match effect {
            Effect::Command(_, Command::SetChatState { state, .. }) => Some(state),
            _ => None,
        });
        states.collect::<Vec<_>>()
    };
    screen.keys("Come");
    assert_eq!(told(&mut screen), [ChatState::Composing]);
    screen.wait(5_000);
    assert_eq!(told(&mut screen), [ChatState::Paused]);
    screen.wait(60_000);
    assert_eq!(told(&mut screen), []);
    screen.keys(",<Ctrl-U>");
    assert_eq!(told(&mut screen), [ChatState::Composing, ChatState::Active]);
    screen.keys("night").wait(5_000).keys("<Ctrl-U>");
    assert_eq!(told(&mut screen), [ChatState::Composing, ChatState::Paused, ChatState::Active]);
    screen.keys("/send secret.pdf");
    assert_eq!(told(&mut screen), [], "commands are nobody's business");
}

#[test]
fn lines_about_files_follow_a_rename_and_the_names_of_files_do_not() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").offered(1, "Romeo.pdf", MIB).offering(2, "sonnet.pdf", MIB);
    screen.ended(2, Outcome::Declined { by: Side::Peer });
    assert!(screen.picture().contains("Romeo offers Romeo.pdf"), "{}", screen.picture());
    let renamed = contact("romeo@montague.lit", "Sweet", "Family", Some(Show::Available));
    let picture = screen.event(Event::Contact(renamed)).picture();
    for line in ["Sweet offers Romeo.pdf", "you offer sonnet.pdf to Sweet", "sonnet.pdf: declined by Sweet"] {
        assert!(picture.contains(line), "{line}: {picture}");
    }
}

#[test]
fn leaving_a_conversation_while_writing_is_a_pause() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come").caused();
    screen.keys("<Alt-/>");
    let to = "romeo@montague.lit".parse().unwrap();
    let paused = Command::SetChatState { to, state: ChatState::Paused };
    assert_eq!(screen.caused().last(), Some(&Effect::Command(screen.account, paused)));
}

#[test]
fn strangers_cannot_open_any_number_of_conversations() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>a draft");
    for number in 0..2_000 {
        screen.says(&format!("c{number}@example.org/x"), "buy this");
    }
    let unread = screen.keys("<Ctrl-U>").picture().lines().last().unwrap().to_owned();
    assert!(unread.contains("499 unread"), "{unread}");
    assert!(screen.picture().contains("romeo@montague.lit ●"));
}
