//! What serde and the TOML parser say of a fault, in a user's words.
//!
//! What stands at the place is not repeated, but for the names of keys: it may be a password.

use super::nearest;

/// What belongs somewhere: as serde calls it, and as we do. `u16` is what every number of the file is read into.
const WANTED: &[(&str, &str)] = &[
    ("a boolean", "true or false"),
    ("u16", "a whole number from 0 to 65535"),
    ("a string", "text in quotes"),
    ("path string", "text in quotes"),
    ("a sequence", "a list in brackets, like [\"…\"],"),
    ("a map", "a table"),
    ("a table", "a table"),
];

/// What stands there, likewise.
const FOUND: &[(&str, &str)] = &[
    ("boolean", "true or false"),
    ("integer", "a number"),
    ("floating point", "a number with a point"),
    ("string", "text"),
    ("sequence", "a list"),
    ("map", "a table or a date"),
];

/// What is no TOML: how the parser's sentence begins, and ours.
const NO_TOML: &[(&str, &str)] = &[
    ("string values must be quoted", "a value belongs here: true or false, a number, or text in quotes"),
    ("invalid boolean", "true or false belongs here, in small letters, and nothing behind it"),
    ("integer number overflowed", "no number here is that large"),
    ("invalid basic string, expected `\"`", "the quote at the end of the text is missing"),
    ("invalid literal string, expected `'`", "the quote at the end of the text is missing"),
    ("missing escaped value", BACKSLASH),
    ("too few unicode value digits", BACKSLASH),
    ("duplicate key", "this stands further up already; once is enough"),
    ("key with no value", "behind a key stand = and its value; a remark begins with #"),
    ("unexpected key or value", "the line should end here"),
    ("missing comma between array elements", "a comma is missing here, or the ] that ends the list"),
    ("unclosed array,", "the list has no end: ] is missing"),
    ("unclosed inline table", "the table has no end: } is missing"),
    ("unclosed table", "the heading has no end: ] is missing"),
    ("unclosed array table", "the heading has no end: ]] is missing"),
];

const BACKSLASH: &str = "within \"…\" a backslash is written twice; within '…' once is enough";

/// The sentence for what a parser says; what is none of theirs stays as it is.
pub(super) fn of(says: &str) -> String {
    let read = [missing_key, unknown_key, wrong_kind, no_toml];
    read.iter().find_map(|read| read(says)).unwrap_or_else(|| says.to_owned())
}

/// Serde says: missing field `x`.
fn missing_key(says: &str) -> Option<String> {
    let key = says.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(format!("{key} is missing here"))
}

/// Serde says: unknown field `x`, expected one of `a`, `b`.
fn unknown_key(says: &str) -> Option<String> {
    let unknown = says.strip_prefix("unknown field `")?.split('`').next()?;
    let known: Vec<_> = known_keys(says).collect();
    Some(match nearest(unknown, &known) {
        Some(near) => format!("no key is called {unknown} here; did you mean {near}?"),
        None => format!("no key is called {unknown} here; there are {}", known.join(", ")),
    })
}

/// The keys that there are instead of an unknown one.
pub(super) fn known_keys(says: &str) -> impl Iterator<Item = &str> {
    let is_unknown_key = says.starts_with("unknown field `");
    says.split('`').skip(3).step_by(2).filter(move |_| is_unknown_key)
}

/// Serde says: invalid type: string "x", expected a boolean.
fn wrong_kind(says: &str) -> Option<String> {
    let says = says.strip_prefix("invalid type: ").or_else(|| says.strip_prefix("invalid value: "))?;
    let (theirs, wanted) = says.rsplit_once(", expected ")?;
    let (found, belongs) = (ours(FOUND, theirs)?, ours(WANTED, wanted)?);
    Some(match (theirs.split(' ').next()?, wanted) {
        ("integer", "u16") => format!("{belongs} belongs here"),
        ("string", "u16" | "a boolean") => format!("{belongs} belongs here; leave the quotes out"),
        ("map", "a sequence") => format!("{belongs} belongs here; a table that is one of several is headed [[…]]"),
        ("sequence", _) if belongs == "a table" => format!("{belongs} belongs here, headed […] and not [[…]]"),
        _ => format!("{belongs} belongs here, not {found}"),
    })
}

fn no_toml(says: &str) -> Option<String> {
    ours(NO_TOML, says).map(ToOwned::to_owned)
}

