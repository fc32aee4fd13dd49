//! The thread that keeps the history: it writes what was said, and looks pages up.

use std::sync::mpsc::Receiver;
use std::time::SystemTime;

use jid::BareJid;
use rusqlite::Transaction;
use tokio::sync::mpsc::UnboundedSender;

use super::HistoryOptions;
use crate::client::clock;
use crate::client::keeping::{self, begin_run, next_batch, opened};
use crate::engine::history::{Answer, Order, ReadPlace};
use crate::store::database::{Database, Fault};
use crate::store::history::{
    Search, archived_before, around, claim_waiting, conversations, floor, forget, horizon, keep, keep_draft,
    move_horizon, no_longer_wait, page, place_of, read_up_to, read_up_to_message, search, wait,
};
use crate::store::roster;
use crate::store::running::Running;

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
        let (mut database, run) = match self.open() {
            Ok(opened) => opened,
            Err(fault) => return self.trouble(format!("what is said is not kept: {fault}")),
        };
        match roster::kept(&database, &self.account) {
            Ok(edition) => edition.into_iter().for_each(|edition| self.tell(News::Answer(Answer::Roster(edition)))),
            Err(fault) => tracing::warn!(%fault, "the roster cannot be read; the server has it"),
        }
        match conversations(&database, &self.account) {
            Ok(all) => self.tell(News::Answer(Answer::Conversations(all))),
            Err(fault) => self.trouble(format!("earlier conversations cannot be read: {fault}")),
        }
        match claim_waiting(&mut database, &self.account, &run) {
            Ok(unsent) => self.tell(News::Answer(Answer::Unsent(unsent))),
            Err(fault) => self.trouble(format!("what was not sent earlier cannot be read: {fault}")),
        }
        self.tell(News::Done);
        while let Some(batch) = next_batch(batches, !self.unwritten.is_empty()) {
            let (questions, changes): (Vec<_>, Vec<_>) = batch.into_iter().partition(is_question);
            self.unwritten.extend(changes);
            database = match self.write(database, &run) {
                Ok(database) => database,
                Err(fault) => return self.trouble(format!("what is said is no longer kept: {fault}")),
            };
            for question in questions {
                self.look_up(&database, question);
            }
            self.tell(News::Done);
        }
    }

    /// Opens it, and forgets what is too old.
    fn open(&self) -> Result<(Database, Running), Fault> {
        let path = &self.options.database;
        let mut database = opened(Database::open(path)?, |sentence| self.trouble(sentence));
        let run = begin_run(path)?;
        let oldest = self.options.keep.and_then(|span| clock::now().wall.checked_sub(span));
        if let Some(oldest) = oldest {
            database.write(|tables| forget(tables, &self.account, oldest))?;
        }
        Ok((database, run))
    }

    /// Writes all that is unwritten. What cannot be written now stays so; a damaged file is replaced.
    fn write(&mut self, database: Database, run: &Running) -> Result<Database, Fault> {
        if self.unwritten.is_empty() {
            return Ok(database);
        }
        let (database, written) =
            keeping::write(database, |database| self.try_to_write(database, run), |sentence| self.trouble(sentence))?;
        match written {
            Ok(answers) => {
                self.unwritten.clear();
                self.told = false;
                for answer in answers {
                    self.tell(News::Answer(answer));
                }
            }
            Err(fault) => self.put_off(&fault),
        }
        Ok(database)
    }

    fn try_to_write(&self, database: &mut Database, run: &Running) -> Result<Vec<Answer>, Fault> {
        database.write(|tables| {
            let done = self.unwritten.iter().map(|order| change(tables, &self.account, run, order));
            done.filter_map(Result::transpose).collect()
        })
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

    fn look_up(&self, database: &Database, question: Order) {
        let answer = match question {
            Order::Page { with, before, most } => {
                let page = self.or_nothing(page(database, &self.account, &with, before, most));
                let is_all = !page.has_older;
                let floor = self.or_nothing(database.read(|tables| floor(tables, &self.account, &with)));
                Answer::Page { with, before, page, floor: floor.filter(|_| is_all) }
            }
            Order::Around { with, from, named, above, most } => {
                let place = named.map(|name| self.or_nothing(place_of(database, &self.account, &with, &name, from)));
                let begin = place.flatten().unwrap_or(from);
                let part = self.or_nothing(around(database, &self.account, &with, begin, above, most));
                Answer::Around { with, from, part }
            }
            Order::Search { query, after, most } => {
                let wanted = Search { account: self.account.clone(), query: *query.clone(), after, most };
                let found = search(database, &wanted).map_err(|fault| fault.to_string());
                Answer::Found { query, after, found }
            }
            Order::Horizon => Answer::Horizon(self.or_nothing(database.read(|tables| horizon(tables, &self.account)))),
            Order::Conversations => Answer::Conversations(self.or_nothing(conversations(database, &self.account))),
            Order::Keep(_)
            | Order::KeepAndTell(_)
            | Order::Read { .. }
            | Order::ReadElsewhere { .. }
            | Order::Draft { .. }
            | Order::Wait(_)
            | Order::NoLongerWait { .. }
            | Order::KeepRoster(_)
            | Order::ReviseRoster(_)
            | Order::ForgetRoster
            | Order::MoveHorizon(_) => return,
        };
        self.tell(News::Answer(answer));
    }

    /// What cannot be read is told as a sentence, and else as nothing.
    fn or_nothing<T: Default>(&self, read: Result<T, Fault>) -> T {
        read.unwrap_or_else(|fault| {
            self.trouble(format!("what was said earlier cannot be read: {fault}"));
            T::default()
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

/// Writes something down; what there is to answer once it is written.
fn change(tables: &Transaction, account: &BareJid, run: &Running, order: &Order) -> rusqlite::Result<Option<Answer>> {
    match order {
        Order::Keep(said) => keep(tables, account, said).map(|_| None),
        Order::KeepAndTell(said) => Ok(keep(tables, account, said)?.then(|| Answer::New(said.clone()))),
        Order::Draft { with, text } => keep_draft(tables, account, with, text).map(|()| None),
        Order::Wait(unsent) => wait(tables, account, unsent, run).map(|()| None),
        Order::NoLongerWait { id } => no_longer_wait(tables, account, id).map(|()| None),
        Order::KeepRoster(edition) => roster::keep(tables, account, edition).map(|()| None),
        Order::ReviseRoster(revision) => roster::revise(tables, account, revision).map(|()| None),
        Order::ForgetRoster => roster::forget(tables, account).map(|()| None),
        Order::Read { with, at } => {
            let at = read_up_to(tables, account, with, *at)?;
            read(tables, account, with, at, ReadPlace::Here).map(Some)
        }
        Order::ReadElsewhere { with, message } => {
            let at = read_up_to_message(tables, account, with, message)?;
            at.map(|at| read(tables, account, with, at, ReadPlace::Elsewhere)).transpose()
        }
        Order::MoveHorizon(edge) => {
            move_horizon(tables, account, edge)?;
            Ok(Some(Answer::Horizon(Some(edge.clone()))))
        }
        Order::Page { .. } | Order::Around { .. } | Order::Search { .. } | Order::Horizon | Order::Conversations => {
            Ok(None)
        }
    }
}

fn read(
    tables: &Transaction,
    account: &BareJid,
    with: &BareJid,
    at: SystemTime,
    place: ReadPlace,
) -> rusqlite::Result<Answer> {
    let archived = archived_before(tables, account, with, at)?;
    Ok(Answer::Read { with: with.clone(), at, archived, place })
}

/// Whether an order asks and changes nothing.
fn is_question(order: &Order) -> bool {
    match order {
        Order::Page { .. } | Order::Around { .. } | Order::Search { .. } | Order::Horizon | Order::Conversations => {
            true
        }
        Order::Keep(_)
        | Order::KeepAndTell(_)
        | Order::Read { .. }
        | Order::ReadElsewhere { .. }
        | Order::Draft { .. }
        | Order::Wait(_)
        | Order::NoLongerWait { .. }
        | Order::KeepRoster(_)
        | Order::ReviseRoster(_)
        | Order::ForgetRoster
        | Order::MoveHorizon(_) => false,
    }
}
