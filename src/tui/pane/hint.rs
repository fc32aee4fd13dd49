//! The last line: which keys matter where the user is, from the keymap; or a sentence about what just happened.

use ratatui::text::{Line, Span};

use super::offers;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::message::Message;
use crate::tui::model::transfer::Transfer;
use crate::tui::model::{Focus, Model, Page};
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// A key and the word for what it does.
type Hint = (Context, Action, &'static str);

const EVERYWHERE: &[Hint] = &[(Context::Everywhere, Action::Help, "help")];
/// Under a dialog, whose own keys stand in its border.
const THROUGH: &[Hint] = &[
    (Context::Everywhere, Action::Help, "help"),
    (Context::Everywhere, Action::Redraw, "redraw"),
    (Context::Everywhere, Action::Quit, "quit"),
];
const COMPOSER: &[Hint] = &[(Context::Everywhere, Action::NextPane, "next pane")];
const FINDER: &[Hint] = &[
    (Context::Finder, Action::Up, "older"),
    (Context::Finder, Action::Down, "newer"),
    (Context::Finder, Action::Confirm, "stay there"),
    (Context::Finder, Action::Back, "back"),
    (Context::Finder, Action::Open, "list"),
];
const MESSAGES: &[Hint] = &[
    (Context::Messages, Action::Answer, "answer"),
    (Context::Messages, Action::React, "react"),
    (Context::Messages, Action::Correct, "correct"),
    (Context::Messages, Action::Retract, "take back"),
    (Context::Messages, Action::CopyText, "copy"),
    (Context::Messages, Action::OpenLink, "open link"),
    (Context::Messages, Action::Open, "details"),
    (Context::Messages, Action::Back, "back"),
];
const ROSTER: &[Hint] = &[
    (Context::Roster, Action::Open, "open"),
    (Context::Roster, Action::Filter, "find"),
    (Context::Roster, Action::Details, "details"),
    (Context::Roster, Action::Add, "add"),
    (Context::Roster, Action::Reorder, "sort"),
    (Context::Roster, Action::Back, "back"),
    (Context::Everywhere, Action::NextPane, "next pane"),
];
const TRANSFERS: &[Hint] = &[
    (Context::Transfers, Action::Open, "unfold"),
    (Context::Transfers, Action::Cancel, "cancel"),
    (Context::Transfers, Action::Pause, "pause"),
    (Context::Transfers, Action::Retry, "retry"),
    (Context::Transfers, Action::Purge, "purge finished"),
    (Context::Transfers, Action::Slower, "slower"),
    (Context::Transfers, Action::Faster, "faster"),
    (Context::Transfers, Action::CopyPath, "copy path"),
    (Context::Transfers, Action::OpenFolder, "open folder"),
    (Context::Transfers, Action::Back, "back"),
];

pub(crate) fn line(model: &Model, width: usize) -> Line<'static> {
    let theme = &model.look.theme;
    if let Some(flash) = &model.flash {
        let said = text::cut(&text::visible(&flash.text), width.saturating_sub(2), model.look.symbols.more);
        return Line::from(plain(format!(" {said} "), theme.strong));
    }
    let mut spans = vec![Span::raw(" ")];
    let mut room = width.saturating_sub(1);
    for (key, word) in hints(model) {
        let separator = if spans.len() > 1 { format!("{} ", model.look.symbols.between) } else { String::new() };
        let word = if word.is_empty() { word } else { format!(" {word}") };
        let wide = text::width(&separator) + text::width(&key) + text::width(&word) + 1;
        if wide > room {
            break;
        }
        room -= wide;
        spans.extend([plain(separator, theme.dim), plain(key, theme.key), plain(format!("{word} "), theme.plain)]);
    }
    Line::from(spans)
}

fn hints(model: &Model) -> Vec<(String, String)> {
    if !model.layers.is_empty() {
        return THROUGH.iter().filter_map(|hint| named(model, *hint)).collect();
    }
    let here = match model.focus {
        Focus::Composer if model.finder.is_some() => FINDER,
        Focus::Composer => COMPOSER,
        Focus::Messages => MESSAGES,
        Focus::Roster => ROSTER,
        Focus::Offers => &about_offers(model),
        Focus::Transfers => TRANSFERS,
    };
    let listed = EVERYWHERE.iter().chain(here).filter(|(context, action, _)| does_something(model, *context, *action));
    let mut hints: Vec<(String, String)> = listed.filter_map(|hint| named(model, *hint)).collect();
    if model.focus != Focus::Composer || model.finder.is_some() {
        return hints;
    }
    if let Some(unread) = Some(model.unread()).filter(|unread| *unread > 0) {
        let key = model.keymap.key(Context::Everywhere, Action::NextUnread);
        hints.extend(key.map(|key| (key, format!("{unread} unread"))));
    }
    if !model.transfers.is_empty() {
        hints.extend(named(model, (Context::Everywhere, Action::FocusTransfers, "transfers")));
    }
    match model.page {
        Page::With(_) => hints.push(("/send FILE".to_owned(), String::new())),
        Page::Home => hints.extend(named(model, (Context::Everywhere, Action::ShowRoster, "roster"))),
    }
    hints.extend(named(model, (Context::Everywhere, Action::Quit, "quit")));
    hints
}

/// What can be done about what is selected in the bar, and where one can go from there.
fn about_offers(model: &Model) -> Vec<Hint> {
    let answers = model.offers.shown.iter().flat_map(offers::answers);
    let mut hints: Vec<Hint> = answers.map(|(action, word)| (Context::Offers, *action, *word)).collect();
    if !model.transfers.held().is_empty() {
        hints.push((Context::Offers, Action::ShowStrangers, "strangers"));
    }
    if model.prompts().len() > 1 {
        hints.push((Context::Offers, Action::Down, "next"));
    }
    hints.push((Context::Offers, Action::Back, "back"));
    hints
}

/// Whether a key does something about the transfer or the message that is selected.
fn does_something(model: &Model, context: Context, action: Action) -> bool {
    let selected = model.transfers.selected.and_then(|key| model.transfers.get(key));
    if context == Context::Messages {
        return concerns_message(model, action);
    }
    if context != Context::Transfers {
        true
    } else if action == Action::Retry {
        selected.is_some_and(Transfer::can_go_on)
    } else if action == Action::Cancel {
        selected.is_some_and(|transfer| !transfer.is_over())
    } else if action == Action::Pause {
        selected.is_some_and(Transfer::is_running)
    } else {
        true
    }
}

/// Whether a key does something about the message that is selected: what was taken back has nothing left to be changed,
/// answered or copied.
fn concerns_message(model: &Model, action: Action) -> bool {
    let conversation = model.current();
    let chosen = conversation.selected.and_then(|number| conversation.message(number));
    let stands = chosen.is_some_and(|message| message.line.body.is_some());
    if matches!(action, Action::Correct | Action::Retract) {
        return stands && chosen.is_some_and(Message::is_ours);
    }
    stands || !matches!(action, Action::Answer | Action::React | Action::CopyText | Action::OpenLink)
}

fn named(model: &Model, (context, action, word): Hint) -> Option<(String, String)> {
    model.keymap.key(context, action).map(|key| (key, word.to_owned()))
}
