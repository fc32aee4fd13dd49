//! A transfer: what was offered, what was tried, how far it is, how it ended.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::AccountId;
use crate::engine::FileError;
use crate::engine::command::Priority;
use crate::engine::event::{
    Attempt, AttemptState, Direction, Finishing, Interruption, OfferInfo, Outcome, Progress, Protection, TheirTurn,
    TransferChange, TransferId, Turn, Via,
};
use crate::engine::journal::Reached;

/// No agreement has more streamhosts than this; of what breaks again and again, the newest are shown.
const MOST_ATTEMPTS: usize = 64;

/// As wide as a sparkline gets.
const MOST_RATES: usize = 16;

/// Nothing moves for longer than a poor network makes normal.
const STILL: Duration = Duration::from_secs(5);

/// What was on its way when the other side held it has come by then.
const ON_ITS_WAY: Duration = Duration::from_secs(3);

/// Bytes a second. What is held breathes so that no patience ends, by less than this; what is faster goes on, though no
/// word of that came.
const FASTEST_BREATH: u64 = 4096;

/// Which transfer of which account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TransferKey {
    pub(crate) account: AccountId,
    pub(crate) id: TransferId,
}

/// One transfer.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// Counts up in the order in which they began.
    pub(crate) order: u64,
    pub(crate) info: OfferInfo,
    pub(crate) stage: Stage,
    pub(crate) attempts: Vec<Tried>,
    pub(crate) rates: VecDeque<u64>,
    /// Whether anything of it is on the other side of the way.
    pub(crate) has_moved: bool,
    /// When something moved last, or could have begun to.
    moved_at: Option<Instant>,
    pub(crate) methods: Vec<Via>,
    pub(crate) path: Option<PathBuf>,
    /// Why it had no place when it was accepted.
    pub(crate) unplaced: Option<FileError>,
    /// Where what has come of it stays, once it is over.
    pub(crate) kept: Option<PathBuf>,
    /// What happened to it, in words.
    pub(crate) log: Vec<(SystemTime, String)>,
    /// Whether its attempts are shown, if the user said so.
    pub(crate) unfolded: Option<bool>,
    /// Whether it may move.
    pub(crate) turn: Turn,
    /// Whether the other side lets it move, and when they said so.
    theirs: Option<(TheirTurn, Instant)>,
    /// What is left to do when every byte has moved.
    pub(crate) finishing: Option<Finishing>,
    pub(crate) priority: Priority,
    /// We answered the offer and wait for what comes of it.
    pub(crate) answered: bool,
    /// A stranger's offer that the user did not ask to see.
    pub(crate) held: bool,
}

/// How far a transfer is.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Somebody has to say yes.
    Offered,
    /// Yes was said, bytes may move.
    Agreed(Option<Progress>),
    /// The stream broke and goes on when it can; since when that is known.
    Interrupted(Interruption, Instant),
    /// Over.
    Ended(Outcome),
}

/// An attempt, when it began by our clock, and when the transfer ended during it.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) attempt: Attempt,
    pub(crate) since: Instant,
    pub(crate) until: Option<Instant>,
}

impl Tried {
    /// How long it took, or takes.
    pub(crate) fn took(&self, now: Instant) -> Duration {
        match self.attempt.state {
            AttemptState::Failed { .. } => self.attempt.took,
            AttemptState::Trying { .. } | AttemptState::Active { .. } => {
                self.until.unwrap_or(now).saturating_duration_since(self.since)
            }
        }
    }
}

impl Transfer {
    /// One that begins, with the number that it has.
    pub(super) fn offered(order: u64, info: OfferInfo) -> Self {
        let has_moved = info.continues_at.is_some_and(|bytes| bytes > 0);
        Transfer {
            order,
            methods: info.methods.clone(),
            info,
            stage: Stage::Offered,
            attempts: Vec::new(),
            rates: VecDeque::new(),
            has_moved,
            moved_at: None,
            path: None,
            unplaced: None,
            kept: None,
            log: Vec::new(),
            unfolded: None,
            turn: Turn::Now,
            theirs: None,
            finishing: None,
            priority: Priority::Normal,
            answered: false,
            held: false,
        }
    }

