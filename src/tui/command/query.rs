//! What is typed to look for something: words, the `start*` of words, "words that follow each other", `with:NAME`, `from:NAME` or `from:me`,
//! `after:DATE`, `before:DATE`. Anything else is a word, whatever it looks like. Names are those of all accounts.

use std::time::SystemTime;

use jid::BareJid;
use jiff::civil::Date;

use super::refusal::{Refusal, misuse};
use super::whom;
use crate::engine::event::Side;
use crate::engine::history::{Query, Term};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::calendar;

/// In whose conversations.
pub(super) const WITH: &str = "with";
/// Said by whom.
pub(super) const FROM: &str = "from";
/// Said on a day or later.
const AFTER: &str = "after";
/// Said before a day.
const BEFORE: &str = "before";

/// What stands before the colon of what is no word.
pub(super) const KEYS: [&str; 4] = [WITH, FROM, AFTER, BEFORE];

/// More words than anybody remembers of a message.
const MOST_TERMS: usize = 16;

/// Nobody types more than that for one word; what is pasted is cut.
const LONGEST_TERM: usize = 200;

/// What is looked for, and where.
pub(crate) struct Wanted {
    /// Everything but with whom.
    query: Query,
    /// Whose conversations, in which accounts; everybody's if nobody is named.
    people: Option<Vec<(AccountId, BareJid)>>,
}

impl Wanted {
    /// Everything but with whom.
    pub(crate) fn query(self) -> Query {
        self.query
    }

    /// What each account is asked.
    pub(crate) fn everywhere(self, model: &Model) -> Vec<(AccountId, Query)> {
        let Wanted { query, people } = self;
        let with = |with: BareJid| Query { with: Some(with), ..query.clone() };
        match people {
            Some(people) => people.into_iter().map(|(account, jid)| (account, with(jid))).collect(),
            None => model.accounts.keys().map(|account| (*account, query.clone())).collect(),
        }
    }
}

/// What that means.
pub(crate) fn read(model: &Model, typed: &str) -> Result<Wanted, Refusal> {
    let mut query = Query::default();
    let mut people = None;
    for Piece { text, is_phrase } in pieces(typed) {
        let (key, value) = text.split_once(':').unwrap_or_default();
        let value = value.trim_matches('"');
        match (is_phrase, key) {
            (false, WITH) => people = Some(whom::find_everywhere(model, value)?),
            (false, FROM) if value.eq_ignore_ascii_case("me") => query.from = Some(Side::Us),
            (false, FROM) => {
                people = Some(whom::find_everywhere(model, value)?);
                query.from = Some(Side::Peer);
            }
            (false, AFTER) => query.after = Some(moment(model, value)?),
            (false, BEFORE) => query.before = Some(moment(model, value)?),
            (_, _) if query.terms.len() < MOST_TERMS => {
                let text: String = text.chars().take(LONGEST_TERM).collect();
                query.terms.push(if is_phrase { Term::Phrase(text) } else { word(text) });
            }
            (_, _) => {}
        }
    }
    Ok(Wanted { query, people })
}

/// A word; with `*` at its end its beginning.
fn word(text: String) -> Term {
    let beginning = text.strip_suffix('*').filter(|beginning| beginning.chars().any(char::is_alphanumeric));
    beginning.map(|beginning| Term::Beginning(beginning.to_owned())).unwrap_or(Term::Word(text))
}

struct Piece {
    text: String,
    is_phrase: bool,
}

/// The pieces between spaces; quotes hold several together. An open quote ends with the line.
fn pieces(typed: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (text, is_phrase, after) = if let Some(phrase) = rest.strip_prefix('"') {
            let (phrase, after) = phrase.split_once('"').unwrap_or((phrase, ""));
            (phrase, true, after)
        } else {
            let end = word_end(rest);
            (&rest[..end], false, &rest[end..])
        };
        if !text.trim().is_empty() {
            pieces.push(Piece { text: text.to_owned(), is_phrase });
        }
        rest = after.trim_start();
    }
    pieces
}

/// Where a word ends: at a space that no quote holds, as in `from:"Romeo Montague"`.
fn word_end(rest: &str) -> usize {
    let mut is_quoted = false;
    let mut before = None;
    for (at, c) in rest.char_indices() {
        match c {
            '"' if is_quoted || before == Some(':') => is_quoted = !is_quoted,
            _ if c.is_whitespace() && !is_quoted => return at,
            _ => {}
        }
        before = Some(c);
    }
    rest.len()
}

/// When a day begins: `2026-11-22`, the first of `2026-11` or `2026`, `today`, `yesterday`.
fn moment(model: &Model, date: &str) -> Result<SystemTime, Refusal> {
    let today = calendar::day(model.now.wall, &model.look.zone);
    let day = match date.to_lowercase().as_str() {
        "today" => Some(today),
        "yesterday" => today.yesterday().ok(),
        date => [date.to_owned(), format!("{date}-01"), format!("{date}-01-01")]
            .iter()
            .find_map(|date| date.parse::<Date>().ok()),
    };
    let begins = |day: Date| day.to_zoned(model.look.zone.clone()).ok();
    let refusal = || misuse(format!("{date:?} is no date like 2026-11-22 or 2026-11"));
    day.and_then(begins).map(SystemTime::from).ok_or_else(refusal)
}
