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
//! was called, of a file of the same name and size, goes on with it without a question, for it was accepted once; and a
//! receiver that has been restarted asks for it. One that is finished answers to its name for a while, also in the next
//! run: a sender that did not hear of it learns that the file is there. Where others send, an offer that looks like one
//! that was interrupted is a question to the user like any other, which says how much is here already.

use jid::{BareJid, Jid};

use super::interruption::{self, ARRIVAL, Before, COURTESY, LIFETIME, NO_METHOD, Stage, Standing};
use super::method::Scope;
use super::phase::interrupted::{Half, Interrupted};
use super::phase::receiving::{Incoming, Left, Receiving};
use super::phase::sending::{IfChanged, Known, Sending, Wish};
use super::phase::{self, Role, Transfer};
use super::record::Record;
use super::{Transfers, fresh_file, outcome};
use crate::engine::command::TransferId;
use crate::engine::context::{Context, Recovers};
use crate::engine::event::{Direction, Event, Failure, Outcome, PeerFault, Side, Waits};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::journal::{Conclusion, Course, Ending, Entry, RecoveryId, State};
use crate::engine::transfer::negotiation::Proposal;
use crate::engine::{FileOrder, Keep, Output, Partial};
use crate::xep::recovery::{Word, read_reason, write_forget, write_word};
use crate::xep::stanza::StanzaError;

/// The other side's program answers by itself.
const WORD_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// Transfers that were given up, whose other sides may still ask for them. A screenful.
const MOST_GIVEN_UP: usize = 64;

/// Transfers that arrived, whose senders may not have heard of it. Some screenfuls.
const MOST_ARRIVED: usize = 256;

/// An interrupted transfer that an offer may go on with.
pub(super) enum Heir {
    /// It was accepted once.
    Accepted(TransferId),
    /// It waits for the user to decide, and is offered once more.
    Undecided(TransferId),
    /// It looks like it.
    Alike(TransferId),
    /// It is being finished at this moment.
    Settled(TransferId),
}

impl Transfers {
    /// A stream or its negotiation ended. So does the transfer, unless it is only interrupted.
    pub(super) fn close(&mut self, id: TransferId, outcome: Outcome, cx: &mut Context) {
        let is_fetched = matches!(self.table.get(&id), Some(Transfer { role: Role::Fetching(_), .. }));
        let recovers = cx.settings().recovers != Recovers::None && !is_fetched;
        let transfer = self.table.get(&id).filter(|_| recovers);
        let is_online = cx.is_online();
        match transfer.and_then(|transfer| interruption::reason(&outcome, standing(transfer, is_online))) {
            Some(why) => self.interrupt(id, &outcome, &why, cx),
            None => self.end(id, outcome, Partial::Keep, cx),
        }
    }

    fn interrupt(&mut self, id: TransferId, outcome: &Outcome, why: &str, cx: &mut Context) {
        let Some(Transfer { record, role }) = self.table.get_mut(&id) else { return };
        let half = match &*role {
            Role::Sending(sending) => {
                Half::Sender { wish: sending.wish().clone(), to: None, if_changed: IfChanged::End }
            }
            Role::Receiving(_) => Half::Receiver { keep: Keep::All },
            Role::Fetching(_) | Role::Interrupted(_) => return,
        };
        role.end(outcome, Partial::Keep, &mut Scope { cx, shared: &mut self.shared, record });
        record.interrupt(why, cx);
        *role = Role::Interrupted(Interrupted::new(half, why.to_owned()));
        self.plan(id, cx);
        self.arrange(cx);
    }

    /// The user stops it for now.
    pub(super) fn leave(&mut self, id: TransferId, cx: &mut Context) {
        let Some(transfer) = self.table.get(&id) else { return };
        let stopped = Outcome::Cancelled { by: Side::Us };
        if !transfer.record.is_accepted() || transfer.role.is_whole() || cx.settings().recovers == Recovers::None {
            return self.cancel(id, super::KeepPartial::Yes, cx);
        }
        if matches!(transfer.role, Role::Fetching(_)) {
            return self.act(id, cx, Role::leave);
        }
        self.interrupt(id, &stopped, "stopped here", cx);
        if let Some((record, interrupted)) = self.interrupted(id) {
            interrupted.until = None;
            interrupted.wait(Waits::User, record, cx);
        }
    }

