//! Whether somebody is really to be blocked, and what the server is told of them.

use jid::{BareJid, Jid};
use ratatui::text::Line;

use super::{Drawing, confirm, dismiss, list};
use crate::engine::command::{Command, Reason, Report};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::text;

/// Whom, and what is selected.
#[derive(Debug)]
pub(crate) struct Block {
    account: AccountId,
    /// Somebody, or a domain.
    who: BareJid,
    selected: usize,
    /// What the server is told besides, if it is told why.
    words: Option<String>,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Block,
    Report(Reason),
    Domain,
    Unblock,
}

/// Asks what to do about somebody.
pub(crate) fn open(model: &mut Model, account: AccountId, who: &BareJid) -> Effects {
    model.layers.push(Layer::Block(Block { account, who: who.clone(), selected: 0, words: None }));
    Effects::new()
}

/// Asks the same where the user knows already what the server is to be told.
pub(crate) fn open_to_report(model: &mut Model, account: AccountId, who: &BareJid, report: Report) -> Effects {
    let Report { reason, words } = report;
    let mut block = Block { account, who: who.clone(), selected: 0, words };
    let reports = choices(model, &block).iter().position(|choice| *choice == Choice::Report(reason));
    block.selected = reports.unwrap_or_default();
    model.layers.push(Layer::Block(block));
    Effects::new()
}

fn domain(who: &BareJid) -> Jid {
    BareJid::from_parts(None, who.domain()).into()
}

/// Nobody blocks their own server by a slip of the finger.
fn choices(model: &Model, block: &Block) -> Vec<Choice> {
    let account = model.accounts.get(&block.account);
    if account.is_some_and(|account| account.is_blocked(&block.who)) {
        return vec![Choice::Unblock];
    }
    if block.who.node().is_none() {
        return vec![Choice::Domain];
    }
    let is_neighbour =
        account.and_then(|account| account.me.as_ref()).is_some_and(|me| me.domain() == block.who.domain());
    let mut choices = vec![Choice::Block, Choice::Report(Reason::Spam), Choice::Report(Reason::Abuse)];
    choices.extend(Some(Choice::Domain).filter(|_| !is_neighbour));
    choices
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Block(block)) = model.layers.last() else { return Effects::new() };
    let choices = choices(model, block);
    let last = choices.len().saturating_sub(1);
    if action == Action::Confirm {
        return choose(model, choices.get(block.selected.min(last)).copied());
    }
    if action == Action::Dismiss {
        return layers::close(model);
    }
    let there = list::moved(block.selected.min(last), action, choices.len());
    if let (Some(there), Some(Layer::Block(block))) = (there, model.layers.last_mut()) {
        block.selected = there.min(last);
    }
    Effects::new()
}

fn choose(model: &mut Model, choice: Option<Choice>) -> Effects {
    let Some(Layer::Block(Block { account, who, words, .. })) = model.layers.pop() else { return Effects::new() };
    let commands = match choice {
        None => Vec::new(),
        Some(Choice::Block) => vec![Command::Block { who: who.into(), report: None }],
        Some(Choice::Report(reason)) => {
            vec![Command::Block { who: who.into(), report: Some(Report { reason, words }) }]
        }
        Some(Choice::Domain) => vec![Command::Block { who: domain(&who), report: None }],
        Some(Choice::Unblock) => {
            let blocked = model.accounts.get(&account).map(|account| account.blocked.clone()).unwrap_or_default();
            let both = [Jid::from(who.clone()), domain(&who)].into_iter().filter(|jid| blocked.contains(jid));
            both.map(|who| Command::Unblock { who }).collect()
        }
    };
    commands.into_iter().map(|command| Effect::Command(account, command)).collect()
}

pub(crate) fn drawing(model: &Model, block: &Block) -> Drawing {
    let width = super::width(model);
    let choices = choices(model, block);
    let selected = block.selected.min(choices.len().saturating_sub(1));
    let who = text::address(block.who.as_str());
    let says = match choices.as_slice() {
        [Choice::Unblock] => format!("{who} is blocked: nothing of theirs reaches you."),
        [Choice::Domain] => {
            format!("Your server keeps what anybody at {who} sends from you. They are not told; it comes back to them.")
        }
        _ => format!(
            "Your server keeps what {who} sends from you, and you from them. They are not told; it comes back to them."
        ),
    };
    let told = block.words.as_ref().map(|words| format!(" A report says: “{words}”")).unwrap_or_default();
    let mut lines: Vec<Line<'static>> =
        text::wrap(&text::visible(&(says + &told)), width).into_iter().map(Line::from).collect();
    lines.push(Line::default());
    let above = lines.len();
    let rows = choices.iter().enumerate();
    lines.extend(rows.map(|(at, choice)| list::row(model, &words(*choice, &block.who), at == selected)));
    let scroll = (above + selected + 1).saturating_sub(super::height(model));
    let keys = vec![confirm("does it"), dismiss("does nothing")];
    Drawing { title: "Block?".to_owned(), lines, scroll, cursor: None, keys }
}

fn words(choice: Choice, who: &BareJid) -> String {
    match choice {
        Choice::Block => "Block them".to_owned(),
        Choice::Report(Reason::Spam) => "Block them, and report spam to your server".to_owned(),
        Choice::Report(Reason::Abuse) => "Block them, and report abuse to your server".to_owned(),
        Choice::Domain => format!("Block everybody at {}", who.domain()),
        Choice::Unblock => "Let them reach you again".to_owned(),
    }
}
