//! A real client at the embedded server, and what it was told.

use std::collections::VecDeque;
use std::time::Duration;

use balcony::client::{self, Handle, Options};
use balcony::engine::command::Command;
use balcony::engine::event::{
    Attempt, AttemptState, Contact, Event, OfferInfo, Outcome, SessionEvent, TransferChange, TransferId,
};
use jid::BareJid;
use tokio::sync::mpsc;

/// How long anything may take before a test gives up: no measure of speed, only the end of a wait for what never comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who is logged in.
pub(crate) struct Person {
    /// What they can do.
    pub(crate) handle: Handle,
    events: mpsc::UnboundedReceiver<Event>,
    told: VecDeque<Event>,
}

impl Person {
    /// Logs in.
    pub(crate) async fn enter(options: Options) -> Person {
        let mut person = Person::at_rest(options);
        person.log_in().await;
        person
    }

    /// Somebody who has not logged in yet.
    pub(crate) fn at_rest(options: Options) -> Person {
        let (handle, events) = client::start(options);
        Person { handle, events, told: VecDeque::new() }
    }

    /// Logs in.
    pub(crate) async fn log_in(&mut self) {
        self.send(Command::Connect);
        self.until("online", |event| matches!(event, Event::Session(SessionEvent::Online { .. })).then_some(())).await;
    }

    /// Does something.
    pub(crate) fn send(&self, command: Command) {
        self.handle.send(command);
    }

    /// Waits for the first event that `pick` takes, and takes it out of what was told; the others wait for their turn.
    pub(crate) async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        for index in 0..self.told.len() {
            if let Some(picked) = pick(&self.told[index]) {
                self.told.remove(index);
                return picked;
            }
        }
        loop {
            let next = tokio::time::timeout(PATIENCE, self.events.recv()).await;
            let Ok(Some(event)) = next else { panic!("waited in vain for {what}; told was {:#?}", self.told) };
            match pick(&event) {
                Some(picked) => return picked,
                None => self.told.push_back(event),
            }
        }
    }

    /// What was told of somebody last, of what nobody has waited for.
    pub(crate) fn last_seen(&self, who: &BareJid) -> Option<&Contact> {
        self.told.iter().rev().find_map(|event| match event {
            Event::Contact(contact) if contact.jid == *who => Some(contact),
            _ => None,
        })
    }

    /// Waits until somebody is there.
    pub(crate) async fn until_there(&mut self, who: &BareJid) {
        let is_there = |event: &Event| match event {
            Event::Contact(contact) if contact.jid == *who && !contact.resources.is_empty() => Some(()),
            _ => None,
        };
        self.until(&format!("{who} to be there"), is_there).await;
    }

    /// Waits for the words of somebody.
    pub(crate) async fn until_message(&mut self, from: &BareJid) -> String {
        let says = |event: &Event| match event {
            Event::Message(message) if message.with == *from => Some(message.body.clone()),
            _ => None,
        };
        self.until(&format!("a message from {from}"), says).await
    }

    /// Waits for a transfer with somebody to begin.
    pub(crate) async fn until_offer(&mut self, peer: &BareJid) -> (TransferId, OfferInfo) {
        let offered = |event: &Event| match event {
            Event::Transfer { id, change: TransferChange::Offered(offer) } if offer.peer.to_bare() == *peer => {
                Some((*id, (**offer).clone()))
            }
            _ => None,
        };
        self.until(&format!("an offer by {peer}"), offered).await
    }

    /// Waits for the end of a transfer; every try with how it ended, and the outcome.
    pub(crate) async fn until_end(&mut self, transfer: TransferId) -> (Vec<String>, Outcome) {
        let ended = |event: &Event| match event {
            Event::Transfer { id, change: TransferChange::Ended(outcome) } if *id == transfer => Some(outcome.clone()),
            _ => None,
        };
        let outcome = self.until("the end of the transfer", ended).await;
        let mut attempts: Vec<Attempt> = Vec::new();
        for event in &self.told {
            if let Event::Transfer { id, change: TransferChange::Attempt(attempt) } = event
                && *id == transfer
            {
                attempts.retain(|earlier| earlier.index != attempt.index);
                attempts.push(attempt.clone());
            }
        }
        attempts.sort_by_key(|attempt| attempt.index);
        (attempts.iter().map(tell).collect(), outcome)
    }

    /// What was last told of how the bytes of a transfer move: `block 4096, 3 in flight`.
    #[allow(dead_code, reason = "only benchmarks print it")]
    pub(crate) fn last_detail(&self, transfer: TransferId) -> Option<&str> {
        self.told.iter().rev().find_map(|event| match event {
            Event::Transfer { id, change: TransferChange::Attempt(attempt) } if *id == transfer => match &attempt.state
            {
                AttemptState::Active { detail } => detail.as_deref(),
                AttemptState::Trying { .. } | AttemptState::Failed { .. } => None,
            },
            _ => None,
        })
    }
}

/// `SOCKS5 direct 127.0.0.2 refused`: the port is another one each time.
fn tell(attempt: &Attempt) -> String {
    let host = attempt.streamhost.as_deref().and_then(|host| host.rsplit_once(':')).map(|(host, _)| format!(" {host}"));
    let state = match &attempt.state {
        AttemptState::Trying { .. } => "trying",
        AttemptState::Failed { reason } => reason,
        AttemptState::Active { .. } => "active",
    };
    format!("{}{} {state}", attempt.via.title(), host.unwrap_or_default())
}