    fn interrupted(&mut self, id: TransferId) -> Option<(&mut Record, &mut Interrupted)> {
        match self.table.get_mut(&id) {
            Some(Transfer { record, role: Role::Interrupted(interrupted) }) => Some((record, interrupted)),
            Some(_) | None => None,
        }
    }

    /// Every interrupted transfer, of which that holds.
    fn all_interrupted(&self, is_it: impl Fn(&Record, &Interrupted) -> bool) -> Vec<TransferId> {
        let is_interrupted = |transfer: &Transfer| match &transfer.role {
            Role::Interrupted(interrupted) => is_it(&transfer.record, interrupted),
            Role::Sending(_) | Role::Receiving(_) | Role::Fetching(_) => false,
        };
        self.table.iter().filter(|(_, transfer)| is_interrupted(transfer)).map(|(id, _)| *id).collect()
    }

    /// Decides what an interrupted transfer waits for.
    fn plan(&mut self, id: TransferId, cx: &mut Context) {
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
            let outcome = super::outcome::of_interrupted(&interrupted.why, &entry, record);
            return self.end(id, outcome, Partial::Keep, cx);
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
        if let Some((record, _)) = self.interrupted(id) {
            record.forgive();
        }
        self.go_on(id, cx);
    }

    /// Asks the sender for the rest.
    fn ask(&mut self, id: TransferId, cx: &mut Context) {
        let Some((record, interrupted)) = self.interrupted(id) else { return };
        let Some(Entry { recovery: Some(name), peer, .. }) = record.entry() else { return };
        let holder = phase::choice::holder(peer, cx);
        let question = write_word(Word::Resume, name);
        interrupted.until = None;
        interrupted.asked = Some(cx.set(Some(holder), question, WORD_PATIENCE));
        record.try_in_vain();
    }

    /// What the sender says to that. If it will, the offer comes by itself.
    pub(super) fn answered(&mut self, id: TransferId, response: &Response, cx: &mut Context) {
        let Some((_, interrupted)) = self.interrupted(id) else { return };
        interrupted.asked = None;
        match response {
            Response::Error(error) if error.condition == "gone" => self.give_up_too(id, None, cx),
            Response::Result(_) | Response::Error(_) | Response::Timeout | Response::Disconnected => self.plan(id, cx),
        }
    }

    /// The other side says something about a transfer.
    pub(super) fn word(&mut self, request: &IqRequest, word: Word, name: &RecoveryId, cx: &mut Context) {
        let Some(from) = request.from.clone() else {
            return cx.refuse(request, &StanzaError::new("item-not-found"));
        };
        match (word, self.named(name, &from.to_bare())) {
            (Word::Forget, Some(id)) => {
                cx.answer(request, None);
                self.give_up_too(id, read_reason(&request.payload), cx);
            }
            (Word::Resume, Some(id)) if self.sends(id) => {
                cx.answer(request, None);
                self.resume(id, from, cx);
            }
            (Word::Resume | Word::Forget, Some(_) | None) => {
                let is_given_up = self.given_up.contains(name);
                let condition = if is_given_up { "gone" } else { "item-not-found" };
                cx.refuse(request, &StanzaError::new(condition).with_text("there is no such transfer"));
            }
        }
    }

    /// The other side will not go on. What a person there has stopped leaves as little as what is stopped here.
    fn give_up_too(&mut self, id: TransferId, why: Option<String>, cx: &mut Context) {
        let outcome = self.given_up_by_peer(id, why, cx);
        if outcome == (Outcome::Cancelled { by: Side::Peer }) {
            self.remove_left(id, cx);
        }
        self.end(id, outcome, Partial::Keep, cx);
    }

    /// What it means that the other side will not go on. Where no way was found, that is why.
    fn given_up_by_peer(&self, id: TransferId, why: Option<String>, cx: &Context) -> Outcome {
        match (why, self.table.get(&id)) {
            (Some(why), _) => outcome::peer(PeerFault::Refused(why)),
            (None, Some(Transfer { record, role: Role::Interrupted(Interrupted { why, .. }) })) if why == NO_METHOD => {
                Outcome::Failed(Failure::Unreachable { tried: record.tried(cx) })
            }
            (None, Some(_) | None) => Outcome::Cancelled { by: Side::Peer },
        }
    }

    fn sends(&self, id: TransferId) -> bool {
        let entry = self.table.get(&id).and_then(|transfer| transfer.record.entry());
        entry.is_some_and(|entry| entry.direction() == Direction::Sending)
    }

