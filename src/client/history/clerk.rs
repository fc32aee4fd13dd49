//! The thread that keeps the history: it writes what was said, and looks pages up.

use std::sync::mpsc::Receiver;

use jid::BareJid;
use rusqlite::Transaction;
use tokio::sync::mpsc::UnboundedSender;

use super::HistoryOptions;
use crate::client::clock;
use crate::client::keeping::{self, next_batch, opened};
use crate::engine::history::{Answer, Order, Page};
use crate::store::database::{Database, Fault};
use crate::store::history::{conversations, forget, keep, keep_draft, page, read_up_to};

/// What waits for a disk that cannot be written; of more the oldest is given up.
const UNWRITTEN: usize = 10_000;

/// What the clerk tells.
#[derive(Debug)]
pub(super) enum News {
    /// A batch was dealt with, or the history is open.
    Done,
    /// Something for the engine.
    Answer(Answer),
    /// Something is wrong, as a sentence.
    Trouble(String),
}

/// Who keeps it.
pub(super) struct Clerk {
    options: HistoryOptions,
    account: BareJid,
    news: UnboundedSender<News>,
    /// What could not be written yet, in its order.
    unwritten: Vec<Order>,
    /// Whether the user knows that something could not be.
    told: bool,
}

impl Clerk {
    pub(super) fn new(options: HistoryOptions, account: BareJid, news: UnboundedSender<News>) -> Self {
        Clerk { options, account, news, unwritten: Vec::new(), told: false }
    }

    /// Works until there is nobody to work for.
    pub(super) fn run(mut self, batches: &Receiver<Vec<Order>>) {
        let mut database = match self.open() {
            Ok(database) => database,
            Err(fault) => return self.trouble(format!("what is said is not kept: {fault}")),
        };
        match conversations(&database, &self.account) {
            Ok(all) => self.tell(News::Answer(Answer::Conversations(all))),
            Err(fault) => self.trouble(format!("earlier conversations cannot be read: {fault}")),
        }
        self.tell(News::Done);
        while let Some(batch) = next_batch(batches, !self.unwritten.is_empty()) {
            let (pages, changes): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|order| matches!(order, Order::Page { .. }));
            self.unwritten.extend(changes);
            database = match self.write(database) {
                Ok(database) => database,
                Err(fault) => return self.trouble(format!("what is said is no longer kept: {fault}")),
            };
            for order in pages {
                self.look_up(&database, order);
            }
            self.tell(News::Done);
        }
    }

    /// Opens it, and forgets what is too old.
    fn open(&self) -> Result<Database, Fault> {
        let mut database = opened(Database::open(&self.options.database)?, |sentence| self.trouble(sentence));
        let oldest = self.options.keep.and_then(|span| clock::now().wall.checked_sub(span));
        if let Some(oldest) = oldest {
            database.write(|tables| forget(tables, &self.account, oldest))?;
        }
        Ok(database)
    }

    /// Writes all that is unwritten. What cannot be written now stays so; a damaged file is replaced.
    fn write(&mut self, database: Database) -> Result<Database, Fault> {
        if self.unwritten.is_empty() {
            return Ok(database);
        }
        let (database, written) =
            keeping::write(database, |database| self.try_to_write(database), |sentence| self.trouble(sentence))?;
        match written {
            Ok(()) => {
                self.unwritten.clear();
                self.told = false;
            }
            Err(fault) => self.put_off(&fault),
        }
        Ok(database)
    }

    fn try_to_write(&self, database: &mut Database) -> Result<(), Fault> {
        database.write(|tables| self.unwritten.iter().try_for_each(|order| change(tables, &self.account, order)))
    }

    fn put_off(&mut self, fault: &Fault) {
        let too_many = self.unwritten.len().saturating_sub(UNWRITTEN);
        self.unwritten.drain(..too_many);
        if self.told {
            return tracing::debug!(%fault, "the history still cannot be written");
        }
        self.told = true;
        self.trouble(format!("what is said is not kept for now: {fault}"));
    }

    /// Answers with a page: an empty one, if it cannot be read.
    fn look_up(&self, database: &Database, order: Order) {
        let Order::Page { with, before, most } = order else { return };
        let page = page(database, &self.account, &with, before, most).unwrap_or_else(|fault| {
            self.trouble(format!("what was said earlier cannot be read: {fault}"));
            Page::default()
        });
        self.tell(News::Answer(Answer::Page { with, before, page }));
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

fn change(tables: &Transaction, account: &BareJid, order: &Order) -> rusqlite::Result<()> {
    match order {
        Order::Keep(said) => keep(tables, account, said).map(drop),
        Order::Read { with, at } => read_up_to(tables, account, with, *at),
        Order::Draft { with, text } => keep_draft(tables, account, with, text),
        Order::Page { .. } => Ok(()),
    }
}
