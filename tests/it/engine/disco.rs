//! XEP-0030 and XEP-0115: what we say we can, and what we believe of others.

use std::time::Duration;

use balcony::engine::event::{Contact, Event};
use minidom::Element;

use crate::support::engine::{Subject, written};

const INFO: &str = "http://jabber.org/protocol/disco#info";
const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";
const BOTH: &str =
    "<item jid='romeo@montague.lit' subscription='both'/><item jid='nurse@capulet.lit' subscription='both'/>";
const TAKES_FILES: &str = "<query xmlns='http://jabber.org/protocol/disco#info'>
    <identity category='client' type='pc' name='x'/>
    <feature var='http://jabber.org/protocol/si/profile/file-transfer'/></query>";
/// The hash of `TAKES_FILES`.
const TAKES_FILES_VER: &str = "QhvHPR79jVNx/1EwKJ7Yvdzuekg=";

fn presence(from: &str, ver: &str) -> String {
    let caps = format!("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://x' ver='{ver}'/>");
    format!("<presence from='{from}'>{caps}</presence>")
}

/// Whether the first resource of the only event takes files.
#[track_caller]
fn takes_files(juliet: &mut Subject) -> Option<bool> {
    match juliet.event() {
        Event::Contact(Contact { resources, .. }) => resources[0].takes_files,
        other => panic!("{other:?}"),
    }
}

fn ask_info(juliet: &mut Subject, node: &str) -> Element {
    juliet.receive(&format!("<iq type='get' id='d' from='a@b/c'><query xmlns='{INFO}' {node}/></iq>"));
    juliet.sent_one()
}

#[test]
fn we_say_what_we_can_under_the_node_of_our_presence_too() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    juliet.answer("jabber:iq:roster", "<query xmlns='jabber:iq:roster'/>");
    let presence = juliet.sent().into_iter().find(|stanza| stanza.name() == "presence").unwrap();
    let caps = presence.get_child("c", "http://jabber.org/protocol/caps").unwrap().clone();
    let node = format!("node='{}#{}'", caps.attr("node").unwrap(), caps.attr("ver").unwrap());

    let plain = ask_info(&mut juliet, "");
    let by_node = ask_info(&mut juliet, &node);
    let features = |answer: &Element| {
        let query = answer.get_child("query", INFO).unwrap();
        let vars = query.children().filter_map(|child| child.attr("var")).map(str::to_owned);
        vars.collect::<Vec<_>>()
    };
    assert_eq!(features(&plain), features(&by_node));
    assert!(features(&plain).contains(&INFO.to_owned()));
    assert_eq!(by_node.get_child("query", INFO).unwrap().attr("node"), Some(&node[6..node.len() - 1]));
    assert_eq!(ask_info(&mut juliet, "node='other'").attr("type"), Some("error"));
}

#[test]
fn the_hash_in_our_presence_is_that_of_our_answer() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    juliet.answer("jabber:iq:roster", "<query xmlns='jabber:iq:roster'/>");
    let presence = juliet.sent().into_iter().find(|stanza| stanza.name() == "presence").unwrap();
    let caps = presence.get_child("c", "http://jabber.org/protocol/caps").unwrap();
    let answer = ask_info(&mut juliet, "");
    let info = balcony::xep::disco::Info::read(answer.get_child("query", INFO).unwrap());
    assert_eq!(Some(balcony::xep::caps::Caps::of("", &info).ver.as_str()), caps.attr("ver"));
}

#[test]
fn a_program_that_appears_is_asked_and_known_to_take_files() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    assert_eq!(takes_files(&mut juliet), None);
    juliet.answer(INFO, TAKES_FILES);
    assert_eq!(takes_files(&mut juliet), Some(true));
    juliet.receive("<presence from='romeo@montague.lit/orchard'><show>away</show></presence>");
    assert_eq!(takes_files(&mut juliet), Some(true));
    assert!(juliet.sent().is_empty(), "known already");
}

