//! How many connections at once a requester bears.
//!
//! Several are the rule: a target that waits for one silent streamhost after the other wastes seconds. The programs in
//! [`FRAIL`] break under a second connection; each is known by the stream names it makes up, which every offer of
//! theirs carries, or by what it says of itself. Who is unknown is raced with: everybody who is known to break is on
//! the list, and what others might stumble over, one stream asked for by two connections, does not happen even then
//! ([`race`](super::race)).

use jid::Jid;

use crate::engine::disco::{Knowledge, Peers};
use crate::xep::StreamId;

/// How many connections a requester is met with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// One after the other, and its own listener is left alone once a connection to that was made.
    OneAtATime,
    /// Each a little after the last.
    Race,
}

/// A line of [`FRAIL`].
struct Frail {
    /// What it is called.
    program: &'static str,
    /// What happens to it.
    reason: &'static str,
    /// Whether it makes up such names for its streams.
    names: fn(&str) -> bool,
    /// What the features begin with that nobody else has.
    features: Option<&'static str>,
}

/// Who cannot bear a second connection.
static FRAIL: &[Frail] = &[
    Frail {
        program: "Gabble",
        reason: "aborts with every account it serves when its listener is connected to twice",
        names: |sid| sid.split_once('-').is_some_and(|(time, random)| is_number(time, 9..) && is_number(random, 1..)),
        features: Some("http://telepathy.freedesktop.org/"),
    },
    Frail {
        program: "libpurple",
        reason: "closes its listener after the first connection, and gives the transfer up when that one goes",
        names: |sid| sid.starts_with("purple"),
        features: None,
    },
    Frail {
        program: "BitlBee",
        reason: "closes its listener after the first connection, and gives the transfer up when that one goes",
        names: |sid| sid.starts_with("BitlBeeJabberSID"),
        features: None,
    },
    Frail {
        program: "xmpp4r",
        reason: "keeps the first connection that it answered, even when that one is gone",
        names: |sid| is_number(sid, 1..=4),
        features: None,
    },
];

/// How to meet whoever hosts that stream.
pub(super) fn towards(peer: &Jid, sid: &StreamId, peers: &Peers) -> Manner {
    let features = peers.features_of(peer);
    match FRAIL.iter().find(|frail| (frail.names)(&sid.0) || frail.shows_in(features)) {
        Some(frail) => {
            tracing::debug!(%peer, program = frail.program, reason = frail.reason, "one streamhost at a time");
            Manner::OneAtATime
        }
        None => Manner::Race,
    }
}

impl Frail {
    fn shows_in(&self, known: Option<&Knowledge>) -> bool {
        match (self.features, known) {
            (Some(prefix), Some(Knowledge::Features(features))) => {
                features.iter().any(|feature| feature.starts_with(prefix))
            }
            (Some(_), Some(Knowledge::Unanswered) | None) | (None, _) => false,
        }
    }
}

fn is_number(text: &str, digits: impl std::ops::RangeBounds<usize>) -> bool {
    digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sids: &[&str], expected: Manner) {
        let peer = Jid::new("romeo@montague.lit/orchard").unwrap();
        for sid in sids {
            assert_eq!(towards(&peer, &StreamId((*sid).to_owned()), &Peers::default()), expected, "{sid}");
        }
    }

    #[test]
    fn the_frail_are_known_by_the_names_they_give_their_streams() {
        let recorded = ["1795289029-3802378613", "purplee2f7e337", "BitlBeeJabberSID1", "3059"];
        check(&recorded, Manner::OneAtATime);
    }

    #[test]
    fn everybody_else_is_raced_with() {
        let recorded = [
            "6240e751ca2983f4fec68b967096d2163171bd2e00000006",
            "ft_bc8f",
            "1598aa84-9885-4e5e-b5da-1245d48f5483",
            "dd9053692b8d1b02",
            "728624909",
            "vxf9n471bn46",
            "-",
            "",
        ];
        check(&recorded, Manner::Race);
    }
}
