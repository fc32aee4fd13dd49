//! A field to type into: several lines, edited as readline does, grapheme by grapheme.
//!
//! It holds plain text: control characters that are typed or pasted never get in. It knows no keys; the keymap does.

mod drawn;
mod killed;
#[cfg(test)]
mod tests;
mod undo;
mod vi;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

pub(crate) use drawn::Drawn;

use crate::tui::widget::text;
use drawn::{Step, beside, draw};
use killed::Killed;
use undo::{Change, State, Steps};
pub(crate) use vi::{Mode, Vi};

/// More than anybody types, and less than servers' limits on a stanza.
pub(crate) const LONGEST: usize = 64 * 1024;

/// A text and where in it the cursor stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Editor {
    text: String,
    cursor: usize,
    killed: Killed,
    steps: Steps,
}

impl Editor {
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What stands before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Holds that text instead, the cursor at its end.
    pub(crate) fn replace(&mut self, text: &str) {
        self.note(Change::Alone);
        self.text.clear();
        self.cursor = 0;
        self.put(text);
    }

    /// Gives the text away and is empty.
    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        self.steps = Steps::default();
        std::mem::take(&mut self.text)
    }

    /// Takes the last change back.
    pub(crate) fn undo(&mut self) {
        let before = self.steps.back(self.state());
        self.become_if(before);
    }

    /// Changes again what was taken back.
    pub(crate) fn redo(&mut self) {
        let after = self.steps.forward(self.state());
        self.become_if(after);
    }

    /// Inserts at the cursor what may stand in a message.
    pub(crate) fn insert(&mut self, text: &str) {
        let is_letter = text.chars().nth(1).is_none();
        self.note(match text.chars().next() {
            Some(first) if is_letter && first.is_whitespace() => Change::NewWord,
            Some(_) if is_letter => Change::Typing,
            Some(_) | None => Change::Alone,
        });
        self.put(text);
    }

    fn put(&mut self, text: &str) {
        let room = LONGEST.saturating_sub(self.text.len());
        let clean = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
        let mut clean: String = clean.chars().filter(|&c| c == '\n' || !c.is_control()).collect();
        if clean.len() > room {
            let end = (0..=room).rev().find(|&at| clean.is_char_boundary(at)).unwrap_or(0);
            clean.truncate(end);
        }
        self.text.insert_str(self.cursor, &clean);
        self.cursor = self.boundary_from(self.cursor + clean.len());
    }

    /// Replaces what stands between `start` and the cursor.
    pub(crate) fn complete(&mut self, start: usize, with: &str) {
        if start <= self.cursor && self.text.is_char_boundary(start) {
            self.note(Change::Alone);
            self.text.replace_range(start..self.cursor, "");
            self.cursor = start;
            self.put(with);
        }
    }

    pub(crate) fn backspace(&mut self) {
        self.remove_to(self.left_of(self.cursor), Change::Deleting);
    }

    pub(crate) fn delete(&mut self) {
        self.remove_to(self.right_of(self.cursor), Change::Deleting);
    }

    pub(crate) fn left(&mut self) {
        self.go_to(self.left_of(self.cursor));
    }

    pub(crate) fn right(&mut self) {
        self.go_to(self.right_of(self.cursor));
    }

    pub(crate) fn word_left(&mut self) {
        self.go_to(self.word_start());
    }

    pub(crate) fn word_right(&mut self) {
        self.go_to(self.word_end());
    }

    pub(crate) fn line_start(&mut self) {
        self.go_to(self.start_of_line());
    }

    pub(crate) fn line_end(&mut self) {
        self.go_to(self.end_of_line());
    }

    pub(crate) fn kill_to_start(&mut self) {
        self.kill_to(self.start_of_line());
    }

    pub(crate) fn kill_to_end(&mut self) {
        self.kill_to(self.end_of_line());
    }

    pub(crate) fn kill_all(&mut self) {
        self.go_to(self.text.len());
        self.kill_to(0);
    }

    pub(crate) fn kill_word_left(&mut self) {
        let before = self.before().trim_end();
        let start = before.rfind(char::is_whitespace).map_or(0, |at| self.right_of(at));
        self.kill_to(start);
    }

    pub(crate) fn kill_word_right(&mut self) {
        self.kill_to(self.word_end());
    }

    pub(crate) fn yank(&mut self) {
        let killed = self.killed.text().to_owned();
        self.insert(&killed);
    }

    pub(crate) fn is_on_first_line(&self) -> bool {
        self.start_of_line() == 0
    }

    /// One row up as it is drawn `width` cells wide, as near to the same column as there is; `false` on the first row.
    pub(crate) fn up(&mut self, width: usize) -> bool {
        self.step(width, Step::Up)
    }

    /// One row down; `false` on the last row.
    pub(crate) fn down(&mut self, width: usize) -> bool {
        self.step(width, Step::Down)
    }

    fn step(&mut self, width: usize, step: Step) -> bool {
        let place = beside(&self.text, self.cursor, width, step);
        if let Some(place) = place {
            self.go_to(place);
        }
        place.is_some()
    }

    /// What it looks like, `width` cells wide.
    pub(crate) fn drawn(&self, width: usize) -> Drawn {
        draw(&self.text, self.cursor, width)
    }

    /// What it looks like if nobody may read it.
    pub(crate) fn masked(&self, width: usize, mask: &str) -> Drawn {
        let all = mask.repeat(self.text.graphemes(true).count());
        let before = mask.len() * self.before().graphemes(true).count();
        draw(&all, before, width)
    }

    fn start_of_line(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn end_of_line(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn word_start(&self) -> usize {
        let mut words = self.before().unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    fn word_end(&self) -> usize {
        let mut words = self.text[self.cursor..].unicode_word_indices();
        words.next().map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
    }

    fn kill_to(&mut self, other: usize) {
        // Whatever changes the text parts two cuts, but for a cut.
        let mut killed = std::mem::take(&mut self.killed);
        if other < self.cursor {
            killed.put_before(&self.text[other..self.cursor]);
        } else {
            killed.put_behind(&self.text[self.cursor..other]);
        }
        self.remove_to(other, Change::Alone);
        self.killed = killed;
    }

    fn remove_to(&mut self, other: usize, change: Change) {
        let (start, end) = (self.cursor.min(other), self.cursor.max(other));
        if start < end {
            self.note(change);
            self.text.replace_range(start..end, "");
            self.cursor = self.boundary_from(start);
        }
    }

    fn go_to(&mut self, place: usize) {
        self.cursor = place;
        self.steps.part();
        self.killed.part();
    }

    fn state(&self) -> State {
        State { text: self.text.clone(), cursor: self.cursor }
    }

    fn note(&mut self, change: Change) {
        self.steps.note(self.state(), change);
        self.killed.part();
    }

    fn become_if(&mut self, state: Option<State>) {
        if let Some(State { text, cursor }) = state {
            (self.text, self.cursor) = (text, cursor);
            self.killed.part();
        }
    }

    /// The place one step to the left. A mark of direction, which nobody sees, goes with what is before it.
    fn left_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        loop {
            let place = cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0);
            if place == 0 || !text::begins_with_mark(&self.text[place..]) {
                return place;
            }
        }
    }

    /// The same to the right.
    fn right_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        loop {
            let place = cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len());
            if !text::begins_with_mark(&self.text[place..]) {
                return place;
            }
        }
    }

    /// `at`, or the next place where a cursor may stand: insertion and removal can join graphemes.
    fn boundary_from(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        if cursor.is_boundary(&self.text, 0).unwrap_or(true) { at } else { self.right_of(at) }
    }
}
