//! Peers that exist, or could: an engine with a habit. Every scenario runs against every line of [`PEERS`].
//!
//! A line says which part the peer plays, what makes it what it is, what happens, and what *our* user sees in the end:
//! the file, by SOCKS5 direct, unless the line says otherwise.

mod habits;
mod in_band;
mod initiation;
mod socks5;

use std::time::Duration;

use balcony::engine::command::{KeepPartial, Via};
use balcony::engine::event::{Failure, Outcome, PeerFault, Side};

use super::network::Reach;
use super::pair::{JULIET, Pair, ROMEO, UNDER_WAY};
use habits::{BEGINNINGS, BLOCKS, CLOSES, STREAMHOSTS, hears_no, quirk, says, says_no, writes};
use in_band::{
    bad_base64, close_at_once, close_early, close_twice, long_blocks, makes_small_blocks, messages, repeat_block,
    stop_reading, stop_writing, takes_small_blocks,
};
use initiation::{
    ancient, ancient_with_relay, answer_in_band, faithful_to_its_relay, far_range, less_size, more_size,
    name_a_stranger, name_no_streamhost, never_begin, no_bytes, no_size, plain, plain_and_strict,
    plain_and_unreachable,
};
use socks5::{
    babbling, cannot_listen, dribble, dribbles_slowly, dribbling, garbage, idle, list_silent_addresses, listener, mute,
    not_allowed, own_address, own_domain, relay, relayed, six_bytes, stand_still, stand_still_at_a_relay,
    with_own_domain, wrong_hash,
};

/// A line of [`PEERS`].
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// Which part the peer plays; the other is ours.
    pub(crate) part: Part,
    /// What makes it what it is.
    pub(crate) habit: fn(&mut Pair),
    /// By which methods the file is offered; none means all.
    pub(crate) via: &'static [Via],
    /// What happens in the middle, besides Juliet's yes.
    pub(crate) event: Happens,
    /// What our user sees.
    pub(crate) ends: Ends,
}

/// Which part a peer plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Sends,
    Receives,
}

/// What happens in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happens {
    /// The offer is accepted.
    Accepted,
    /// It is declined.
    Declined,
    /// Nobody decides.
    Undecided,
    /// The peer cancels before anybody decides.
    TakenBack,
    /// The peer leaves before anybody decides.
    LeavesPending,
    /// The peer leaves while bytes move.
    LeavesMoving,
    /// The peer cancels while bytes move.
    Cancels,
    /// The peer's program stands still while bytes move, until long after anybody believes in it.
    Freezes,
}

/// What our user sees in the end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ends {
    /// The file is there, by that method.
    Arrives(Via),
    /// It is not, for a reason of this kind.
    With(fn(&Outcome) -> bool),
}

const S5B: &[Via] = &[Via::Socks5Direct];
const PROXY: &[Via] = &[Via::Socks5Proxy];
const IBB: &[Via] = &[Via::InBand];

const IN_BAND: Ends = Ends::Arrives(Via::InBand);
const BY_PROXY: Ends = Ends::Arrives(Via::Socks5Proxy);
const DECLINED: Ends = Ends::With(|outcome| *outcome == Outcome::Declined { by: Side::Peer });
const STOPPED: Ends = Ends::With(|outcome| *outcome == Outcome::Cancelled { by: Side::Peer });
const INTERRUPTED: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Interrupted { .. })));
const UNREACHABLE: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Unreachable { .. })));
const GONE: Ends = Ends::With(|outcome| *outcome == Outcome::Failed(Failure::Peer(PeerFault::Gone)));
const SILENT: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Peer(PeerFault::Silent(_)))));
const MISBEHAVED: Ends =
    Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Peer(PeerFault::Misbehaved(_)))));
const INCOMPATIBLE: Ends =
    Ends::With(|outcome| matches!(outcome, Outcome::Failed(Failure::Peer(PeerFault::Incompatible(_)))));
/// As much of the file as was said, which is all that can be known.
const SHORT: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Completed { bytes: 20_000, .. }));
const EMPTY: Ends = Ends::With(|outcome| matches!(outcome, Outcome::Completed { bytes: 0, .. }));

/// A peer that receives, does as it is told, and takes the offer.
const fn receives(name: &'static str) -> Peer {
    Peer {
        name,
        part: Part::Receives,
        habit: |_| {},
        via: &[],
        event: Happens::Accepted,
        ends: Ends::Arrives(Via::Socks5Direct),
    }
}

