//! The initiator's life: opens the file, picks whom to ask, offers, [walks](super::walk) the methods, and
//! [states](super::statement) what it sent.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::{BareJid, Jid};

use super::choice::{self, Choice, Time};
use super::offered::Offered;
use super::statement::Statement;
use super::walk::{Leads, Walk};
use super::{Life, ON, over};
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::engine::event::{
    Direction, Failure, FolderInfo, OfferInfo, Outcome, PeerFault, Side, TransferChange, Verified,
};
use crate::engine::feature::{IqRequest, Response};
use crate::engine::iq::IqToken;
use crate::engine::transfer::fallback::Offer;
use crate::engine::transfer::method::{self, Bytestream, Route, Scope, Span, Step};
use crate::engine::transfer::negotiation::{Agreement, NEGOTIATIONS, Negotiation, Proposal};
use crate::engine::transfer::offer::FileOffer;
use crate::engine::transfer::outcome::Moved;
use crate::engine::transfer::profile::{PROFILES, Profile};
use crate::engine::transfer::{offer, outcome};
use crate::engine::{Digest, FileEvent, FileId, FileOrder, Packed, Partial};
use crate::xep::folder::Folder;
use crate::xep::si::Dialect;
use crate::xep::si_file::Range;
use crate::xep::stanza::StanzaError;
use crate::xep::{StreamId, ns};

mod losses;

/// A person has to look up, read and press a key; and may be at lunch.
const OFFER_PATIENCE: Duration = Duration::from_mins(10);

/// What a contact's programs can is known as a rule; one that does not say within this time will not take a file either.
const CHOICE_PATIENCE: Duration = Duration::from_secs(10);

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
    /// Where the file is, or the first of several.
    fn first_path(&self) -> PathBuf {
        self.paths.first().cloned().unwrap_or_default()
    }
}

/// The initiator's part in a transfer.
pub(crate) struct Sending {
    wish: Wish,
    file: FileId,
    offer: FileOffer,
    left_out: u64,
    routes: Vec<Route>,
    phase: Phase,
}

