//! Up to where something goes: what of the archive is here, what of a conversation was read.

use std::time::SystemTime;

use jid::BareJid;
use rusqlite::{Connection, OptionalExtension, Transaction, named_params, params};

use crate::engine::history::{Edge, Name};
use crate::store::column as c;

/// A horizon knows when its message was said.
pub(in crate::store) const TIMED_HORIZONS: &str = "ALTER TABLE horizons ADD COLUMN at INTEGER NOT NULL DEFAULT 0;";

/// A conversation was read up to that moment; up to when it is read by that: it never becomes unread again.
pub fn read_up_to(
    tables: &Transaction,
    account: &BareJid,
    with: &BareJid,
    at: SystemTime,
) -> rusqlite::Result<SystemTime> {
    let upsert = "INSERT INTO conversations (account, contact, read) VALUES (:account, :contact, :at) \
                  ON CONFLICT DO UPDATE SET read = max(read, excluded.read) RETURNING read";
    let values = named_params! { ":account": account.as_str(), ":contact": with.as_str(), ":at": c::time(at) };
    tables.prepare_cached(upsert)?.query_row(values, |row| row.get(0)).map(c::moment)
}

/// A conversation was read up to the message of that name: up to when; none, if there is no such message here.
pub fn read_up_to_message(
    tables: &Transaction,
    account: &BareJid,
    with: &BareJid,
    message: &Name,
) -> rusqlite::Result<Option<SystemTime>> {
    let (select, name) = match message {
        Name::Archives(name) => {
            ("SELECT at FROM said WHERE account = ? AND contact = ? AND archived = ? ORDER BY at DESC LIMIT 1", name)
        }
        Name::Senders(name) => {
            ("SELECT at FROM said WHERE account = ? AND contact = ? AND id = ? ORDER BY at DESC LIMIT 1", name)
        }
    };
    let values = params![account.as_str(), with.as_str(), name];
    let at: Option<i64> = tables.prepare_cached(select)?.query_row(values, |row| row.get(0)).optional()?;
    at.map(|at| read_up_to(tables, account, with, c::moment(at))).transpose()
}

/// The archive's name for the last message up to that moment.
pub fn archived_before(
    tables: &Connection,
    account: &BareJid,
    with: &BareJid,
    at: SystemTime,
) -> rusqlite::Result<Option<String>> {
    let select = "SELECT archived FROM said WHERE account = ? AND contact = ? AND kind = 'message' \
                  AND at <= ? AND archived IS NOT NULL ORDER BY at DESC, number DESC LIMIT 1";
    let values = params![account.as_str(), with.as_str(), c::time(at)];
    tables.prepare_cached(select)?.query_row(values, |row| row.get(0)).optional()
}

/// A message turns out to have been said at another time than was thought: if the conversation was read up to there, it
/// was read up to that time.
pub(super) fn follow(
    tables: &Transaction,
    account: &BareJid,
    with: &BareJid,
    (before, after): (SystemTime, SystemTime),
) -> rusqlite::Result<()> {
    let update = "UPDATE conversations SET read = :after WHERE account = :account AND contact = :contact \
                  AND read = :before";
    let values = named_params! {
        ":account": account.as_str(), ":contact": with.as_str(), ":before": c::time(before), ":after": c::time(after),
    };
    tables.prepare_cached(update)?.execute(values).map(drop)
}

/// Where what is kept of a conversation begins: with the first message that has its place from the archive, if there is
/// one. Who had their place from another clock may stand before what the archive has before them.
pub fn floor(tables: &Connection, account: &BareJid, with: &BareJid) -> rusqlite::Result<Option<Edge>> {
    let select = "SELECT archived, at FROM said WHERE account = ? AND contact = ? AND kind = 'message' \
                  ORDER BY clock = 2 DESC, at, number LIMIT 1";
    let values = params![account.as_str(), with.as_str()];
    let read = |row: &rusqlite::Row| Ok(Edge { archived: row.get(0)?, at: c::moment(row.get(1)?) });
    tables.prepare_cached(select)?.query_row(values, read).optional()
}

