//! XEP-0137, stanza by stanza: who may start what, and which offer was asked for.

use std::time::Duration;

use balcony::engine::command::{Command, Wanted};
use balcony::engine::event::{Event, TransferChange};
use balcony::engine::{FileEvent, FileId, FileOrder, Input, Output};
use minidom::Element;

use crate::support::engine::Subject;

const SIPUB: &str = "http://jabber.org/protocol/sipub";
const SI: &str = "http://jabber.org/protocol/si";
const FILE: &str = "http://jabber.org/protocol/si/profile/file-transfer";
const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";

/// A message that announces a file of 9 bytes.
fn announcement(from: &str, attributes: &str) -> String {
    format!(
        "<message from='{from}'><sipub xmlns='{SIPUB}' {attributes} id='p1' profile='{FILE}'>\
         <file xmlns='{FILE}' name='../NDA.pdf' size='9'/></sipub></message>"
    )
}

/// An offer of that file, as that stream.
fn offer(from: &str, sid: &str, size: u64) -> String {
    format!(
        "<iq type='set' id='o-{sid}' from='{from}'><si xmlns='{SI}' id='{sid}' profile='{FILE}'>\
         <file xmlns='{FILE}' name='NDA.pdf' size='{size}'/><feature xmlns='http://jabber.org/protocol/feature-neg'>\
         <x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'>\
         <option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature></si></iq>"
    )
}

/// Juliet has started what Romeo announced, and was told that it comes as stream `s1`.
fn started() -> Subject {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&announcement("romeo@montague.lit/orchard", ""));
    juliet.command(Command::StartPublished(Wanted::Number(1)));
    juliet.answer(SIPUB, &format!("<starting xmlns='{SIPUB}' sid='s1'/>"));
    juliet.look();
    juliet
}

/// Whether each offer since the last look was asked for, and is made room for.
fn asked_for(juliet: &mut Subject) -> Vec<bool> {
    let created = juliet.others().iter().any(|output| matches!(output, Output::File(_, FileOrder::Create { .. })));
    let offers = juliet.events().into_iter().filter_map(|event| match event {
        Event::Transfer { change: TransferChange::Offered(info), .. } => Some(info.is_asked_for),
        _ => None,
    });
    let offers: Vec<bool> = offers.collect();
    assert_eq!(created, offers.contains(&true));
    offers
}

fn start(id: &str, from: &str) -> String {
    format!("<iq type='get' id='start' from='{from}'><start xmlns='{SIPUB}' id='{id}'/></iq>")
}

fn condition(answer: &Element) -> String {
    answer.get_child("error", "jabber:client").unwrap().children().next().unwrap().name().to_owned()
}

/// Juliet has published a file; and its id.
fn published(to: Option<&str>) -> (Subject, String) {
    let mut juliet = Subject::online(ROMEO);
    juliet.command(Command::Publish { to: to.map(|to| to.parse().unwrap()), path: "/home/juliet/a;b.txt".into() });
    let file = FileId(1 << 63);
    juliet.look();
    juliet.feed(Input::File(file, FileEvent::Opened { size: 5, modified: None }));
    let Event::Published { uri, .. } = juliet.event() else { panic!("nothing was published") };
    let id = uri.split("sid=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    (juliet, id)
}

#[test]
fn a_contact_announces_and_a_stranger_does_not() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&announcement("mallory@verona.lit/x", ""));
    assert!(juliet.events().is_empty());
    juliet.receive(&announcement("romeo@montague.lit/orchard", "from='mallory@verona.lit/x'"));
    assert!(juliet.events().is_empty(), "what is another's is not his to announce");
    juliet.receive(&announcement("romeo@montague.lit/orchard", ""));
    let Event::Announced(announced) = juliet.event() else { panic!("nothing was announced") };
    assert_eq!((announced.name.as_deref(), announced.size), (Some("NDA.pdf"), Some(9)));
}

#[test]
fn the_offer_that_was_asked_for_is_taken_once() {
    let mut juliet = started();
    juliet.receive(&offer("romeo@montague.lit/orchard", "s1", 9));
    assert_eq!(asked_for(&mut juliet), [true]);
    juliet.create_file(1);
    juliet.receive("<presence type='unavailable' from='romeo@montague.lit/orchard'/>");
    juliet.look();
    juliet.receive(&offer("romeo@montague.lit/orchard", "s1", 9));
    assert_eq!(asked_for(&mut juliet), [false]);
}

