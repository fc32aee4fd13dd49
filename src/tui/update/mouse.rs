//! The mouse: a click goes to what it hits, the wheel scrolls what it is over.

use ratatui::layout::Position;

use super::{action, transfers};
use crate::tui::effect::Effects;
use crate::tui::keymap::Action;
use crate::tui::layers;
use crate::tui::layout::Layout;
use crate::tui::model::{Focus, Model};
use crate::tui::msg::Mouse;
use crate::tui::pane::{chat, offers, roster, transfers as transfers_pane};

pub(super) fn mouse(model: &mut Model, mouse: Mouse) -> Effects {
    if !model.layers.is_empty() {
        return layers::mouse(model, mouse);
    }
    match mouse {
        Mouse::Click(x, y) => click(model, Position::new(x, y)),
        Mouse::WheelUp(x, y) => wheel(model, Position::new(x, y), true),
        Mouse::WheelDown(x, y) => wheel(model, Position::new(x, y), false),
    }
}

fn click(model: &mut Model, at: Position) -> Effects {
    let layout = Layout::of(model);
    if let Some(area) = layout.roster.filter(|area| area.contains(at)) {
        return roster::click(model, area, at.y - area.y);
    }
    if let Some(area) = layout.offers.filter(|area| area.contains(at)) {
        let action = offers::action_at(model, area, at).unwrap_or(Action::FocusOffers);
        return action::act(model, action);
    }
    if let Some(area) = layout.transfers.filter(|area| area.contains(at)) {
        let hit = transfers_pane::key_at(model, area, at.y - area.y);
        if hit.is_some() {
            model.transfers.selected = hit;
        }
        if model.focus != Focus::Transfers {
            return transfers::focus(model);
        }
        return Effects::new();
    }
    if layout.chat.is_some_and(|area| area.contains(at)) || layout.composer.is_some_and(|area| area.contains(at)) {
        model.focus = Focus::Composer;
    }
    Effects::new()
}

fn wheel(model: &mut Model, at: Position, up: bool) -> Effects {
    let layout = Layout::of(model);
    if layout.roster.is_some_and(|area| area.contains(at)) {
        return roster::step(model, up);
    }
    if layout.transfers.is_some_and(|area| area.contains(at)) {
        return transfers::wheel(model, if up { Action::Up } else { Action::Down });
    }
    chat::scroll(model, if up { chat::Motion::Up(3) } else { chat::Motion::Down(3) })
}
