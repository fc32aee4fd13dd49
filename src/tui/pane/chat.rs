//! The conversation: only what is visible is put into rows, from the bottom up; which part that is, is [scrolled](scrolling).

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::message::Standing;
use super::{draw_lines, home, message, roster};
use crate::engine::event::ChatState;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::conversation::{Conversation, Entry, EntryNumber, Scroll};
use crate::tui::model::{ConversationId, Model, Page};
use crate::tui::widget::line::{plain, written};
use crate::tui::widget::{calendar, text};
use crate::tui::words::presence;

mod scrolling;

pub(crate) use scrolling::{
    Motion, has_room, lowest, message_a_page_on, reveal, scroll, show_found, show_new, shows_end,
};

pub(crate) fn title(model: &Model) -> String {
    let Page::With(id) = &model.page else { return "Balcony".to_owned() };
    let dot = model.look.symbols.between;
    let Some(account) = model.accounts.get(&id.account) else { return String::new() };
    let contact = account.contacts.get(id.peer.jid());
    let show = account.availability(id.peer.jid());
    let (symbol, _) = roster::availability(model, show);
    let address = text::address(id.peer.jid().as_str());
    let who = model.tag(id.account).map_or_else(|| address.clone(), |tag| format!("{address} {tag}"));
    let mut parts = vec![format!("{who} {symbol}")];
    if let Some(resource) = contact.and_then(|contact| contact.resources.first()).filter(|_| show.is_some()) {
        parts = vec![format!("{who} {symbol} {}", resource.jid.resource())];
        parts.extend(resource.status.clone().filter(|status| !status.trim().is_empty()));
        parts.extend(resource.idle_since.and_then(|since| presence::idle(model.now.wall, since)));
    } else if let Some(at) = contact.and_then(|contact| contact.last_seen) {
        parts.push(presence::last_seen(model.now.wall, at));
    }
    if account.is_blocked(id.peer.jid()) {
        parts.push("blocked".to_owned());
    }
    parts.extend(doing(model, id).map(|doing| model.look.symbols.spell(doing)));
    text::visible(&parts.join(&format!(" {dot} ")))
}

fn doing(model: &Model, id: &ConversationId) -> Option<&'static str> {
    match model.conversations.get(id)?.their_state? {
        ChatState::Composing => Some("typing…"),
        ChatState::Paused => Some("paused typing"),
        ChatState::Gone => Some("left the conversation"),
        ChatState::Active | ChatState::Inactive => None,
    }
}

/// How much there is below what is shown.
pub(crate) fn position(model: &Model) -> String {
    let conversation = model.current();
    if conversation.is_aside() {
        return format!(" {} newer below ", model.look.symbols.down);
    }
    match conversation.scroll {
        Scroll::Following => String::new(),
        Scroll::At(number, _) => {
            let below = conversation.end().saturating_sub(number + 1);
            let many = if below == 0 { "more".to_owned() } else { below.to_string() };
            format!(" {} {many} below ", model.look.symbols.down)
        }
    }
}

pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut lines = visible(model, width, height);
    if model.page == Page::Home {
        lines = first_page(home::lines(model, width, height), lines, height);
    } else if lines.is_empty() {
        lines = empty(model, width);
    }
    draw_lines(lines, area, buf);
}

/// What is true above what was said here; both are cut where they do not fit.
fn first_page(mut page: Vec<Line<'static>>, mut said: Vec<Line<'static>>, height: usize) -> Vec<Line<'static>> {
    page.truncate(height - said.len().min(height / 2));
    let room = height - page.len();
    page.extend(said.split_off(said.len().saturating_sub(room)));
    page
}

fn empty(model: &Model, width: usize) -> Vec<Line<'static>> {
    let Page::With(id) = &model.page else { return Vec::new() };
    let name = model.name_of(id.account, id.peer.jid());
    let back = model.keymap.key(Context::Everywhere, Action::ScrollUp).unwrap_or_default();
    let says = if model.current().is_cleared() {
        format!("Cleared; {back} brings back what was said.")
    } else {
        format!("Nothing said yet. Write to {name} below and press Enter; /send FILE offers a file.")
    };
    text::wrap(&text::visible(&says), width).into_iter().map(|line| Line::styled(line, model.look.theme.dim)).collect()
}

