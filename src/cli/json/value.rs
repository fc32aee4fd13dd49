//! What the lines of `send` and `receive` have in common with those of `balcony log`.

use std::io;
use std::time::Duration;

use jid::Jid;
use serde::{Serialize, Serializer};

use crate::engine::event::{Attempt, AttemptState, Direction, Protection, Verified};

/// A try of one method.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Tried<'a> {
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    streamhost: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    protection: Option<&'static str>,
    #[serde(serialize_with = "seconds")]
    secs: Duration,
}

impl<'a> Tried<'a> {
    pub(in crate::cli) fn of(attempt: &'a Attempt) -> Self {
        let (state, reason) = match &attempt.state {
            AttemptState::Trying { .. } => ("trying", None),
            AttemptState::Failed { reason } => ("failed", Some(reason.as_str())),
            AttemptState::Active { .. } => ("active", None),
        };
        let streamhost = attempt.streamhost.as_deref();
        let protection = attempt.protection().map(Protection::word);
        Tried { method: attempt.via.word(), streamhost, state, reason, protection, secs: attempt.took }
    }
}

/// By which hash a file is proven; `false` for none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(in crate::cli) enum Hash {
    Function(&'static str),
    None(bool),
}

impl Hash {
    pub(in crate::cli) fn of(verified: Verified) -> Self {
        match verified {
            Verified::No => Hash::None(false),
            Verified::Md5 => Hash::Function("md5"),
            Verified::Sha256 => Hash::Function("sha-256"),
        }
    }
}

/// From whom a file comes, or to whom it goes.
pub(in crate::cli) fn from_and_to(direction: Direction, peer: &Jid) -> (Option<&str>, Option<&str>) {
    match direction {
        Direction::Receiving => (Some(peer.as_str()), None),
        Direction::Sending => (None, Some(peer.as_str())),
    }
}

/// JSON that no terminal obeys which shows it: what others wrote stands in it by its numbers, if it acts.
pub(in crate::cli) fn harmless(value: &impl Serialize) -> io::Result<String> {
    let acts = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text = serde_json::to_string(value)?;
    if !text.contains(acts) {
        return Ok(text);
    }
    let written = |c: char| if acts(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    Ok(text.chars().map(written).collect())
}

/// Seconds, to the millisecond.
pub(in crate::cli) fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let millis = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    serializer.serialize_f64(f64::from(millis) / 1000.0)
}

/// The same, where there are any.
#[allow(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn seconds_if_any<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    seconds(&duration.unwrap_or_default(), serializer)
}
