//! The clients that work for the accounts: each is listened to, replaced when its account is configured anew, and told
//! what the user wants.

use std::collections::BTreeMap;
use std::future::pending;

use futures::StreamExt;
use futures::future::{BoxFuture, join_all};
use futures::stream::{self, BoxStream, FuturesUnordered, SelectAll};

use super::model::AccountId;
use super::msg::Msg;
use super::{Client, Start};
use crate::client::Handle;
use crate::engine::command::Command;
use crate::engine::event::Event;
use crate::store::config::{AccountConfig, Config};

/// All of them, and those that are being started.
#[derive(Default)]
pub(super) struct Engaged {
    clients: BTreeMap<AccountId, Working>,
    /// How many there have been.
    count: usize,
    /// `None` says that a client ended.
    events: SelectAll<BoxStream<'static, (Source, Option<Event>)>>,
    starting: FuturesUnordered<BoxFuture<'static, (AccountId, Result<Client, String>)>>,
}

/// A client that works for an account, and which one of all there have been.
struct Working {
    number: usize,
    handle: Handle,
}

/// Where an event comes from: an account, and which of the clients that it had.
#[derive(Clone, Copy)]
struct Source {
    account: AccountId,
    client: usize,
}

/// What happened among them.
pub(super) enum News {
    /// One of them tells this.
    Told(Msg),
    /// One was started for that account; or why not.
    Started(AccountId, Result<Client, String>),
}

impl Engaged {
    /// Listens to a client that works for that account from here on.
    pub(super) fn engage(&mut self, account: AccountId, client: Client) {
        self.count += 1;
        let source = Source { account, client: self.count };
        let events = stream::unfold(Some(client.events), move |events| async move {
            let mut events = events?;
            match events.recv().await {
                Some(event) => Some(((source, Some(event)), Some(events))),
                None => Some(((source, None), None)),
            }
        });
        self.events.push(events.boxed());
        self.clients.insert(account, Working { number: self.count, handle: client.handle });
    }

    /// Ends the client of an account and starts another one for it, by what is configured now.
    pub(super) fn replace(&mut self, id: AccountId, account: AccountConfig, config: Config, start: Start) {
        let old = self.clients.remove(&id);
        self.starting.push(Box::pin(async move {
            if let Some(old) = old {
                old.handle.closed().await;
            }
            let started = tokio::task::spawn_blocking(move || start(&account, &config)).await;
            (id, started.unwrap_or_else(|why| Err(why.to_string())))
        }));
    }

    /// The client of an account works for nobody any more.
    pub(super) fn dismiss(&mut self, account: AccountId) {
        self.clients.remove(&account);
    }

    /// Passes a command on to the client that it is for; whether there is one.
    pub(super) fn tell(&self, account: AccountId, command: Command) -> bool {
        let working = self.clients.get(&account);
        if let Some(working) = working {
            working.handle.send(command);
        }
        working.is_some()
    }

    /// What happens next; never anything, without clients.
    pub(super) async fn next(&mut self) -> News {
        loop {
            tokio::select! {
                biased;
                Some((source, event)) = self.events.next(), if !self.events.is_empty() => {
                    if let Some(msg) = self.heard(source, event) {
                        return News::Told(msg);
                    }
                }
                Some((account, started)) = self.starting.next(), if !self.starting.is_empty() => {
                    return News::Started(account, started);
                }
                else => pending().await,
            }
        }
    }

    /// Logs all of them out.
    pub(super) async fn close(self) {
        join_all(self.clients.into_values().map(|working| working.handle.closed())).await;
    }

    fn heard(&self, source: Source, event: Option<Event>) -> Option<Msg> {
        let Source { account, client } = source;
        self.clients.get(&account).filter(|working| working.number == client)?;
        Some(event.map_or(Msg::ClientEnded(account), |event| Msg::Client(account, event)))
    }
}
