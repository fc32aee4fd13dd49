//! Where in a text the words are that were searched for: asked of FTS5 itself, in a table that holds these texts alone,
//! so that what is marked is what was found.

use std::ops::Range;

use rusqlite::Connection;

use super::search::Wanted;

/// Around what was found. XML cannot carry them, so no text that came by XMPP holds them; in any other, spaces as long as
/// they are stand for them. So they do for NUL, at which `highlight` would leave out the rest.
const BEGIN: char = '\u{2}';
const END: char = '\u{3}';

/// The places in each text, in order and apart from each other.
pub(super) fn of(texts: &[&str], wanted: &Wanted) -> rusqlite::Result<Vec<Vec<Range<usize>>>> {
    let mut marks = vec![Vec::new(); texts.len()];
    if let Some(expression) = &wanted.expression {
        of_words(texts, expression, &mut marks)?;
    }
    for (text, marks) in texts.iter().zip(&mut marks) {
        for piece in &wanted.pieces {
            marks.extend(of_piece(text, piece));
        }
        *marks = apart(std::mem::take(marks));
    }
    Ok(marks)
}

fn of_words(texts: &[&str], expression: &str, marks: &mut [Vec<Range<usize>>]) -> rusqlite::Result<()> {
    let tables = Connection::open_in_memory()?;
    tables.execute_batch("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')")?;
    for (number, text) in (0_i64..).zip(texts) {
        let text = text.replace([BEGIN, END, '\0'], " ");
        tables.prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")?.execute((number, text))?;
    }
    let mut select =
        tables.prepare("SELECT rowid, highlight(words, 0, char(2), char(3)) FROM words WHERE words MATCH ?")?;
    let mut rows = select.query([expression])?;
    while let Some(row) = rows.next()? {
        let (number, marked): (i64, String) = (row.get(0)?, row.get(1)?);
        if let Some(marks) = usize::try_from(number).ok().and_then(|number| marks.get_mut(number)) {
            marks.extend(read(&marked));
        }
    }
    Ok(())
}

/// Where the marks were before they were put in.
fn read(marked: &str) -> Vec<Range<usize>> {
    let mut marks = Vec::new();
    let (mut at, mut begin) = (0, 0);
    for c in marked.chars() {
        match c {
            BEGIN => begin = at,
            END => marks.push(begin..at),
            _ => at += c.len_utf8(),
        }
    }
    marks
}

/// As LIKE finds it: small and capital letters are the same within ASCII.
fn of_piece<'a>(text: &'a str, piece: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let (text, piece) = (text.to_ascii_lowercase(), piece.to_ascii_lowercase());
    let found: Vec<_> = match piece.as_str() {
        "" => Vec::new(),
        piece => text.match_indices(piece).map(|(at, found)| at..at + found.len()).collect(),
    };
    found.into_iter()
}

/// In order, and one where several meet.
fn apart(mut marks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    marks.sort_unstable_by_key(|mark| (mark.start, mark.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        match apart.last_mut().filter(|last| mark.start <= last.end) {
            Some(last) => last.end = last.end.max(mark.end),
            None => apart.push(mark),
        }
    }
    apart
}
