//! Rules about offers: asked before the user is, told plainly when they decide, changed only when the user says so.
//!
//! What no rule is about waits in the bar if a contact offers it. What a stranger offers is held back: counted, never
//! rung for, shown when the user asks for it.

use std::path::{Path, PathBuf};

use jid::BareJid;

use super::news::{self, News, Occasion};
use super::offers;
use super::transfers::{tell_of_coming, tell_offer};
use crate::store::rules::{Action, Offered, Rule, Whose, decide, folders_to_measure};
use crate::tui::effect::{Effect, Effects, RulesWish};
use crate::tui::layers::Layer;
use crate::tui::model::conversation::Entry;
use crate::tui::model::transfer::TransferKey;
use crate::tui::model::{ConversationId, Model, Peer};
use crate::tui::msg::RulesAnswer;
use crate::tui::words;

/// What a rule for a trusted contact leaves of the disk, unless the user writes another: enough for the system to go on.
const KEEP_FREE: u64 = 1_000_000_000;

/// A rule that decided, as far as it is told and followed.
struct Ruling {
    number: usize,
    rule: Rule,
}

/// Somebody offers us a file. What the user asked for needs neither rule nor question.
pub(super) fn offered(model: &mut Model, key: TransferKey) -> Effects {
    if let Some(transfer) = model.transfers.get_mut(key).filter(|transfer| transfer.info.is_asked_for) {
        transfer.answered = true;
        tell_offer(model, key);
        return Effects::new();
    }
    let folders = folders_to_measure(&model.rules.list);
    if folders.is_empty() {
        return judge(model, key, &[]);
    }
    let downloads = &model.look.downloads;
    let folders = folders.into_iter().map(|folder| folder.unwrap_or_else(|| downloads.clone())).collect();
    vec![Effect::MeasureForRules(key.account, key.id, folders)]
}

/// It is known how much space there is.
pub(super) fn measured(model: &mut Model, key: TransferKey, free: &[(PathBuf, Option<u64>)]) -> Effects {
    judge(model, key, free)
}

fn judge(model: &mut Model, key: TransferKey, free: &[(PathBuf, Option<u64>)]) -> Effects {
    let Some(transfer) = model.transfers.get(key).filter(|transfer| transfer.waits_for_us()) else {
        return Effects::new();
    };
    let is_contact = transfer.info.is_contact;
    match ruling(model, key, free) {
        Some(Ruling { number, rule }) if rule.action != Action::Ask => {
            tell_offer(model, key);
            follow(model, key, number, &rule)
        }
        None if !is_contact => hold(model, key),
        Some(_) | None => {
            tell_offer(model, key);
            announce(model, key)
        }
    }
}

/// The user is asked: whoever looks elsewhere is told.
fn announce(model: &mut Model, key: TransferKey) -> Effects {
    let Some(transfer) = model.transfers.get(key) else { return Effects::new() };
    let info = &transfer.info;
    let line = format!("offers {} ({})", info.name, words::size(info));
    let id = ConversationId { account: key.account, peer: Peer::Direct(info.peer.to_bare()) };
    news::offered(model, &id, News { line, discreet: "offers a file", occasion: Occasion::Asked })
}

fn ruling(model: &Model, key: TransferKey, free: &[(PathBuf, Option<u64>)]) -> Option<Ruling> {
    let info = &model.transfers.get(key)?.info;
    let account = model.accounts.get(&key.account)?;
    let groups = account.contacts.get(&info.peer.to_bare()).map(|contact| contact.groups.as_slice());
    let space = |folder: Option<&Path>| {
        let folder = folder.unwrap_or(&model.look.downloads);
        free.iter().find(|(measured, _)| measured == folder).and_then(|(_, bytes)| *bytes)
    };
    let decision = decide(&model.rules.list, &Offered::new(info, groups.unwrap_or_default()), &space);
    decision.by.map(|(number, rule)| Ruling { number, rule: rule.clone() })
}

/// Does what the rule says, and says that it was the rule.
fn follow(model: &mut Model, key: TransferKey, number: usize, rule: &Rule) -> Effects {
    let Some(transfer) = model.transfers.get_mut(key) else { return Effects::new() };
    let verb = if rule.action == Action::Accept { "accepts" } else { "declines" };
    let text = format!("rule {number} {verb} {}: {rule}", transfer.info.name);
    transfer.note(model.now.wall, text.clone());
    let place = rule.folder.as_ref().map(|folder| folder.join(&transfer.info.name));
    let peer = transfer.info.peer.to_bare();
    let entry = Entry::Notice { at: model.now.wall, text };
    tell_of_coming(model, &ConversationId { account: key.account, peer: Peer::Direct(peer) }, entry);
    if rule.action == Action::Accept { offers::accept_unasked(model, key, place) } else { offers::decline(model, key) }
}

fn hold(model: &mut Model, key: TransferKey) -> Effects {
    if let Some(transfer) = model.transfers.get_mut(key) {
        transfer.held = true;
    }
    Effects::new()
}

/// A rule that takes what somebody offers, as long as there is room for it.
pub(crate) fn trust(who: BareJid) -> Rule {
    Rule { whose: Whose::of(who), keep_free: Some(KEEP_FREE), ..Rule::new(Action::Accept) }
}

/// Adds a rule, in the configuration if there is one.
pub(crate) fn add(model: &mut Model, rule: Rule) -> Effects {
    if let Some(file) = model.rules.file.clone() {
        return vec![Effect::Rules(file, RulesWish::Add(Box::new(rule)))];
    }
    model.rules.list.push(rule);
    model.say(format!("{}; until you quit, for nothing is kept here", last_rule(model)));
    Effects::new()
}

/// What became of a wish about the rules.
pub(super) fn answered(model: &mut Model, answer: RulesAnswer) -> Effects {
    match answer {
        RulesAnswer::Are(rules) => {
            let grew = rules.len() > model.rules.list.len();
            model.rules.list = rules;
            let file = model.rules.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
            let count = model.rules.list.len();
            model.say(match count {
                _ if grew => format!("{} ({file})", last_rule(model)),
                0 => format!("There are no rules in {file}"),
                1 => format!("There is one rule in {file}"),
                _ => format!("There are {count} rules in {file}"),
            });
        }
        RulesAnswer::Stands(number, Some(lines)) => model.layers.push(Layer::remove_rule(number, lines)),
        RulesAnswer::Stands(number, None) => {
            let file = model.rules.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
            model.say(format!("No rule {number} stands in lines of its own in {file}; /rules lists them"));
        }
        RulesAnswer::Failed(why) => model.say(why),
    }
    Effects::new()
}

fn last_rule(model: &Model) -> String {
    let rules = &model.rules.list;
    rules.last().map(|rule| format!("Rule {}: {rule}", rules.len())).unwrap_or_default()
}
