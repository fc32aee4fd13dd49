//! Who asks to see when we are online: answered in the bar, by a command or in their details, and never by accident.
//!
//! However many there are, they take one line of the bar, and only the first of them rings.

use jid::BareJid;

use crate::engine::command::{Command, SubscriptionAnswer};
use crate::engine::event::Contact;
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
    model.flash = Some(sentence);
    effects
}

/// What is caused, and a sentence about it; none if nobody of that address asks.
pub(crate) type Answered = Option<(Effects, String)>;

/// They may see us.
pub(crate) fn say_yes(model: &mut Model, account: AccountId, who: &BareJid) -> Answered {
    let effects = take(model, account, who, SubscriptionAnswer::Approve)?;
    let contact = model.accounts.get(&account).and_then(|account| account.contacts.get(who));
    let hint = if contact.is_some_and(Contact::is_seen_or_asked) {
        String::new()
    } else {
        format!("; /add {who} to see them too")
    };
    Some((effects, format!("{who} sees when you are online{hint}")))
}

/// They may see us, and we want to see them.
fn say_yes_and_add(model: &mut Model, account: AccountId, who: &BareJid) -> Answered {
    let mut effects = take(model, account, who, SubscriptionAnswer::Approve)?;
    let add = Command::AddContact { contact: who.clone(), name: None, groups: Vec::new() };
    effects.push(Effect::Command(account, add));
    Some((effects, format!("{who} sees when you are online, and is asked to be seen")))
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
