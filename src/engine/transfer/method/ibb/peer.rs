//! How large a block may be: what the other side's program takes, and what fits a stanza of our server.
//!
//! Nobody announces it. A program that refuses says `resource-constraint`, which costs a round trip, so those that are
//! known are asked for no more than they take, and everybody else for what the specification recommends.

use jid::Jid;

use crate::engine::context::Context;

/// What XEP-0047 recommends: every peer takes it.
pub(super) const USUAL: u16 = 4096;

/// Half of what is refused is offered next, down to here.
pub(super) const SMALLEST: u16 = 512;

/// Its stanza is well below 64 KiB, where the least generous servers end the session and few say so beforehand.
const LARGEST: u16 = 32768;

/// By how much the addresses, which may have 3071 bytes each, and the rest of the stanza exceed the base64 in it.
const ENVELOPE: usize = 3500;

/// What programs take, by how their capabilities (XEP-0115) name them. QXmpp refuses more than the usual; what is not
/// here has not been seen to take more.
const PROGRAMS: &[(&str, u16)] = &[
    ("urn:x-balcony", LARGEST),
    ("http://slixmpp.com/", 8192),
    ("http://pidgin.im/", LARGEST),
    ("http://telepathy.freedesktop.org/", LARGEST),
    ("http://camaya.net/gloox", LARGEST),
];

/// The largest block to open a stream to `peer` with.
pub(super) fn largest_block(peer: &Jid, cx: &Context) -> u16 {
    let program = cx.peers.program_of(peer).unwrap_or_default();
    let known = PROGRAMS.iter().find(|(name, _)| program.starts_with(name));
    known.map_or(USUAL, |(_, takes)| *takes).min(fitting(cx.largest_stanza()))
}

/// The largest block, halved as often as it takes, that fits into a stanza of so many bytes.
fn fitting(stanza: usize) -> u16 {
    let payload = stanza.saturating_sub(ENVELOPE) / 4 * 3;
    let halves = std::iter::successors(Some(LARGEST), |block| Some(block / 2).filter(|half| *half > SMALLEST));
    halves.into_iter().find(|block| usize::from(*block) <= payload).unwrap_or(SMALLEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_fits_the_stanza_that_a_server_takes() {
        for (stanza, block) in
            [(250_000, 32768), (50_000, 32768), (26_000, 16384), (20_000, 8192), (10_000, 4096), (0, 512)]
        {
            assert_eq!(fitting(stanza), block, "{stanza}");
        }
    }
}
