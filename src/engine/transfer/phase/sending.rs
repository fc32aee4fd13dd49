//! The initiator's life: opens the file, [asks](asking) the right one, [walks](super::walk) the methods, and
//! [states](super::statement) what it sent.

use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use jid::{BareJid, Jid};

use super::choice;
use super::offered::Offered;
use super::statement::Statement;
use super::walk::{Leads, Walk};
use super::{Life, ON, over};
use crate::engine::command::Via;
use crate::engine::context::{Context, Recovers};
use crate::engine::event::{Failure, Finishing, Outcome, PeerFault, Side, TransferChange, Verified};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::journal::{Course, Entry};
use crate::engine::transfer::fallback::Offer;
use crate::engine::transfer::method::{self, Bytestream, Route, Scope, Span, Step};
use crate::engine::transfer::negotiation::{Agreement, NEGOTIATIONS, Negotiation};
use crate::engine::transfer::offer::FileOffer;
use crate::engine::transfer::outcome::Moved;
use crate::engine::transfer::profile::{PROFILES, Profile};
use crate::engine::transfer::{offer, outcome};
use crate::engine::{Digest, FileEvent, FileId, FileOrder, Partial};
use crate::xep::StreamId;
use crate::xep::recovery::{HERE_ALREADY, RecoveryId};
use crate::xep::si_file::Range;
use crate::xep::stanza::StanzaError;

mod asking;
mod losses;
mod missing;

use missing::{Missing, Seen};

/// What the user asked for; enough to ask again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    /// To whom; a bare address lets us choose among their programs.
    pub(crate) to: Jid,
    /// Which file; several are sent as one.
    pub(crate) paths: Vec<PathBuf>,
    /// Words that go with it.
    pub(crate) description: Option<String>,
    /// Only these methods; none means the configured ones.
    pub(crate) via: Vec<Via>,
}

impl Wish {
    /// What is written down of it.
    pub(crate) fn course(&self) -> Course {
        let further = self.paths.iter().skip(1).cloned().collect();
        Course::Sending { to: self.to.clone(), path: self.first_path(), further, via: self.via.clone() }
    }

    /// What was written down.
    pub(crate) fn of(course: &Course, description: Option<String>) -> Option<Self> {
        let Course::Sending { to, path, further, via } = course else { return None };
        let paths = std::iter::once(path).chain(further).cloned().collect();
        Some(Wish { to: to.clone(), paths, description, via: via.clone() })
    }

    /// Whether it is of what was written down: the same to the same contact.
    pub(crate) fn is_of(&self, entry: &Entry) -> bool {
        let known = Wish::of(&entry.course, None);
        known.is_some_and(|known| known.paths == self.paths && known.to.to_bare() == self.to.to_bare())
    }

    /// Where the file is, or the first of several.
    fn first_path(&self) -> PathBuf {
        self.paths.first().cloned().unwrap_or_default()
    }
}

/// What is known of a transfer that goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// With whom it was.
    pub(crate) peer: Jid,
    /// How long the file was.
    pub(crate) size: Option<u64>,
    /// Its date.
    pub(crate) date: Option<SystemTime>,
    /// What follows if it is another one by now.
    pub(crate) if_changed: IfChanged,
}

impl Known {
    /// What is written down of it.
    pub(crate) fn of(entry: &Entry, if_changed: IfChanged) -> Self {
        Known { peer: entry.peer.clone(), size: entry.file.size, date: entry.file.date, if_changed }
    }
}

/// What follows if the file of a transfer that goes on is another one by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfChanged {
    /// The end: nobody wanted that one to be sent.
    End,
    /// A transfer of the new one: the user has just asked for it.
    Begin,
}

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
            missed,
            phase: Phase::Opening,
        }
    }

    /// Its first offer has that name, which the other side knows already.
    pub(crate) fn promised_as(self, sid: StreamId) -> Self {
        Sending { promised: Some(sid), ..self }
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

    /// The answer to a request.
    pub(super) fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Life {
        if !self.asked(token) {
            return self.with_stream(scope, |stream, scope| stream.response(token, response, scope));
        }
        if let Phase::Stating(statement) = &self.phase {
            return statement.response(&response, scope);
        }
        let Phase::Offering { offered, .. } = self.take_phase() else { return ON };
        match response {
            Response::Result(payload) => match (ours().0.read_answer)(payload.as_ref(), &offered.proposal) {
                Ok(agreement) => self.agreed(offered, agreement, scope),
                Err(why) => not_agreed(&offered, outcome::peer(PeerFault::Incompatible(why)), scope),
            },
            Response::Error(_) if choice::is_away(&offered.peer, scope.cx) => self.miss(offered, Seen::Gone, scope),
            Response::Error(error) if self.known.is_some() && error.condition == HERE_ALREADY => {
                over(Moved::all(self.offer.size.unwrap_or(0), scope).completed(None, Verified::No))
            }
            Response::Error(error) if self.known.is_some() && error.says_absent() => {
                over(outcome::peer(PeerFault::Gone))
            }
            Response::Error(error) if error.says_absent() && self.may_come_back(&offered.peer, scope) => {
                self.miss(offered, Seen::There((ours().0.read_refusal)(&error)), scope)
            }
            Response::Error(error) => not_agreed(&offered, (ours().0.read_refusal)(&error), scope),
            Response::Timeout => {
                self.phase = Phase::Offering { offered, token };
                over(outcome::peer(PeerFault::Silent("nobody answered the offer".to_owned())))
            }
            Response::Disconnected => over(Outcome::Failed(Failure::Disconnected)),
        }
    }

    fn agreed(&mut self, offered: Offered, agreement: Agreement, scope: &mut Scope) -> Life {
        let Some(span) = span(self.offer.size.unwrap_or(0), agreement.range) else {
            let why = "they asked for a part that the file does not have";
            return over(outcome::peer(PeerFault::Misbehaved(why.to_owned())));
        };
        if agreement.promises.checksum_follows {
            scope.cx.file(self.file, FileOrder::Hash(vec![Digest::Sha256]));
        }
        if agreement.promises.recovery.is_none() {
            scope.record.unnamed();
        }
        // Who asks for a part of what they never had from us gets that part, and that is all of it.
        let base = if scope.record.was_interrupted() { span.offset } else { 0 };
        scope.record.accept(base, Some(base.saturating_add(span.length)), scope.cx);
        let change = TransferChange::Answered { methods: method::vias(&agreement.routes), path: None };
        scope.record.tell(change, scope.cx);
        let Some((walk, step)) = Walk::begin(offered, agreement, span, scope) else {
            return over(outcome::unreachable(scope.record));
        };
        self.phase = Phase::Streaming(walk);
        self.with_walk(scope, |walk, scope| walk.follow(step, scope))
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

/// A second offer that is refused adds nothing to why the first one led nowhere, unless a person said no.
fn not_agreed(offered: &Offered, why: Outcome, scope: &Scope) -> Life {
    let is_declined = matches!(why, Outcome::Declined { .. });
    over(if offered.offer == Offer::Second && !is_declined { outcome::unreachable(scope.record) } else { why })
}

/// The part of the file that is wanted, if it has it.
fn span(size: u64, range: Option<Range>) -> Option<Span> {
    let range = range.unwrap_or_default();
    let offset = range.offset.unwrap_or(0);
    let rest = size.checked_sub(offset)?;
    Some(Span { offset, length: range.length.map_or(rest, |length| length.min(rest)) })
}
