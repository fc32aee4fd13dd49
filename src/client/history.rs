//! The history of conversations, as the driver sees it: it hands orders over and never waits for the disk.
//!
//! A thread of its own, the [`clerk`], does them in their order. It has one batch at a time; what comes meanwhile waits
//! here, bounded: a wish for a page takes the place of an earlier one of the same conversation, a search that of an
//! earlier one, and of facts beyond what a busy day brings the oldest are given up. A history that cannot be kept is told once, and chat goes on without.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use jid::BareJid;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::engine::history::{Answer, Order};

mod clerk;

use clerk::{Clerk, News};

/// How long leaving waits for a disk that does not write.
const FAREWELL: Duration = Duration::from_secs(5);

/// How many orders wait for a disk that is slow.
const WAITING: usize = 10_000;

/// Where the history is, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryOptions {
    /// The file, shared with every Balcony of this user.
    pub database: PathBuf,
    /// How long what was said is kept; for ever, without.
    pub keep: Option<Duration>,
}

/// What the history has to say.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// Something for the engine.
    Answer(Answer),
    /// Something for the user, as a sentence.
    Notice(String),
}

/// The driver's side.
#[derive(Debug)]
pub(super) struct History {
    /// None, if nothing is kept.
    batches: Option<SyncSender<Vec<Order>>>,
    news: UnboundedReceiver<News>,
    waiting: VecDeque<Order>,
    /// What is answered without the clerk.
    answers: VecDeque<Answer>,
    course: Course,
}

/// What the clerk is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It has a batch, or looks what there is.
    Working,
    /// It waits for a batch.
    Resting,
    /// It is gone, or never was.
    Gone,
}

impl History {
    /// Opens the history of an account; without options, none is kept.
    pub(super) fn open(options: Option<HistoryOptions>, account: BareJid) -> Self {
        let (teller, news) = unbounded_channel();
        let course = if options.is_some() { Course::Working } else { Course::Gone };
        // One that is done, and the last one of all.
        let batches = options.map(|options| {
            let (batches, orders) = sync_channel(2);
            let clerk = Clerk::new(options, account, teller);
            // Without a thread its end of the news is gone, which is all there is to know.
            let _ = thread::Builder::new().name("history".to_owned()).spawn(move || clerk.run(&orders));
            batches
        });
        History { batches, news, waiting: VecDeque::new(), answers: VecDeque::new(), course }
    }

    /// Has something done, soon.
    pub(super) fn perform(&mut self, order: Order) {
        if self.course == Course::Gone {
            self.answers.extend(unanswerable(order));
            return;
        }
        self.waiting.retain(|other| !takes_the_place_of(&order, other));
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
            tracing::warn!("the disk is too slow; something that was said is not kept");
        }
        self.waiting.push_back(order);
        self.hand_over();
    }

    fn hand_over(&mut self) {
        if self.course == Course::Resting && !self.waiting.is_empty() {
            self.course = if self.send_batch() { Course::Working } else { Course::Gone };
        }
    }

    fn send_batch(&mut self) -> bool {
        let batch = std::mem::take(&mut self.waiting).into();
        self.batches.as_ref().is_some_and(|batches| batches.try_send(batch).is_ok())
    }

    /// The next that it has to say; nothing for ever, if that was all. Nothing is lost if this is dropped.
    pub(super) async fn heard(&mut self) -> Heard {
        if let Some(answer) = self.answers.pop_front() {
            return Heard::Answer(answer);
        }
        while self.course != Course::Gone {
            match self.news.recv().await {
                Some(News::Done) => {
                    self.course = Course::Resting;
                    self.hand_over();
                }
                Some(News::Answer(answer)) => return Heard::Answer(answer),
                Some(News::Trouble(sentence)) => return Heard::Notice(sentence),
                None => {
                    self.course = Course::Gone;
                    self.answers.extend(std::mem::take(&mut self.waiting).into_iter().filter_map(unanswerable));
                    if let Some(answer) = self.answers.pop_front() {
                        return Heard::Answer(answer);
                    }
                }
            }
        }
        std::future::pending().await
    }

    /// Lets the rest be kept, and returns when it is or when it clearly will not be.
    pub(super) async fn finish(mut self) {
        if !self.waiting.is_empty() {
            self.send_batch();
        }
        self.batches = None;
        let kept = async { while self.news.recv().await.is_some() {} };
        if timeout(FAREWELL, kept).await.is_err() {
            tracing::warn!("the disk takes too long; what was said last may be missing in the history");
        }
    }
}

/// Whether nobody needs the earlier answer any more.
fn takes_the_place_of(order: &Order, earlier: &Order) -> bool {
    match (order, earlier) {
        (Order::Page { with, .. }, Order::Page { with: same, .. })
        | (Order::Around { with, .. }, Order::Around { with: same, .. }) => with == same,
        (Order::Search { .. }, Order::Search { .. }) => true,
        _ => false,
    }
}

