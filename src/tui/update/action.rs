//! What the actions of the keymap do in the panes.

use super::{composer, contacts, messages, offers, pages, search, transfers};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::{Focus, Model, input};
use crate::tui::pane::{chat, composer as composer_pane, roster};

pub(super) fn act(model: &mut Model, action: Action) -> Effects {
    match action {
        Action::Help => {
            model.layers.push(Layer::help());
            Effects::new()
        }
        Action::Quit => layers::ask_to_quit(model),
        Action::Interrupt => interrupt(model),
        Action::Redraw => vec![Effect::Redraw],
        Action::Suspend => vec![Effect::Suspend],
        Action::FocusOffers => offers::focus(model),
        Action::AcceptShown => offers::on_shown(model, Action::Accept),
        Action::DeclineShown => offers::on_shown(model, Action::Decline),
        Action::FocusTransfers => transfers::focus(model),
        Action::ShowRoster => roster::toggle(model),
        Action::NextPane => focus_by(model, 1),
        Action::PreviousPane => focus_by(model, PANES - 1),
        Action::Conversation(number) => show_number(model, number),
        Action::NextUnread => pages::show_unread(model),
        Action::NextConversation => pages::step(model, true),
        Action::PreviousConversation => pages::step(model, false),
        Action::LastConversation => pages::show_last(model),
        Action::ScrollUp | Action::ScrollDown if model.focus == Focus::Messages => messages::select(model, action),
        Action::ScrollUp => chat::scroll(model, chat::Motion::PageUp),
        Action::ScrollDown => chat::scroll(model, chat::Motion::PageDown),
        Action::ScrollToEnd => chat::scroll(model, chat::Motion::End),
        Action::Back => {
            model.focus = Focus::Composer;
            Effects::new()
        }
        Action::Up | Action::Down | Action::First | Action::Last | Action::Open => select(model, action),
        Action::Accept
        | Action::AcceptAs
        | Action::Decline
        | Action::Details
        | Action::Trust
        | Action::Cancel
        | Action::Retry
        | Action::Purge
        | Action::CopyPath
        | Action::OpenFolder
        | Action::Pause
        | Action::Raise
        | Action::Lower
        | Action::Block
        | Action::Add
        | Action::Remove
        | Action::Rename
        | Action::Regroup
        | Action::Quieter
        | Action::Faster
        | Action::Slower => on_selected(model, action),
        Action::Answer | Action::Correct | Action::React | Action::Retract | Action::CopyText | Action::OpenLink => {
            messages::on_selected(model, action)
        }
        Action::ShowStrangers => offers::show_strangers(model),
        Action::DeclineAll => offers::deny_all(model),
        Action::Filter => roster::filter(model),
        Action::Reorder => roster::reorder(model),
        Action::Older => older(model),
        Action::Newer => newer(model),
        Action::OlderInput => {
            input::older(model);
            Effects::new()
        }
        Action::NewerInput => {
            input::newer(model);
            Effects::new()
        }
        Action::SearchInput => {
            input::search(model);
            Effects::new()
        }
        Action::Find => search::find(model),
        Action::Send => composer::send(model),
        Action::EditOutside => composer::edit_outside(model),
        Action::Complete => composer::complete(model),
        Action::Newline
        | Action::Left
        | Action::Right
        | Action::WordLeft
        | Action::WordRight
        | Action::LineStart
        | Action::LineEnd
        | Action::DeleteLeft
        | Action::DeleteRight
        | Action::KillWordLeft
        | Action::KillWordRight
        | Action::KillToStart
        | Action::KillToEnd
        | Action::Yank
        | Action::Undo
        | Action::Redo => composer::edit(model, action),
        Action::Confirm | Action::Dismiss | Action::NextField | Action::Unblock | Action::SearchArchive => {
            Effects::new()
        }
    }
}

fn show_number(model: &mut Model, number: u8) -> Effects {
    pages::show_number(model, usize::from(number)).unwrap_or_else(|why| {
        model.flash(why);
        Effects::new()
    })
}

/// How many panes Tab goes round.
const PANES: usize = 4;

/// Goes to the next pane that has something in it, `step` further round.
fn focus_by(model: &mut Model, step: usize) -> Effects {
    let ring = [Focus::Composer, Focus::Roster, Focus::Offers, Focus::Transfers];
    let here = ring.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    let there = (1..=PANES).map(|turn| ring[(here + turn * step) % PANES]).find(|pane| match pane {
        Focus::Composer | Focus::Roster => true,
        Focus::Offers => model.offers.shown.is_some(),
        Focus::Transfers => !model.transfers.is_empty(),
        Focus::Messages => false,
    });
    match there.unwrap_or(Focus::Composer) {
        Focus::Transfers => transfers::focus(model),
        Focus::Roster => roster::focus(model),
        other @ (Focus::Composer | Focus::Messages | Focus::Offers) => {
            model.focus = other;
            Effects::new()
        }
    }
}

fn select(model: &mut Model, action: Action) -> Effects {
    match model.focus {
        Focus::Roster => roster::select(model, action),
        Focus::Offers => offers::select(model, action),
        Focus::Transfers => transfers::select(model, action),
        Focus::Messages if action == Action::Open => messages::on_selected(model, action),
        Focus::Messages => messages::select(model, action),
        Focus::Composer => Effects::new(),
    }
}

fn on_selected(model: &mut Model, action: Action) -> Effects {
    match model.focus {
        Focus::Offers => offers::on_shown(model, action),
        Focus::Transfers => transfers::on_selected(model, action),
        Focus::Roster => contacts::on_chosen(model, action),
        Focus::Composer | Focus::Messages => Effects::new(),
    }
}

/// What the fingers know from shells; text that is dropped comes back with the yank key.
fn interrupt(model: &mut Model) -> Effects {
    if model.current().draft.is_empty() {
        return layers::interrupt(model);
    }
    model.focus = Focus::Composer;
    composer::drop_draft(model)
}

fn older(model: &mut Model) -> Effects {
    let is_empty = model.current().draft.is_empty() && !model.input.is_browsed();
    if is_empty && messages::focus(model) {
        return Effects::new();
    }
    let width = composer_pane::text_width(model);
    if !model.current_mut().draft.up(width) {
        input::older(model);
    }
    Effects::new()
}

fn newer(model: &mut Model) -> Effects {
    let width = composer_pane::text_width(model);
    if !model.current_mut().draft.down(width) {
        input::newer(model);
    }
    Effects::new()
}
