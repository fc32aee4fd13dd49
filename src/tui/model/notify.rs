//! What of a contact's doings is told by bells and notifications, if the user said so of them.

use std::collections::BTreeMap;

use jid::BareJid;

use super::{AccountId, Model};
use crate::store::config::Attention;

/// For what a contact may ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Notify {
    /// For everything.
    #[default]
    All,
    /// For messages that name the user, and for what asks for an answer: offers, requests.
    Mentions,
    /// For nothing.
    Nothing,
}

impl Notify {
    /// Every one, the loudest first.
    pub(crate) const ALL: [Notify; 3] = [Notify::All, Notify::Mentions, Notify::Nothing];

    /// Its word in commands and where it is kept.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Notify::All => "all",
            Notify::Mentions => "mentions",
            Notify::Nothing => "none",
        }
    }

    /// The one of that word.
    pub(crate) fn of(word: &str) -> Option<Notify> {
        Notify::ALL.into_iter().find(|notify| notify.word() == word)
    }
}

/// What was said of contacts on the screen.
pub(crate) type NotifySettings = BTreeMap<(AccountId, BareJid), Notify>;

impl Model {
    /// For what a contact may ring: whoever rings or notifies asks this. What was said of them on the screen comes before
    /// what is configured.
    pub(crate) fn notify_setting(&self, account: AccountId, contact: &BareJid) -> Notify {
        let said = self.notify.get(&(account, contact.clone())).copied();
        said.unwrap_or_else(|| match self.look.notifications.contacts.get(contact) {
            Some(Attention::Never) => Notify::Nothing,
            Some(Attention::Usual | Attention::Always) | None => Notify::All,
        })
    }
}
