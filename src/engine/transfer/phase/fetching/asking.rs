//! From the first question to the last byte: what a server says is followed, waited for, or the end.
//!
//! A part is gone on with only where the server says by which mark it knows the file again and finds it unchanged: two files
//! are never spliced. What breaks is asked for again, after pauses that grow; as long as nothing has ever come, once is
//! enough.

use std::time::Duration;

use super::{Fetching, Phase, Room};
use crate::engine::command::Via;
use crate::engine::event::{Failure, Outcome, PeerFault, Protection, TransferChange, Waits, WebAddress};
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::outcome::{self, Moved};
use crate::engine::transfer::phase::{Life, ON, over};
use crate::engine::transfer::{checksum, interruption};
use crate::engine::web::{Led, led};
use crate::engine::{Chosen, Fetch, FetchError, FileOrder, Keep, Partial, Rest, amount};

/// A name resolved, a connection made, a question answered; the shell's own limits end each of these sooner.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that never goes on where it broke sends the whole file so often, and then only if the user says so.
const MOST_RESTARTS: u32 = 3;

impl Fetching {
    /// Asks the server for all of it, or for the rest.
    pub(super) fn ask(&mut self, scope: &mut Scope) {
        let rest = match (self.have, &self.validator) {
            (0, _) => None,
            (offset, Some(validator)) => Some(Rest { offset, validator: validator.clone() }),
            (_, None) => return self.start_over(None, scope),
        };
        let (methods, path) = (vec![Via::Http], self.landing.path().cloned());
        scope.record.fetched_from(self.source(), scope.cx);
        scope.record.accept(self.have, self.wanted.file.size, scope.cx);
        scope.record.tell(TransferChange::Answered { methods, path }, scope.cx);
        let streamhost = Some(self.wanted.address.authority());
        let attempt = scope.record.begin(Via::Http, streamhost, "connecting", PATIENCE, scope.cx);
        let fetch = Fetch { address: self.wanted.address.clone(), chosen: self.wanted.chosen, rest };
        scope.cx.file(self.landing.file(), FileOrder::Fetch(Box::new(fetch)));
        self.phase = Phase::Asking { attempt };
    }

    /// The server has it.
    pub(super) fn found(&mut self, size: Option<u64>, validator: Option<String>, scope: &mut Scope) -> Life {
        let Phase::Asking { attempt } = self.phase else { return ON };
        if let (Some(expected), Some(found)) = (self.wanted.file.size, size)
            && expected != found
        {
            scope.record.fail(attempt, "another file", scope.cx);
            return over(of_size(expected, found));
        }
        self.wanted.file.size = self.wanted.file.size.or(size);
        if self.have == 0 || validator.is_some() {
            self.validator = validator;
        }
        scope.record.accept(self.have, self.wanted.file.size, scope.cx);
        scope.record.found_to_have(self.wanted.file.size);
        scope.record.fetched_from(self.source(), scope.cx);
        let protection = if self.wanted.address.is_https() { Protection::Encrypted } else { Protection::Clear };
        scope.record.activate(attempt, Some(protection.word().to_owned()), scope.cx);
        ON
    }

