//! A field to type into: several lines, edited as readline does, grapheme by grapheme.
//!
//! It holds plain text: control characters that are typed or pasted never get in. It knows no keys; the keymap does.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::text;

/// More than anybody types, and less than servers' limits on a stanza.
const LONGEST: usize = 64 * 1024;

/// A text and where in it the cursor stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Editor {
    text: String,
    cursor: usize,
    killed: String,
}

/// What an [`Editor`] looks like at some width.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) rows: Vec<String>,
    /// Row and column of the cursor.
    pub(crate) cursor: (usize, usize),
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
        self.text.clear();
        self.cursor = 0;
        self.insert(text);
    }

    /// Gives the text away and is empty.
    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Inserts at the cursor what may stand in a message.
    pub(crate) fn insert(&mut self, text: &str) {
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
            self.text.replace_range(start..self.cursor, "");
            self.cursor = start;
            self.insert(with);
        }
    }

    pub(crate) fn backspace(&mut self) {
        self.remove_to(self.left_of(self.cursor));
    }

    pub(crate) fn delete(&mut self) {
        self.remove_to(self.right_of(self.cursor));
    }

    pub(crate) fn left(&mut self) {
        self.cursor = self.left_of(self.cursor);
    }

    pub(crate) fn right(&mut self) {
        self.cursor = self.right_of(self.cursor);
    }

    pub(crate) fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    pub(crate) fn word_right(&mut self) {
        self.cursor = self.word_end();
    }

    pub(crate) fn line_start(&mut self) {
        self.cursor = self.start_of_line();
    }

    pub(crate) fn line_end(&mut self) {
        self.cursor = self.end_of_line();
    }

    pub(crate) fn kill_to_start(&mut self) {
        self.kill_to(self.start_of_line());
    }

    pub(crate) fn kill_to_end(&mut self) {
        self.kill_to(self.end_of_line());
    }

    pub(crate) fn kill_all(&mut self) {
        self.cursor = self.text.len();
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
        let killed = self.killed.clone();
        self.insert(&killed);
    }

    /// One line up, as near to the same column as there is; `false` on the first line.
    pub(crate) fn up(&mut self) -> bool {
        let start = self.start_of_line();
        if start == 0 {
            return false;
        }
        let column = text::width(&self.text[start..self.cursor]);
        let above = self.text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        self.cursor = above + text::head(&self.text[above..start - 1], column).len();
        true
    }

    /// One line down; `false` on the last line.
    pub(crate) fn down(&mut self) -> bool {
        let end = self.end_of_line();
        if end == self.text.len() {
            return false;
        }
        let column = text::width(&self.text[self.start_of_line()..self.cursor]);
        let below_end = self.text[end + 1..].find('\n').map_or(self.text.len(), |at| end + 1 + at);
        self.cursor = end + 1 + text::head(&self.text[end + 1..below_end], column).len();
        true
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
        let (start, end) = (self.cursor.min(other), self.cursor.max(other));
        if start < end {
            self.text[start..end].clone_into(&mut self.killed);
        }
        self.remove_to(other);
    }

    fn remove_to(&mut self, other: usize) {
        let (start, end) = (self.cursor.min(other), self.cursor.max(other));
        self.text.replace_range(start..end, "");
        self.cursor = self.boundary_from(start);
    }

    fn left_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor.prev_boundary(&self.text, 0).ok().flatten().unwrap_or(0)
    }

    fn right_of(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len())
    }

    /// `at`, or the next place where a cursor may stand: insertion and removal can join graphemes.
    fn boundary_from(&self, at: usize) -> usize {
        let mut cursor = GraphemeCursor::new(at, self.text.len(), true);
        if cursor.is_boundary(&self.text, 0).unwrap_or(true) { at } else { self.right_of(at) }
    }
}

/// Breaks at the edge, as terminals do: so the cursor's place is plain to see.
fn draw(text: &str, cursor: usize, width: usize) -> Drawn {
    let width = width.max(2);
    let mut rows = vec![String::new()];
    let (mut row, mut column) = (0, 0);
    let mut place = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let shown = if grapheme == "\n" { String::new() } else { text::visible(grapheme) };
        let wide = text::width(&shown);
        if column + wide > width && column > 0 {
            rows.push(String::new());
            (row, column) = (row + 1, 0);
        }
        if at == cursor {
            place = (row, column);
        }
        if grapheme == "\n" {
            rows.push(String::new());
            (row, column) = (row + 1, 0);
        } else if let Some(line) = rows.last_mut() {
            line.push_str(&shown);
            column += wide;
        }
    }
    if cursor >= text.len() {
        if column >= width {
            rows.push(String::new());
            (row, column) = (row + 1, 0);
        }
        place = (row, column);
    }
    Drawn { rows, cursor: place }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Editor {
        let mut editor = Editor::default();
        editor.insert(text);
        editor
    }

    #[test]
    fn a_family_is_one_step_and_one_backspace() {
        let mut editor = typed("a👩‍👩‍👧‍👦e\u{301}");
        editor.left();
        editor.backspace();
        assert_eq!(editor.text(), "ae\u{301}");
        assert_eq!(editor.before(), "a");
    }

    #[test]
    fn words_are_killed_and_yanked() {
        let mut editor = typed("Come, gentle night");
        editor.kill_word_left();
        assert_eq!(editor.text(), "Come, gentle ");
        editor.line_start();
        editor.yank();
        assert_eq!(editor.text(), "nightCome, gentle ");
        editor.word_right();
        editor.kill_to_end();
        assert_eq!(editor.text(), "nightCome");
    }

    #[test]
    fn control_characters_do_not_get_in() {
        assert_eq!(typed("a\x1b[31m\r\nb\tc\0").text(), "a[31m\nb    c");
    }

    #[test]
    fn the_cursor_moves_between_lines_and_stays_in_its_column() {
        let mut editor = typed("東京都\nab");
        assert!(editor.up());
        assert_eq!(editor.before(), "東");
        assert!(!editor.up());
        assert!(editor.down());
        assert_eq!(editor.before(), "東京都\nab");
        assert!(!editor.down());
    }

    #[test]
    fn wide_text_is_broken_between_characters() {
        let drawn = typed("東京都").drawn(5);
        assert_eq!(drawn.rows, ["東京", "都"]);
        assert_eq!(drawn.cursor, (1, 2));
        assert_eq!(typed("abcd").drawn(4), Drawn { rows: vec!["abcd".into(), String::new()], cursor: (1, 0) });
        assert_eq!(typed("pass").masked(10, "•").rows, ["••••"]);
    }

    #[test]
    fn what_is_pasted_is_bounded() {
        assert_eq!(typed(&"語".repeat(LONGEST)).text().len(), LONGEST / 3 * 3);
    }
}
