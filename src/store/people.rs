//! What is kept of contacts beside the roster: for what they may ring, and what their cards call them.

use std::time::SystemTime;

use jid::BareJid;
use rusqlite::{Transaction, named_params};

use super::column;
use super::database::{Database, Fault};

/// The table.
pub(super) const TABLES: &str = include_str!("people/tables.sql");

/// What is kept of one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose it is.
    pub contact: BareJid,
    /// For what they may ring, in a word.
    pub notify: Option<String>,
    /// What they call themselves.
    pub name: Option<String>,
    /// When they were asked that last.
    pub asked: SystemTime,
}

/// Everything that is kept of an account's contacts.
pub fn of(database: &Database, account: &BareJid) -> Result<Vec<Kept>, Fault> {
    database.read(|tables| {
        let mut select = tables.prepare_cached("SELECT contact, notify, name, asked FROM people WHERE account = ?")?;
        let rows = select.query_map([account.as_str()], |row| {
            let contact: String = row.get(0)?;
            let (notify, name) = (row.get(1)?, row.get(2)?);
            Ok(Kept { contact: column::parsed(&contact)?, notify, name, asked: column::moment(row.get(3)?) })
        })?;
        rows.collect()
    })
}

/// Keeps for what a contact may ring. What was said later stays, in whatever order it comes here.
pub fn keep_notify(
    tables: &Transaction,
    account: &BareJid,
    contact: &BareJid,
    word: &str,
    said: SystemTime,
) -> rusqlite::Result<()> {
    let upsert = "INSERT INTO people (account, contact, notify, said) VALUES (:account, :contact, :notify, :said) \
                  ON CONFLICT DO UPDATE SET notify = excluded.notify, said = excluded.said \
                  WHERE excluded.said >= people.said";
    let values = named_params! {
        ":account": account.as_str(), ":contact": contact.as_str(), ":notify": word, ":said": column::time(said),
    };
    tables.prepare_cached(upsert)?.execute(values).map(drop)
}

/// Keeps what a contact calls themselves, or that they were asked: what they said once stays where they say nothing.
pub fn keep_name(
    tables: &Transaction,
    account: &BareJid,
    contact: &BareJid,
    name: Option<&str>,
    asked: SystemTime,
) -> rusqlite::Result<()> {
    let upsert = "INSERT INTO people (account, contact, name, asked) VALUES (:account, :contact, :name, :asked) \
                  ON CONFLICT DO UPDATE SET name = coalesce(excluded.name, name), asked = excluded.asked";
    let values = named_params! {
        ":account": account.as_str(), ":contact": contact.as_str(), ":name": name, ":asked": column::time(asked),
    };
    tables.prepare_cached(upsert)?.execute(values).map(drop)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_kept_of_a_contact_is_there_again_and_belongs_to_one_account() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(&folder.path().join("balcony.db")).unwrap().database;
        let jid = |text: &str| BareJid::new(text).unwrap();
        let (juliet, romeo) = (jid("juliet@capulet.lit"), jid("romeo@montague.lit"));
        let hour = Duration::from_hours(1);
        let asked = SystemTime::UNIX_EPOCH + hour;
        database.write(|tables| keep_name(tables, &juliet, &romeo, Some("Rom"), asked)).unwrap();
        database.write(|tables| keep_notify(tables, &juliet, &romeo, "none", asked)).unwrap();
        let kept = Kept { contact: romeo.clone(), notify: Some("none".into()), name: Some("Rom".into()), asked };
        assert_eq!(of(&database, &juliet).unwrap(), [kept]);
        assert_eq!(of(&database, &romeo).unwrap(), []);
        database.write(|tables| keep_notify(tables, &juliet, &romeo, "mentions", asked + hour)).unwrap();
        database.write(|tables| keep_notify(tables, &juliet, &romeo, "all", asked)).unwrap();
        assert_eq!(of(&database, &juliet).unwrap()[0].notify.as_deref(), Some("mentions"));
    }
}
