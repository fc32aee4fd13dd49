//! The responder's life: [asks](asking) the user, makes room for the file, answers, [follows](following) the initiator
//! through its methods, [checks](checking) what arrived, and gives the file its name; or [ends](ending) otherwise.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::Jid;

use super::fetching::{Fetching, Wanted};
use super::landing::Landing;
use super::{IfUnplaced, Life, ON, over};
use crate::engine::command::Via;
use crate::engine::event::{Event, Failure, Outcome, PeerFault, Side, TransferChange, Verified};
use crate::engine::feature::{IqRequest, Owed};
use crate::engine::journal::Landed;
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::checksum;
use crate::engine::transfer::method::oob::Pointer;
use crate::engine::transfer::method::{self, Bytestream, Line, Method, Route, Scope};
use crate::engine::transfer::negotiation::{Agreement, Negotiation, Proposal};
use crate::engine::transfer::outcome::{self, Moved};
use crate::engine::{Chosen, Digest, FileError, FileEvent, FileId, Keep, Partial};
use crate::xep::StreamId;
use crate::xep::recovery::HERE_ALREADY;
use crate::xep::si_file::Range;
use crate::xep::stanza::StanzaError;

mod asking;
mod checking;
mod ending;
mod following;
mod losses;

use checking::{Checking, Word};
use ending::tell_later;

/// The user has this long to decide; a little more than our own senders wait, so that theirs is the word that ends it.
const DECISION_PATIENCE: Duration = Duration::from_mins(15);

/// Once accepted, a sender may wait longer than a minute for the fate of a method that we never heard of, before it
/// begins with another.
const BEGINNING_PATIENCE: Duration = Duration::from_secs(90);

/// The responder's part in a transfer.
pub(crate) struct Receiving {
    me: Jid,
    peer: Jid,
    negotiation: &'static Negotiation,
    proposal: Proposal,
    agreement: Agreement,
    /// The offer, until it is answered.
    offer: Option<Owed>,
    landing: Landing,
    /// Until when the user, who has taken the offer, can name another place if the file has none where they want it.
    open_until: Option<Instant>,
    /// What an earlier stream left of the file.
    left: Option<Left>,
    /// What of it counts for the next one.
    keep: Keep,
    /// An offer that goes on with it, made while the file was getting its name.
    late: Option<Owed>,
    beginnings: usize,
    word: Word,
    phase: Phase,
}

enum Phase {
    /// For the user.
    Offered { until: Instant, look: Option<Instant> },
    /// For what an earlier stream left to be opened.
    Reopening,
    /// For the file to be made.
    Creating,
    /// For the sender's next method.
    Awaiting { until: Instant, attempt: Option<AttemptId> },
    /// For the bytes.
    Streaming { method: &'static Method, stream: Box<dyn Bytestream> },
    /// For what proves that they are what was sent.
    Checking(Checking),
    /// For the file to get its name.
    Committing { moved: Moved, verified: Verified, since: Instant },
    /// Nothing comes any more.
    Over,
}

/// What an earlier stream left of a file.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    /// Where.
    pub(crate) landed: Landed,
    /// What of it counts.
    pub(crate) keep: Keep,
}

/// An offer that can be taken.
pub(crate) struct Incoming {
    /// As which address we were asked.
    pub(crate) me: Jid,
    /// By whom.
    pub(crate) peer: Jid,
    /// The request, to be answered.
    pub(crate) request: IqRequest,
    /// By which way of agreeing.
    pub(crate) negotiation: &'static Negotiation,
    /// What it proposes.
    pub(crate) proposal: Proposal,
}

impl Receiving {
    /// It is offered once more while nothing can go on with it. A sender who does not know that everything is here learns
    /// what becomes of the file.
    pub(crate) fn answer_in_the_end(&mut self, request: IqRequest, scope: &mut Scope) {
        let too_soon = if self.is_being_named() { self.late.replace(request.into()) } else { Some(request.into()) };
        tell_later(too_soon, scope);
    }

    /// With whom, under which name.
    pub(super) fn name(&self) -> (&Jid, &StreamId) {
        (&self.peer, &self.proposal.sid)
    }

    /// The file it goes to.
    pub(crate) fn file_id(&self) -> FileId {
        self.landing.file()
    }

    /// What of the file counts if this stream breaks.
    pub(crate) fn keeps(&self) -> Keep {
        self.keep
    }

