//! RFC 6121 §2: the roster, its changes, and who may make them.

use balcony::engine::command::Command;
use balcony::engine::event::{Contact, Event, Subscription};
use balcony::engine::history::{Answer, Order};
use balcony::engine::roster::{Edition, Item, Revision, Subscription as Sees};
use balcony::engine::{Input, Output};
use jid::BareJid;
use minidom::Element;

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

const TYBALT: &str = "<item jid='tybalt@capulet.lit' subscription='none'/>";

fn versioned_push(version: &str, item: &str) -> String {
    format!("<iq type='set' id='push'><query xmlns='jabber:iq:roster' {version}>{item}</query></iq>")
}

fn roster(version: &str, items: &str) -> String {
    format!("<query xmlns='jabber:iq:roster' {version}>{items}</query>")
}

/// Version 7 of the roster, with Romeo.
fn seventh() -> Edition {
    let item = Item { subscription: Sees::Both, ..Item::new(romeo(), Some("Romeo".into()), vec!["Loves".into()]) };
    Edition { version: "7".to_owned(), items: vec![item] }
}

/// Juliet, who knows what an earlier run kept, as a session begins.
fn with_kept(edition: Edition) -> Subject {
    let mut juliet = Subject::juliet();
    juliet.feed(Input::History(Answer::Roster(edition)));
    juliet.log_in();
    juliet.events();
    juliet
}

/// The version that she names when she asks for the roster.
fn asked_for(juliet: &mut Subject) -> (Element, Option<String>) {
    let request = juliet.take_request("jabber:iq:roster");
    let version = request.children().next().unwrap().attr("ver").map(str::to_owned);
    (request, version)
}

/// Her request is answered with nothing: what she named still holds.
fn still_holds(juliet: &mut Subject, request: &Element) {
    juliet.receive(&format!("<iq type='result' id='{}'/>", request.attr("id").unwrap()));
}

/// Whom she was told of, in that order.
fn told(juliet: &mut Subject) -> Vec<String> {
    let told = juliet.events().into_iter().filter_map(|event| match event {
        Event::Contact(contact) => Some(contact.jid.to_string()),
        Event::ContactRemoved(jid) => Some(format!("without {jid}")),
        _ => None,
    });
    told.collect()
}

/// What is to be kept of the roster.
fn kept(juliet: &mut Subject) -> Vec<Order> {
    let is_of_roster =
        |order: &Order| matches!(order, Order::KeepRoster(_) | Order::ReviseRoster(_) | Order::ForgetRoster);
    let orders = juliet.others().into_iter().filter_map(|output| match output {
        Output::History(order) => Some(order).filter(is_of_roster),
        _ => None,
    });
    orders.collect()
}

#[test]
fn where_rosters_have_versions_the_first_one_is_kept() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    let (request, version) = asked_for(&mut juliet);
    assert_eq!(version.as_deref(), Some(""), "it says that it knows of versions, and of none of these");
    juliet.receive(&format!(
        "<iq type='result' id='{}'>{}</iq>",
        request.attr("id").unwrap(),
        roster("ver='7'", ROMEO)
    ));
    assert_eq!(kept(&mut juliet), [Order::KeepRoster(Box::new(seventh()))]);
}

#[test]
fn what_an_earlier_run_kept_is_shown_before_there_is_a_session_and_nothing_is_sent() {
    let mut juliet = Subject::juliet();
    juliet.feed(Input::History(Answer::Roster(seventh())));
    let Event::Contact(known) = juliet.event() else { panic!("nobody is shown") };
    assert_eq!((known.jid, known.name.as_deref(), known.groups), (romeo(), Some("Romeo"), vec!["Loves".to_owned()]));
    assert_eq!((known.subscription, known.resources), (Subscription::Both, vec![]));
    let sent = juliet.sent();
    assert!(sent.is_empty(), "{}", written(&sent));
}

#[test]
fn what_is_written_before_the_first_session_asks_for_a_receipt_as_what_is_written_later() {
    let mut juliet = Subject::juliet();
    juliet.feed(Input::History(Answer::Roster(seventh())));
    juliet.command(Command::SendMessage { to: romeo().into(), body: "O".into() });
    assert!(juliet.sent().is_empty());
    juliet.log_in();
    let sent = juliet.sent();
    let message = sent.iter().find(|stanza| stanza.name() == "message").unwrap();
    assert!(message.has_child("request", "urn:xmpp:receipts"), "{}", written(&sent));
}

#[test]
fn who_was_a_contact_in_an_earlier_run_is_none_in_a_session_until_the_server_says_so() {
    let mut juliet = with_kept(seventh());
    let asks_for_receipt = |juliet: &mut Subject| {
        juliet.command(Command::SendMessage { to: romeo().into(), body: "O".into() });
        juliet.sent_one().has_child("request", "urn:xmpp:receipts")
    };
    let (request, _) = asked_for(&mut juliet);
    juliet.look();
    assert!(!asks_for_receipt(&mut juliet));
    still_holds(&mut juliet, &request);
    juliet.look();
    assert!(asks_for_receipt(&mut juliet));
}

