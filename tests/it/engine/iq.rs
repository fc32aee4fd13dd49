//! Every request is answered exactly once, and only who was asked can answer.

use std::time::Duration;

use balcony::engine::event::Event;

use crate::support::engine::{Subject, written};

#[test]
fn a_request_that_nobody_knows_is_answered_service_unavailable() {
    let mut juliet = Subject::online("");
    juliet.receive("<iq type='get' id='1' from='romeo@montague.lit/orchard'><query xmlns='urn:unheard-of'/></iq>");
    let answer = juliet.sent_one();
    assert_eq!(answer.attr("type"), Some("error"));
    assert_eq!(answer.attr("id"), Some("1"));
    assert_eq!(answer.attr("to"), Some("romeo@montague.lit/orchard"));
    assert!(String::from(&answer).contains("service-unavailable"));
}

#[test]
fn a_request_that_cannot_be_read_is_answered_bad_request() {
    let mut juliet = Subject::online("");
    juliet.receive("<iq type='set' id='1' from='romeo@montague.lit/orchard'/>");
    assert!(String::from(&juliet.sent_one()).contains("bad-request"));
}

#[test]
fn a_request_with_an_endless_name_is_refused_at_once() {
    let mut juliet = Subject::online("");
    for (length, answer) in [(1024, "result"), (1025, "error")] {
        let id = "x".repeat(length);
        juliet.receive(&format!("<iq type='get' id='{id}' from='capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>"));
        let said = juliet.sent_one();
        assert_eq!((said.attr("type"), said.attr("id")), (Some(answer), Some(id.as_str())));
    }
}

#[test]
fn answers_are_never_answered() {
    let mut juliet = Subject::online("");
    juliet.receive("<iq type='result' id='1' from='romeo@montague.lit/orchard'/>");
    juliet.receive("<iq type='error' id='1' from='romeo@montague.lit/orchard'/>");
    juliet.receive("<iq type='result' from='romeo@montague.lit/orchard'/>");
    juliet.receive("<iq type='sideways' id='1' from='romeo@montague.lit/orchard'/>");
    let sent = juliet.sent();
    assert!(sent.is_empty(), "{}", written(&sent));
}

#[test]
fn a_ping_is_answered_whoever_sends_it() {
    let mut juliet = Subject::online("");
    for from in ["", "from='capulet.lit'", "from='tybalt@capulet.lit/alley'"] {
        juliet.receive(&format!("<iq type='get' id='p' {from}><ping xmlns='urn:xmpp:ping'/></iq>"));
        assert_eq!(juliet.sent_one().attr("type"), Some("result"));
    }
}

#[test]
fn the_version_is_told_to_contacts_and_kept_from_strangers() {
    let mut juliet = Subject::online("<item jid='romeo@montague.lit' subscription='both'/>");
    let ask = |from: &str| format!("<iq type='get' id='v' from='{from}'><query xmlns='jabber:iq:version'/></iq>");
    juliet.receive(&ask("romeo@montague.lit/orchard"));
    assert!(String::from(&juliet.sent_one()).contains("Balcony"));
    juliet.receive(&ask("paris@verona.lit/church"));
    let refusal = String::from(&juliet.sent_one());
    assert!(refusal.contains("service-unavailable") && !refusal.contains("Balcony"), "{refusal}");
}

#[test]
fn an_answer_counts_only_from_whom_was_asked() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    let id = juliet.take_request("jabber:iq:roster").attr("id").unwrap().to_owned();
    let item = "<item jid='tybalt@capulet.lit' subscription='both'/>";
    let answer =
        |from: &str| format!("<iq type='result' id='{id}' {from}><query xmlns='jabber:iq:roster'>{item}</query></iq>");
    juliet.look();
    juliet.receive(&answer("from='tybalt@capulet.lit/alley'"));
    assert_eq!(juliet.events(), []);
    juliet.receive(&answer("from='juliet@capulet.lit'"));
    assert!(juliet.events().contains(&Event::RosterComplete));
}

#[test]
fn an_unanswered_request_ends_by_its_patience() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    juliet.look();
    juliet.pass(Duration::from_mins(1));
    let notices: Vec<_> = juliet.events();
    assert_eq!(notices, [Event::Notice("the server gave no roster: it does not answer".to_owned())]);
    assert_eq!(juliet.next_wake(), None, "nothing is left to wait for");
}

#[test]
fn a_resumed_session_keeps_requests_and_a_new_one_ends_them() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    let id = juliet.take_request("jabber:iq:roster").attr("id").unwrap().to_owned();
    juliet.lose_connection();
    juliet.resume();
    juliet.look();
    juliet.receive(&format!("<iq type='result' id='{id}'><query xmlns='jabber:iq:roster'/></iq>"));
    assert_eq!(juliet.event(), Event::RosterComplete);

    juliet.log_in();
    let id = juliet.take_request("jabber:iq:roster").attr("id").unwrap().to_owned();
    juliet.lose_connection();
    juliet.log_in();
    juliet.look();
    juliet.receive(&format!("<iq type='result' id='{id}'><query xmlns='jabber:iq:roster'/></iq>"));
    assert_eq!(juliet.events(), [], "the request of the lost session is no more");
}
