//! Contacts: /add /remove /rename /group /notify; and what we are called by them: /nick.

use jid::BareJid;

use super::{Completes, SlashCommand, words};
use crate::engine::command::{Command, SubscriptionAnswer};
use crate::engine::event::Contact;
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::notify::Notify;
use crate::tui::model::{AccountId, Model, Page};

pub(super) static ADD: SlashCommand = SlashCommand {
    name: "add",
    aliases: &[],
    arguments: "JID [NAME]",
    help: "add somebody to the roster; both see when the other is online",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let words = words::split(arguments);
        let (address, name) = words.split_first().ok_or("Whom?")?;
        let account = model.account_meant()?;
        let contact = address_of(address)?;
        let asked = model.accounts.get_mut(&account).and_then(|account| account.requests.remove(&contact));
        let name = Some(name.join(" ")).filter(|name| !name.is_empty());
        let mut effects = Vec::new();
        if asked.is_some() {
            let answer = SubscriptionAnswer::Approve;
            effects.push(Effect::Command(account, Command::AnswerSubscription { contact: contact.clone(), answer }));
        }
        model.say(format!("Asked {contact} to be seen; they appear in the roster once they agree"));
        effects.push(Effect::Command(account, Command::AddContact { contact, name, groups: Vec::new() }));
        Ok(effects)
    },
};

pub(super) static REMOVE: SlashCommand = SlashCommand {
    name: "remove",
    aliases: &[],
    arguments: "[NAME]",
    help: "remove somebody from the roster",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let (account, contact) = find_or_here(model, arguments)?;
        model.say(format!("Removed {contact} from the roster"));
        Ok(vec![Effect::Command(account, Command::RemoveContact { contact })])
    },
};

pub(super) static RENAME: SlashCommand = SlashCommand {
    name: "rename",
    aliases: &[],
    arguments: "NAME NEW NAME",
    help: "call somebody something else",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let words = words::split(arguments);
        let (who, name) = words.split_first().filter(|(_, name)| !name.is_empty()).ok_or("Whom, and what?")?;
        let (account, jid) = find(model, who)?;
        let known = contact(model, account, &jid)?;
        let (groups, name) = (known.groups.clone(), Some(name.join(" ")));
        Ok(vec![Effect::Command(account, Command::ChangeContact { contact: jid, name, groups })])
    },
};

pub(super) static GROUP: SlashCommand = SlashCommand {
    name: "group",
    aliases: &[],
    arguments: "NAME [GROUP…]",
    help: "put somebody into these groups and no others",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let words = words::split(arguments);
        let (who, groups) = words.split_first().ok_or("Whom?")?;
        let (account, jid) = find(model, who)?;
        let name = contact(model, account, &jid)?.name.clone();
        Ok(vec![Effect::Command(account, Command::ChangeContact { contact: jid, name, groups: groups.to_vec() })])
    },
};

pub(super) static NOTIFY: SlashCommand = SlashCommand {
    name: "notify",
    aliases: &[],
    arguments: "NAME all|mentions|none",
    help: "for what a contact may ring: everything, messages that name you, nothing",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let words = words::split(arguments);
        let [who, word] = words.as_slice() else { return Err("For whom, and for what?".to_owned()) };
        let (account, jid) = find(model, who)?;
        let notify = Notify::of(word).ok_or_else(|| format!("{word:?} is none of all, mentions, none"))?;
        model.notify.insert((account, jid), notify);
        Ok(Effects::new())
    },
};

pub(super) static NICK: SlashCommand = SlashCommand {
    name: "nick",
    aliases: &[],
    arguments: "[NAME]",
    help: "tell your contacts what you call yourself; nothing any more, without a name",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let name = Some(arguments.trim().to_owned()).filter(|name| !name.is_empty());
        Ok(vec![Effect::Command(model.account_meant()?, Command::SetNickname { name })])
    },
};

fn contact<'a>(model: &'a Model, account: AccountId, jid: &BareJid) -> Result<&'a Contact, String> {
    let known = model.accounts.get(&account).and_then(|account| account.contacts.get(jid));
    known.ok_or_else(|| format!("{jid} is not in the roster"))
}

fn address_of(text: &str) -> Result<BareJid, String> {
    match BareJid::new(text) {
        Ok(jid) if jid.node().is_some() => Ok(jid),
        Ok(_) | Err(_) => Err(format!("{text:?} is no address like romeo@montague.lit")),
    }
}

/// Somebody by address, by name, or by the part before the @, and the account they are reached with: the one that is
/// meant here, or else the only one that knows them.
pub(super) fn find(model: &Model, who: &str) -> Result<(AccountId, BareJid), String> {
    let who = who.trim();
    if who.is_empty() {
        return Err("Whom?".to_owned());
    }
    let mut meant = called(model, who)?;
    if let Some(here) = model.account_here().filter(|here| meant.iter().any(|(account, _)| account == here)) {
        meant.retain(|(account, _)| *account == here);
    }
    match meant.as_slice() {
        [one] => Ok(one.clone()),
        [] if who.contains('@') => Ok((model.account_meant()?, address_of(who)?)),
        [] => Err(format!("Nobody in the roster is called {who:?}")),
        [(one, _), others @ ..] if others.iter().any(|(other, _)| other != one) => {
            Err(format!("Several accounts know {who}: which one, {}? /account NAME chooses", model.account_names()))
        }
        _ => Err(format!("Several are called {who:?}; which address?")),
    }
}

/// Everybody whom these words mean, in any account's roster.
fn called(model: &Model, who: &str) -> Result<Vec<(AccountId, BareJid)>, String> {
    let address = who.contains('@').then(|| address_of(who)).transpose()?;
    let wanted = who.trim_start_matches('~').to_lowercase();
    let is_called = |account: AccountId, jid: &BareJid| {
        let node = jid.node().is_some_and(|node| node.as_str().to_lowercase() == wanted);
        node || model.name_of(account, jid).trim_start_matches('~').to_lowercase() == wanted
    };
    let is_meant = |account: AccountId, jid: &BareJid| {
        address.as_ref().map_or_else(|| is_called(account, jid), |address| jid == address)
    };
    let in_rosters = model.accounts.iter().flat_map(|(id, account)| account.contacts.keys().map(move |jid| (*id, jid)));
    Ok(in_rosters.filter(|(id, jid)| is_meant(*id, jid)).map(|(id, jid)| (id, jid.clone())).collect())
}

/// Whom the words mean; without any, whom the conversation is with.
pub(super) fn find_or_here(model: &Model, who: &str) -> Result<(AccountId, BareJid), String> {
    match &model.page {
        Page::With(id) if who.trim().is_empty() => Ok((id.account, id.peer.jid().clone())),
        Page::With(_) | Page::Home => find(model, who),
    }
}
