//! The history of conversations: every fact ([`Said`]) once, by whatever ways it came; pages of it, and a search.
//!
//! Rows are facts and are never edited, but for what another copy of the same fact knows better. What a conversation
//! looks like is [`told`] when it is asked for, so the order in which things came leaves no trace. One account's rows
//! are nothing to another's.

use std::time::SystemTime;

use jid::BareJid;
use rusqlite::{Connection, Transaction, params};

use super::column;
use super::database::{Database, Fault};
use super::journal::lines::Wanted;
use crate::engine::history::{APART, Conversation, FileLine, Line, Page, Part, Said, told};

mod highlight;
mod marks;
mod row;
mod search;
mod waiting;

pub use marks::{archived_before, floor, horizon, move_horizon, read_up_to, read_up_to_message};
pub use search::{Search, search};
pub use waiting::{claim_waiting, no_longer_wait, wait, waiting};

/// The history's tables.
pub(super) const TABLES: &str = include_str!("history/tables.sql");

/// What was added to them.
pub(super) const HINTS: &str = include_str!("history/hints.sql");

pub(super) use marks::TIMED_HORIZONS;
pub(super) use waiting::WAITING;

/// Keeps a fact; whether it is a new one. A known one takes over what this copy knows better.
pub fn keep(tables: &Transaction, account: &BareJid, said: &Said) -> rusqlite::Result<bool> {
    for (number, mut known) in row::alike(tables, account, said)? {
        if known.is_same(said) {
            let before = known.clone();
            known.complete(said.clone());
            if known != before {
                row::complete(tables, number, &known)?;
                marks::follow(tables, account, &known.with, (before.at, known.at))?;
            }
            return Ok(false);
        }
    }
    row::insert(tables, account, said)?;
    Ok(true)
}

/// The last messages of a conversation, or the last ones before a moment; a few more, if several bear the time of the
/// oldest, so that none is lost between two pages. Between them stands what happened to files, which the journal has.
pub fn page(
    database: &Database,
    account: &BareJid,
    with: &BareJid,
    before: Option<SystemTime>,
    most: u32,
) -> Result<Page, Fault> {
    database.read(|tables| {
        let moment = before.map_or(i64::MAX, column::time);
        let Span { messages, files, goes_on: has_older } =
            span_before(tables, &Wanted { account, with, moment, most })?;
        Ok(Page { lines: lines(tables, account, with, messages)?, files, has_older })
    })
}

/// Messages of a conversation from a moment on, and some before it, with what happened to files.
pub fn around(
    database: &Database,
    account: &BareJid,
    with: &BareJid,
    from: SystemTime,
    above: u32,
    most: u32,
) -> Result<Part, Fault> {
    database.read(|tables| {
        let wanted = |most| Wanted { account, with, moment: column::time(from), most };
        let Span { mut messages, mut files, goes_on: has_older } = span_before(tables, &wanted(above))?;
        let later = span_from(tables, &wanted(most))?;
        messages.extend(later.messages);
        files.extend(later.files);
        Ok(Part { lines: lines(tables, account, with, messages)?, files, has_older, has_newer: later.goes_on })
    })
}

/// When a message was said by its place here; none, if nothing of that name was said about then.
pub fn place_of(
    database: &Database,
    account: &BareJid,
    with: &BareJid,
    name: &str,
    about: SystemTime,
) -> Result<Option<SystemTime>, Fault> {
    let apart = |at: &SystemTime| (*at).max(about).duration_since((*at).min(about)).unwrap_or_default();
    database.read(|tables| {
        let places = row::named(tables, account, with, name)?.into_iter().map(|said| said.at);
        Ok(places.filter(|at| apart(at) < APART).min_by_key(apart))
    })
}

/// A piece of a conversation, without holes: where there is more of messages or of files, it ends where the first of them
/// does.
struct Span {
    messages: Vec<Said>,
    files: Vec<FileLine>,
    goes_on: bool,
}

fn span_before(tables: &Connection, wanted: &Wanted) -> rusqlite::Result<Span> {
    let (mut messages, more_messages) = row::messages_before(tables, wanted)?;
    let (mut files, more_files) = wanted.before(tables)?;
    let oldest_message = messages.iter().map(|said| said.at).min().filter(|_| more_messages);
    let oldest_file = files.first().map(FileLine::at).filter(|_| more_files);
    if let Some(start) = oldest_message.max(oldest_file) {
        messages.retain(|said| said.at >= start);
        files.retain(|file| file.at() >= start);
    }
    Ok(Span { messages, files, goes_on: more_messages || more_files })
}

