//! What the [queue](super::queue) says is done: transfers begin, are held and released, and the user is told.

use std::collections::BTreeMap;

use jid::{BareJid, Jid};

use super::phase::sending::{self, IfChanged, Known, Sending, Wish};
use super::phase::{Role, Transfer};
use super::queue::{Change, Queue, Stage};
use super::record::{Held, Record};
use super::words::WORD_PATIENCE;
use super::{Transfers, fresh_file, method};
use crate::engine::FileOrder;
use crate::engine::appointments::Promise;
use crate::engine::command::{Command, TransferId};
use crate::engine::context::Context;
use crate::engine::event::{Checksum, Direction, Event, OfferInfo, Outcome, Side, TheirTurn, TransferChange};
use crate::engine::journal::{Entry, Noted};
use crate::xep::recovery::{Word, write_word};

/// Everybody's place, and those who have not begun.
#[derive(Default)]
pub(super) struct Turns {
    queue: Queue,
    at_the_door: BTreeMap<TransferId, Waiting>,
}

/// What has not begun, or not begun again.
struct Waiting {
    wish: Wish,
    record: Record,
}

impl Turns {
    fn is_anybody_waiting_for(&self, to: &BareJid) -> bool {
        self.at_the_door.values().any(|waiting| waiting.wish.to.to_bare() == *to)
    }

    /// Whether the user wants that transfer to wait.
    pub(super) fn is_paused(&self, id: TransferId) -> bool {
        self.queue.wanted(id).is_paused
    }
}

impl Transfers {
    /// Offers a file, once it is its turn.
    pub(super) fn offer(&mut self, wish: Wish, cx: &mut Context) {
        if self.goes_on_with(&wish, cx) {
            return;
        }
        let id = self.fresh_id();
        let to = wish.to.to_bare();
        let on_the_way = self.table.values().filter(|transfer| recipient(&transfer.role).as_ref() == Some(&to)).count();
        let mut record = Record::new(id);
        if on_the_way >= cx.settings().parallel || self.turns.is_anybody_waiting_for(&to) {
            let name = sending::name(cx);
            record.announce(unseen(&wish, cx), wish.course(), name, cx);
        }
        self.turns.at_the_door.insert(id, Waiting { wish, record });
        self.arrange(cx);
    }

    /// Nobody has accepted it yet, so it waits for its turn once more.
    pub(super) fn wait_at_the_door(&mut self, id: TransferId) {
        let Some(Transfer { record, role }) = self.table.remove(&id) else { return };
        if let Some(wish) = role.wish().cloned() {
            self.turns.at_the_door.insert(id, Waiting { wish, record });
        }
    }

    /// What an earlier run left takes its place again.
    pub(super) fn take_place(&mut self, id: TransferId, cx: &mut Context) {
        if let Some(Transfer { record, role }) = self.table.get(&id) {
            self.turns.queue.enter(id, stage(role), record.preference());
        }
        self.arrange(cx);
    }

    /// What an earlier run was not to offer before the user says so stands at the door again.
    pub(super) fn put_off(&mut self, entry: Entry, cx: &mut Context) {
        let Some(wish) = Wish::of(&entry.course, entry.file.description.clone()) else { return };
        let id = self.fresh_id();
        let record = Record::restored(id, entry, cx);
        self.turns.queue.enter(id, Stage::AtTheDoor(wish.to.to_bare()), record.preference());
        self.turns.at_the_door.insert(id, Waiting { wish, record });
        self.arrange(cx);
    }

    /// Offers what was promised to somebody who waits for it, whoever else does.
    pub(super) fn keep(&mut self, promise: Promise, cx: &mut Context) {
        let Promise { to, path, sid } = promise;
        let wish = Wish { to: to.into(), paths: vec![path], description: None, via: Vec::new() };
        let id = self.fresh_id();
        let name = sending::name(cx);
        let sending = Sending::begin(wish, name, fresh_file(&mut self.files), cx).promised_as(sid);
        self.table.insert(id, Transfer { record: Record::new(id), role: Role::Sending(sending) });
        self.arrange(cx);
    }

    /// Stops what has not begun; whether it was that.
    pub(super) fn turn_away(&mut self, id: TransferId, cx: &mut Context) -> bool {
        let Some(Waiting { wish, mut record }) = self.turns.at_the_door.remove(&id) else { return false };
        self.keep_wish(id, wish);
        record.tell(TransferChange::Ended(Outcome::Cancelled { by: Side::Us }), cx);
        self.arrange(cx);
        true
    }

