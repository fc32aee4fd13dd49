//! The thread that writes the journal: the only place of the client that waits for SQLite.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use jid::BareJid;
use tokio::sync::mpsc::UnboundedSender;

use super::heir::Heir;
use super::{JournalOptions, Remembered};
use crate::client::clock;
use crate::client::keeping::{self, begin_run, next_batch, opened};
use crate::engine::journal::{Entry, EntryKey};
use crate::store::database::{Database, Fault};
use crate::store::journal::{forget, keep};
use crate::store::running::Running;

/// What the scribe tells.
#[derive(Debug)]
pub(super) enum News {
    /// The journal is open, or cannot be; this is what there is.
    Opened(Remembered),
    /// Another Balcony has ended; this is what there is.
    Left(Remembered),
    /// A batch was dealt with.
    Written,
    /// Something is wrong, as a sentence.
    Trouble(String),
}

/// Who writes.
pub(super) struct Scribe {
    options: JournalOptions,
    account: BareJid,
    news: UnboundedSender<News>,
    /// What could not be written yet.
    unwritten: BTreeMap<EntryKey, Entry>,
    /// Whether the user knows that something could not be.
    told: bool,
}

impl Scribe {
    pub(super) fn new(options: JournalOptions, account: BareJid, news: UnboundedSender<News>) -> Self {
        Scribe { options, account, news, unwritten: BTreeMap::new(), told: false }
    }

    /// Works until there is nobody to work for.
    pub(super) fn run(mut self, batches: &Receiver<Vec<Entry>>) {
        let (mut database, run) = match self.open() {
            Ok(open) => open,
            Err(fault) => {
                self.trouble(format!("transfers are not written down and cannot go on after a restart: {fault}"));
                return self.tell(News::Opened(Remembered::default()));
            }
        };
        let heir = Heir::new(&self.options, &self.account, &run, &self.news);
        let remembered = heir.take_over(&mut database, &run).unwrap_or_else(|fault| {
            self.trouble(format!("what was interrupted earlier does not go on: {fault}"));
            Remembered::default()
        });
        self.tell(News::Opened(remembered));
        while let Some(batch) = next_batch(batches, !self.unwritten.is_empty()) {
            self.unwritten.extend(batch.into_iter().map(|entry| (entry.key.clone(), entry)));
            database = match self.write(database, &run) {
                Ok(database) => database,
                Err(fault) => return self.trouble(format!("transfers are no longer written down: {fault}")),
            };
            self.tell(News::Written);
        }
    }

    fn open(&self) -> Result<(Database, Arc<Running>), Fault> {
        let path = &self.options.database;
        let database = opened(Database::open(path)?, |sentence| self.trouble(sentence));
        Ok((database, Arc::new(begin_run(path)?)))
    }

    /// Writes all that is unwritten. What cannot be written now stays so; a damaged file is replaced.
    fn write(&mut self, database: Database, run: &Running) -> Result<Database, Fault> {
        let (database, written) =
            keeping::write(database, |database| self.try_to_write(database, run), |sentence| self.trouble(sentence))?;
        match written {
            Ok(()) => {
                self.unwritten.clear();
                self.told = false;
            }
            Err(fault) if self.told => tracing::debug!(%fault, "the journal still cannot be written"),
            Err(fault) => {
                self.told = true;
                self.trouble(format!("transfers are not written down for now: {fault}"));
            }
        }
        Ok(database)
    }

    fn try_to_write(&self, database: &mut Database, run: &Running) -> Result<(), Fault> {
        let now = clock::now().wall;
        let something_ended = self.unwritten.values().any(|entry| !entry.is_unfinished());
        database.write(|tables| {
            for entry in self.unwritten.values() {
                keep(tables, entry, run)?;
            }
            if something_ended { forget(tables, now, self.options.keep) } else { Ok(()) }
        })
    }

    fn trouble(&self, sentence: String) {
        tracing::warn!("{sentence}");
        self.tell(News::Trouble(sentence));
    }

    /// Whoever is gone needs no news.
    fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }
}