/// Our words for what begins with theirs.
fn ours(table: &[(&'static str, &'static str)], says: &str) -> Option<&'static str> {
    table.iter().find(|(theirs, _)| says.starts_with(theirs)).map(|(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::BACKSLASH;
    use crate::store::config::document::Document;

    /// The sentence about a text that makes no sense.
    fn told(text: &str) -> String {
        Document::read(text).unwrap_err().sentence()
    }

    #[test]
    fn a_value_of_another_kind_is_told_in_the_words_of_who_wrote_it() {
        for (text, says) in [
            ("[ui]\nbell = \"off\"", "true or false belongs here; leave the quotes out"),
            ("[ui]\nbell = 0", "true or false belongs here, not a number"),
            ("[transfers]\nparallel = \"3\"", "a whole number from 0 to 65535 belongs here; leave the quotes out"),
            ("[transfers]\nparallel = 1.5", "a whole number from 0 to 65535 belongs here, not a number with a point"),
            ("[transfers]\nparallel = true", "a whole number from 0 to 65535 belongs here, not true or false"),
            ("[transfers]\nparallel = -1", "a whole number from 0 to 65535 belongs here"),
            ("[history]\ndays = 99999999", "a whole number from 0 to 65535 belongs here"),
            ("[history]\ndays = 99999999999999999999999", "a whole number from 0 to 65535 belongs here"),
            ("[transfers]\ndownloads = 7", "text in quotes belongs here, not a number"),
            ("[transfers]\nlimit_up = 500", "text in quotes belongs here, not a number"),
            ("[transfers]\nproxies = [5]", "text in quotes belongs here, not a number"),
            ("[accounts.home]\njid = [\"a@b\"]", "text in quotes belongs here, not a list"),
            ("[accounts.home]\npassword = 2026-11-22", "text in quotes belongs here, not a table or a date"),
            ("[keys]\nquit = \"F10\"", "a list in brackets, like [\"…\"], belongs here, not text"),
            (
                "[rules]\naction = \"ask\"",
                "a list in brackets, like [\"…\"], belongs here; a table that is one of several is headed [[…]]",
            ),
            ("[[ui]]\nbell = true", "a table belongs here, headed […] and not [[…]]"),
            ("[accounts]\njid = \"a@b\"", "a table belongs here, not text"),
            ("ui = 5", "a table belongs here, not a number"),
        ] {
            assert_eq!(told(text), says, "{text}");
        }
    }

    #[test]
    fn what_stands_there_is_not_repeated() {
        assert!(!told("[accounts.home]\npassword = 123454321").contains("123454321"));
        assert!(!told("[accounts.home]\njid = \"a@b\"\nautoconnect = \"but soft\"").contains("soft"));
    }

    #[test]
    fn what_is_no_toml_is_told_with_what_would_be() {
        for (text, says) in [
            ("[ui]\nbell = yes", "a value belongs here: true or false, a number, or text in quotes"),
            ("[ui]\nbell =\n", "a value belongs here: true or false, a number, or text in quotes"),
            ("[ui]\nbell = True", "true or false belongs here, in small letters, and nothing behind it"),
            ("[ui]\ntheme = \"dark\n", "the quote at the end of the text is missing"),
            ("[ui]\ntheme = 'dark\n", "the quote at the end of the text is missing"),
            ("[transfers]\ndownloads = \"C:\\downloads\"", BACKSLASH),
            ("[transfers]\ndownloads = \"C:\\Users\"", BACKSLASH),
            ("[ui]\nbell = true\nbell = false", "this stands further up already; once is enough"),
            ("[ui]\n[ui]\n", "this stands further up already; once is enough"),
            ("[ui]\nbell: true\n", "behind a key stand = and its value; a remark begins with #"),
            ("[ui]\ntheme = \"dark\";", "the line should end here"),
            ("[keys]\nquit = [\"F10\" \"F9\"]", "a comma is missing here, or the ] that ends the list"),
            ("[keys]\nquit = [\"F10\"", "the list has no end: ] is missing"),
            ("[ui\nbell = true", "the heading has no end: ] is missing"),
            ("[[rules]\naction = \"ask\"", "the heading has no end: ]] is missing"),
        ] {
            assert_eq!(told(text), says, "{text}");
        }
    }
}
