//! Words in what was said (SQLite's FTS5): every word somewhere, the last one perhaps not to its end.

use std::time::SystemTime;

use jid::BareJid;
use rusqlite::named_params;

use super::row;
use crate::engine::history::Said;
use crate::store::column;
use crate::store::database::{Database, Fault};

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// In which account.
    pub account: BareJid,
    /// In one conversation alone.
    pub with: Option<BareJid>,
    /// As it was typed.
    pub words: String,
    /// Older than that alone, for the next page.
    pub before: Option<SystemTime>,
    /// So many at most.
    pub most: u32,
}

/// Something that was found: a message, or a correction of one.
pub type Hit = Said;

/// What fits, the newest first. Nothing fits no words.
pub fn search(database: &Database, search: &Search) -> Result<Vec<Hit>, Fault> {
    let Some(expression) = expression(&search.words) else { return Ok(Vec::new()) };
    let select = "SELECT said.* FROM words JOIN said ON said.number = words.rowid \
                  WHERE words MATCH :expression AND account = :account AND (:contact IS NULL OR contact = :contact) \
                  AND at < :before ORDER BY at DESC, number DESC LIMIT :most";
    database.read(|tables| {
        let mut select = tables.prepare_cached(select)?;
        let values = named_params! {
            ":expression": expression,
            ":account": search.account.as_str(),
            ":contact": search.with.as_ref().map(|with| with.as_str()),
            ":before": search.before.map_or(i64::MAX, column::time),
            ":most": search.most,
        };
        let mut rows = select.query(values)?;
        let mut hits = Vec::new();
        while let Some(row) = rows.next()? {
            hits.extend(row::said(row).ok());
        }
        Ok(hits)
    })
}

/// Each word quoted, so that nothing that was typed is taken for an operator.
fn expression(words: &str) -> Option<String> {
    let quoted: Vec<String> = words
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"")))
        .collect();
    (!quoted.is_empty()).then(|| format!("{}*", quoted.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, database, juliet, keep_all, message, romeo};
    use super::*;

    fn found(database: &Database, words: &str) -> Vec<String> {
        let wanted = Search { account: juliet(), with: Some(romeo()), words: words.to_owned(), before: None, most: 10 };
        let hits = search(database, &wanted).unwrap();
        hits.into_iter().filter_map(|hit| hit.id).collect()
    }

    #[test]
    fn words_are_found_whatever_their_case_accents_and_order() {
        let (_folder, mut database) = database();
        keep_all(
            &mut database,
            &[
                message("1", 1, "But soft! what light through yonder window breaks?"),
                message("2", 2, "Où est la fenêtre?"),
                message("3", 3, "light, more light"),
            ],
        );
        assert_eq!(found(&database, "light"), ["3", "1"]);
        assert_eq!(found(&database, "WINDOW li"), ["1"]);
        assert_eq!(found(&database, "fenetre"), ["2"]);
        assert_eq!(found(&database, "dark"), Vec::<String>::new());
    }

    #[test]
    fn nothing_that_is_typed_is_an_operator() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("1", 1, "either OR \"neither\" NEAR")]);
        for words in ["\"", "OR", "a* b", "NEAR(", "col:umn", "-", "", "\"neither\" or"] {
            found(&database, words);
        }
        assert_eq!(found(&database, "OR neither"), ["1"]);
    }

    #[test]
    fn the_next_page_holds_what_is_older() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("1", 1, "light"), message("2", 2, "light")]);
        let older = Search { account: juliet(), with: None, words: "light".to_owned(), before: Some(at(2)), most: 10 };
        assert_eq!(search(&database, &older).unwrap().len(), 1);
    }
}
