//! vi's normal mode, for fingers that have it: motions, operators on them, counts.
//!
//! What it knows is what is used within a few lines: `h j k l w b e 0 ^ $ gg G`, `x X D C d c y` with a motion or doubled,
//! `i a I A o O`, `p P u Ctrl-R`. Letters only; other keys mean what they mean everywhere.

use unicode_segmentation::UnicodeSegmentation;

use super::Editor;

/// No count is honest beyond this.
const MOST: usize = 999;

/// What letters do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are written.
    #[default]
    Insert,
    /// They command.
    Normal,
}

/// The state between two keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Vi {
    mode: Mode,
    count: usize,
    operator: Option<Operator>,
    /// `g` was pressed.
    is_going: bool,
}

/// What waits for a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Delete,
    Change,
    Yank,
}

impl Operator {
    fn of(letter: char) -> Option<Operator> {
        match letter {
            'd' => Some(Operator::Delete),
            'c' => Some(Operator::Change),
            'y' => Some(Operator::Yank),
            _ => None,
        }
    }
}

impl Vi {
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the next letter belongs to those before it.
    pub(crate) fn is_begun(&self) -> bool {
        self.operator.is_some() || self.is_going || self.count > 0
    }

    /// Ends writing, or what was begun.
    pub(crate) fn escape(&mut self, editor: &mut Editor) {
        if self.mode == Mode::Insert && editor.start_of_line() < editor.cursor {
            editor.left();
        }
        *self = Vi { mode: Mode::Normal, ..Vi::default() };
    }

    /// Begins writing, as every new message does.
    pub(crate) fn insert(&mut self) {
        *self = Vi::default();
    }

    /// Does what a letter commands in normal mode.
    pub(crate) fn command(&mut self, letter: char, editor: &mut Editor) {
        if let Some(digit) = letter.to_digit(10).filter(|digit| *digit > 0 || self.count > 0) {
            self.count = (self.count * 10 + digit as usize).min(MOST);
            return;
        }
        if letter == 'g' && !self.is_going {
            self.is_going = true;
            return;
        }
        let begun = std::mem::replace(self, Vi { mode: Mode::Normal, ..Vi::default() });
        let count = begun.count.max(1);
        match (begun.operator, Operator::of(letter)) {
            (Some(operator), Some(same)) if operator == same => self.operate_on_lines(operator, count, editor),
            (Some(operator), _) => self.operate(operator, letter, count, editor),
            (None, Some(operator)) => *self = Vi { operator: Some(operator), count: begun.count, ..self.clone() },
            (None, None) if begun.is_going && letter == 'g' => editor.go_to(0),
            (None, None) => self.plain(letter, count, editor),
        }
    }

    fn operate(&mut self, operator: Operator, motion: char, count: usize, editor: &mut Editor) {
        // As in vi, to change a word leaves the space behind it alone.
        let motion = if operator == Operator::Change && motion == 'w' { 'e' } else { motion };
        let Some(place) = repeated(motion, count, editor) else { return };
        let is_inclusive = motion == 'e' && place < editor.text.len();
        let place = if is_inclusive { editor.right_of(place) } else { place };
        self.apply(operator, editor.cursor, place, editor);
    }

    fn operate_on_lines(&mut self, operator: Operator, count: usize, editor: &mut Editor) {
        let start = editor.start_of_line();
        let mut end = editor.end_of_line();
        for _ in 1..count {
            end = editor.text.get(end + 1..).map_or(end, |rest| end + 1 + rest.find('\n').unwrap_or(rest.len()));
        }
        let takes_break = operator == Operator::Delete && end < editor.text.len();
        self.apply(operator, start, if takes_break { end + 1 } else { end }, editor);
    }

    fn apply(&mut self, operator: Operator, from: usize, to: usize, editor: &mut Editor) {
        let (start, end) = (from.min(to), from.max(to));
        if operator == Operator::Yank {
            editor.killed.hold(&editor.text[start..end]);
            return editor.go_to(start);
        }
        editor.go_to(start);
        editor.kill_to(end);
        if operator == Operator::Change {
            self.mode = Mode::Insert;
        }
    }

    fn plain(&mut self, letter: char, count: usize, editor: &mut Editor) {
        match letter {
            'i' => self.mode = Mode::Insert,
            'a' => self.insert_at(|editor| editor.cursor = after(editor), editor),
            'I' => self.insert_at(|editor| editor.go_to(first_letter(editor)), editor),
            'A' => self.insert_at(Editor::line_end, editor),
            'o' => self.insert_at(open_below, editor),
            'O' => self.insert_at(open_above, editor),
            'x' => self.apply(Operator::Delete, editor.cursor, many(after, count, editor), editor),
            'X' => self.apply(Operator::Delete, editor.cursor, many(before, count, editor), editor),
            'D' => editor.kill_to_end(),
            'C' => self.insert_at(Editor::kill_to_end, editor),
            'p' => {
                editor.cursor = after(editor);
                editor.yank();
            }
            'P' => editor.yank(),
            'u' => editor.undo(),
            'j' => while_it_goes(|editor| editor.down(usize::MAX), count, editor),
            'k' => while_it_goes(|editor| editor.up(usize::MAX), count, editor),
            motion => {
                if let Some(place) = repeated(motion, count, editor) {
                    editor.go_to(place);
                }
            }
        }
    }

