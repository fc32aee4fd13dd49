//! What is refused, and with which words: stanza by stanza, as strangers and old clients send them.

use std::time::Duration;

use balcony::engine::command::{Command, TransferId};
use balcony::engine::event::{Event, OfferInfo, TransferChange};

use crate::support::engine::Subject;

const SI: &str = "http://jabber.org/protocol/si";
const FILE: &str = "http://jabber.org/protocol/si/profile/file-transfer";

/// An offer as libpurple writes it.
fn offer(sid: &str, name: &str, methods: &[&str]) -> String {
    let option = |method: &&str| format!("<option><value>http://jabber.org/protocol/{method}</value></option>");
    let options = methods.iter().map(option).collect::<Vec<_>>().concat();
    format!(
        "<iq type='set' id='o-{sid}' from='romeo@montague.lit/orchard'><si xmlns='{SI}' id='{sid}' profile='{FILE}'>\
         <file xmlns='{FILE}' name='{name}' size='10'/><feature xmlns='http://jabber.org/protocol/feature-neg'>\
         <x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'>{options}</field></x>\
         </feature></si></iq>"
    )
}

/// Juliet, to whom something is sent; returns the condition of her one answer.
#[track_caller]
fn condition(juliet: &mut Subject, stanza: &str) -> String {
    juliet.look();
    juliet.receive(stanza);
    let answer = juliet.sent_one();
    match answer.attr("type") {
        Some("error") => {
            answer.get_child("error", "jabber:client").unwrap().children().next().unwrap().name().to_owned()
        }
        other => other.unwrap_or_default().to_owned(),
    }
}

fn request(payload: &str) -> String {
    format!("<iq type='set' id='r' from='romeo@montague.lit/orchard'>{payload}</iq>")
}

fn query(sid: &str, attributes: &str, hosts: &str) -> String {
    request(&format!("<query xmlns='http://jabber.org/protocol/bytestreams' sid='{sid}' {attributes}>{hosts}</query>"))
}

/// Juliet has taken that offer.
fn accepted(methods: &[&str]) -> Subject {
    let mut juliet = Subject::online("");
    juliet.receive(&offer("a0", "a.txt", methods));
    juliet.command(Command::AcceptOffer { transfer: TransferId(1), save_as: None });
    juliet.create_file(1);
    juliet.look();
    juliet
}

#[test]
fn streams_that_nobody_agreed_on_are_unknown() {
    let mut juliet = Subject::online("");
    assert_eq!(condition(&mut juliet, &query("x", "", "")), "not-acceptable");
    for payload in ["<open sid='x' block-size='4096'", "<data sid='x' seq='0'", "<close sid='x'"] {
        let stanza = request(&format!("{payload} xmlns='http://jabber.org/protocol/ibb'/>"));
        assert_eq!(condition(&mut juliet, &stanza), "item-not-found", "{payload}");
    }
}

#[test]
fn a_stream_belongs_to_the_full_address_that_offered_it() {
    let mut juliet = accepted(&["ibb"]);
    let open = "<open xmlns='http://jabber.org/protocol/ibb' sid='a0' block-size='4096'/>";
    let stranger = format!("<iq type='set' id='r' from='romeo@montague.lit/street'>{open}</iq>");
    assert_eq!(condition(&mut juliet, &stranger), "item-not-found");
    assert_eq!(condition(&mut juliet, &request(open)), "result");
}

#[test]
fn a_method_is_not_begun_before_the_offer_is_accepted() {
    let mut juliet = Subject::online("");
    juliet.receive(&offer("a0", "a.txt", &["bytestreams", "ibb"]));
    assert_eq!(condition(&mut juliet, &query("a0", "", "")), "item-not-found");
}

#[test]
fn udp_is_refused_and_the_stream_stays() {
    let mut juliet = accepted(&["bytestreams"]);
    assert_eq!(condition(&mut juliet, &query("a0", "mode='udp'", "")), "not-acceptable");
    juliet.look();
    juliet.receive(&query("a0", "", "<streamhost jid='romeo@montague.lit/orchard' host='192.0.2.1' port='1'/>"));
    assert!(juliet.sent().is_empty(), "a streamhost is tried");
}