fn span_from(tables: &Connection, wanted: &Wanted) -> rusqlite::Result<Span> {
    let (mut messages, more_messages) = row::messages_from(tables, wanted)?;
    let (mut files, more_files) = wanted.from(tables)?;
    let newest_message = messages.iter().map(|said| said.at).max().filter(|_| more_messages);
    let newest_file = files.last().map(FileLine::at).filter(|_| more_files);
    if let Some(end) = newest_message.into_iter().chain(newest_file).min() {
        messages.retain(|said| said.at <= end);
        files.retain(|file| file.at() <= end);
    }
    Ok(Span { messages, files, goes_on: more_messages || more_files })
}

/// The messages as they stand by now, with what they answer.
fn lines(tables: &Connection, account: &BareJid, with: &BareJid, messages: Vec<Said>) -> rusqlite::Result<Vec<Line>> {
    let mut lines = told(&row::with_what_is_about(tables, account, with, messages)?);
    for line in lines.iter_mut().filter(|line| line.quote.is_none()) {
        let Some(id) = line.reply_to.as_deref() else { continue };
        let meant = row::with_what_is_about(tables, account, with, row::named(tables, account, with, id)?)?;
        line.quote = told(&meant).last().map(Line::quoted);
    }
    let seen = row::seen_until(tables, account, with)?;
    lines.iter_mut().filter(|line| seen.is_some_and(|seen| line.at <= seen)).for_each(Line::seen);
    Ok(lines)
}

/// Whom there is a history with, the latest first.
pub fn conversations(database: &Database, account: &BareJid) -> Result<Vec<Conversation>, Fault> {
    database.read(|tables| row::conversations(tables, account))
}

/// Something is being written, or nothing any more.
pub fn keep_draft(tables: &Transaction, account: &BareJid, with: &BareJid, draft: &str) -> rusqlite::Result<()> {
    let upsert = "INSERT INTO conversations (account, contact, draft) VALUES (?, ?, ?) \
                  ON CONFLICT DO UPDATE SET draft = excluded.draft";
    tables.prepare_cached(upsert)?.execute(params![account.as_str(), with.as_str(), draft]).map(drop)
}

