//! XEP-0172, 0054, 0292, 0092, 0012 and 0319: what people call themselves, say of themselves, use, and when they were here.

use std::time::Duration;

use balcony::engine::command::Command;
use balcony::engine::event::{About, Card, Contact, Event, Program};
use jid::BareJid;

use crate::support::engine::{Subject, written};

const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";

fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

fn published(from: &str, nick: &str) -> String {
    format!(
        "<message from='{from}' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>
         <items node='http://jabber.org/protocol/nick'><item id='current'>
         <nick xmlns='http://jabber.org/protocol/nick'>{nick}</nick></item></items></event></message>"
    )
}

#[track_caller]
fn contact(juliet: &mut Subject) -> Contact {
    match juliet.event() {
        Event::Contact(contact) => contact,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_contact_says_what_they_call_themselves() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&published("romeo@montague.lit", "Ro\u{202e}meo"));
    assert_eq!(contact(&mut juliet).nick.as_deref(), Some("Romeo"));
    juliet.receive(&published("romeo@montague.lit", "Rоmeo with a letter of another alphabet"));
    assert_eq!(contact(&mut juliet).nick, None);
}

#[test]
fn nobody_else_says_it_for_them_and_strangers_say_nothing() {
    let mut juliet = Subject::online(ROMEO);
    for from in ["tybalt@verona.lit", "romeo@montague.lit/orchard", "montague.lit", "tybalt@verona.lit/x"] {
        juliet.receive(&published(from, "Romeo"));
        assert_eq!(juliet.events(), [], "{from}");
    }
}

#[test]
fn a_request_to_see_us_carries_a_name_that_is_made_safe() {
    let mut juliet = Subject::online("");
    for (name, shown) in [("Paris\u{200b}", Some("Paris")), ("juliet@capulet.lit", None)] {
        let from = if shown.is_some() { "paris@verona.lit" } else { "tybalt@verona.lit" };
        juliet.receive(&format!(
            "<presence type='subscribe' from='{from}'><nick xmlns='http://jabber.org/protocol/nick'>{name}</nick></presence>"
        ));
        let Event::SubscriptionRequest { nick, .. } = juliet.event() else { panic!("no request") };
        assert_eq!(nick.as_deref(), shown);
    }
}

#[test]
fn our_own_name_is_published_and_goes_with_our_requests() {
    let mut juliet = Subject::online("");
    juliet.command(Command::SetNickname { name: Some("Jule".into()) });
    let request = String::from(&juliet.take_request("http://jabber.org/protocol/pubsub"));
    assert!(request.contains("Jule") && request.contains("protocol/nick"), "{request}");
    juliet.command(Command::AddContact { contact: romeo(), name: None, groups: vec![] });
    let sent = written(&juliet.sent());
    assert!(sent.contains("subscribe") && sent.contains(">Jule</nick>"), "{sent}");
}

#[test]
fn who_wants_to_know_the_programs_asks_them_alone() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.look();
    juliet.command(Command::AskPrograms { contact: romeo() });
    let asked = juliet.sent_one();
    assert_eq!(asked.attr("to"), Some("romeo@montague.lit/orchard"));
    assert!(asked.has_child("query", "jabber:iq:version"));
}

#[test]
fn everything_there_is_to_know_is_asked_for_at_once() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.look();
    juliet.command(Command::AskAbout { contact: romeo() });
    juliet.answer(
        "jabber:iq:version",
        "<query xmlns='jabber:iq:version'><name>profanity</name><version>0.13</version></query>",
    );
    let program = Program { name: "profanity".into(), version: "0.13".into(), os: None };
    let of = jid::FullJid::new("romeo@montague.lit/orchard").unwrap();
    assert_eq!(juliet.event(), Event::Program { of, program });
    juliet.answer(
        "vcard-temp",
        "<vCard xmlns='vcard-temp'><FN>Romeo Montague</FN><URL>http://montague.lit</URL></vCard>",
    );
    let Event::Card { of, card } = juliet.event() else { panic!("no card") };
    assert_eq!((of, card.name.as_deref()), (romeo(), Some("Romeo Montague")));
    assert_eq!(card.lines[1], (About::Page, "http://montague.lit".to_owned()));
    juliet.answer(
        "http://jabber.org/protocol/pubsub",
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:vcard4'><item id='current'>
         <vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>R.</text></fn></vcard></item></items></pubsub>",
    );
    assert!(matches!(juliet.event(), Event::Card { card, .. } if card.name.as_deref() == Some("R.")));
    let sent = juliet.sent();
    assert!(!written(&sent).contains("jabber:iq:last"), "who is there is not asked when they were");
}

