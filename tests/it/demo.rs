//! The embedded server and its contacts, over real sockets, with real clients.

use std::fs;
use std::path::{Path, PathBuf};

use balcony::client::Options;
use balcony::demo::plan::{Manner, Plan};
use balcony::demo::script::{CAST, JULIET, Prop};
use balcony::demo::{self, Server, Stage};
use balcony::engine::command::{Command, SubscriptionAnswer, Via};
use balcony::engine::event::{ChatState, Event, Outcome, SessionEvent, Side, Verified};
use jid::{BareJid, FullJid};
use tempfile::TempDir;

use crate::support::person::Person;

const ROMEO: &str = "romeo@montague.lit";

fn jid(jid: &str) -> BareJid {
    BareJid::new(jid).unwrap()
}

/// Juliet and Romeo at an embedded server, and nobody else.
struct Pair {
    juliet: Person,
    romeo: Person,
    folder: TempDir,
    server: Server,
}

impl Pair {
    async fn new(change: impl Fn(&mut Options)) -> Pair {
        let proxy = jid("proxy.montague.lit");
        let plan = Plan::of_friends(&[jid(JULIET), jid(ROMEO)]).with_proxy(proxy, Manner::Relays);
        let server = Server::start(&plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let enter = async |who: &str| {
            let mut options =
                demo::options(&FullJid::new(who).unwrap(), server.address(), folder.path().join("received"));
            change(&mut options);
            Person::enter(options).await
        };
        let mut juliet = enter("juliet@capulet.lit/balcony").await;
        let mut romeo = enter("romeo@montague.lit/orchard").await;
        juliet.until_there(&jid(ROMEO)).await;
        romeo.until_there(&jid(JULIET)).await;
        Pair { juliet, romeo, folder, server }
    }

    fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn offer(to: &str, path: &Path) -> Command {
    Command::OfferFile { to: jid(to).into(), path: path.to_owned(), description: None, via: Vec::new() }
}

fn say(to: &str, words: &str) -> Command {
    Command::SendMessage { to: jid(to).into(), body: words.to_owned() }
}

#[tokio::test]
async fn a_message_arrives_and_its_arrival_is_told() {
    let mut pair = Pair::new(|_| {}).await;
    pair.romeo.send(say(JULIET, "It is the east."));
    let sent = pair.romeo.until("what was sent", |event| match event {
        Event::Message(message) => message.id.clone(),
        _ => None,
    });
    let sent = sent.await;
    assert_eq!(pair.juliet.until_message(&jid(ROMEO)).await, "It is the east.");
    let arrived = |event: &Event| matches!(event, Event::Receipt { id, .. } if *id == sent).then_some(());
    pair.romeo.until("the receipt", arrived).await;
}

#[tokio::test]
async fn a_file_arrives_by_a_direct_connection() {
    let mut pair = Pair::new(|_| {}).await;
    let content: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    pair.romeo.send(offer(JULIET, &pair.put("numbers.bin", &content)));
    let (attempts, received) = accept(&mut pair.juliet, ROMEO).await;
    assert_eq!(attempts, ["SOCKS5 direct 127.0.0.1 active"]);
    assert!(received == content, "what arrived is not what was sent");
}

#[tokio::test]
async fn a_file_arrives_by_the_proxy_where_there_is_nothing_else() {
    let mut pair = Pair::new(|options| options.engine.methods = vec![Via::Socks5Proxy]).await;
    let content: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    pair.romeo.send(offer(JULIET, &pair.put("numbers.bin", &content)));
    let (attempts, received) = accept(&mut pair.juliet, ROMEO).await;
    assert_eq!(attempts, ["SOCKS5 proxy 127.0.0.1 active"]);
    assert!(received == content, "what arrived is not what was sent");
}

#[tokio::test]
async fn a_session_goes_on_after_its_connection_broke() {
    let mut pair = Pair::new(|_| {}).await;
    pair.server.cut(&FullJid::new("juliet@capulet.lit/balcony").unwrap()).await;
    pair.romeo.send(say(JULIET, "Art thou there?"));
    let resumed =
        |event: &Event| matches!(event, Event::Session(SessionEvent::Online { resumed: true, .. })).then_some(());
    pair.juliet.until("the session to go on", resumed).await;
    assert_eq!(pair.juliet.until_message(&jid(ROMEO)).await, "Art thou there?");
}

/// Accepts the next offer and waits for the file, proven to be what was sent: how it came, and what is in it.
async fn accept(juliet: &mut Person, from: &str) -> (Vec<String>, Vec<u8>) {
    let (transfer, _) = juliet.until_offer(&jid(from)).await;
    juliet.send(Command::AcceptOffer { transfer, save_as: None });
    let (attempts, outcome) = juliet.until_end(transfer).await;
    let Outcome::Completed { path: Some(path), verified: Verified::Sha256, .. } = outcome else {
        panic!("{outcome:?} after {attempts:?}")
    };
    (attempts, fs::read(path).unwrap())
}

fn prop_of(owner: &str) -> &'static Prop {
    CAST.iter().find(|part| part.jid == owner).unwrap().prop.unwrap()
}

async fn at_the_play() -> (TempDir, Stage, Person) {
    let temporary = tempfile::tempdir().unwrap();
    let stage = Stage::start(temporary.path()).await.unwrap();
    let juliet = Person::enter(stage.juliet().unwrap()).await;
    (temporary, stage, juliet)
}

#[tokio::test]
async fn romeo_writes_speaks_and_gives_what_he_has_as_often_as_he_is_asked() {
    let (_temporary, _stage, mut juliet) = at_the_play().await;
    let writes = |event: &Event| match event {
        Event::ChatState { from, state: ChatState::Composing } if *from == jid(ROMEO) => Some(()),
        _ => None,
    };
    juliet.until("Romeo to write", writes).await;
    assert!(juliet.until_message(&jid(ROMEO)).await.starts_with("But soft!"));
    let (attempts, received) = accept(&mut juliet, ROMEO).await;
    assert_eq!(attempts, ["SOCKS5 direct 127.0.0.1 active"]);
    assert!(received == prop_of(ROMEO).content(), "what arrived is not what was sent");

    juliet.send(say(ROMEO, "Once more!"));
    let (transfer, _) = juliet.until_offer(&jid(ROMEO)).await;
    juliet.send(Command::DeclineOffer { transfer });
    assert_eq!(juliet.until_end(transfer).await.1, Outcome::Declined { by: Side::Us });
}

#[tokio::test]
async fn the_nurses_file_is_refused_then_not_answered_then_comes_in_band() {
    const NURSE: &str = "nurse@capulet.lit";
    let (_temporary, _stage, mut juliet) = at_the_play().await;
    juliet.until_there(&jid(NURSE)).await;
    juliet.send(say(NURSE, "Send it, good nurse"));
    let (attempts, received) = accept(&mut juliet, NURSE).await;
    assert_eq!(attempts, ["SOCKS5 direct 127.0.0.2 refused", "SOCKS5 proxy 127.0.0.1 no answer", "in-band active"]);
    assert!(received == prop_of(NURSE).content(), "what arrived is not what was sent");
}

#[tokio::test]
async fn mercutio_takes_what_he_is_offered_and_tybalt_does_not() {
    let (_temporary, stage, mut juliet) = at_the_play().await;
    let letter = stage.downloads().join("letter.txt");
    fs::write(&letter, "Good pilgrim, you do wrong your hand too much").unwrap();
    for (who, takes) in [("mercutio@verona.lit", true), ("tybalt@capulet.lit", false)] {
        juliet.until_there(&jid(who)).await;
        juliet.send(offer(who, &letter));
        let (transfer, _) = juliet.until_offer(&jid(who)).await;
        match juliet.until_end(transfer).await.1 {
            Outcome::Completed { via, .. } => assert_eq!((who, via), ("mercutio@verona.lit", Via::Socks5Direct)),
            outcome => assert_eq!((takes, outcome), (false, Outcome::Declined { by: Side::Peer })),
        }
    }
}

#[tokio::test]
async fn the_friar_asks_to_see_and_speaks_when_he_may() {
    let (_temporary, _stage, mut juliet) = at_the_play().await;
    let (transfer, _) = juliet.until_offer(&jid(ROMEO)).await;
    juliet.send(Command::DeclineOffer { transfer });
    let asks = |event: &Event| match event {
        Event::SubscriptionRequest { from, .. } => Some(from.clone()),
        _ => None,
    };
    let friar = juliet.until("the friar to ask", asks).await;
    juliet.send(Command::AnswerSubscription { contact: friar.clone(), answer: SubscriptionAnswer::Approve });
    assert!(juliet.until_message(&friar).await.starts_with("Good morrow"));
}

#[tokio::test]
async fn when_the_play_is_over_only_what_was_received_is_left() {
    let (_temporary, stage, mut juliet) = at_the_play().await;
    accept(&mut juliet, ROMEO).await;
    let folder = stage.downloads().to_owned();
    drop(stage);
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [prop_of(ROMEO).name]);
}
