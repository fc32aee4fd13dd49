//! Files: /send /accept /decline /transfers /cancel /retry, and `WeeChat`'s and irssi's words for them.

use jid::{BareJid, Jid};

use super::refusal::{Refusal, misuse};
use super::{Answer, Completes, SlashCommand, whom, words};
use crate::engine::command::{SubscriptionAnswer, UnknownMethod, Via};
use crate::tui::dialog::journal;
use crate::tui::effect::{Effect, Effects, Grouping, Shipment};
use crate::tui::keymap::Action;
use crate::tui::model::transfer::{Transfer, TransferKey};
use crate::tui::model::{AccountId, ConversationId, Model, Page, Prompt};
use crate::tui::update::{offers, requests, transfers};

pub(super) static SEND: SlashCommand = SlashCommand {
    name: "send",
    aliases: &["sendfile", "upload"],
    arguments: "FILE… [--to NAME] [--via METHOD]… [--apart]",
    help: "offer files, folders, *.jpg, several in one transfer or --apart; methods: socks5-direct, socks5-proxy, in-band",
    completes: Completes::Files,
    run: send,
};

fn send(model: &mut Model, arguments: &str) -> Answer {
    let mut files = Vec::new();
    let mut to = None;
    let mut grouping = Grouping::Together;
    let mut via: Vec<Via> = Vec::new();
    let mut words = words::split(arguments).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--to" => to = Some(words.next().ok_or(misuse("--to whom?"))?),
            "--via" => {
                let method = words.next().ok_or(misuse("--via which method?"))?;
                via.push(method.parse().map_err(|unknown: UnknownMethod| misuse(unknown.to_string()))?);
            }
            "--apart" => grouping = Grouping::Apart,
            _ => files.push(words::path(&word, model.look.home.as_deref())),
        }
    }
    if files.is_empty() {
        return Err(misuse("Which file?"));
    }
    let (account, to) = recipient(model, to.as_deref())?;
    if !model.is_online(account) {
        return Err("You are offline: nothing can be offered now".into());
    }
    let typed = format!("/send {arguments}");
    Ok(vec![Effect::Find(Shipment { account, to, paths: files, via, grouping, typed, remark: None })])
}

/// A full address picks that resource; anything else is somebody we know.
fn recipient(model: &Model, to: Option<&str>) -> Result<(AccountId, Jid), Refusal> {
    if let Some(Ok(full)) = to.map(jid::FullJid::new) {
        let (account, _) = whom::find(model, full.to_bare().as_str())?;
        return Ok((account, Jid::from(full)));
    }
    let (account, jid) = whom::find_or_here(model, to.unwrap_or_default())?;
    Ok((account, Jid::from(jid)))
}

pub(super) static ACCEPT: SlashCommand = SlashCommand {
    name: "accept",
    aliases: &[],
    arguments: "[NAME]",
    help: "accept the file in the offers bar; or let somebody see when you are online",
    completes: Completes::Contacts,
    run: |model, arguments| answer(model, arguments, SubscriptionAnswer::Approve),
};

pub(super) static DECLINE: SlashCommand = SlashCommand {
    name: "decline",
    aliases: &["deny"],
    arguments: "[NAME]",
    help: "decline the file in the offers bar; or do not let somebody see you",
    completes: Completes::Contacts,
    run: |model, arguments| answer(model, arguments, SubscriptionAnswer::Deny),
};

/// A typed command means what it says: the guard against stray keys is not for it.
fn answer(model: &mut Model, arguments: &str, answer: SubscriptionAnswer) -> Answer {
    if let Some(effects) = answer_request(model, arguments, answer) {
        return Ok(effects);
    }
    let key = if arguments.is_empty() { model.shown_offer() } else { offer_of(model, arguments)? };
    let key = key.ok_or("Nobody offers a file")?;
    Ok(match answer {
        SubscriptionAnswer::Approve => offers::answer_unseen(model, key, Action::Accept),
        SubscriptionAnswer::Deny => offers::decline(model, key),
    })
}

/// The oldest offer of somebody.
fn offer_of(model: &Model, who: &str) -> Result<Option<TransferKey>, Refusal> {
    let (account, jid) = whom::find(model, who)?;
    let from = |key: &TransferKey| {
        let peer: Option<BareJid> = model.transfers.get(*key).map(|transfer| transfer.info.peer.to_bare());
        key.account == account && peer.as_ref() == Some(&jid)
    };
    Ok(model.transfers.offers().into_iter().chain(model.transfers.held()).find(from))
}

/// Answers who asks to see us: whom the words name, or, if no file waits, whom the conversation is with, or whom the bar
/// asks about.
fn answer_request(model: &mut Model, who: &str, answer: SubscriptionAnswer) -> Option<Effects> {
    let (account, contact) = asking(model, who)?;
    let answered = match answer {
        SubscriptionAnswer::Approve => requests::say_yes(model, account, &contact),
        SubscriptionAnswer::Deny => requests::say_no(model, account, &contact),
    };
    let (effects, sentence) = answered?;
    model.say(sentence);
    Some(effects)
}

