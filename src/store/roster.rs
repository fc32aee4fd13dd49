//! The roster, so that the next login asks only for what is newer (RFC 6121 §2.6).
//!
//! Items and version are written in one transaction, so that what is read belongs together, whenever this Balcony was
//! killed. Several of them keep the same rows: a change counts if it was made to the version that is here. If it was made
//! to another, nobody knows what the roster is, and it is forgotten: the next login gets all of it.

use jid::BareJid;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::column;
use super::database::{Database, Fault};
use crate::engine::roster::{Edition, Item, Revision, Subscription};

/// Its tables.
pub(super) const TABLES: &str = include_str!("roster/tables.sql");

/// What no group is called: XML has no such character.
const BETWEEN_GROUPS: &str = "\u{1f}";

/// The roster of an account, if one is kept.
pub fn kept(database: &Database, account: &BareJid) -> Result<Option<Edition>, Fault> {
    database.read(|tables| {
        let moment = tables.unchecked_transaction()?;
        let Some(version) = version(&moment, account)? else { return Ok(None) };
        let select = "SELECT contact, name, groups, subscription, asked FROM roster_items WHERE account = ?";
        let items = moment.prepare(select)?.query_map([account.as_str()], read)?.collect::<Result<_, _>>()?;
        Ok(Some(Edition { version, items }))
    })
}

/// Keeps a roster in place of what was kept.
pub fn keep(tables: &Transaction, account: &BareJid, edition: &Edition) -> rusqlite::Result<()> {
    forget(tables, account)?;
    tables
        .execute("INSERT INTO rosters (account, version) VALUES (?, ?)", params![account.as_str(), edition.version])?;
    edition.items.iter().try_for_each(|item| put(tables, account, item))
}

/// Keeps a change, unless it is here already.
pub fn revise(tables: &Transaction, account: &BareJid, revision: &Revision) -> rusqlite::Result<()> {
    let Revision { before, after, item } = revision;
    match version(tables, account)? {
        Some(known) if known == *after => Ok(()),
        Some(known) if known == *before => {
            let update = "UPDATE rosters SET version = ? WHERE account = ?";
            tables.prepare_cached(update)?.execute(params![after, account.as_str()])?;
            put(tables, account, item)
        }
        Some(_) => forget(tables, account),
        None => Ok(()),
    }
}

/// Keeps none.
pub fn forget(tables: &Transaction, account: &BareJid) -> rusqlite::Result<()> {
    tables.execute("DELETE FROM rosters WHERE account = ?", [account.as_str()]).map(drop)
}

fn version(tables: &Connection, account: &BareJid) -> rusqlite::Result<Option<String>> {
    let select = "SELECT version FROM rosters WHERE account = ?";
    tables.prepare_cached(select)?.query_row([account.as_str()], |row| row.get(0)).optional()
}

fn put(tables: &Transaction, account: &BareJid, item: &Item) -> rusqlite::Result<()> {
    let (account, contact) = (account.as_str(), item.jid.as_str());
    let Some(subscription) = word(item.subscription) else {
        let delete = "DELETE FROM roster_items WHERE account = ? AND contact = ?";
        return tables.prepare_cached(delete)?.execute([account, contact]).map(drop);
    };
    let groups = item.groups.join(BETWEEN_GROUPS);
    let insert = "INSERT OR REPLACE INTO roster_items (account, contact, name, groups, subscription, asked) \
                  VALUES (?, ?, ?, ?, ?, ?)";
    let values = params![account, contact, item.name, groups, subscription, item.asked];
    tables.prepare_cached(insert)?.execute(values).map(drop)
}

fn read(row: &Row) -> rusqlite::Result<Item> {
    let (contact, groups, subscription): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
    let groups = groups.split(BETWEEN_GROUPS).filter(|group| !group.is_empty()).map(str::to_owned);
    Ok(Item {
        jid: column::parsed(&contact)?,
        name: row.get(1)?,
        groups: groups.collect(),
        subscription: subscription_of(&subscription)?,
        asked: row.get(4)?,
    })
}

/// How it is written; none, for an item that is no more.
fn word(subscription: Subscription) -> Option<&'static str> {
    match subscription {
        Subscription::None => Some("none"),
        Subscription::To => Some("to"),
        Subscription::From => Some("from"),
        Subscription::Both => Some("both"),
        Subscription::Remove => None,
    }
}

fn subscription_of(word: &str) -> rusqlite::Result<Subscription> {
    match word {
        "none" => Ok(Subscription::None),
        "to" => Ok(Subscription::To),
        "from" => Ok(Subscription::From),
        "both" => Ok(Subscription::Both),
        _ => Err(column::unknown(word)),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn database() -> (TempDir, Database) {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("balcony.db")).unwrap().database;
        (folder, database)
    }

    fn juliet() -> BareJid {
        BareJid::new("juliet@capulet.lit").unwrap()
    }

    fn item(name: &str, groups: &[&str], subscription: Subscription) -> Item {
        let jid = BareJid::new(&format!("{name}@montague.lit")).unwrap();
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Item { subscription, asked: name == "benvolio", ..Item::new(jid, Some(name.to_owned()), groups) }
    }

    fn first() -> Edition {
        let items = vec![
            item("benvolio", &[], Subscription::None),
            item("romeo", &["Family, one day", "Friends"], Subscription::Both),
        ];
        Edition { version: "1".to_owned(), items }
    }

    fn revision(before: &str, after: &str, item: Item) -> Revision {
        Revision { before: before.to_owned(), after: after.to_owned(), item }
    }

    #[test]
    fn a_roster_is_there_again_as_it_was_and_belongs_to_one_account() {
        let (_folder, mut database) = database();
        let tybalt = BareJid::new("tybalt@capulet.lit").unwrap();
        database.write(|tables| keep(tables, &juliet(), &first())).unwrap();
        assert_eq!(kept(&database, &juliet()).unwrap(), Some(first()));
        assert_eq!(kept(&database, &tybalt).unwrap(), None);
        let empty = Edition { version: "2".to_owned(), items: Vec::new() };
        database.write(|tables| keep(tables, &juliet(), &empty)).unwrap();
        assert_eq!(kept(&database, &juliet()).unwrap(), Some(empty));
    }

    #[test]
    fn a_change_of_the_version_that_is_kept_makes_the_next_one_and_twice_is_once() {
        let (_folder, mut database) = database();
        database.write(|tables| keep(tables, &juliet(), &first())).unwrap();
        let gone = revision("1", "2", item("benvolio", &[], Subscription::Remove));
        let new = revision("2", "3", item("mercutio", &[], Subscription::To));
        for revision in [&gone, &new, &new] {
            database.write(|tables| revise(tables, &juliet(), revision)).unwrap();
        }
        let now = kept(&database, &juliet()).unwrap().unwrap();
        let names: Vec<&str> = now.items.iter().filter_map(|item| item.name.as_deref()).collect();
        assert_eq!((now.version.as_str(), names), ("3", vec!["mercutio", "romeo"]));
    }

    #[test]
    fn a_change_of_another_version_leaves_no_roster_rather_than_a_wrong_one() {
        let (_folder, mut database) = database();
        database.write(|tables| keep(tables, &juliet(), &first())).unwrap();
        let late = revision("7", "8", item("mercutio", &[], Subscription::To));
        for _ in 0..2 {
            database.write(|tables| revise(tables, &juliet(), &late)).unwrap();
            assert_eq!(kept(&database, &juliet()).unwrap(), None);
        }
    }
}
