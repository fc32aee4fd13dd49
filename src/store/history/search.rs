//! What was said, looked through: words by SQLite's FTS5, whatever their case, accents and order; what FTS5 does not
//! take for words (an emoji, a part of what is written without spaces) character by character.
//!
//! A message is found as it stands by now: neither what was taken back nor what its author replaced.

use jid::BareJid;
use rusqlite::{Connection, ToSql, named_params};

use super::{highlight, row};
use crate::engine::event::Side;
use crate::engine::history::{Found, Hit, Line, Place, Query, Said, Term, What, told};
use crate::store::column;
use crate::store::database::{Database, Fault};

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// In which account.
    pub account: BareJid,
    /// For what.
    pub query: Query,
    /// On from where a page ended.
    pub after: Option<Place>,
    /// So much at most.
    pub most: u32,
}

/// What fits, the newest first. Nothing fits no words.
pub fn search(database: &Database, search: &Search) -> Result<Found, Fault> {
    let wanted = Wanted::of(&search.query);
    if search.query.terms.is_empty() {
        return Ok(Found::default());
    }
    database.read(|tables| {
        let facts = fitting(tables, search, &wanted)?;
        let is_full = u32::try_from(facts.len()).is_ok_and(|found| found >= search.most);
        let last = facts.last().map(|(number, said)| Place { at: said.at, number: *number });
        let hits = hits(tables, &search.account, facts, &wanted)?;
        let among = if hits.is_empty() && search.after.is_none() { among(tables, search)? } else { 0 };
        Ok(Found { hits, next: last.filter(|_| is_full), among })
    })
}

/// What is searched for, sorted by how it is found.
pub(super) struct Wanted {
    /// For FTS5: each term quoted, so that nothing that was typed is taken for an operator.
    pub(super) expression: Option<String>,
    /// What is looked for character by character.
    pub(super) pieces: Vec<String>,
}

impl Wanted {
    fn of(query: &Query) -> Self {
        let (words, pieces): (Vec<_>, Vec<_>) = query.terms.iter().partition(|term| is_of_words(term.text()));
        let last = query.terms.last();
        let open = |term: &Term| match term {
            Term::Word(_) => last.is_some_and(|last| std::ptr::eq(last, term)),
            Term::Beginning(_) => true,
            Term::Phrase(_) => false,
        };
        let end = |term: &Term| if open(term) { "*" } else { "" };
        let quoted = |term: &&Term| format!("\"{}\"{}", term.text().replace('"', " "), end(term));
        let expression = (!words.is_empty()).then(|| words.iter().map(quoted).collect::<Vec<_>>().join(" "));
        // The selector behind an emoji is there or not, depending on who typed it.
        let pieces = pieces.iter().map(|term| term.text().replace('\u{fe0f}', "")).collect();
        Wanted { expression, pieces }
    }
}

/// Whether FTS5 finds it: it takes letters and digits between anything else for words.
fn is_of_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
        && text.chars().all(|c| c.is_ascii() || (c.is_alphanumeric() && !is_written_without_spaces(c)) || is_mark(c))
}

/// Scripts in which a word does not end at a space: Thai to Myanmar, Khmer, everything from the East Asian radicals to
/// the compatibility forms, but for Hangul, and what is beyond the basic plane.
fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{abff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// What stands on a letter or between letters and makes no difference.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '’' | '‘' | '“' | '”' | '«' | '»' | '–' | '—' | '…')
}

