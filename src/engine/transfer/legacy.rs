//! What an earlier run left: transfers that go on, that wait until somebody asks for them, or that nothing can go on with.

use super::interruption::LIFETIME;
use super::phase::interrupted::{Half, Interrupted};
use super::phase::sending::{IfChanged, Wish};
use super::phase::{Role, Transfer};
use super::record::Record;
use super::{Transfers, fresh_file};
use crate::engine::context::{Context, Recovers};
use crate::engine::event::{Direction, Event, Side};
use crate::engine::journal::{Conclusion, Ending, Entry, State};
use crate::engine::{Keep, Output};

impl Transfers {
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
            } else if entry.is_unseen() && entry.is_paused {
                self.put_off(entry.clone(), cx);
            } else {
                self.restore(entry.clone(), cx);
            }
        }
        self.bound_what_all_left(cx);
    }

    /// Takes up what was left, as interrupted.
    pub(super) fn restore(&mut self, entry: Entry, cx: &mut Context) {
        if let Some(source) = entry.web.clone() {
            return self.restore_fetch(entry, source, cx);
        }
        let (id, file) = (self.fresh_id(), fresh_file(&mut self.files));
        let half = match Wish::of(&entry.course, entry.file.description.clone()) {
            Some(wish) => Half::Sender { wish, to: None, if_changed: IfChanged::End },
            // What came behind the last checkpoint is proven by the checksum in the end, or by nothing.
            None => Half::Receiver { file, keep: if entry.recovery.is_some() { Keep::All } else { Keep::Recognised } },
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
}

/// Whether it is too old to go on.
pub(super) fn is_expired(entry: &Entry, cx: &Context) -> bool {
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
        cx.emit(Event::Notice(format!("{peer} offered {name}; {reason}, and it has to be offered again")));
    }
    let took = entry.changed.duration_since(entry.began).unwrap_or_default();
    let state = State::Ended(Ending { result, reason: Some(reason.to_owned()), via: None, took });
    let changed = cx.now().wall;
    cx.output(Output::Journal(Box::new(Entry { state, changed, ..entry.clone() })));
}
