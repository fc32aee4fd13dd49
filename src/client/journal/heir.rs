//! Who goes on with what others leave: at the start with what belongs to nobody, and later with what a Balcony leaves that
//! was still running then. Somebody who quits and starts again at once has two of them for a moment.
//!
//! Each Balcony that has something of ours is waited for by a thread of its own: the system wakes it when that one's lock
//! is free, and until then it costs nothing. It keeps nobody from ending before.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, SystemTime};

use jid::BareJid;
use tokio::sync::mpsc::{UnboundedSender, WeakUnboundedSender};

use super::scribe::News;
use super::{JournalOptions, Remembered};
use crate::client::clock;
use crate::engine::journal::Entry;
use crate::store::database::{Database, Fault};
use crate::store::journal::{Claim, Unfinished, arrived, claim};
use crate::store::running::{self, Running};

/// A sender gives up what was interrupted after a week; this is that, and a clock that is wrong by some.
const LATELY: Duration = Duration::from_hours(30 * 24);

/// Who takes over what others leave.
#[derive(Clone)]
pub(super) struct Heir {
    options: JournalOptions,
    account: BareJid,
    run: Weak<Running>,
    news: WeakUnboundedSender<News>,
    /// Whose end is waited for already.
    awaited: BTreeSet<String>,
}

impl Heir {
    /// Nobody is waited for yet.
    pub(super) fn new(
        options: &JournalOptions,
        account: &BareJid,
        run: &Arc<Running>,
        news: &UnboundedSender<News>,
    ) -> Self {
        Heir {
            options: options.clone(),
            account: account.clone(),
            run: Arc::downgrade(run),
            news: news.downgrade(),
            awaited: BTreeSet::new(),
        }
    }

    /// What is to be gone on with, what those who receive need not receive again, and what others are at: they are waited
    /// for from here on.
    pub(super) fn take_over(mut self, database: &mut Database, run: &Running) -> Result<Remembered, Fault> {
        let Unfinished { claimed, elsewhere } = claim(database, &self.account, self.options.claim, run)?;
        // Looked for after the rest: what another completes meanwhile is seen as the one or the other.
        let mut left = self.arrived(database)?;
        left.extend(claimed);
        let owners: BTreeSet<String> = elsewhere.iter().map(|(owner, _)| owner.clone()).collect();
        let others: Vec<String> = owners.difference(&self.awaited).cloned().collect();
        self.awaited.extend(owners);
        for other in others {
            let heir = self.clone();
            // Without a thread it is as if that one never ended.
            let _ = thread::Builder::new().name("heir".to_owned()).spawn(move || heir.wait_for(&other));
        }
        Ok(Remembered { left, elsewhere: elsewhere.into_iter().map(|(_, entry)| entry).collect() })
    }

    fn arrived(&self, database: &Database) -> Result<Vec<Entry>, Fault> {
        match self.options.claim {
            Claim::All | Claim::Received => {
                let since = clock::now().wall.checked_sub(LATELY).unwrap_or(SystemTime::UNIX_EPOCH);
                arrived(database, &self.account, since)
            }
            Claim::Sent | Claim::Nothing => Ok(Vec::new()),
        }
    }

    /// Waits until that one has ended, and tells what it left.
    fn wait_for(self, other: &str) {
        let path = self.options.database.clone();
        if let Err(why) = running::wait_for_end(&running::folder(&path), other) {
            return tracing::warn!(%why, "nobody tells when the other Balcony ends");
        }
        // In this order: whoever waits for the last of the news may take this Balcony for ended, and then it has to be.
        let (Some(news), Some(run)) = (self.news.upgrade(), self.run.upgrade()) else { return };
        let told = Database::open(&path).and_then(|mut opened| self.take_over(&mut opened.database, &run));
        let _ = news.send(match told {
            Ok(remembered) => News::Left(remembered),
            Err(fault) => News::Trouble(format!("what the other Balcony left does not go on: {fault}")),
        });
    }
}
