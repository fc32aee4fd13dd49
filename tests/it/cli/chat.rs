//! `balcony receive` is no place for messages: they wait for a program with which somebody reads them.

use std::fs;

use balcony::demo;
use balcony::engine::command::Command;
use balcony::engine::event::{Author, Event, Outcome, Verified};
use jid::{BareJid, FullJid};

use super::transfers::{JULIET, ROMEO, Town};
use crate::support::person::Person;

/// Somebody at a screen, in this process.
async fn enter(town: &Town, jid: &str) -> Person {
    let me = FullJid::new(&format!("{jid}/screen")).unwrap();
    let mut person = Person::enter(demo::options(&me, town.server.address(), std::env::temp_dir())).await;
    // Receipts are asked of contacts, and offers answered for them, who are known by then.
    person.until("the roster", |event| matches!(event, Event::RosterComplete).then_some(())).await;
    person
}

/// The first words of somebody's that nobody waited for yet, and their id.
async fn words_of(person: &mut Person, whose: Author) -> (String, String) {
    let says = |event: &Event| match event {
        Event::Message(message) if message.author == whose => {
            Some((message.body.clone(), message.id.clone().unwrap_or_default()))
        }
        _ => None,
    };
    person.until("words", says).await
}

#[test]
fn messages_wait_for_somebody_who_reads_them_and_no_receipt_is_given_for_what_nobody_keeps() {
    let town = Town::new();
    let romeo = BareJid::new(ROMEO).unwrap();
    let mut juliet = town.runtime.block_on(enter(&town, JULIET));
    juliet.send(Command::SendMessage { to: romeo.clone().into(), body: "before".into() });
    let (mut receive, jid) = town.receive(&[]);
    town.runtime.block_on(juliet.until_there(&romeo));
    juliet.send(Command::SendMessage { to: romeo.into(), body: "meanwhile".into() });
    juliet.send(Command::SendMessage { to: jid.parse().unwrap(), body: "to receive alone".into() });
    let said = receive.until("said");
    assert_eq!((&said["from"], &said["body"]), (&JULIET.into(), &"to receive alone".into()));

    town.runtime.block_on(async {
        let mut screen = enter(&town, ROMEO).await;
        let author = Author::Contact(format!("{JULIET}/screen").parse().unwrap());
        for body in ["before", "meanwhile"] {
            let (_, id) = words_of(&mut juliet, Author::Me).await;
            assert_eq!(words_of(&mut screen, author.clone()).await, (body.to_owned(), id.clone()));
            let receipt = |event: &Event| match event {
                Event::Receipt { id, .. } => Some(id.clone()),
                _ => None,
            };
            assert_eq!(juliet.until("a receipt", receipt).await, id);
        }
    });
    receive.interrupt();
    let (_, stderr) = receive.end();
    assert!(stderr.contains("juliet@capulet.lit wrote: to receive alone") && !stderr.contains("meanwhile"), "{stderr}");
}

#[test]
fn who_sends_from_the_screen_to_a_contact_with_receive_alone_reaches_it() {
    let town = Town::new();
    let romeo = BareJid::new(ROMEO).unwrap();
    let path = town.juliet.path().join("sonnet");
    fs::write(&path, "Shall I").unwrap();
    let (receive, _) = town.receive(&["--once", "--dir", "."]);
    let (priority, outcome) = town.runtime.block_on(async {
        let mut juliet = enter(&town, JULIET).await;
        let priority = |event: &Event| match event {
            Event::Contact(contact) => contact.resources.first().map(|resource| resource.priority),
            _ => None,
        };
        let priority = juliet.until("Romeo to be there", priority).await;
        juliet.send(Command::OfferFile { to: romeo.clone().into(), path, description: None, via: Vec::new() });
        let (transfer, _) = juliet.until_offer(&romeo).await;
        (priority, juliet.until_end(transfer).await.1)
    });
    assert!(matches!(outcome, Outcome::Completed { verified: Verified::Sha256, .. }), "{outcome:?}");
    assert!(priority < 0, "{priority}");
    assert_eq!(receive.end().0, Some(0));
    assert_eq!(fs::read_to_string(town.romeo.path().join("sonnet")).unwrap(), "Shall I");
}
