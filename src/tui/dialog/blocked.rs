//! Who is blocked, and letting them reach us again.

use jid::Jid;
use ratatui::text::Line;

use super::{Drawing, dismiss, height, list};
use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::text;

/// Whose list, and what is selected in it.
#[derive(Debug)]
pub(crate) struct Blocked {
    account: AccountId,
    selected: usize,
}

/// Shows the list of an account.
pub(crate) fn open(model: &mut Model, account: AccountId) -> Effects {
    model.layers.push(Layer::Blocked(Blocked { account, selected: 0 }));
    Effects::new()
}

fn people(model: &Model, account: AccountId) -> Vec<Jid> {
    model.accounts.get(&account).map(|account| account.blocked.iter().cloned().collect()).unwrap_or_default()
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Blocked(view)) = model.layers.last() else { return Effects::new() };
    let (account, people) = (view.account, people(model, view.account));
    let last = people.len().saturating_sub(1);
    let selected = view.selected.min(last);
    if matches!(action, Action::Dismiss | Action::Confirm) {
        return layers::close(model);
    }
    if action == Action::Unblock {
        let who = people.get(selected).cloned();
        return who.map(|who| Effect::Command(account, Command::Unblock { who })).into_iter().collect();
    }
    let there = list::moved(selected, action, height(model) / 2);
    if let (Some(there), Some(Layer::Blocked(view))) = (there, model.layers.last_mut()) {
        view.selected = there.min(last);
    }
    Effects::new()
}

/// Only what is visible is put into lines.
pub(crate) fn drawing(model: &Model, view: &Blocked) -> Drawing {
    let (width, height) = (super::width(model), height(model));
    let people = people(model, view.account);
    let selected = view.selected.min(people.len().saturating_sub(1));
    let top = (selected + 1).saturating_sub(height);
    let visible = people.iter().enumerate().skip(top).take(height);
    let mut lines: Vec<Line<'static>> =
        visible.map(|(at, who)| list::row(model, &words(who), at == selected)).collect();
    if lines.is_empty() {
        let says = "Nobody is blocked. /block NAME blocks somebody, /block DOMAIN everybody there.";
        lines = text::wrap(says, width).into_iter().map(Line::from).collect();
    }
    let unblock = (Context::Blocked, Action::Unblock, "unblocks");
    let keys = Some(unblock).filter(|_| !people.is_empty()).into_iter().chain([dismiss("closes")]).collect();
    Drawing { title: format!("Blocked {}", people.len()), lines, scroll: 0, cursor: None, keys }
}

fn words(who: &Jid) -> String {
    let what = match (who.node(), who.resource()) {
        (None, None) => " (everybody there)",
        (_, Some(_)) => " (this program)",
        (Some(_), None) => "",
    };
    format!("{}{what}", text::address(who.as_str()))
}
