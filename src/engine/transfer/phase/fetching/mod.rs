//! The life of what is fetched from the web (XEP-0066): asks the user, who sees the whole address; makes room for the file;
//! has the shell [ask the server](asking), as often as it takes; and gives the [file](storing) its name.
//!
//! It is a transfer of its own kind. Nobody offers it a stream, so neither a session nor a peer that comes or goes changes
//! anything, and what breaks goes on by asking the server for the rest. Whoever named the address in a request learns from
//! its answer what became of it: fetched, declined, failed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::Jid;

use super::landing::{Landing, close_left};
use super::{IfUnplaced, Life, ON, over};
use crate::engine::command::Via;
use crate::engine::event::{Checksum, Direction, OfferInfo, Outcome, Side, Verified, WebAddress, WebPlace};
use crate::engine::feature::Owed;
use crate::engine::journal::{Course, Landed, Noted, WebSource};
use crate::engine::transfer::attempt::AttemptId;
use crate::engine::transfer::interruption;
use crate::engine::transfer::method::Scope;
use crate::engine::transfer::offer::{FileOffer, bounded};
use crate::engine::transfer::outcome::Moved;
use crate::engine::{Chosen, FileId, Partial};
use crate::xep::stanza::StanzaError;

mod asking;
mod storing;

/// The user has this long to decide, as about any offer.
const DECISION_PATIENCE: Duration = Duration::from_mins(15);

/// What is to be fetched, and who says so.
pub(crate) struct Wanted {
    /// Who named the address.
    pub(crate) peer: Jid,
    /// Where the file is.
    pub(crate) address: WebAddress,
    /// Who chose that.
    pub(crate) chosen: Chosen,
    /// What is said about the file.
    pub(crate) file: FileOffer,
    /// What is answered when it is here.
    pub(crate) request: Option<Owed>,
}

/// Our part in it.
pub(crate) struct Fetching {
    wanted: Wanted,
    landing: Landing,
    /// By what the server recognises what was fetched so far.
    validator: Option<String>,
    /// The host that led to this address.
    led_by: Option<String>,
    redirects: usize,
    /// How much of it is in the file.
    have: u64,
    /// How often it began from the beginning again.
    restarts: u32,
    /// Until when the user, who has taken the offer, can name another place if the file has none where they want it.
    open_until: Option<Instant>,
    phase: Phase,
}

/// How far it is.
enum Phase {
    /// The user decides.
    Offered {
        until: Instant,
        room: Room,
    },
    /// The file is being made.
    Creating,
    /// What an earlier run left is being opened.
    Reopening,
    /// The server is asked, or answers.
    Asking {
        attempt: AttemptId,
    },
    /// It is asked again then, or when the user says so.
    Pausing {
        until: Option<Instant>,
        room: Room,
    },
    /// Every byte is here.
    Checking {
        moved: Moved,
    },
    /// The file gets its name.
    Committing {
        moved: Moved,
        verified: Verified,
    },
    Over,
}

/// Whether there is a file to write to.
#[derive(Clone, PartialEq, Eq)]
enum Room {
    /// It has to be made.
    Needed,
    /// It is open.
    Made,
    /// It was closed, and has to be opened again.
    Left(Landed),
}

impl Wanted {
    /// A file of which nothing is known but where it is: its name is the last part of the address, or the host.
    pub(crate) fn of(peer: Jid, address: WebAddress, chosen: Chosen, description: Option<String>) -> Self {
        let name = address.file_name();
        let name = if name.trim().is_empty() { address.authority() } else { name };
        let file = FileOffer { description: bounded(description), ..FileOffer::from_stranger(&name) };
        Wanted { peer, address, chosen, file, request: None }
    }
}

impl Fetching {
    /// Asks the user.
    pub(crate) fn offered(wanted: Wanted, file: FileId, scope: &mut Scope) -> Self {
        let mut fetching = Fetching::new(wanted, Landing::new(file));
        fetching.ask_user(Room::Needed, scope);
        scope.record.fetched_from(fetching.source(), scope.cx);
        fetching
    }

    /// Begins at once: the user has seen the address.
    pub(crate) fn asked_for(wanted: Wanted, file: FileId, scope: &mut Scope) -> Self {
        let mut fetching = Fetching::new(wanted, Landing::new(file));
        fetching.announce(true, scope);
        scope.record.fetched_from(fetching.source(), scope.cx);
        fetching.make_room(None, scope);
        fetching
    }

    /// The file was accepted, and it turned out where it is: the user is asked about that.
    pub(super) fn led(wanted: Wanted, landing: Landing, scope: &mut Scope) -> Self {
        let have = landing.base();
        let mut fetching = Fetching { have, ..Fetching::new(wanted, landing) };
        fetching.ask_user(Room::Made, scope);
        fetching
    }

    /// Goes on with what an earlier run began.
    pub(crate) fn restored(
        wanted: Wanted,
        validator: Option<String>,
        left: Option<Landed>,
        file: FileId,
        scope: &mut Scope,
    ) -> Self {
        let mut fetching = Fetching { validator, ..Fetching::new(wanted, Landing::new(file)) };
        let room = left.map_or(Room::Needed, Room::Left);
        fetching.stand("Balcony was stopped", interruption::pause(0, true), room, scope);
        fetching
    }

    fn new(wanted: Wanted, landing: Landing) -> Self {
        let (validator, led_by, redirects, have, restarts, open_until) = (None, None, 0, 0, 0, None);
        Fetching { wanted, landing, validator, led_by, redirects, have, restarts, open_until, phase: Phase::Creating }
    }

