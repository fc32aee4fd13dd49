//! A fact as a row of `said`, and back.

use std::collections::BTreeSet;
use std::time::SystemTime;

use jid::{BareJid, Jid};
use rusqlite::{Connection, OptionalExtension, Params, Row, ToSql, Transaction, named_params, params};

use crate::engine::event::Author;
use crate::engine::history::{Clock, Conversation, Hints, Said, What};
use crate::store::column as c;
use crate::store::journal::lines::Wanted;

pub(super) const ME: &str = "me";
pub(super) const MY_OTHER_DEVICE: &str = "my other device";

/// What an author asks for with a message, in `hints`.
const UNSTYLED: i64 = 1;
const MARKABLE: i64 = 2;

/// What separates reactions.
const BETWEEN: char = ' ';

/// The rows that may be the same fact.
pub(super) fn alike(tables: &Connection, account: &BareJid, said: &Said) -> rusqlite::Result<Vec<(i64, Said)>> {
    let same_name = "SELECT * FROM said WHERE account = :account AND archived = :archived \
                     UNION SELECT * FROM said WHERE account = :account AND contact = :contact AND id = :id";
    let values = named_params! {
        ":account": account.as_str(), ":contact": said.with.as_str(), ":archived": said.archived, ":id": said.id,
    };
    read(tables, same_name, values)
}

pub(super) fn insert(tables: &Transaction, account: &BareJid, said: &Said) -> rusqlite::Result<()> {
    let (kind, about, text) = written(&said.what);
    let insert = "INSERT INTO said (account, contact, author, id, archived, at, clock, kind, about, text, hints) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tables.prepare_cached(insert)?.execute(params![
        account.as_str(),
        said.with.as_str(),
        author_written(&said.author),
        said.id,
        said.archived,
        c::time(said.at),
        said.clock as i64,
        kind,
        about,
        text,
        hints_written(&said.what),
    ])?;
    Ok(())
}

/// Writes down what another copy knew better.
pub(super) fn complete(tables: &Transaction, number: i64, said: &Said) -> rusqlite::Result<()> {
    let update = "UPDATE said SET author = ?, archived = ?, at = ?, clock = ? WHERE number = ?";
    let values = params![author_written(&said.author), said.archived, c::time(said.at), said.clock as i64, number];
    tables.prepare_cached(update)?.execute(values).map(drop)
}

/// More messages than anybody says in one moment; an archive tells its moments in seconds.
const MOST_AT_ONCE: i64 = 1000;

/// The newest messages before a moment, and whether there are older ones. Those of one moment stay together.
pub(super) fn messages_before(tables: &Connection, wanted: &Wanted) -> rusqlite::Result<(Vec<Said>, bool)> {
    let Wanted { account, with, moment: before, most } = *wanted;
    let ends = "SELECT at FROM said WHERE account = :account AND contact = :contact AND kind = 'message' \
                AND at < :before ORDER BY at DESC, number DESC LIMIT 1 OFFSET :most";
    let select = "SELECT * FROM said WHERE account = :account AND contact = :contact AND kind = 'message' \
                  AND at < :before AND at >= :end ORDER BY at DESC, number DESC LIMIT :most";
    let is_there = |before| bound(tables, ends, account, with, (":before", before), 1).map(|at| at.is_some());
    if most == 0 {
        return Ok((Vec::new(), is_there(before)?));
    }
    let end = bound(tables, ends, account, with, (":before", before), most)?;
    let values = named_params! {
        ":account": account.as_str(), ":contact": with.as_str(), ":before": before,
        ":end": end.unwrap_or(i64::MIN), ":most": i64::from(most) + MOST_AT_ONCE,
    };
    let messages = said_by(tables, select, values)?;
    let has_older = end.map_or(Ok(false), is_there)?;
    Ok((messages, has_older))
}

