//! A script: what happens, a line each. What makes no sense as a line does not happen.
//!
//! A line that begins with `<` is a stanza from the server, written as [`Home::receive`] takes it. Every other begins
//! with a word, which is one of [`WORDS`].

use std::time::Duration;

use balcony::engine::CloseReason;
use balcony::engine::command::{
    ChatState, ClientState, Command, KeepPartial, Priority, Quoted, Show, SubscriptionAnswer, TransferId, Via, Wanted,
    WantedLink,
};
use balcony::engine::history::{Query, Term};
use jid::{BareJid, Jid};

use super::home::Home;

/// The longest wait; what is planned for later than a day does not happen in a script.
const LONGEST: u64 = 24 * 3600 * 1000;

/// More lines than tell a story.
const MOST_LINES: usize = 100;

/// A word and what it makes happen with the rest of its line.
type Word = (&'static str, fn(&mut Home, &str));

/// What can be done to an engine.
const WORDS: &[Word] = &[
    ("answer", |home, _| home.answer()),
    ("pass", |home, rest| home.pass(Duration::from_millis(number(rest).min(LONGEST)))),
    ("lose", |home, _| home.lose_session()),
    ("resume", |home, _| home.session(true)),
    ("login", |home, _| home.session(false)),
    ("stop", |home, _| home.stop()),
    ("back", |home, _| home.hand_back()),
    ("full", |home, rest| home.shell.is_full = rest.is_empty()),
    ("guest", |home, _| {
        home.shell.accept();
        home.pass(Duration::ZERO);
    }),
    ("bytes", bytes),
    ("break", broken),
    ("offer", |home, rest| offer(home, rest, &[])),
    ("direct", |home, rest| offer(home, rest, &[Via::Socks5Direct])),
    ("proxy", |home, rest| offer(home, rest, &[Via::Socks5Proxy])),
    ("inband", |home, rest| offer(home, rest, &[Via::InBand])),
    ("accept", |home, rest| transfer(home, rest, |transfer| Command::AcceptOffer { transfer, save_as: None })),
    ("decline", |home, rest| transfer(home, rest, |transfer| Command::DeclineOffer { transfer })),
    ("cancel", |home, rest| {
        transfer(home, rest, |transfer| Command::CancelTransfer { transfer, partial: KeepPartial::Yes });
    }),
    ("drop", |home, rest| {
        transfer(home, rest, |transfer| Command::CancelTransfer { transfer, partial: KeepPartial::No });
    }),
    ("pause", |home, rest| transfer(home, rest, |transfer| Command::PauseTransfer { transfer })),
    ("continue", |home, rest| transfer(home, rest, |transfer| Command::ContinueTransfer { transfer })),
    ("prefer", |home, rest| {
        transfer(home, rest, |transfer| Command::PreferTransfer { transfer, priority: Priority::High });
    }),
    ("leave", |home, rest| transfer(home, rest, |transfer| Command::LeaveTransfer { transfer })),
    ("retry", |home, rest| home.command(Command::RetryTransfer { transfer: TransferId(number(rest)) })),
    ("publish", |home, rest| {
        let (to, path) = (BareJid::new("romeo@montague.lit").ok(), format!("/home/juliet/{}", number(rest)).into());
        home.command(Command::Publish { to, path });
    }),
    ("start", |home, rest| home.command(Command::StartPublished(Wanted::Uri(rest.to_owned())))),
    ("first", |home, _| home.command(Command::StartPublished(Wanted::Only))),
    ("fetch", |home, rest| home.command(Command::Fetch(WantedLink::Address(rest.to_owned())))),
    ("link", |home, _| home.command(Command::Fetch(WantedLink::Only))),
    ("say", |home, rest| to(home, rest, |to, body| Command::SendMessage { to, body })),
    ("reply", |home, rest| {
        to(home, rest, |to, body| {
            let about = Quoted { id: "m1".to_owned(), author: Some(to.clone()), body: body.clone() };
            Command::Reply { to, about, body }
        });
    }),
    ("correct", |home, rest| {
        to(home, rest, |to, body| Command::Correct { to, id: "m1".to_owned(), body, about: None });
    }),
    ("retract", |home, rest| to(home, rest, |to, id| Command::Retract { to, id })),
    ("react", |home, rest| {
        to(home, rest, |to, body| {
            let about = Quoted { id: "m1".to_owned(), author: None, body: String::new() };
            Command::React { to, about, emoji: vec![body] }
        });
    }),
    ("seen", |home, rest| to(home, rest, |to, id| Command::MarkDisplayed { with: to.to_bare(), id })),
    ("typing", |home, rest| {
        to(home, rest, |to, _| Command::SetChatState { to: to.to_bare(), state: ChatState::Composing });
    }),
    ("add", |home, rest| {
        to(home, rest, |to, name| {
            let groups = vec![name.clone()];
            Command::AddContact { contact: to.to_bare(), name: Some(name), groups }
        });
    }),
    ("remove", |home, rest| to(home, rest, |to, _| Command::RemoveContact { contact: to.to_bare() })),
    ("approve", |home, rest| {
        let answer = SubscriptionAnswer::Approve;
        to(home, rest, |to, _| Command::AnswerSubscription { contact: to.to_bare(), answer });
    }),
    ("block", |home, rest| to(home, rest, |who, _| Command::Block { who, report: None })),
    ("unblock", |home, rest| to(home, rest, |who, _| Command::Unblock { who })),
    ("ask", |home, rest| to(home, rest, |to, _| Command::AskAbout { contact: to.to_bare() })),
    ("name", |home, rest| to(home, rest, |to, _| Command::AskName { contact: to.to_bare() })),
    ("nick", |home, rest| home.command(Command::SetNickname { name: Some(rest.to_owned()) })),
    ("away", |home, rest| home.command(Command::SetPresence { show: Show::Away, status: Some(rest.to_owned()) })),
    ("search", |home, rest| {
        let query = Query { terms: vec![Term::Phrase(rest.to_owned())], ..Query::default() };
        home.command(Command::SearchArchive { query: Box::new(query), before: None });
    }),
    ("leave", |home, _| home.command(Command::SetClientState(ClientState::Inactive))),
    ("look", |home, _| home.command(Command::SetClientState(ClientState::Active))),
    ("examine", |home, _| home.command(Command::Examine)),
    ("watch", |home, rest| home.command(Command::WatchStanzas(rest.is_empty()))),
    ("raw", |home, rest| home.command(Command::SendRaw(rest.to_owned()))),
];

/// Lets a script happen; after each line, `look` is called.
pub(crate) fn play(home: &mut Home, script: &str, mut look: impl FnMut(&mut Home, &str)) {
    for line in script.lines().take(MOST_LINES) {
        if line.starts_with('<') {
            home.receive(line);
        } else {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            if let Some((_, act)) = WORDS.iter().find(|(known, _)| *known == word) {
                act(home, rest);
            }
        }
        look(home, line);
    }
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

/// A file of so many bytes is offered to Romeo.
fn offer(home: &mut Home, rest: &str, via: &[Via]) {
    let path = format!("/home/juliet/{}", number(rest).min(1 << 20)).into();
    let to = Jid::new("romeo@montague.lit").unwrap();
    home.command(Command::OfferFile { to, path, description: None, via: via.to_vec() });
}

/// Something about the transfer in that place, counted from the newest.
fn transfer(home: &mut Home, rest: &str, command: impl FnOnce(TransferId) -> Command) {
    let place = usize::try_from(number(rest)).unwrap_or(0);
    if let Some(transfer) = home.transfers().iter().rev().nth(place) {
        home.command(command(*transfer));
    }
}

/// Something to somebody, whose address is the next word.
fn to(home: &mut Home, rest: &str, command: impl FnOnce(Jid, String) -> Command) {
    let (who, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let who = if who == "romeo" { "romeo@montague.lit" } else { who };
    if let Ok(who) = Jid::new(who) {
        home.command(command(who, rest.to_owned()));
    }
}

/// `bytes N …`: the other side of a connection, counted from the newest, says this. `%41` is a byte; `DST` is the
/// destination address of the last stream.
fn bytes(home: &mut Home, rest: &str) {
    let (place, said) = rest.split_once(' ').unwrap_or((rest, ""));
    let place = usize::try_from(number(place)).unwrap_or(0);
    let Some(socket) = home.shell.sockets().into_iter().rev().nth(place) else { return };
    let is_guest = matches!(socket, balcony::engine::SocketId::Accepted(_));
    let said = said.replace("DST", &home.destination(is_guest));
    home.shell.say(socket, &unescaped(&said));
    home.pass(Duration::ZERO);
}

/// `break N`: a connection is gone.
fn broken(home: &mut Home, rest: &str) {
    let place = usize::try_from(number(rest)).unwrap_or(0);
    let Some(socket) = home.shell.sockets().into_iter().rev().nth(place) else { return };
    home.shell.end(socket, if place % 2 == 0 { CloseReason::ByPeer } else { CloseReason::Reset("cut".to_owned()) });
    home.pass(Duration::ZERO);
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    bytes
}
