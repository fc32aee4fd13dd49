//! What a field looks like: its text in rows, broken between words, and the cell of the cursor.

use unicode_segmentation::UnicodeSegmentation;

use crate::tui::widget::text;

/// What a field looks like at some width.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) rows: Vec<String>,
    /// Row and column of the cursor.
    pub(crate) cursor: (usize, usize),
}

/// Draws `text`, `width` cells wide, with the cursor before its byte `cursor`.
///
/// Rows break before a word that does not fit any more, and inside one that is longer than a row. Spaces at the end of a
/// row may stand beyond its edge, where nobody sees them; a cursor there is shown where the next word will be.
pub(super) fn draw(text: &str, cursor: usize, width: usize) -> Drawn {
    let pen = written(text, cursor, width);
    Drawn { cursor: pen.place.unwrap_or_default(), rows: pen.rows }
}

/// A row up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Up,
    Down,
}

/// The place in the row above or below that is nearest to the column of the cursor; none if there is no such row.
pub(super) fn beside(text: &str, cursor: usize, width: usize, step: Step) -> Option<usize> {
    let pen = written(text, cursor, width);
    let (row, column) = pen.place?;
    let wanted = match step {
        Step::Up => row.checked_sub(1)?,
        Step::Down => Some(row + 1).filter(|below| *below < pen.rows.len())?,
    };
    let there = pen.places.iter().filter(|(_, (row, _))| *row == wanted);
    let before = there.clone().rfind(|(_, (_, at))| *at <= column);
    before.or(there.clone().next()).map(|(at, _)| *at)
}

fn written(text: &str, cursor: usize, width: usize) -> Pen {
    let (rows, places) = (vec![String::new()], Vec::new());
    let mut pen = Pen { width: width.max(2), rows, column: 0, cursor, place: None, places };
    for (at, word) in text.split_word_bound_indices() {
        pen.word(at, word);
    }
    if pen.place.is_none() {
        pen.wrap_if(pen.column >= pen.width);
        pen.mark();
    }
    pen.note(text.len());
    pen
}

/// Where the next letter goes.
struct Pen {
    width: usize,
    rows: Vec<String>,
    column: usize,
    cursor: usize,
    place: Option<(usize, usize)>,
    /// Where the cursor can stand: the byte, its row and its column.
    places: Vec<(usize, (usize, usize))>,
}

impl Pen {
    fn word(&mut self, at: usize, word: &str) {
        let is_space = word.chars().all(char::is_whitespace);
        let wide = text::width(&shown(word));
        self.wrap_if(!is_space && self.column > 0 && self.column + wide > self.width);
        for (offset, grapheme) in word.grapheme_indices(true) {
            self.grapheme(at + offset, grapheme, is_space);
        }
    }

    fn grapheme(&mut self, at: usize, grapheme: &str, is_space: bool) {
        let shown = shown(grapheme);
        let wide = text::width(&shown);
        let fits = self.column + wide <= self.width;
        let is_break = grapheme == "\n" || grapheme == "\r\n";
        self.wrap_if(!fits && !is_space && self.column > 0);
        if at == self.cursor {
            self.wrap_if(!is_break && self.column >= self.width);
            self.mark();
        }
        self.note(at);
        if is_break {
            self.wrap_if(true);
        } else if fits || !is_space {
            self.column += wide;
            if let Some(row) = self.rows.last_mut() {
                row.push_str(&shown);
            }
        }
    }

    fn mark(&mut self) {
        self.place = Some((self.rows.len() - 1, self.column.min(self.width)));
    }

    /// A place beyond the edge is one where nobody sees the cursor.
    fn note(&mut self, at: usize) {
        if self.column < self.width {
            self.places.push((at, (self.rows.len() - 1, self.column)));
        }
    }

    fn wrap_if(&mut self, does: bool) {
        if does {
            self.rows.push(String::new());
            self.column = 0;
        }
    }
}

/// A draft looks as it will when it was said.
fn shown(grapheme: &str) -> String {
    if grapheme.ends_with('\n') { String::new() } else { text::visible(&text::said(grapheme)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(text: &str, width: usize) -> Drawn {
        draw(text, text.len(), width)
    }

    #[test]
    fn rows_break_between_words() {
        let drawn = at_end("Come, gentle night", 12);
        assert_eq!(drawn, Drawn { rows: vec!["Come, gentle".into(), "night".into()], cursor: (1, 5) });
    }

    #[test]
    fn a_word_longer_than_a_row_breaks_inside() {
        assert_eq!(at_end("abcdefgh", 3).rows, ["abc", "def", "gh"]);
    }

    #[test]
    fn wide_characters_are_not_cut() {
        let drawn = at_end("東京都", 5);
        assert_eq!(drawn, Drawn { rows: vec!["東京".into(), "都".into()], cursor: (1, 2) });
    }

    #[test]
    fn a_full_row_puts_the_cursor_on_the_next() {
        assert_eq!(at_end("abcd", 4), Drawn { rows: vec!["abcd".into(), String::new()], cursor: (1, 0) });
        assert_eq!(at_end("abcd ", 4), Drawn { rows: vec!["abcd".into(), String::new()], cursor: (1, 0) });
        assert_eq!(at_end("abcd  ef", 4), Drawn { rows: vec!["abcd".into(), "ef".into()], cursor: (1, 2) });
    }

    #[test]
    fn the_cursor_stands_before_its_letter_wherever_that_is() {
        assert_eq!(draw("to be or not", 6, 6).cursor, (1, 0));
        assert_eq!(draw("ab\ncd", 2, 9).cursor, (0, 2));
        assert_eq!(draw("ab\ncd", 3, 9).cursor, (1, 0));
        assert_eq!(draw("e\u{301}x", 3, 9).cursor, (0, 1));
    }

    #[test]
    fn marks_of_direction_are_not_seen_and_overrides_are() {
        assert_eq!(at_end("\u{5d0}\u{200f}!", 9), Drawn { rows: vec!["\u{5d0}!".into()], cursor: (0, 2) });
        assert_eq!(at_end("a\u{202e}b", 12).rows, ["a<U+202E>b"]);
    }

    #[test]
    fn an_empty_field_has_one_row() {
        assert_eq!(at_end("", 7), Drawn { rows: vec![String::new()], cursor: (0, 0) });
        assert_eq!(at_end("a\n", 7), Drawn { rows: vec!["a".into(), String::new()], cursor: (1, 0) });
    }
}