    /// The receiver is back, perhaps before we noticed that it was gone.
    fn resume(&mut self, id: TransferId, peer: Jid, cx: &mut Context) {
        self.interrupt(id, &Outcome::Cancelled { by: Side::Peer }, "they began anew", cx);
        if let Some((_, Interrupted { half: Half::Sender { to, .. }, .. })) = self.interrupted(id) {
            *to = Some(peer);
        }
        self.go_on(id, cx);
    }

    /// The transfer that this contact and we call so.
    fn named(&self, name: &RecoveryId, contact: &BareJid) -> Option<TransferId> {
        let is_it = |entry: &Entry| entry.recovery.as_ref() == Some(name) && entry.peer.to_bare() == *contact;
        self.table.iter().find(|(_, transfer)| transfer.record.entry().is_some_and(is_it)).map(|(id, _)| *id)
    }

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
        self.all_interrupted(looks_like_it).first().map(|id| Heir::Alike(*id))
    }

    /// Goes on with a transfer by an offer that goes on with it.
    pub(super) fn inherit(&mut self, heir: &Heir, incoming: Incoming, cx: &mut Context) {
        let file = fresh_file(&mut self.files);
        let (Heir::Accepted(id) | Heir::Undecided(id) | Heir::Settled(id) | Heir::Alike(id)) = heir;
        let Some(Transfer { record, role }) = self.table.get_mut(id) else { return };
        let mut scope = Scope { cx, shared: &mut self.shared, record };
        match (heir, &mut *role) {
            (Heir::Undecided(_), Role::Receiving(receiving)) => return receiving.renew(incoming, &mut scope),
            (Heir::Settled(_), Role::Receiving(receiving)) => {
                return receiving.answer_in_the_end(incoming.request, &mut scope);
            }
            (Heir::Accepted(_) | Heir::Undecided(_) | Heir::Settled(_) | Heir::Alike(_), _) => {}
        }
        role.end(&Outcome::Cancelled { by: Side::Peer }, Partial::Keep, &mut scope);
        if matches!(role, Role::Receiving(_)) {
            scope.record.interrupt("they began anew", scope.cx);
        }
        let keep = match role {
            Role::Interrupted(Interrupted { half: Half::Receiver { keep }, .. }) => *keep,
            Role::Interrupted(_) | Role::Receiving(_) | Role::Fetching(_) | Role::Sending(_) => Keep::All,
        };
        let left = left(scope.record, keep);
        let receiving = match heir {
            Heir::Accepted(_) | Heir::Undecided(_) | Heir::Settled(_) => {
                Receiving::go_on(incoming, file, left, &mut scope)
            }
            Heir::Alike(_) => Receiving::begin(incoming, file, left, &mut scope),
        };
        *role = Role::Receiving(receiving);
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

    /// What an earlier run left.
    pub(super) fn remember(&mut self, entries: &[Entry], cx: &mut Context) {
        let recovers = cx.settings().recovers;
        let account = cx.settings().account.clone();
        let (unfinished, ended): (Vec<_>, Vec<_>) =
            entries.iter().filter(|entry| entry.account == account).partition(|entry| entry.is_unfinished());
        for entry in ended {
            self.note_arrival(entry);
        }
        for entry in unfinished {
            let sends = entry.direction() == Direction::Sending;
            if recovers == Recovers::None || (recovers == Recovers::Received && sends) {
                continue;
            }
            if is_expired(entry, cx) || (!sends && entry.state == State::Offered) {
                lose(entry, cx);
            } else if recovers == Recovers::Named {
                self.dormant.extend(sends.then(|| entry.clone()));
            } else {
                self.restore(entry.clone(), cx);
            }
        }
    }

    fn restore(&mut self, entry: Entry, cx: &mut Context) {
        if let Some(source) = entry.web.clone() {
            return self.restore_fetch(entry, source, cx);
        }
        let id = self.fresh_id();
        let half = match Wish::of(&entry.course, entry.file.description.clone()) {
            Some(wish) => Half::Sender { wish, to: None, if_changed: IfChanged::End },
            // What came behind the last checkpoint is proven by the checksum in the end, or by nothing.
            None => Half::Receiver { keep: if entry.recovery.is_some() { Keep::All } else { Keep::Recognised } },
        };
        let why = match &entry.state {
            State::Interrupted { why } => why.clone(),
            State::Offered | State::Running | State::Ended(_) => "Balcony was stopped".to_owned(),
        };
        let record = Record::restored(id, entry, cx);
        self.table.insert(id, Transfer { record, role: Role::Interrupted(Interrupted::new(half, why)) });
        self.plan(id, cx);
        self.take_place(id, cx);
    }

    /// Removes what an interrupted transfer left.
    pub(super) fn remove_left(&mut self, id: TransferId, cx: &mut Context) {
        let file = fresh_file(&mut self.files);
        let Some((record, _)) = self.interrupted(id) else { return };
        if let Some(Left { landed, .. }) = left(record, Keep::Nothing) {
            let (keep, size, digests) = (Keep::Nothing, None, vec![crate::engine::Digest::Sha256]);
            cx.file(file, FileOrder::Reopen { landed, keep, size, digests });
            cx.file(file, FileOrder::Close { partial: Partial::Remove });
        }
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

    /// The other side learns that nothing more will come, if it would wait for it.
    pub(super) fn give_up(&mut self, record: &Record, outcome: &Outcome, cx: &mut Context) {
        let Some(Entry { recovery: Some(name), peer, course, .. }) = record.entry() else { return };
        let is_known = matches!(
            outcome,
            Outcome::Completed { .. }
                | Outcome::Cancelled { by: Side::Peer }
                | Outcome::Failed(Failure::Peer(PeerFault::Refused(_)))
        );
        if is_known {
            return;
        }
        if self.given_up.len() >= MOST_GIVEN_UP {
            self.given_up.pop_front();
        }
        self.given_up.push_back(name.clone());
        // Who has not answered yet may be a program that does not know the word, and is told by other means.
        if !record.is_accepted() {
            return;
        }
        let is_received = matches!(course, Course::Receiving { .. });
        let reason = outcome::told_to_sender(outcome).filter(|_| is_received);
        let token = cx.set(Some(phase::choice::holder(peer, cx)), write_forget(name, reason), WORD_PATIENCE);
        cx.forget(token);
    }
}

fn standing(transfer: &Transfer, is_online: bool) -> Standing {
    let Transfer { record, role } = transfer;
    Standing {
        stage: stage(record, role),
        before: before(record, is_online),
        is_named: record.entry().is_some_and(|entry| entry.recovery.is_some()),
        sends: matches!(role, Role::Sending(_)),
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

/// What was left of a file that was being received.
fn left(record: &Record, keep: Keep) -> Option<Left> {
    match record.entry().map(|entry| &entry.course) {
        Some(Course::Receiving { landing: Some(landed) }) => Some(Left { landed: landed.clone(), keep }),
        Some(Course::Receiving { landing: None } | Course::Sending { .. }) | None => None,
    }
}

/// Whether an offer is of the file that an earlier one was of, as far as both say.
fn is_alike(entry: &Entry, proposal: &Proposal) -> bool {
    let (known, offered) = (&entry.file, &proposal.file);
    let agree = |is_other: Option<bool>| !is_other.unwrap_or(false);
    let other_date = known.date.zip(offered.date).map(|(known, offered)| known != offered);
    let other_hash = known.hash.as_ref().zip(offered.hash.as_ref()).map(|(known, offered)| known != offered);
    known.name == offered.name && known.size == offered.size && agree(other_date) && agree(other_hash)
}

fn is_expired(entry: &Entry, cx: &Context) -> bool {
    cx.now().wall.duration_since(entry.changed).is_ok_and(|since| since > LIFETIME)
}

/// Closes an entry that nothing can go on with.
fn lose(entry: &Entry, cx: &mut Context) {
    let was_offered = entry.state == State::Offered;
    let (result, reason) = if was_offered {
        (Conclusion::Cancelled(Side::Us), "Balcony was stopped before it was answered")
    } else {
        (Conclusion::Interrupted, "nobody went on with it for a week")
    };
    if was_offered {
        let (peer, name) = (entry.peer.to_bare(), &entry.file.name);
        cx.emit(Event::Notice(format!("{peer} offered {name}; {reason}, and they have to offer it again")));
    }
    let took = entry.changed.duration_since(entry.began).unwrap_or_default();
    let state = State::Ended(Ending { result, reason: Some(reason.to_owned()), via: None, took });
    let changed = cx.now().wall;
    cx.output(Output::Journal(Box::new(Entry { state, changed, ..entry.clone() })));
}