/// A peer that sends and does as it is told; we take its offer.
const fn sends(name: &'static str) -> Peer {
    Peer { part: Part::Sends, ..receives(name) }
}

/// Everybody.
pub(crate) static PEERS: &[Peer] = &[
    receives("as a Balcony"),
    sends("as a Balcony"),
    // It refuses, or never answers.
    receives("declines").when(Happens::Declined).ends(DECLINED),
    sends("takes its offer back").when(Happens::TakenBack).ends(STOPPED),
    receives("never answers the offer").when(Happens::Undecided).ends(SILENT),
    receives("never answers the streamhosts").habit(|pair| hears_no(pair, STREAMHOSTS)).ends(IN_BAND),
    receives("answers nothing after its yes").habit(|pair| hears_no(pair, BEGINNINGS)).ends(UNREACHABLE),
    receives("never answers a block").habit(|pair| hears_no(pair, BLOCKS)).via(IBB).ends(INTERRUPTED),
    receives("never answers a close").habit(|pair| hears_no(pair, CLOSES)).via(IBB).ends(IN_BAND),
    sends("never begins").habit(never_begin).ends(SILENT),
    sends("never closes").habit(|pair| says_no(pair, CLOSES)).via(IBB).ends(IN_BAND),
    // It cannot connect, or cannot be connected to.
    receives("cannot connect: refused").habit(|pair| listener(pair, Reach::Refused)).ends(IN_BAND),
    receives("cannot connect: no answer").habit(|pair| listener(pair, Reach::Silent)).ends(IN_BAND),
    receives("cannot connect: no handshake").habit(|pair| listener(pair, Reach::Mute)).ends(IN_BAND),
    receives("cannot connect, and no in-band").habit(|pair| listener(pair, Reach::Silent)).via(S5B).ends(UNREACHABLE),
    sends("refuses connections").habit(|pair| listener(pair, Reach::Refused)).ends(IN_BAND),
    sends("is behind a wall").habit(|pair| listener(pair, Reach::Silent)).ends(IN_BAND),
    sends("accepts connections and never speaks").habit(|pair| listener(pair, Reach::Mute)).ends(IN_BAND),
    sends("is behind a wall, and no in-band").habit(|pair| listener(pair, Reach::Silent)).via(S5B).ends(UNREACHABLE),
    sends("lists seven silent addresses first").habit(|pair| says(pair, ROMEO, list_silent_addresses)),
    sends("cannot listen").habit(cannot_listen).ends(IN_BAND),
    sends("cannot listen, and no in-band").habit(cannot_listen).via(S5B).ends(UNREACHABLE),
    // It does not speak SOCKS5 as we do.
    receives("wrong hash").habit(|pair| writes(pair, JULIET, wrong_hash)).ends(IN_BAND),
    receives("wrong hash, and no in-band").habit(|pair| writes(pair, JULIET, wrong_hash)).via(S5B).ends(UNREACHABLE),
    receives("writes one byte at a time").habit(|pair| writes(pair, JULIET, dribble)),
    receives("writes one byte a second").habit(|pair| dribbles_slowly(pair, JULIET)).ends(IN_BAND),
    receives("writes garbage").habit(|pair| writes(pair, JULIET, garbage)).ends(IN_BAND),
    sends("wrong hash: knows nobody who connects").habit(|pair| writes(pair, ROMEO, not_allowed)).ends(IN_BAND),
    sends("answers one byte at a time").habit(|pair| writes(pair, ROMEO, dribble)),
    sends("answers one byte a second").habit(|pair| dribbles_slowly(pair, ROMEO)).ends(IN_BAND),
    sends("answers garbage").habit(|pair| writes(pair, ROMEO, garbage)).ends(IN_BAND),
    sends("answers CONNECT with a domain of its own").habit(|pair| writes(pair, ROMEO, own_domain)),
    sends("answers CONNECT with an IPv4 address").habit(|pair| writes(pair, ROMEO, own_address)),
    receives("names no streamhost").habit(|pair| says(pair, JULIET, name_no_streamhost)).ends(IN_BAND),
    receives("names a stranger's streamhost").habit(|pair| says(pair, JULIET, name_a_stranger)).ends(IN_BAND),
    receives("answers with a method not offered")
        .habit(|pair| says(pair, JULIET, answer_in_band))
        .via(S5B)
        .ends(INCOMPATIBLE),
    // It is reached through a relay alone.
    receives("relay only").habit(|pair| relay(pair, |_| {})).ends(BY_PROXY),
    sends("relay only").habit(|pair| relay(pair, |_| {})).ends(BY_PROXY),
    receives("relay that answers with six bytes").habit(|pair| relay(pair, six_bytes)).ends(BY_PROXY),
    sends("relay that answers with six bytes").habit(|pair| relay(pair, six_bytes)).ends(BY_PROXY),
    receives("relay with a domain of its own").habit(|pair| relay(pair, with_own_domain)).ends(BY_PROXY),
    sends("relay with a domain of its own").habit(|pair| relay(pair, with_own_domain)).ends(BY_PROXY),
    receives("relay that answers one byte at a time").habit(|pair| relay(pair, dribbling)).ends(BY_PROXY),
    sends("relay that answers one byte at a time").habit(|pair| relay(pair, dribbling)).ends(BY_PROXY),
    receives("relay that answers garbage").habit(|pair| relay(pair, babbling)).ends(IN_BAND),
    sends("relay that answers garbage").habit(|pair| relay(pair, babbling)).ends(IN_BAND),
    receives("relay that never answers").habit(|pair| relay(pair, mute)).ends(IN_BAND),
    sends("relay that never answers").habit(|pair| relay(pair, mute)).ends(IN_BAND),
    receives("relay that does not activate").habit(|pair| relay(pair, idle)).ends(IN_BAND),
    sends("relay that does not activate").habit(|pair| relay(pair, idle)).ends(IN_BAND),
    receives("believes in a relay that does not activate, and takes no other method then")
        .habit(faithful_to_its_relay)
        .ends(IN_BAND),
    // It speaks an older form of stream initiation.
    receives("knows no si-multiple").habit(plain),
    sends("knows no si-multiple").habit(plain),
    receives("knows no si-multiple, cannot connect, takes in-band unasked").habit(plain_and_unreachable).ends(IN_BAND),
    receives("knows no si-multiple, cannot connect, refuses in-band unasked").habit(plain_and_strict).ends(IN_BAND),
    sends("speaks XEP-0087").habit(ancient),
    sends("speaks XEP-0087, in-band").habit(ancient).via(IBB).ends(IN_BAND),
    sends("speaks XEP-0087, through a relay").habit(ancient_with_relay).via(PROXY).ends(BY_PROXY),
    // It has its own ideas of in-band bytestreams.
    sends("uses messages for IBB").habit(|pair| quirk(pair, ROMEO, messages)).via(IBB).ends(IN_BAND),
    receives("smaller block size").habit(|pair| quirk(pair, JULIET, takes_small_blocks)).via(IBB).ends(IN_BAND),
    sends("smaller block size").habit(|pair| quirk(pair, ROMEO, makes_small_blocks)).via(IBB).ends(IN_BAND),
    sends("blocks longer than it said").habit(|pair| says(pair, ROMEO, long_blocks)).via(IBB).ends(MISBEHAVED),
    receives("closes before the last ack").habit(|pair| quirk(pair, JULIET, close_early)).via(IBB).ends(IN_BAND),
    sends("closes before the last ack").habit(|pair| quirk(pair, ROMEO, close_at_once)).via(IBB).ends(IN_BAND),
    sends("closes twice").habit(|pair| quirk(pair, ROMEO, close_twice)).via(IBB).ends(IN_BAND),
    sends("repeats a block").habit(|pair| says(pair, ROMEO, repeat_block)).via(IBB).ends(MISBEHAVED),
    sends("sends no base64").habit(|pair| says(pair, ROMEO, bad_base64)).via(IBB).ends(MISBEHAVED),
    // It goes offline, or cancels.
    receives("offline while pending").when(Happens::LeavesPending).ends(GONE),
    sends("offline while pending").when(Happens::LeavesPending).ends(STOPPED),
    receives("offline while transferring in-band").via(IBB).when(Happens::LeavesMoving).ends(INTERRUPTED),
    sends("offline while transferring in-band").via(IBB).when(Happens::LeavesMoving).ends(INTERRUPTED),
    receives("offline while transferring directly").via(S5B).when(Happens::LeavesMoving),
    sends("offline while transferring directly").via(S5B).when(Happens::LeavesMoving),
    receives("cancels in-band").via(IBB).when(Happens::Cancels).ends(STOPPED),
    sends("cancels in-band").via(IBB).when(Happens::Cancels).ends(INTERRUPTED),
    receives("cancels directly").via(S5B).when(Happens::Cancels).ends(INTERRUPTED),
    sends("cancels directly").via(S5B).when(Happens::Cancels).ends(INTERRUPTED),
    // It stands still in the middle.
    receives("loses every later block").habit(|pair| quirk(pair, JULIET, stop_reading)).via(IBB).ends(INTERRUPTED),
    sends("loses every later block").habit(|pair| quirk(pair, ROMEO, stop_writing)).via(IBB).ends(INTERRUPTED),
    receives("freezes in-band").via(IBB).when(Happens::Freezes).ends(INTERRUPTED),
    sends("freezes in-band").via(IBB).when(Happens::Freezes).ends(INTERRUPTED),
    receives("freezes on a connection").habit(stand_still).via(S5B).when(Happens::Freezes).ends(INTERRUPTED),
    sends("freezes on a connection").habit(stand_still).via(S5B).when(Happens::Freezes).ends(INTERRUPTED),
    receives("freezes at a relay").habit(stand_still_at_a_relay).via(PROXY).when(Happens::Freezes).ends(INTERRUPTED),
    sends("freezes at a relay").habit(stand_still_at_a_relay).via(PROXY).when(Happens::Freezes).ends(INTERRUPTED),
    // It sends more than it said, or less; what is more on a connection is never read.
    sends("sends more than it said, in-band").habit(|pair| says(pair, ROMEO, less_size)).via(IBB).ends(INTERRUPTED),
    sends("sends more than it said, directly").habit(|pair| says(pair, ROMEO, less_size)).via(S5B).ends(SHORT),
    sends("sends more than it said, by a relay").habit(|pair| relayed(pair, less_size)).via(PROXY).ends(SHORT),
    sends("sends more than nothing, in-band").habit(|pair| says(pair, ROMEO, no_bytes)).via(IBB).ends(INTERRUPTED),
    sends("sends more than nothing, directly").habit(|pair| says(pair, ROMEO, no_bytes)).via(S5B).ends(EMPTY),
    sends("sends less than it said, in-band").habit(|pair| says(pair, ROMEO, more_size)).via(IBB).ends(INTERRUPTED),
    sends("sends less than it said, directly").habit(|pair| says(pair, ROMEO, more_size)).via(S5B).ends(INTERRUPTED),
    sends("sends less than it said, by a relay").habit(|pair| relayed(pair, more_size)).via(PROXY).ends(INTERRUPTED),
    sends("does not say the size, in-band").habit(|pair| says(pair, ROMEO, no_size)).via(IBB).ends(IN_BAND),
    sends("does not say the size, directly").habit(|pair| says(pair, ROMEO, no_size)).via(S5B),
    sends("does not say the size, by a relay").habit(|pair| relayed(pair, no_size)).via(PROXY).ends(BY_PROXY),
    receives("asks for more than there is").habit(|pair| says(pair, JULIET, far_range)).ends(MISBEHAVED),
];

