//! What `send` and `receive` tell: to a script as JSON, to a person in words.
//!
//! Each thing is told once: what is told anew for a screen that counts seconds is dropped here.

use std::collections::BTreeMap;
use std::io::{self, Stderr, Stdout, Write};
use std::time::{Duration, Instant};

use jid::{BareJid, FullJid};

use super::exit::Stop;
use super::json::{JsonLines, stopped};
use super::words::{Words, ended};
use crate::engine::event::{
    Attempt, AttemptState, Interruption, OfferInfo, Outcome, TransferChange, TransferId, Via, Waits,
};
use crate::store::rules::Rule;
use crate::tui::widget::text::visible;

/// Where events go. Results fail if nobody reads stdout any more; remarks never fail.
pub(super) struct Report {
    form: Form,
    told: BTreeMap<TransferId, Told>,
}

enum Form {
    Json(JsonLines<Stdout>),
    Words(Words<Stdout, Stderr>),
}

/// Attempts of one transfer of which it is remembered what was told. No two that run at a time are further apart.
const MOST_ATTEMPTS: usize = 128;

/// What was told of a transfer that runs.
#[derive(Default)]
struct Told {
    offer: Option<OfferInfo>,
    attempts: BTreeMap<usize, Try>,
    interruption: Option<(Interruption, Instant)>,
}

/// What is told of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Try {
    via: Via,
    streamhost: Option<String>,
    standing: Standing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Trying,
    Active,
    Failed(String),
}

impl Try {
    fn of(attempt: &Attempt) -> Self {
        let standing = match &attempt.state {
            AttemptState::Trying { .. } => Standing::Trying,
            AttemptState::Active { .. } => Standing::Active,
            AttemptState::Failed { reason } => Standing::Failed(reason.clone()),
        };
        Try { via: attempt.via, streamhost: attempt.streamhost.clone(), standing }
    }
}

impl Told {
    /// Whether that is news; it is told then.
    fn is_new(&mut self, change: &TransferChange, now: Instant) -> bool {
        match change {
            TransferChange::Attempt(attempt) => {
                let tried = Try::of(attempt);
                if self.attempts.len() >= MOST_ATTEMPTS && !self.attempts.contains_key(&attempt.index) {
                    self.attempts.pop_first();
                }
                self.attempts.insert(attempt.index, tried.clone()) != Some(tried)
            }
            TransferChange::Interrupted(interruption) => {
                let wait = if let Waits::Time(wait) = interruption.waits { wait } else { Duration::MAX };
                let last = self.interruption.replace((interruption.clone(), now));
                last.is_none_or(|(last, at)| last != *interruption || now.saturating_duration_since(at) >= wait)
            }
            TransferChange::Offered(offer) => {
                self.offer = Some(OfferInfo::clone(offer));
                true
            }
            TransferChange::Answered { .. } | TransferChange::Progress(_) => {
                self.interruption = None;
                true
            }
            TransferChange::Remark(_)
            | TransferChange::Unplaced(_)
            | TransferChange::Kept(_)
            | TransferChange::Turn { .. }
            | TransferChange::TheirTurn(_)
            | TransferChange::Finishing(_)
            | TransferChange::Ended(_) => true,
        }
    }
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        let form = if json { Form::Json(JsonLines::new(io::stdout())) } else { Form::Words(Words::on_terminal()) };
        Report { form, told: BTreeMap::new() }
    }

    pub(super) fn online(&mut self, jid: &FullJid) -> io::Result<()> {
        match &mut self.form {
            Form::Json(lines) => lines.online(jid),
            Form::Words(words) => {
                words.online(jid);
                Ok(())
            }
        }
    }

    pub(super) fn change(&mut self, id: TransferId, change: &TransferChange, now: Instant) -> io::Result<()> {
        if !self.told.entry(id).or_default().is_new(change, now) {
            return Ok(());
        }
        match &mut self.form {
            Form::Json(lines) => lines.change(id, change, now)?,
            Form::Words(words) => words.change(id, change)?,
        }
        if let TransferChange::Ended(outcome) = change {
            self.ended(id, outcome);
        }
        Ok(())
    }

    /// Who reads the exit code of a script finds the reason where every other program has it.
    fn ended(&mut self, id: TransferId, outcome: &Outcome) {
        let offer = self.told.remove(&id).and_then(|told| told.offer);
        let is_here = matches!(outcome, Outcome::Completed { .. });
        match (&self.form, offer) {
            (Form::Json(_), Some(offer)) if !is_here => self.remark(&ended(&offer, outcome)),
            (Form::Json(_) | Form::Words(_), _) => {}
        }
    }

    /// A rule decides what becomes of an offer.
    pub(super) fn ruled(&mut self, id: TransferId, number: usize, rule: &Rule) -> io::Result<()> {
        match &mut self.form {
            Form::Json(lines) => lines.ruled(id, number, rule.action),
            Form::Words(words) => {
                words.remark(&format!("rule {number}: {rule}"));
                Ok(())
            }
        }
    }

    /// Somebody said that to this program. It keeps nothing, so a person is told in any case.
    pub(super) fn said(&mut self, from: &BareJid, body: &str) -> io::Result<()> {
        self.remark(&format!("{from} wrote: {body}"));
        match &mut self.form {
            Form::Json(lines) => lines.said(from, body),
            Form::Words(_) => Ok(()),
        }
    }

    pub(super) fn remark(&mut self, remark: &str) {
        match &mut self.form {
            Form::Json(_) => {
                let _ = writeln!(io::stderr(), "balcony: {}", visible(remark));
            }
            Form::Words(words) => words.remark(remark),
        }
    }
}

