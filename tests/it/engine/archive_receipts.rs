//! XEP-0184 and XEP-0313: a receipt is found, and given, also where only the archive has the message.

use std::time::Duration;

use balcony::engine::history::Fate;
use balcony::xep::ns;

use crate::support::archive::{Home, from_romeo, romeo};

const ASKS: &str = "<request xmlns='urn:xmpp:receipts'/>";

/// What she acknowledged.
fn given(home: &mut Home) -> Vec<String> {
    let said = std::mem::take(&mut home.said);
    let receipts = said.iter().filter_map(|stanza| stanza.get_child("received", ns::RECEIPTS));
    receipts.map(|received| received.attr("id").unwrap().to_owned()).collect()
}

/// A home whose archive has so many messages meanwhile, all of which ask for a receipt.
fn after(messages: u64) -> Home {
    let mut home = Home::that_was_online();
    for number in 0..messages {
        home.archive.take(number, &from_romeo(&number.to_string(), ASKS));
    }
    home
}

#[test]
fn what_is_first_received_out_of_the_archive_is_acknowledged_once() {
    let mut home = Home::new();
    home.archive.take(1, &from_romeo("before her time", ASKS));
    home.log_in();
    assert_eq!(given(&mut home), Vec::<String>::new(), "nobody waits for that one");
    home.juliet.receive(&from_romeo("heard", ASKS));
    home.settle();
    assert_eq!(given(&mut home), ["id of heard"]);
    home.archive.take(2, &from_romeo("heard", ASKS));
    home.archive.take(2, &from_romeo("answered by her phone", ASKS));
    home.archive.take(
        2,
        "<message xmlns='jabber:client' from='juliet@capulet.lit/phone' to='romeo@montague.lit' type='chat' id='answer'>\
         <body>an answer</body></message>",
    );
    home.archive.take(3, &from_romeo("missed", ASKS));
    home.missed(4, "not to be acknowledged");
    home.archive.take(5, &from_romeo("acknowledged by her phone", ASKS));
    home.archive.take(
        6,
        "<message xmlns='jabber:client' from='juliet@capulet.lit/phone' to='romeo@montague.lit/orchard' type='chat'>\
         <received xmlns='urn:xmpp:receipts' id='id of acknowledged by her phone'/></message>",
    );
    home.restart();
    home.log_in();
    assert_eq!(home.keeper.bodies().len(), 7);
    let to =
        home.said.iter().find(|stanza| stanza.has_child("received", ns::RECEIPTS)).map(|it| it.attr("to").unwrap());
    assert_eq!(to, Some("romeo@montague.lit/orchard"));
    assert_eq!(given(&mut home), ["id of missed"]);
    home.restart();
    home.log_in();
    assert_eq!(given(&mut home), Vec::<String>::new());
}

#[test]
fn after_a_long_absence_the_last_ones_are_acknowledged() {
    let mut home = after(500);
    home.log_in();
    let ids = given(&mut home);
    assert_eq!((ids.len(), &*ids[0], &*ids[199]), (200, "id of 300", "id of 499"));
}

#[test]
fn a_session_that_was_lost_while_catching_up_owes_its_receipts_to_the_next() {
    let mut home = after(60);
    home.begin();
    home.juliet.log_in();
    while home.round() {}
    assert_eq!((home.queries.len(), given(&mut home).len()), (1, 0), "there is a second page");
    home.juliet.lose_connection();
    home.log_in();
    assert_eq!(given(&mut home).len(), 60);
}

#[test]
fn a_receipt_that_came_to_another_device_alone_is_found_in_the_archive_after_a_while() {
    let said = |id: &str| {
        format!(
            "<message xmlns='jabber:client' from='juliet@capulet.lit/phone' to='romeo@montague.lit' type='chat' id='{id}'>\
             <body>{id}</body><request xmlns='urn:xmpp:receipts'/></message>"
        )
    };
    let receipt = |id: &str| {
        format!(
            "<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit/phone'>\
             <received xmlns='urn:xmpp:receipts' id='{id}'/></message>"
        )
    };
    let copy = |inner: &str| {
        format!(
            "<message from='juliet@capulet.lit'><sent xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></sent></message>"
        )
    };
    let mut home = Home::that_was_online();
    for id in ["one", "two"] {
        home.archive.take(10, &said(id));
        home.juliet.receive(&copy(&said(id)));
        home.settle();
    }
    home.juliet.receive(&receipt("one"));
    home.archive.take(11, &receipt("two"));
    home.juliet.pass(Duration::from_secs(10));
    home.settle();
    assert_eq!(home.queries.len(), 0, "it may still come");
    home.juliet.pass(Duration::from_secs(6));
    home.settle();
    assert_eq!(home.queries.len(), 1);
    let fates: Vec<_> = home.keeper.lines().into_iter().map(|line| (line.body.unwrap(), line.fate)).collect();
    assert_eq!(fates, [("one".to_owned(), Fate::Arrived), ("two".to_owned(), Fate::Arrived)]);
    assert_eq!(home.caught_up(), Some(vec![romeo()]), "whoever shows it is told that there is more");
    home.juliet.pass(Duration::from_mins(5));
    home.settle();
    assert_eq!(home.queries.len(), 1, "once is enough");
    home.juliet.receive(&copy(&said("three")));
    home.juliet.receive(&receipt("three"));
    home.juliet.pass(Duration::from_mins(1));
    home.settle();
    assert_eq!(home.queries.len(), 1, "nothing is missing");
}
