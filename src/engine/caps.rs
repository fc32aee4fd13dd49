//! Entity capabilities (XEP-0115): what somebody can, as a hash in every presence of theirs.
//!
//! # Theory of operation
//!
//! Our presence carries the hash of what [disco](super::disco) answers. Of others, [`Announced`] keeps what their presence
//! says, and what is proven about a hash: that it is the hash of an answer somebody gave (section 5.4). Only such an
//! answer holds for everybody who announces the same; an answer that does not match its hash, or whose hash function is
//! unknown, holds for the one who gave it. So nobody can make us believe anything of somebody else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jid::Jid;

use super::context::Settings;
use super::disco::own_info;
use super::feature::{Feature, FeatureEntry, Xep};
use crate::xep::caps::Caps;
use crate::xep::disco::Info;
use crate::xep::ns;

/// The line of entity capabilities in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "entity capabilities",
    xeps: &[Xep { number: "0115", title: "Entity Capabilities", version: "1.6.0" }],
    advertises: &[ns::CAPS],
    new: |_: &Settings| Box::new(Passive),
};

/// Names this program among those that send capabilities.
const NODE: &str = "urn:x-balcony";

/// How many hashes are remembered: the programs and versions of a large roster, several times over.
const PROVEN: usize = 256;

/// How many entities' announcements are remembered; they are kept only for contacts.
const ANNOUNCED: usize = 4096;

/// All it does is said in presence, and answered by disco.
struct Passive;

impl Feature for Passive {}

/// Our capabilities, for our presence.
pub(super) fn own_now() -> Caps {
    own(&own_info())
}

/// Our capabilities, if `info` is what we can.
pub(super) fn own(info: &Info) -> Caps {
    Caps::of(NODE, info)
}

/// What presences announced, and what is proven about it.
#[derive(Debug, Default)]
pub(super) struct Announced {
    by: BTreeMap<Jid, Caps>,
    proven: BTreeMap<String, Arc<BTreeSet<String>>>,
    oldest: VecDeque<String>,
}

impl Announced {
    /// What that entity announced.
    pub(super) fn of(&self, jid: &Jid) -> Option<&Caps> {
        self.by.get(jid)
    }

    /// Whether that is something else than it announced before.
    pub(super) fn changes(&self, jid: &Jid, caps: Option<&Caps>) -> bool {
        self.by.get(jid) != caps
    }

    /// Takes note of it; returns what is proven about it.
    pub(super) fn note(&mut self, jid: &Jid, caps: Option<Caps>) -> Option<Arc<BTreeSet<String>>> {
        self.by.remove(jid);
        let caps = caps?;
        let proven = self.proven.get(&caps.ver).filter(|_| caps.hash.as_deref() == Some("sha-1")).cloned();
        if self.by.len() < ANNOUNCED {
            self.by.insert(jid.clone(), caps);
        }
        proven
    }

    pub(super) fn forget(&mut self, jid: &Jid) {
        self.by.remove(jid);
    }

    pub(super) fn forget_everybody(&mut self) {
        self.by.clear();
    }

    /// These features are what these capabilities are the hash of.
    pub(super) fn prove(&mut self, caps: &Caps, features: &Arc<BTreeSet<String>>) {
        if self.proven.insert(caps.ver.clone(), Arc::clone(features)).is_some() {
            return;
        }
        self.oldest.push_back(caps.ver.clone());
        if self.oldest.len() > PROVEN
            && let Some(ver) = self.oldest.pop_front()
        {
            self.proven.remove(&ver);
        }
    }

    /// Everybody else who announces the same.
    pub(super) fn who_else(&self, jid: &Jid, caps: &Caps) -> Vec<Jid> {
        let same = |(other, theirs): &(&Jid, &Caps)| *other != jid && theirs.says_the_same_as(caps);
        self.by.iter().filter(same).map(|(other, _)| other.clone()).collect()
    }
}
