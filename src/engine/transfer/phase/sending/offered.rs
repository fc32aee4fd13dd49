//! One offer of ours as it was made: between whom, of what, and how it is withdrawn.

use jid::Jid;

use crate::engine::FileId;
use crate::engine::context::Context;
use crate::engine::transfer::fallback::Offer;
use crate::engine::transfer::method::{Line, Route};
use crate::engine::transfer::negotiation::Proposal;
use crate::engine::transfer::negotiation::promises::Promises;
use crate::xep::StreamId;

/// An offer, from its making to the end of what came of it.
#[derive(Clone)]
pub(super) struct Offered {
    /// From which address of ours.
    pub(super) me: Jid,
    /// To whom.
    pub(super) peer: Jid,
    /// The file behind it.
    pub(super) file: FileId,
    /// What was offered.
    pub(super) proposal: Proposal,
    /// Which one of this transfer.
    pub(super) offer: Offer,
    /// What both promise, once they answered.
    pub(super) promises: Promises,
}

impl Offered {
    /// The first offer of a transfer.
    pub(super) fn first(me: Jid, peer: Jid, file: FileId, proposal: Proposal) -> Self {
        let with_last_resort = proposal.routes.iter().any(|route| route.method.is_last_resort);
        let offer = Offer::First { with_last_resort };
        Offered { me, peer, file, proposal, offer, promises: Promises::default() }
    }

    /// The same file under a fresh name, by that method alone: an ordinary offer to every peer.
    pub(super) fn again(&self, route: Route, cx: &mut Context) -> Self {
        let proposal = Proposal { sid: StreamId(cx.fresh_id()), routes: vec![route], ..self.proposal.clone() };
        Offered { proposal, offer: Offer::Second, promises: Promises::default(), ..self.clone() }
    }

    /// The method that works wherever stanzas do, if it was offered.
    pub(super) fn last_resort(&self) -> Option<Route> {
        self.proposal.routes.iter().find(|route| route.method.is_last_resort).cloned()
    }

    /// What a bytestream has to know.
    pub(super) fn line(&self, route: &Route) -> Line {
        Line {
            me: self.me.clone(),
            peer: self.peer.clone(),
            sid: self.proposal.sid.clone(),
            file: self.file,
            vias: route.vias.clone(),
            begins_at: 0,
            is_proven: self.promises.checksum_follows,
            is_tallied: self.promises.is_tallied,
            seal: self.promises.seal,
        }
    }

    /// Tells the peer that nothing will come of it.
    pub(super) fn withdraw(&self, cx: &mut Context) {
        for route in &self.proposal.routes {
            if let Some(withdraw) = route.method.withdraw {
                withdraw(&self.line(route), cx);
            }
        }
    }
}
