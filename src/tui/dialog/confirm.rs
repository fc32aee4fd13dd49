//! Questions with yes and no, about what would be a pity to do by accident.

use std::path::PathBuf;

use jid::{BareJid, Jid};
use ratatui::text::Line;

use self::wording::asked;
use super::Drawing;
use crate::engine::command::Command;
use crate::store::rules::Rule;
use crate::tui::effect::{AccountWish, Effect, Effects, Grouping, RulesWish, Shipment};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::transfer::TransferKey;
use crate::tui::model::{AccountId, ConversationId, Model};
use crate::tui::update::{accounts, offers, requests, rules, transfers};
use crate::tui::widget::text;

mod wording;

/// A question that is shown from that line of it on: a small screen has no room for some.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) what: Question,
    pub(crate) from: usize,
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum Question {
    /// Whether to stop so many transfers, of which so many go on when Balcony is started again.
    Quit { running: usize, lasting: usize, unsent: usize },
    /// Whether pasted paths are files to send or text to insert.
    SendFiles { to: ConversationId, paths: Vec<PathBuf>, size: u64, text: String },
    /// Whether a long text was meant to be pasted.
    Insert { text: String },
    /// Whether to take a message back.
    Retract {
        conversation: ConversationId,
        id: String,
        text: String,
        /// Whether anybody may have it.
        is_known: bool,
    },
    /// Whether to accept this offer, and by that rule those that follow.
    Trust { key: TransferKey, rule: Box<Rule> },
    /// Whether to take a rule out of the configuration, where it stands in these lines.
    RemoveRule { number: usize, lines: String },
    /// Whether to take an account out of the configuration, where it stands in these lines.
    RemoveAccount { name: String, lines: String },
    /// Whether an account accepts a certificate that nobody vouches for.
    Pin { account: AccountId, why: String, fingerprint: String },
    /// Whether an account accepts another certificate than the one that it pinned.
    PinAgain { account: AccountId, pinned: String, shown: String },
    /// Whether a server is told the password that was only ever proved.
    TellPassword { account: AccountId },
    /// Whether somebody is to be no contact any more.
    RemoveContact { account: AccountId, who: BareJid },
    /// Whether none of so many people may see us.
    DenyAll { asking: usize },
    /// Whether to stop a transfer of which some has moved.
    Cancel { key: TransferKey },
}

impl Asking {
    /// Whose keys answer it. What Enter must not do by habit has keys of its own.
    pub(crate) fn contexts(&self) -> &'static [Context] {
        match self.what {
            Question::Pin { .. } | Question::PinAgain { .. } | Question::TellPassword { .. } => &[Context::Alarm],
            Question::Quit { .. }
            | Question::SendFiles { .. }
            | Question::Insert { .. }
            | Question::Retract { .. }
            | Question::Trust { .. }
            | Question::RemoveRule { .. }
            | Question::RemoveAccount { .. }
            | Question::RemoveContact { .. }
            | Question::DenyAll { .. }
            | Question::Cancel { .. } => &[Context::Question, Context::Dialog],
        }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    if let Some(from) = turned(model, action)
        && let Some(Layer::Question(asking)) = model.layers.last_mut()
    {
        asking.from = from;
        return Effects::new();
    }
    if action != Action::Confirm && action != Action::Dismiss {
        return Effects::new();
    }
    match model.layers.pop() {
        Some(Layer::Question(asking)) if action == Action::Confirm => affirm(model, asking.what),
        Some(Layer::Question(asking)) => deny(model, asking.what),
        Some(other) => {
            model.layers.push(other);
            layers::close(model)
        }
        None => Effects::new(),
    }
}

/// From which line on a question is shown after a key, if that turns a page. Yes does too, until all of it was seen.
fn turned(model: &Model, action: Action) -> Option<usize> {
    let Some(Layer::Question(asking)) = model.layers.last() else { return None };
    let last = last_line(model, asking);
    let page = super::height(model).saturating_sub(1).max(1);
    if action == Action::ScrollDown || action == Action::Confirm && asking.from < last {
        Some((asking.from + page).min(last))
    } else if action == Action::ScrollUp {
        Some(asking.from.saturating_sub(page))
    } else if action == Action::Down {
        Some((asking.from + 1).min(last))
    } else if action == Action::Up {
        Some(asking.from.saturating_sub(1))
    } else {
        None
    }
}

