//! What stays of files that do not arrive: how much of it one contact may leave here.
//!
//! What has come of a file stays as a `.part`, whether its transfer stands still or has ended. Somebody who is accepted by
//! a rule and breaks off whatever they begin would so fill a disk, or a folder, and nobody would notice. So there is a
//! bound for each contact, by number and by bytes; beyond it what is worth least goes: of too many the smallest, of too
//! much the oldest, and never the largest. The user is told once of each contact.

use std::collections::{BTreeSet, VecDeque};
use std::time::SystemTime;

use jid::BareJid;

use super::Transfers;
use super::outcome;
use super::phase::interrupted::{Half, Interrupted};
use super::phase::{Role, Transfer, drop_left};
use crate::engine::command::TransferId;
use crate::engine::context::Context;
use crate::engine::event::{Direction, Event};
use crate::engine::journal::{Entry, Landed};
use crate::engine::{FileId, Partial};

/// As many as may come of one contact at a time.
const MOST_OF_ONE: usize = 64;

/// Bytes beside the largest, which may wait whatever its size.
const MOST_BYTES: u64 = 32 << 30;

/// Files whose transfers have ended that are remembered in all, beside those that stand still.
const MOST_KEPT: usize = 1024;

/// What it means to a transfer.
const WHY: &str = "too much of theirs was left unfinished";

/// What ended transfers left, the oldest first, and of whom the user was told.
#[derive(Default)]
pub(super) struct Leavings {
    kept: VecDeque<Kept>,
    told: BTreeSet<BareJid>,
}

/// What an ended transfer left.
struct Kept {
    contact: BareJid,
    file: FileId,
    landed: Landed,
    bytes: u64,
    since: SystemTime,
}

/// Something that one contact left.
#[derive(Debug, Clone, Copy)]
struct Left {
    bytes: u64,
    since: SystemTime,
    of: Of,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    /// Of a transfer that stands still.
    Waiting(TransferId),
    /// Of one that has ended.
    Ended(FileId),
}

/// What has to go, if anything has.
fn victim(left: &[Left]) -> Option<Of> {
    let largest = left.iter().map(|it| it.bytes).max()?;
    let beside = left.iter().map(|it| it.bytes).fold(0, u64::saturating_add) - largest;
    let smallest = || left.iter().min_by_key(|it| (it.bytes, it.since));
    let oldest = || left.iter().filter(|it| it.bytes < largest).min_by_key(|it| it.since).or_else(smallest);
    let gone = if left.len() > MOST_OF_ONE {
        smallest()
    } else if beside > MOST_BYTES {
        oldest()
    } else {
        None
    };
    gone.map(|it| it.of)
}

impl Transfers {
    /// An ended transfer leaves a file.
    pub(super) fn note_left(&mut self, entry: &Entry, file: FileId, landed: Landed) {
        if self.leavings.kept.len() >= MOST_KEPT {
            self.leavings.kept.pop_front();
        }
        let (contact, bytes, since) = (entry.peer.to_bare(), entry.bytes, entry.changed);
        self.leavings.kept.push_back(Kept { contact, file, landed, bytes, since });
    }

    /// Removes what a contact left beyond its bound.
    pub(super) fn bound_what_is_left(&mut self, contact: &BareJid, cx: &mut Context) {
        while let Some(of) = victim(&self.left_by(contact)) {
            match of {
                Of::Waiting(id) => self.end_unfinished(id, cx),
                Of::Ended(file) => self.remove_kept(file, cx),
            }
            if self.leavings.told.insert(contact.clone()) {
                let most = format!("{contact} breaks off more files than are kept; what is least of them is removed");
                cx.emit(Event::Notice(most));
            }
        }
    }

    /// The same for everybody who left something in an earlier run.
    pub(super) fn bound_what_all_left(&mut self, cx: &mut Context) {
        let entries = self.table.values().filter_map(|transfer| transfer.record.entry());
        let contacts: BTreeSet<BareJid> = entries.map(|entry| entry.peer.to_bare()).collect();
        for contact in contacts {
            self.bound_what_is_left(&contact, cx);
        }
    }

    fn left_by(&self, contact: &BareJid) -> Vec<Left> {
        let waiting = self.table.iter().filter_map(|(id, Transfer { record, role })| {
            let is_ours = matches!(role, Role::Interrupted(Interrupted { half: Half::Receiver { .. }, .. }));
            let entry = record.entry().filter(|entry| is_ours && entry.peer.to_bare() == *contact)?;
            Some(Left { bytes: entry.bytes, since: entry.changed, of: Of::Waiting(*id) })
        });
        let kept = self.leavings.kept.iter().filter(|kept| kept.contact == *contact);
        let ended = kept.map(|kept| Left { bytes: kept.bytes, since: kept.since, of: Of::Ended(kept.file) });
        waiting.chain(ended).collect()
    }

    fn end_unfinished(&mut self, id: TransferId, cx: &mut Context) {
        let Some(Transfer { record, .. }) = self.table.get(&id) else { return };
        let Some(entry) = record.entry().filter(|entry| entry.direction() == Direction::Receiving) else { return };
        let outcome = outcome::of_interrupted(WHY, entry, record);
        self.end_with(id, outcome, Partial::Remove, cx);
    }

    fn remove_kept(&mut self, file: FileId, cx: &mut Context) {
        let Some(at) = self.leavings.kept.iter().position(|kept| kept.file == file) else { return };
        if let Some(kept) = self.leavings.kept.remove(at) {
            drop_left(kept.file, kept.landed, cx);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn left(sizes: &[u64]) -> Vec<Left> {
        let since = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        (0..)
            .zip(sizes)
            .map(|(at, bytes)| Left { bytes: *bytes, since: since(at), of: Of::Waiting(TransferId(at)) })
            .collect()
    }

    fn check(sizes: &[u64], expected: Option<u64>) {
        let gone = victim(&left(sizes)).map(|of| match of {
            Of::Waiting(TransferId(at)) | Of::Ended(FileId(at)) => at,
        });
        assert_eq!(gone, expected, "of {} files", sizes.len());
    }

    #[test]
    fn what_is_within_bounds_stays_whatever_its_size() {
        check(&[], None);
        check(&[u64::MAX], None);
        check(&[0; MOST_OF_ONE], None);
        check(&[MOST_BYTES, u64::MAX], None);
    }

    #[test]
    fn of_too_many_the_smallest_goes_and_the_oldest_among_equals() {
        let mut sizes = vec![7; MOST_OF_ONE + 1];
        check(&sizes, Some(0));
        sizes[5] = 3;
        check(&sizes, Some(5));
    }

    #[test]
    fn of_too_much_the_oldest_goes_and_never_the_largest() {
        check(&[1, MOST_BYTES, u64::MAX / 2], Some(0));
        check(&[u64::MAX / 2, MOST_BYTES, 1], Some(1));
        check(&[MOST_BYTES * 2, MOST_BYTES * 2], Some(0));
    }
}