/// The rows on the screen, the lowest last.
fn visible(model: &Model, width: usize, height: usize) -> Vec<Line<'static>> {
    let conversation = model.current();
    let Some((mut number, shown)) = bottom(model, conversation, width) else { return Vec::new() };
    let mut entry = rows(model, conversation, number, width);
    entry.truncate(shown);
    let mut upwards: Vec<Line<'static>> = entry.into_iter().rev().collect();
    while upwards.len() < height && number > conversation.start() {
        number -= 1;
        upwards.extend(rows(model, conversation, number, width).into_iter().rev());
    }
    upwards.truncate(height);
    upwards.reverse();
    upwards
}

/// The entry at the bottom and how many of its rows are shown; none if there is none.
fn bottom(model: &Model, conversation: &Conversation, width: usize) -> Option<(EntryNumber, usize)> {
    let last = conversation.end().checked_sub(1).filter(|last| *last >= conversation.start())?;
    match conversation.scroll {
        Scroll::Following => Some((last, rows(model, conversation, last, width).len())),
        Scroll::At(number, row) => Some((number.clamp(conversation.start(), last), row.max(1))),
    }
}

/// An entry in rows, with the day and the line between old and new above it where they belong.
fn rows(model: &Model, conversation: &Conversation, number: EntryNumber, width: usize) -> Vec<Line<'static>> {
    let Some(entry) = conversation.entry(number) else { return Vec::new() };
    let mut lines = Vec::new();
    let day = |entry: &Entry| calendar::day(entry.at(), &model.look.zone);
    let before = number.checked_sub(1).and_then(|before| conversation.entry(before));
    if before.is_none_or(|before| day(before) != day(entry)) && model.page != Page::Home {
        let title = calendar::day_title(day(entry), model.now.wall, &model.look.zone);
        lines.push(rule(model, &title, width, model.look.theme.dim));
    }
    if conversation.first_unread == Some(number) {
        lines.push(rule(model, "new messages", width, model.look.theme.unread));
    }
    match entry {
        Entry::Message(message) => lines.extend(message::rows(model, message, width, standing(conversation, number))),
        Entry::Notice { at, text } => note_rows(model, *at, text, false, width, &mut lines),
        // There may be line breaks in the name of a file.
        Entry::File { at, text, .. } => {
            let text = text::visible(&text.told_of(&model.other_side(&model.page)));
            note_rows(model, *at, &text, true, width, &mut lines);
        }
    }
    lines
}

fn standing(conversation: &Conversation, number: EntryNumber) -> Standing {
    if conversation.selected == Some(number) {
        Standing::Selected
    } else if conversation.found == Some(number) {
        Standing::Found
    } else {
        Standing::Plain
    }
}

fn rule(model: &Model, title: &str, width: usize, style: ratatui::style::Style) -> Line<'static> {
    let side = width.saturating_sub(text::width(title) + 2) / 2;
    let rule = model.look.symbols.rule.repeat(side);
    plain_line(text::cut(&format!("{rule} {title} {rule}"), width, ""), style)
}

fn plain_line(content: String, style: ratatui::style::Style) -> Line<'static> {
    Line::from(plain(content, style))
}

fn note_rows(
    model: &Model,
    at: std::time::SystemTime,
    note: &str,
    about_file: bool,
    width: usize,
    lines: &mut Vec<Line<'static>>,
) {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let style = if about_file { theme.moving } else { theme.dim };
    let head = format!("{} {} ", symbols.event, calendar::time_of_day(at, &model.look.zone));
    let indent = text::width(&head);
    let pieces = text::visible_lines(note).flat_map(|line| text::wrap(&line, width.saturating_sub(indent).max(2)));
    for (index, piece) in pieces.enumerate() {
        let start = if index == 0 { plain(head.clone(), theme.dim) } else { Span::raw(" ".repeat(indent)) };
        lines.push(Line::from(vec![start, written(&piece, style)]));
    }
}
