//! The initiator's life: opens the file, [asks](asking) the right one, hears its [answer](answers), [walks](walk)
//! the methods, and [states](statement) what it sent.

use std::time::Instant;

use jid::{BareJid, Jid};

use super::{Life, ON, over};
use crate::engine::command::Via;
use crate::engine::context::{Context, Recovers};
use crate::engine::event::{Failure, Finishing, Outcome, Side, TransferChange, Verified};
use crate::engine::feature::IqRequest;
use crate::engine::iq::IqToken;
use crate::engine::transfer::method::{self, Bytestream, Route, Scope, Step};
use crate::engine::transfer::negotiation::{NEGOTIATIONS, Negotiation};
use crate::engine::transfer::offer;
use crate::engine::transfer::offer::FileOffer;
use crate::engine::transfer::outcome::Moved;
use crate::engine::transfer::profile::{PROFILES, Profile};
use crate::engine::{FileEvent, FileId, FileOrder, Partial};
use crate::xep::StreamId;
use crate::xep::recovery::RecoveryId;
use crate::xep::stanza::StanzaError;

mod answers;
mod asking;
mod losses;
mod missing;
mod offered;
mod statement;
mod walk;
mod wish;

use missing::Missing;
use offered::Offered;
use statement::Statement;
use walk::{Leads, Walk};
pub(crate) use wish::{IfChanged, Known, Wish};

/// The initiator's part in a transfer.
pub(crate) struct Sending {
    wish: Wish,
    file: FileId,
    offer: FileOffer,
    left_out: u64,
    hidden: u64,
    routes: Vec<Route>,
    /// The transfer's name; none if what breaks is not to go on.
    recovery: Option<RecoveryId>,
    known: Option<Known>,
    /// The name that the first offer was promised to have.
    promised: Option<StreamId>,
    /// Whether the receiver asked for it, and not our user.
    is_asked_for: bool,
    /// How often whoever was asked went without an answer.
    missed: u32,
    phase: Phase,
}

enum Phase {
    /// For the file.
    Opening,
    /// For what the contact's programs can.
    Choosing { contact: BareJid, until: Instant },
    /// For the answer.
    Offering { offered: Offered, token: IqToken },
    /// For whoever was asked, and is gone without an answer.
    Missing(Missing),
    /// For the bytes to move.
    Streaming(Walk),
    /// For the proof that they arrived as they were sent.
    Stating(Statement),
    /// Nothing comes any more.
    Over,
}

/// What we propose: the first way of agreeing and the first profile of the registries.
fn ours() -> (&'static Negotiation, &'static Profile) {
    (&NEGOTIATIONS[0], &PROFILES[0])
}

impl Sending {
    /// Begins with the file, under that name.
    pub(crate) fn begin(wish: Wish, recovery: Option<RecoveryId>, file: FileId, cx: &mut Context) -> Self {
        Sending::open(wish, file, recovery, None, &[], cx)
    }

    /// Goes on with a transfer of that name, but not by these ways.
    pub(crate) fn go_on(
        wish: Wish,
        file: FileId,
        recovery: Option<RecoveryId>,
        known: Known,
        but: &[Via],
        cx: &mut Context,
    ) -> Self {
        Sending::open(wish, file, recovery, Some(known), but, cx)
    }

    fn open(
        wish: Wish,
        file: FileId,
        recovery: Option<RecoveryId>,
        known: Option<Known>,
        but: &[Via],
        cx: &mut Context,
    ) -> Self {
        let mut via = if wish.via.is_empty() { cx.settings().methods.clone() } else { wish.via.clone() };
        via.retain(|via| !but.contains(via));
        let path = wish.first_path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        cx.file(
            file,
            match wish.paths.as_slice() {
                [path] => FileOrder::Open { path: path.clone() },
                paths => FileOrder::OpenTogether { paths: paths.to_vec() },
            },
        );
        let offer = FileOffer {
            name: if name.is_empty() { offer::safe_name(&name) } else { name },
            unsafe_name: None,
            size: None,
            mime_type: mime_guess::from_path(&path).first_raw().map(str::to_owned),
            description: wish.description.clone(),
            date: None,
            hash: None,
            folder: None,
            takes_range: true,
        };
        let routes = method::routes(&via);
        let (left_out, hidden, promised, missed) = (0, 0, None, 0);
        Sending {
            wish,
            file,
            offer,
            left_out,
            hidden,
            routes,
            recovery,
            known,
            promised,
            is_asked_for: false,
            missed,
            phase: Phase::Opening,
        }
    }

    /// Its first offer has that name, which the other side knows already.
    pub(crate) fn promised_as(self, sid: StreamId) -> Self {
        Sending { promised: Some(sid), is_asked_for: true, ..self }
    }

    /// The file behind it.
    pub(super) fn file_id(&self) -> FileId {
        self.file
    }

    /// What the user asked for.
    pub(crate) fn wish(&self) -> &Wish {
        &self.wish
    }

    /// With whom, under which name.
    pub(super) fn name(&self) -> Option<(&Jid, &StreamId)> {
        let offered = match &self.phase {
            Phase::Offering { offered, .. }
            | Phase::Missing(Missing { offered, .. })
            | Phase::Streaming(Walk { offered, .. }) => offered,
            Phase::Stating(statement) => return Some(statement.name()),
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => return None,
        };
        Some((&offered.peer, &offered.proposal.sid))
    }

    pub(super) fn stream(&self) -> Option<&dyn Bytestream> {
        match &self.phase {
            Phase::Streaming(walk) => Some(walk.stream.as_ref()),
            Phase::Opening
            | Phase::Choosing { .. }
            | Phase::Offering { .. }
            | Phase::Missing(_)
            | Phase::Stating(_)
            | Phase::Over => None,
        }
    }