    fn insert_at(&mut self, go: impl FnOnce(&mut Editor), editor: &mut Editor) {
        go(editor);
        self.mode = Mode::Insert;
    }
}

/// Where a motion leads, so many times; none if it is none.
fn repeated(motion: char, count: usize, editor: &Editor) -> Option<usize> {
    let step: fn(&Editor) -> usize = match motion {
        'h' => before,
        'l' | ' ' => after,
        'w' => next_word,
        'b' => Editor::word_start,
        'e' => end_of_word,
        '0' => Editor::start_of_line,
        '^' => first_letter,
        '$' => Editor::end_of_line,
        'G' => |editor| editor.text.len(),
        _ => return None,
    };
    Some(many(step, count, editor))
}

fn while_it_goes(step: fn(&mut Editor) -> bool, count: usize, editor: &mut Editor) {
    let mut left = count;
    while left > 0 && step(editor) {
        left -= 1;
    }
}

fn many(step: fn(&Editor) -> usize, count: usize, editor: &Editor) -> usize {
    let mut there = editor.clone();
    for _ in 0..count {
        there.cursor = step(&there);
    }
    there.cursor
}

fn before(editor: &Editor) -> usize {
    editor.left_of(editor.cursor).max(editor.start_of_line())
}

fn after(editor: &Editor) -> usize {
    editor.right_of(editor.cursor).min(editor.end_of_line())
}

fn next_word(editor: &Editor) -> usize {
    let rest = &editor.text[editor.cursor..];
    let mut words = rest.split_word_bound_indices().skip(1);
    let next = words.find(|(_, word)| !word.trim().is_empty());
    next.map_or(editor.text.len(), |(at, _)| editor.cursor + at)
}

/// On the last letter of this word, or of the next one if we stand there.
fn end_of_word(editor: &Editor) -> usize {
    let from = editor.right_of(editor.cursor);
    let mut words = editor.text[from..].split_word_bound_indices();
    let word = words.find(|(_, word)| !word.trim().is_empty());
    word.map_or(editor.text.len(), |(at, word)| editor.left_of(from + at + word.len()))
}

fn first_letter(editor: &Editor) -> usize {
    let line = &editor.text[editor.start_of_line()..editor.end_of_line()];
    editor.start_of_line() + (line.len() - line.trim_start().len())
}

fn open_below(editor: &mut Editor) {
    editor.line_end();
    editor.insert("\n");
}

fn open_above(editor: &mut Editor) {
    editor.line_start();
    editor.insert("\n");
    editor.left();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands in the field, with `|` where the cursor is, after those keys; `~` is Esc.
    fn after_keys(text: &str, keys: &str) -> String {
        let (mut editor, mut vi) = (Editor::default(), Vi::default());
        editor.insert(text);
        for key in keys.chars() {
            match (key, vi.mode()) {
                ('~', _) => vi.escape(&mut editor),
                (letter, Mode::Normal) => vi.command(letter, &mut editor),
                (letter, Mode::Insert) => editor.insert(letter.encode_utf8(&mut [0; 4])),
            }
        }
        format!("{}|{}", editor.before(), &editor.text()[editor.before().len()..])
    }

    #[test]
    fn motions_move() {
        for (keys, expected) in [
            ("~0", "|Come, gentle night"),
            ("~0w", "Come|, gentle night"),
            ("~0ww", "Come, |gentle night"),
            ("~03w", "Come, gentle |night"),
            ("~0e", "Com|e, gentle night"),
            ("~b", "Come, gentle |night"),
            ("~2b", "Come, |gentle night"),
            ("~h", "Come, gentle nig|ht"),
            ("~gg$", "Come, gentle night|"),
        ] {
            assert_eq!(after_keys("Come, gentle night", keys), expected, "{keys}");
        }
    }

    #[test]
    fn operators_take_motions_and_counts() {
        for (keys, expected) in [
            ("~0dw", "|, gentle night"),
            ("~0cwGo~", "G|o, gentle night"),
            ("~0d3w", "|night"),
            ("~0x", "|ome, gentle night"),
            ("~04x", "|, gentle night"),
            ("~bD", "Come, gentle |"),
            ("~dd", "|"),
            ("~0ywP", "Come|Come, gentle night"),
            ("~0dwu", "|Come, gentle night"),
            ("~ccAdieu~", "Adie|u"),
        ] {
            assert_eq!(after_keys("Come, gentle night", keys), expected, "{keys}");
        }
    }

    #[test]
    fn lines_are_opened_left_and_deleted() {
        assert_eq!(after_keys("one\ntwo", "~ggothree~"), "one\nthre|e\ntwo");
        assert_eq!(after_keys("one\ntwo", "~Ozero~"), "one\nzer|o\ntwo");
        assert_eq!(after_keys("one\ntwo", "~kdd"), "|two");
        assert_eq!(after_keys("one\ntwo\nthree", "~gg2dd"), "|three");
    }

    #[test]
    fn nothing_of_it_breaks_on_an_empty_field_or_within_a_grapheme() {
        for keys in ["~hjklwbe0^$GggxXDCdwdbdecwddccyyppPu", "~99999w", "~dg", "~d~x"] {
            after_keys("", keys);
            after_keys("👩‍👩‍👧‍👦e\u{301}\n東京", keys);
        }
    }
}
