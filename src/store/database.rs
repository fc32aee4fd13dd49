//! One SQLite file in the state folder, for everything that is asked about rather than read through: the journal of
//! transfers, the history of conversations. It is shared by every Balcony of this user that runs at the same time.
//!
//! Whoever keeps something here brings tables by a line in [`schema::MIGRATIONS`] and works in [`Database::read`] and
//! [`Database::write`]. Every row names the account it belongs to, by its bare address: two accounts share the file and
//! nothing else.
//!
//! # What it survives
//!
//! *The process being killed*: in WAL mode, what was committed stays and what was not is gone, in whatever instant.
//! *The power being cut*: with `synchronous = NORMAL` the file is consistent, and the commits of the last moments may
//! be missing. That is the right bargain here: a journal that is a little behind costs a little being sent again, but
//! waiting for the disk at each commit would cost every transfer. *Others*: a writer waits its turn; readers never do.
//! *A damaged file*: it is put [aside] and a new one begun. All else is a [`Fault`], and nobody's work ends for it.
//!
//! Calls block. They are for a thread that may wait, never for the driver's task.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, MAIN_DB, OpenFlags, Transaction, TransactionBehavior};

use super::paths::private_folder;

mod aside;
mod fault;
mod schema;

pub use fault::Fault;

/// How long to wait for another Balcony that is writing. Each write takes milliseconds; a disk that is asleep takes some
/// seconds to wake up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the write-ahead log may keep on the disk once it has been emptied: it shrinks back after a big write.
const MOST_LOG: i64 = 4 << 20;

/// The file, open.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    connection: Connection,
}

/// The file, open, and what had to be done for it.
#[derive(Debug)]
pub struct Opened {
    /// The file.
    pub database: Database,
    /// Where the file lies that was there and is damaged.
    pub set_aside: Option<PathBuf>,
}

impl Database {
    /// Opens the file, or makes it, readable by its owner alone, with every table that this Balcony knows. A damaged
    /// one is put aside first.
    pub fn open(path: &Path) -> Result<Opened, Fault> {
        make_private(path).map_err(|why| Fault::Unwritable { path: path.to_owned(), why: why.to_string() })?;
        let _turn = take_turn(path)?;
        Self::connect(path).map_or_else(|fault| Self::replace(path, fault), Opened::unharmed)
    }

    /// Opens the file once more after it turned out to be damaged while it was read or written. What is found to be
    /// whole goes on, because another Balcony may have replaced it already.
    pub fn reopen(self) -> Result<Opened, Fault> {
        let Database { path, connection } = self;
        drop(connection);
        let _turn = take_turn(&path)?;
        let checked = Self::connect(&path).and_then(|database| {
            database.check()?;
            Ok(database)
        });
        checked.map_or_else(|fault| Self::replace(&path, fault), Opened::unharmed)
    }

    fn replace(path: &Path, fault: Fault) -> Result<Opened, Fault> {
        let Fault::Damaged { .. } = fault else { return Err(fault) };
        let unmovable = |why: io::Error| Fault::Unwritable { path: path.to_owned(), why: why.to_string() };
        let set_aside = aside::put(path).map_err(unmovable)?;
        make_private(path).map_err(unmovable)?;
        Ok(Opened { database: Self::connect(path)?, set_aside: Some(set_aside) })
    }

    fn connect(path: &Path) -> Result<Self, Fault> {
        let told = |why| Fault::of(path, &why);
        // SQLite needs no lock of its own: that one thread at a time has the connection is seen to by the compiler.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(told)?;
        prepare(&connection).map_err(told)?;
        if connection.is_readonly(MAIN_DB).map_err(told)? {
            return Err(Fault::Unwritable { path: path.to_owned(), why: "it is read-only".to_owned() });
        }
        schema::bring_up_to_date(&mut connection, path)?;
        Ok(Database { path: path.to_owned(), connection })
    }

    /// Whether the file that is there is sound. Changes nothing, and makes nothing.
    pub fn examine(path: &Path) -> Result<(), Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|why| Fault::of(path, &why))?;
        connection.busy_timeout(PATIENCE).map_err(|why| Fault::of(path, &why))?;
        Database { path: path.to_owned(), connection }.check()
    }

    /// Looks through every page.
    fn check(&self) -> Result<(), Fault> {
        let verdict: String = self.read(|tables| tables.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
        if verdict == "ok" { Ok(()) } else { Err(Fault::Damaged { path: self.path.clone(), why: verdict }) }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks.
    pub fn read<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Fault> {
        ask(&self.connection).map_err(|why| Fault::of(&self.path, &why))
    }

    /// Changes all of it or nothing, alone among all writers from the beginning: what is read within stays true until
    /// the end.
    pub fn write<T>(&mut self, change: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T, Fault> {
        let Database { path, connection } = self;
        let all = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        all().map_err(|why| Fault::of(path, &why))
    }
}

impl Opened {
    #[expect(clippy::unnecessary_wraps, reason = "the other arm of where it is used can fail")]
    fn unharmed(database: Database) -> Result<Self, Fault> {
        Ok(Opened { database, set_aside: None })
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // On a file system without shared memory this stays with the old journal, which is slower and no less safe.
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", MOST_LOG, |_| Ok(()))
}

/// Makes the file empty if there is none; SQLite's files beside it take over its mode. One that exists is never opened
/// here: closing it would let go of the locks of every connection that this process has to it.
fn make_private(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => close_to_others(path),
        Err(why) => Err(why),
    }
}

fn close_to_others(path: &Path) -> io::Result<()> {
    let is_open = fs::metadata(path)?.permissions().mode().trailing_zeros() < 6;
    if is_open { fs::set_permissions(path, Permissions::from_mode(0o600)) } else { Ok(()) }
}

/// Opening is done by one at a time: neither turning on WAL mode nor putting a damaged file aside can be shared. The
/// lock is a file of its own, and the system lets go of it however the process ends.
fn take_turn(path: &Path) -> Result<File, Fault> {
    let take = || {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path.with_added_extension("lock"))?;
        file.lock()?;
        Ok(file)
    };
    take().map_err(|why: io::Error| Fault::Unwritable { path: path.to_owned(), why: why.to_string() })
}