impl Peer {
    /// What makes it what it is.
    const fn habit(self, habit: fn(&mut Pair)) -> Peer {
        Peer { habit, ..self }
    }

    /// By which methods alone the file is offered.
    const fn via(self, via: &'static [Via]) -> Peer {
        Peer { via, ..self }
    }

    /// What happens, besides Juliet's yes.
    const fn when(self, event: Happens) -> Peer {
        Peer { event, ..self }
    }

    /// What our user sees.
    const fn ends(self, ends: Ends) -> Peer {
        Peer { ends, ..self }
    }

    /// Who plays the peer, and who is ours.
    pub(crate) fn cast(&self) -> (usize, usize) {
        match self.part {
            Part::Sends => (ROMEO, JULIET),
            Part::Receives => (JULIET, ROMEO),
        }
    }

    /// What happens in the middle happens.
    pub(crate) fn act(&self, pair: &mut Pair) {
        let (peer, _) = self.cast();
        match self.event {
            Happens::Accepted => pair.accept(),
            Happens::Declined => pair.decline(),
            Happens::Undecided => {}
            Happens::TakenBack => pair.cancel(peer, KeepPartial::No),
            Happens::LeavesPending => pair.world.leave(peer),
            Happens::LeavesMoving => {
                moving(pair);
                pair.world.leave(peer);
            }
            Happens::Cancels => {
                moving(pair);
                pair.cancel(peer, KeepPartial::No);
            }
            Happens::Freezes => {
                pair.accept();
                pair.pass(UNDER_WAY);
                pair.world.freeze(peer);
                pair.pass(Duration::from_mins(10));
                pair.world.thaw(peer);
            }
        }
    }
}

/// The offer is accepted, and some bytes have passed.
fn moving(pair: &mut Pair) {
    pair.accept();
    pair.pass(Duration::from_millis(220));
}
