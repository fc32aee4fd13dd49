//! What breaks goes on: interrupted transfers, and what wakes them.
//!
//! # Theory of operation
//!
//! A transfer whose stream ended too early is *interrupted* ([`interruption`] says by what): nothing of it is open, its
//! `.part` and its journal stay. The sender leads here too: once both are there it makes a new offer, and the receiver
//! answers it with the range that is missing, from what is in its file and still what it was. Nothing is ever spliced: a
//! receiver asks for a range only where the offer says that ranges are possible, and a sender goes on only with the file
//! that it began with.
//!
//! Between Balconies the transfer has a name ([`crate::xep::recovery`]). An offer that names what this contact's transfer
//! was called, of a file of the same name and size, [goes on with it](super::inheritance) without a question, for it was
//! accepted once; and a receiver that has been restarted asks for it. One that is finished answers to its name for a while,
//! also in the next run: a sender that did not hear of it learns that the file is there. Where others send, an offer that
//! looks like one that was interrupted is a question to the user like any other, which says how much is here already.
//! What the two sides say about it by its name is [beside this](super::words), and so is what [an earlier
//! run](super::legacy) left.

use jid::BareJid;

use super::interruption::{self, ARRIVAL, Before, COURTESY, Stage, Standing};
use super::legacy::is_expired;
use super::method::Scope;
use super::phase::interrupted::{Half, Interrupted};
use super::phase::sending::{IfChanged, Known, Sending, Wish};
use super::phase::{self, Role, Transfer};
use super::record::Record;
use super::{Transfers, fresh_file, outcome};
use crate::engine::Partial;
use crate::engine::command::{KeepPartial, TransferId};
use crate::engine::context::{Context, Recovers};
use crate::engine::event::{Event, Outcome, Side, Waits};
use crate::engine::journal::Entry;

impl Transfers {
    /// A stream or its negotiation ended. So does the transfer, unless it is only interrupted.
    pub(super) fn close(&mut self, id: TransferId, outcome: Outcome, cx: &mut Context) {
        let is_fetched = matches!(self.table.get(&id), Some(Transfer { role: Role::Fetching(_), .. }));
        let recovers = cx.settings().recovers != Recovers::None && !is_fetched;
        let transfer = self.table.get(&id).filter(|_| recovers);
        let is_online = cx.is_online();
        match transfer.and_then(|transfer| interruption::reason(&outcome, standing(transfer, is_online))) {
            Some(why) => self.interrupt(id, &outcome, &why, cx),
            None => self.end(id, outcome, KeepPartial::Yes, cx),
        }
    }

    pub(super) fn interrupt(&mut self, id: TransferId, outcome: &Outcome, why: &str, cx: &mut Context) {
        let Some(Transfer { record, role }) = self.table.get_mut(&id) else { return };
        let half = match &*role {
            Role::Sending(sending) => {
                Half::Sender { wish: sending.wish().clone(), to: None, if_changed: IfChanged::End }
            }
            Role::Receiving(receiving) => Half::Receiver { file: receiving.file_id(), keep: receiving.keeps() },
            Role::Fetching(_) | Role::Interrupted(_) => return,
        };
        role.end(outcome, Partial::Keep, &mut Scope { cx, shared: &mut self.shared, record });
        record.interrupt(why, cx);
        *role = Role::Interrupted(Interrupted::new(half, why.to_owned()));
        let contact = record.entry().map(|entry| entry.peer.to_bare());
        if interruption::is_for_the_user(outcome) {
            self.wait_for_the_user(id, cx);
        } else {
            self.plan(id, cx);
        }
        if let Some(contact) = contact {
            self.bound_what_is_left(&contact, cx);
        }
        self.arrange(cx);
    }

    fn wait_for_the_user(&mut self, id: TransferId, cx: &mut Context) {
        if let Some((record, interrupted)) = self.interrupted(id) {
            interrupted.until = None;
            interrupted.wait(Waits::User, record, cx);
        }
    }

