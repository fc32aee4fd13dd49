//! What the user said, until the server has it: whatever ends this Balcony meanwhile, the next one sends it.
//!
//! It belongs to the Balcony in which it was written ([`Running`]), for as long as that runs: two of them send it once.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use rusqlite::{Row, Transaction, named_params, params};

use crate::engine::history::Unsent;
use crate::store::column as c;
use crate::store::database::{Database, Fault};
use crate::store::running::Running;

/// Its table.
pub(in crate::store) const WAITING: &str = include_str!("waiting.sql");

/// Something waits; what waits already does so with other words, and in its place.
pub fn wait(tables: &Transaction, account: &BareJid, unsent: &Unsent, run: &Running) -> rusqlite::Result<()> {
    let insert = "INSERT INTO waiting (account, id, stanza, written, owner) VALUES (?, ?, ?, ?, ?) \
                  ON CONFLICT DO UPDATE SET stanza = excluded.stanza, written = excluded.written, owner = excluded.owner";
    let Unsent { id, stanza, written } = unsent;
    let values = params![account.as_str(), id, stanza, c::time(*written), run.name()];
    tables.prepare_cached(insert)?.execute(values).map(drop)
}

/// It waits no more.
pub fn no_longer_wait(tables: &Transaction, account: &BareJid, id: &str) -> rusqlite::Result<()> {
    let delete = "DELETE FROM waiting WHERE account = ? AND id = ?";
    tables.prepare_cached(delete)?.execute(params![account.as_str(), id]).map(drop)
}

/// What waits, by our names for it.
pub fn waiting(database: &Database, account: &BareJid) -> Result<BTreeSet<String>, Fault> {
    database.read(|tables| {
        let mut select = tables.prepare("SELECT id FROM waiting WHERE account = ?")?;
        select.query_map([account.as_str()], |row| row.get(0))?.collect()
    })
}

/// Takes over what waits and belongs to no Balcony that runs, in the order in which it was written.
pub fn claim_waiting(database: &mut Database, account: &BareJid, run: &Running) -> Result<Vec<Unsent>, Fault> {
    database.write(|tables| {
        let select = "SELECT number, owner, id, stanza, written FROM waiting WHERE account = ? ORDER BY number";
        let read = |row: &Row| {
            let unsent = Unsent { id: row.get(2)?, stanza: row.get(3)?, written: c::moment(row.get(4)?) };
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, unsent))
        };
        let all: Vec<_> = tables.prepare(select)?.query_map([account.as_str()], read)?.collect::<Result<_, _>>()?;
        let mut alive = BTreeMap::new();
        let mut claimed = Vec::new();
        for (number, owner, unsent) in all {
            if !*alive.entry(owner).or_insert_with_key(|owner| run.knows(owner)) {
                let taken = named_params! { ":owner": run.name(), ":number": number };
                tables.execute("UPDATE waiting SET owner = :owner WHERE number = :number", taken)?;
                claimed.push(unsent);
            }
        }
        Ok(claimed)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, database, juliet, romeo};
    use super::*;
    use crate::store::running;

    fn unsent(id: &str) -> Unsent {
        Unsent { id: id.to_owned(), stanza: format!("<message id='{id}'/>"), written: at(7) }
    }

    #[test]
    fn what_waits_is_taken_over_from_who_is_gone_and_from_nobody_else() {
        let (_folder, mut database) = database();
        let place = running::folder(database.path());
        let run = |name: &str| Running::begin(&place, name.to_owned()).unwrap();
        let (first, second) = (run("first"), run("second"));
        let keep = |database: &mut Database, id: &str| {
            database.write(|tables| wait(tables, &juliet(), &unsent(id), &first)).unwrap();
        };
        keep(&mut database, "a");
        keep(&mut database, "b");
        keep(&mut database, "c");
        keep(&mut database, "a");
        database.write(|tables| no_longer_wait(tables, &juliet(), "b")).unwrap();
        assert_eq!(claim_waiting(&mut database, &juliet(), &second).unwrap(), []);
        assert_eq!(waiting(&database, &juliet()).unwrap(), ["a", "c"].map(str::to_owned).into());
        drop(first);
        assert_eq!(claim_waiting(&mut database, &romeo(), &second).unwrap(), []);
        assert_eq!(claim_waiting(&mut database, &juliet(), &second).unwrap(), [unsent("a"), unsent("c")]);
        assert_eq!(claim_waiting(&mut database, &juliet(), &run("third")).unwrap(), []);
    }
}