fn asking(model: &Model, who: &str) -> Option<(AccountId, BareJid)> {
    if !who.is_empty() {
        let contact = BareJid::new(who).ok()?;
        return Some((who_is_asked(model, &contact)?, contact));
    }
    let asks =
        |id: &ConversationId| model.accounts.get(&id.account).is_some_and(|it| it.requests.contains_key(id.peer.jid()));
    match (&model.page, &model.offers.shown) {
        (_, Some(Prompt::Offer(_))) => None,
        (Page::With(id), _) if asks(id) => Some((id.account, id.peer.jid().clone())),
        (_, Some(Prompt::Request(account, who))) => Some((*account, who.clone())),
        (_, Some(Prompt::Return(..)) | None) => None,
    }
}

/// The account that somebody asks to see: the one that is meant here, or whichever it is.
fn who_is_asked(model: &Model, contact: &BareJid) -> Option<AccountId> {
    let asked = |id: &AccountId| model.accounts.get(id).is_some_and(|account| account.requests.contains_key(contact));
    model.account_here().filter(asked).or_else(|| model.accounts.keys().copied().find(asked))
}

pub(super) static TRANSFERS: SlashCommand = SlashCommand {
    name: "transfers",
    aliases: &["xfer"],
    arguments: "",
    help: "all transfers that ever were, by when they were offered, and what became of them",
    completes: Completes::Nothing,
    run: |model, _| Ok(journal::open(model)),
};

pub(super) static CANCEL: SlashCommand = SlashCommand {
    name: "cancel",
    aliases: &[],
    arguments: "[FILE]",
    help: "stop a transfer: the named one, or the only one",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let key = only(model, arguments, |transfer| !transfer.is_over())?;
        Ok(transfers::cancel(model, key))
    },
};

pub(super) static PAUSE: SlashCommand = SlashCommand {
    name: "pause",
    aliases: &[],
    arguments: "[FILE]",
    help: "stop a transfer for a while, or let it go on: the named one, or the only one",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let key = only(model, arguments, |transfer| !transfer.is_over() && !transfer.waits_for_us())?;
        Ok(transfers::pause(model, key))
    },
};

pub(super) static RETRY: SlashCommand = SlashCommand {
    name: "retry",
    aliases: &[],
    arguments: "[FILE]",
    help: "offer again what could not be sent, or go on with what is interrupted: the named file, or the last",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let listed = model.transfers.listed();
        let is_meant = |transfer: &Transfer| transfer.can_go_on() && matches(transfer, arguments);
        let last = listed.iter().find(|(_, transfer)| is_meant(transfer));
        let key = last.map(|(key, _)| *key).ok_or_else(|| match arguments {
            "" => "Nothing has failed".to_owned(),
            name => format!("No file called {name} has failed"),
        })?;
        Ok(transfers::retry(model, key))
    },
};

fn matches(transfer: &Transfer, name: &str) -> bool {
    name.is_empty() || transfer.info.name == name
}

fn only(model: &Model, name: &str, is_meant: fn(&Transfer) -> bool) -> Result<TransferKey, Refusal> {
    let listed = model.transfers.listed();
    let mut meant = listed.iter().filter(|(_, transfer)| is_meant(transfer) && matches(transfer, name));
    match (meant.next(), meant.next()) {
        (Some((key, _)), None) => Ok(*key),
        (Some(_), Some(_)) if name.is_empty() => Err(misuse("Several are running; which file?")),
        (Some(_), Some(_)) => {
            Err(format!("Several called {name} are running: Ctrl-T leads to the one you mean").into())
        }
        (None, _) if name.is_empty() => Err("Nothing is running".into()),
        (None, _) => Err(format!("No file called {name} is running").into()),
    }
}

pub(super) static DCC: SlashCommand = SlashCommand {
    name: "dcc",
    aliases: &[],
    arguments: "send NAME FILE… | get [NAME] | close [FILE] | list",
    help: "irssi's words for /send, /accept, /cancel and /transfers",
    completes: Completes::Words(&["send", "get", "close", "list"]),
    run: |model, arguments| {
        let (verb, rest) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        match verb {
            "send" => {
                let (who, files) =
                    rest.trim().split_once(char::is_whitespace).ok_or(misuse("To whom, and which file?"))?;
                send(model, &format!("{files} --to {who}"))
            }
            "get" => (ACCEPT.run)(model, rest.trim()),
            "close" => (CANCEL.run)(model, rest.trim()),
            "list" | "" => Ok(journal::open(model)),
            _ => Err(misuse(format!("/dcc knows no {verb:?}"))),
        }
    },
};
