//! What is wrong with a configuration, and where.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

mod words;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {why}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{at}: {what}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where in it.
        at: Position,
        /// What, and what to do about it.
        what: String,
    },
}

/// A place in a text file; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// Where a byte of a text stands.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Something wrong at a place that is still counted in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    span: Range<usize>,
    what: String,
}

impl Fault {
    pub(super) fn new(span: Range<usize>, what: impl Into<String>) -> Self {
        Fault { span, what: what.into() }
    }

    /// The fault with its place in the file.
    pub(super) fn place(&self, path: &Path, text: &str) -> ConfigError {
        ConfigError::Wrong { path: path.to_owned(), at: Position::of(text, self.span.start), what: self.sentence() }
    }

    /// What is wrong, in our words where the parser's are not a user's.
    pub(super) fn sentence(&self) -> String {
        words::of(&self.what)
    }

    /// The keys that there are instead of one that there is not.
    #[cfg(test)]
    pub(super) fn known_keys(&self) -> impl Iterator<Item = &str> {
        words::known_keys(&self.what)
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Fault { span: error.span().unwrap_or_default(), what: error.message().to_owned() }
    }
}

/// The word that was probably meant: the one with the fewest edits, if at most a third of its letters are wrong; else
/// one that it is a part of, as `most` is of `at_most`. A weak guess is worse than none.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| edits(word, other);
    let near = known.iter().copied().min_by_key(|other| distance(other));
    let has_part = |other: &&str| other.split('_').any(|part| part == word);
    near.filter(|other| distance(other) * 3 <= other.len()).or_else(|| known.iter().copied().find(has_part))
}

/// How many letters have to be inserted, left out, changed, or swapped with their neighbour (Levenshtein, Damerau).
fn edits(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for at in 0..from.len() {
        let mut next = vec![at + 1];
        for column in 0..to.len() {
            let changed = row[column] + usize::from(from[at] != to[column]);
            let is_swapped = at > 0 && column > 0 && from[at] == to[column - 1] && from[at - 1] == to[column];
            let swapped = if is_swapped { before[column - 1] + 1 } else { changed };
            next.push(changed.min(swapped).min(row[column + 1] + 1).min(next[column] + 1));
        }
        before = std::mem::replace(&mut row, next);
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_one_in_characters() {
        let text = "a = 1\nté = 2\n";
        assert_eq!(Position::of(text, 0), Position { line: 1, column: 1 });
        assert_eq!(Position::of(text, text.find('=').unwrap()), Position { line: 1, column: 3 });
        assert_eq!(Position::of(text, text.rfind('2').unwrap()), Position { line: 2, column: 6 });
        assert_eq!(Position::of(text, 99), Position { line: 3, column: 1 });
    }

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["downloads", "methods", "listen"];
        assert_eq!(nearest("download", &known), Some("downloads"));
        assert_eq!(nearest("lisetn", &known), Some("listen"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest("most", &["at_least", "at_most"]), Some("at_most"));
        assert_eq!(nearest("bogus", &["mouse", "bell"]), None, "a weak guess is worse than none");
        assert_eq!(nearest("qiut", &["help", "quit"]), Some("quit"), "what changed places is one slip");
    }
}