#[test]
fn who_announces_a_proven_hash_is_not_asked() {
    let mut juliet = Subject::online(BOTH);
    juliet.receive(&presence("romeo@montague.lit/orchard", TAKES_FILES_VER));
    juliet.answer(INFO, TAKES_FILES);
    juliet.look();
    juliet.receive(&presence("nurse@capulet.lit/hall", TAKES_FILES_VER));
    assert_eq!(takes_files(&mut juliet), Some(true));
    assert!(juliet.sent().is_empty());
}

#[test]
fn who_announces_the_same_waits_for_the_first_answer() {
    let mut juliet = Subject::online(BOTH);
    juliet.receive(&presence("romeo@montague.lit/orchard", TAKES_FILES_VER));
    juliet.receive(&presence("nurse@capulet.lit/hall", TAKES_FILES_VER));
    juliet.events();
    juliet.answer(INFO, TAKES_FILES);
    assert_eq!(juliet.events().len(), 2, "both are known now");
    assert!(juliet.sent().is_empty());
}

#[test]
fn an_answer_that_does_not_match_its_hash_holds_for_who_gave_it_alone() {
    let mut juliet = Subject::online(BOTH);
    let lie = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    juliet.receive(&presence("romeo@montague.lit/orchard", lie));
    juliet.receive(&presence("nurse@capulet.lit/hall", lie));
    juliet.events();
    juliet.answer(INFO, TAKES_FILES);
    assert_eq!(takes_files(&mut juliet), Some(true));
    let asked = juliet.take_request(INFO);
    assert_eq!(asked.attr("to"), Some("nurse@capulet.lit/hall"));
}

#[test]
fn other_capabilities_void_what_was_known() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&presence("romeo@montague.lit/orchard", TAKES_FILES_VER));
    juliet.answer(INFO, TAKES_FILES);
    juliet.look();
    juliet.receive(&presence("romeo@montague.lit/orchard", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    assert_eq!(takes_files(&mut juliet), None);
    juliet.answer(INFO, &format!("<query xmlns='{INFO}'/>"));
    assert_eq!(takes_files(&mut juliet), Some(false));
}

#[test]
fn a_large_roster_does_not_begin_with_a_flood_of_questions() {
    let items: Vec<_> = (0..100).map(|n| format!("<item jid='n{n}@verona.lit' subscription='both'/>")).collect();
    let mut juliet = Subject::online(&items.concat());
    for n in 0..100 {
        juliet.receive(&format!("<presence from='n{n}@verona.lit/home'/>"));
    }
    let asked = juliet.sent();
    assert_eq!(asked.len(), 4, "{}", written(&asked));
    juliet.pass(Duration::from_hours(1));
    assert_eq!(juliet.sent().len(), 96, "silence of some keeps nobody from being asked");
    assert_eq!(juliet.next_wake(), None);
}

#[test]
fn a_silent_program_is_known_to_be_silent_until_it_comes_anew() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.look();
    juliet.pass(Duration::from_mins(1));
    juliet.receive("<presence from='romeo@montague.lit/orchard'><show>away</show></presence>");
    assert!(juliet.sent().is_empty());
    juliet.receive("<presence from='romeo@montague.lit/orchard' type='unavailable'/>");
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    assert_eq!(juliet.sent().len(), 1);
}

#[test]
fn a_stranger_who_becomes_a_contact_is_asked_then() {
    let mut juliet = Subject::online("");
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    assert!(juliet.sent().is_empty());
    let item = "<query xmlns='jabber:iq:roster'><item jid='romeo@montague.lit' subscription='both'/></query>";
    juliet.receive(&format!("<iq type='set' id='push'>{item}</iq>"));
    juliet.events();
    juliet.answer(INFO, TAKES_FILES);
    assert_eq!(takes_files(&mut juliet), Some(true));
}