/// The oldest messages from a moment on, and whether there are newer ones. Those of one moment stay together.
pub(super) fn messages_from(tables: &Connection, wanted: &Wanted) -> rusqlite::Result<(Vec<Said>, bool)> {
    let Wanted { account, with, moment: from, most } = *wanted;
    let ends = "SELECT at FROM said WHERE account = :account AND contact = :contact AND kind = 'message' \
                AND at >= :from ORDER BY at, number LIMIT 1 OFFSET :most";
    let select = "SELECT * FROM said WHERE account = :account AND contact = :contact AND kind = 'message' \
                  AND at >= :from AND at <= :end ORDER BY at, number LIMIT :most";
    let end = bound(tables, ends, account, with, (":from", from), most)?;
    let values = named_params! {
        ":account": account.as_str(), ":contact": with.as_str(), ":from": from,
        ":end": end.unwrap_or(i64::MAX), ":most": i64::from(most) + MOST_AT_ONCE,
    };
    let messages = said_by(tables, select, values)?;
    let later = |end: i64| bound(tables, ends, account, with, (":from", end.saturating_add(1)), 1);
    let has_newer = end.map(later).transpose()?.flatten().is_some();
    Ok((messages, has_newer))
}

/// When the last of so many messages was said; none if there are fewer.
fn bound(
    tables: &Connection,
    select: &str,
    account: &BareJid,
    with: &BareJid,
    (name, moment): (&str, i64),
    most: u32,
) -> rusqlite::Result<Option<i64>> {
    let Some(last) = most.checked_sub(1) else { return Ok(None) };
    let (account, with) = (account.as_str(), with.as_str());
    let values: &[(&str, &dyn ToSql)] =
        &[(":account", &account), (":contact", &with), (name, &moment), (":most", &last)];
    tables.prepare_cached(select)?.query_row(values, |row| row.get(0)).optional()
}

fn said_by(tables: &Connection, select: &str, values: impl Params) -> rusqlite::Result<Vec<Said>> {
    Ok(read(tables, select, values)?.into_iter().map(|(_, said)| said).collect())
}

/// The messages that a sender named so.
pub(super) fn named(tables: &Connection, account: &BareJid, with: &BareJid, id: &str) -> rusqlite::Result<Vec<Said>> {
    let select = "SELECT * FROM said WHERE account = ? AND contact = ? AND id = ? AND kind = 'message'";
    said_by(tables, select, params![account.as_str(), with.as_str(), id])
}

/// The messages, everything that was said about them, and what was said about that: corrections have receipts too.
pub(super) fn with_what_is_about(
    tables: &Connection,
    account: &BareJid,
    with: &BareJid,
    mut facts: Vec<Said>,
) -> rusqlite::Result<Vec<Said>> {
    let mut asked = BTreeSet::new();
    for _ in 0..2 {
        let ids: BTreeSet<String> = facts.iter().filter_map(|said| said.id.clone()).collect();
        for id in ids.difference(&asked) {
            facts.extend(about(tables, account, with, id)?);
        }
        asked = ids;
    }
    Ok(facts)
}

fn about(tables: &Connection, account: &BareJid, with: &BareJid, id: &str) -> rusqlite::Result<Vec<Said>> {
    let select = "SELECT * FROM said WHERE account = :account AND contact = :contact AND about = :about \
                  AND kind <> 'message'";
    let values = named_params! { ":account": account.as_str(), ":contact": with.as_str(), ":about": id };
    Ok(read(tables, select, values)?.into_iter().map(|(_, said)| said).collect())
}

/// Up to when the contact has seen what we said: when the last message was said that one of their marks is about. The
/// indices are named because `SQLite`, left alone, looks through the whole conversation instead.
pub(super) fn seen_until(
    tables: &Connection,
    account: &BareJid,
    with: &BareJid,
) -> rusqlite::Result<Option<SystemTime>> {
    let select = "SELECT max(message.at) FROM said AS mark JOIN said AS message INDEXED BY said_by_id \
                    ON message.account = mark.account AND message.contact = mark.contact AND message.id = mark.about \
                  WHERE mark.number IN ( \
                    SELECT number FROM said INDEXED BY said_about WHERE account = :account AND contact = :contact \
                      AND kind = 'displayed' AND kind <> 'message' AND author NOT IN (:me, :other) \
                    ORDER BY number DESC LIMIT 8) \
                    AND message.id IS NOT NULL AND message.kind = 'message' AND message.author IN (:me, :other)";
    let values = named_params! {
        ":account": account.as_str(), ":contact": with.as_str(), ":me": ME, ":other": MY_OTHER_DEVICE,
    };
    let at: Option<i64> = tables.prepare_cached(select)?.query_row(values, |row| row.get(0))?;
    Ok(at.map(c::moment))
}

