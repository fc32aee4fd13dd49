//! Who is kept from us: /block /unblock /report /blocked.

use jid::{BareJid, Jid};

use super::refusal::{Refusal, misuse};
use super::{Completes, SlashCommand, whom, words};
use crate::engine::command::{Command, Reason, Report};
use crate::tui::dialog::{block, blocked};
use crate::tui::effect::Effect;
use crate::tui::model::{AccountId, Model};

pub(super) static BLOCK: SlashCommand = SlashCommand {
    name: "block",
    aliases: &["ignore"],
    arguments: "[NAME|DOMAIN]",
    help: "have your server keep somebody, or everybody at a domain, from you; asks first",
    completes: Completes::ContactsAndDomains,
    run: |model, arguments| {
        let (account, who) = blockable(model, arguments)?;
        Ok(block::open(model, account, &who))
    },
};

pub(super) static UNBLOCK: SlashCommand = SlashCommand {
    name: "unblock",
    aliases: &["unignore"],
    arguments: "[NAME|DOMAIN]",
    help: "let somebody reach you again",
    completes: Completes::Blocked,
    run: |model, arguments| {
        let (account, who) = person_or_domain(model, arguments)?;
        if !model.accounts.get(&account).is_some_and(|account| account.blocked.contains(&who)) {
            return Err(format!("{who} is not blocked").into());
        }
        Ok(vec![Effect::Command(account, Command::Unblock { who })])
    },
};

pub(super) static REPORT: SlashCommand = SlashCommand {
    name: "report",
    aliases: &[],
    arguments: "NAME spam|abuse [TEXT]",
    help: "block somebody and tell your server why, if it takes reports; asks first",
    completes: Completes::ContactsThen(&["spam", "abuse"]),
    run: |model, arguments| {
        let words = words::split(arguments);
        let [who, reason, text @ ..] = words.as_slice() else { return Err(misuse("Whom, and for what?")) };
        let reason = match reason.as_str() {
            "spam" => Reason::Spam,
            "abuse" => Reason::Abuse,
            other => return Err(misuse(format!("{other:?} is nothing to report"))),
        };
        let words = Some(text.join(" ")).filter(|text| !text.is_empty());
        let (account, who) = blockable(model, who)?;
        Ok(block::open_to_report(model, account, &who, Report { reason, words }))
    },
};

pub(super) static BLOCKED: SlashCommand = SlashCommand {
    name: "blocked",
    aliases: &[],
    arguments: "",
    help: "who is blocked; there they are unblocked too",
    completes: Completes::Nothing,
    run: |model, _| {
        let account = model.account_meant()?;
        Ok(blocked::open(model, account))
    },
};

/// Whom a command is to block, if that is neither us nor done already.
fn blockable(model: &Model, arguments: &str) -> Result<(AccountId, BareJid), Refusal> {
    let (account, who) = person_or_domain(model, arguments)?;
    let (who, known) = (who.into_bare(), model.accounts.get(&account));
    let is_ours = |me: &jid::FullJid| who == me.to_bare() || who == BareJid::from_parts(None, me.domain());
    if known.and_then(|account| account.me.as_ref()).is_some_and(is_ours) {
        return Err(format!("{who} is you, or your server").into());
    }
    if known.is_some_and(|account| account.is_blocked(&who)) {
        return Err(format!("{who} is blocked already").into());
    }
    Ok((account, who))
}

/// Somebody; or a domain, if nobody is called so.
fn person_or_domain(model: &Model, who: &str) -> Result<(AccountId, Jid), Refusal> {
    let found = whom::find_or_here(model, who);
    match (found, Jid::new(who.trim())) {
        (Ok((account, jid)), _) => Ok((account, jid.into())),
        (Err(_), Ok(domain)) if domain.node().is_none() && domain.domain().as_str().contains('.') => {
            Ok((model.account_meant()?, domain))
        }
        (Err(why), _) => Err(why),
    }
}
