//! What is kept of contacts from one run to the next: for what they may ring, and what they call themselves.
//!
//! It is read as soon as a session of the account is tried. Once that is there, contacts without a name in the roster are
//! asked for theirs: some in every run, each of them rarely, so that nobody notices and a large roster is known after some
//! days.

use std::time::Duration;

use jid::BareJid;

use crate::engine::command::Command;
use crate::engine::event::{Card, Contact};
use crate::store::people::Kept;
use crate::tui::effect::{Effect, Effects, PeopleWish};
use crate::tui::model::notify::Notify;
use crate::tui::model::{AccountId, Model};

/// Who is asked in one run.
const MOST_ASKED: usize = 50;

/// People do not change their names more often.
const RARELY: Duration = Duration::from_hours(30 * 24);

/// Reads what is kept of an account's contacts, once.
pub(super) fn read(model: &mut Model, id: AccountId) -> Effects {
    let Some(account) = model.accounts.get(&id) else { return Effects::new() };
    if account.asked.is_some() {
        return Effects::new();
    }
    let read = |me| Effect::People(PeopleWish::Read(id, me));
    account.jid.clone().map(read).into_iter().collect()
}

/// It was read.
pub(super) fn known(model: &mut Model, id: AccountId, kept: Vec<Kept>) -> Effects {
    let Some(account) = model.accounts.get_mut(&id) else { return Effects::new() };
    let asked = account.asked.get_or_insert_default();
    for Kept { contact, notify, name, asked: at } in kept {
        if let Some(notify) = notify.as_deref().and_then(Notify::of) {
            model.notify.entry((id, contact.clone())).or_insert(notify);
        }
        if let Some(name) = name {
            account.names.entry(contact.clone()).or_insert(name);
        }
        asked.insert(contact, at);
    }
    model.roster.stale = true;
    ask_names(model, id)
}

/// Asks for names, once the roster and what is kept are known.
pub(super) fn ask_names(model: &mut Model, id: AccountId) -> Effects {
    let now = model.now.wall;
    let Some(account) = model.accounts.get_mut(&id).filter(|account| account.roster_complete) else {
        return Effects::new();
    };
    let Some(asked) = account.asked.as_mut() else { return Effects::new() };
    let is_nameless = |contact: &&Contact| contact.name.is_none() && contact.nick.is_none();
    let is_due =
        |jid: &&BareJid| asked.get(*jid).is_none_or(|at| now.duration_since(*at).is_ok_and(|ago| ago > RARELY));
    let nameless = account.contacts.values().filter(is_nameless).map(|contact| &contact.jid);
    let due: Vec<BareJid> = nameless.filter(is_due).take(MOST_ASKED).cloned().collect();
    asked.extend(due.iter().map(|contact| (contact.clone(), now)));
    due.into_iter().map(|contact| Effect::Command(id, Command::AskName { contact })).collect()
}

/// Somebody says of themselves.
pub(super) fn card(model: &mut Model, id: AccountId, of: BareJid, card: Card) -> Effects {
    let asked = model.now.wall;
    let Some(account) = model.accounts.get_mut(&id) else { return Effects::new() };
    let name = card.name.clone();
    account.note_card(of.clone(), card);
    let me = account.jid.clone();
    model.roster.look_at(id, &of);
    let keep = |account| Effect::People(PeopleWish::Name { account, contact: of, name, asked });
    me.map(keep).into_iter().collect()
}
