//! Who is blocked, and letting them reach us again.

use jid::Jid;
use ratatui::text::Line;

use super::{Drawing, dismiss, height};
use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::line::plain;
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

fn list(model: &Model, account: AccountId) -> Vec<Jid> {
    model.accounts.get(&account).map(|account| account.blocked.iter().cloned().collect()).unwrap_or_default()
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Blocked(view)) = model.layers.last() else { return Effects::new() };
    let (account, people) = (view.account, list(model, view.account));
    let last = people.len().saturating_sub(1);
    let selected = view.selected.min(last);
    let page = height(model) / 2;
    let there = if matches!(action, Action::Dismiss | Action::Confirm) {
        return layers::close(model);
    } else if action == Action::Unblock {
        let who = people.get(selected).cloned();
        return who.map(|who| Effect::Command(account, Command::Unblock { who })).into_iter().collect();
    } else if action == Action::Up {
        selected.saturating_sub(1)
    } else if action == Action::Down {
        selected + 1
    } else if action == Action::ScrollUp {
        selected.saturating_sub(page)
    } else if action == Action::ScrollDown {
        selected + page
    } else {
        selected
    };
    if let Some(Layer::Blocked(view)) = model.layers.last_mut() {
        view.selected = there.min(last);
    }
    Effects::new()
}

/// Only what is visible is put into lines.
pub(crate) fn drawing(model: &Model, view: &Blocked) -> Drawing {
    let (width, height) = (super::width(model), height(model));
    let list = list(model, view.account);
    let selected = view.selected.min(list.len().saturating_sub(1));
    let top = (selected + 1).saturating_sub(height);
    let visible = list.iter().enumerate().skip(top).take(height);
    let mut lines: Vec<Line<'static>> = visible
        .map(|(at, who)| {
            let style = if at == selected { model.look.theme.selected } else { model.look.theme.plain };
            Line::from(plain(text::pad(&words(who), width, model.look.symbols.more), style))
        })
        .collect();
    if lines.is_empty() {
        let says = "Nobody is blocked. /block NAME blocks somebody, /block DOMAIN everybody there.";
        lines = text::wrap(says, width).into_iter().map(Line::from).collect();
    }
    let unblock = (Context::Blocked, Action::Unblock, "unblocks");
    let keys = Some(unblock).filter(|_| !list.is_empty()).into_iter().chain([dismiss("closes")]).collect();
    Drawing { title: format!("Blocked {}", list.len()), lines, scroll: 0, cursor: None, keys }
}

fn words(who: &Jid) -> String {
    let what = match (who.node(), who.resource()) {
        (None, None) => " (everybody there)",
        (_, Some(_)) => " (this program)",
        (Some(_), None) => "",
    };
    format!("{}{what}", text::visible(who.as_str()))
}