/// Everything that was said before that moment is forgotten.
pub fn forget(tables: &Transaction, account: &BareJid, before: SystemTime) -> rusqlite::Result<()> {
    let delete = "DELETE FROM said WHERE account = ? AND at < ?";
    tables.execute(delete, params![account.as_str(), column::time(before)]).map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;
    use crate::engine::event::Author;
    use crate::engine::history::{Clock, Hints, What};

    pub(super) fn database() -> (TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let opened = Database::open(&folder.path().join("balcony.db")).unwrap();
        (folder, opened.database)
    }

    pub(super) fn juliet() -> BareJid {
        BareJid::new("juliet@capulet.lit").unwrap()
    }

    pub(super) fn romeo() -> BareJid {
        BareJid::new("romeo@montague.lit").unwrap()
    }

    pub(super) fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    pub(super) fn message(id: &str, seconds: u64, body: &str) -> Said {
        Said {
            with: romeo(),
            author: Author::Contact("romeo@montague.lit/orchard".parse().unwrap()),
            id: Some(id.to_owned()),
            archived: None,
            at: at(seconds),
            clock: Clock::Ours,
            what: What::Message { body: body.to_owned(), reply_to: None, hints: Hints::default() },
        }
    }

    pub(super) fn keep_all(database: &mut Database, facts: &[Said]) -> Vec<bool> {
        database.write(|tables| facts.iter().map(|said| keep(tables, &juliet(), said)).collect()).unwrap()
    }

    fn bodies(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.body.as_deref().unwrap_or("taken back")).collect()
    }

    #[test]
    fn the_same_fact_is_kept_once_and_takes_over_the_archives_time() {
        let (_folder, mut database) = database();
        let live = message("a", 500, "But soft");
        let archived = Said { archived: Some("x".to_owned()), clock: Clock::Archives, at: at(100), ..live.clone() };
        assert_eq!(keep_all(&mut database, &[live, archived.clone(), archived]), [true, false, false]);
        let page = page(&database, &juliet(), &romeo(), None, 10).unwrap();
        assert_eq!((page.lines.len(), page.lines[0].at), (1, at(100)));
    }

    #[test]
    fn of_two_places_in_the_archive_a_message_has_the_later_whichever_is_told_first() {
        /// So long that it was drawn by lot, and what bears it twice is one message.
        const LOT: &str = "0123456789abcdef";
        for places in [[100, 101], [101, 100]] {
            let (_folder, mut database) = database();
            let archived =
                Said { archived: Some("x".to_owned()), clock: Clock::Archives, ..message(LOT, 0, "But soft") };
            keep_all(&mut database, &places.map(|second| Said { at: at(second), ..archived.clone() }));
            let again = Said { archived: Some("y".to_owned()), at: at(900), ..archived };
            keep_all(&mut database, &[again]);
            let page = page(&database, &juliet(), &romeo(), None, 10).unwrap();
            assert_eq!((page.lines.len(), page.lines[0].at), (1, at(101)));
        }
    }

    #[test]
    fn pages_go_back_to_the_beginning_and_each_message_is_as_it_stands() {
        let (_folder, mut database) = database();
        let facts: Vec<Said> = (0..25).map(|n| message(&n.to_string(), n, &format!("line {n}"))).collect();
        keep_all(&mut database, &facts);
        let correction =
            What::Correction { of: "3".to_owned(), body: "line three".to_owned(), hints: Hints::default() };
        keep_all(&mut database, &[Said { what: correction, ..message("c", 100, "") }]);
        let newest = page(&database, &juliet(), &romeo(), None, 20).unwrap();
        assert_eq!((newest.lines.len(), newest.has_older), (20, true));
        assert_eq!(newest.lines[0].body.as_deref(), Some("line 5"));
        let older = page(&database, &juliet(), &romeo(), Some(newest.lines[0].at), 20).unwrap();
        assert_eq!(bodies(&older.lines), ["line 0", "line 1", "line 2", "line three", "line 4"]);
        assert!(!older.has_older);
    }

    #[test]
    fn what_was_said_around_a_moment_knows_whether_there_is_more_on_either_side() {
        let (_folder, mut database) = database();
        let facts: Vec<Said> = (0..10).map(|n| message(&n.to_string(), n, &format!("line {n}"))).collect();
        keep_all(&mut database, &facts);
        let part = |from, above, most| around(&database, &juliet(), &romeo(), at(from), above, most).unwrap();
        let middle = part(5, 2, 2);
        assert_eq!(bodies(&middle.lines), ["line 3", "line 4", "line 5", "line 6"]);
        assert!(middle.has_older && middle.has_newer);
        let last = part(8, 0, 2);
        assert_eq!((bodies(&last.lines), last.has_older, last.has_newer), (vec!["line 8", "line 9"], true, false));
        assert!(!part(2, 2, 2).has_older);
        assert!(part(50, 5, 5).has_older);
    }

    #[test]
    fn a_message_that_is_found_by_its_second_is_shown_where_it_stands_among_hundreds() {
        let (_folder, mut database) = database();
        let step = |n: u32| at(5) + Duration::from_micros(n.into());
        let facts = (0..400).map(|n| Said { at: step(n), ..message(&n.to_string(), 5, &format!("line {n}")) });
        let again = message("300", 200_000, "of another run, which counts from 0 as well");
        keep_all(&mut database, &facts.chain([again]).collect::<Vec<_>>());
        let place = |name| place_of(&database, &juliet(), &romeo(), name, at(5)).unwrap();
        assert_eq!((place("300"), place("none")), (Some(step(300)), None));
        let part = around(&database, &juliet(), &romeo(), step(300), 1, 1).unwrap();
        assert_eq!(bodies(&part.lines), ["line 299", "line 300"]);
    }

    #[test]
    fn what_bears_the_same_time_is_not_torn_apart_between_two_pages() {
        let (_folder, mut database) = database();
        let facts: Vec<Said> = (0..9).map(|n| message(&n.to_string(), n / 3, &format!("line {n}"))).collect();
        keep_all(&mut database, &facts);
        let newest = page(&database, &juliet(), &romeo(), None, 4).unwrap();
        assert_eq!((newest.lines.len(), newest.has_older), (6, true));
        let older = page(&database, &juliet(), &romeo(), Some(newest.lines[0].at), 4).unwrap();
        assert_eq!((older.lines.len(), older.has_older), (3, false));
        let part = around(&database, &juliet(), &romeo(), at(1), 1, 1).unwrap();
        assert_eq!((part.lines.len(), part.has_older, part.has_newer), (6, false, true));
    }

    #[test]
    fn what_was_read_stays_read_and_the_rest_is_counted() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("a", 1, "one"), message("b", 2, "two"), message("c", 3, "three")]);
        let unread = |database: &Database| conversations(database, &juliet()).unwrap()[0].unread;
        assert_eq!(unread(&database), 3);
        for seconds in [2, 1] {
            database.write(|tables| read_up_to(tables, &juliet(), &romeo(), at(seconds))).unwrap();
        }
        assert_eq!(unread(&database), 1);
        database.write(|tables| keep_draft(tables, &juliet(), &romeo(), "Come, ")).unwrap();
        let known = conversations(&database, &juliet()).unwrap();
        assert_eq!((known[0].draft.as_str(), known[0].last, known[0].unread), ("Come, ", at(3), 1));
    }

    #[test]
    fn accounts_share_nothing() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("a", 1, "for juliet")]);
        let nurse = BareJid::new("nurse@capulet.lit").unwrap();
        assert!(conversations(&database, &nurse).unwrap().is_empty());
        assert!(page(&database, &nurse, &romeo(), None, 10).unwrap().lines.is_empty());
    }
}