enum Phase {
    /// For the file.
    Opening,
    /// For what the contact's programs can.
    Choosing { contact: BareJid, until: Instant },
    /// For the answer.
    Offering { offered: Offered, token: IqToken },
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
    /// Begins with the file.
    pub(crate) fn begin(wish: Wish, file: FileId, cx: &mut Context) -> Self {
        let via = if wish.via.is_empty() { cx.settings().methods.clone() } else { wish.via.clone() };
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
        };
        Sending { wish, file, offer, left_out: 0, routes: method::routes(&via), phase: Phase::Opening }
    }

    /// What the user asked for.
    pub(crate) fn wish(&self) -> &Wish {
        &self.wish
    }

    /// With whom, under which name.
    pub(super) fn name(&self) -> Option<(&Jid, &StreamId)> {
        let offered = match &self.phase {
            Phase::Offering { offered, .. } | Phase::Streaming(Walk { offered, .. }) => offered,
            Phase::Stating(statement) => return Some(statement.name()),
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => return None,
        };
        Some((&offered.peer, &offered.proposal.sid))
    }

    pub(super) fn stream(&self) -> Option<&dyn Bytestream> {
        match &self.phase {
            Phase::Streaming(walk) => Some(walk.stream.as_ref()),
            Phase::Opening | Phase::Choosing { .. } | Phase::Offering { .. } | Phase::Stating(_) | Phase::Over => None,
        }
    }

    pub(super) fn asked(&self, token: IqToken) -> bool {
        match &self.phase {
            Phase::Offering { token: mine, .. } => *mine == token,
            Phase::Stating(statement) => statement.asked(token),
            Phase::Opening | Phase::Choosing { .. } | Phase::Streaming(_) | Phase::Over => false,
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
                self.offer.size = Some(size);
                self.offer.date = modified;
                self.choose(scope)
            }
            FileEvent::Packed(packed) if matches!(self.phase, Phase::Opening) => {
                self.packed(packed);
                self.choose(scope)
            }
            FileEvent::Digested(sent) => {
                let Phase::Stating(statement) = &mut self.phase else { return ON };
                statement.digested(&sent, scope)
            }
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Written { .. }
            | FileEvent::Committed { .. } => self.with_stream(scope, |stream, scope| stream.file(event, scope)),
        }
    }

    /// It is a folder, or several files.
    fn packed(&mut self, packed: Packed) {
        self.offer.name = packed.name;
        self.offer.size = Some(packed.size);
        self.offer.date = packed.modified;
        self.offer.mime_type = Some("application/x-tar".to_owned());
        self.offer.folder = Some(Folder { files: packed.files, bytes: packed.bytes });
        self.left_out = packed.left_out;
    }

    fn folder_info(&self, is_unpacked: Option<bool>) -> Option<FolderInfo> {
        let Folder { files, bytes } = self.offer.folder?;
        Some(FolderInfo { files, bytes, left_out: self.left_out, is_unpacked })
    }

    /// Whom to ask: whom the user named, or the likeliest of a contact's programs once they told what they can.
    fn choose(&mut self, scope: &mut Scope) -> Life {
        let contact = match self.wish.to.try_as_full() {
            Ok(_) => {
                let dialect = scope.cx.peers.features_of(&self.wish.to).and_then(Knowledge::file_dialect);
                return self.offer_to(self.wish.to.clone(), dialect.unwrap_or_default(), scope);
            }
            // Who is there is known only while we are.
            Err(_) if !scope.cx.is_online() => return over(Outcome::Failed(Failure::Disconnected)),
            Err(bare) => bare.clone(),
        };
        for program in choice::programs(&contact, scope.cx) {
            scope.cx.peers.learn(&program);
        }
        self.phase = Phase::Choosing { contact, until: scope.after(CHOICE_PATIENCE) };
        self.choose_among(scope)
    }

    /// What somebody can is known now.
    pub(crate) fn learnt(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Choosing { .. }) { self.choose_among(scope) } else { ON }
    }

    fn choose_among(&mut self, scope: &mut Scope) -> Life {
        let Phase::Choosing { contact, until } = &self.phase else { return ON };
        let time = if *until <= scope.cx.now().instant { Time::Over } else { Time::Left };
        let programs = choice::programs(contact, scope.cx);
        // Our own programs are in no roster that would say whether they are there: their presence may be on its way.
        if programs.is_empty() && time == Time::Left && *contact == scope.cx.settings().account {
            return ON;
        }
        match choice::choose(&programs, time, |jid| scope.cx.peers.features_of(jid)) {
            Choice::Offer(program, dialect) => self.offer_to(program, dialect, scope),
            Choice::Wait => ON,
            Choice::Nobody(fault) => over(outcome::peer(fault)),
        }
    }

    fn offer_to(&mut self, peer: Jid, dialect: Dialect, scope: &mut Scope) -> Life {
        let Some(me) = scope.cx.me().filter(|_| scope.cx.is_online()).cloned() else {
            return over(Outcome::Failed(Failure::Disconnected));
        };
        if self.offer.folder.is_some() && unpacks(&peer, scope.cx) != Some(true) && self.offer.description.is_none() {
            self.offer.description = self.offer.folder.map(|folder| format!("{} files, packed with tar", folder.files));
        }
        let proposal = Proposal {
            sid: StreamId(scope.cx.fresh_id()),
            profile: ours().1,
            file: self.offer.clone(),
            routes: self.routes.clone(),
            is_multiple: dialect == Dialect::Si,
            dialect,
            checksum_follows: dialect == Dialect::Si,
        };
        self.announce(peer.clone(), scope);
        scope.shared.foresee(&peer, scope.cx);
        self.offer(Offered::first(me.into(), peer, self.file, proposal), scope);
        ON
    }

    fn offer(&mut self, offered: Offered, scope: &mut Scope) {
        let payload = (ours().0.write_offer)(&offered.proposal);
        let token = scope.cx.set_lasting(Some(offered.peer.clone()), payload, OFFER_PATIENCE);
        self.phase = Phase::Offering { offered, token };
    }

    /// Tells that the transfer exists, once: when it is known with whom, or that there will be nobody.
    fn announce(&self, peer: Jid, scope: &mut Scope) {
        let peer_unpacks = unpacks(&peer, scope.cx);
        let is_contact = scope.cx.is_known(&peer);
        let info = OfferInfo {
            direction: Direction::Sending,
            peer,
            is_contact,
            name: self.offer.name.clone(),
            offered_name: None,
            size: self.offer.size,
            mime_type: self.offer.mime_type.clone(),
            description: self.offer.description.clone(),
            date: self.offer.date,
            hash: None,
            methods: method::vias(&self.routes),
            si_multiple: true,
            path: Some(self.wish.first_path()),
            folder: self.folder_info(peer_unpacks),
        };
        scope.record.tell(TransferChange::Offered(Box::new(info)), scope.cx);
    }

    /// The answer to a request.
    pub(super) fn response(&mut self, token: IqToken, response: Response, scope: &mut Scope) -> Life {
        if !self.asked(token) {
            return self.with_stream(scope, |stream, scope| stream.response(token, response, scope));
        }
        if let Phase::Stating(statement) = &self.phase {
            return statement.response(&response);
        }
        let Phase::Offering { offered, .. } = self.take_phase() else { return ON };
        match response {
            Response::Result(payload) => match (ours().0.read_answer)(payload.as_ref(), &offered.proposal) {
                Ok(agreement) => self.agreed(offered, agreement, scope),
                Err(why) => not_agreed(&offered, outcome::peer(PeerFault::Incompatible(why)), scope),
            },
            Response::Error(_) if choice::is_away(&offered.peer, scope.cx) => over(outcome::peer(PeerFault::Gone)),
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
        if agreement.checksum_follows {
            scope.cx.file(self.file, FileOrder::Hash(vec![Digest::Sha256]));
        }
        scope.record.accept(Some(span.length), scope.cx);
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
        let is_awaited = matches!(&self.phase, Phase::Streaming(walk) if walk.checksum_follows);
        if !is_awaited {
            return over(moved.completed(None, Verified::No));
        }
        if let Phase::Streaming(mut walk) = self.take_phase() {
            walk.abandon(scope);
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
            Phase::Opening | Phase::Offering { .. } | Phase::Streaming(_) | Phase::Stating(_) | Phase::Over => None,
        }
    }

    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Choosing { .. }) {
            return self.choose_among(scope);
        }
        self.with_stream(scope, |stream, scope| stream.timeout(scope))
    }

    /// Lets go of everything. A peer that was asked, or waits for bytes, is told that none will come.
    pub(super) fn end(&mut self, scope: &mut Scope) {
        if matches!(self.phase, Phase::Opening | Phase::Choosing { .. }) {
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
            Phase::Opening | Phase::Choosing { .. } | Phase::Over => {}
        }
    }

    fn take_phase(&mut self) -> Phase {
        std::mem::replace(&mut self.phase, Phase::Over)
    }
}

/// A second offer that is refused adds nothing to why the first one led nowhere, unless a person said no.
fn not_agreed(offered: &Offered, why: Outcome, scope: &Scope) -> Life {
    let is_declined = matches!(why, Outcome::Declined { .. });
    over(if offered.offer == Offer::Second && !is_declined { outcome::unreachable(scope.record) } else { why })
}

/// Whether a program unpacks folders, as far as it told.
fn unpacks(peer: &Jid, cx: &Context) -> Option<bool> {
    match cx.peers.features_of(peer)? {
        Knowledge::Features(features) => Some(features.contains(ns::FOLDER)),
        Knowledge::Unanswered => None,
    }
}

/// The part of the file that is wanted, if it has it.
fn span(size: u64, range: Option<Range>) -> Option<Span> {
    let range = range.unwrap_or_default();
    let offset = range.offset.unwrap_or(0);
    let rest = size.checked_sub(offset)?;
    Some(Span { offset, length: range.length.map_or(rest, |length| length.min(rest)) })
}