/// Whom there is a history with, or something half written for. What was taken back is not unread.
pub(super) fn conversations(tables: &Connection, account: &BareJid) -> rusqlite::Result<Vec<Conversation>> {
    let select = "SELECT contact, max(at) AS last, coalesce(read, 0) AS read, coalesce(draft, '') AS draft, \
                    count(*) FILTER (WHERE author NOT IN (:me, :other) AND at > coalesce(read, 0) AND NOT EXISTS ( \
                      SELECT 1 FROM said AS later INDEXED BY said_about WHERE later.account = said.account \
                        AND later.contact = said.contact AND later.about = said.id AND later.kind <> 'message' \
                        AND later.kind = 'retraction' AND later.author NOT IN (:me, :other))) AS unread \
                  FROM said LEFT JOIN conversations USING (account, contact) \
                  WHERE account = :account AND kind = 'message' GROUP BY contact \
                  UNION ALL SELECT contact, read, read, draft, 0 FROM conversations AS begun \
                  WHERE account = :account AND draft <> '' AND NOT EXISTS ( \
                    SELECT 1 FROM said INDEXED BY said_in_order WHERE said.account = begun.account \
                      AND said.contact = begun.contact AND kind = 'message') ORDER BY last DESC";
    let mut select = tables.prepare_cached(select)?;
    let values = named_params! { ":account": account.as_str(), ":me": ME, ":other": MY_OTHER_DEVICE };
    let rows = select.query_map(values, |row| {
        let with: String = row.get("contact")?;
        Ok(Conversation {
            with: c::parsed(&with)?,
            last: c::moment(row.get("last")?),
            read: c::moment(row.get("read")?),
            unread: c::size(row.get("unread")?),
            draft: row.get("draft")?,
        })
    })?;
    rows.collect()
}

/// Reads facts. One that another hand has changed into something else is left out.
pub(super) fn read(tables: &Connection, select: &str, values: impl Params) -> rusqlite::Result<Vec<(i64, Said)>> {
    let mut select = tables.prepare_cached(select)?;
    let mut rows = select.query(values)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        match said(row) {
            Ok(said) => all.push((row.get("number")?, said)),
            Err(why @ rusqlite::Error::SqliteFailure(..)) => return Err(why),
            Err(why) => tracing::warn!(%why, "a line of the history makes no sense"),
        }
    }
    Ok(all)
}

pub(super) fn said(row: &Row) -> rusqlite::Result<Said> {
    let (with, author): (String, String) = (row.get("contact")?, row.get("author")?);
    let clock = match row.get("clock")? {
        0_i64 => Clock::Ours,
        1 => Clock::Keepers,
        _ => Clock::Archives,
    };
    Ok(Said {
        with: c::parsed(&with)?,
        author: author_read(&author)?,
        id: row.get("id")?,
        archived: row.get("archived")?,
        at: c::moment(row.get("at")?),
        clock,
        what: what(row)?,
    })
}

fn what(row: &Row) -> rusqlite::Result<What> {
    let (kind, text): (String, String) = (row.get("kind")?, row.get("text")?);
    let about: Option<String> = row.get("about")?;
    if kind == "message" {
        return Ok(What::Message { body: text, reply_to: about, hints: hints_read(row)? });
    }
    let about = about.unwrap_or_default();
    Ok(match kind.as_str() {
        "correction" => What::Correction { of: about, body: text, hints: hints_read(row)? },
        "retraction" => What::Retraction { of: about },
        "reactions" => {
            let emoji = text.split(BETWEEN).filter(|one| !one.is_empty()).map(str::to_owned).collect();
            What::Reactions { to: about, emoji }
        }
        "receipt" => What::Receipt { of: about },
        "displayed" => What::Displayed { of: about },
        "failure" => What::Failure { of: about, why: text },
        other => return Err(c::unknown(other)),
    })
}

/// Its kind, what it is about, its text.
fn written(what: &What) -> (&'static str, Option<&str>, String) {
    match what {
        What::Message { body, reply_to, .. } => ("message", reply_to.as_deref(), body.clone()),
        What::Correction { of, body, .. } => ("correction", Some(of), body.clone()),
        What::Retraction { of } => ("retraction", Some(of), String::new()),
        What::Reactions { to, emoji } => ("reactions", Some(to), emoji.join(&BETWEEN.to_string())),
        What::Receipt { of } => ("receipt", Some(of), String::new()),
        What::Displayed { of } => ("displayed", Some(of), String::new()),
        What::Failure { of, why } => ("failure", Some(of), why.clone()),
    }
}

