//! What ended why, in sentences, so that the screen, the command line and scripts read the same words.
//!
//! They say what happened and why. What can be done about it differs from one user interface to another and is added
//! there.

use std::fmt::{Display, Formatter, Result};

use super::FileError;
use super::event::{Attempt, AttemptState, Failure, PeerFault, StopReason};
use crate::xep::stanza::StanzaError;

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Failure::Unreachable { tried } if tried.is_empty() => f.write_str("the two have no method in common"),
            Failure::Unreachable { tried } => {
                f.write_str("no method worked: ")?;
                tried.iter().enumerate().try_for_each(|(at, attempt)| {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(f, "{separator}{attempt}")
                })
            }
            Failure::Peer(fault) => fault.fmt(f),
            Failure::Local(error) => error.fmt(f),
            Failure::Corrupt { expected, found, .. } => {
                write!(f, "what arrived is not what was sent: its hash is {found}, not {expected}")
            }
            Failure::Disconnected => f.write_str("there is no connection to the server"),
            Failure::Interrupted { via, bytes, why, .. } => {
                write!(f, "{} broke after {bytes} bytes: {why}", via.title())
            }
        }
    }
}

/// `SOCKS5 direct 192.0.2.7:5086 refused (0.1 s)`.
impl Display for Attempt {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.via.title())?;
        if let Some(streamhost) = &self.streamhost {
            write!(f, " {streamhost}")?;
        }
        let verdict = match &self.state {
            AttemptState::Trying { doing, .. } => doing,
            AttemptState::Failed { reason } => reason,
            AttemptState::Active { .. } => "active",
        };
        write!(f, " {verdict} ({:.1} s)", self.took.as_secs_f64())
    }
}

impl Display for PeerFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            PeerFault::Incompatible(why) => write!(f, "the other side cannot take files this way: {why}"),
            PeerFault::Refused(why) => write!(f, "the other side refused: {why}"),
            PeerFault::Misbehaved(why) => write!(f, "the other side broke the protocol: {why}"),
            PeerFault::Silent(why) => write!(f, "the other side did not answer: {why}"),
            PeerFault::Gone => f.write_str("the other side went offline"),
        }
    }
}

impl Display for FileError {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            FileError::Unreadable(why) => write!(f, "cannot read the file: {why}"),
            FileError::Unwritable(why) => write!(f, "cannot write the file: {why}"),
            FileError::Full { needed, free } => write!(f, "the disk has {free} bytes free, the file needs {needed}"),
            FileError::Changed => f.write_str("the file changed while it was sent"),
        }
    }
}

impl Display for StopReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            StopReason::Requested => f.write_str("logged out"),
            StopReason::Login(why) | StopReason::Other(why) => f.write_str(why),
            StopReason::Certificate { why, fingerprint } => write!(f, "{why} (its fingerprint is {fingerprint})"),
            StopReason::Conflict => f.write_str("another program logged in with the same resource"),
        }
    }
}

/// Why a message or a request to see somebody came back.
pub(super) fn why_returned(error: &StanzaError) -> String {
    let meaning = match error.condition.as_str() {
        "service-unavailable" | "recipient-unavailable" => "nobody is there to get it",
        "item-not-found" => "there is no such address",
        "remote-server-not-found" => "there is no such server",
        "remote-server-timeout" => "their server does not answer",
        "forbidden" | "not-allowed" | "not-authorized" | "policy-violation" => "it is not permitted",
        "resource-constraint" => "no space is left for it",
        other => other,
    };
    match &error.text {
        Some(text) => format!("{meaning}: {text}"),
        None => meaning.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::event::Via;
    use super::*;

    fn failed(via: Via, streamhost: Option<&str>, reason: &str, millis: u64) -> Attempt {
        Attempt {
            index: 0,
            via,
            streamhost: streamhost.map(str::to_owned),
            state: AttemptState::Failed { reason: reason.to_owned() },
            took: Duration::from_millis(millis),
        }
    }

    #[test]
    fn an_unreachable_peer_is_told_with_every_try() {
        let tried = vec![
            failed(Via::Socks5Direct, Some("192.0.2.7:5086"), "refused", 100),
            failed(Via::InBand, None, "not offered", 0),
        ];
        assert_eq!(
            Failure::Unreachable { tried }.to_string(),
            "no method worked: SOCKS5 direct 192.0.2.7:5086 refused (0.1 s), in-band not offered (0.0 s)"
        );
        let nothing = Failure::Unreachable { tried: Vec::new() };
        assert_eq!(nothing.to_string(), "the two have no method in common");
    }
}