#[test]
fn nobody_answers_for_another_and_a_card_that_is_refused_is_empty() {
    let mut juliet = Subject::online(ROMEO);
    juliet.command(Command::AskName { contact: romeo() });
    let request = juliet.take_request("vcard-temp");
    let id = request.attr("id").unwrap();
    let forged = "<vCard xmlns='vcard-temp'><FN>Tybalt</FN></vCard>";
    juliet.receive(&format!("<iq type='result' id='{id}' from='tybalt@verona.lit'>{forged}</iq>"));
    assert_eq!(juliet.events(), []);
    juliet.receive(&format!(
        "<iq type='error' id='{id}' from='romeo@montague.lit'><error type='cancel'>
         <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    ));
    assert!(matches!(juliet.event(), Event::Card { card, .. } if card == Card::default()));
}

#[test]
fn names_are_asked_for_two_at_a_time_and_not_without_end() {
    let mut juliet = Subject::online("");
    for number in 0..1000 {
        let contact = BareJid::new(&format!("guest{number}@verona.lit")).unwrap();
        juliet.command(Command::AskName { contact });
    }
    let mut asked = 0;
    loop {
        let sent = juliet.sent();
        if sent.is_empty() {
            break;
        }
        assert!(sent.len() <= 2, "{}", written(&sent));
        for request in sent {
            asked += 1;
            let (id, from) = (request.attr("id").unwrap(), request.attr("to").unwrap());
            juliet.receive(&format!("<iq type='result' id='{id}' from='{from}'/>"));
        }
    }
    assert_eq!(asked, 258);
}

#[test]
fn since_when_nobody_touched_a_program_is_told_but_not_from_the_future() {
    let mut juliet = Subject::online(ROMEO);
    let now = juliet.wall();
    let idle = |since: &str| {
        format!(
            "<presence from='romeo@montague.lit/orchard'><idle xmlns='urn:xmpp:idle:1' since='{since}'/></presence>"
        )
    };
    juliet.receive(&idle("2001-09-09T01:36:40Z"));
    assert_eq!(contact(&mut juliet).resources[0].idle_since, Some(now - Duration::from_mins(10)));
    juliet.receive(&idle("2999-01-01T00:00:00Z"));
    assert_eq!(contact(&mut juliet).resources[0].idle_since, Some(now));
    juliet.receive(&idle("a while"));
    assert_eq!(contact(&mut juliet).resources[0].idle_since, None);
}

#[test]
fn our_own_idleness_is_said_only_when_the_user_interface_says_so() {
    let mut juliet = Subject::online("");
    juliet.pass(Duration::from_hours(2));
    assert!(!written(&juliet.sent()).contains("idle"));
    juliet.command(Command::SetIdle { since: Some(juliet.wall()) });
    assert!(written(&juliet.sent()).contains("urn:xmpp:idle:1' since='2001"));
    juliet.command(Command::SetIdle { since: None });
    assert!(!String::from(&juliet.sent_one()).contains("idle:1' since"));
}

#[test]
fn when_somebody_was_seen_last_is_what_we_saw_or_what_their_server_says() {
    let mut juliet = Subject::online(ROMEO);
    let now = juliet.wall();
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.receive("<presence from='romeo@montague.lit/orchard' type='unavailable'/>");
    assert!(matches!(juliet.events().pop(), Some(Event::Contact(it)) if it.last_seen == Some(now)));
    juliet.command(Command::AskAbout { contact: romeo() });
    juliet.answer("jabber:iq:last", "<query xmlns='jabber:iq:last' seconds='600'/>");
    assert_eq!(contact(&mut juliet).last_seen, Some(now - Duration::from_mins(10)));
    juliet.receive(
        "<presence from='romeo@montague.lit' type='unavailable'>
         <delay xmlns='urn:xmpp:delay' stamp='2001-09-08T01:46:40Z'/></presence>",
    );
    assert_eq!(contact(&mut juliet).last_seen, Some(now - Duration::from_hours(24)));
}