/// A script that reads no words is told in its own way why a subcommand cannot go on.
pub(super) fn told_to_scripts<T>(json: bool, result: Result<T, Stop>) -> Result<T, Stop> {
    result.inspect_err(|stop| {
        if json {
            // It may be stdout itself that is gone; stderr says so all the same.
            let _ = stopped(&mut io::stdout(), stop);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::clock;

    fn attempt(index: usize, state: AttemptState) -> TransferChange {
        let took = Duration::ZERO;
        TransferChange::Attempt(Attempt { index, via: Via::InBand, streamhost: None, state, took })
    }

    fn trying(doing: &str) -> AttemptState {
        AttemptState::Trying { doing: doing.to_owned(), patience: Duration::from_secs(3) }
    }

    fn interrupted(waits: Waits) -> TransferChange {
        let why = "reset".to_owned();
        TransferChange::Interrupted(Interruption { bytes: 1, size: Some(2), why, waits })
    }

    #[test]
    fn an_attempt_is_told_when_it_begins_when_it_works_and_when_it_fails() {
        let (mut told, now) = (Told::default(), clock::now().instant);
        let changes = [
            (trying("connecting"), true),
            (trying("waiting for romeo"), false),
            (AttemptState::Active { detail: None }, true),
            (AttemptState::Active { detail: Some("block 4096".to_owned()) }, false),
            (AttemptState::Failed { reason: "broke: reset".to_owned() }, true),
            (AttemptState::Failed { reason: "broke: reset".to_owned() }, false),
        ];
        for (state, is_new) in changes {
            assert_eq!(told.is_new(&attempt(0, state.clone()), now), is_new, "{state:?}");
        }
        assert!(told.is_new(&attempt(1, trying("connecting")), now), "another one");
    }

    #[test]
    fn an_interruption_is_told_once_unless_its_time_has_passed_in_vain() {
        let (mut told, now) = (Told::default(), clock::now().instant);
        let again = interrupted(Waits::Time(Duration::from_secs(2)));
        assert!(told.is_new(&interrupted(Waits::Session), now));
        assert!(told.is_new(&again, now));
        assert!(!told.is_new(&again, now + Duration::from_secs(1)));
        assert!(told.is_new(&again, now + Duration::from_secs(3)));
        assert!(told.is_new(&interrupted(Waits::Peer), now));
        assert!(!told.is_new(&interrupted(Waits::Peer), now + Duration::from_hours(1)));
    }
}
