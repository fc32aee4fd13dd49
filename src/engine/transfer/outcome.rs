//! How a transfer ended, in the user's terms.

use std::path::PathBuf;
use std::time::Duration;

use super::method::{Broken, Scope};
use super::record::Record;
use crate::engine::command::{KeepPartial, Via};
use crate::engine::event::{Failure, Outcome, PeerFault, Side, Verified};
use crate::engine::journal::Entry;
use crate::engine::{FileError, Partial};

/// Every byte has moved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    /// By which way.
    pub(crate) via: Via,
    /// How many.
    pub(crate) bytes: u64,
    took: Duration,
}

impl Moved {
    /// The last one did.
    pub(crate) fn now(bytes: u64, scope: &Scope) -> Self {
        Moved {
            via: scope.record.via(),
            bytes: scope.record.base().saturating_add(bytes),
            took: scope.record.took(scope.cx),
        }
    }

    /// All of it is there, by whichever streams.
    pub(crate) fn all(bytes: u64, scope: &Scope) -> Self {
        Moved { via: scope.record.via(), bytes, took: scope.record.took(scope.cx) }
    }

    /// It took so much longer until the file was there.
    pub(crate) fn longer_by(self, time: Duration) -> Self {
        Moved { took: self.took.saturating_add(time), ..self }
    }

    /// The file is there, and proven to be what was sent, or not.
    pub(crate) fn completed(self, path: Option<PathBuf>, verified: Verified) -> Outcome {
        Outcome::Completed { via: self.via, bytes: self.bytes, took: self.took, path, verified }
    }
}

/// What becomes of what has come of a file. What a person stops leaves nothing, on either side, unless they want it to. What
/// its sender can send no more stays: it may be all that is left of it anywhere; as its transfer is over, nothing else is ever
/// written behind it. What no length was said of may have no end: a disk that it has filled gets its space back.
pub(crate) fn remains(outcome: &Outcome, size: Option<u64>, wanted: KeepPartial) -> Partial {
    match (outcome, wanted) {
        (Outcome::Cancelled { by: Side::Peer }, _) | (Outcome::Cancelled { by: Side::Us }, KeepPartial::No) => {
            Partial::Remove
        }
        (Outcome::Failed(Failure::Local(_)), _) if size.is_none() => Partial::Remove,
        (Outcome::Cancelled { by: Side::Us }, KeepPartial::Yes)
        | (Outcome::Completed { .. } | Outcome::Declined { .. } | Outcome::Failed(_), _) => Partial::Keep,
    }
}

/// What the end of an open stream means.
pub(crate) fn of_broken(why: Broken, moved: u64, record: &Record) -> Outcome {
    let moved = record.base().saturating_add(moved);
    let interrupted = |why: String| Failure::Interrupted { via: record.via(), bytes: moved, why };
    match why {
        Broken::Stopped => Outcome::Cancelled { by: Side::Peer },
        Broken::Interrupted(why) => Outcome::Failed(interrupted(why)),
        Broken::Surplus => Outcome::Failed(interrupted("more came than was asked for".to_owned())),
        Broken::Disconnected if moved > 0 => Outcome::Failed(interrupted("our session ended".to_owned())),
        Broken::Disconnected => Outcome::Failed(Failure::Disconnected),
        Broken::Misbehaved(what) => Outcome::Failed(Failure::Peer(PeerFault::Misbehaved(what))),
        Broken::File(why) => Outcome::Failed(Failure::Local(why)),
    }
}

/// Nobody went on with what was interrupted.
pub(crate) fn of_interrupted(why: &str, entry: &Entry, record: &Record) -> Outcome {
    Outcome::Failed(Failure::Interrupted { via: record.via(), bytes: entry.bytes, why: why.to_owned() })
}

/// The peer went offline while a stream needed it.
pub(crate) fn of_peer_gone(moved: u64, record: &Record) -> Outcome {
    if record.base().saturating_add(moved) == 0 {
        return peer(PeerFault::Gone);
    }
    of_broken(Broken::Interrupted("they went offline".to_owned()), moved, record)
}

/// No method worked.
pub(crate) fn unreachable(record: &Record) -> Outcome {
    Outcome::Failed(Failure::Unreachable { tried: record.tried_now() })
}

/// What a receiver is told of our machine's trouble with the file.
pub(crate) fn told_to_receiver(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Failed(Failure::Local(FileError::Changed)) => Some("the file changed while it was sent"),
        Outcome::Failed(Failure::Local(_)) => Some("the file can no longer be read"),
        Outcome::Failed(_) | Outcome::Completed { .. } | Outcome::Declined { .. } | Outcome::Cancelled { .. } => None,
    }
}

/// What a sender is told of our machine's trouble with their file: no more than they can do something about.
pub(crate) fn told_to_sender(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Failed(Failure::Local(FileError::Full { .. })) => Some("no space is left here"),
        Outcome::Failed(Failure::Local(_)) => Some("the file cannot be stored here"),
        Outcome::Failed(_) | Outcome::Completed { .. } | Outcome::Declined { .. } | Outcome::Cancelled { .. } => None,
    }
}

/// The peer did something.
pub(crate) fn peer(fault: PeerFault) -> Outcome {
    Outcome::Failed(Failure::Peer(fault))
}
