//! What another device of ours said, and whether it is known here to have arrived.
//!
//! A server copies what our other devices say to us (XEP-0280), and not every receipt that comes back to them: Prosody,
//! for one, only those that bear the type of a chat, and some programs write others. The archive has them all. So what
//! stays without a receipt for a while is looked for [there](super::archive), once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A program that is there acknowledges at once; that long after the last message, its receipt is in the archive.
const QUIET: Duration = Duration::from_secs(15);

/// More than anybody writes between two looks.
const MOST: usize = 1000;

/// Messages of our other devices that asked for a receipt, by the names that they gave them.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    unacknowledged: BTreeSet<String>,
    due: Option<Instant>,
}

impl Elsewhere {
    /// Another device said this, and wants a receipt.
    pub(super) fn said(&mut self, id: &str, now: Instant) {
        if self.unacknowledged.len() < MOST {
            self.unacknowledged.insert(id.to_owned());
        }
        self.due = Some(now + QUIET);
    }

    /// It arrived.
    pub(super) fn arrived(&mut self, id: &str) {
        self.unacknowledged.remove(id);
        if self.unacknowledged.is_empty() {
            self.due = None;
        }
    }

    /// When the archive is to be asked for what did not come here, if there is anything.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// It is asked.
    pub(super) fn take_up(&mut self) {
        *self = Elsewhere::default();
    }
}
