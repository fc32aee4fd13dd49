//! Which tables there are, and how the file of an older Balcony comes to have them.
//!
//! A file says in its `user_version` how many migrations it has seen. The rest run in one transaction: a process that
//! is killed in the middle leaves the file as it was. A file that has seen more than there are is left alone.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::Fault;
use crate::store::{history, journal, people, roster};

/// Every step from an empty file to the tables of today. Steps are added at the end and never changed once released.
pub(super) static MIGRATIONS: &[&str] = &[
    journal::TABLES,
    history::TABLES,
    history::TIMED_HORIZONS,
    history::HINTS,
    journal::WEB,
    people::TABLES,
    journal::TURNS,
    history::WAITING,
    journal::LINES,
    roster::TABLES,
    journal::FOLDERS,
];

/// Runs the steps that the file has not seen.
pub(super) fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<(), Fault> {
    migrate(connection, path, MIGRATIONS)
}

fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), Fault> {
    let known = migrations.len();
    let told = |why| Fault::of(path, &why);
    match seen(connection).map_err(told)? {
        found if found > known => return Err(Fault::Newer { path: path.to_owned(), found, known }),
        found if found == known => return Ok(()),
        _ => {}
    }
    let mut run = || {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for migration in migrations.iter().skip(seen(&transaction)?) {
            transaction.execute_batch(migration)?;
        }
        transaction.pragma_update(None, "user_version", i64::try_from(known).unwrap_or(i64::MAX))?;
        transaction.commit()
    };
    run().map_err(told)
}

/// How many steps the file has seen. A number below zero was not written by us; to take it for a newer one leaves it
/// alone.
fn seen(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "CREATE TABLE letters (text TEXT NOT NULL) STRICT; INSERT INTO letters VALUES ('soft');";
    const SECOND: &str = "ALTER TABLE letters ADD COLUMN seal TEXT;";

    fn run(connection: &mut Connection, migrations: &[&str]) -> Result<(), Fault> {
        migrate(connection, Path::new("balcony.db"), migrations)
    }

    fn letters(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM letters", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn each_step_runs_once_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &[FIRST]).unwrap();
        run(&mut connection, &[FIRST, SECOND]).unwrap();
        run(&mut connection, &[FIRST, SECOND]).unwrap();
        assert_eq!(letters(&connection), 1);
        connection.execute("UPDATE letters SET seal = 'wax'", []).unwrap();
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &[FIRST]).unwrap();
        assert!(run(&mut connection, &[FIRST, SECOND, "CREATE TABEL"]).is_err());
        assert_eq!(seen(&connection), Ok(1));
        assert!(connection.execute("UPDATE letters SET seal = 'wax'", []).is_err());
    }

    #[test]
    fn transfers_that_an_older_balcony_wrote_down_are_neither_paused_nor_preferred_and_carry_one_file() {
        let mut connection = Connection::open_in_memory().unwrap();
        let before = MIGRATIONS.iter().position(|step| *step == journal::TURNS).unwrap();
        run(&mut connection, &MIGRATIONS[..before]).unwrap();
        let columns = "key, account, contact, peer, began, changed, name, direction, bytes, state";
        let values = "'k', 'a@b', 'c@d', 'c@d/e', 1, 2, 'f', 'sending', 3, 'offered'";
        connection.execute(&format!("INSERT INTO transfers ({columns}) VALUES ({values})"), []).unwrap();
        run(&mut connection, MIGRATIONS).unwrap();
        let wanted = connection.query_row("SELECT paused, priority, further FROM transfers", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        assert_eq!(wanted, Ok((false, "normal".to_owned(), None::<Vec<u8>>)));
    }

    #[test]
    fn what_a_newer_balcony_wrote_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &[FIRST, SECOND]).unwrap();
        let told = run(&mut connection, &[FIRST]).unwrap_err().to_string();
        assert_eq!(told, "balcony.db was written by a newer Balcony (format 2, this one knows 1); update this one");
        assert_eq!(seen(&connection), Ok(2));
    }
}