fn hints_read(row: &Row) -> rusqlite::Result<Hints> {
    let hints: i64 = row.get("hints")?;
    Ok(Hints { unstyled: hints & UNSTYLED != 0, markable: hints & MARKABLE != 0 })
}

fn hints_written(what: &What) -> i64 {
    match what {
        What::Message { hints, .. } | What::Correction { hints, .. } => {
            i64::from(hints.unstyled) * UNSTYLED + i64::from(hints.markable) * MARKABLE
        }
        What::Retraction { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Displayed { .. }
        | What::Failure { .. } => 0,
    }
}

fn author_written(author: &Author) -> &str {
    match author {
        Author::Me => ME,
        Author::MyOtherDevice => MY_OTHER_DEVICE,
        Author::Contact(jid) => jid.as_str(),
    }
}

fn author_read(word: &str) -> rusqlite::Result<Author> {
    Ok(match word {
        ME => Author::Me,
        MY_OTHER_DEVICE => Author::MyOtherDevice,
        jid => Author::Contact(c::parsed::<Jid>(jid)?),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{database, juliet, keep_all, message, romeo};
    use super::super::{Database, keep_draft};
    use super::*;

    #[test]
    fn what_its_author_took_back_is_not_unread() {
        let (_folder, mut database) = database();
        let about = |id: &str, of: &str, author: Author| Said {
            what: What::Retraction { of: of.to_owned() },
            author,
            ..message(id, 9, "")
        };
        let theirs = message("", 0, "").author;
        let retractions = [about("c", "a", theirs), about("d", "b", Author::Me)];
        keep_all(&mut database, &[message("a", 1, "one"), message("b", 2, "two")]);
        keep_all(&mut database, &retractions);
        let known = database.read(|tables| conversations(tables, &juliet())).unwrap();
        assert_eq!((known[0].unread, known[0].last), (1, message("b", 2, "").at));
    }

    #[test]
    fn what_is_begun_for_somebody_to_whom_nothing_was_said_is_there_again() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[message("a", 1, "one")]);
        let nurse = BareJid::new("nurse@capulet.lit").unwrap();
        let begin = |tables: &Transaction, text: &str| keep_draft(tables, &juliet(), &nurse, text);
        database.write(|tables| begin(tables, "Good nurse")).unwrap();
        let known = |database: &Database| database.read(|tables| conversations(tables, &juliet())).unwrap();
        let drafts: Vec<(BareJid, String)> = known(&database).into_iter().map(|one| (one.with, one.draft)).collect();
        assert_eq!(drafts, [(romeo(), String::new()), (nurse.clone(), "Good nurse".to_owned())]);
        database.write(|tables| begin(tables, "")).unwrap();
        assert_eq!(known(&database).len(), 1);
    }

    #[test]
    fn every_fact_comes_back_as_it_went() {
        let (_folder, mut database) = database();
        let of = || "a".to_owned();
        let whats = [
            What::Message {
                body: "But soft".to_owned(),
                reply_to: Some(of()),
                hints: Hints { unstyled: true, markable: false },
            },
            What::Correction {
                of: of(),
                body: "But soft!".to_owned(),
                hints: Hints { unstyled: false, markable: true },
            },
            What::Retraction { of: of() },
            What::Reactions { to: of(), emoji: vec!["❤".to_owned(), "👍🏽".to_owned()] },
            What::Reactions { to: of(), emoji: Vec::new() },
            What::Receipt { of: of() },
            What::Displayed { of: of() },
            What::Failure { of: of(), why: "nobody there".to_owned() },
        ];
        let authors = [Author::Me, Author::MyOtherDevice, message("", 0, "").author];
        let facts: Vec<Said> = whats
            .into_iter()
            .zip(authors.into_iter().cycle())
            .zip(0..)
            .map(|((what, author), n)| Said { author, what, ..message(&format!("id {n}"), n, "") })
            .collect();
        keep_all(&mut database, &facts);
        let select = "SELECT * FROM said WHERE account = ? ORDER BY number";
        let back = database.read(|tables| read(tables, select, [juliet().as_str()])).unwrap();
        assert_eq!(back.into_iter().map(|(_, said)| said).collect::<Vec<_>>(), facts);
    }
}
