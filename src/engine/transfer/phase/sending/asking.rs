//! Whom the initiator asks, and how: the file is there, and an offer has to reach the right program.
//!
//! Who had a part of the file already is asked first; a program of theirs that is gone has left it to the others.

use std::time::{Duration, SystemTime};

use jid::Jid;

use super::offered::Offered;
use super::{IfChanged, Known, Phase, Sending, fresh_name, ours};
use crate::engine::command::Via;
use crate::engine::context::Context;
use crate::engine::disco::Knowledge;
use crate::engine::event::{Checksum, Direction, Failure, FolderInfo, OfferInfo, Outcome, PeerFault};
use crate::engine::journal::Noted;
use crate::engine::transfer::method::{self, Scope};
use crate::engine::transfer::negotiation::Proposal;
use crate::engine::transfer::negotiation::promises::Promises;
use crate::engine::transfer::outcome;
use crate::engine::transfer::phase::choice::{self, Choice, Time};
use crate::engine::transfer::phase::{Life, ON, over};
use crate::engine::{FileError, Packed};
use crate::xep::folder::Folder;
use crate::xep::si::Dialect;
use crate::xep::{StreamId, ns};

/// A person has to look up, read and press a key; and may be at lunch.
const OFFER_PATIENCE: Duration = Duration::from_mins(10);

/// What a contact's programs can is known as a rule; one that does not say within this time will not take a file either.
const CHOICE_PATIENCE: Duration = Duration::from_secs(10);

/// What a date may lose on its way through a journal.
const DATE_PRECISION: Duration = Duration::from_millis(1);

impl Sending {
    /// The file is there. One that goes on has to be the one of which a part was sent.
    pub(super) fn opened(&mut self, size: u64, date: Option<SystemTime>, scope: &mut Scope) -> Life {
        self.offer.size = Some(size);
        self.offer.date = date;
        match &self.known {
            Some(known) if is_changed(known, size, date) => match known.if_changed {
                IfChanged::End => return over(Outcome::Failed(Failure::Local(FileError::Changed))),
                IfChanged::Begin => {
                    let name = fresh_name(scope.cx);
                    scope.record.renew(size, date, name.clone());
                    self.recovery = Some(name);
                }
            },
            Some(_) | None => {}
        }
        self.choose(scope)
    }

    /// It is a folder, or several files.
    pub(super) fn packed(&mut self, packed: Packed, scope: &mut Scope) -> Life {
        self.offer.name = packed.name;
        self.offer.mime_type = Some("application/x-tar".to_owned());
        self.offer.folder = Some(Folder { files: packed.files, bytes: packed.bytes });
        (self.left_out, self.hidden) = (packed.left_out, packed.hidden);
        self.opened(packed.size, packed.modified, scope)
    }

    fn folder_info(&self, is_unpacked: Option<bool>) -> Option<FolderInfo> {
        let Folder { files, bytes } = self.offer.folder?;
        Some(FolderInfo { files, bytes, left_out: self.left_out, hidden: self.hidden, is_unpacked })
    }

    /// Whom to ask: whom the user named, or the likeliest of a contact's programs once they told what they can.
    pub(super) fn choose(&mut self, scope: &mut Scope) -> Life {
        if let Some(program) = self.named_program(scope) {
            let dialect = scope.cx.peers.features_of(&program).and_then(Knowledge::file_dialect);
            return self.offer_to(program, dialect.unwrap_or_default(), scope);
        }
        // Who is there is known only while we are.
        if !scope.cx.is_online() {
            return over(Outcome::Failed(Failure::Disconnected));
        }
        let contact = self.wish.to.to_bare();
        choice::learn(&contact, scope.cx);
        self.phase = Phase::Choosing { contact, until: scope.after(CHOICE_PATIENCE) };
        let life = self.choose_among(scope);
        if matches!(self.phase, Phase::Choosing { .. }) && !scope.record.is_announced() {
            self.announce(self.wish.to.clone(), scope);
        }
        life
    }

    /// The program that was named, by the user or by having a part of the file.
    fn named_program(&self, scope: &Scope) -> Option<Jid> {
        match &self.known {
            Some(known) if known.peer.resource().is_some() && !choice::is_seen_away(&known.peer, scope.cx) => {
                Some(known.peer.clone())
            }
            Some(_) => None,
            None => self.wish.to.resource().map(|_| self.wish.to.clone()),
        }
    }

