//! Contacts: /add /remove /rename /group /notify /whois; and what we are called by them: /nick.

use jid::BareJid;

use super::refusal::{Refusal, misuse};
use super::whom::{address_of, find_first, find_or_here};
use super::{Answer, Completes, SlashCommand, words};
use crate::engine::command::Command;
use crate::engine::event::{Contact, Subscription};
use crate::tui::dialog::contact;
use crate::tui::effect::{Effect, Effects};
use crate::tui::layers::Layer;
use crate::tui::model::account::Account;
use crate::tui::model::notify::Notify;
use crate::tui::model::{AccountId, Model};
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
    help: "remove somebody from the roster; asks first",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let (account, contact) = find_or_here(model, arguments)?;
        known(model, account, &contact)?;
        demand_connection(model, account, &contact)?;
        model.layers.push(Layer::remove_contact(account, contact));
        Ok(Effects::new())
    },
};

pub(super) static RENAME: SlashCommand = SlashCommand {
    name: "rename",
    aliases: &[],
    arguments: "NAME NEW NAME",
    help: "call somebody something else",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let ((account, jid), name) = find_first(model, arguments)?;
        let name = words::split(name).join(" ");
        if name.is_empty() {
            return Err(misuse("What is their new name?"));
        }
        rename(model, account, jid, Some(name))
    },
};

pub(super) static GROUP: SlashCommand = SlashCommand {
    name: "group",
    aliases: &[],
    arguments: "NAME [GROUP…]",
    help: "put somebody into these groups and no others",
    completes: Completes::Groups,
    run: |model, arguments| {
        let ((account, jid), groups) = find_first(model, arguments)?;
        regroup(model, account, jid, words::split(groups))
    },
};

pub(super) static NOTIFY: SlashCommand = SlashCommand {
    name: "notify",
    aliases: &[],
    arguments: "NAME all|mentions|none",
    help: "for what a contact may ring: everything, messages that name you, nothing",
    completes: Completes::ContactsThen(&["all", "mentions", "none"]),
    run: |model, arguments| {
        let ((account, jid), word) = find_first(model, arguments)?;
        let wanted = Notify::of(word).ok_or_else(|| misuse(format!("{word:?} is none of all, mentions, none")))?;
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
    let (address, name) = words.split_first().ok_or(misuse("Whom?"))?;
    let who = address_of(address)?;
    if model.accounts.get(&account).is_some_and(|account| account.jid.as_ref() == Some(&who)) {
        return Err(format!("{who} is you").into());
    }
    demand_connection(model, account, &who)?;
    let name = Some(name.join(" ")).filter(|name| !name.is_empty());
    let known = model.accounts.get(&account).and_then(|account| account.contacts.get(&who)).cloned();
    let (contact, of) = (who.clone(), model.tag(account).map(|tag| format!(" {tag}")).unwrap_or_default());
    if known.as_ref().is_some_and(|known| known.subscription == Subscription::Both) {
        let name = name.ok_or_else(|| format!("{who}{of} is in the roster already, and you see each other"))?;
        return rename(model, account, who, Some(name));
    }
    let mut effects = requests::say_yes(model, account, &who).map(|(effects, _)| effects).unwrap_or_default();
    model.offers.unreturned = None;
    model.say(format!("Asked {who}{of} to let you see when they are online"));
    // What they are called and where they stand stays, if they are in the roster already.
    let (called, groups) = known.map(|known| (known.name, known.groups)).unwrap_or_default();
    effects.push(Effect::Command(account, Command::AddContact { contact, name: name.or(called), groups }));
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

/// What cannot be asked of the server is not said to be done.
fn demand_connection(model: &Model, account: AccountId, who: &BareJid) -> Result<(), Refusal> {
    let is_online = model.accounts.get(&account).is_some_and(Account::is_online);
    let refusal = || format!("{who} cannot be changed in the roster without a connection").into();
    is_online.then_some(()).ok_or_else(refusal)
}

fn known<'a>(model: &'a Model, account: AccountId, jid: &BareJid) -> Result<&'a Contact, Refusal> {
    let known = model.accounts.get(&account).and_then(|account| account.contacts.get(jid));
    known.ok_or_else(|| format!("{jid} is not in the roster").into())
}