    /// The user stops it for now.
    pub(super) fn leave(&mut self, id: TransferId, cx: &mut Context) {
        let Some(transfer) = self.table.get(&id) else { return };
        let stopped = Outcome::Cancelled { by: Side::Us };
        if !transfer.record.is_accepted() || transfer.role.is_whole() || cx.settings().recovers == Recovers::None {
            return self.cancel(id, KeepPartial::Yes, cx);
        }
        if matches!(transfer.role, Role::Fetching(_)) {
            return self.act(id, cx, Role::leave);
        }
        if self.interrupted(id).is_some() {
            self.wait_for_the_user(id, cx);
        } else {
            self.interrupt(id, &stopped, "stopped by you", cx);
        }
    }

    pub(super) fn interrupted(&mut self, id: TransferId) -> Option<(&mut Record, &mut Interrupted)> {
        match self.table.get_mut(&id) {
            Some(Transfer { record, role: Role::Interrupted(interrupted) }) => Some((record, interrupted)),
            Some(_) | None => None,
        }
    }

    /// Every interrupted transfer of which that holds.
    pub(super) fn all_interrupted(&self, is_it: impl Fn(&Record, &Interrupted) -> bool) -> Vec<TransferId> {
        let is_interrupted = |transfer: &Transfer| match &transfer.role {
            Role::Interrupted(interrupted) => is_it(&transfer.record, interrupted),
            Role::Sending(_) | Role::Receiving(_) | Role::Fetching(_) => false,
        };
        self.table.iter().filter(|(_, transfer)| is_interrupted(transfer)).map(|(id, _)| *id).collect()
    }

    /// Decides what an interrupted transfer waits for.
    pub(super) fn plan(&mut self, id: TransferId, cx: &mut Context) {
        let Some((record, interrupted)) = self.interrupted(id) else { return };
        let Some(entry) = record.entry() else { return };
        let is_named = entry.recovery.is_some();
        let pause = interruption::pause(record.vain_tries(), is_named && record.is_accepted());
        let (waits, pause) = match interrupted.half {
            _ if !cx.is_online() => (Waits::Session, None),
            Half::Receiver { .. } if !is_named => (Waits::Offer, None),
            _ if phase::choice::is_seen_away(&entry.peer.to_bare().into(), cx) => (Waits::Peer, None),
            Half::Receiver { .. } => (Waits::Offer, pause.map(|pause| pause + COURTESY)),
            Half::Sender { .. } => (pause.map_or(Waits::User, Waits::Time), pause),
        };
        interrupted.until = pause.map(|pause| cx.after(pause));
        interrupted.wait(waits, record, cx);
    }

    /// Our session came or went.
    pub(super) fn plan_all(&mut self, cx: &mut Context) {
        for id in self.all_interrupted(|_, interrupted| interrupted.waits != Some(Waits::User)) {
            self.plan(id, cx);
        }
    }

    /// A contact came or went.
    pub(super) fn follow(&mut self, contact: &BareJid, is_there: bool, cx: &mut Context) {
        let waits_for_them = |record: &Record, interrupted: &Interrupted| {
            let is_theirs = record.entry().is_some_and(|entry| entry.peer.to_bare() == *contact);
            is_theirs && interrupted.waits != Some(Waits::User) && (interrupted.waits == Some(Waits::Peer)) == is_there
        };
        for id in self.all_interrupted(waits_for_them) {
            if is_there {
                self.foresee(contact, cx);
            }
            self.plan(id, cx);
            if let Some((_, interrupted)) = self.interrupted(id).filter(|_| is_there) {
                let soon = cx.after(ARRIVAL);
                interrupted.until = interrupted.until.map(|until| until.min(soon));
            }
        }
    }

    /// The time has come for some.
    pub(super) fn wake(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        for id in self.all_interrupted(|_, interrupted| interrupted.until.is_some_and(|until| until <= now)) {
            let is_paused = self.turns.is_paused(id);
            match self.interrupted(id) {
                Some((_, interrupted)) if is_paused => interrupted.until = None,
                Some(_) | None => self.take_up(id, cx),
            }
        }
        self.arrange(cx);
    }

    /// The user has nothing against its going on any more.
    pub(super) fn let_go_on(&mut self, id: TransferId, cx: &mut Context) {
        if self.interrupted(id).is_some_and(|(_, interrupted)| interrupted.waits != Some(Waits::User)) {
            self.plan(id, cx);
        }
    }

