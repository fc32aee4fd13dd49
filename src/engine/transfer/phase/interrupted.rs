//! A transfer between two streams: nothing moves, nothing is open, and it knows what it waits for.
//!
//! The sender goes on by a new offer. A receiver can only wait for that one, and ask for it where both know the
//! transfer's name.

use std::path::PathBuf;
use std::time::Instant;

use jid::Jid;

use super::landing::close_left;
use super::sending::{IfChanged, Wish};
use crate::engine::context::Context;
use crate::engine::event::Waits;
use crate::engine::iq::IqToken;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::record::Record;
use crate::engine::{FileId, Keep, Partial};

/// A transfer that stands still.
pub(crate) struct Interrupted {
    /// What goes on with it.
    pub(crate) half: Half,
    /// Why it stands still.
    pub(crate) why: String,
    /// What it waits for, as the user was told.
    pub(crate) waits: Option<Waits>,
    /// When something is tried, if time is all it takes.
    pub(crate) until: Option<Instant>,
    /// The question to the sender that has no answer yet.
    pub(crate) asked: Option<IqToken>,
}

/// Which part of it is ours.
pub(crate) enum Half {
    /// We offer it again.
    Sender {
        /// What the user asked for.
        wish: Wish,
        /// To whom, if one of their programs asked for it.
        to: Option<Jid>,
        /// What follows if the file is another one by now.
        if_changed: IfChanged,
    },
    /// We wait for the offer.
    Receiver {
        /// The file, by the name that it had while it was open.
        file: FileId,
        /// What of the `.part` counts.
        keep: Keep,
    },
}

impl Interrupted {
    /// One that has just begun to stand still.
    pub(crate) fn new(half: Half, why: String) -> Self {
        Interrupted { half, why, waits: None, until: None, asked: None }
    }

    /// It waits for that. The user is told what is new.
    pub(crate) fn wait(&mut self, waits: Waits, record: &mut Record, cx: &mut Context) {
        let is_new = self.waits != Some(waits) || matches!(waits, Waits::Time(_));
        self.waits = Some(waits);
        if is_new {
            record.stand_still(&self.why, waits, cx);
        }
    }

    /// It will not go on. Returns where what has come of it stays, if it does.
    pub(super) fn end(&self, partial: Partial, scope: &mut Scope) -> Option<PathBuf> {
        let Half::Receiver { file, .. } = self.half else { return None };
        close_left(file, scope.record.landing()?, partial, scope.cx)
    }
}
