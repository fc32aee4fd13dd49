//! For what a contact may ring: said by the user, and kept for the next run.

use jid::BareJid;

use crate::tui::effect::{Effect, Effects, PeopleWish};
use crate::tui::model::notify::Notify;
use crate::tui::model::{AccountId, Model};

/// From here on a contact rings for that.
pub(crate) fn set(model: &mut Model, account: AccountId, who: BareJid, notify: Notify) -> Effects {
    model.flash(format!("{} rings for {}", model.name_of(account, &who), words(notify)));
    let said = model.now.wall;
    let me = model.accounts.get(&account).and_then(|account| account.jid.clone());
    model.notify.insert((account, who.clone()), notify);
    let keep = |account| Effect::People(PeopleWish::Notify { account, contact: who, word: notify.word(), said });
    me.map(keep).into_iter().collect()
}

/// A contact rings for less; from nothing for everything again.
pub(crate) fn quieter(model: &mut Model, account: AccountId, who: &BareJid) -> Effects {
    let next = match model.notify_setting(account, who) {
        Notify::All => Notify::Mentions,
        Notify::Mentions => Notify::Nothing,
        Notify::Nothing => Notify::All,
    };
    set(model, account, who.clone(), next)
}

/// Completes `rings for`.
pub(crate) fn words(notify: Notify) -> &'static str {
    match notify {
        Notify::All => "everything",
        Notify::Mentions => "what names you, and what asks for an answer",
        Notify::Nothing => "nothing",
    }
}