    /// The user's wishes about the queue; anything else is given back.
    pub(super) fn queue_command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        let id = if let Command::PauseTransfer { transfer } = command {
            self.turns.queue.pause(transfer);
            transfer
        } else if let Command::ContinueTransfer { transfer } = command {
            self.turns.queue.go_on(transfer);
            self.let_go_on(transfer, cx);
            transfer
        } else if let Command::PreferTransfer { transfer, priority } = command {
            self.turns.queue.prefer(transfer, priority);
            transfer
        } else {
            return Some(command);
        };
        self.write_down_wishes(id, cx);
        self.arrange(cx);
        None
    }

    fn write_down_wishes(&mut self, id: TransferId, cx: &mut Context) {
        let wanted = self.turns.queue.wanted(id);
        let begun = self.table.get_mut(&id).map(|transfer| &mut transfer.record);
        let waiting = self.turns.at_the_door.get_mut(&id).map(|waiting| &mut waiting.record);
        if let Some(record) = begun.or(waiting) {
            record.prefer(wanted, cx);
        }
    }

    /// Has everybody take their place.
    pub(super) fn arrange(&mut self, cx: &mut Context) {
        let running = self.table.iter().map(|(id, transfer)| (*id, stage(&transfer.role)));
        let waiting = self.turns.at_the_door.iter().map(|(id, it)| (*id, Stage::AtTheDoor(it.wish.to.to_bare())));
        let stages = running.chain(waiting).collect();
        for (id, change) in self.turns.queue.arrange(stages, cx.settings().parallel) {
            match change {
                Change::Begin => self.begin(id, cx),
                Change::Hold => self.hold(id, Held::Yes, cx),
                Change::Release => self.hold(id, Held::No, cx),
                Change::Tell(turn, priority) => {
                    cx.emit(Event::Transfer { id, change: TransferChange::Turn { turn, priority } });
                }
                Change::TellThem(turn) => self.tell_them(id, turn, cx),
            }
        }
    }

    /// The other sides may not have heard what is held here: a session was lost.
    pub(super) fn tell_all_again(&self, cx: &mut Context) {
        for (id, turn) in self.turns.queue.told_them() {
            self.tell_them(id, turn, cx);
        }
    }

    /// The other side learns whether it moves here, if it knows such words and there is a stream.
    fn tell_them(&self, id: TransferId, turn: TheirTurn, cx: &mut Context) {
        let Some(Transfer { record, role }) = self.table.get(&id) else { return };
        if !has_stream(role) {
            return;
        }
        let Some((name, (peer, _))) = record.recovery().zip(role.name()) else { return };
        let word = match turn {
            TheirTurn::Now => Word::Moves,
            TheirTurn::Waits => Word::Waits,
            TheirTurn::Paused => Word::Paused,
        };
        let token = cx.set(Some(peer.clone()), write_word(word, name), WORD_PATIENCE);
        cx.forget(token);
    }

    /// The other side says whether it moves there. A sender says so before its stream has reached the receiver.
    pub(super) fn hear_of_their_turn(&mut self, id: TransferId, turn: TheirTurn, cx: &mut Context) {
        let Some(Transfer { record, role }) = self.table.get_mut(&id) else { return };
        if record.is_accepted() && !matches!(role, Role::Interrupted(_)) {
            record.their_turn(turn, cx);
        }
    }

    fn hold(&mut self, id: TransferId, held: Held, cx: &mut Context) {
        let Some(Transfer { record, role }) = self.table.get_mut(&id) else { return };
        record.hold(held, cx);
        let order = match held {
            Held::Yes => FileOrder::Hold,
            Held::No => FileOrder::Release,
        };
        if let Some(file) = role.file_id() {
            cx.file(file, order);
        }
    }

    fn begin(&mut self, id: TransferId, cx: &mut Context) {
        let Some(Waiting { wish, record }) = self.turns.at_the_door.remove(&id) else { return };
        let file = fresh_file(&mut self.files);
        let sending = match record.entry() {
            Some(entry) if record.was_interrupted() => {
                Sending::go_on(wish, file, entry.recovery.clone(), Known::of(entry, IfChanged::Begin), &[], cx)
            }
            Some(entry) => Sending::begin(wish, entry.recovery.clone(), file, cx),
            None => {
                let name = sending::name(cx);
                Sending::begin(wish, name, file, cx)
            }
        };
        self.table.insert(id, Transfer { record, role: Role::Sending(sending) });
    }
}

/// Whether there is a stream, or was one until everything had moved.
fn has_stream(role: &Role) -> bool {
    role.is_moving() || role.is_whole()
}

fn stage(role: &Role) -> Stage {
    if role.is_moving() { Stage::Moving(recipient(role)) } else { Stage::Between(recipient(role)) }
}

fn recipient(role: &Role) -> Option<BareJid> {
    match role {
        Role::Sending(sending) => Some(sending.wish().to.to_bare()),
        Role::Receiving(_) | Role::Fetching(_) | Role::Interrupted(_) => None,
    }
}

/// What is told of a transfer while nobody has looked at its file.
fn unseen(wish: &Wish, cx: &Context) -> OfferInfo {
    let path = wish.paths.first().cloned().unwrap_or_default();
    let via = if wish.via.is_empty() { cx.settings().methods.clone() } else { wish.via.clone() };
    let peer: Jid = wish.to.clone();
    OfferInfo {
        direction: Direction::Sending,
        is_contact: cx.is_known(&peer),
        is_asked_for: false,
        peer,
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        offered_name: None,
        size: None,
        mime_type: None,
        description: wish.description.clone(),
        date: None,
        checksum: Checksum::Follows,
        methods: method::vias(&method::routes(&via)),
        si_multiple: true,
        path: Some(path),
        web: None,
        continues_at: None,
        folder: None,
        noted: Noted::No,
    }
}
