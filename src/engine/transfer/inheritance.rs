//! Which transfer an offer goes on with: one that was interrupted, one that waits for the user, one that has arrived.
//!
//! Between Balconies the transfer has a name, and what was accepted once goes on without a question. Where others send,
//! an offer that looks like one that was interrupted is a question to the user like any other, which says how much is
//! here already.

use jid::Jid;

use super::method::Scope;
use super::negotiation::Proposal;
use super::phase::interrupted::{Half, Interrupted};
use super::phase::receiving::{Incoming, Left, Receiving};
use super::phase::{Role, Transfer};
use super::record::Record;
use super::{Transfers, fresh_file};
use crate::engine::command::TransferId;
use crate::engine::context::Context;
use crate::engine::event::{Outcome, Side};
use crate::engine::journal::{Conclusion, Course, Ending, Entry, State};
use crate::engine::{Keep, Partial};

/// Transfers that arrived, whose senders may not have heard of it. Some screenfuls.
const MOST_ARRIVED: usize = 256;

/// An interrupted transfer that an offer may go on with.
pub(super) enum Heir {
    /// It was accepted once.
    Accepted(TransferId),
    /// It waits for the user to decide, and is offered once more.
    Undecided(TransferId),
    /// It is of the same file, as what is stated of that tells.
    Alike(TransferId),
    /// It may be of the same file, or of another of that name and size: all of it is taken once more.
    Similar(TransferId),
    /// It is being finished at this moment.
    Settled(TransferId),
}

impl Transfers {
    /// Which transfer an offer goes on with.
    pub(super) fn heir(&self, peer: &Jid, proposal: &Proposal) -> Option<Heir> {
        let contact = peer.to_bare();
        if let Some(id) = proposal.promises.recovery.as_ref().and_then(|name| self.named(name, &contact)) {
            let transfer = self.table.get(&id)?;
            let is_same = transfer.record.entry().is_some_and(|entry| is_alike(entry, proposal));
            return match &transfer.role {
                Role::Receiving(receiving) if receiving.is_undecided() && is_same => Some(Heir::Undecided(id)),
                Role::Receiving(_) if !is_same => None,
                Role::Receiving(receiving) if receiving.is_settled() => Some(Heir::Settled(id)),
                Role::Receiving(_) => Some(Heir::Accepted(id)),
                Role::Interrupted(Interrupted { half: Half::Receiver { .. }, .. }) if is_same => {
                    Some(Heir::Accepted(id))
                }
                Role::Interrupted(_) | Role::Sending(_) | Role::Fetching(_) => None,
            };
        }
        let looks_like_it = |record: &Record, interrupted: &Interrupted| {
            let is_theirs = |entry: &Entry| entry.peer.to_bare() == contact && is_alike(entry, proposal);
            matches!(interrupted.half, Half::Receiver { .. }) && record.entry().is_some_and(is_theirs)
        };
        let id = *self.all_interrupted(looks_like_it).first()?;
        let entry = self.table.get(&id)?.record.entry()?;
        Some(if is_the_same(entry, proposal) { Heir::Alike(id) } else { Heir::Similar(id) })
    }

