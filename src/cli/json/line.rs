//! What each line holds: [`EVENTS`] for people who write scripts, [`Line`] for serde.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Tally;
use super::value::{Hash, Tried, from_and_to, seconds, seconds_if_any};
use crate::cli::verdict::{Verdict, reason};
use crate::engine::event::{
    Failure, Finishing, Interruption, OfferInfo, Outcome, TheirTurn, Turn, Verified, Via, Waits,
};

/// Every event and its fields, for the man page and the README.
pub static EVENTS: &[(&str, &str)] = &[
    ("online", "jid: logged in, under this address"),
    (
        "offer",
        "transfer (a number, the same in all that follows), from or to, name, size (null if unknown), files (how many, \
         if it is a folder), address (if it would be fetched from the web), continues (how many bytes are here \
         already and need not come again, if any), methods (unless an earlier run began it), si_multiple: a file is \
         offered to us or by us",
    ),
    (
        "rule",
        "transfer, rule (its number), action (accept, decline, ask): a rule of the configuration decides about an offer",
    ),
    ("answer", "transfer, methods: the offer was accepted; these methods are tried, in this order"),
    (
        "attempt",
        "transfer, method, streamhost (host:port, if there is one), state (trying, failed, active), reason (if it \
         failed), protection (encrypted or clear, of an active one that passes no server), secs: a try of one method began or changed",
    ),
    ("progress", "transfer, bytes, size (null if unknown), rate (bytes a second): at most ten times a second"),
    (
        "finishing",
        "transfer, state (unpacking, theirs), bytes, size (of the archive, while it is unpacked): every byte has moved, and a \
         folder is unpacked here, or the other side is about to say that it has it",
    ),
    (
        "turn",
        "transfer, turn (now, waits, paused), place (1 is next, if it waits here), by (peer, if the other side says \
         so): it has to wait for others, or goes on",
    ),
    (
        "interrupted",
        "transfer, bytes, size (null if unknown), reason, waits (session, peer, offer, time or user), secs (if it waits \
         for time): the stream broke and goes on when it can; told again when it waits for something else",
    ),
    (
        "outcome",
        "transfer, result (completed, declined, cancelled, unreachable, corrupt, failed, interrupted), via (the \
         method, if bytes moved), bytes, secs (in which it could move, if completed; else from the answer on), path (of what was received, or of the part of it that \
         stays), verified (sha-256, md5 or false, if completed), reason (if not): it is over",
    ),
    (
        "said",
        "from, body: somebody wrote that to this program alone, which keeps nothing and tells nobody that it arrived; it \
         stands on standard error too",
    ),
    (
        "stopped",
        "reason, exit (the code): the program ends without a transfer, such as one for which nobody is online, or in the \
         midst of one",
    ),
    (
        "transfer",
        "number, account, from or to, name, size (null if unknown), began, changed (RFC 3339), state (offered, running, \
         interrupted, ended), bytes, stream (its name in the last offer, the same on both sides), attempts (each with \
         method, streamhost, state, reason, protection, secs), path, reason; if it ended also result, via, secs, verified: what \
         `balcony log` tells of each",
    ),
    (
        "message",
        "account, with, from (an address; the account for what was said by us), at (RFC 3339), id (null without one), \
         body (null if it was taken back), answers (the id of the message that it answers, if it answers one), corrected, \
         retracted, reactions (if there are any: each with the addresses of those who had it), state (waiting for the \
         server to have it, said, arrived, displayed, failed), reason (if it failed): what `balcony export` tells of each",
    ),
];

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    Online {
        jid: &'a str,
    },
    Offer {
        transfer: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<&'a str>,
        name: &'a str,
        size: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        files: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        continues: Option<u64>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        methods: Vec<&'static str>,
        si_multiple: bool,
    },
    Rule {
        transfer: u64,
        rule: usize,
        action: &'static str,
    },
    Answer {
        transfer: u64,
        methods: Vec<&'static str>,
    },
    Attempt {
        transfer: u64,
        #[serde(flatten)]
        tried: Tried<'a>,
    },
    Progress {
        transfer: u64,
        bytes: u64,
        size: Option<u64>,
        rate: u64,
    },
    Finishing {
        transfer: u64,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
    },
    Turn {
        transfer: u64,
        turn: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'static str>,
    },
    Interrupted {
        transfer: u64,
        bytes: u64,
        size: Option<u64>,
        reason: &'a str,
        waits: &'static str,
        #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds_if_any")]
        secs: Option<Duration>,
    },
    Outcome {
        transfer: u64,
        result: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<&'static str>,
        bytes: u64,
        #[serde(serialize_with = "seconds")]
        secs: Duration,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<PathBuf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<Hash>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Said {
        from: &'a str,
        body: &'a str,
    },
    Stopped {
        reason: &'a str,
        exit: u8,
    },
}