    /// One that is offered once more keeps what was tried.
    pub(super) fn offered_again(&mut self, info: OfferInfo) {
        self.methods.clone_from(&info.methods);
        self.info = info;
        self.stage = Stage::Offered;
        (self.answered, self.unplaced) = (false, None);
    }

    /// It changed. Once it is over nothing does.
    pub(super) fn change(&mut self, change: TransferChange, now: Instant) {
        if self.is_over() {
            return;
        }
        match change {
            TransferChange::Answered { methods, path } => {
                self.stage = Stage::Agreed(None);
                (self.theirs, self.finishing) = (None, None);
                self.methods = methods;
                self.path = path;
            }
            TransferChange::Attempt(attempt) => self.attempt(attempt, now),
            TransferChange::Turn { turn, priority } => {
                self.turn = turn;
                self.priority = priority;
                self.moved_at = Some(now);
            }
            TransferChange::Finishing(finishing) => self.finishing = Some(finishing),
            TransferChange::TheirTurn(turn) => {
                self.theirs = Some((turn, now));
                self.moved_at = Some(now);
            }
            TransferChange::Progress(progress) => self.progressed(progress, now),
            TransferChange::Interrupted(interruption) => {
                self.stage = Stage::Interrupted(interruption, now);
                (self.theirs, self.finishing) = (None, None);
            }
            TransferChange::Unplaced(why) => {
                self.answered = false;
                self.unplaced = Some(why);
            }
            TransferChange::Kept(path) => self.kept = Some(path),
            TransferChange::Ended(outcome) => self.end(outcome, now),
            // With an offer it begins; a remark is in the log.
            TransferChange::Offered(_) | TransferChange::Remark(_) => {}
        }
    }

    /// An offer that waits for our answer.
    pub(crate) fn waits_for_us(&self) -> bool {
        self.info.direction == Direction::Receiving && matches!(self.stage, Stage::Offered) && !self.answered
    }

    /// Whether it is on the way, or waits for the other side to begin.
    pub(crate) fn is_running(&self) -> bool {
        !self.is_over() && !self.waits_for_us()
    }

