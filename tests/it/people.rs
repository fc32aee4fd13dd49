//! Two Balconies on real servers: what they call themselves, what is known of them, and blocking.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

use balcony::client::{HistoryOptions, Options};
use balcony::demo;
use balcony::engine::command::{ClientState, Command, Show};
use balcony::engine::event::{Contact, Event, Resource, SessionEvent, Way};
use balcony::store::account::{HostPort, Pin, Secret, Tls};
use jid::{BareJid, FullJid, Jid};

use crate::support::daemon::{Account, Kind, Server};
use crate::support::person::Person;

fn bare(account: &Account) -> BareJid {
    BareJid::new(&account.jid).unwrap()
}

/// A client of that account, online.
pub(crate) async fn enter(account: &Account) -> Person {
    Person::enter(options(account)).await
}

fn options(account: &Account) -> Options {
    let me = FullJid::new(&format!("{}/balcony", account.jid)).unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], account.server.port()));
    let mut options = demo::options(&me, address, std::env::temp_dir());
    options.account.password = Secret::new(account.password.clone());
    options.account.server = Some(HostPort { host: "127.0.0.1".to_owned(), port: account.server.port() });
    options.account.tls = Tls::StartTls;
    options.account.pin = Some(account.server.pin().parse::<Pin>().unwrap().0);
    options
}

