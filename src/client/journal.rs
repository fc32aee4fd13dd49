//! The journal of transfers, as the driver sees it: it hands entries over and never waits for the disk.
//!
//! A thread of its own, the [`scribe`], writes them down. It has one batch at a time; what comes meanwhile waits here,
//! the latest entry of each transfer in place of the one before, so that a disk however slow holds up neither a
//! transfer nor the memory. A journal that cannot be kept is told once, and everything goes on without.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use jid::BareJid;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::engine::journal::{Entry, EntryKey};
use crate::store::journal::Claim;

mod heir;
mod scribe;

use scribe::{News, Scribe};

/// How long leaving waits for a disk that does not write.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where the journal is, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalOptions {
    /// The file, shared with every Balcony of this user.
    pub database: PathBuf,
    /// Which unfinished transfers of the account to go on with.
    pub claim: Claim,
    /// How long what is finished can be asked for.
    pub keep: Duration,
}

/// What there is in the journal.
#[derive(Debug, PartialEq, Default)]
pub(super) struct Remembered {
    /// What to go on with, and what arrived lately.
    pub(super) left: Vec<Entry>,
    /// What other Balconies go on with.
    pub(super) elsewhere: Vec<Entry>,
}

/// What the journal has to say.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// What there is. Said before anything else may begin, and when another Balcony has ended.
    Remembered(Remembered),
    /// Something for the user, as a sentence.
    Notice(String),
}

/// The driver's side.
#[derive(Debug)]
pub(super) struct Journal {
    /// None, if nothing is written down.
    batches: Option<SyncSender<Vec<Entry>>>,
    news: UnboundedReceiver<News>,
    waiting: BTreeMap<EntryKey, Entry>,
    course: Course,
}

/// What the scribe is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It looks what there is.
    Opening,
    /// It waits for a batch.
    Resting,
    /// It has one.
    Writing,
    /// It is gone, or never was.
    Gone,
}

impl Journal {
    /// Opens the journal of an account; without options, none is kept.
    pub(super) fn open(options: Option<JournalOptions>, account: BareJid) -> Self {
        let (teller, news) = unbounded_channel();
        let course = if options.is_some() { Course::Opening } else { Course::Gone };
        // One that is written, and the last one of all.
        let batches = options.map(|options| {
            let (batches, orders) = sync_channel(2);
            let scribe = Scribe::new(options, account, teller);
            // Without a thread its end of the news is gone, which is all there is to know.
            let _ = thread::Builder::new().name("journal".to_owned()).spawn(move || scribe.run(&orders));
            batches
        });
        Journal { batches, news, waiting: BTreeMap::new(), course }
    }

    /// Whether what there was is known, so that new things may begin.
    pub(super) fn is_open(&self) -> bool {
        self.course != Course::Opening
    }

    /// Writes an entry down, soon.
    pub(super) fn keep(&mut self, entry: Entry) {
        if self.course != Course::Gone {
            self.waiting.insert(entry.key.clone(), entry);
            self.hand_over();
        }
    }

    fn hand_over(&mut self) {
        if self.course == Course::Resting && !self.waiting.is_empty() {
            self.course = if self.send_batch() { Course::Writing } else { Course::Gone };
        }
    }

    fn send_batch(&mut self) -> bool {
        let batch = std::mem::take(&mut self.waiting).into_values().collect();
        self.batches.as_ref().is_some_and(|batches| batches.try_send(batch).is_ok())
    }

    /// The next that it has to say; nothing for ever, if that was all. Nothing is lost if this is dropped.
    pub(super) async fn heard(&mut self) -> Heard {
        while self.course != Course::Gone {
            match self.news.recv().await {
                Some(News::Opened(remembered)) => {
                    self.course = Course::Resting;
                    self.hand_over();
                    return Heard::Remembered(remembered);
                }
                Some(News::Left(remembered)) => return Heard::Remembered(remembered),
                Some(News::Written) => {
                    self.course = Course::Resting;
                    self.hand_over();
                }
                Some(News::Trouble(sentence)) => return Heard::Notice(sentence),
                None => {
                    let opening = self.course == Course::Opening;
                    self.course = Course::Gone;
                    self.waiting.clear();
                    if opening {
                        return Heard::Remembered(Remembered::default());
                    }
                }
            }
        }
        std::future::pending().await
    }