    pub(super) fn asked(&self, token: IqToken) -> bool {
        match &self.phase {
            Phase::Offering { token: mine, .. } => *mine == token,
            Phase::Stating(statement) => statement.asked(token),
            Phase::Opening | Phase::Choosing { .. } | Phase::Missing(_) | Phase::Streaming(_) | Phase::Over => false,
        }
    }

    /// Whether every byte is where it should be.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.phase, Phase::Stating(_))
    }

    /// Something about the file.
    pub(super) fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Life {
        match event {
            FileEvent::Failed(why) => over(Outcome::Failed(Failure::Local(why))),
            FileEvent::Opened { size, modified } if matches!(self.phase, Phase::Opening) => {
                self.opened(size, modified, scope)
            }
            FileEvent::Packed(packed) if matches!(self.phase, Phase::Opening) => self.packed(packed, scope),
            FileEvent::Digested(sent) => {
                let Phase::Stating(statement) = &mut self.phase else { return ON };
                statement.digested(&sent, scope)
            }
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Reopened { .. }
            | FileEvent::Written { .. }
            | FileEvent::Found { .. }
            | FileEvent::Fetched(_)
            | FileEvent::Unpacking { .. }
            | FileEvent::Renamed { .. }
            | FileEvent::Committed { .. } => self.with_stream(scope, |stream, scope| stream.file(event, scope)),
        }
    }

    /// Lets the stream act, and follows what it says.
    pub(super) fn with_stream(
        &mut self,
        scope: &mut Scope,
        act: impl FnOnce(&mut dyn Bytestream, &mut Scope) -> Step,
    ) -> Life {
        self.with_walk(scope, |walk, scope| {
            let step = act(walk.stream.as_mut(), scope);
            walk.follow(step, scope)
        })
    }

    fn with_walk(&mut self, scope: &mut Scope, act: impl FnOnce(&mut Walk, &mut Scope) -> Leads) -> Life {
        let Phase::Streaming(walk) = &mut self.phase else { return ON };
        match act(walk, scope) {
            Leads::On => ON,
            Leads::Whole(moved) => self.sent(moved, scope),
            Leads::To(outcome) => over(outcome),
            Leads::ToOffer(offered) => {
                self.offer(*offered, scope);
                ON
            }
        }
    }

    /// The last byte is there. To who does not wait for a checksum that is all.
    fn sent(&mut self, moved: Moved, scope: &mut Scope) -> Life {
        let is_awaited = matches!(&self.phase, Phase::Streaming(walk) if walk.offered.promises.checksum_follows);
        if !is_awaited {
            return over(moved.completed(None, Verified::No));
        }
        if let Phase::Streaming(mut walk) = self.take_phase() {
            walk.abandon(scope);
            scope.record.tell(TransferChange::Finishing(Finishing::Theirs), scope.cx);
            self.phase = Phase::Stating(Statement::begin(walk.offered, moved, scope));
        }
        ON
    }

    /// A request of the peer about our stream.
    pub(super) fn request(&mut self, request: IqRequest, scope: &mut Scope) -> Life {
        let is_for_stream =
            matches!(&self.phase, Phase::Streaming(walk) if request.payload.has_ns(walk.route.namespace()));
        if is_for_stream {
            return self.with_stream(scope, |stream, scope| stream.request(request, scope));
        }
        if let (Phase::Stating(_), Some(method)) = (&self.phase, method::find(&request.payload.ns())) {
            (method.answer_stranger)(&request, scope.shared, scope.cx);
            return ON;
        }
        if method::closes(&request) {
            scope.cx.answer(&request, None);
            return over(Outcome::Cancelled { by: Side::Peer });
        }
        scope.cx.refuse(&request, &StanzaError::new("item-not-found"));
        ON
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Choosing { until, .. } => Some(*until),
            Phase::Missing(missing) => Some(missing.again),
            Phase::Opening | Phase::Offering { .. } | Phase::Streaming(_) | Phase::Stating(_) | Phase::Over => None,
        }
    }

    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Choosing { .. }) {
            return self.choose_among(scope);
        }
        if matches!(self.phase, Phase::Missing(_)) {
            return self.look_for_them(scope);
        }
        self.with_stream(scope, |stream, scope| stream.timeout(scope))
    }

    /// Lets go of everything. A peer that was asked, or waits for bytes, is told that none will come.
    pub(super) fn end(&mut self, scope: &mut Scope) {
        if scope.record.entry().is_none() {
            self.announce(self.wish.to.clone(), scope);
        }
        scope.cx.file(self.file, FileOrder::Close { partial: Partial::Keep });
        match self.take_phase() {
            Phase::Offering { offered, token } => {
                scope.cx.forget(token);
                offered.withdraw(scope.cx);
            }
            Phase::Streaming(mut walk) => walk.abandon(scope),
            Phase::Stating(statement) => statement.forget(scope),
            Phase::Opening | Phase::Choosing { .. } | Phase::Missing(_) | Phase::Over => {}
        }
    }

    fn take_phase(&mut self) -> Phase {
        std::mem::replace(&mut self.phase, Phase::Over)
    }
}

/// A name for a transfer that is to go on when it breaks.
pub(crate) fn name(cx: &mut Context) -> Option<RecoveryId> {
    (cx.settings().recovers != Recovers::None).then(|| fresh_name(cx))
}

/// A name that nobody can guess.
fn fresh_name(cx: &mut Context) -> RecoveryId {
    RecoveryId(format!("{}{}", cx.fresh_id(), cx.fresh_id()))
}
