//! Somebody offers something: it is refused, [goes on](super::inheritance) with what there is, or begins a transfer.

use jid::{BareJid, Jid};

use super::admission::{Admitted, Coming, Standing};
use super::method::{self, Scope};
use super::negotiation::Negotiation;
use super::phase::receiving::{Incoming, Receiving, here_already};
use super::phase::{Role, Transfer};
use super::record::Record;
use super::succession::put_off;
use super::{Transfers, fresh_file};
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::feature::IqRequest;
use crate::xep::stanza::StanzaError;

impl Transfers {
    /// Somebody offers something.
    pub(super) fn offered(&mut self, negotiation: &'static Negotiation, request: IqRequest, cx: &mut Context) {
        let allowed = method::receivable(&cx.settings().methods);
        let (Some(peer), Some(me)) = (request.from.clone(), cx.me().cloned()) else {
            return cx.refuse(&request, &StanzaError::new("bad-request"));
        };
        let proposal = match (negotiation.read_offer)(&request.payload, &allowed) {
            Ok(proposal) => proposal.encrypted_enough(cx.settings().encryption),
            Err(error) => return cx.refuse(&request, &error),
        };
        if proposal.routes.is_empty() {
            let error = StanzaError::new("not-acceptable").with_text("only encrypted streams are taken");
            return cx.refuse(&request, &error);
        }
        if self.find(|role| role.is_called(&peer, &proposal.sid)).is_some() {
            let error = StanzaError::new("conflict").with_text("a stream of that name exists");
            return cx.refuse(&request, &error);
        }
        if self.has_arrived(&peer, &proposal) {
            return cx.refuse(&request, &here_already());
        }
        if let Some(heir) = self.heir(&peer, &proposal) {
            let incoming = Incoming { me: me.into(), peer, request, negotiation, proposal };
            return self.inherit(&heir, incoming, cx);
        }
        if self.elsewhere.has(&peer, &proposal) {
            return cx.refuse(&request, &put_off());
        }
        if !self.admits(&peer, cx) {
            let error = StanzaError::new("resource-constraint").with_text("too many offers wait already");
            return cx.refuse(&request, &error);
        }
        let id = self.fresh_id();
        let mut record = Record::new(id);
        let mut scope = Scope { cx, shared: &mut self.shared, record: &mut record };
        let incoming = Incoming { me: me.into(), peer, request, negotiation, proposal };
        let role = Role::Receiving(Receiving::begin(incoming, fresh_file(&mut self.files), None, &mut scope));
        self.table.insert(id, Transfer { record, role });
    }

    pub(super) fn admits(&mut self, peer: &Jid, cx: &mut Context) -> bool {
        let standing = |who: &BareJid| {
            if cx.is_known(&who.clone().into()) { Standing::Known } else { Standing::Stranger }
        };
        let roles = self.table.values().map(|transfer| &transfer.role);
        let coming = roles.filter_map(|role| {
            let from = role.comes_from()?;
            Some(Coming { standing: standing(&from), from, waits: role.is_undecided() })
        });
        let coming: Vec<Coming> = coming.collect();
        let who = peer.to_bare();
        let admitted = self.admission.admit(&who, standing(&who), &coming);
        match admitted {
            Admitted::Yes => true,
            Admitted::No => false,
            Admitted::NoAndTell => {
                cx.emit(Event::Notice(format!("{who} offers more files than can wait; the rest is refused")));
                false
            }
        }
    }
}
