//! XEP-0066 as a stream method: the initiator has the file on a web server, and says where once the offer is accepted.
//!
//! # Theory of operation
//!
//! `<query sid=…><url/></query>` is the whole stream. What the user accepted before was a file, not an address: whoever
//! owns this stream takes the [pointer](Pointer) out of it and asks the user once more, and no byte passes here. We have no
//! web server, so nothing is ever sent this way, and it is none of the methods that a user can configure.

use std::time::Instant;

use minidom::Element;

use super::{Begun, Bytestream, Line, Method, Scope, Shared, Span, Step, Unreachable};
use crate::engine::command::{Encryption, Via};
use crate::engine::context::Context;
use crate::engine::feature::{IqRequest, Owed, Response, Xep};
use crate::engine::iq::IqToken;
use crate::xep::oob::OutOfBand;
use crate::xep::stanza::StanzaError;
use crate::xep::{Malformed, ns};

/// The line of out-of-band data in the registry.
pub(crate) const METHOD: Method = Method {
    namespace: ns::IQ_OOB,
    xep: Xep { number: "0066", title: "Out of Band Data", version: "1.5" },
    vias: &[Via::Http],
    is_last_resort: false,
    leaves_the_session: true,
    opening: "query",
    closing: None,
    send,
    receive,
    answer_stranger,
    withdraw: None,
};

/// Where a file is, and the request that said so, which is answered when it is here.
pub(crate) struct Pointer {
    pub(crate) oob: OutOfBand,
    pub(crate) request: Owed,
}

/// A stream that leads elsewhere.
#[derive(Default)]
struct Elsewhere {
    pointer: Option<Pointer>,
}

fn send(_: Line, _: Span, _: &mut Scope) -> Begun {
    (Box::new(Elsewhere::default()), Step::Unreachable(Unreachable::Failed))
}

fn receive(_: Line, _: Option<u64>, request: &IqRequest, scope: &mut Scope) -> Option<Begun> {
    match read(&request.payload, scope.cx) {
        Ok(oob) => {
            let pointer = Some(Pointer { oob, request: request.into() });
            Some((Box::new(Elsewhere { pointer }), Step::Pending))
        }
        Err(malformed) => {
            scope.cx.refuse(request, &StanzaError::new("not-acceptable").with_text(malformed.to_string()));
            None
        }
    }
}

/// Reads an address that may be asked here: not one in clear, if nothing must go so.
pub(crate) fn read(payload: &Element, cx: &Context) -> Result<OutOfBand, Malformed> {
    let oob = OutOfBand::read(payload)?;
    if cx.settings().encryption == Encryption::Required && !oob.address.is_https() {
        return Err(Malformed::new("nothing is fetched in clear here"));
    }
    Ok(oob)
}

fn answer_stranger(request: &IqRequest, _: &mut Shared, cx: &mut Context) {
    cx.refuse(request, &StanzaError::new("item-not-found").with_text("there is no such stream"));
}

impl Bytestream for Elsewhere {
    fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Step {
        scope.cx.refuse(&request, &StanzaError::new("unexpected-request").with_text("one address is enough"));
        Step::Pending
    }

    fn asked(&self, _: IqToken) -> bool {
        false
    }

    fn response(&mut self, _: IqToken, _: Response, _: &mut Scope) -> Step {
        Step::Pending
    }

    fn pointer(&mut self) -> Option<Pointer> {
        self.pointer.take()
    }

    fn moved(&self) -> u64 {
        0
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn timeout(&mut self, _: &mut Scope) -> Step {
        Step::Pending
    }

    fn abandon(&mut self, scope: &mut Scope) {
        if let Some(Pointer { request, .. }) = self.pointer.take() {
            scope.cx.refuse(request, &StanzaError::new("item-not-found").with_text("nobody fetches it any more"));
        }
    }
}