#[tokio::test]
async fn prosody_tells_of_people() {
    tells_of_people(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_tells_of_people() {
    tells_of_people(Kind::Ejabberd).await;
}

async fn tells_of_people(kind: Kind) {
    let couple = Server::shared(kind).couple();
    let (mut juliet, mut romeo) = (enter(&couple.juliet).await, enter(&couple.romeo).await);
    let friend = bare(&couple.romeo);
    juliet.until_there(&friend).await;
    romeo.until_there(&bare(&couple.juliet)).await;

    romeo.send(Command::SetNickname { name: Some("Rom".to_owned()) });
    let is_friend = |event: &Event, what: &dyn Fn(&Contact) -> bool| {
        matches!(event, Event::Contact(contact) if contact.jid == friend && what(contact)).then_some(())
    };
    juliet.until("his name", |event| is_friend(event, &|it| it.nick.as_deref() == Some("Rom"))).await;

    romeo.send(Command::SetPresence { show: Show::Away, status: Some("in the orchard".to_owned()) });
    let says = |it: &Resource| it.show == Show::Away && it.status.as_deref() == Some("in the orchard");
    juliet.until("his words", |event| is_friend(event, &|it| it.resources.iter().any(says))).await;

    juliet.send(Command::AskAbout { contact: friend.clone() });
    let program =
        |event: &Event| matches!(event, Event::Program { program, .. } if program.name == "Balcony").then_some(());
    juliet.until("his program", program).await;
    juliet.send(Command::AskName { contact: friend.clone() });
    juliet.until("his card", |event| matches!(event, Event::Card { of, .. } if *of == friend).then_some(())).await;
}

#[tokio::test]
async fn prosody_blocks() {
    blocks(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_blocks() {
    blocks(Kind::Ejabberd).await;
}

async fn blocks(kind: Kind) {
    let couple = Server::shared(kind).couple();
    let (mut juliet, mut romeo) = (enter(&couple.juliet).await, enter(&couple.romeo).await);
    let (friend, lady) = (bare(&couple.romeo), bare(&couple.juliet));
    juliet.until_there(&friend).await;
    romeo.until_there(&lady).await;
    let say = |body: &str| Command::SendMessage { to: lady.clone().into(), body: body.to_owned() };
    let list = |who: &[&BareJid]| who.iter().map(|jid| Jid::from((*jid).clone())).collect::<BTreeSet<Jid>>();

    juliet.send(Command::Block { who: friend.clone().into(), report: None });
    let blocked = list(&[&friend]);
    juliet.until("the block", |event| matches!(event, Event::Blocked(who) if *who == blocked).then_some(())).await;
    romeo.send(say("But soft!"));
    let fails = |event: &Event| matches!(event, Event::MessageFailed { .. }).then_some(());
    romeo.until("that it does not arrive", fails).await;

    juliet.send(Command::Unblock { who: friend.clone().into() });
    juliet.until("the end of it", |event| matches!(event, Event::Blocked(who) if who.is_empty()).then_some(())).await;
    romeo.send(say("What light?"));
    assert_eq!(juliet.until_message(&friend).await, "What light?", "the first one is gone");
}

#[tokio::test]
async fn prosody_holds_back_what_can_wait_while_nobody_looks() {
    holds_back(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_holds_back_what_can_wait_while_nobody_looks() {
    holds_back(Kind::Ejabberd).await;
}

async fn holds_back(kind: Kind) {
    let couple = Server::shared(kind).couple();
    let (mut juliet, mut romeo) = (enter(&couple.juliet).await, enter(&couple.romeo).await);
    let (friend, lady) = (bare(&couple.romeo), bare(&couple.juliet));
    juliet.until_there(&friend).await;
    romeo.until_there(&lady).await;
    juliet.send(Command::WatchStanzas(true));
    let passes = |way: Way, words: &'static str| {
        move |event: &Event| {
            matches!(event, Event::Stanza { way: of, xml } if *of == way && xml.contains(words)).then_some(())
        }
    };
    let examined = |event: &Event| matches!(event, Event::Examined(_)).then_some(());

    // The server has heard each of these before it is asked what comes then.
    juliet.send(Command::SetClientState(ClientState::Inactive));
    juliet.send(Command::Examine);
    juliet.until("the server's answer", examined).await;
    romeo.send(Command::SetPresence { show: Show::Away, status: Some("in the orchard".to_owned()) });
    romeo.send(Command::Examine);
    romeo.until("the server's answer", examined).await;
    juliet.send(Command::SetClientState(ClientState::Active));
    let first = juliet.until("either", |event| {
        passes(Way::Out, "<active")(event)
            .map(|()| Way::Out)
            .or(passes(Way::In, "in the orchard")(event).map(|()| Way::In))
    });
    let first = first.await;
    // Prosody's module lets everything go as soon as we send anything, be it an acknowledgement.
    assert!(first == Way::Out || kind == Kind::Prosody, "it was held back");
    if first == Way::Out {
        juliet.until("where he is", passes(Way::In, "in the orchard")).await;
    }

    juliet.send(Command::SetClientState(ClientState::Inactive));
    romeo.send(Command::SendMessage { to: lady.clone().into(), body: "But soft!".to_owned() });
    assert_eq!(juliet.until_message(&friend).await, "But soft!", "words never wait");
}

#[tokio::test]
async fn prosody_sends_a_roster_once() {
    sends_a_roster_once(Kind::Prosody).await;
}

#[tokio::test]
async fn ejabberd_sends_a_roster_once() {
    sends_a_roster_once(Kind::Ejabberd).await;
}

async fn sends_a_roster_once(kind: Kind) {
    let server = Server::shared(kind);
    let couple = server.couple();
    let (lady, friend) = (couple.juliet.clone(), bare(&couple.romeo));
    // Whom nobody knows would be refused later, which is one more change.
    let (nurse, mercutio) = (bare(&server.couple().romeo), bare(&server.couple().romeo));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(contacts_of_a_run(&lady, folder.path(), None).await, (Came::Whole, vec![friend.clone()]));
    assert_eq!(contacts_of_a_run(&lady, folder.path(), None).await, (Came::Kept, vec![friend.clone()]));

    // What changes while she looks on is part of what she keeps.
    let of_a_run = contacts_of_a_run(&lady, folder.path(), Some(&nurse)).await;
    assert_eq!(of_a_run, (Came::Kept, vec![friend.clone()]));
    let both = sorted([friend.clone(), nurse.clone()]);
    assert_eq!(contacts_of_a_run(&lady, folder.path(), None).await, (Came::Kept, both));

    // What changes while she is away comes with the next login.
    let elsewhere = tempfile::tempdir().unwrap();
    contacts_of_a_run(&lady, elsewhere.path(), Some(&mercutio)).await;
    let all = sorted([friend, nurse, mercutio]);
    assert_eq!(contacts_of_a_run(&lady, folder.path(), None).await, (Came::Whole, all.clone()));
    assert_eq!(contacts_of_a_run(&lady, folder.path(), None).await, (Came::Kept, all));
}

fn sorted<const COUNT: usize>(mut contacts: [BareJid; COUNT]) -> Vec<BareJid> {
    contacts.sort();
    contacts.into()
}

/// How a roster came.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    /// With everybody in it.
    Whole,
    /// It was here, and the server said that it still holds.
    Kept,
}

/// Logs in with what is kept in a folder; how the roster came, and who is in it. Adds somebody after that.
async fn contacts_of_a_run(account: &Account, folder: &Path, added: Option<&BareJid>) -> (Came, Vec<BareJid>) {
    let mut options = options(account);
    options.history = Some(HistoryOptions { database: folder.join("balcony.db"), keep: None });
    let mut person = Person::at_rest(options);
    person.send(Command::WatchStanzas(true));
    let known = |event: &Event| matches!(event, Event::Conversations(_)).then_some(());
    person.until("what is kept", known).await;
    person.log_in().await;
    let is_roster = |xml: &str| xml.contains("jabber:iq:roster") && xml.contains("<item");
    let (mut came, mut contacts) = (Came::Kept, Vec::new());
    let complete = |event: &Event| match event {
        Event::Stanza { way: Way::In, xml } if is_roster(xml) => {
            came = Came::Whole;
            None
        }
        // Whom the run before knew is told before that.
        Event::Session(SessionEvent::Connecting) => {
            contacts.clear();
            None
        }
        Event::Contact(contact) => {
            contacts.push(contact.jid.clone());
            None
        }
        event => matches!(event, Event::RosterComplete).then_some(()),
    };
    person.until("the roster", complete).await;
    if let Some(added) = added {
        person.send(Command::AddContact { contact: added.clone(), name: None, groups: Vec::new() });
        // They are added, and then asked: two changes.
        let is_asked = |event: &Event| {
            matches!(event, Event::Contact(contact) if contact.jid == *added && contact.asked).then_some(())
        };
        person.until("the pushes", is_asked).await;
    }
    person.handle.closed().await;
    contacts.sort();
    (came, contacts)
}
