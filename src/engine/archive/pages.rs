//! One page of the archive: asked for, collected, taken for what it is.

use std::time::Duration;

use crate::engine::context::Context;
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::engine::sentence::why_returned;
use crate::xep::mam::{self, Fin, Found, Query};

/// How many messages are asked for at a time: what is held until their end has come, and what somebody who writes
/// meanwhile waits for at most.
pub(super) const PAGE: u32 = 100;

/// A server that reads its archive from a slow disk takes seconds; longer than this no person waits either.
const PATIENCE: Duration = Duration::from_mins(1);

/// A page that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    token: IqToken,
    query: String,
    found: Vec<Found>,
    is_too_much: bool,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Paged {
    /// It came: its messages, the oldest first, and how it ends.
    Came(Vec<Found>, Fin),
    /// The archive no longer has the message from which it was to go on.
    Forgotten,
    /// It will not come, for this reason.
    Failed(String),
    /// The session is over.
    Lost,
}

impl Asked {
    /// Asks.
    pub(super) fn ask(query: Query, cx: &mut Context) -> Asked {
        let id = cx.fresh_id();
        let query = Query { id: id.clone(), most: PAGE, ..query };
        Asked { token: cx.set(None, query.write(), PATIENCE), query: id, found: Vec::new(), is_too_much: false }
    }

    /// Whether this is the request.
    pub(super) fn is(&self, token: IqToken) -> bool {
        self.token == token
    }

    /// Whether a message belongs to the page.
    pub(super) fn is_answered_by(&self, found: &Found) -> bool {
        found.query.as_deref() == Some(&self.query)
    }

    /// Takes a message of the page; one that came before, or after too many, is none.
    pub(super) fn take(&mut self, found: Found) {
        if self.found.iter().any(|known| known.id == found.id) {
            return;
        }
        self.is_too_much |= self.found.len() >= PAGE as usize;
        if !self.is_too_much {
            self.found.push(found);
        }
    }

    /// What became of it.
    pub(super) fn end(self, response: Response, cx: &Context) -> Paged {
        match response {
            Response::Result(_) if self.is_too_much => Paged::Failed("it sends more than it is asked for".to_owned()),
            Response::Result(payload) => self.complete(mam::read_fin(payload.as_ref())),
            Response::Error(error) if error.condition == "item-not-found" => Paged::Forgotten,
            Response::Error(error) => Paged::Failed(why_returned(&error)),
            Response::Timeout if cx.is_online() => Paged::Failed("it does not answer".to_owned()),
            Response::Timeout | Response::Disconnected => Paged::Lost,
        }
    }

    /// An end that names no messages is about those that came.
    fn complete(self, fin: Fin) -> Paged {
        let named = |found: Option<&Found>| found.map(|found| found.id.clone());
        let first = fin.first.or_else(|| named(self.found.first()));
        let last = fin.last.or_else(|| named(self.found.last()));
        if last.is_none() && !fin.is_complete {
            return Paged::Failed("it sends an empty page and says that there is more".to_owned());
        }
        Paged::Came(self.found, Fin { first, last, ..fin })
    }
}