    /// Shows the user the address, and waits for an answer. Until then nothing is written down of an address to which
    /// something leads that they have agreed to: the next run goes on with what is, and asks nobody.
    fn ask_user(&mut self, room: Room, scope: &mut Scope) {
        self.phase = Phase::Offered { until: scope.after(DECISION_PATIENCE), room };
        self.announce(false, scope);
    }

    fn announce(&self, is_asked_for: bool, scope: &mut Scope) {
        let Wanted { peer, address, file, .. } = &self.wanted;
        let info = OfferInfo {
            direction: Direction::Receiving,
            peer: peer.clone(),
            is_contact: scope.cx.is_known(peer),
            is_asked_for,
            name: file.name.clone(),
            offered_name: file.unsafe_name.clone(),
            size: file.size,
            mime_type: file.mime_type.clone(),
            description: file.description.clone(),
            date: file.date,
            checksum: Checksum::of(file.hash.clone(), false),
            methods: vec![Via::Http],
            si_multiple: false,
            path: None,
            continues_at: None,
            folder: None,
            web: Some(WebPlace { address: address.clone(), led_by: self.led_by.clone() }),
            noted: Noted::No,
        };
        scope.record.announce(info, Course::Receiving { landing: None }, None, scope.cx);
    }

    fn source(&self) -> WebSource {
        WebSource {
            address: self.wanted.address.clone(),
            chosen: self.wanted.chosen,
            validator: self.validator.clone(),
        }
    }

    /// Who named the address.
    pub(super) fn peer(&self) -> &Jid {
        &self.wanted.peer
    }

    /// The file it goes to.
    pub(super) fn file_id(&self) -> FileId {
        self.landing.file()
    }

    /// Whether the user has not decided yet.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self.phase, Phase::Offered { .. })
    }

    /// Whether a server is asked, or answers.
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.phase, Phase::Asking { .. })
    }

    /// Whether every byte is here.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.phase, Phase::Checking { .. } | Phase::Committing { .. })
    }

    /// Whether the file is about to get its name.
    pub(super) fn is_being_named(&self) -> bool {
        matches!(self.phase, Phase::Committing { .. })
    }

    /// The user says yes to this address.
    pub(super) fn accept(&mut self, save_as: Option<PathBuf>, if_unplaced: IfUnplaced, scope: &mut Scope) -> Life {
        if let Phase::Offered { until, .. } = self.phase {
            self.open_until = Some(until).filter(|_| if_unplaced == IfUnplaced::Ask);
        }
        match &self.phase {
            Phase::Offered { room: Room::Made, .. } if save_as.is_none() => self.ask(scope),
            Phase::Offered { room: Room::Made, .. } => self.start_over(save_as, scope),
            Phase::Offered { room: Room::Needed | Room::Left(_), .. } => self.make_room(save_as, scope),
            Phase::Creating
            | Phase::Reopening
            | Phase::Asking { .. }
            | Phase::Pausing { .. }
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => {}
        }
        ON
    }

    /// The user says no.
    pub(super) fn decline(&mut self) -> Life {
        if self.is_undecided() { over(Outcome::Declined { by: Side::Us }) } else { ON }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Offered { until, .. } => Some(*until),
            Phase::Pausing { until, .. } => *until,
            Phase::Creating
            | Phase::Reopening
            | Phase::Asking { .. }
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => None,
        }
    }

    pub(super) fn timeout(&mut self, scope: &mut Scope) -> Life {
        match self.phase {
            Phase::Offered { .. } => over(Outcome::Declined { by: Side::Us }),
            Phase::Pausing { .. } => self.go_on(scope),
            Phase::Creating
            | Phase::Reopening
            | Phase::Asking { .. }
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => ON,
        }
    }

    /// Lets go of everything, and tells whoever named the address what became of it. Returns where what has come stays, if
    /// it does.
    pub(super) fn end(&mut self, outcome: &Outcome, partial: Partial, scope: &mut Scope) -> Option<PathBuf> {
        if let Some(request) = self.wanted.request.take() {
            match refusal(outcome) {
                None => scope.cx.answer(request, None),
                Some(error) => scope.cx.refuse(request, &error),
            }
        }
        let partial = if self.have == 0 { Partial::Remove } else { partial };
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Offered { room: Room::Needed, .. } | Phase::Pausing { room: Room::Needed, .. } => None,
            Phase::Offered { room: Room::Left(landed), .. } | Phase::Pausing { room: Room::Left(landed), .. } => {
                close_left(self.landing.file(), landed, partial, scope.cx)
            }
            Phase::Offered { room: Room::Made, .. }
            | Phase::Pausing { room: Room::Made, .. }
            | Phase::Creating
            | Phase::Reopening
            | Phase::Asking { .. }
            | Phase::Checking { .. }
            | Phase::Committing { .. }
            | Phase::Over => self.landing.close(partial, scope.cx),
        }
    }
}

/// What whoever named the address is told; nothing but yes if the file is here.
fn refusal(outcome: &Outcome) -> Option<StanzaError> {
    match outcome {
        Outcome::Completed { .. } => None,
        Outcome::Declined { .. } | Outcome::Cancelled { .. } => {
            Some(StanzaError::new("not-acceptable").with_text("it is not wanted"))
        }
        Outcome::Failed(failure) => Some(StanzaError::new("item-not-found").with_text(failure.to_string())),
    }
}