    /// Whether the next run goes on with it: both sides agreed on it, and it is not asked for at an address.
    pub(crate) fn outlives_the_program(&self) -> bool {
        let is_agreed = matches!(self.stage, Stage::Agreed(_) | Stage::Interrupted(..));
        is_agreed && self.info.web.is_none()
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended(_))
    }

    /// Whether it stands still until it can go on.
    pub(crate) fn is_interrupted(&self) -> bool {
        matches!(self.stage, Stage::Interrupted(..))
    }

    /// Whether it is ours to offer again: one we sent, and that did not arrive.
    pub(crate) fn can_be_offered_again(&self) -> bool {
        let arrived = matches!(self.stage, Stage::Ended(Outcome::Completed { .. }));
        self.info.direction == Direction::Sending && self.is_over() && !arrived
    }

    /// Whether the user can have it offered again, or go on.
    pub(crate) fn can_go_on(&self) -> bool {
        self.can_be_offered_again() || self.is_interrupted()
    }

    /// Running ones show their attempts, finished ones are folded; until the user says otherwise.
    pub(crate) fn is_unfolded(&self) -> bool {
        self.unfolded.unwrap_or(!self.is_over())
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        match self.stage {
            Stage::Agreed(progress) => progress,
            Stage::Offered | Stage::Interrupted(..) | Stage::Ended(_) => None,
        }
    }

    /// The method whose stream is open.
    pub(crate) fn active(&self) -> Option<&Tried> {
        self.attempts.iter().rev().find(|tried| matches!(tried.attempt.state, AttemptState::Active { .. }))
    }

    /// Whether the stream that is open, or was when it ended, can be read on the way.
    pub(crate) fn protection(&self) -> Option<Protection> {
        self.active().and_then(|active| active.attempt.protection())
    }

    /// How far it had come when a person ended it.
    pub(crate) fn reached(&self) -> Reached {
        match self.info.direction {
            Direction::Receiving if self.has_moved && self.kept.is_none() => Reached::Removed,
            Direction::Receiving if self.path.is_none() => Reached::Offered,
            Direction::Receiving | Direction::Sending => Reached::Accepted,
        }
    }

    /// Where the file is: the one we send, or the one that arrived.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let arrived = match &self.stage {
            Stage::Ended(Outcome::Completed { path, .. }) => path.clone(),
            Stage::Offered | Stage::Agreed(_) | Stage::Interrupted(..) | Stage::Ended(_) => None,
        };
        arrived.or_else(|| self.path.clone()).or_else(|| self.info.path.clone())
    }

    /// Notes what happened to it.
    pub(crate) fn note(&mut self, at: SystemTime, line: String) {
        self.log.push((at, line));
        keep_newest(&mut self.log);
    }

    fn attempt(&mut self, attempt: Attempt, now: Instant) {
        let since = now.checked_sub(attempt.took).unwrap_or(now);
        let tried = Tried { attempt, since, until: None };
        match self.attempts.binary_search_by_key(&tried.attempt.index, |known| known.attempt.index) {
            Ok(known) => self.attempts[known] = tried,
            Err(place) => {
                self.attempts.insert(place, tried);
                keep_newest(&mut self.attempts);
            }
        }
    }

    /// Its attempts grow no older.
    fn end(&mut self, outcome: Outcome, now: Instant) {
        self.stage = Stage::Ended(outcome);
        for tried in &mut self.attempts {
            tried.until = Some(now);
        }
    }

    /// For how long nothing has moved, where something should and that is worth a word.
    pub(crate) fn stands_still(&self, now: Instant) -> Option<Duration> {
        let should_move = self.progress().is_some() && self.may_move() && self.finishing.is_none();
        let since = self.moved_at.filter(|_| should_move)?;
        Some(now.saturating_duration_since(since)).filter(|still| *still >= STILL)
    }

    /// Whether it may move, and did a moment ago.
    pub(crate) fn moves(&self, now: Instant) -> bool {
        self.may_move() && self.stands_still(now).is_none()
    }

    /// Whether neither side holds it.
    fn may_move(&self) -> bool {
        self.turn == Turn::Now && self.their_turn() == TheirTurn::Now
    }

    /// Whether the other side lets it move, as far as they said.
    pub(crate) fn their_turn(&self) -> TheirTurn {
        self.theirs.map(|(turn, _)| turn).unwrap_or_default()
    }

    /// How far it is, and how fast: what stands still, or may not move, has no speed.
    pub(crate) fn progress_at(&self, now: Instant) -> Option<Progress> {
        let progress = self.progress()?;
        Some(if self.moves(now) { progress } else { Progress { rate: 0, left: None, ..progress } })
    }

    fn progressed(&mut self, progress: Progress, now: Instant) {
        self.has_moved |= progress.bytes > 0;
        if self.progress().is_none_or(|before| before.bytes != progress.bytes) {
            self.moved_at = Some(now);
            self.theirs = self.theirs.filter(|(_, told)| {
                progress.rate < FASTEST_BREATH || now.saturating_duration_since(*told) < ON_ITS_WAY
            });
        }
        self.rates.push_back(progress.rate);
        if self.rates.len() > MOST_RATES {
            self.rates.pop_front();
        }
        self.stage = Stage::Agreed(Some(progress));
    }
}

/// Lets the oldest go where there are too many.
fn keep_newest<T>(told: &mut Vec<T>) {
    told.drain(..told.len().saturating_sub(MOST_ATTEMPTS));
}
