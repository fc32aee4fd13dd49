//! Contacts: who can be none, by which name what they said stands, and what of them is no news.

use std::time::Duration;

use balcony::engine::command::{Command, SubscriptionAnswer};
use balcony::engine::event::{Event, SessionEvent, Show};

use crate::support::screen::{Screen, contact};

fn asks(screen: &mut Screen, from: &str) {
    screen.event(Event::SubscriptionRequest { from: from.parse().unwrap(), text: None, nick: None });
}

#[test]
fn nobody_adds_themselves() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/add juliet@capulet.lit<Enter>");
    assert_eq!(screen.commands(), []);
    let picture = screen.picture();
    assert!(picture.contains("juliet@capulet.lit is you"), "{picture}");
    assert!(!picture.contains("Asked"), "{picture}");
    screen.keys("<F7>ajuliet@capulet.lit<Enter>");
    assert_eq!(screen.commands(), []);
}

#[test]
fn nobody_is_said_to_be_added_or_removed_without_a_connection() {
    for command in ["/add paris@verona.lit<Enter>", "/remove romeo<Enter>"] {
        let mut screen = Screen::online(100, 30);
        let (why, retry_in) = ("the connection broke".to_owned(), Duration::from_secs(1));
        screen.event(Event::Session(SessionEvent::Offline { why, retry_in })).keys(command);
        assert_eq!(screen.commands(), []);
        let picture = screen.picture();
        assert!(picture.contains("cannot be changed in the"), "{picture}");
        assert!(!picture.contains("Removed") && !picture.contains("Asked"), "{picture}");
    }
}

#[test]
fn a_new_name_is_that_of_everything_that_was_said() {
    for width in [100, 40] {
        let mut screen = Screen::online(width, 30);
        screen.past(None, 0..0, false).keys("/query romeo<Enter>").known_from_earlier(3, 3);
        screen.past(None, 0..3, false).romeo("But soft!");
        assert_eq!(screen.picture().matches("Romeo  ").count() >= 3, width == 100, "{}", screen.picture());
        screen.event(Event::Contact(contact("romeo@montague.lit", "Benny", "Family", Some(Show::Available))));
        let picture = screen.picture();
        assert!(!picture.contains("Romeo") && picture.matches("Benny").count() >= 3, "{picture}");
    }
}

#[test]
fn that_somebody_sees_us_too_is_nothing_unread() {
    let mut screen = Screen::online(100, 30);
    screen.event(Event::Contact(contact("paris@verona.lit", "Paris", "Citizens", None)));
    asks(&mut screen, "paris@verona.lit");
    let contact = "paris@verona.lit".parse().unwrap();
    assert_eq!(screen.commands(), [Command::AnswerSubscription { contact, answer: SubscriptionAnswer::Approve }]);
    assert!(!screen.picture().contains("unread"), "{}", screen.picture());
    screen.keys("/query paris<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("sees when you are online too") && !picture.contains("new messages"), "{picture}");
}

#[test]
fn a_contact_of_an_earlier_run_who_asks_is_answered_by_the_user_until_the_roster_has_come() {
    let mut screen = Screen::new(100, 30);
    screen.event(Event::Contact(contact("paris@verona.lit", "Paris", "Citizens", None)));
    assert!(screen.picture().contains("Paris"));
    let jid = "juliet@capulet.lit/balcony".parse().unwrap();
    screen.event(Event::Session(SessionEvent::Online { jid, resumed: false, security: String::new() }));
    asks(&mut screen, "paris@verona.lit");
    assert_eq!(screen.commands(), []);
    screen.keys("<F4>");
    screen.event(Event::RosterComplete);
    assert!(!screen.picture().contains("Paris"), "who is not in the roster any more is not shown");
}
