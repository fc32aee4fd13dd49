//! XEP-0047 in-band bytestreams: blocks in stanzas.
//!
//! The initiator opens, sends numbered blocks, closes. It works wherever stanzas do, slowly, and shares the connection
//! with chat: blocks wait in the bulk queue, no more at a time than the [`pace`] of the way allows. The [`sender`] and the
//! [`receiver`] differ too much to share more than this file.

use std::collections::VecDeque;
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use super::{Line, Method, Shared};
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::feature::{IqRequest, Xep};
use crate::xep::ibb::Close;
use crate::xep::stanza::StanzaError;
use crate::xep::{StreamId, ns};

mod ahead;
mod budget;
mod doubt;
mod pace;
mod peer;
mod rate;
mod receiver;
mod sender;
mod telling;
mod throttle;

/// The line of in-band bytestreams.
pub(crate) const METHOD: Method = Method {
    namespace: ns::IBB,
    xep: Xep { number: "0047", title: "In-Band Bytestreams", version: "2.0.1" },
    vias: &[Via::InBand],
    is_last_resort: true,
    leaves_the_session: false,
    opening: "open",
    closing: Some("close"),
    send: sender::send,
    receive: receiver::receive,
    answer_stranger,
    withdraw: Some(withdraw),
};

/// A block's number: counts from 0, and from 0 again after 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seq(u16);

impl Seq {
    /// This number; the next time, the next one.
    fn advance(&mut self) -> u16 {
        let seq = self.0;
        self.0 = seq.wrapping_add(1);
        seq
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Says that a stream is over. The answer matters to nobody: libpurple never gives one.
fn close(line: &Line, shared: &mut Shared, cx: &mut Context) {
    shared.ibb.farewells.remember(&line.peer, &line.sid);
    withdraw(line, cx);
}

/// Says that a stream will not come to be. To a peer that knows no such stream it is an `item-not-found`, to another
/// Balcony the only way to learn that its offer or its stream is void: stream initiation has no word for it.
fn withdraw(line: &Line, cx: &mut Context) {
    let close = Close { sid: line.sid.clone() };
    let token = cx.set(Some(line.peer.clone()), close.write(), CLOSE_PATIENCE);
    cx.forget(token);
}

/// Of no consequence: the request is forgotten at once.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// What belongs to a stream that is over is answered as if it were not: a Gabble that is not acknowledged to the end
/// stands still for ever, and closes in its own time what we closed.
fn answer_stranger(request: &IqRequest, shared: &mut Shared, cx: &mut Context) {
    let is_late = request.from.as_ref().is_some_and(|from| shared.ibb.farewells.knows(from, &request.payload));
    if is_late && matches!(request.payload.name(), "data" | "close") {
        return cx.answer(request, None);
    }
    cx.refuse(request, &StanzaError::new("item-not-found").with_text("no such stream"));
}

/// What in-band streams have in common.
#[derive(Debug, Default)]
pub(crate) struct Common {
    farewells: Farewells,
    budget: budget::Budget,
}

/// How many streams are remembered after their end; who is forgotten is told `item-not-found`.
const MOST_FAREWELLS: usize = 64;

/// Streams that are over and whose peers may not know.
#[derive(Debug, Default)]
struct Farewells(VecDeque<(Jid, StreamId)>);

impl Farewells {
    fn remember(&mut self, peer: &Jid, sid: &StreamId) {
        if self.0.len() >= MOST_FAREWELLS {
            self.0.pop_front();
        }
        self.0.push_back((peer.clone(), sid.clone()));
    }

    fn knows(&self, from: &Jid, payload: &Element) -> bool {
        self.0.iter().any(|(peer, sid)| peer == from && payload.attr("sid") == Some(&sid.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_numbers_begin_at_zero_again_after_65535() {
        let mut seq = Seq(65534);
        assert_eq!([seq.advance(), seq.advance(), seq.advance(), seq.advance()], [65534, 65535, 0, 1]);
    }
}
