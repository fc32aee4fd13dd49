//! XEP-0137 between two engines: what Romeo publishes, Juliet fetches when she likes.

use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::{Command, Wanted};
use balcony::engine::event::{Announcement, Event, Outcome, TransferChange, Verified};
use jid::BareJid;

use crate::support::engine::parse;
use crate::support::network::Who;
use crate::support::pair::{JULIET, Pair, ROMEO, SONNET, content};

/// Both are in each other's roster, and Romeo has a file.
fn contacts() -> Pair {
    let mut pair = Pair::new();
    for (who, other) in [(ROMEO, "juliet@capulet.lit"), (JULIET, "romeo@montague.lit")] {
        let item = format!("<item jid='{other}' subscription='both'/>");
        let push = format!("<iq type='set' id='r'><query xmlns='jabber:iq:roster'>{item}</query></iq>");
        pair.world.tell(who, Input::Stanza(parse(&push)));
    }
    pair.world.nodes[ROMEO].disk.insert(SONNET.into(), content(100_000));
    pair.pass(Duration::from_secs(1));
    pair
}

fn publish(pair: &mut Pair, to: Option<&str>) -> String {
    let to = to.map(|to| BareJid::new(to).unwrap());
    pair.world.command(ROMEO, Command::Publish { to, path: SONNET.into() });
    pair.pass(Duration::from_secs(1));
    let uri = |event: &Event| match event {
        Event::Published { uri, .. } => Some(uri.clone()),
        _ => None,
    };
    pair.world.nodes[ROMEO].events.iter().rev().find_map(uri).unwrap()
}

fn start(pair: &mut Pair, wanted: Wanted) {
    pair.world.command(JULIET, Command::StartPublished(wanted));
    pair.pass(Duration::from_secs(30));
}

fn announcements(pair: &Pair) -> Vec<Announcement> {
    let announced = |event: &Event| match event {
        Event::Announced(announcement) => Some(announcement.clone()),
        _ => None,
    };
    pair.world.nodes[JULIET].events.iter().filter_map(announced).collect()
}

fn notices(pair: &Pair, who: Who) -> Vec<String> {
    let notice = |event: &Event| match event {
        Event::Notice(sentence) => Some(sentence.clone()),
        _ => None,
    };
    pair.world.nodes[who].events.iter().filter_map(notice).collect()
}

#[test]
fn what_was_announced_arrives_without_another_question_as_often_as_it_is_started() {
    let mut pair = contacts();
    publish(&mut pair, Some("juliet@capulet.lit"));
    let [announcement] = announcements(&pair).try_into().unwrap();
    assert_eq!((announcement.number, announcement.name.as_deref()), (1, Some("sonnet.pdf")));
    assert_eq!((announcement.owner.as_str(), announcement.size), ("romeo@montague.lit/orchard", Some(100_000)));
    start(&mut pair, Wanted::Only);
    assert!(pair.info(JULIET).is_asked_for);
    start(&mut pair, Wanted::Number(1));
    let outcomes = pair.outcomes(JULIET);
    assert_eq!(outcomes.len(), 2);
    let is_whole = |outcome: &Outcome| matches!(outcome, Outcome::Completed { verified: Verified::Sha256, .. });
    assert!(outcomes.iter().all(is_whole), "{outcomes:?}");
    assert_eq!(
        pair.world.nodes[JULIET].disk.get(std::path::Path::new("/downloads/sonnet.pdf")),
        Some(&content(100_000))
    );
    pair.assert_tidy();
}

#[test]
fn an_address_is_enough_and_what_is_for_nobody_in_particular_is_for_any_contact() {
    let mut pair = contacts();
    let uri = publish(&mut pair, None);
    assert!(uri.starts_with("xmpp:romeo@montague.lit/orchard?recvfile;sid="), "{uri}");
    assert!(announcements(&pair).is_empty());
    start(&mut pair, Wanted::Uri(uri));
    assert!(matches!(pair.outcome(JULIET), Outcome::Completed { .. }));
}

#[test]
fn a_program_that_knows_nothing_of_it_shows_the_address_and_announces_it_once() {
    let mut pair = contacts();
    let uri = publish(&mut pair, Some("juliet@capulet.lit"));
    let bodies = pair.world.nodes[JULIET].events.iter().filter_map(|event| match event {
        Event::Message(message) => Some(message.body.clone()),
        _ => None,
    });
    assert_eq!(bodies.collect::<Vec<_>>(), [format!("sonnet.pdf (97.6 KiB) can be fetched: {uri}")]);
    assert_eq!(announcements(&pair).len(), 1);
}

#[test]
fn what_is_published_for_somebody_else_is_not_given() {
    let mut pair = contacts();
    let uri = publish(&mut pair, Some("nurse@capulet.lit"));
    start(&mut pair, Wanted::Uri(uri.clone()));
    assert!(pair.transfers(ROMEO).is_empty());
    assert_eq!(notices(&pair, JULIET), ["romeo@montague.lit/orchard does not send sonnet.pdf: it is not for you"]);
}

#[test]
fn an_id_that_is_unknown_is_told_as_such() {
    let mut pair = contacts();
    start(&mut pair, Wanted::Uri("xmpp:romeo@montague.lit/orchard?recvfile;sid=gone".to_owned()));
    let why = "romeo@montague.lit/orchard does not send the file: nothing is published there under that \
               name, or not any more";
    assert_eq!(notices(&pair, JULIET), [why]);
}

#[test]
fn a_file_that_became_another_is_offered_and_not_taken_by_itself() {
    let mut pair = contacts();
    publish(&mut pair, Some("juliet@capulet.lit"));
    pair.world.nodes[ROMEO].disk.insert(SONNET.into(), content(200_000));
    start(&mut pair, Wanted::Only);
    let changes = pair.first(JULIET);
    assert!(matches!(changes.as_slice(), [TransferChange::Offered(info)] if !info.is_asked_for), "{changes:?}");
    pair.finish();
    assert!(matches!(pair.outcome(JULIET), Outcome::Completed { bytes: 200_000, .. }));
}

#[test]
fn a_file_that_cannot_be_read_is_not_published() {
    let mut pair = contacts();
    pair.world.command(ROMEO, Command::Publish { to: None, path: "/nothing".into() });
    pair.pass(Duration::from_secs(1));
    assert_eq!(notices(&pair, ROMEO), ["/nothing cannot be published: no such file"]);
    pair.assert_tidy();
}

#[test]
fn whoever_promises_a_file_and_does_not_offer_it_is_named_in_the_end() {
    let mut pair = contacts();
    publish(&mut pair, Some("juliet@capulet.lit"));
    pair.world.nodes[ROMEO].disk.clear();
    start(&mut pair, Wanted::Only);
    assert!(notices(&pair, JULIET).is_empty());
    pair.pass(Duration::from_mins(2));
    let why = "romeo@montague.lit/orchard said that sonnet.pdf would come, and did not offer it";
    assert_eq!(notices(&pair, JULIET), [why]);
}
