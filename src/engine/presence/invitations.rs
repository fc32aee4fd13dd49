//! Programs that offer files to nobody of a negative priority are shown another one, in presence for them alone
//! (RFC 6121 §4.6), by which no server decides where messages go.
//!
//! Those are Telepathy's: Gabble passes over such programs of a contact, and its user cannot name one.

use std::collections::BTreeMap;

use jid::{FullJid, Jid};

use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::xep::ns;
use crate::xep::stanza::Presence;

/// What features of Telepathy begin with; si-multiple is one that others have too.
const TELEPATHY: &str = "http://telepathy.freedesktop.org/";

/// Who has to be invited, and whether that was done since our presence was last said.
#[derive(Debug, Default)]
pub(super) struct Invitations(BTreeMap<FullJid, bool>);

impl Invitations {
    /// Nobody is there.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Everybody has heard our real priority again.
    pub(super) fn renew(&mut self) {
        self.0.values_mut().for_each(|is_done| *is_done = false);
    }

    /// Somebody is there whose program may be known.
    pub(super) fn consider(&mut self, who: &Jid, cx: &Context) {
        let Ok(full) = who.try_as_full() else { return };
        let is_wanted = cx.settings().priority_for_offers.is_some();
        if is_wanted && cx.contacts.sees_us(&full.to_bare()) && passes_over(cx.peers.features_of(who)) {
            self.0.entry(full.clone()).or_insert(false);
        }
    }

    /// A program is gone, or with a bare address every one of somebody.
    pub(super) fn leave(&mut self, of: &Jid) {
        self.0.retain(|who, _| *of != *who && *of != who.to_bare());
    }

    /// Invites whoever was not yet, with a presence that is otherwise the one that everybody has.
    pub(super) fn send(&mut self, presence: impl Fn() -> Presence, cx: &mut Context) {
        let Some(priority) = cx.settings().priority_for_offers else { return };
        for (who, is_done) in &mut self.0 {
            if !std::mem::replace(is_done, true) {
                cx.send_presence(&Presence { to: Some(who.clone().into()), priority, ..presence() });
            }
        }
    }
}

fn passes_over(known: Option<&Knowledge>) -> bool {
    let is_theirs = |feature: &String| feature.starts_with(TELEPATHY) && feature != ns::SI_MULTIPLE;
    matches!(known, Some(Knowledge::Features(features)) if features.iter().any(is_theirs))
}
