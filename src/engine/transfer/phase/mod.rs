//! One transfer: its states, and the moves that are legal between them.
//!
//! The initiator leads, the responder follows. [`sending`] is the initiator's life and [`receiving`] the responder's: two
//! state machines that own at most one bytestream each. A move returns [`Life`]: the transfer goes on, or this is how
//! it ended; the table then closes what is left of it.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use jid::{BareJid, Jid};
use minidom::Element;

use super::method::{Bytestream, Scope};
use super::record::Record;
use crate::engine::event::{Failure, Outcome};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::{FileEvent, FileId, Partial, SocketEvent, SocketId};
use crate::xep::StreamId;

pub(crate) mod choice;
pub(crate) mod fetching;
pub(crate) mod interrupted;
mod landing;
pub(crate) mod receiving;
pub(crate) mod sending;

pub(crate) use landing::drop_left;

use fetching::Fetching;
use interrupted::{Half, Interrupted};
use receiving::Receiving;
use sending::{Sending, Wish};

/// Whether a transfer goes on.
pub(crate) type Life = ControlFlow<Outcome>;

/// It does.
pub(crate) const ON: Life = ControlFlow::Continue(());

/// It does not.
pub(crate) fn over(outcome: Outcome) -> Life {
    ControlFlow::Break(outcome)
}

/// What follows if the file of an offer that is taken has no place where it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfUnplaced {
    /// The offer is refused: nobody is there who could do anything about it.
    Refuse,
    /// It stays open: the user, who took it, can name another place.
    Ask,
}

/// One transfer.
pub(crate) struct Transfer {
    /// What the user was told about it.
    pub(crate) record: Record,
    /// Our part in it.
    pub(crate) role: Role,
}

/// Which part we play.
pub(crate) enum Role {
    /// Initiator and sender.
    Sending(Sending),
    /// Responder and receiver.
    Receiving(Receiving),
    /// Whoever fetches from the web.
    Fetching(Fetching),
    /// Either, between two streams.
    Interrupted(Interrupted),
}

impl Role {
    /// Whether that stream name of that peer is this transfer's.
    pub(crate) fn is_called(&self, peer: &Jid, sid: &StreamId) -> bool {
        self.name().is_some_and(|(my_peer, mine)| my_peer == peer && mine == sid)
    }

    /// With whom, under which name; none before anybody was asked.
    pub(crate) fn name(&self) -> Option<(&Jid, &StreamId)> {
        match self {
            Role::Sending(sending) => sending.name(),
            Role::Receiving(receiving) => Some(receiving.name()),
            Role::Fetching(_) | Role::Interrupted(_) => None,
        }
    }

    /// What the user wanted to be sent.
    pub(crate) fn wish(&self) -> Option<&Wish> {
        match self {
            Role::Sending(sending) => Some(sending.wish()),
            Role::Interrupted(Interrupted { half: Half::Sender { wish, .. }, .. }) => Some(wish),
            Role::Interrupted(Interrupted { half: Half::Receiver { .. }, .. })
            | Role::Receiving(_)
            | Role::Fetching(_) => None,
        }
    }

    fn stream(&self) -> Option<&dyn Bytestream> {
        match self {
            Role::Sending(sending) => sending.stream(),
            Role::Receiving(receiving) => receiving.stream(),
            Role::Fetching(_) | Role::Interrupted(_) => None,
        }
    }

    /// Whether this transfer made that request.
    pub(crate) fn asked(&self, token: IqToken) -> bool {
        let by_role = match self {
            Role::Sending(sending) => sending.asked(token),
            Role::Receiving(_) | Role::Fetching(_) => false,
            Role::Interrupted(interrupted) => interrupted.asked == Some(token),
        };
        by_role || self.stream().is_some_and(|stream| stream.asked(token))
    }

    /// Whether that socket is this transfer's.
    pub(crate) fn owns(&self, socket: SocketId) -> bool {
        self.stream().is_some_and(|stream| stream.owns(socket))
    }

    /// Whether its stream is there, or is being made.
    pub(crate) fn is_moving(&self) -> bool {
        match self {
            Role::Fetching(fetching) => fetching.is_moving(),
            Role::Sending(_) | Role::Receiving(_) | Role::Interrupted(_) => self.stream().is_some(),
        }
    }

