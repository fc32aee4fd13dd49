//! Contacts: /add /remove /rename /group /notify /whois; and what we are called by them: /nick.

use jid::BareJid;

use super::{Answer, Completes, SlashCommand, words};
use crate::engine::command::Command;
use crate::engine::event::Contact;
use crate::tui::dialog::contact;
use crate::tui::effect::Effect;
use crate::tui::model::notify::Notify;
use crate::tui::model::{AccountId, Model, Page};
use crate::tui::update::{notify, requests};

pub(super) static ADD: SlashCommand = SlashCommand {
    name: "add",
    aliases: &[],
    arguments: "JID [NAME]",
    help: "add somebody to the roster; both see when the other is online",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let account = model.account_meant()?;
        add(model, account, arguments)
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
        rename(model, account, jid, Some(name.join(" ")))
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
        regroup(model, account, jid, groups.to_vec())
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
        let wanted = Notify::of(word).ok_or_else(|| format!("{word:?} is none of all, mentions, none"))?;
        Ok(notify::set(model, account, jid, wanted))
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

pub(super) static DETAILS: SlashCommand = SlashCommand {
    name: "whois",
    aliases: &["vcard", "info"],
    arguments: "[NAME]",
    help: "everything about a contact: their card, their programs, when they were here",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let (account, jid) = find_or_here(model, arguments)?;
        Ok(contact::open(model, account, &jid))
    },
};

/// Adds whom `ADDRESS NAME` means, and lets them see us if they asked.
pub(crate) fn add(model: &mut Model, account: AccountId, arguments: &str) -> Answer {
    let words = words::split(arguments);
    let (address, name) = words.split_first().ok_or("Whom?")?;
    let who = address_of(address)?;
    let name = Some(name.join(" ")).filter(|name| !name.is_empty());
    let mut effects = requests::say_yes(model, account, &who).map(|(effects, _)| effects).unwrap_or_default();
    model.offers.unreturned = None;
    model.say(format!("Asked {who} to let you see when they are online"));
    effects.push(Effect::Command(account, Command::AddContact { contact: who, name, groups: Vec::new() }));
    Ok(effects)
}

/// Calls somebody so; without a name as they call themselves.
pub(crate) fn rename(model: &mut Model, account: AccountId, who: BareJid, name: Option<String>) -> Answer {
    let groups = known(model, account, &who)?.groups.clone();
    Ok(vec![Effect::Command(account, Command::ChangeContact { contact: who, name, groups })])
}

/// Puts somebody into these groups and no others.
pub(crate) fn regroup(model: &mut Model, account: AccountId, who: BareJid, groups: Vec<String>) -> Answer {
    let name = known(model, account, &who)?.name.clone();
    Ok(vec![Effect::Command(account, Command::ChangeContact { contact: who, name, groups })])
}

fn known<'a>(model: &'a Model, account: AccountId, jid: &BareJid) -> Result<&'a Contact, String> {
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

/// Whom these words mean in each account that knows them. An address that no roster has may be in any account's history.
pub(super) fn find_everywhere(model: &Model, who: &str) -> Result<Vec<(AccountId, BareJid)>, String> {
    let who = who.trim();
    if who.is_empty() {
        return Err("Whom?".to_owned());
    }
    let meant = called(model, who)?;
    let is_clear = |(account, _): &(AccountId, _)| meant.iter().filter(|(other, _)| other == account).count() == 1;
    if meant.is_empty() && who.contains('@') {
        let address = address_of(who)?;
        return Ok(model.accounts.keys().map(|account| (*account, address.clone())).collect());
    }
    match meant.as_slice() {
        [] => Err(format!("Nobody in the roster is called {who:?}")),
        meant if meant.iter().all(is_clear) => Ok(meant.to_vec()),
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
