//! Text on a screen: made harmless, measured, cut and wrapped by grapheme.
//!
//! Everything that others wrote (bodies, names, file names, reasons) passes [`visible`] before it is drawn, so that no
//! escape sequence, bidirectional override or heap of combining marks reaches the terminal.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// More scalar values than any honest grapheme has: the longest emoji sequences take ten.
const LONGEST_GRAPHEME: usize = 16;

/// Asks for a character's colourful form. Whether that takes another cell is where terminals disagree, and everything to
/// the right of it would be in the wrong place on half of them; without, all agree.
const AS_EMOJI: char = '\u{fe0f}';

/// What makes one picture of several characters: two cells everywhere.
const JOINER: char = '\u{200d}';

/// What flags of regions begin with, which are spelt in invisible tags.
const FLAG: char = '\u{1f3f4}';

/// How far a tabulator reaches in a message.
const TAB: &str = "    ";

/// The text on one line, with everything that a terminal could obey turned into something to read.
pub(crate) fn visible(text: &str) -> String {
    harmless(text, |grapheme| !grapheme.contains(JOINER))
}

/// The lines of a text as they are written where nobody counts cells: [`visible`], and emoji as they were said.
pub(crate) fn printed_lines(text: &str) -> impl Iterator<Item = String> {
    lines(text).map(printed)
}

/// One line as it is written where nobody counts cells.
pub(crate) fn printed(text: &str) -> String {
    harmless(text, |_| false)
}

/// Nothing that a terminal could obey; a grapheme that is `plain` loses what asks for its colourful form.
fn harmless(text: &str, plain: impl Fn(&str) -> bool) -> String {
    if is_simple(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        let is_plain = plain(grapheme);
        let drawn = grapheme.chars().filter(|c| !is_plain || *c != AS_EMOJI);
        let is_flag = grapheme.starts_with(FLAG);
        for c in drawn.take(LONGEST_GRAPHEME) {
            if is_flag && is_tag(c) { out.push(c) } else { push_visible(&mut out, c) }
        }
    }
    out
}

/// The lines of a text, each of them [`visible`].
pub(crate) fn visible_lines(text: &str) -> impl Iterator<Item = String> {
    lines(text).map(visible)
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
}

/// The marks by which right-to-left scripts tell which way a comma belongs. They are ordinary there, and turn nothing
/// around that is not beside them.
const MARKS: [char; 3] = ['\u{61c}', '\u{200e}', '\u{200f}'];

/// What somebody said, or is writing, without marks of direction; in names, where even those could deceive, [`visible`]
/// shows them.
pub(crate) fn said(text: &str) -> Cow<'_, str> {
    if text.contains(MARKS) { Cow::Owned(text.replace(MARKS, "")) } else { Cow::Borrowed(text) }
}

/// Whether a text begins with a mark of direction.
pub(crate) fn begins_with_mark(text: &str) -> bool {
    text.starts_with(MARKS)
}

/// An address, [`visible`], with each letter written out that only looks like one of the alphabet its word is in:
/// addresses are how people are told from each other.
pub(crate) fn address(text: &str) -> String {
    if text.is_ascii() {
        return visible(text);
    }
    let is_letter = |one: &char, next: &char| one.is_alphabetic() == next.is_alphabetic();
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for word in characters.chunk_by(is_letter) {
        let is_latin = word.iter().any(|c| alphabet(*c) == Some(Alphabet::Latin));
        let is_greek = word.iter().any(|c| alphabet(*c) == Some(Alphabet::Greek));
        for c in word {
            match alphabet(*c) {
                Some(Alphabet::Cyrillic) if is_latin || is_greek => push_code(&mut out, *c),
                Some(Alphabet::Greek) if is_latin => push_code(&mut out, *c),
                // Nobody mixes them with Latin letters but to deceive, unless they are as wide as two of those.
                None if is_latin && c.is_alphabetic() && cells(c.encode_utf8(&mut [0; 4])) < 2 => {
                    push_code(&mut out, *c);
                }
                Some(_) | None => out.push(*c),
            }
        }
    }
    visible(&out)
}

/// The alphabets that have letters of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

fn alphabet(c: char) -> Option<Alphabet> {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(Alphabet::Latin),
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Alphabet::Greek),
        '\u{400}'..='\u{52f}' => Some(Alphabet::Cyrillic),
        _ => None,
    }
}