/// The facts that fit, with their numbers, the newest first. What is rare is looked up before what is frequent: the
/// index gives the numbers, and only those that are wanted are read whole.
fn fitting(tables: &Connection, search: &Search, wanted: &Wanted) -> rusqlite::Result<Vec<(i64, Said)>> {
    let Search { account, query, after, most } = search;
    let (source, matches) = match wanted.expression {
        Some(_) => ("words CROSS JOIN said ON said.number = words.rowid", "words MATCH :expression"),
        None => ("said", ":expression IS NULL"),
    };
    let pieces: Vec<(String, String)> =
        (0..).zip(&wanted.pieces).map(|(n, piece): (u32, _)| (format!(":piece{n}"), like(piece))).collect();
    let alike =
        pieces.iter().fold(String::new(), |all, (name, _)| all + " AND said.text LIKE " + name + " ESCAPE '\\'");
    let select = format!(
        "SELECT * FROM said WHERE number IN (\
           SELECT said.number FROM {source} WHERE {matches} AND account = :account \
             AND kind IN ('message', 'correction') AND (:contact IS NULL OR contact = :contact) \
             AND (:ours IS NULL OR (author IN (:me, :other)) = :ours) AND at >= :after AND at < :before \
             AND (at, said.number) < (:last, :number){alike} ORDER BY at DESC, said.number DESC LIMIT :most) \
         ORDER BY at DESC, number DESC"
    );
    let (account, contact) = (account.as_str(), query.with.as_ref().map(|with| with.as_str()));
    let ours = query.from.map(|side| side == Side::Us);
    let since = query.after.map_or(i64::MIN, column::time);
    let until = query.before.map_or(i64::MAX, column::time);
    let (last, number) = after.map_or((i64::MAX, i64::MAX), |place| (column::time(place.at), place.number));
    let mut values: Vec<(&str, &dyn ToSql)> = vec![
        (":expression", &wanted.expression),
        (":account", &account),
        (":contact", &contact),
        (":ours", &ours),
        (":me", &row::ME),
        (":other", &row::MY_OTHER_DEVICE),
        (":after", &since),
        (":before", &until),
        (":last", &last),
        (":number", &number),
        (":most", most),
    ];
    values.extend(pieces.iter().map(|(name, like)| (name.as_str(), like as &dyn ToSql)));
    row::read(tables, &select, values.as_slice())
}

