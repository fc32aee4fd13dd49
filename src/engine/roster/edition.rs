//! The roster as it was at one version of it, and how one edition becomes the next.
//!
//! An edition is only ever whole: its items and its version change together, here as where it is kept.

pub use crate::xep::roster::{Item, Subscription};

/// The roster as the server had it when it gave it that version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edition {
    /// Which; empty, if the server did not say.
    pub version: String,
    /// Everybody in it.
    pub items: Vec<Item>,
}

/// One item is another, and with it the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The version that it changes: any other becomes something else by it.
    pub before: String,
    /// The version that it makes.
    pub after: String,
    /// The item as it is from there on; one to be removed is no more.
    pub item: Item,
}

impl Edition {
    /// An item changed.
    pub(super) fn revise(&mut self, item: &Item, version: String) {
        self.items.retain(|known| known.jid != item.jid);
        if item.subscription != Subscription::Remove {
            self.items.push(item.clone());
        }
        self.version = version;
    }
}