fn push_code(out: &mut String, c: char) {
    out.extend(["<U+", &format!("{:04X}", u32::from(c)), ">"]);
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str(TAB),
        '\0'..='\u{1f}' | '\u{7f}' => {
            out.push('^');
            out.push(char::from((c as u8) ^ 0x40));
        }
        _ if is_deceptive(c) => push_code(out, c),
        _ => out.push(c),
    }
}

/// Characters that terminals obey or that make text read differently from what it is: C1 controls, separators,
/// bidirectional embeddings, overrides and isolates, invisible letters, tags.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}')
        || is_tag(c)
}

/// Invisible copies of ASCII.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Whether each byte is a character of one cell: no need to look for graphemes, which takes most of a frame.
fn is_simple(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// How many cells a text takes.
pub(crate) fn width(text: &str) -> usize {
    if is_simple(text) {
        return text.len();
    }
    text.graphemes(true).map(|grapheme| usize::from(cells(grapheme))).sum()
}

/// How many cells a grapheme takes; none for what a terminal draws nothing for.
pub(crate) fn cells(grapheme: &str) -> u16 {
    if grapheme.contains(char::is_control) { 0 } else { grapheme.cell_width() }
}

/// The start of a text that fits into `width` cells; `more` ends what had to be cut.
pub(crate) fn cut(text: &str, width: usize, more: &str) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(self::width(more));
    let mut out = head(text, room).to_owned();
    if room > 0 || width >= self::width(more) {
        out.push_str(more);
    }
    out
}

/// The longest start of a text that fits into `width` cells.
pub(crate) fn head(text: &str, width: usize) -> &str {
    if is_simple(text) {
        return &text[..width.min(text.len())];
    }
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += usize::from(cells(grapheme));
        if taken > width {
            return &text[..at];
        }
    }
    text
}

/// A file's name of at most `width` cells: cut before its extension, which tells what it is.
pub(crate) fn cut_name(name: &str, width: usize, more: &str) -> String {
    let extension = name.rfind('.').map_or("", |dot| &name[dot..]);
    let taken = self::width(extension);
    if self::width(name) <= width || taken > width / 2 {
        return cut(name, width, more);
    }
    format!("{}{extension}", cut(name, width - taken, more))
}

