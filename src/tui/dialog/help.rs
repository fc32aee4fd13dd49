//! Help for where the user is, pane or dialog: its keys first, then those that work everywhere, then the commands. Both
//! come from their tables.

use ratatui::text::Line;

use super::{Drawing, dismiss, more, scrolled};
use crate::tui::command;
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, BINDINGS, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// How far it is scrolled.
#[derive(Debug, Default)]
pub(crate) struct Help {
    scroll: usize,
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Help(Help { scroll })) = model.layers.last() else { return Effects::new() };
    if matches!(action, Action::Dismiss | Action::Confirm) {
        return layers::close(model);
    }
    let there = scrolled(model, *scroll, lines(model).len(), action);
    if let (Some(there), Some(Layer::Help(help))) = (there, model.layers.last_mut()) {
        help.scroll = there;
    }
    Effects::new()
}

pub(crate) fn drawing(model: &Model, help: &Help) -> Drawing {
    let lines = lines(model);
    let keys = more(model, lines.len(), help.scroll).into_iter().chain([dismiss("closes")]).collect();
    Drawing { title: "Help".to_owned(), lines, scroll: help.scroll, cursor: None, keys }
}

fn lines(model: &Model) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    match beneath(model) {
        Some(dialog) => over(model, dialog, &mut lines),
        None => among_panes(model, &mut lines),
    }
    lines
}

/// The dialog that the help was asked for in.
fn beneath(model: &Model) -> Option<&Layer> {
    model.layers.iter().rev().find(|layer| !matches!(layer, Layer::Help(_)))
}

/// What works in a dialog; the panes wait until it is closed.
fn over(model: &Model, dialog: &Layer, lines: &mut Vec<Line<'static>>) {
    for context in dialog.contexts() {
        keys(model, *context, |_| true, lines);
    }
    keys(model, Context::Everywhere, |action| layers::THROUGH.contains(&action), lines);
    commands(model, lines);
}

fn among_panes(model: &Model, lines: &mut Vec<Line<'static>>) {
    let here = model.focus.contexts()[0];
    let panes =
        [Context::Composer, Context::Messages, Context::Roster, Context::Offers, Context::Transfers, Context::Editing];
    keys(model, here, |_| true, lines);
    keys(model, Context::Everywhere, |_| true, lines);
    commands(model, lines);
    for context in panes.into_iter().filter(|context| *context != here) {
        keys(model, context, |_| true, lines);
    }
}

fn keys(model: &Model, context: Context, works: impl Fn(Action) -> bool, lines: &mut Vec<Line<'static>>) {
    heading(model, context.title(), lines);
    let bindings = BINDINGS.iter().filter(|binding| binding.context == context && works(binding.action));
    for binding in bindings.filter(|binding| !is_numbered(binding.action)) {
        let keys = model.keymap.keys(context, binding.action);
        if !keys.is_empty() {
            entry(model, &keys.join(", "), binding.help, lines);
        }
    }
    let numbered = |number| model.keymap.key(context, Action::Conversation(number));
    if let (Some(first), Some(last), true) = (numbered(1), numbered(10), works(Action::Conversation(1))) {
        entry(model, &format!("{first} to {last}"), "first to tenth conversation", lines);
    }
}

fn commands(model: &Model, lines: &mut Vec<Line<'static>>) {
    heading(model, "Commands", lines);
    for (usage, help) in command::listed() {
        entry(model, &model.look.symbols.spell(&usage), help, lines);
    }
    entry(model, "//text", "sends a message that begins with a slash", lines);
}

/// Ten lines of the same would hide the others.
fn is_numbered(action: Action) -> bool {
    matches!(action, Action::Conversation(_))
}

fn heading(model: &Model, title: &str, lines: &mut Vec<Line<'static>>) {
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines.push(Line::from(plain(title, model.look.theme.strong)));
}

/// The key, and what it does beside it; below it where the key takes all the room, or more than that.
fn entry(model: &Model, key: &str, help: &str, lines: &mut Vec<Line<'static>>) {
    let width = super::width(model);
    let column = (width / 3).max(14);
    let room = width.saturating_sub(column + 2).max(10);
    let theme = &model.look.theme;
    let mut head = format!("  {key}");
    if text::width(&head) >= column {
        let rows = text::wrap(key, width.saturating_sub(4).max(10));
        let indented =
            rows.iter().enumerate().map(|(row, piece)| format!("{:1$}{piece}", "", if row == 0 { 2 } else { 4 }));
        lines.extend(indented.map(|row| Line::from(plain(row, theme.key))));
        head.clear();
    }
    for piece in text::wrap(help, room) {
        let left = text::pad(&std::mem::take(&mut head), column, "");
        lines.push(Line::from(vec![plain(left, theme.key), plain(format!("  {piece}"), theme.plain)]));
    }
}
