//! The one task that owns the [`Router`]: what sessions send comes in, what the router decides goes out.
//!
//! The hub never waits for a session: a mailbox that is full ends its session. Sessions wait for the hub, which slows
//! a client that sends faster than the town can read.

use std::collections::BTreeMap;
use std::io;

use jid::{BareJid, FullJid};
use minidom::Element;
use tokio::sync::{mpsc, oneshot};

use super::relay::RelayMail;
use super::session::{Mail, Turn};
use crate::demo::server::{Activation, Output, Router};

/// How many stanzas wait for a session: several seconds of the fastest in-band transfer.
const MAILBOX: usize = 1024;

/// How many stanzas wait for the hub.
const QUEUE: usize = 256;

/// A session's number; addresses are used again, numbers are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionId(u64);

/// What a new session has.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    /// Its number.
    pub(super) id: SessionId,
    /// Its address.
    pub(super) address: FullJid,
    /// By which name a later connection can resume it.
    pub(super) token: String,
}

/// The way to the hub.
#[derive(Clone)]
pub(super) struct Hub(mpsc::Sender<Request>);

enum Request {
    Password { account: BareJid, answer: oneshot::Sender<Option<String>> },
    Bind { address: FullJid, answer: oneshot::Sender<(Bound, mpsc::Receiver<Mail>)> },
    Find { account: BareJid, token: String, answer: oneshot::Sender<Option<mpsc::Sender<Mail>>> },
    Stanza { from: SessionId, stanza: Element },
    Left { session: SessionId },
    Cut { address: FullJid },
    Activated { activation: Activation, joined: bool },
}

impl Hub {
    /// The password of an account, if there is one.
    pub(super) async fn password(&self, account: &BareJid) -> io::Result<Option<String>> {
        self.ask(|answer| Request::Password { account: account.clone(), answer }).await
    }

    /// Makes a session with that address.
    pub(super) async fn bind(&self, address: FullJid) -> io::Result<(Bound, mpsc::Receiver<Mail>)> {
        self.ask(|answer| Request::Bind { address, answer }).await
    }

    /// The session of that account that has that token.
    pub(super) async fn find(&self, account: BareJid, token: String) -> io::Result<Option<mpsc::Sender<Mail>>> {
        self.ask(|answer| Request::Find { account, token, answer }).await
    }

    /// A session sent a stanza.
    pub(super) async fn stanza(&self, from: SessionId, stanza: Element) {
        let _ = self.0.send(Request::Stanza { from, stanza }).await;
    }

    /// A session is over.
    pub(super) async fn left(&self, session: SessionId) {
        let _ = self.0.send(Request::Left { session }).await;
    }

    /// Breaks the connection of a session, as a bad network would.
    pub(super) async fn cut(&self, address: FullJid) {
        let _ = self.0.send(Request::Cut { address }).await;
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> io::Result<T> {
        let (answer, answered) = oneshot::channel();
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.send(request(answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }
}

/// The hub's own state.
pub(super) struct Town {
    router: Router,
    relays: BTreeMap<BareJid, mpsc::Sender<RelayMail>>,
    sessions: BTreeMap<SessionId, Listed>,
    numbers: BTreeMap<FullJid, SessionId>,
    issued: u64,
    hub: Hub,
    requests: mpsc::Receiver<Request>,
}

struct Listed {
    bound: Bound,
    mailbox: mpsc::Sender<Mail>,
}

impl Town {
    /// The hub around a router, with the proxies that are at work.
    pub(super) fn new(router: Router, relays: BTreeMap<BareJid, mpsc::Sender<RelayMail>>) -> Self {
        let (sender, requests) = mpsc::channel(QUEUE);
        let (sessions, numbers) = (BTreeMap::new(), BTreeMap::new());
        Town { router, relays, sessions, numbers, issued: 0, hub: Hub(sender), requests }
    }

    /// The way to it.
    pub(super) fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Serves requests until it is dropped.
    pub(super) async fn run(mut self) {
        while let Some(request) = self.requests.recv().await {
            self.handle(request);
            while let Some(output) = self.router.poll_output() {
                self.perform(output);
            }
        }
    }

    fn handle(&mut self, request: Request) {
        match request {
            Request::Password { account, answer } => {
                let _ = answer.send(self.router.password(&account).map(str::to_owned));
            }
            Request::Bind { address, answer } => {
                let _ = answer.send(self.bind(address));
            }
            Request::Find { account, token, answer } => {
                let session = self
                    .sessions
                    .values()
                    .find(|listed| listed.bound.token == token && listed.bound.address.to_bare() == account);
                let _ = answer.send(session.map(|listed| listed.mailbox.clone()));
            }
            Request::Stanza { from, stanza } => {
                if let Some(listed) = self.sessions.get(&from) {
                    self.router.handle(&listed.bound.address, stanza, super::now());
                }
            }
            Request::Left { session } => self.forget(session),
            Request::Cut { address } => self.mail(&address, Mail::Turn(Turn::Cut)),
            Request::Activated { activation, joined } => self.router.activated(&activation, joined),
        }
    }

    fn bind(&mut self, address: FullJid) -> (Bound, mpsc::Receiver<Mail>) {
        self.router.bind(&address, super::now());
        while let Some(output) = self.router.poll_output() {
            self.perform(output);
        }
        self.issued += 1;
        let id = SessionId(self.issued);
        let (mailbox, mails) = mpsc::channel(MAILBOX);
        let bound = Bound { id, address: address.clone(), token: super::fresh_token() };
        self.numbers.insert(address, id);
        self.sessions.insert(id, Listed { bound: bound.clone(), mailbox });
        (bound, mails)
    }

    /// Takes a session out of the lists. The router hears of it, unless it was replaced and knows already.
    fn forget(&mut self, session: SessionId) {
        let Some(listed) = self.sessions.remove(&session) else { return };
        let address = listed.bound.address;
        if self.numbers.get(&address) == Some(&session) {
            self.numbers.remove(&address);
            self.router.leave(&address, super::now());
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Deliver { to, stanza } => self.mail(&to, Mail::Stanza(stanza)),
            Output::Replace { session } => {
                self.mail(&session, Mail::Turn(Turn::Replaced));
                if let Some(id) = self.numbers.remove(&session) {
                    self.sessions.remove(&id);
                }
            }
            Output::Activate(activation) => self.activate(activation),
        }
    }

    /// Puts something into a mailbox. One that is full belongs to a client that does not read: it is put out.
    fn mail(&mut self, address: &FullJid, mail: Mail) {
        let Some(id) = self.numbers.get(address).copied() else { return };
        let Some(listed) = self.sessions.get(&id) else { return };
        if listed.mailbox.try_send(mail).is_err() {
            self.forget(id);
        }
    }

    /// Has a proxy join two connections; what comes of it is another request.
    fn activate(&mut self, activation: Activation) {
        let relay = self.relays.get(&activation.proxy).cloned();
        let hub = self.hub.clone();
        tokio::spawn(async move {
            let (done, joined) = oneshot::channel();
            let join = RelayMail::Join { destination: activation.destination.clone(), done };
            let joined = match relay {
                Some(relay) => relay.send(join).await.is_ok() && joined.await.unwrap_or(false),
                None => false,
            };
            let _ = hub.0.send(Request::Activated { activation, joined }).await;
        });
    }
}
