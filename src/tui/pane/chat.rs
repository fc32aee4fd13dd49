//! The conversation: only what is visible is put into rows, from the bottom up.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::message::Standing;
use super::{draw_lines, home, message, roster};
use crate::engine::event::ChatState;
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layout::Layout;
use crate::tui::model::conversation::{Conversation, Entry, EntryNumber, Newer, Scroll};
use crate::tui::model::{ConversationId, Model, Page};
use crate::tui::update::history;
use crate::tui::widget::line::{plain, written};
use crate::tui::widget::{calendar, text};
use crate::tui::words::presence;

/// Where the user wants to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    PageUp,
    PageDown,
    Up(usize),
    Down(usize),
    End,
}

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

/// Whether the newest line is on the screen.
pub(crate) fn shows_end(model: &Model) -> bool {
    let conversation = model.current();
    Layout::of(model).chat.is_some() && conversation.scroll == Scroll::Following && !conversation.is_aside()
}

/// Brings the selected message onto the screen. Near the top, what is older is asked for, but not what was cleared.
pub(crate) fn reveal(model: &mut Model) -> Effects {
    let (Some(area), Some(number)) = (Layout::of(model).chat, model.current().selected) else { return Effects::new() };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    if let Some(scroll) = revealed(model, number, width, height) {
        model.current_mut().scroll = scroll;
    }
    let is_wanted = !model.current().is_cleared() && is_near_top(model, width, height);
    if is_wanted { history::load_older(model) } else { Effects::new() }
}

/// Where to scroll so that an entry is seen; none if it is.
fn revealed(model: &Model, number: EntryNumber, width: usize, height: usize) -> Option<Scroll> {
    let conversation = model.current();
    let (lowest, shown) = bottom(model, conversation, width)?;
    let own = rows(model, conversation, number, width).len();
    if number > lowest || (number == lowest && own > shown) {
        let is_last = number + 1 >= conversation.end();
        return Some(if is_last { Scroll::Following } else { Scroll::At(number, own) });
    }
    let mut above = shown;
    for other in (number..lowest).rev() {
        above += rows(model, conversation, other, width).len();
        if above > height {
            let (bottom, row) = fill(model, conversation, number, width, height)?;
            return Some(Scroll::At(bottom, row));
        }
    }
    None
}

/// The message about a page further up or down; the first or last one, if there is less.
pub(crate) fn message_a_page_on(model: &Model, from: EntryNumber, action: Action) -> Option<EntryNumber> {
    let area = Layout::of(model).chat?;
    let (width, mut left) = (usize::from(area.width), usize::from(area.height).saturating_sub(2));
    let conversation = model.current();
    let mut there = None;
    let mut here = from;
    loop {
        let next = if action == Action::ScrollUp {
            conversation.message_before(here)
        } else {
            conversation.message_after(here)
        };
        let Some(next) = next else { return there };
        (here, there) = (next, Some(next));
        left = left.saturating_sub(rows(model, conversation, next, width).len());
        if left == 0 {
            return there;
        }
    }
}

/// Looks elsewhere. At the top the page stays full; at the bottom it follows again.
pub(crate) fn scroll(model: &mut Model, motion: Motion) -> Effects {
    let Some(area) = Layout::of(model).chat else { return Effects::new() };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let page = height.saturating_sub(2).max(1);
    let scroll = match motion {
        Motion::End => Scroll::Following,
        Motion::PageUp => up(model, width, height, page),
        Motion::Up(steps) => up(model, width, height, steps),
        Motion::PageDown => down(model, width, page),
        Motion::Down(steps) => down(model, width, steps),
    };
    model.current_mut().scroll = scroll;
    match motion {
        Motion::PageUp | Motion::Up(_) if is_near_top(model, width, height) => history::load_older(model),
        Motion::PageDown | Motion::Down(_) if model.current().is_aside() => go_on(model, width, height),
        Motion::End => {
            model.current_mut().show_newest();
            model.current_mut().scroll = Scroll::Following;
            Effects::new()
        }
        Motion::PageUp | Motion::Up(_) | Motion::PageDown | Motion::Down(_) => Effects::new(),
    }
}

/// Below an older part comes what is newer, and at last the newest.
fn go_on(model: &mut Model, width: usize, height: usize) -> Effects {
    let conversation = model.current();
    let last = conversation.end() - 1;
    match (conversation.scroll, conversation.newer) {
        (Scroll::Following, Newer::Nothing) => {
            model.current_mut().show_newest();
            return Effects::new();
        }
        (Scroll::Following, Newer::More(_) | Newer::Asked(_)) => {
            model.current_mut().scroll = end(model, conversation, width);
        }
        (Scroll::At(..), _) => {}
    }
    let is_near_end = lowest(model).is_none_or(|number| last - number < EntryNumber::try_from(height * 2).unwrap_or(0));
    if is_near_end { history::load_newer(model) } else { Effects::new() }
}

