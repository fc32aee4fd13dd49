//! The initiator's last word: after the last byte, what the sent bytes hash to; and what the responder says to that.
//!
//! That the last byte is sent does not say that it arrived: it may lie in a buffer of a program or a proxy that is no
//! more. A verdict that is lost on its way is an interruption where both sides have a name for the transfer: the next
//! offer tells what is missing, or that nothing is. To others, and once the user wants to wait no longer, what was sent
//! is sent, unverified.

use jid::Jid;
use minidom::Element;

use super::offered::Offered;
use crate::engine::event::{Failure, Outcome, Verified};
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::engine::transfer::checksum::{self, hexadecimal};
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::outcome::Moved;
use crate::engine::transfer::phase::{Life, ON, over};
use crate::engine::{Digest, Digests, FileOrder};
use crate::xep::StreamId;
use crate::xep::checksum::{is_checksum, read_corrupt};

/// A transfer of which nothing is missing but the proof.
pub(super) struct Statement {
    offered: Offered,
    moved: Moved,
    stated: Option<Stated>,
}

/// What the responder was told.
struct Stated {
    token: IqToken,
    digest: String,
}

impl Statement {
    /// Begins with the digest of what was sent.
    pub(super) fn begin(offered: Offered, moved: Moved, scope: &mut Scope) -> Self {
        scope.cx.file(offered.file, FileOrder::Digest);
        Statement { offered, moved, stated: None }
    }

    /// With whom, under which name.
    pub(super) fn name(&self) -> (&Jid, &StreamId) {
        (&self.offered.peer, &self.offered.proposal.sid)
    }

    /// From which address of ours.
    pub(super) fn me(&self) -> &Jid {
        &self.offered.me
    }

    /// Here is the digest. It is stated to whoever is there when the session is lost and found, under the same address.
    pub(super) fn digested(&mut self, sent: &Digests, scope: &mut Scope) -> Life {
        let (Some(statement), Some(digest)) =
            (checksum::state(&self.offered.proposal.sid, sent), sent.by(Digest::Sha256))
        else {
            return self.unproven();
        };
        let patience = checksum::verdict_patience(sent.length);
        let token = scope.cx.set_lasting(Some(self.offered.peer.clone()), statement.write(), patience);
        self.stated = Some(Stated { token, digest: hexadecimal(digest) });
        ON
    }

    pub(super) fn asked(&self, token: IqToken) -> bool {
        self.stated.as_ref().is_some_and(|stated| stated.token == token)
    }

    /// The verdict. Any other error is none: they may know nothing of the stream any more, because it broke for them.
    pub(super) fn response(&self, response: &Response, scope: &Scope) -> Life {
        let found = match response {
            Response::Result(_) => return over(self.moved.completed(None, Verified::Sha256)),
            Response::Error(error) => read_corrupt(error),
            Response::Timeout | Response::Disconnected => None,
        };
        match (found, &self.stated) {
            (Some(found), Some(Stated { digest, .. })) => {
                over(Outcome::Failed(Failure::Corrupt { expected: digest.clone(), found: hexadecimal(&found.value) }))
            }
            (Some(_) | None, _) => self.lost(scope),
        }
    }

    /// Whether those words that never reached the peer are the statement.
    pub(super) fn is_in(&self, payload: &Element) -> bool {
        is_checksum(payload) && payload.attr("sid") == Some(&self.offered.proposal.sid.0)
    }

    /// The verdict was lost on its way, or what should have been judged.
    pub(super) fn lost(&self, scope: &Scope) -> Life {
        if !scope.record.is_named() {
            return self.unproven();
        }
        let why = "whether it arrived was not heard".to_owned();
        let Moved { via, bytes, .. } = self.moved;
        over(Outcome::Failed(Failure::Interrupted { via, bytes, why }))
    }

    /// Nobody waits for a verdict.
    pub(super) fn unproven(&self) -> Life {
        over(self.moved.completed(None, Verified::No))
    }

    /// Wants no verdict any more.
    pub(super) fn forget(&self, scope: &mut Scope) {
        if let Some(Stated { token, .. }) = &self.stated {
            scope.cx.forget(*token);
        }
    }
}