#[test]
fn an_empty_list_of_streamhosts_fails_at_once_and_is_not_repeated() {
    let mut juliet = accepted(&["bytestreams", "ibb"]);
    juliet.receive(&query("a0", "", ""));
    let answer = juliet.sent_one();
    assert_eq!(answer.attr("type"), Some("error"));
    assert!(!answer.has_child("query", "http://jabber.org/protocol/bytestreams"));
    let open = request("<open xmlns='http://jabber.org/protocol/ibb' sid='a0' block-size='4096'/>");
    assert_eq!(condition(&mut juliet, &open), "result");
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let mut juliet = Subject::online("");
    juliet.receive(&offer("a0", "a.txt", &["ibb"]));
    assert_eq!(condition(&mut juliet, &offer("a0", "b.txt", &["ibb"])), "conflict");
}

#[test]
fn offers_that_cannot_be_taken_are_refused_as_xep_0095_says() {
    let mut juliet = Subject::online("");
    assert_eq!(condition(&mut juliet, &offer("a0", "a.txt", &["iqibb"])), "bad-request");
    assert_eq!(condition(&mut juliet, &offer("a0", "a.txt", &[])), "bad-request");
    let without_file = offer("a0", "a.txt", &["ibb"]).replace("<file xmlns", "<fill xmlns");
    assert_eq!(condition(&mut juliet, &without_file), "bad-request");
    assert_eq!(condition(&mut juliet, &request(&format!("<si xmlns='{SI}' profile='{FILE}'/>"))), "bad-request");
    let other_profile = offer("a0", "a.txt", &["ibb"]).replace(&format!("profile='{FILE}'"), "profile='urn:tubes'");
    assert_eq!(condition(&mut juliet, &other_profile), "bad-request");
}

#[test]
fn a_hostile_name_is_shown_as_one_harmless_component() {
    for (name, safe) in [("../../x", "x"), ("/etc/passwd", "passwd"), (".bashrc", "bashrc"), ("", "file")] {
        let mut juliet = Subject::online("");
        juliet.receive(&offer("a0", name, &["ibb"]));
        assert_eq!(offered(&juliet.events()).name, safe);
    }
}

fn offered(events: &[Event]) -> OfferInfo {
    let info = |event: &Event| match event {
        Event::Transfer { change: TransferChange::Offered(info), .. } => Some((**info).clone()),
        _ => None,
    };
    events.iter().find_map(info).unwrap()
}

#[test]
fn of_ten_thousand_offers_a_few_wait_and_the_user_hears_once_of_the_rest() {
    let mut juliet = Subject::online("<item jid='romeo@montague.lit' subscription='both'/>");
    for number in 0..10_000 {
        juliet.receive(&offer(&format!("s{number}"), "a.txt", &["ibb"]));
    }
    let events = juliet.events();
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Transfer { .. })).count(), 32);
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Notice(_))).count(), 1);
    assert_eq!(juliet.sent().len(), 10_000 - 32);
    juliet.pass(Duration::from_hours(1));
    assert_eq!(juliet.next_wake(), None);
}

#[test]
fn of_ten_thousand_offers_of_strangers_a_few_wait_and_nobody_is_told_of_the_rest() {
    let mut juliet = Subject::online("<item jid='romeo@montague.lit' subscription='both'/>");
    for number in 0..10_000 {
        let from = format!("nobody{}@verona.lit/x", number / 10);
        juliet.receive(&offer(&format!("s{number}"), "a.txt", &["ibb"]).replace("romeo@montague.lit/orchard", &from));
    }
    let events = juliet.events();
    assert!(events.iter().all(|event| matches!(event, Event::Transfer { .. })));
    assert_eq!(events.len(), 16);
    assert_eq!(juliet.sent().len(), 10_000 - 16);
    juliet.receive(&offer("s", "a.txt", &["ibb"]));
    assert!(offered(&juliet.events()).is_contact, "a contact's offer still finds a place");
}