/// A pattern for everything that holds this.
fn like(piece: &str) -> String {
    let escaped = piece.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// Messages as they stand by now: what is found in something that was replaced or taken back is not there.
fn hits(
    tables: &Connection,
    account: &BareJid,
    facts: Vec<(i64, Said)>,
    wanted: &Wanted,
) -> rusqlite::Result<Vec<Hit>> {
    let mut hits: Vec<Hit> = Vec::new();
    for (_, said) in facts {
        let Some(line) = standing(tables, account, &said)? else { continue };
        let is_known = hits.iter().any(|hit| hit.with == said.with && hit.line == line);
        if !is_known {
            hits.push(Hit { with: said.with, line, marks: Vec::new() });
        }
    }
    let bodies: Vec<&str> = hits.iter().map(|hit| hit.line.body.as_deref().unwrap_or_default()).collect();
    let marks = highlight::of(&bodies, wanted)?;
    for (hit, marks) in hits.iter_mut().zip(marks) {
        hit.marks = marks;
    }
    Ok(hits)
}

/// The message whose text this fact gave, if it is its text still.
fn standing(tables: &Connection, account: &BareJid, said: &Said) -> rusqlite::Result<Option<Line>> {
    let (messages, body) = match &said.what {
        What::Message { body, .. } => (vec![said.clone()], body),
        What::Correction { of, body, .. } => (row::named(tables, account, &said.with, of)?, body),
        What::Retraction { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Displayed { .. }
        | What::Failure { .. } => return Ok(None),
    };
    let facts = match messages.as_slice() {
        [] => vec![said.clone()],
        _ => row::with_what_is_about(tables, account, &said.with, messages)?,
    };
    Ok(told(&facts).into_iter().find(|line| line.body.as_ref() == Some(body)))
}

/// How many messages were looked through.
fn among(tables: &Connection, search: &Search) -> rusqlite::Result<u64> {
    let Search { account, query, .. } = search;
    let select = "SELECT count(*) FROM said WHERE account = :account AND kind = 'message' \
                  AND (:contact IS NULL OR contact = :contact) AND at >= :after AND at < :before";
    let values = named_params! {
        ":account": account.as_str(),
        ":contact": query.with.as_ref().map(|with| with.as_str()),
        ":after": query.after.map_or(i64::MIN, column::time),
        ":before": query.before.map_or(i64::MAX, column::time),
    };
    tables.prepare_cached(select)?.query_row(values, |row| row.get(0)).map(column::size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{at, database, juliet, keep_all, message, romeo};
    use super::*;
    use crate::engine::event::Author;
    use crate::engine::history::Hints;

    fn query(words: &str) -> Query {
        let terms = words.split_whitespace().map(|word| Term::Word(word.to_owned())).collect();
        Query { terms, with: Some(romeo()), ..Query::default() }
    }

    fn found(database: &Database, query: Query) -> Vec<String> {
        let wanted = Search { account: juliet(), query, after: None, most: 10 };
        let found = search(database, &wanted).unwrap();
        found.hits.into_iter().filter_map(|hit| hit.line.id).collect()
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
        assert_eq!(found(&database, query("light")), ["3", "1"]);
        assert_eq!(found(&database, query("WINDOW li")), ["1"]);
        assert_eq!(found(&database, query("fenetre")), ["2"]);
        assert_eq!(found(&database, query("FENÊTRE")), ["2"]);
        assert_eq!(found(&database, query("dark")), Vec::<String>::new());
    }

    #[test]
    fn a_phrase_stands_together_and_a_word_but_the_last_is_whole() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("1", 1, "the light of day"), message("2", 2, "day of the lights")]);
        let phrase = |text: &str| Query { terms: vec![Term::Phrase(text.to_owned())], ..Query::default() };
        assert_eq!(found(&database, phrase("light of")), ["1"]);
        assert_eq!(found(&database, phrase("light o")), Vec::<String>::new());
        assert_eq!(found(&database, query("day light")), ["2", "1"]);
        assert_eq!(found(&database, query("light day")), ["1"]);
    }

    #[test]
    fn a_beginning_is_found_wherever_it_stands_among_the_words() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("1", 1, "lights of the day"), message("2", 2, "delight of the day")]);
        let terms = vec![Term::Beginning("Lig".to_owned()), Term::Word("day".to_owned())];
        let wanted = Search { account: juliet(), query: Query { terms, ..Query::default() }, after: None, most: 10 };
        let hits = search(&database, &wanted).unwrap().hits;
        let marked = |mark: &std::ops::Range<usize>| &hits[0].line.body.as_deref().unwrap()[mark.clone()];
        assert_eq!(hits.len(), 1, "not within a word");
        assert_eq!(hits[0].marks.iter().map(marked).collect::<Vec<_>>(), ["lights", "day"]);
        assert_eq!(found(&database, query("lig day")), Vec::<String>::new());
    }

    #[test]
    fn what_has_no_spaces_or_no_letters_is_found_too() {
        let (_folder, mut database) = database();
        let texts = ["東京特許許可局に行く", "see you ❤️ tomorrow", "50% of a_b", "아버지가 방에", "ไปโรงเรียน"];
        let facts: Vec<Said> = (1..).zip(texts).map(|(n, text)| message(&n.to_string(), n, text)).collect();
        keep_all(&mut database, &facts);
        for (words, which) in [("特許", "1"), ("❤", "2"), ("you ❤️", "2"), ("%", "3"), ("아버지", "4"), ("โรง", "5")]
        {
            assert_eq!(found(&database, query(words)), [which], "{words}");
        }
        assert_eq!(found(&database, query("許特")), Vec::<String>::new());
        assert_eq!(found(&database, query("_%")), Vec::<String>::new(), "neither stands for something else");
    }

    #[test]
    fn who_said_it_and_when_narrow_it_down() {
        let (_folder, mut database) = database();
        let mine = Said { author: Author::MyOtherDevice, ..message("2", 2, "light") };
        keep_all(&mut database, &[message("1", 1, "light"), mine, message("3", 3, "light")]);
        let only = |from, after, before| found(&database, Query { from, after, before, ..query("light") });
        assert_eq!(only(Some(Side::Us), None, None), ["2"]);
        assert_eq!(only(Some(Side::Peer), None, None), ["3", "1"]);
        assert_eq!(only(None, Some(at(2)), None), ["3", "2"]);
        assert_eq!(only(None, None, Some(at(2))), ["1"]);
        let elsewhere = BareJid::new("nurse@capulet.lit").unwrap();
        assert!(found(&database, Query { with: Some(elsewhere), ..query("light") }).is_empty());
        assert_eq!(found(&database, Query { with: None, ..query("light") }).len(), 3);
    }

    #[test]
    fn a_message_is_found_as_it_stands_by_now() {
        let (_folder, mut database) = database();
        let about = |what, id: &str, seconds| Said { what, ..message(id, seconds, "") };
        let of = || "1".to_owned();
        keep_all(&mut database, &[message("1", 1, "soft lihgt"), message("2", 2, "dark secrets")]);
        keep_all(
            &mut database,
            &[about(What::Correction { of: of(), body: "soft light".to_owned(), hints: Hints::default() }, "c", 3)],
        );
        keep_all(&mut database, &[about(What::Retraction { of: "2".to_owned() }, "r", 4)]);
        assert_eq!(found(&database, query("light")), ["1"]);
        assert_eq!(found(&database, query("soft")), ["1"], "once");
        assert!(found(&database, query("lihgt")).is_empty());
        assert!(found(&database, query("secrets")).is_empty());
    }

    #[test]
    fn the_words_are_marked_where_they_are() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("1", 1, "La fenêtre, les fenêtres ❤️ ouvertes")]);
        let wanted = Search { account: juliet(), query: query("❤ fenetre"), after: None, most: 10 };
        let hit = search(&database, &wanted).unwrap().hits.remove(0);
        let marked: Vec<&str> = hit.marks.iter().map(|mark| &hit.line.body.as_deref().unwrap()[mark.clone()]).collect();
        assert_eq!(marked, ["fenêtre", "fenêtres", "❤"]);
    }

    #[test]
    fn the_next_page_goes_on_where_the_last_ended_even_within_a_moment() {
        let (_folder, mut database) = database();
        let facts: Vec<Said> = (0..7).map(|n| message(&n.to_string(), n / 5, "light")).collect();
        keep_all(&mut database, &facts);
        let (mut after, mut all) = (None, Vec::new());
        loop {
            let found =
                search(&database, &Search { account: juliet(), query: query("light"), after, most: 2 }).unwrap();
            all.extend(found.hits.into_iter().filter_map(|hit| hit.line.id));
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(all, ["6", "5", "4", "3", "2", "1", "0"]);
    }

    #[test]
    fn nothing_found_says_among_how_much() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("1", 1, "light"), message("2", 2, "more light")]);
        let among =
            |query| search(&database, &Search { account: juliet(), query, after: None, most: 10 }).unwrap().among;
        assert_eq!(among(query("dark")), 2);
        assert_eq!(among(Query { after: Some(at(2)), ..query("dark") }), 1);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_looked_for_and_never_obeyed(
            words in proptest::collection::vec(r#"[ -~]{0,8}|OR|AND|NOT|NEAR\(a, 3\)|"|\PC{0,6}"#, 0..6),
            quoted: bool,
        ) {
            let (_folder, mut database) = database();
            keep_all(&mut database, &[message("1", 1, "either OR \"neither\" NEAR")]);
            let term = if quoted { Term::Phrase } else { Term::Word };
            let terms = words.into_iter().map(term).collect();
            found(&database, Query { terms, ..Query::default() });
        }
    }
}
