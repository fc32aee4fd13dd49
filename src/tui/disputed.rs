//! Graphemes of several characters that take several cells: a family, a flag, a conjunct of Devanagari. One terminal joins
//! them, another draws each character in cells of its own, and none says which it does.
//!
//! Only what changed is written to the terminal, and what is behind such a grapheme's first cell counts as unchanged:
//! where it was drawn in pieces, pieces would stay when it goes. So a row that holds one, or held one, is written whole
//! whenever it changes, each cell in its place. A row that stays as it is costs nothing.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::{Buffer, CellDiffOption};

use super::widget::text;

/// The rows with such graphemes, and what each looked like when it was written last.
#[derive(Debug, Default)]
pub(super) struct Disputed {
    rows: BTreeMap<u16, u64>,
}

impl Disputed {
    /// Has those rows written whole that changed.
    pub(super) fn write_whole(&mut self, buf: &mut Buffer) {
        let before = std::mem::take(&mut self.rows);
        for y in buf.area.top()..buf.area.bottom() {
            let is_disputed = (buf.area.left()..buf.area.right()).any(|x| is_disputed(buf[(x, y)].symbol()));
            if !is_disputed && !before.contains_key(&y) {
                continue;
            }
            let looks = looks(buf, y);
            if before.get(&y) != Some(&looks) {
                write_row(buf, y);
            }
            if is_disputed {
                self.rows.insert(y, looks);
            }
        }
    }
}

fn is_disputed(symbol: &str) -> bool {
    !symbol.is_ascii() && symbol.chars().nth(1).is_some() && text::cells(symbol) > 1
}

fn looks(buf: &Buffer, y: u16) -> u64 {
    let mut hasher = DefaultHasher::new();
    for x in buf.area.left()..buf.area.right() {
        let cell = &buf[(x, y)];
        (cell.symbol(), cell.style()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Links are written in their own way. With the next frame all of it is written once more, for cells that are to be
/// written whatever they show are not the same as others.
fn write_row(buf: &mut Buffer, y: u16) {
    for x in buf.area.left()..buf.area.right() {
        let cell = &mut buf[(x, y)];
        if cell.diff_option == CellDiffOption::None {
            cell.diff_option = CellDiffOption::AlwaysUpdate;
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    /// What is written to a terminal of one row that shows these texts one after the other; of each, the cells.
    fn written(texts: &[&str]) -> Vec<Vec<u16>> {
        let mut disputed = Disputed::default();
        let mut before = Buffer::empty(Rect::new(0, 0, 8, 1));
        let mut frame = |text: &&str| {
            let mut next = Buffer::empty(before.area);
            next.set_string(0, 0, text, ratatui::style::Style::new());
            disputed.write_whole(&mut next);
            let cells = before.diff(&next).into_iter().map(|(x, _, _)| x).collect();
            before = next;
            cells
        };
        texts.iter().map(&mut frame).collect()
    }

    #[test]
    fn where_a_grapheme_of_several_characters_was_nothing_of_it_stays() {
        for grapheme in ["स्ते", "🇩🇪", "👩‍👩‍👧‍👦", "👍🏽"] {
            let cells = written(&[grapheme, ""]);
            assert_eq!(cells[1], (0..8).collect::<Vec<_>>(), "{grapheme}");
        }
    }

    #[test]
    fn a_row_that_stays_as_it_is_is_not_written_and_honest_rows_only_where_they_change() {
        assert!(written(&["🇩🇪", "🇩🇪", "🇩🇪"])[2].is_empty());
        assert_eq!(written(&["東京 e\u{301}", "東京 e\u{301}!"])[1], [6]);
    }
}
