//! The journal of transfers: who, what, when, by which attempts, where it lies, verified or not.
//!
//! It holds what the engine says is worth surviving ([`Entry`]): a transfer that is not finished goes on after a
//! restart, one that is can be asked for. An unfinished entry belongs to the Balcony that moves it ([`Running`]) for as
//! long as that one lives, and nobody else touches it; what belongs to nobody is [claimed](claim) by the next to start, or
//! by one that has started before its owner had ended.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jid::{BareJid, Jid};
use rusqlite::{Connection, Transaction, named_params};

use super::column;
use super::database::{Database, Fault};
use super::running::{self, Running};
use crate::engine::journal::Entry;

pub(super) mod lines;
mod past;
mod row;

pub use past::{Past, Standing};

/// The journal's tables.
pub(super) const TABLES: &str = include_str!("journal/tables.sql");

/// What is fetched from the web.
pub(super) const WEB: &str = include_str!("journal/web.sql");

/// What the user wants of the queue, and several files in one.
pub(super) const TURNS: &str = include_str!("journal/turns.sql");

/// What is unpacked when it is whole.
pub(super) const FOLDERS: &str = include_str!("journal/folders.sql");

/// Where they stand in conversations.
pub(super) const LINES: &str = include_str!("journal/lines.sql");

/// More finished transfers than anybody looks through; strangers can add to them by offering.
const MOST: i64 = 20_000;

/// As many of those that arrived as a sender may still ask for.
const MOST_ARRIVED: i64 = 256;

/// Which unfinished transfers a Balcony goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// All of the account's.
    All,
    /// Those that are received.
    Received,
    /// Those that are sent.
    Sent,
    /// None.
    Nothing,
}

/// The unfinished transfers of an account.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Unfinished {
    /// What belonged to nobody and is ours to go on with, the oldest first.
    pub claimed: Vec<Entry>,
    /// What belongs to other Balconies, with their names.
    pub elsewhere: Vec<(String, Entry)>,
}

/// What is asked of the journal. The newest answer first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Of one account alone.
    pub account: Option<BareJid>,
    /// With somebody alone; with a resource, with that one.
    pub with: Option<Jid>,
    /// Those alone that did not arrive.
    pub failed: bool,
    /// Those alone with a lower number.
    pub before: Option<i64>,
    /// So many at most.
    pub most: u32,
}

/// Writes an entry down in place of what was written under the same key.
pub fn keep(tables: &Transaction, entry: &Entry, run: &Running) -> rusqlite::Result<()> {
    let owner = entry.is_unfinished().then(|| run.name());
    row::write(tables, entry, owner)
}

/// Takes over the unfinished transfers of an account that belong to no Balcony that runs, and tells of the others.
pub fn claim(database: &mut Database, account: &BareJid, wanted: Claim, run: &Running) -> Result<Unfinished, Fault> {
    let directions = match wanted {
        Claim::All => ["sending", "receiving"],
        Claim::Received => ["receiving", "receiving"],
        Claim::Sent => ["sending", "sending"],
        Claim::Nothing => return Ok(Unfinished::default()),
    };
    database.write(|tables| {
        let unfinished = row::read(
            tables,
            "account = :account AND state <> 'ended' AND direction IN (:one, :other) ORDER BY number",
            named_params! { ":account": account.as_str(), ":one": directions[0], ":other": directions[1] },
        )?;
        let mut alive = BTreeMap::new();
        let mut is_alive = |owner: &String| *alive.entry(owner.clone()).or_insert_with_key(|it| run.knows(it));
        let mut found = Unfinished::default();
        for Past { number, owner, entry, .. } in unfinished {
            match owner.filter(&mut is_alive) {
                Some(owner) if owner == run.name() => {}
                Some(owner) => found.elsewhere.push((owner, entry)),
                None => {
                    let taken = named_params! { ":owner": run.name(), ":number": number };
                    tables.execute("UPDATE transfers SET owner = :owner WHERE number = :number", taken)?;
                    found.claimed.push(entry);
                }
            }
        }
        Ok(found)
    })
}

/// What an account received whole since then, and by a name by which its sender may still ask for it. The oldest first.
pub fn arrived(database: &Database, account: &BareJid, since: SystemTime) -> Result<Vec<Entry>, Fault> {
    let arrived = database.read(|tables: &Connection| {
        row::read(
            tables,
            "account = :account AND state = 'ended' AND result = 'completed' AND direction = 'receiving' \
             AND recovery IS NOT NULL AND changed >= :since ORDER BY changed DESC LIMIT :most",
            named_params! { ":account": account.as_str(), ":since": column::time(since), ":most": MOST_ARRIVED },
        )
    })?;
    Ok(arrived.into_iter().rev().map(|past| past.entry).collect())
}

/// Answers a question.
pub fn ask(database: &Database, question: &Question) -> Result<Vec<Past>, Fault> {
    let Question { account, with, failed, before, most } = question;
    let (contact, peer) = match with.as_ref().map(Jid::try_as_full) {
        None => (None, None),
        Some(Ok(full)) => (None, Some(full.as_str())),
        Some(Err(bare)) => (Some(bare.as_str()), None),
    };
    let mut all = database.read(|tables: &Connection| {
        row::read(
            tables,
            "(:account IS NULL OR account = :account) AND (:contact IS NULL OR contact = :contact) \
             AND (:peer IS NULL OR peer = :peer) AND (:before IS NULL OR number < :before) \
             AND (NOT :failed OR state = 'interrupted' OR result <> 'completed') \
             ORDER BY number DESC LIMIT :most",
            named_params! {
                ":account": account.as_ref().map(|account| account.as_str()), ":contact": contact, ":peer": peer,
                ":before": before, ":failed": failed, ":most": most,
            },
        )
    })?;
    let folder = running::folder(database.path());
    for past in &mut all {
        past.owner.take_if(|owner| !running::is_running(&folder, owner));
    }
    Ok(all)
}

/// Removes what ended longer ago than that, and the oldest of what is too much. What is not finished stays.
pub fn forget(tables: &Transaction, now: SystemTime, after: Duration) -> rusqlite::Result<()> {
    let until = now.checked_sub(after).unwrap_or(SystemTime::UNIX_EPOCH);
    tables.execute(
        "DELETE FROM transfers WHERE state = 'ended' \
         AND (changed <= :until OR number <= (SELECT max(number) FROM transfers) - :most)",
        named_params! { ":until": column::time(until), ":most": MOST },
    )?;
    Ok(())
}