#[test]
fn another_name_another_sender_another_size_or_too_late_is_an_ordinary_offer() {
    for (from, sid, size, later) in [
        ("romeo@montague.lit/orchard", "s2", 9, 0),
        ("romeo@montague.lit/other", "s1", 9, 0),
        ("mallory@verona.lit/x", "s1", 9, 0),
        ("romeo@montague.lit/orchard", "s1", 10, 0),
        ("romeo@montague.lit/orchard", "s1", 9, 121),
    ] {
        let mut juliet = started();
        juliet.pass(Duration::from_secs(later));
        juliet.receive(&offer(from, sid, size));
        assert_eq!(asked_for(&mut juliet), [false], "{from} {sid} {size} {later}");
    }
}

#[test]
fn an_account_without_a_program_is_asked_at_its_likeliest_program() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&announcement("romeo@montague.lit", ""));
    juliet.look();
    juliet.command(Command::StartPublished(Wanted::Only));
    let Event::Notice(why) = juliet.event() else { panic!("no word") };
    assert_eq!(why, "romeo@montague.lit is not there to be asked");
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.look();
    juliet.command(Command::StartPublished(Wanted::Only));
    assert_eq!(juliet.take_request(SIPUB).attr("to"), Some("romeo@montague.lit/orchard"));
}

#[test]
fn several_announcements_have_to_be_told_apart() {
    let mut juliet = Subject::online(ROMEO);
    juliet.command(Command::StartPublished(Wanted::Only));
    juliet.receive(
        "<message from='romeo@montague.lit/o' type='chat'><body>xmpp:romeo@montague.lit/o?recvfile;sid=1 and \
         xmpp:romeo@montague.lit/o?recvfile;sid=2.</body></message>",
    );
    let announced = juliet.events().into_iter().filter(|event| matches!(event, Event::Announced(_))).count();
    assert_eq!(announced, 2);
    juliet.command(Command::StartPublished(Wanted::Only));
    let Event::Notice(why) = juliet.event() else { panic!("no word") };
    let listed = "\n1: the file (romeo@montague.lit)\n2: the file (romeo@montague.lit)";
    assert_eq!(why, format!("several files were announced: name the number of one{listed}"));
}

#[test]
fn a_start_is_answered_with_the_name_of_the_offer_that_follows() {
    let (mut juliet, id) = published(Some("romeo@montague.lit"));
    let message = juliet.sent().pop().unwrap();
    let sipub = message.get_child("sipub", SIPUB).unwrap();
    assert_eq!((sipub.attr("id"), sipub.attr("from")), (Some(id.as_str()), Some("juliet@capulet.lit/balcony")));
    juliet.receive(&start(&id, "romeo@montague.lit/orchard"));
    let answer = juliet.sent_one();
    let sid = answer.get_child("starting", SIPUB).unwrap().attr("sid").unwrap().to_owned();
    assert_ne!(sid, id);
    juliet.feed(Input::File(FileId(1), FileEvent::Opened { size: 5, modified: None }));
    let offer = juliet.take_request(SI);
    assert_eq!(offer.attr("to"), Some("romeo@montague.lit/orchard"));
    assert_eq!(offer.get_child("si", SI).unwrap().attr("id"), Some(sid.as_str()));
}

#[test]
fn a_stranger_learns_nothing_and_an_id_that_is_unknown_is_not_acceptable() {
    let (mut juliet, id) = published(None);
    for id in [id.as_str(), "other"] {
        juliet.receive(&start(id, "mallory@verona.lit/x"));
        assert_eq!(condition(&juliet.sent_one()), "forbidden");
    }
    juliet.receive(&start("other", "romeo@montague.lit/orchard"));
    assert_eq!(condition(&juliet.sent_one()), "not-acceptable");
    juliet.receive(&start(&id, "romeo@montague.lit/orchard"));
    assert_eq!(juliet.sent_one().attr("type"), Some("result"));
}

#[test]
fn whom_it_is_published_for_may_start_it_and_a_contact_for_whom_it_is_not_may_not() {
    let (mut juliet, id) = published(Some("nurse@capulet.lit"));
    juliet.sent();
    juliet.receive(&start(&id, "romeo@montague.lit/orchard"));
    assert_eq!(condition(&juliet.sent_one()), "forbidden");
    juliet.receive(&start(&id, "nurse@capulet.lit/kitchen"));
    assert_eq!(juliet.sent_one().attr("type"), Some("result"));
}

#[test]
fn one_contact_cannot_have_a_file_offered_without_end() {
    let (mut juliet, id) = published(None);
    let mut results = 0;
    for _ in 0..100 {
        juliet.receive(&start(&id, "romeo@montague.lit/orchard"));
        results += juliet.sent().iter().filter(|answer| answer.attr("type") == Some("result")).count();
    }
    assert_eq!(results, 64);
    juliet.pass(Duration::from_mins(10));
    juliet.look();
    juliet.receive(&start(&id, "romeo@montague.lit/orchard"));
    assert_eq!(juliet.sent_one().attr("type"), Some("result"));
}