    /// What somebody can is known now.
    pub(in super::super) fn learnt(&mut self, scope: &mut Scope) -> Life {
        if matches!(self.phase, Phase::Choosing { .. }) { self.choose_among(scope) } else { ON }
    }

    pub(super) fn choose_among(&mut self, scope: &mut Scope) -> Life {
        let Phase::Choosing { contact, until } = &self.phase else { return ON };
        let time = if *until <= scope.cx.now().instant { Time::Over } else { Time::Left };
        let mut programs = choice::programs(contact, scope.cx);
        // Our own programs are in no roster that would say whether they are there: their presence may be on its way.
        if programs.is_empty() && time == Time::Left && *contact == scope.cx.settings().account {
            return ON;
        }
        if self.known.is_some() && self.recovery.is_some() {
            programs.retain(|program| choice::may_know_names(program, scope.cx));
        }
        match choice::choose(&programs, time, |jid| scope.cx.peers.features_of(jid)) {
            Choice::Offer(program, dialect) => self.offer_to(program, dialect, scope),
            Choice::Wait => ON,
            Choice::Nobody(_) if self.known.is_some() => over(outcome::peer(PeerFault::Gone)),
            Choice::Nobody(PeerFault::Gone) if choice::is_hidden(contact, scope.cx) => {
                over(outcome::peer(PeerFault::Hidden))
            }
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
            sid: self.promised.take().unwrap_or_else(|| StreamId(scope.cx.fresh_id())),
            profile: ours().1,
            file: self.offer.clone(),
            routes: self.routes.clone(),
            is_multiple: dialect == Dialect::Si,
            dialect,
            promises: if dialect == Dialect::Si { self.promises(scope.cx) } else { Promises::default() },
        };
        if !scope.record.is_announced() || scope.record.is_for_anybody() {
            self.announce(peer.clone(), scope);
        }
        scope.record.negotiate(&peer, &proposal.sid, scope.cx);
        if self.may_go_by_proxy() {
            scope.shared.foresee(&peer, scope.cx);
        }
        self.offer(Offered::first(me.into(), peer, self.file, proposal), scope);
        ON
    }

    /// Nobody at another server has to see our address before that is of use.
    fn may_go_by_proxy(&self) -> bool {
        method::vias(&self.routes).contains(&Via::Socks5Proxy)
    }

    fn promises(&self, cx: &Context) -> Promises {
        Promises { checksum_follows: true, recovery: self.recovery.clone(), is_tallied: true, seal: cx.key() }
    }

    pub(super) fn offer(&mut self, offered: Offered, scope: &mut Scope) {
        let payload = (ours().0.write_offer)(&offered.proposal);
        let token = scope.cx.set_lasting(Some(offered.peer.clone()), payload, OFFER_PATIENCE);
        self.phase = Phase::Offering { offered, token };
    }

    /// Tells that the transfer exists: with the program that is asked, or with a contact while it is not known which.
    pub(super) fn announce(&self, peer: Jid, scope: &mut Scope) {
        let is_contact = scope.cx.is_known(&peer);
        let peer_unpacks = unpacks(&peer, scope.cx);
        let info = OfferInfo {
            direction: Direction::Sending,
            peer,
            is_contact,
            is_asked_for: self.is_asked_for,
            name: self.offer.name.clone(),
            offered_name: None,
            size: self.offer.size,
            mime_type: self.offer.mime_type.clone(),
            description: self.offer.description.clone(),
            date: self.offer.date,
            checksum: Checksum::Follows,
            methods: method::vias(&self.routes),
            si_multiple: true,
            path: Some(self.wish.first_path()),
            folder: self.folder_info(peer_unpacks),
            web: None,
            continues_at: None,
            noted: Noted::No,
        };
        scope.record.announce(info, self.wish.course(), self.recovery.clone(), scope.cx);
    }
}

/// Whether a file is another one than it was.
fn is_changed(known: &Known, size: u64, date: Option<SystemTime>) -> bool {
    let is_other_date = match (known.date, date) {
        (Some(known), Some(date)) => {
            let apart = date.duration_since(known).unwrap_or_else(|before| before.duration());
            apart >= DATE_PRECISION
        }
        (_, None) | (None, _) => false,
    };
    known.size.is_some_and(|known| known != size) || is_other_date
}

/// Whether a program unpacks folders, as far as it told.
fn unpacks(peer: &Jid, cx: &Context) -> Option<bool> {
    match cx.peers.features_of(peer)? {
        Knowledge::Features(features) => Some(features.contains(ns::FOLDER)),
        Knowledge::Unanswered => None,
    }
}