/// The last line from which on a question can be shown.
fn last_line(model: &Model, asking: &Asking) -> usize {
    let (_, asks, _) = asked(model, &asking.what);
    super::last_scroll(model, wrapped(model, &asks).len())
}

fn affirm(model: &mut Model, question: Question) -> Effects {
    match question {
        Question::Quit { .. } => vec![Effect::Quit],
        Question::SendFiles { to, paths, text: typed, .. } => {
            let (account, to) = (to.account, Jid::from(to.peer.jid().clone()));
            let (via, grouping) = (Vec::new(), Grouping::Together);
            vec![Effect::Find(Shipment { account, to, paths, via, grouping, typed, remark: None })]
        }
        Question::Insert { text } => insert(model, &text),
        Question::Trust { key, rule } => {
            let mut effects = rules::add(model, *rule);
            effects.extend(offers::answer_unseen(model, key, Action::Accept));
            effects
        }
        Question::Retract { conversation, id, is_known, .. } => {
            let to = Jid::from(conversation.peer.jid().clone());
            let command = if is_known { Command::Retract { to, id } } else { Command::Discard { to, id } };
            vec![Effect::Command(conversation.account, command)]
        }
        Question::RemoveRule { number, lines } => {
            let file = model.rules.file.clone();
            file.map(|file| Effect::Rules(file, RulesWish::Remove(number, lines))).into_iter().collect()
        }
        Question::RemoveAccount { name, lines } => {
            let file = model.configuration.file.clone();
            file.map(|file| Effect::Account(file, AccountWish::Remove(name, lines))).into_iter().collect()
        }
        Question::Pin { account, fingerprint, .. } => pin(model, account, fingerprint),
        Question::PinAgain { account, shown, .. } => pin(model, account, shown),
        Question::TellPassword { account } => {
            let told = Effect::Command(account, Command::TellPassword);
            std::iter::once(told).chain(accounts::connect(model, account)).collect()
        }
        Question::RemoveContact { account, who } => {
            vec![Effect::Command(account, Command::RemoveContact { contact: who })]
        }
        Question::DenyAll { .. } => requests::deny_all(model),
        Question::Cancel { key } => transfers::cancel(model, key),
    }
}

fn deny(model: &mut Model, question: Question) -> Effects {
    match question {
        Question::SendFiles { text, .. } => insert(model, &text),
        Question::Pin { account, .. } | Question::PinAgain { account, .. } | Question::TellPassword { account } => {
            accounts::connect(model, account)
        }
        Question::Quit { .. }
        | Question::Insert { .. }
        | Question::Retract { .. }
        | Question::Trust { .. }
        | Question::RemoveRule { .. }
        | Question::RemoveAccount { .. }
        | Question::RemoveContact { .. }
        | Question::DenyAll { .. }
        | Question::Cancel { .. } => Effects::new(),
    }
}

fn insert(model: &mut Model, text: &str) -> Effects {
    model.current_mut().draft.insert(text);
    Effects::new()
}

/// Has the file say that an account accepts exactly this certificate.
fn pin(model: &Model, account: AccountId, fingerprint: String) -> Effects {
    let name = model.accounts.get(&account).map(|account| account.name.clone());
    let file = model.configuration.file.clone();
    file.zip(name).map(|(file, name)| Effect::Account(file, AccountWish::Pin(name, fingerprint))).into_iter().collect()
}

pub(crate) fn drawing(model: &Model, asking: &Asking) -> Drawing {
    let (title, asks, mut keys) = asked(model, &asking.what);
    if asking.from < last_line(model, asking)
        && let Some((_, _, word)) = keys.first_mut()
    {
        *word = "more";
    }
    let lines = wrapped(model, &asks).into_iter().map(Line::from).collect();
    Drawing { title: title.to_owned(), lines, scroll: asking.from, cursor: None, keys }
}

fn wrapped(model: &Model, asks: &str) -> Vec<String> {
    text::visible_lines(asks).flat_map(|line| text::wrap(&line, super::width(model))).collect()
}