    /// So much of it is in the file.
    pub(super) fn written(&mut self, total: u64, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Asking { .. }) {
            self.have = total;
            self.restarts = if self.validator.is_some() { 0 } else { self.restarts };
            scope.moved(total.saturating_sub(scope.record.base()));
            if scope.record.is_checkpoint_due(scope.cx) {
                self.landing.digest(scope.cx);
            }
        }
        ON
    }

    /// All of it is in the file.
    pub(super) fn fetched(&mut self, scope: &mut Scope) -> Life {
        let Phase::Asking { attempt } = self.phase else { return ON };
        if let Some(expected) = self.wanted.file.size
            && expected != self.have
        {
            scope.record.fail(attempt, "another file", scope.cx);
            return over(of_size(expected, self.have));
        }
        self.landing.digest(scope.cx);
        self.phase = Phase::Checking { moved: Moved::all(self.have, scope) };
        ON
    }

    /// It does not come, or not from there.
    pub(super) fn failed(&mut self, why: FetchError, scope: &mut Scope) -> Life {
        let Phase::Asking { attempt } = self.phase else { return ON };
        match why {
            FetchError::Led { location } => self.led_to(attempt, location.as_deref(), scope),
            FetchError::NotTheSame => {
                scope.record.fail(attempt, "the file there has changed", scope.cx);
                self.begin_anew(scope)
            }
            FetchError::Refused(why) => self.give_up(attempt, &why, scope),
            FetchError::Broken(why) if self.have == 0 => self.give_up(attempt, &why, scope),
            FetchError::Broken(why) => {
                self.interrupted(&why, scope);
                ON
            }
        }
    }

    fn led_to(&mut self, attempt: AttemptId, location: Option<&str>, scope: &mut Scope) -> Life {
        match led(&self.wanted.address, location, self.redirects) {
            Led::Further(to) => {
                scope.record.fail(attempt, "leads further", scope.cx);
                self.redirect(to);
                self.ask(scope);
                ON
            }
            Led::Elsewhere(to) => {
                scope.record.fail(attempt, format!("leads to {}", to.authority()), scope.cx);
                self.led_by = Some(self.wanted.address.authority());
                self.wanted.chosen = Chosen::Shown;
                self.redirect(to);
                self.ask_user(Room::Made, scope);
                ON
            }
            Led::Nowhere(why) => self.give_up(attempt, &why, scope),
        }
    }

    fn redirect(&mut self, to: WebAddress) {
        self.redirects += 1;
        self.wanted.address = to;
    }

    fn begin_anew(&mut self, scope: &mut Scope) -> Life {
        self.restarts += 1;
        if self.restarts > MOST_RESTARTS {
            self.stand("it cannot be gone on with there", None, Room::Made, scope);
        } else {
            self.start_over(None, scope);
        }
        ON
    }

    fn give_up(&mut self, attempt: AttemptId, why: &str, scope: &mut Scope) -> Life {
        scope.record.fail(attempt, why, scope.cx);
        if self.have == 0 {
            return over(outcome::unreachable(scope.record));
        }
        let why = why.to_owned();
        over(Outcome::Failed(Failure::Interrupted { via: Via::Http, bytes: self.have, why }))
    }

    fn interrupted(&mut self, why: &str, scope: &mut Scope) {
        scope.record.interrupt(why, scope.cx);
        let pause = interruption::pause(scope.record.vain_tries(), true);
        self.stand(why, pause, Room::Made, scope);
    }

    pub(super) fn stand(&mut self, why: &str, pause: Option<Duration>, room: Room, scope: &mut Scope) {
        self.phase = Phase::Pausing { until: pause.map(|pause| scope.after(pause)), room };
        scope.record.stand_still(why, pause.map_or(Waits::User, Waits::Time), scope.cx);
    }

    /// The user stops it for now: what is here stays, and is gone on with by hand or by a later run.
    pub(in super::super) fn leave(&mut self, scope: &mut Scope) {
        if !matches!(self.phase, Phase::Asking { .. } | Phase::Pausing { room: Room::Made, .. }) {
            return;
        }
        scope.record.interrupt("stopped by you", scope.cx);
        self.landing.close(Partial::Keep, scope.cx);
        let room = scope.record.landing().map_or(Room::Needed, Room::Left);
        self.stand("stopped by you", None, room, scope);
    }

    /// The user wants it to go on.
    pub(in super::super) fn go_on_by_hand(&mut self, scope: &mut Scope) -> Life {
        self.restarts = 0;
        scope.record.forgive();
        self.go_on(scope)
    }

    /// Goes on after a pause.
    pub(super) fn go_on(&mut self, scope: &mut Scope) -> Life {
        let Phase::Pausing { room, .. } = &self.phase else { return ON };
        match room.clone() {
            Room::Made => self.ask(scope),
            Room::Needed => self.make_room(None, scope),
            Room::Left(landed) => {
                let digests = checksum::wanted(self.wanted.file.hash.as_ref());
                self.landing.reopen(landed, Keep::Recognised, &self.wanted.file, digests, scope.cx);
                self.phase = Phase::Reopening;
            }
        }
        ON
    }
}

fn of_size(expected: u64, found: u64) -> Outcome {
    let (expected, found) = (amount::bytes(expected), amount::bytes(found));
    outcome::peer(PeerFault::Misbehaved(format!("the file there has {found}, not {expected}")))
}
