//! The roster and what belongs to it: looked through, with its dialogs, with who asks to see us.

use std::time::{Duration, SystemTime};

use balcony::engine::event::{About, Card, Event, Program, Resource, Show};

use super::looks_right;
use crate::support::screen::{Screen, contact};

/// Many contacts in groups, some of them with words of their own.
fn verona(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
    let mut mercutio = contact("mercutio@verona.lit", "", "Friends", Some(Show::DoNotDisturb));
    mercutio.nick = Some("Queen Mab".to_owned());
    mercutio.resources[0].status = Some("a plague on both your houses".to_owned());
    screen.event(Event::Contact(mercutio));
    screen.event(Event::Contact(contact("東京@verona.lit", "東京の友達", "Friends", Some(Show::Chat))));
    for number in 0..40 {
        screen.event(Event::Contact(contact(&format!("citizen{number:02}@verona.lit"), "", "Citizens", None)));
    }
    screen
}

fn asks(screen: &mut Screen, from: &str, nick: Option<&str>) {
    let text = Some("I am the count\u{1b}[2J, and would like to see you".to_owned());
    let from = from.parse().unwrap();
    screen.event(Event::SubscriptionRequest { from, text, nick: nick.map(str::to_owned) });
}

#[test]
fn a_roster_with_groups_and_words() {
    looks_right("roster", |width, height| {
        let mut screen = verona(width, height);
        screen.keys("<F7>");
        screen
    });
}

#[test]
fn a_roster_that_is_looked_through() {
    looks_right("roster-filter", |width, height| {
        let mut screen = verona(width, height);
        screen.keys("<F7>/zen1");
        screen
    });
}

#[test]
fn somebody_asks_to_see_us() {
    looks_right("request", |width, height| {
        let mut screen = Screen::online(width, height);
        asks(&mut screen, "paris@verona.lit", Some("Paris"));
        screen
    });
    looks_right("request-return", |width, height| {
        let mut screen = Screen::online(width, height);
        asks(&mut screen, "paris@verona.lit", Some("Paris"));
        screen.keys("<F3>");
        screen
    });
    looks_right("request-details", |width, height| {
        let mut screen = Screen::online(width, height);
        asks(&mut screen, "paris@verona.lit", Some("Paris"));
        screen.keys("<Ctrl-O>v");
        screen
    });
}

#[test]
fn many_ask_to_see_us() {
    looks_right("requests", |width, height| {
        let mut screen = Screen::online(width, height);
        for number in 0..57 {
            asks(&mut screen, &format!("suitor{number:02}@a-long-name-for-a-server.example"), None);
        }
        screen.offered(1, "sonnet.pdf", 2 << 20).keys("<Ctrl-O>");
        screen
    });
}

#[test]
fn everything_about_a_contact() {
    looks_right("contact", |width, height| {
        let mut screen = Screen::online(width, height);
        let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Away));
        let noon = SystemTime::UNIX_EPOCH + Duration::from_hours(349_644);
        romeo.groups.push("Loves".to_owned());
        romeo.resources[0].idle_since = Some(noon - Duration::from_mins(12));
        romeo.resources[0].status = Some("under your balcony, as long as the nurse does not call".to_owned());
        let phone = Resource { jid: "romeo@montague.lit/phone".parse().unwrap(), ..romeo.resources[0].clone() };
        romeo.resources.push(phone);
        screen.event(Event::Contact(romeo)).keys("/whois romeo<Enter>");
        let program = Program { name: "profanity".into(), version: "0.13.1".into(), os: Some("Linux".into()) };
        screen.event(Event::Program { of: "romeo@montague.lit/orchard".parse().unwrap(), program });
        let lines = vec![
            (About::Name, "Romeo Montague".to_owned()),
            (About::Place, "Verona, Italy".to_owned()),
            (About::Note, "Is the day so young?\nBut new struck nine.".to_owned()),
        ];
        screen.event(Event::Card { of: "romeo@montague.lit".parse().unwrap(), card: Card { name: None, lines } });
        screen
    });
}

#[test]
fn whether_to_block() {
    looks_right("block", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("<F7>/rom<Esc>b");
        screen
    });
}

#[test]
fn who_is_blocked() {
    looks_right("blocked", |width, height| {
        let mut screen = Screen::online(width, height);
        let who = (0..30).map(|number| format!("spammer{number:02}@spam.example"));
        let who = who.chain(["verona.lit".to_owned(), "tybalt@capulet.lit/sword".to_owned()]);
        screen.event(Event::Blocked(who.map(|jid| jid.parse().unwrap()).collect()));
        screen.keys("/blocked<Enter>jj");
        screen
    });
}

#[test]
fn in_which_groups_a_contact_is() {
    looks_right("groups", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("<F7>/rom<Esc>m, Lov");
        screen
    });
}
