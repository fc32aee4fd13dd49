//! From the last byte to the file's name: what arrived is compared with what was stated ([`checksum`]).

use std::time::Instant;

use super::{Phase, Receiving};
use crate::engine::event::{Failure, Finishing, Outcome, TransferChange, Verified};
use crate::engine::feature::{IqRequest, Owed};
use crate::engine::journal::Prefix;
use crate::engine::transfer::checksum::{self, STATEMENT_PATIENCE};
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::negotiation::Agreement;
use crate::engine::transfer::outcome::Moved;
use crate::engine::transfer::phase::{Life, ON, over};
use crate::engine::{Digest, Digests};
use crate::xep::checksum::{Checksum, corrupt};
use crate::xep::hashes::Hash;
use crate::xep::stanza::StanzaError;

/// The sender's word on what it sent.
pub(super) enum Word {
    /// None will come, or nobody waits for it any more.
    None,
    /// It will come.
    Promised,
    /// It came, and gets its answer when the file has its name, or does not.
    Given(Box<Given>),
}

impl Word {
    /// Whether it comes, as both agreed.
    pub(super) fn of(agreement: &Agreement) -> Self {
        if agreement.promises.checksum_follows { Word::Promised } else { Word::None }
    }
}

/// A statement that has no answer yet.
pub(super) struct Given {
    request: Owed,
    checksum: Checksum,
}

/// Every byte is here.
pub(super) struct Checking {
    moved: Moved,
    /// What they hash to, once that is known.
    found: Option<Digests>,
    until: Instant,
}

impl Checking {
    /// How many bytes arrived.
    pub(super) fn bytes(&self) -> u64 {
        self.moved.bytes
    }
}

impl Receiving {
    /// Every byte is in the `.part`.
    pub(super) fn arrived(&mut self, bytes: u64, scope: &mut Scope) -> Life {
        self.landing.digest(scope.cx);
        let checking =
            Checking { moved: Moved::now(bytes, scope), found: None, until: scope.after(STATEMENT_PATIENCE) };
        self.phase = Phase::Checking(checking);
        self.judge(scope)
    }

    /// What it hashes to, or what its beginning did while more was to come.
    pub(super) fn digested(&mut self, digests: Digests, scope: &mut Scope) -> Life {
        scope.record.checkpointed(Prefix::of(&digests), scope.cx);
        match &mut self.phase {
            Phase::Checking(checking) if digests.length == checking.moved.bytes => {
                checking.found = Some(digests);
                self.judge(scope)
            }
            // It came while the stream was closed, which was waited for.
            Phase::Checking(checking) if digests.length > checking.moved.bytes => self.begin_anew(scope),
            Phase::Checking(_)
            | Phase::Offered { .. }
            | Phase::Reopening
            | Phase::Creating
            | Phase::Awaiting { .. }
            | Phase::Streaming { .. }
            | Phase::Committing { .. }
            | Phase::Over => ON,
        }
    }

    /// What the sender says that it hashes to. It may be said before the last bytes are here.
    pub(super) fn stated(&mut self, request: IqRequest, scope: &mut Scope) -> Life {
        let is_expected = matches!(self.phase, Phase::Streaming { .. } | Phase::Checking { .. });
        if !is_expected || !matches!(self.word, Word::Promised) {
            scope.cx.refuse(&request, &StanzaError::new("unexpected-request").with_text("nobody waits for that"));
            return ON;
        }
        match Checksum::read(&request.payload) {
            Ok(checksum) => self.word = Word::Given(Box::new(Given { request: request.into(), checksum })),
            Err(malformed) => {
                let error = StanzaError::new("bad-request").with_text(malformed.to_string());
                scope.cx.refuse(&request, &error);
                self.word = Word::None;
            }
        }
        self.judge(scope)
    }

    /// The sender is gone, or does not know where we are. One with a name for the transfer offers it once more as soon as
    /// both are there, and is given as long for that as for its word.
    pub(super) fn doubt(&mut self, scope: &mut Scope) -> Life {
        if scope.record.is_named() { ON } else { self.conclude(scope) }
    }

    /// Nobody waits for the sender's word any more: the file is whole without it.
    pub(in super::super) fn conclude(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.word, Word::Promised) {
            self.word = Word::None;
        }
        self.judge(scope)
    }

    /// Compares, once there is something to compare and nothing to wait for.
    fn judge(&mut self, scope: &mut Scope) -> Life {
        let Phase::Checking(Checking { moved, found: Some(found), .. }) = &self.phase else { return ON };
        let stated = match &self.word {
            Word::Promised => return ON,
            Word::Given(given) => Some(&given.checksum),
            Word::None => None,
        };
        match checksum::judge(self.proposal.file.hash.as_ref(), stated, found) {
            Ok(verified) => {
                self.phase = Phase::Committing { moved: *moved, verified, since: scope.cx.now().instant };
                self.landing.commit(scope.cx);
                ON
            }
            Err(mismatch) => {
                let error = corrupt(&Hash::sha_256(found.by(Digest::Sha256).unwrap_or_default()));
                self.answer_word(Err(error), scope);
                over(Outcome::Failed(Failure::Corrupt { expected: mismatch.expected, found: mismatch.found }))
            }
        }
    }

    /// The archive becomes a folder, and is so far.
    pub(super) fn unpacking(&self, bytes: u64, scope: &mut Scope) {
        if let Phase::Committing { moved, .. } = &self.phase {
            let of = moved.bytes;
            scope.record.tell(TransferChange::Finishing(Finishing::Unpacking { bytes, of }), scope.cx);
        }
    }

    /// The sender learns what became of its word.
    pub(super) fn answer_word(&mut self, verdict: Result<Verified, StanzaError>, scope: &mut Scope) {
        let Word::Given(given) = std::mem::replace(&mut self.word, Word::None) else { return };
        let request = given.request;
        match verdict {
            Ok(Verified::Sha256) => scope.cx.answer(request, None),
            Ok(Verified::No | Verified::Md5) => {
                let error = StanzaError::new("not-acceptable").with_text("that cannot be compared with what arrived");
                scope.cx.refuse(request, &error);
            }
            Err(error) => scope.cx.refuse(request, &error),
        }
    }

    /// When nobody waits for the sender's word any more.
    pub(super) fn word_deadline(&self) -> Option<Instant> {
        match (&self.phase, &self.word) {
            (Phase::Checking(checking), Word::Promised) => Some(checking.until),
            (_, Word::None | Word::Promised | Word::Given(_)) => None,
        }
    }
}