    /// Goes on with a transfer by an offer that goes on with it.
    pub(super) fn inherit(&mut self, heir: &Heir, incoming: Incoming, cx: &mut Context) {
        let file = fresh_file(&mut self.files);
        let (Heir::Accepted(id) | Heir::Undecided(id) | Heir::Settled(id) | Heir::Alike(id) | Heir::Similar(id)) = heir;
        let Some(Transfer { record, role }) = self.table.get_mut(id) else { return };
        let mut scope = Scope { cx, shared: &mut self.shared, record };
        match (heir, &mut *role) {
            (Heir::Undecided(_), Role::Receiving(receiving)) => return receiving.renew(incoming, &mut scope),
            (Heir::Settled(_), Role::Receiving(receiving)) => {
                return receiving.answer_in_the_end(incoming.request, &mut scope);
            }
            (Heir::Accepted(_) | Heir::Undecided(_) | Heir::Settled(_) | Heir::Alike(_) | Heir::Similar(_), _) => {}
        }
        role.end(&Outcome::Cancelled { by: Side::Peer }, Partial::Keep, &mut scope);
        if matches!(role, Role::Receiving(_)) {
            scope.record.interrupt("they began anew", scope.cx);
        }
        let keep = match role {
            _ if matches!(heir, Heir::Similar(_)) => Keep::Nothing,
            Role::Interrupted(Interrupted { half: Half::Receiver { keep, .. }, .. }) => *keep,
            Role::Receiving(receiving) => receiving.keeps(),
            Role::Interrupted(_) | Role::Fetching(_) | Role::Sending(_) => Keep::All,
        };
        let left = left(scope.record, keep);
        let receiving = match heir {
            Heir::Accepted(_) | Heir::Undecided(_) | Heir::Settled(_) => {
                Receiving::go_on(incoming, file, left, &mut scope)
            }
            Heir::Alike(_) | Heir::Similar(_) => Receiving::begin(incoming, file, left, &mut scope),
        };
        *role = Role::Receiving(receiving);
        // What held the old stream's file has to hold the new one's.
        self.arrange(cx);
    }

    /// A sender whose verdict was lost offers once more what is here.
    pub(super) fn note_arrival(&mut self, entry: &Entry) {
        let Entry { recovery: Some(name), peer, course: Course::Receiving { .. }, state, .. } = entry else { return };
        if !matches!(state, State::Ended(Ending { result: Conclusion::Completed(_), .. })) {
            return;
        }
        let arrival = (peer.to_bare(), name.clone());
        if self.arrived.contains(&arrival) {
            return;
        }
        if self.arrived.len() >= MOST_ARRIVED {
            self.arrived.pop_front();
        }
        self.arrived.push_back(arrival);
    }

    /// Whether an offer goes on with what has arrived whole.
    pub(super) fn has_arrived(&self, peer: &Jid, proposal: &Proposal) -> bool {
        let contact = peer.to_bare();
        let is_it = |name| self.arrived.iter().any(|(from, arrived)| *from == contact && arrived == name);
        proposal.promises.recovery.as_ref().is_some_and(is_it)
    }
}

/// What was left of a file that was being received.
pub(super) fn left(record: &Record, keep: Keep) -> Option<Left> {
    match record.entry().map(|entry| &entry.course) {
        Some(Course::Receiving { landing: Some(landed) }) => Some(Left { landed: landed.clone(), keep }),
        Some(Course::Receiving { landing: None } | Course::Sending { .. }) | None => None,
    }
}

/// Whether two files that [look alike](is_alike) are known to be one, by what their sender stated both times.
fn is_the_same(entry: &Entry, proposal: &Proposal) -> bool {
    let (known, offered) = (&entry.file, &proposal.file);
    let is_dated = known.date.is_some() && known.date == offered.date;
    let is_hashed = known.hash.is_some() && known.hash == offered.hash;
    is_dated || is_hashed
}

/// Whether an offer is of the file that an earlier one was of, as far as both say. Who agreed to a file did not agree to
/// have it unpacked.
fn is_alike(entry: &Entry, proposal: &Proposal) -> bool {
    let (known, offered) = (&entry.file, &proposal.file);
    let agree = |is_other: Option<bool>| !is_other.unwrap_or(false);
    let other_date = known.date.zip(offered.date).map(|(known, offered)| known != offered);
    let other_hash = known.hash.as_ref().zip(offered.hash.as_ref()).map(|(known, offered)| known != offered);
    let is_same_kind = known.is_folder == offered.folder.is_some();
    let is_same_name = known.name == offered.name && known.size == offered.size;
    is_same_kind && is_same_name && agree(other_date) && agree(other_hash)
}