pub(super) fn turn_word(turn: Turn) -> &'static str {
    match turn {
        Turn::Now => "now",
        Turn::Waits { .. } => "waits",
        Turn::Paused => "paused",
    }
}

pub(super) fn their_turn_word(turn: TheirTurn) -> &'static str {
    match turn {
        TheirTurn::Now => "now",
        TheirTurn::Waits => "waits",
        TheirTurn::Paused => "paused",
    }
}

pub(super) fn finishing_line(transfer: u64, finishing: Finishing) -> Line<'static> {
    match finishing {
        Finishing::Unpacking { bytes, of } => {
            Line::Finishing { transfer, state: "unpacking", bytes: Some(bytes), size: Some(of) }
        }
        Finishing::Theirs => Line::Finishing { transfer, state: "theirs", bytes: None, size: None },
    }
}

pub(super) fn offer_line(transfer: u64, offer: &OfferInfo) -> Line<'_> {
    let (from, to) = from_and_to(offer.direction, &offer.peer);
    Line::Offer {
        transfer,
        from,
        to,
        name: &offer.name,
        size: offer.size,
        files: offer.folder.as_ref().map(|folder| folder.files),
        address: offer.web.as_ref().map(|web| web.address.as_str()),
        continues: offer.continues_at.filter(|bytes| *bytes > 0),
        methods: words(&offer.methods),
        si_multiple: offer.si_multiple,
    }
}

pub(super) fn interrupted_line(transfer: u64, interruption: &Interruption) -> Line<'_> {
    let Interruption { bytes, size, why, waits } = interruption;
    let (waits, secs) = match waits {
        Waits::Session => ("session", None),
        Waits::Peer => ("peer", None),
        Waits::Offer => ("offer", None),
        Waits::Time(left) => ("time", Some(*left)),
        Waits::User => ("user", None),
    };
    Line::Interrupted { transfer, bytes: *bytes, size: *size, reason: why, waits, secs }
}

pub(super) fn outcome_line(transfer: u64, outcome: &Outcome, tally: &Tally, now: Instant) -> Line<'static> {
    let told = Told::of(outcome);
    Line::Outcome {
        transfer,
        result: Verdict::of(outcome).word(),
        via: told.via.map(Via::word),
        bytes: told.bytes.unwrap_or(tally.bytes),
        secs: told.took.unwrap_or(now.saturating_duration_since(tally.began)),
        path: told.path.or(tally.kept.as_deref()).map(Path::to_owned),
        verified: told.verified.map(Hash::of),
        reason: reason(outcome),
    }
}

/// What an outcome itself tells; the tally fills in the rest.
#[derive(Debug, Default)]
struct Told<'a> {
    via: Option<Via>,
    bytes: Option<u64>,
    took: Option<Duration>,
    path: Option<&'a Path>,
    verified: Option<Verified>,
}

impl<'a> Told<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match outcome {
            Outcome::Completed { via, bytes, took, path, verified } => Told {
                via: Some(*via),
                bytes: Some(*bytes),
                took: Some(*took),
                path: path.as_deref(),
                verified: Some(*verified),
            },
            Outcome::Failed(Failure::Interrupted { via, bytes, .. }) => {
                Told { via: Some(*via), bytes: Some(*bytes), ..Told::default() }
            }
            Outcome::Declined { .. }
            | Outcome::Cancelled { .. }
            | Outcome::Failed(
                Failure::Unreachable { .. }
                | Failure::Peer(_)
                | Failure::Local(_)
                | Failure::Corrupt { .. }
                | Failure::Disconnected,
            ) => Told::default(),
        }
    }
}

pub(super) fn words(methods: &[Via]) -> Vec<&'static str> {
    methods.iter().map(|via| via.word()).collect()
}