    /// Goes on with a transfer, as far as that is ours to do.
    pub(super) fn go_on(&mut self, id: TransferId, cx: &mut Context) {
        self.take_up(id, cx);
        self.arrange(cx);
    }

    fn take_up(&mut self, id: TransferId, cx: &mut Context) {
        let file = fresh_file(&mut self.files);
        let Some((record, interrupted)) = self.interrupted(id) else { return };
        let Some(entry) = record.entry().cloned() else { return };
        if is_expired(&entry, cx) {
            let outcome = outcome::of_interrupted(&interrupted.why, &entry, record);
            return self.end(id, outcome, KeepPartial::Yes, cx);
        }
        match &interrupted.half {
            Half::Receiver { .. } => self.ask(id, cx),
            Half::Sender { .. } if !record.is_accepted() => self.wait_at_the_door(id),
            Half::Sender { wish, to, if_changed } => {
                let known = Known::of(&entry, *if_changed);
                let known = Known { peer: to.clone().unwrap_or(entry.peer), ..known };
                let wish = wish.clone();
                let broken = record.broken_ways();
                let usable = |via: &_| !broken.contains(via);
                let configured = if wish.via.is_empty() { &cx.settings().methods } else { &wish.via };
                let but = if configured.iter().any(usable) { broken } else { Vec::new() };
                let role = Role::Sending(Sending::go_on(wish, file, entry.recovery, known, &but, cx));
                self.table.entry(id).and_modify(|transfer| transfer.role = role);
            }
        }
    }

    /// The user says so.
    pub(super) fn go_on_by_hand(&mut self, id: TransferId, cx: &mut Context) {
        if let Some((record, interrupted)) = self.interrupted(id) {
            record.forgive();
            if let (Half::Receiver { .. }, Some(entry)) = (&interrupted.half, record.entry())
                && entry.recovery.is_none()
            {
                cx.emit(Event::Notice(not_to_be_asked(entry)));
            }
        }
        self.go_on(id, cx);
    }

    /// An offer of the user's that goes on with what was interrupted; whether it does.
    pub(super) fn goes_on_with(&mut self, wish: &Wish, cx: &mut Context) -> bool {
        let is_it = |entry: &Entry| wish.is_of(entry);
        if let Some(at) = self.dormant.iter().position(is_it) {
            let entry = self.dormant.remove(at);
            self.restore(entry, cx);
        }
        let found = self.all_interrupted(|record, _| record.entry().is_some_and(is_it)).first().copied();
        let Some(id) = found else { return false };
        if let Some((record, Interrupted { half: Half::Sender { wish: old, if_changed, .. }, .. })) =
            self.interrupted(id)
        {
            old.clone_from(wish);
            *if_changed = IfChanged::Begin;
            record.forgive();
        }
        self.go_on(id, cx);
        true
    }
}

/// What a user can do whose file comes from a program that knows no transfer again.
fn not_to_be_asked(entry: &Entry) -> String {
    let (name, who) = (&entry.file.name, entry.peer.to_bare());
    format!(
        "the program of {who} cannot be asked for the rest; ask them to send {name} again, and it goes on if theirs can"
    )
}

fn standing(transfer: &Transfer, is_online: bool) -> Standing {
    let Transfer { record, role } = transfer;
    Standing {
        stage: stage(record, role),
        before: before(record, is_online),
        is_named: record.entry().is_some_and(|entry| entry.recovery.is_some()),
        sends: matches!(role, Role::Sending(_)),
        has_begun: matches!(role, Role::Receiving(_)) && record.has_begun(),
    }
}

fn before(record: &Record, is_online: bool) -> Before {
    if record.was_interrupted() {
        Before::Interrupted
    } else if record.was_cut_off() || !is_online {
        Before::CutOff
    } else {
        Before::Nothing
    }
}

fn stage(record: &Record, role: &Role) -> Stage {
    if role.is_undecided() {
        Stage::Undecided
    } else if record.is_accepted() || matches!(role, Role::Receiving(_)) {
        Stage::Accepted
    } else if record.entry().is_some() {
        Stage::Offered
    } else {
        Stage::Planned
    }
}