/// What is said to whoever searches where nothing is kept. Who only reads on is told nothing.
fn unanswerable(order: Order) -> Option<Answer> {
    let Order::Search { query, after, .. } = order else { return None };
    Some(Answer::Found { query, after, found: Err("what is said is not kept here".to_owned()) })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::SystemTime;

    use super::*;
    use crate::engine::event::Author;
    use crate::engine::history::{Clock, Hints, Page, Said, Unsent, What};

    fn account() -> BareJid {
        BareJid::new("juliet@capulet.lit").unwrap()
    }

    fn romeo() -> BareJid {
        BareJid::new("romeo@montague.lit").unwrap()
    }

    fn keep(id: &str, second: u64) -> Order {
        Order::Keep(Box::new(Said {
            with: romeo(),
            author: Author::Contact(romeo().into()),
            id: Some(id.to_owned()),
            archived: None,
            at: at(second),
            clock: Clock::Ours,
            what: What::Message { body: id.to_owned(), reply_to: None, hints: Hints::default() },
        }))
    }

    fn at(second: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(second)
    }

    fn open(folder: &Path, days: Option<Duration>) -> History {
        History::open(Some(HistoryOptions { database: folder.join("balcony.db"), keep: days }), account())
    }

    /// The conversations that an opened history tells of: their drafts, and how much is unread.
    async fn conversations(history: &mut History) -> Vec<(String, u64)> {
        let heard = history.heard().await;
        let Heard::Answer(Answer::Conversations(all)) = heard else { panic!("{heard:?}") };
        all.into_iter().map(|one| (one.draft, one.unread)).collect()
    }

    async fn page(history: &mut History) -> Vec<String> {
        history.perform(Order::Page { with: romeo(), before: None, most: 10 });
        loop {
            match history.heard().await {
                Heard::Answer(Answer::Read { .. } | Answer::Unsent(_)) => {}
                Heard::Answer(Answer::Page { page: Page { lines, .. }, .. }) => {
                    return lines.into_iter().filter_map(|line| line.body).collect();
                }
                other @ (Heard::Answer(_) | Heard::Notice(_)) => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn what_was_said_is_there_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = open(folder.path(), None);
        assert_eq!(conversations(&mut history).await, []);
        for (id, second) in [("one", 1), ("two", 2), ("three", 3)] {
            history.perform(keep(id, second));
        }
        history.perform(Order::Read { with: romeo(), at: at(2) });
        history.perform(Order::Draft { with: romeo(), text: "four".to_owned() });
        assert_eq!(page(&mut history).await, ["one", "two", "three"]);
        history.perform(keep("last", 4));
        history.finish().await;

        let mut next = open(folder.path(), None);
        assert_eq!(conversations(&mut next).await, [("four".to_owned(), 2)]);
        assert_eq!(page(&mut next).await, ["one", "two", "three", "last"]);
        next.finish().await;
    }

    /// What an earlier run left unsent, by its names.
    async fn unsent(history: &mut History) -> Vec<String> {
        assert_eq!(conversations(history).await, []);
        let heard = history.heard().await;
        let Heard::Answer(Answer::Unsent(all)) = heard else { panic!("{heard:?}") };
        all.into_iter().map(|unsent| unsent.id).collect()
    }

    #[tokio::test]
    async fn what_waits_for_a_connection_is_told_to_the_next_run_and_not_to_another_that_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = open(folder.path(), None);
        assert_eq!(unsent(&mut history).await, Vec::<String>::new());
        for id in ["one", "two"] {
            let stanza = format!("<message id='{id}'/>");
            history.perform(Order::Wait(Unsent { id: id.to_owned(), stanza, written: at(1) }));
        }
        history.perform(Order::NoLongerWait { id: "one".to_owned() });
        assert_eq!(page(&mut history).await, Vec::<String>::new());
        let mut beside = open(folder.path(), None);
        assert_eq!(unsent(&mut beside).await, Vec::<String>::new());
        history.finish().await;
        beside.finish().await;

        let mut next = open(folder.path(), None);
        assert_eq!(unsent(&mut next).await, ["two"]);
        next.finish().await;
    }

    #[tokio::test]
    async fn what_is_too_old_is_forgotten_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = open(folder.path(), None);
        assert_eq!(conversations(&mut history).await, []);
        history.perform(keep("long ago", 1));
        history.finish().await;

        let mut next = open(folder.path(), Some(Duration::from_hours(24)));
        assert_eq!(conversations(&mut next).await, []);
        assert_eq!(page(&mut next).await.len(), 0);
        next.finish().await;
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_told_and_chat_goes_on_without() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let mut history = open(&folder.path().join("file"), None);
        let heard = history.heard().await;
        assert!(matches!(&heard, Heard::Notice(why) if why.contains("not kept")), "{heard:?}");
        history.perform(keep("one", 1));
        history.finish().await;
    }

    #[tokio::test]
    async fn without_options_nothing_is_kept_and_nobody_waits() {
        let mut history = History::open(None, account());
        for second in 0..20_000 {
            history.perform(keep("one", second));
        }
        assert!(history.waiting.is_empty());
        history.finish().await;
    }
}
