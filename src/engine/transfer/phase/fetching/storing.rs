//! The file that it goes to: room is made for it, what an earlier run left is gone on with, and what is whole gets its name
//! if it is what was said.

use std::path::PathBuf;

use super::{Fetching, Phase, Room};
use crate::engine::event::{Failure, Outcome, TransferChange};
use crate::engine::journal::Prefix;
use crate::engine::transfer::checksum;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::phase::landing::Landing;
use crate::engine::transfer::phase::{Life, ON, over};
use crate::engine::{Digests, FileError, FileEvent, Partial};

impl Fetching {
    pub(super) fn make_room(&mut self, save_as: Option<PathBuf>, scope: &mut Scope) {
        let digests = checksum::wanted(self.wanted.file.hash.as_ref());
        self.landing.create(&self.wanted.file, save_as, digests, scope.cx);
        self.phase = Phase::Creating;
    }

    /// What is there cannot be gone on with: it is thrown away.
    pub(super) fn start_over(&mut self, save_as: Option<PathBuf>, scope: &mut Scope) {
        let place = save_as.or_else(|| self.landing.path().cloned());
        self.landing.close(Partial::Remove, scope.cx);
        self.landing = Landing::new(self.landing.file());
        (self.validator, self.have) = (None, 0);
        self.make_room(place, scope);
    }

    /// Something about the file, or about what is fetched into it.
    pub(crate) fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Life {
        match event {
            FileEvent::Failed(_) if matches!(self.phase, Phase::Reopening) => {
                self.validator = None;
                self.make_room(None, scope);
                ON
            }
            FileEvent::Failed(why) if matches!(self.phase, Phase::Creating) => self.unplaced(why, scope),
            FileEvent::Failed(why) => over(Outcome::Failed(Failure::Local(why))),
            FileEvent::Created { path, identity } if matches!(self.phase, Phase::Creating) => {
                let landed = self.landing.created(path, identity);
                scope.record.landed(landed, scope.cx);
                self.ask(scope);
                ON
            }
            FileEvent::Reopened { length } if matches!(self.phase, Phase::Reopening) => {
                self.landing.reopened(length);
                self.have = length;
                self.ask(scope);
                ON
            }
            FileEvent::Found { size, validator } => self.found(size, validator, scope),
            FileEvent::Written { total } => self.written(total, scope),
            FileEvent::Fetched(Ok(())) => self.fetched(scope),
            FileEvent::Fetched(Err(why)) => self.failed(why, scope),
            FileEvent::Digested(digests) => self.digested(&digests, scope),
            FileEvent::Committed { path } => self.committed(path),
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Unpacking { .. }
            | FileEvent::Renamed { .. }
            | FileEvent::Reopened { .. } => ON,
        }
    }

    /// The file has no place; a user who has taken the offer can do so again.
    fn unplaced(&mut self, why: FileError, scope: &mut Scope) -> Life {
        let Some(until) = self.open_until.take() else { return over(Outcome::Failed(Failure::Local(why))) };
        self.landing.close(Partial::Remove, scope.cx);
        self.phase = Phase::Offered { until, room: Room::Needed };
        scope.record.tell(TransferChange::Unplaced(why), scope.cx);
        ON
    }

    fn digested(&mut self, digests: &Digests, scope: &mut Scope) -> Life {
        scope.record.checkpointed(Prefix::of(digests), scope.cx);
        let Phase::Checking { moved } = self.phase else { return ON };
        if digests.length != moved.bytes {
            return ON;
        }
        match checksum::judge(self.wanted.file.hash.as_ref(), None, digests) {
            Ok(verified) => {
                self.phase = Phase::Committing { moved, verified };
                self.landing.commit(scope.cx);
                ON
            }
            Err(mismatch) => {
                over(Outcome::Failed(Failure::Corrupt { expected: mismatch.expected, found: mismatch.found }))
            }
        }
    }

    fn committed(&mut self, path: PathBuf) -> Life {
        let Phase::Committing { moved, verified } = self.phase else { return ON };
        self.phase = Phase::Over;
        over(moved.completed(Some(path), verified))
    }
}