    /// Lets the rest be written, and returns when it is or when it clearly will not be.
    pub(super) async fn finish(mut self) {
        if !self.waiting.is_empty() {
            self.send_batch();
        }
        self.batches = None;
        let written = async { while self.news.recv().await.is_some() {} };
        if timeout(FAREWELL, written).await.is_err() {
            tracing::warn!("the disk takes too long; the last entries of the journal may be missing");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::SystemTime;

    use jid::Jid;

    use super::*;
    use crate::engine::command::Priority;
    use crate::engine::event::Via;
    use crate::engine::journal::{Course as Way, Facts, State};
    use crate::store::database::Database;
    use crate::store::journal::{Question, ask};

    fn entry(key: &str, bytes: u64) -> Entry {
        let peer = Jid::new("romeo@montague.lit/orchard").unwrap();
        Entry {
            key: EntryKey(key.to_owned()),
            account: account(),
            peer: peer.clone(),
            file: Facts {
                name: "sonnet.pdf".to_owned(),
                size: None,
                date: None,
                mime_type: None,
                description: None,
                hash: None,
                is_folder: false,
            },
            course: Way::Sending { to: peer, path: "/sonnet.pdf".into(), further: Vec::new(), via: vec![Via::InBand] },
            bytes,
            attempts: Vec::new(),
            stream: None,
            web: None,
            is_paused: false,
            priority: Priority::Normal,
            recovery: None,
            state: State::Running,
            began: SystemTime::UNIX_EPOCH,
            changed: SystemTime::UNIX_EPOCH,
        }
    }

    fn account() -> BareJid {
        BareJid::new("juliet@capulet.lit").unwrap()
    }

    fn open(folder: &Path) -> Journal {
        let database = folder.join("balcony.db");
        Journal::open(Some(JournalOptions { database, claim: Claim::All, keep: Duration::MAX }), account())
    }

    fn kept(folder: &Path) -> Vec<(String, u64)> {
        let database = Database::open(&folder.join("balcony.db")).unwrap().database;
        let all = Question { account: None, with: None, failed: false, before: None, most: 100 };
        let past = ask(&database, &all).unwrap();
        past.into_iter().rev().map(|past| (past.entry.key.0, past.entry.bytes)).collect()
    }

    fn keys(heard: Heard) -> Vec<String> {
        let Heard::Remembered(remembered) = heard else { panic!("{heard:?}") };
        remembered.left.into_iter().map(|entry| entry.key.0).collect()
    }

    /// Waits until all that it was given is written.
    async fn written(journal: &mut Journal) {
        while journal.course == Course::Writing {
            tokio::select! {
                biased;
                heard = journal.heard() => panic!("{heard:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    }

    #[tokio::test]
    async fn what_is_unfinished_goes_on_in_the_next_run_and_in_no_other_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path());
        assert!(!first.is_open());
        first.keep(entry("early", 1));
        assert_eq!(keys(first.heard().await), Vec::<String>::new());
        first.keep(entry("late", 2));
        let mut beside = open(folder.path());
        assert_eq!(keys(beside.heard().await), Vec::<String>::new());
        first.finish().await;
        beside.finish().await;
        assert_eq!(kept(folder.path()), [("early".to_owned(), 1), ("late".to_owned(), 2)]);
        assert_eq!(keys(open(folder.path()).heard().await), ["early", "late"]);
    }

    #[tokio::test]
    async fn what_another_is_at_is_told_and_gone_on_with_as_soon_as_that_one_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path());
        first.heard().await;
        first.keep(entry("early", 1));
        written(&mut first).await;
        let mut next = open(folder.path());
        let Heard::Remembered(Remembered { left, elsewhere }) = next.heard().await else { panic!("no journal") };
        assert_eq!((left.len(), elsewhere[0].key.0.as_str()), (0, "early"));
        first.keep(entry("late", 2));
        first.finish().await;
        assert_eq!(keys(next.heard().await), ["early", "late"]);
        next.finish().await;
        assert_eq!(keys(open(folder.path()).heard().await), ["early", "late"]);
    }

    #[tokio::test]
    async fn who_waits_for_another_to_end_may_end_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path());
        first.heard().await;
        first.keep(entry("a", 1));
        written(&mut first).await;
        let mut next = open(folder.path());
        next.heard().await;
        next.finish().await;
        first.finish().await;
        assert_eq!(keys(open(folder.path()).heard().await), ["a"]);
    }

    #[tokio::test]
    async fn a_disk_that_is_busy_holds_nobody_up_and_gets_the_latest_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = open(folder.path());
        journal.heard().await;
        let mut busy = Database::open(&folder.path().join("balcony.db")).unwrap().database;
        let journal = busy.write(move |_| {
            for bytes in 0..10_000 {
                journal.keep(entry("a", bytes));
            }
            assert_eq!(journal.waiting.len(), 1);
            Ok(journal)
        });
        journal.unwrap().finish().await;
        assert_eq!(kept(folder.path()), [("a".to_owned(), 9_999)]);
    }

    #[tokio::test]
    async fn a_journal_that_cannot_be_kept_is_told_and_nothing_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join("state");
        fs::write(&in_the_way, "").unwrap();
        let mut journal = open(&in_the_way);
        let Heard::Notice(told) = journal.heard().await else { panic!("no notice") };
        assert!(told.starts_with("transfers are not written down and cannot go on after a restart: "), "{told}");
        assert_eq!(keys(journal.heard().await), Vec::<String>::new());
        assert!(journal.is_open());
        journal.keep(entry("a", 1));
        assert!(tokio::time::timeout(Duration::from_millis(1), journal.heard()).await.is_err());
        assert!(journal.waiting.is_empty());
        journal.finish().await;
    }

    #[tokio::test]
    async fn a_damaged_file_is_put_aside_and_the_journal_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("balcony.db"), "What's in a name? ".repeat(1000)).unwrap();
        let mut journal = open(folder.path());
        let Heard::Notice(told) = journal.heard().await else { panic!("no notice") };
        assert!(told.contains("balcony.db was damaged; it is kept as ") && told.contains("damaged-1"), "{told}");
        journal.heard().await;
        journal.keep(entry("a", 1));
        journal.finish().await;
        assert_eq!(kept(folder.path()), [("a".to_owned(), 1)]);
    }

    #[tokio::test]
    async fn without_options_nothing_is_kept_and_nothing_is_waited_for() {
        let mut journal = Journal::open(None, account());
        journal.keep(entry("a", 1));
        assert!(journal.is_open() && journal.waiting.is_empty());
        journal.finish().await;
    }
}