/// Up to which message everything that the archive has is here.
pub fn horizon(tables: &Connection, account: &BareJid) -> rusqlite::Result<Option<Edge>> {
    let select = "SELECT archived, at FROM horizons WHERE account = ?";
    let read = |row: &rusqlite::Row| {
        let archived: String = row.get(0)?;
        Ok(Edge { archived: Some(archived).filter(|name| !name.is_empty()), at: c::moment(row.get(1)?) })
    };
    tables.prepare_cached(select)?.query_row([account.as_str()], read).optional()
}

/// Everything up to that message is here.
pub fn move_horizon(tables: &Transaction, account: &BareJid, edge: &Edge) -> rusqlite::Result<()> {
    let upsert = "INSERT INTO horizons (account, archived, at) VALUES (?, ?, ?) \
                  ON CONFLICT DO UPDATE SET archived = excluded.archived, at = excluded.at";
    let archived = edge.archived.as_deref().unwrap_or_default();
    tables.prepare_cached(upsert)?.execute(params![account.as_str(), archived, c::time(edge.at)]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, database, juliet, keep_all, message, romeo};
    use super::super::{conversations, keep};
    use super::*;
    use crate::engine::history::{Clock, Said};

    fn archived(name: &str, said: Said) -> Said {
        Said { archived: Some(name.to_owned()), clock: Clock::Archives, ..said }
    }

    #[test]
    fn what_was_read_stays_so_when_the_archives_clock_says_otherwise() {
        for (ours, archives) in [([10, 11, 12], [5, 6, 7]), ([5, 6, 7], [10, 11, 12])] {
            let (_folder, mut database) = database();
            let live: Vec<Said> = ["a", "b", "c"].into_iter().zip(ours).map(|(id, at)| message(id, at, id)).collect();
            keep_all(&mut database, &live);
            database.write(|tables| read_up_to(tables, &juliet(), &romeo(), at(ours[1]))).unwrap();
            for (said, seconds) in live.into_iter().zip(archives) {
                let name = said.id.clone().unwrap();
                let known = Said { at: at(seconds), ..archived(&name, said) };
                database.write(|tables| keep(tables, &juliet(), &known)).unwrap();
            }
            let all = conversations(&database, &juliet()).unwrap();
            assert_eq!((all[0].unread, all[0].read), (1, at(archives[1])));
        }
    }

    #[test]
    fn a_conversation_is_read_up_to_a_message_by_either_name() {
        let (_folder, mut database) = database();
        keep_all(&mut database, &[archived("x", message("a", 1, "one")), message("b", 2, "two")]);
        let mut read =
            |message: Name| database.write(|tables| read_up_to_message(tables, &juliet(), &romeo(), &message)).unwrap();
        assert_eq!(read(Name::Archives("b".to_owned())), None);
        assert_eq!(read(Name::Archives("x".to_owned())), Some(at(1)));
        assert_eq!(read(Name::Senders("b".to_owned())), Some(at(2)));
        let last = database.read(|tables| archived_before(tables, &juliet(), &romeo(), at(9))).unwrap();
        assert_eq!(last.as_deref(), Some("x"));
        let floor = database.read(|tables| floor(tables, &juliet(), &romeo())).unwrap();
        assert_eq!(floor, Some(Edge { archived: Some("x".to_owned()), at: at(1) }));
    }

    #[test]
    fn a_horizon_is_kept_for_each_account() {
        let (_folder, mut database) = database();
        let edge = Edge { archived: Some("x".to_owned()), at: at(7) };
        database.write(|tables| move_horizon(tables, &juliet(), &edge)).unwrap();
        assert_eq!(database.read(|tables| horizon(tables, &romeo())).unwrap(), None);
        assert_eq!(database.read(|tables| horizon(tables, &juliet())).unwrap(), Some(edge));
        let empty = Edge { archived: None, at: at(8) };
        database.write(|tables| move_horizon(tables, &juliet(), &empty)).unwrap();
        assert_eq!(database.read(|tables| horizon(tables, &juliet())).unwrap(), Some(empty));
    }
}