/// A text of exactly `width` cells: cut, or filled up with spaces.
pub(crate) fn pad(text: &str, width: usize, more: &str) -> String {
    let mut out = cut(text, width, more);
    let missing = width.saturating_sub(self::width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// A text broken into lines of at most `width` cells, at spaces where there are some. Never empty.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in unbroken(text) {
        if self::width(&line) + self::width(word) <= width {
            line.push_str(word);
        } else if word.trim().is_empty() {
            lines.push(std::mem::take(&mut line));
        } else {
            if !line.trim().is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            break_word(word, width, &mut lines, &mut line);
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The pieces between which a line may break: at spaces, and beside wide characters, whose scripts have no spaces.
fn unbroken(text: &str) -> Vec<&str> {
    if is_simple(text) {
        return text.as_bytes().chunk_by(|one, next| (*one == b' ') == (*next == b' ')).map(as_ascii).collect();
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, word) in text.split_word_bound_indices() {
        let kind = (word.trim().is_empty(), word.graphemes(true).any(|grapheme| cells(grapheme) > 1));
        if before.is_some_and(|before| before != kind || kind.1) {
            pieces.push(&text[start..at]);
            start = at;
        }
        before = Some(kind);
    }
    pieces.push(&text[start..]);
    pieces
}

fn as_ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("each byte is a character")
}

/// Puts a word at the start of a line, over several if it is too long for one.
fn break_word(word: &str, width: usize, lines: &mut Vec<String>, line: &mut String) {
    line.clear();
    let mut rest = word;
    loop {
        let mut piece = head(rest, width);
        if piece.len() == rest.len() {
            break;
        }
        if piece.is_empty() {
            piece = rest.graphemes(true).next().unwrap_or(rest);
        }
        lines.push(piece.to_owned());
        rest = &rest[piece.len()..];
    }
    line.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_direction_are_not_seen_in_what_is_said_and_overrides_are() {
        let shown = |text: &str| visible(&said(text));
        assert_eq!(
            shown("\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200f}! \u{200e}(a)\u{61c}"),
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}! (a)"
        );
        assert_eq!(shown("a\u{202e}b\u{2066}c"), "a<U+202E>b<U+2066>c");
        assert!(matches!(said("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn a_name_is_cut_before_its_extension() {
        assert_eq!(cut_name("invoice_fdp.exe", 15, "…"), "invoice_fdp.exe");
        assert_eq!(cut_name("invoice_fdp.exe", 10, "…"), "invoi….exe");
        assert_eq!(cut_name("東京特許許可局.ogg", 10, "…"), "東京….ogg");
        assert_eq!(cut_name("no.extension at all", 8, "…"), "no.exte…");
        assert_eq!(cut_name("nothing", 0, "…"), "");
    }

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(visible("a\x1b[31mred"), "a^[[31mred");
        assert_eq!(visible("bell\x07 null\0 delete\x7f"), "bell^G null^@ delete^?");
        assert_eq!(visible("csi\u{9b}2J"), "csi<U+009B>2J");
        assert_eq!(visible("invoice\u{202e}fdp.exe"), "invoice<U+202E>fdp.exe");
        assert_eq!(visible("\u{5d0}\u{200f}!"), "\u{5d0}<U+200F>!");
        assert_eq!(visible("two\nlines"), "two^Jlines");
    }

    #[test]
    fn an_address_that_looks_like_another_is_told_from_it() {
        assert_eq!(address("b\u{435}nvolio@verona.lit"), "b<U+0435>nvolio@verona.lit");
        assert_eq!(address("rome\u{3bf}@montague.lit/x"), "rome<U+03BF>@montague.lit/x");
        assert_eq!(address("romeo@c\u{430}pulet.lit"), "romeo@c<U+0430>pulet.lit");
        assert_eq!(address("tyb\u{251}lt@capulet.lit"), "tyb<U+0251>lt@capulet.lit");
        assert_eq!(address("ty\u{562}alt@capulet.lit"), "ty<U+0562>alt@capulet.lit");
        assert_eq!(address("田中a@capulet.lit"), "田中a@capulet.lit");
        for honest in ["ромео@montague.lit", "ρωμαίος@verona.lit/дом", "zoë@東京.example", "שרה2@capulet.lit"]
        {
            assert_eq!(address(honest), honest);
        }
    }

    #[test]
    fn an_address_is_made_harmless_like_any_text() {
        assert_eq!(address("romeo@montague.lit/\u{2067}\u{430}bc\x1b"), "romeo@montague.lit/<U+2067><U+0430>bc^[");
        let heap = format!("a{}", "\u{301}".repeat(1000));
        assert_eq!(address(&heap), visible(&heap));
    }

    #[test]
    fn honest_text_stays_as_it_is() {
        for text in ["naïve", "東京", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "e\u{301}", "שלום"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn terminals_agree_on_how_wide_everything_is() {
        assert_eq!(visible("❤\u{fe0f} 1\u{fe0f}\u{20e3}"), "❤ 1\u{20e3}");
        assert_eq!(visible("🏳\u{fe0f}\u{200d}🌈"), "🏳\u{fe0f}\u{200d}🌈");
        assert_eq!(printed("❤\u{fe0f} 1\u{fe0f}\u{20e3}\u{1b}"), "❤\u{fe0f} 1\u{fe0f}\u{20e3}^[");
    }

    #[test]
    fn a_heap_of_combining_marks_is_bounded() {
        let heap = format!("z{}", "\u{301}".repeat(500));
        assert_eq!(visible(&heap).chars().count(), LONGEST_GRAPHEME);
    }

    #[test]
    fn nothing_is_cut_through_a_wide_character() {
        assert_eq!(cut("東京都", 5, "…"), "東京…");
        assert_eq!(cut("東京都", 4, "…"), "東…");
        assert_eq!(pad("東京都", 4, "…"), "東… ");
        assert_eq!(cut("東京都", 6, "…"), "東京都");
        assert_eq!(cut("ab", 0, "…"), "");
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("But soft! what light", 10), ["But soft!", "what light"]);
        assert_eq!(wrap("東京都庁", 5), ["東京", "都庁"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("see /connect", 8), ["see", "/connect"]);
        assert_eq!(wrap("ab 東京都庁", 7), ["ab 東京", "都庁"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("東", 1), ["東", ""]);
    }
}