    /// The file behind it, while one is open.
    pub(crate) fn file_id(&self) -> Option<FileId> {
        match self {
            Role::Sending(sending) => Some(sending.file_id()),
            Role::Receiving(receiving) => Some(receiving.file_id()),
            Role::Fetching(fetching) => Some(fetching.file_id()),
            Role::Interrupted(_) => None,
        }
    }

    /// The file that somebody's bytes land in, also while nothing of it is open.
    pub(crate) fn lands_in(&self) -> Option<FileId> {
        match self {
            Role::Receiving(receiving) => Some(receiving.file_id()),
            Role::Interrupted(Interrupted { half: Half::Receiver { file, .. }, .. }) => Some(*file),
            Role::Interrupted(Interrupted { half: Half::Sender { .. }, .. }) | Role::Sending(_) | Role::Fetching(_) => {
                None
            }
        }
    }

    /// Whether it goes on without our session and the peer's.
    pub(crate) fn is_independent(&self) -> bool {
        matches!(self, Role::Fetching(_)) || self.stream().is_some_and(Bytestream::is_independent)
    }

    /// A request of the peer about this transfer's stream. It is answered exactly once.
    pub(crate) fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.request(request, scope),
            Role::Receiving(receiving) => receiving.request(request, scope),
            Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// Something for its stream that came in a message.
    pub(crate) fn message(&mut self, payload: &Element, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(_) | Role::Fetching(_) | Role::Interrupted(_) => ON,
            Role::Receiving(receiving) => receiving.message(payload, scope),
        }
    }

    /// The answer to a request it made.
    pub(crate) fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.response(token, response, scope),
            Role::Receiving(receiving) => {
                receiving.with_stream(scope, |stream, scope| stream.response(token, response, scope))
            }
            Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// Something about a socket of its.
    pub(crate) fn socket(&mut self, event: SocketEvent, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.with_stream(scope, |stream, scope| stream.socket(event, scope)),
            Role::Receiving(receiving) => receiving.with_stream(scope, |stream, scope| stream.socket(event, scope)),
            Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// What streams share changed.
    pub(crate) fn look_around(&mut self, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.with_stream(scope, |stream, scope| stream.look_around(scope)),
            Role::Receiving(_) | Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// Something about its file.
    pub(crate) fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.file(event, scope),
            Role::Receiving(receiving) => receiving.file(event, scope),
            Role::Fetching(fetching) => fetching.file(event, scope),
            Role::Interrupted(_) => ON,
        }
    }

    /// An offer is taken, and this follows if its file has no place.
    pub(crate) fn accept(&mut self, save_as: Option<PathBuf>, if_unplaced: IfUnplaced, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(_) | Role::Interrupted(_) => ON,
            Role::Receiving(receiving) => receiving.accept(save_as, if_unplaced, scope),
            Role::Fetching(fetching) => fetching.accept(save_as, if_unplaced, scope),
        }
    }

    /// The user wants what stands still to go on.
    pub(crate) fn go_on_by_hand(&mut self, scope: &mut Scope) -> Life {
        match self {
            Role::Fetching(fetching) => fetching.go_on_by_hand(scope),
            Role::Sending(_) | Role::Receiving(_) | Role::Interrupted(_) => ON,
        }
    }

    /// The user stops for now what goes on without a peer.
    pub(crate) fn leave(&mut self, scope: &mut Scope) -> Life {
        match self {
            Role::Fetching(fetching) => fetching.leave(scope),
            Role::Sending(_) | Role::Receiving(_) | Role::Interrupted(_) => {}
        }
        ON
    }

    /// The user does not take an offer.
    pub(crate) fn decline(&mut self) -> Life {
        match self {
            Role::Sending(_) | Role::Interrupted(_) => ON,
            Role::Receiving(receiving) => receiving.decline(),
            Role::Fetching(fetching) => fetching.decline(),
        }
    }

    /// Whose file it is, if it comes to us.
    pub(crate) fn comes_from(&self) -> Option<BareJid> {
        match self {
            Role::Receiving(_) => self.name().map(|(peer, _)| peer.to_bare()),
            Role::Fetching(fetching) => Some(fetching.peer().to_bare()),
            Role::Sending(_) | Role::Interrupted(_) => None,
        }
    }

    /// Whether it is an offer that waits for the user.
    pub(crate) fn is_undecided(&self) -> bool {
        match self {
            Role::Receiving(receiving) => receiving.is_undecided(),
            Role::Fetching(fetching) => fetching.is_undecided(),
            Role::Sending(_) | Role::Interrupted(_) => false,
        }
    }

    /// Whether every byte is where it should be: then it is too late to stop.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Role::Receiving(receiving) => receiving.is_whole(),
            Role::Sending(sending) => sending.is_whole(),
            Role::Fetching(fetching) => fetching.is_whole(),
            Role::Interrupted(_) => false,
        }
    }

    /// Whether its file is about to get its name: what the other side makes of the transfer comes too late.
    pub(crate) fn is_being_named(&self) -> bool {
        match self {
            Role::Receiving(receiving) => receiving.is_being_named(),
            Role::Fetching(fetching) => fetching.is_being_named(),
            Role::Sending(_) | Role::Interrupted(_) => false,
        }
    }

    /// Every byte is where it should be, and nobody waits for the proof any more.
    pub(crate) fn conclude(&mut self, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.conclude(),
            Role::Receiving(receiving) => receiving.conclude(scope),
            Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// What somebody can is known now.
    pub(crate) fn learnt(&mut self, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.learnt(scope),
            Role::Receiving(_) | Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// These words never reached the peer, nor will they.
    pub(crate) fn undelivered(&mut self, payload: &Element, scope: &Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.undelivered(payload, scope),
            Role::Receiving(_) | Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// There is no session, and none will come by itself.
    pub(crate) fn session_ended(&mut self, scope: &mut Scope) -> Life {
        if self.is_independent() || matches!(self, Role::Interrupted(_)) {
            ON
        } else if self.is_whole() {
            self.conclude(scope)
        } else {
            over(Outcome::Failed(Failure::Disconnected))
        }
    }

    /// The peer is gone.
    pub(crate) fn peer_gone(&mut self, scope: &mut Scope) -> Life {
        if self.is_independent() {
            return ON;
        }
        match self {
            Role::Sending(sending) => sending.peer_gone(scope),
            Role::Receiving(receiving) => receiving.peer_gone(scope),
            Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// A session begins that does not go on with the old one, under that address.
    pub(crate) fn new_session(&mut self, me: &Jid, scope: &mut Scope) -> Life {
        if self.is_independent() {
            return ON;
        }
        match self {
            Role::Sending(sending) => sending.new_session(me, scope),
            Role::Receiving(receiving) => receiving.new_session(me, scope),
            Role::Fetching(_) | Role::Interrupted(_) => ON,
        }
    }

    /// When [`Role::timeout`] wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let by_role = match self {
            Role::Sending(sending) => sending.deadline(),
            Role::Receiving(receiving) => receiving.deadline(),
            Role::Fetching(fetching) => fetching.deadline(),
            Role::Interrupted(interrupted) => interrupted.until,
        };
        by_role.into_iter().chain(self.stream().and_then(Bytestream::deadline)).min()
    }

    /// The deadline was reached.
    pub(crate) fn timeout(&mut self, scope: &mut Scope) -> Life {
        match self {
            Role::Sending(sending) => sending.timeout(scope),
            Role::Receiving(receiving) => receiving.timeout(scope),
            Role::Fetching(fetching) => fetching.timeout(scope),
            Role::Interrupted(_) => ON,
        }
    }

    /// It ended thus: everything is let go of, and the peer is told if it must know. `partial` is what becomes of what has
    /// arrived, if anything has; returns where that stays.
    pub(crate) fn end(&mut self, outcome: &Outcome, partial: Partial, scope: &mut Scope) -> Option<PathBuf> {
        match self {
            Role::Sending(sending) => {
                sending.end(scope);
                None
            }
            Role::Receiving(receiving) => receiving.end(outcome, partial, scope),
            Role::Fetching(fetching) => fetching.end(outcome, partial, scope),
            Role::Interrupted(interrupted) => interrupted.end(partial, scope),
        }
    }
}
