//! Whom words mean: an address, what somebody is called, the part before the @, or the beginning of one of these, if
//! nobody is called just that and it begins nobody else's.
//!
//! Every command that takes a contact asks here, and so does whoever searches what somebody said.

use jid::BareJid;

use super::refusal::{Refusal, misuse};
use super::words;
use crate::tui::model::{AccountId, Model, Page};

/// Nobody's name has more words, or they need quotes.
const LONGEST_NAME: usize = 6;

/// More than these are counted.
const MOST_NAMED: usize = 5;

/// Whom words mean, in any account's roster.
struct Meant {
    fit: Fit,
    people: Vec<(AccountId, BareJid)>,
}

/// How well words fit somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// That is what they are called.
    Whole,
    /// What they are called begins so.
    Beginning,
}

/// An address that somebody could have.
pub(super) fn address_of(text: &str) -> Result<BareJid, Refusal> {
    match BareJid::new(text) {
        Ok(jid) if jid.node().is_some() => Ok(jid),
        Ok(_) | Err(_) => Err(misuse(format!("{text:?} is no address like romeo@montague.lit"))),
    }
}

/// Whom words mean, and the account they are reached with: the one that is meant here, or else the only one that knows
/// them.
pub(super) fn find(model: &Model, who: &str) -> Result<(AccountId, BareJid), Refusal> {
    let who = who.trim();
    let mut meant = meant(model, who)?;
    let here = model.account_here().filter(|here| meant.people.iter().any(|(account, _)| account == here));
    meant.people.retain(|(account, _)| here.is_none_or(|here| *account == here));
    match meant.people.as_slice() {
        [one] => Ok(one.clone()),
        [] if who.contains('@') => Ok((model.account_meant()?, address_of(who)?)),
        [] => Err(nobody(who).into()),
        [(_, one), others @ ..] if others.iter().all(|(_, other)| other == one) => {
            let names = model.account_names();
            Err(format!("Several accounts know {who}: which one, {names}? /account NAME chooses").into())
        }
        _ => Err(several(model, who, &meant).into()),
    }
}

/// Whom words mean; without any, whom the conversation is with.
pub(super) fn find_or_here(model: &Model, who: &str) -> Result<(AccountId, BareJid), Refusal> {
    match &model.page {
        Page::With(id) if who.trim().is_empty() => Ok((id.account, id.peer.jid().clone())),
        Page::With(_) | Page::Home => find(model, who),
    }
}

/// Whom the first words mean, and what is behind them: as many words as make what somebody is called, so that no name needs
/// quotes; else the first.
pub(super) fn find_first<'a>(model: &Model, arguments: &'a str) -> Result<((AccountId, BareJid), &'a str), Refusal> {
    let ends: Vec<usize> = words::spans(arguments).into_iter().map(|word| word.end).collect();
    let name = |end: usize| words::split(&arguments[..end]).join(" ");
    let is_called = |name: &str| meant(model, name).is_ok_and(|it| it.fit == Fit::Whole && !it.people.is_empty());
    let called = ends.iter().skip(1).take(LONGEST_NAME - 1).rev().find(|end| is_called(&name(**end)));
    let end = called.or(ends.first()).copied().unwrap_or(0);
    Ok((find(model, &name(end))?, arguments[end..].trim()))
}

/// Whom words mean in each account that knows them. An address that no roster has may be in any account's history.
pub(super) fn find_everywhere(model: &Model, who: &str) -> Result<Vec<(AccountId, BareJid)>, Refusal> {
    let who = who.trim();
    let meant = meant(model, who)?;
    let people = meant.people.as_slice();
    if people.is_empty() && who.contains('@') {
        let address = address_of(who)?;
        return Ok(model.accounts.keys().map(|account| (*account, address.clone())).collect());
    }
    let is_alone = |(account, _): &(AccountId, _)| people.iter().filter(|(other, _)| other == account).count() == 1;
    let is_clear = match meant.fit {
        Fit::Whole => people.iter().all(is_alone),
        // Who has one beginning in common with somebody of another account is somebody else.
        Fit::Beginning => people.windows(2).all(|two| two[0].1 == two[1].1),
    };
    match people {
        [] => Err(nobody(who).into()),
        people if is_clear => Ok(people.to_vec()),
        _ => Err(several(model, who, &meant).into()),
    }
}

/// Everybody whom these words fit: those who are called so, or if there are none those whose names begin so.
fn meant(model: &Model, who: &str) -> Result<Meant, Refusal> {
    if who.is_empty() {
        return Err(misuse("Whom?"));
    }
    let address = who.contains('@').then(|| address_of(who)).transpose()?;
    let wanted = who.trim_start_matches('~').to_lowercase();
    let fit = |account: AccountId, jid: &BareJid| match &address {
        Some(address) => (address == jid).then_some(Fit::Whole),
        None => fit(model, account, jid, &wanted),
    };
    let in_rosters = model.accounts.iter().flat_map(|(id, account)| account.contacts.keys().map(move |jid| (*id, jid)));
    let fitting: Vec<_> = in_rosters.filter_map(|(id, jid)| Some((fit(id, jid)?, (id, jid.clone())))).collect();
    let best = if fitting.iter().any(|(fit, _)| *fit == Fit::Whole) { Fit::Whole } else { Fit::Beginning };
    let people = fitting.into_iter().filter(|(fit, _)| *fit == best).map(|(_, person)| person).collect();
    Ok(Meant { fit: best, people })
}

fn fit(model: &Model, account: AccountId, jid: &BareJid, wanted: &str) -> Option<Fit> {
    let name = model.name_of(account, jid).trim_start_matches('~').to_lowercase();
    let node = jid.node().map(|node| node.as_str().to_lowercase()).unwrap_or_default();
    if wanted.is_empty() || !(name.starts_with(wanted) || node.starts_with(wanted)) {
        return None;
    }
    Some(if name == wanted || node == wanted { Fit::Whole } else { Fit::Beginning })
}

fn nobody(who: &str) -> String {
    format!("Nobody in the roster is called {who:?}, and nobody's name begins so")
}

/// Who they are, so that one can be named.
fn several(model: &Model, who: &str, meant: &Meant) -> String {
    let named = |(account, jid): &(AccountId, BareJid)| format!("{} ({jid})", model.name_of(*account, jid));
    let mut named: Vec<String> = meant.people.iter().take(MOST_NAMED).map(named).collect();
    let others = meant.people.len().saturating_sub(MOST_NAMED);
    named.extend((others > 0).then(|| format!("and {others} more")));
    let named = named.join(", ");
    match meant.fit {
        Fit::Whole => format!("Several are called {who:?}: {named}; which address?"),
        Fit::Beginning => format!("Several begin with {who:?}: {named}; which one?"),
    }
}