#[test]
fn what_an_earlier_run_kept_is_the_roster_once_the_server_says_so() {
    let mut juliet = with_kept(seventh());
    let (request, version) = asked_for(&mut juliet);
    assert_eq!(version.as_deref(), Some("7"));
    assert_eq!(told(&mut juliet), <[&str; 0]>::default(), "nobody is a contact before that");
    still_holds(&mut juliet, &request);
    assert_eq!(told(&mut juliet), ["romeo@montague.lit"]);
    assert_eq!(kept(&mut juliet), []);
}

#[test]
fn a_newer_roster_replaces_what_was_kept() {
    let mut juliet = with_kept(seventh());
    juliet.answer("jabber:iq:roster", &roster("ver='9'", TYBALT));
    assert_eq!(told(&mut juliet), ["tybalt@capulet.lit"]);
    let [Order::KeepRoster(edition)] = &kept(&mut juliet)[..] else { panic!("it is not kept") };
    assert_eq!((edition.version.as_str(), edition.items.len()), ("9", 1));
}

#[test]
fn a_push_makes_the_next_version_and_the_next_session_names_that() {
    let mut juliet = with_kept(seventh());
    let (request, _) = asked_for(&mut juliet);
    still_holds(&mut juliet, &request);
    juliet.look();
    juliet.receive(&versioned_push("ver='8'", TYBALT));
    let item = Item::new(BareJid::new("tybalt@capulet.lit").unwrap(), None, vec![]);
    let revision = Revision { before: "7".to_owned(), after: "8".to_owned(), item };
    assert_eq!(kept(&mut juliet), [Order::ReviseRoster(Box::new(revision))]);
    juliet.receive(&versioned_push("ver='9'", "<item jid='nobody@capulet.lit' subscription='remove'/>"));
    juliet.lose_connection();
    juliet.log_in();
    let (request, version) = asked_for(&mut juliet);
    assert_eq!(version.as_deref(), Some("9"), "also where somebody went whom we did not know");
    juliet.events();
    still_holds(&mut juliet, &request);
    assert_eq!(told(&mut juliet), ["romeo@montague.lit", "tybalt@capulet.lit"]);
}

#[test]
fn what_changes_while_the_server_looks_is_part_of_what_still_holds() {
    let mut juliet = with_kept(seventh());
    let (request, _) = asked_for(&mut juliet);
    juliet.receive(&versioned_push("ver='8'", TYBALT));
    juliet.receive(&versioned_push("ver='9'", "<item jid='romeo@montague.lit' subscription='remove'/>"));
    juliet.look();
    still_holds(&mut juliet, &request);
    assert_eq!(told(&mut juliet), ["tybalt@capulet.lit"]);
    juliet.lose_connection();
    juliet.log_in();
    assert_eq!(asked_for(&mut juliet).1.as_deref(), Some("9"));
}

#[test]
fn a_session_that_is_lost_before_the_answer_costs_nothing() {
    let mut juliet = with_kept(seventh());
    juliet.look();
    juliet.lose_connection();
    juliet.log_in();
    let (request, version) = asked_for(&mut juliet);
    assert_eq!(version.as_deref(), Some("7"));
    juliet.look();
    still_holds(&mut juliet, &request);
    assert_eq!(told(&mut juliet), ["romeo@montague.lit"]);
}

#[test]
fn a_change_without_a_version_ends_what_is_kept_and_nobody_is_lost() {
    for is_early in [true, false] {
        let mut juliet = with_kept(seventh());
        let (request, _) = asked_for(&mut juliet);
        if !is_early {
            still_holds(&mut juliet, &request);
        }
        juliet.receive(&versioned_push("", TYBALT));
        assert_eq!(kept(&mut juliet), [Order::ForgetRoster]);
        if is_early {
            juliet.events();
            still_holds(&mut juliet, &request);
            assert_eq!(told(&mut juliet), ["romeo@montague.lit", "tybalt@capulet.lit"]);
        }
        juliet.lose_connection();
        juliet.log_in();
        assert_eq!(asked_for(&mut juliet).1.as_deref(), Some(""));
    }
}

#[test]
fn a_roster_that_comes_without_a_version_ends_what_is_kept() {
    let mut juliet = with_kept(seventh());
    juliet.answer("jabber:iq:roster", &roster("", TYBALT));
    assert_eq!(kept(&mut juliet), [Order::ForgetRoster]);
}

#[test]
fn what_is_kept_comes_too_late_for_a_session_that_has_begun() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    let (request, _) = asked_for(&mut juliet);
    juliet.feed(Input::History(Answer::Roster(seventh())));
    juliet.look();
    still_holds(&mut juliet, &request);
    assert_eq!(told(&mut juliet), <[&str; 0]>::default());
}
