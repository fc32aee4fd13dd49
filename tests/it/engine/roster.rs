//! RFC 6121 §2: the roster, its changes, and who may make them.

use balcony::engine::command::Command;
use balcony::engine::event::{Contact, Event, Subscription};
use jid::BareJid;

use crate::support::engine::{Subject, written};

const ROMEO: &str = "<item jid='romeo@montague.lit' name='Romeo' subscription='both'><group>Loves</group></item>";

fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

fn push(from: &str, item: &str) -> String {
    format!("<iq type='set' id='push' {from}><query xmlns='jabber:iq:roster'>{item}</query></iq>")
}

#[test]
fn a_new_session_asks_for_the_roster_and_tells_all_of_it() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    juliet.events();
    juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{ROMEO}</query>"));
    let contact = Contact {
        jid: romeo(),
        name: Some("Romeo".into()),
        groups: vec!["Loves".into()],
        subscription: Subscription::Both,
        asked: false,
        nick: None,
        last_seen: None,
        resources: vec![],
    };
    assert_eq!(juliet.events(), [Event::Contact(contact), Event::RosterComplete]);
}

#[test]
fn a_resumed_session_does_not_ask_again() {
    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    juliet.resume();
    let sent = juliet.sent();
    assert!(sent.is_empty(), "{}", written(&sent));
}

#[test]
fn a_push_of_our_own_server_changes_the_roster() {
    let mut juliet = Subject::online("");
    for from in ["", "from='juliet@capulet.lit'"] {
        juliet.receive(&push(from, ROMEO));
        assert_eq!(juliet.sent_one().attr("type"), Some("result"));
        assert!(matches!(juliet.event(), Event::Contact(contact) if contact.jid == romeo()));
    }
    juliet.receive(&push("", "<item jid='romeo@montague.lit' subscription='remove'/>"));
    assert_eq!(juliet.event(), Event::ContactRemoved(romeo()));
}

#[test]
fn a_push_of_anybody_else_is_refused_and_changes_nothing() {
    let mut juliet = Subject::online("");
    for from in ["tybalt@capulet.lit", "juliet@capulet.lit/other", "montague.lit", "capulet.lit/x"] {
        juliet.receive(&push(&format!("from='{from}'"), "<item jid='tybalt@capulet.lit' subscription='both'/>"));
        assert_eq!(juliet.sent_one().attr("type"), Some("error"), "{from}");
        assert_eq!(juliet.events(), [], "{from}");
    }
}

#[test]
fn adding_somebody_asks_the_server_and_then_them() {
    let mut juliet = Subject::online("");
    juliet.command(Command::AddContact { contact: romeo(), name: Some("Romeo".into()), groups: vec!["Loves".into()] });
    let sent = juliet.sent();
    let [change, subscribe] = sent.as_slice() else { panic!("{}", written(&sent)) };
    let change = String::from(change);
    assert!(change.contains("jid='romeo@montague.lit'") || change.contains("jid=\"romeo@montague.lit\""), "{change}");
    assert!(change.contains("<group>Loves</group>"), "{change}");
    assert_eq!((subscribe.name(), subscribe.attr("type")), ("presence", Some("subscribe")));
    assert_eq!(subscribe.attr("to"), Some("romeo@montague.lit"));
    assert_eq!(juliet.events(), [], "the push will tell");
}

#[test]
fn a_change_that_the_server_refuses_is_told() {
    let mut juliet = Subject::online(ROMEO);
    juliet.command(Command::RemoveContact { contact: romeo() });
    let request = juliet.take_request("jabber:iq:roster");
    assert!(String::from(&request).contains("remove"));
    juliet.receive(&format!(
        "<iq type='error' id='{}'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        request.attr("id").unwrap()
    ));
    let Event::Notice(notice) = juliet.event() else { panic!("no notice") };
    assert!(notice.contains("romeo@montague.lit") && notice.contains("not-allowed"), "{notice}");
}