/// The entry at the bottom of the screen.
pub(crate) fn lowest(model: &Model) -> Option<EntryNumber> {
    let conversation = model.current();
    let last = conversation.end().checked_sub(1).filter(|last| *last >= conversation.start())?;
    match conversation.scroll {
        Scroll::Following => Some(last),
        Scroll::At(number, _) => Some(number.clamp(conversation.start(), last)),
    }
}

/// Shows what the user looked for, in the middle of the screen.
pub(crate) fn show_found(model: &mut Model, number: EntryNumber) {
    model.current_mut().found = Some(number);
    let Some(area) = Layout::of(model).chat else { return };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let conversation = model.current();
    let highest = fill(model, conversation, conversation.start(), width, height);
    let bottom = fill(model, conversation, number, width, height / 2 + 1);
    model.current_mut().scroll = match (highest, bottom) {
        (Some(highest), Some(bottom)) => Scroll::At(highest.max(bottom).0, highest.max(bottom).1),
        (_, _) if conversation.is_aside() => end(model, conversation, width),
        (_, _) => Scroll::Following,
    };
}

/// The last row of an older part, which does not follow what comes.
fn end(model: &Model, conversation: &Conversation, width: usize) -> Scroll {
    let last = conversation.end() - 1;
    Scroll::At(last, rows(model, conversation, last, width).len())
}

/// Whether so little is left above that the next page should be on its way.
fn is_near_top(model: &Model, width: usize, height: usize) -> bool {
    let conversation = model.current();
    let Scroll::At(number, row) = conversation.scroll else {
        return fill(model, conversation, conversation.start(), width, height).is_none();
    };
    let soon = fill(model, conversation, conversation.start(), width, height * 3);
    soon.is_none_or(|soon| (number, row) <= soon)
}

/// Whether all that there is leaves room for more.
pub(crate) fn has_room(model: &Model) -> bool {
    let Some(area) = Layout::of(model).chat else { return false };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    fill(model, model.current(), model.current().start(), width, height).is_none()
}

/// Shows what is new from its beginning on, if it is more than a page.
pub(crate) fn show_new(model: &mut Model) {
    let (Some(area), Some(first)) = (Layout::of(model).chat, model.current().first_unread) else { return };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let bottom = fill(model, model.current(), first, width, height);
    model.current_mut().scroll = bottom.map_or(Scroll::Following, |(number, row)| Scroll::At(number, row));
}

fn up(model: &Model, width: usize, height: usize, mut steps: usize) -> Scroll {
    let conversation = model.current();
    let Some((mut number, mut row)) = bottom(model, conversation, width) else { return Scroll::Following };
    while steps >= row && number > conversation.start() {
        steps -= row;
        number -= 1;
        row = rows(model, conversation, number, width).len();
    }
    let wanted = (number, row.saturating_sub(steps).max(1));
    let highest = fill(model, conversation, conversation.start(), width, height);
    let (number, row) = wanted.max(highest.unwrap_or((EntryNumber::MAX, 0)));
    if number == EntryNumber::MAX { Scroll::Following } else { Scroll::At(number, row) }
}

/// The bottom of the full page that begins with this entry; none if the rest does not fill one.
fn fill(
    model: &Model,
    conversation: &Conversation,
    first: EntryNumber,
    width: usize,
    height: usize,
) -> Option<(EntryNumber, usize)> {
    let mut left = height;
    for number in first..conversation.end() {
        let rows = rows(model, conversation, number, width).len();
        if rows >= left {
            return Some((number, left));
        }
        left -= rows;
    }
    None
}

fn down(model: &Model, width: usize, steps: usize) -> Scroll {
    let conversation = model.current();
    let Scroll::At(mut number, row) = conversation.scroll else { return Scroll::Following };
    let mut row = row + steps;
    loop {
        let rows = rows(model, conversation, number, width).len();
        let is_last = number + 1 >= conversation.end();
        if row < rows || (row == rows && !is_last) {
            return Scroll::At(number, row);
        }
        if is_last {
            return Scroll::Following;
        }
        row -= rows;
        number += 1;
        if row == 0 {
            return Scroll::At(number - 1, rows);
        }
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
