//! Who asks to see when we are online: answered in the bar, by a command or in their details, and never by accident.
//!
//! However many there are, they take one line of the bar, and only the first of them rings.

use jid::BareJid;

use crate::engine::command::{Command, SubscriptionAnswer};
use crate::tui::dialog::{block, contact};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::model::{AccountId, Model};

/// Does what a key asks for with a request that is in view.
pub(crate) fn answer(model: &mut Model, account: AccountId, who: &BareJid, action: Action) -> Effects {
    if action == Action::Block {
        return block::open(model, account, who);
    }
    if action == Action::Details {
        return contact::open(model, account, who);
    }
    let answered = if action == Action::Accept {
        say_yes(model, account, who)
    } else if action == Action::AcceptAs {
        say_yes_and_add(model, account, who)
    } else if action == Action::Decline {
        say_no(model, account, who)
    } else {
        return Effects::new();
    };
    let Some((effects, sentence)) = answered else { return Effects::new() };
    model.flash(sentence);
    effects
}

/// What is caused, and a sentence about it; none if nobody of that address asks.
pub(crate) type Answered = Option<(Effects, String)>;

/// Does what a key asks for with somebody who sees us by now.
pub(crate) fn answer_return(model: &mut Model, account: AccountId, who: &BareJid, action: Action) -> Effects {
    if action == Action::Block {
        return block::open(model, account, who);
    }
    if action == Action::Details {
        return contact::open(model, account, who);
    }
    if action == Action::Accept || action == Action::AcceptAs {
        model.offers.unreturned = None;
        model.flash(format!("{who} is asked to be seen"));
        return see(model, account, who);
    }
    if action == Action::Decline {
        model.offers.unreturned = None;
        model.flash(format!("{who} sees you, and you do not see them"));
    }
    Effects::new()
}

/// They may see us; whether we want to see them is asked next.
pub(crate) fn say_yes(model: &mut Model, account: AccountId, who: &BareJid) -> Answered {
    let effects = take(model, account, who, SubscriptionAnswer::Approve)?;
    model.offers.unreturned = Some((account, who.clone()));
    Some((effects, format!("{who} sees when you are online")))
}

/// They may see us, and we want to see them.
fn say_yes_and_add(model: &mut Model, account: AccountId, who: &BareJid) -> Answered {
    let mut effects = take(model, account, who, SubscriptionAnswer::Approve)?;
    effects.extend(see(model, account, who));
    Some((effects, format!("{who} sees when you are online, and is asked to be seen")))
}

/// Asks to see them, who may be in the roster under some name already.
fn see(model: &Model, account: AccountId, who: &BareJid) -> Effects {
    let known = model.accounts.get(&account).and_then(|account| account.contacts.get(who));
    let (name, groups) = known.map(|known| (known.name.clone(), known.groups.clone())).unwrap_or_default();
    vec![Effect::Command(account, Command::AddContact { contact: who.clone(), name, groups })]
}

/// They may not.
pub(crate) fn say_no(model: &mut Model, account: AccountId, who: &BareJid) -> Answered {
    let effects = take(model, account, who, SubscriptionAnswer::Deny)?;
    Some((effects, format!("{who} does not see you")))
}

/// None of them may.
pub(crate) fn deny_all(model: &mut Model) -> Effects {
    let asking = waiting(model);
    asking.iter().filter_map(|(account, who)| take(model, *account, who, SubscriptionAnswer::Deny)).flatten().collect()
}

/// Who asks, of every account.
pub(crate) fn waiting(model: &Model) -> Vec<(AccountId, BareJid)> {
    let asking = |(id, account): (&AccountId, &crate::tui::model::account::Account)| {
        account.requests.keys().map(|who| (*id, who.clone())).collect::<Vec<_>>()
    };
    model.accounts.iter().flat_map(asking).collect()
}

fn take(model: &mut Model, account: AccountId, who: &BareJid, answer: SubscriptionAnswer) -> Option<Effects> {
    model.accounts.get_mut(&account)?.requests.remove(who)?;
    model.roster.look_at(account, who);
    Some(vec![Effect::Command(account, Command::AnswerSubscription { contact: who.clone(), answer })])
}
