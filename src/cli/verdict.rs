//! What an outcome is called in `--json`, and which exit code it is.

use super::exit::Exit;
use crate::engine::event::{Outcome, Side};
use crate::engine::journal::{Conclusion, Reached};
use crate::engine::sentence::SOMEBODY;

/// How a transfer ended, in the words that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Completed,
    Declined,
    Cancelled,
    Unreachable,
    Corrupt,
    Failed,
    /// By a signal here, or because the stream broke after bytes had moved.
    Interrupted,
}

impl Verdict {
    /// Nothing but a signal makes these subcommands cancel a transfer.
    pub(super) fn of(outcome: &Outcome) -> Self {
        let by_a_signal = matches!(outcome, Outcome::Cancelled { by: Side::Us });
        if by_a_signal { Verdict::Interrupted } else { Verdict::of_conclusion(Conclusion::of(outcome)) }
    }

    /// What the journal calls it, whoever cancelled.
    pub(super) fn of_conclusion(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Completed(_) => Verdict::Completed,
            Conclusion::Declined(_) => Verdict::Declined,
            Conclusion::Cancelled(_) => Verdict::Cancelled,
            Conclusion::Unreachable => Verdict::Unreachable,
            Conclusion::Corrupt => Verdict::Corrupt,
            Conclusion::Interrupted => Verdict::Interrupted,
            Conclusion::Failed => Verdict::Failed,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Verdict::Completed => "completed",
            Verdict::Declined => "declined",
            Verdict::Cancelled => "cancelled",
            Verdict::Unreachable => "unreachable",
            Verdict::Corrupt => "corrupt",
            Verdict::Failed => "failed",
            Verdict::Interrupted => "interrupted",
        }
    }

    /// The exit code of a process whose transfer ended so. A broken stream is a failure: 130 is what shells take for
    /// a signal.
    pub(super) fn exit(self) -> Exit {
        match self {
            Verdict::Completed => Exit::Done,
            Verdict::Declined => Exit::Declined,
            Verdict::Unreachable => Exit::Unreachable,
            Verdict::Corrupt => Exit::Corrupt,
            Verdict::Cancelled | Verdict::Failed | Verdict::Interrupted => Exit::Failed,
        }
    }
}

/// Why a transfer did not complete, as a sentence; nothing if it did.
pub(super) fn reason(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Completed { .. } => None,
        Outcome::Cancelled { by: Side::Us } => Some("interrupted by a signal".to_owned()),
        Outcome::Declined { .. } | Outcome::Cancelled { by: Side::Peer } | Outcome::Failed(_) => {
            Some(outcome.told_of(SOMEBODY, Reached::Accepted))
        }
    }
}