    /// Whether the user has not decided yet.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self.phase, Phase::Offered { .. })
    }

    /// Whether the file is about to get its name, and nothing can go on with it.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Reopening | Phase::Creating | Phase::Committing { .. } | Phase::Over)
    }

    /// Whether the file is about to get its name.
    pub(super) fn is_being_named(&self) -> bool {
        matches!(self.phase, Phase::Committing { .. })
    }

    pub(super) fn stream(&self) -> Option<&dyn Bytestream> {
        match &self.phase {
            Phase::Streaming { stream, .. } => Some(stream.as_ref()),
            Phase::Offered { .. }
            | Phase::Reopening
            | Phase::Creating
            | Phase::Awaiting { .. }
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => None,
        }
    }

    /// The offer is taken. The file is made first: if it cannot be, the answer is no, or nothing was decided.
    pub(crate) fn accept(&mut self, save_as: Option<PathBuf>, if_unplaced: IfUnplaced, scope: &mut Scope) -> Life {
        let Phase::Offered { until, .. } = self.phase else { return ON };
        self.open_until = Some(until).filter(|_| if_unplaced == IfUnplaced::Ask);
        self.make_room(save_as, scope);
        ON
    }

    fn make_room(&mut self, save_as: Option<PathBuf>, scope: &mut Scope) {
        let digests = self.digests();
        if let Some(Left { landed, keep }) = self.left.clone().filter(|_| save_as.is_none()) {
            self.landing.reopen(landed, keep, &self.proposal.file, digests, scope.cx);
            self.phase = Phase::Reopening;
        } else {
            self.landing.create(&self.proposal.file, save_as, digests, scope.cx);
            self.phase = Phase::Creating;
        }
    }

    /// What has to be known of the bytes that arrive.
    fn digests(&self) -> Vec<Digest> {
        checksum::wanted(self.proposal.file.hash.as_ref())
    }

    /// The user says no.
    pub(crate) fn decline(&mut self) -> Life {
        if self.is_undecided() { over(Outcome::Declined { by: Side::Us }) } else { ON }
    }

    /// Something about the file.
    pub(super) fn file(&mut self, event: FileEvent, scope: &mut Scope) -> Life {
        match event {
            FileEvent::Failed(why @ FileError::Full { .. }) if matches!(self.phase, Phase::Reopening) => {
                self.unplaced(why, scope)
            }
            FileEvent::Failed(_) if matches!(self.phase, Phase::Reopening) => {
                self.landing.create_anew(&self.proposal.file, self.digests(), scope.cx);
                self.phase = Phase::Creating;
                ON
            }
            FileEvent::Failed(why) if matches!(self.phase, Phase::Creating) => self.unplaced(why, scope),
            FileEvent::Failed(why) => over(Outcome::Failed(Failure::Local(why))),
            FileEvent::Created { path, identity } if matches!(self.phase, Phase::Creating) => {
                let landed = self.landing.created(path, identity);
                scope.record.landed(landed, scope.cx);
                self.answer(scope);
                ON
            }
            FileEvent::Reopened { length } if matches!(self.phase, Phase::Reopening) => {
                self.landing.reopened(length);
                let range = Range { offset: Some(length), length: None };
                self.agreement.range = (length > 0).then_some(range);
                self.answer(scope);
                ON
            }
            FileEvent::Digested(digests) => self.digested(digests, scope),
            FileEvent::Unpacking { bytes } => {
                self.unpacking(bytes, scope);
                ON
            }
            FileEvent::Renamed { names } => {
                scope.cx.emit(Event::Notice(renamed(&self.proposal.file.name, names)));
                ON
            }
            FileEvent::Committed { path } => self.committed(path, scope),
            FileEvent::Opened { .. }
            | FileEvent::Packed(_)
            | FileEvent::Block { .. }
            | FileEvent::Created { .. }
            | FileEvent::Reopened { .. }
            | FileEvent::Found { .. }
            | FileEvent::Fetched(_)
            | FileEvent::Written { .. } => self.with_stream(scope, |stream, scope| stream.file(event, scope)),
        }
    }

    /// The file has no place. The sender has heard nothing yet, so a user who has taken the offer can do so again.
    fn unplaced(&mut self, why: FileError, scope: &mut Scope) -> Life {
        let Some(until) = self.open_until.take() else { return over(Outcome::Failed(Failure::Local(why))) };
        self.landing.close(Partial::Remove, scope.cx);
        self.phase = Phase::Offered { until, look: None };
        scope.record.tell(TransferChange::Unplaced(why), scope.cx);
        ON
    }

    fn answer(&mut self, scope: &mut Scope) {
        if let Some(offer) = self.offer.take() {
            let payload = (self.negotiation.write_answer)(&self.proposal, &self.agreement);
            scope.cx.answer(offer, Some(payload));
        }
        scope.record.accept(self.landing.base(), self.proposal.file.size, scope.cx);
        let methods = method::vias(&self.agreement.routes);
        let path = self.landing.path().cloned();
        scope.record.tell(TransferChange::Answered { methods, path }, scope.cx);
        self.phase = Phase::Awaiting { until: scope.after(BEGINNING_PATIENCE), attempt: None };
    }

    /// Whether every byte is here.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.phase, Phase::Checking { .. } | Phase::Committing { .. })
    }

    fn line(&self, route: &Route) -> Line {
        Line {
            me: self.me.clone(),
            peer: self.peer.clone(),
            sid: self.proposal.sid.clone(),
            file: self.landing.file(),
            vias: route.vias.clone(),
            begins_at: self.landing.base(),
            is_proven: self.agreement.promises.checksum_follows,
            is_tallied: self.agreement.promises.is_tallied,
            seal: self.proposal.promises.seal.filter(|_| self.agreement.promises.seal.is_some()),
        }
    }

    /// What the transfer becomes if the stream says that the file is elsewhere. Nothing is left of this life then.
    pub(crate) fn led_elsewhere(&mut self, scope: &mut Scope) -> Option<Fetching> {
        let Phase::Streaming { stream, .. } = &mut self.phase else { return None };
        let Pointer { oob, request } = stream.pointer()?;
        self.phase = Phase::Over;
        let empty = Landing::new(self.landing.file());
        let landing = std::mem::replace(&mut self.landing, empty);
        let (peer, file) = (self.peer.clone(), self.proposal.file.clone());
        let wanted = Wanted { peer, address: oob.address, chosen: Chosen::Shown, file, request: Some(request) };
        Some(Fetching::led(wanted, landing, scope))
    }

    fn committed(&mut self, path: PathBuf, scope: &mut Scope) -> Life {
        let Phase::Committing { moved, verified, since } = self.phase else { return ON };
        self.phase = Phase::Over;
        let moved = moved.longer_by(scope.cx.now().instant.saturating_duration_since(since));
        self.answer_word(Ok(verified), scope);
        if let Some(late) = self.late.take() {
            scope.cx.refuse(late, &here_already());
        }
        over(moved.completed(Some(path), verified))
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Offered { until, look } => Some(look.unwrap_or(*until).min(*until)),
            Phase::Awaiting { until, .. } => Some(*until),
            Phase::Checking { .. } => self.word_deadline(),
            Phase::Reopening | Phase::Creating | Phase::Streaming { .. } | Phase::Committing { .. } | Phase::Over => {
                None
            }
        }
    }

    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Life {
        match self.phase {
            Phase::Offered { until, look: Some(_) } if until > scope.cx.now().instant => self.look(until, scope),
            Phase::Offered { .. } => over(Outcome::Declined { by: Side::Us }),
            Phase::Awaiting { attempt, .. } => {
                if let Some(attempt) = attempt {
                    scope.record.fail(attempt, "not tried by the sender", scope.cx);
                }
                if !scope.record.has_tried(&Via::ALL) {
                    let why = "they were answered and did not begin to send";
                    return over(outcome::peer(PeerFault::Silent(why.to_owned())));
                }
                over(outcome::unreachable(scope.record))
            }
            Phase::Streaming { .. } => self.with_stream(scope, |stream, scope| stream.timeout(scope)),
            Phase::Checking { .. } => self.conclude(scope),
            Phase::Reopening | Phase::Creating | Phase::Committing { .. } | Phase::Over => ON,
        }
    }
}

/// An offer of what is here whole is refused so.
pub(crate) fn here_already() -> StanzaError {
    StanzaError::new(HERE_ALREADY).with_text("it has arrived already")
}

/// What is not called in a folder what the sender calls it.
fn renamed(folder: &str, names: u64) -> String {
    match names {
        1 => format!("{folder}: 1 name in it was changed here: it was taken, hidden or not safe"),
        _ => format!("{folder}: {names} names in it were changed here: they were taken, hidden or not safe"),
    }
}
