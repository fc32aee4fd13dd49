//! What is arranged about transfers before anybody offers: files that we promised to offer under a certain name, and
//! offers that the user asked for and that are therefore taken without another question, and files that the user wants
//! from the web.
//!
//! Features leave it here and the transfers take it up. An offer keeps an appointment only if it comes from exactly whom
//! we asked, under exactly the name that was agreed on, in time, once, and if it is what the user saw: name and size.

use std::path::PathBuf;
use std::time::Instant;

use jid::{BareJid, FullJid, Jid};

use super::Chosen;
use crate::xep::StreamId;
use crate::xep::oob::WebAddress;

/// A file that we promised to offer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Promise {
    /// To whom.
    pub(super) to: FullJid,
    /// Which file.
    pub(super) path: PathBuf,
    /// Under which name.
    pub(super) sid: StreamId,
}

/// An offer that the user asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expected {
    /// By whom.
    pub(super) from: Jid,
    /// Under which name.
    pub(super) sid: StreamId,
    /// What the file is called, made safe, as far as it was said.
    pub(super) name: Option<String>,
    /// How long it is; a file of any length is not what somebody asked for, so without it the user is asked.
    pub(super) size: Option<u64>,
    /// When it is too late.
    pub(super) until: Instant,
}

/// A file that the user wants from the web.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Errand {
    /// In whose conversation the address was named; ourselves, if the user wrote it.
    pub(super) peer: BareJid,
    /// Where it is.
    pub(super) address: WebAddress,
    /// Who chose that.
    pub(super) chosen: Chosen,
    /// What is said to be there.
    pub(super) description: Option<String>,
}

/// Everything that is arranged and has not happened.
#[derive(Debug, Default)]
pub(super) struct Appointments {
    promises: Vec<Promise>,
    expected: Vec<Expected>,
    errands: Vec<Errand>,
}

impl Appointments {
    /// We will offer this.
    pub(super) fn promise(&mut self, promise: Promise) {
        self.promises.push(promise);
    }

    /// What was promised, to be offered now.
    pub(super) fn take_promises(&mut self) -> Vec<Promise> {
        std::mem::take(&mut self.promises)
    }

    /// The user wants this.
    pub(super) fn run(&mut self, errand: Errand) {
        self.errands.push(errand);
    }

    /// What the user wants, to be fetched now.
    pub(super) fn take_errands(&mut self) -> Vec<Errand> {
        std::mem::take(&mut self.errands)
    }

    /// This offer is expected.
    pub(super) fn expect(&mut self, expected: Expected) {
        self.expected.push(expected);
    }

    /// Whether an offer is one that the user asked for. It is expected no longer, whatever it turned out to be.
    pub(super) fn is_kept(&mut self, from: &Jid, sid: &StreamId, name: &str, size: Option<u64>, now: Instant) -> bool {
        let is_it = |expected: &Expected| expected.from == *from && expected.sid == *sid;
        let Some(at) = self.expected.iter().position(is_it) else { return false };
        let expected = self.expected.remove(at);
        let is_as_said =
            expected.name.is_none_or(|said| said == name) && expected.size.is_some() && expected.size == size;
        is_as_said && now < expected.until
    }

    /// Takes out what was expected until now and did not come.
    pub(super) fn lapsed(&mut self, now: Instant) -> Vec<Expected> {
        self.expected.extract_if(.., |expected| expected.until <= now).collect()
    }
}
