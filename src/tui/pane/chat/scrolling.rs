//! Which part of a conversation is on the screen: what the user scrolls to, selected, or looked for.

use super::{bottom, rows};
use crate::tui::effect::Effects;
use crate::tui::keymap::Action;
use crate::tui::layout::Layout;
use crate::tui::model::Model;
use crate::tui::model::conversation::{Conversation, EntryNumber, Newer, Scroll};
use crate::tui::update::history;

/// Where the user wants to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    PageUp,
    PageDown,
    Up(usize),
    Down(usize),
    End,
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
            model.current_mut().follow();
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
