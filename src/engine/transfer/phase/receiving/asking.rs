//! An offer is made: the user is told of it, or it goes on with what was accepted before.

use super::{DECISION_PATIENCE, Incoming, Left, Phase, Receiving, Word};
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::event::{Checksum, Direction, FolderInfo, OfferInfo};
use crate::engine::journal::{Course, Noted};
use crate::engine::transfer::method::{self, Scope};
use crate::engine::transfer::offer::FileOffer;
use crate::engine::transfer::phase::landing::Landing;
use crate::engine::{FileId, Keep};
use crate::xep::folder::Folder;
use crate::xep::stanza::StanzaError;

impl Receiving {
    /// Begins with an offer, of which the user is told; some of the file may be here already. One that the user asked for
    /// is accepted.
    pub(crate) fn begin(incoming: Incoming, file: FileId, left: Option<Left>, scope: &mut Scope) -> Self {
        let mut receiving = Receiving::of(incoming, file, left, scope);
        let is_asked_for = receiving.is_asked_for(scope.cx);
        receiving.announce(is_asked_for, scope);
        scope.record.negotiate(&receiving.peer, &receiving.proposal.sid, scope.cx);
        if is_asked_for {
            receiving.make_room(None, scope);
        }
        receiving
    }

    /// Goes on with what the user has accepted before.
    pub(crate) fn go_on(incoming: Incoming, file: FileId, left: Option<Left>, scope: &mut Scope) -> Self {
        let mut receiving = Receiving::of(incoming, file, left, scope);
        scope.record.negotiate(&receiving.peer, &receiving.proposal.sid, scope.cx);
        receiving.make_room(None, scope);
        receiving
    }

    fn of(incoming: Incoming, file: FileId, left: Option<Left>, scope: &mut Scope) -> Self {
        let Incoming { me, peer, request, negotiation, proposal } = incoming;
        let preferred = method::receivable(&scope.cx.settings().methods);
        let usual = method::receivable(&Via::ALL);
        let agreement = proposal.agree(&preferred, &usual, scope.cx.key());
        let phase = Phase::Offered { until: scope.after(DECISION_PATIENCE), look: None };
        let left = left.map(|left| Left { keep: counts(&proposal.file, left.keep), ..left });
        let (offer, landing) = (Some(request.into()), Landing::new(file));
        let word = Word::of(&agreement);
        Receiving {
            me,
            peer,
            negotiation,
            proposal,
            agreement,
            offer,
            landing,
            open_until: None,
            left,
            keep: Keep::All,
            late: None,
            beginnings: 0,
            word,
            phase,
        }
    }

    /// The sender has made the offer once more, under another name, and the user has not decided yet.
    pub(crate) fn renew(&mut self, incoming: Incoming, scope: &mut Scope) {
        let Incoming { me, peer, request, negotiation, proposal } = incoming;
        let preferred = method::receivable(&scope.cx.settings().methods);
        self.agreement = proposal.agree(&preferred, &method::receivable(&Via::ALL), scope.cx.key());
        self.word = Word::of(&self.agreement);
        scope.record.negotiate(&peer, &proposal.sid, scope.cx);
        (self.me, self.peer, self.negotiation, self.proposal) = (me, peer, negotiation, proposal);
        self.left = self.left.take().map(|left| Left { keep: counts(&self.proposal.file, left.keep), ..left });
        self.phase = Phase::Offered { until: scope.after(DECISION_PATIENCE), look: None };
        if let Some(old) = self.offer.replace(request.into()) {
            scope.cx.refuse(old, &StanzaError::new("conflict").with_text("it was offered once more"));
        }
    }

    /// Whether it is what the user asked for: a file, for a folder would be unpacked.
    fn is_asked_for(&self, cx: &mut Context) -> bool {
        let (file, now) = (&self.proposal.file, cx.now().instant);
        let is_kept = cx.appointments.is_kept(&self.peer, &self.proposal.sid, &file.name, file.size, now);
        is_kept && file.folder.is_none()
    }

    fn announce(&self, is_asked_for: bool, scope: &mut Scope) {
        let file = &self.proposal.file;
        let info = OfferInfo {
            direction: Direction::Receiving,
            peer: self.peer.clone(),
            is_contact: scope.cx.is_known(&self.peer),
            is_asked_for,
            name: file.name.clone(),
            offered_name: file.unsafe_name.clone(),
            size: file.size,
            mime_type: file.mime_type.clone(),
            description: file.description.clone(),
            date: file.date,
            checksum: Checksum::of(file.hash.clone(), self.proposal.promises.checksum_follows),
            methods: method::vias(&self.proposal.routes),
            si_multiple: self.proposal.is_multiple,
            path: None,
            folder: file.folder.map(|Folder { files, bytes }| FolderInfo {
                files,
                bytes,
                left_out: 0,
                hidden: 0,
                is_unpacked: Some(true),
            }),
            web: None,
            continues_at: self.left.as_ref().filter(|left| left.keep != Keep::Nothing).and_then(|_| arrived(scope)),
            noted: Noted::No,
        };
        scope.record.announce(
            info,
            Course::Receiving { landing: None },
            self.proposal.promises.recovery.clone(),
            scope.cx,
        );
    }
}

/// What of an earlier stream's file counts, given what the sender can do.
fn counts(file: &FileOffer, keep: Keep) -> Keep {
    if file.takes_range && file.size.is_some() { keep } else { Keep::Nothing }
}

/// How much is known to be here.
fn arrived(scope: &Scope) -> Option<u64> {
    scope.record.entry().map(|entry| entry.bytes).filter(|bytes| *bytes > 0)
}
