//! File transfer = negotiation × profile × method: the table of transfers, and what goes to which.
//!
//! # Theory of operation
//!
//! A transfer begins with a command or an offer and ends with exactly one [`Outcome`](crate::engine::event::Outcome); in
//! between it is a [state machine](phase) that owns at most one [bytestream](method). This file knows no state of it: it
//! finds out to whom an input belongs (by peer and stream name, by request, by socket, by file), lets it act, and closes the
//! books when it says that it is over. Whatever belongs to nobody is refused.
//!
//! *How* the two sides agree is a line of [`negotiation::NEGOTIATIONS`], *what* the bytes are for one of
//! [`profile::PROFILES`], *by which way* they move one of [`method::METHODS`]; none of the three knows the others' lines.
//! Which method comes after one that failed is decided in [`fallback`], without side effects. What proves in the end that
//! the bytes arrived as they were sent is in [`checksum`]. A stream that breaks is not the end of its transfer: what comes
//! then is in [`recovery`].

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use jid::{BareJid, Jid};
use minidom::Element;

use super::command::{Command, TransferId};
use super::context::{Context, Settings};
use super::feature::{Feature, FeatureEntry, Handled, IqRequest, Response};
use super::iq::IqToken;
use super::journal::Entry;
use super::reach::ReachEvent;
use super::{FileEvent, FileId, Session, SocketEvent, SocketId};
use crate::xep::StreamId;
use crate::xep::checksum::is_checksum;
use crate::xep::ns;
use crate::xep::recovery::{RecoveryId, read_word};
use crate::xep::stanza::{Message, Presence, PresenceKind, StanzaError};

mod admission;
mod arrivals;
mod attempt;
mod checksum;
mod endings;
mod fallback;
mod fetches;
mod inheritance;
mod interruption;
mod leavings;
mod legacy;
mod method;
mod negotiation;
mod offer;
mod outcome;
mod phase;
mod profile;
mod progress;
mod queue;
mod record;
mod recovery;
mod succession;
mod turns;
mod words;

pub(super) use offer::bounded;
pub use offer::safe_name;

use admission::Admission;
use leavings::Leavings;
use method::{METHODS, Scope, Shared};
use negotiation::NEGOTIATIONS;
use phase::sending::Wish;
use phase::{IfUnplaced, Life, Role, Transfer};
use succession::Elsewhere;
use turns::Turns;

/// The transfer feature's line in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "file transfer",
    xeps: &[
        negotiation::si::NEGOTIATION.xeps[0],
        negotiation::si::NEGOTIATION.xeps[1],
        negotiation::si::NEGOTIATION.xeps[2],
        negotiation::si::NEGOTIATION.xeps[3],
        negotiation::si::NEGOTIATION.xeps[4],
        profile::file::PROFILE.xep,
        checksum::XEP,
        method::socks5::METHOD.xep,
        method::ibb::METHOD.xep,
        method::oob::METHOD.xep,
        method::socks5::EXTERNAL_SERVICES,
    ],
    advertises: &[
        negotiation::si::NEGOTIATION.advertises,
        profile::file::PROFILE.namespace,
        profile::file::ADVERTISES,
        checksum::ADVERTISES[0],
        checksum::ADVERTISES[1],
        checksum::ADVERTISES[2],
        ns::RECOVERY,
        method::socks5::METHOD.namespace,
        method::ibb::METHOD.namespace,
        method::oob::METHOD.namespace,
    ],
    new: |_: &Settings| Box::new(Transfers::default()),
};

/// Every transfer that goes on.
#[derive(Default)]
struct Transfers {
    begun: u64,
    table: BTreeMap<TransferId, Transfer>,
    shared: Shared,
    admission: Admission,
    retries: VecDeque<(TransferId, Wish)>,
    turns: Turns,
    /// How many files there were.
    files: u64,
    /// What an earlier run left and nobody has asked for.
    dormant: Vec<Entry>,
    /// Names of transfers that were given up.
    given_up: VecDeque<RecoveryId>,
    /// Names of transfers that arrived, with who sent them.
    arrived: VecDeque<(BareJid, RecoveryId)>,
    /// What other Balconies of the user's go on with.
    elsewhere: Elsewhere,
    /// What stays of files that did not arrive.
    leavings: Leavings,
}

/// A name for a file that none had before: what is told of one that was closed is not taken for its successor's.
fn fresh_file(files: &mut u64) -> FileId {
    *files += 1;
    FileId(*files)
}

impl Transfers {
    fn fresh_id(&mut self) -> TransferId {
        self.begun += 1;
        TransferId(self.begun)
    }

    /// The transfer that something belongs to.
    fn find(&self, is_it: impl Fn(&Role) -> bool) -> Option<TransferId> {
        self.table.iter().find(|(_, transfer)| is_it(&transfer.role)).map(|(id, _)| *id)
    }

    fn find_stream(&self, peer: Option<&Jid>, payload: &Element) -> Option<TransferId> {
        let sid = StreamId(payload.attr("sid")?.to_owned());
        let peer = peer?;
        self.find(|role| role.is_called(peer, &sid))
    }

    /// What an offer to somebody takes is asked ahead of it: what their programs can, and which proxies their server has.
    fn foresee(&mut self, to: &BareJid, cx: &mut Context) {
        if cx.is_online() && phase::choice::is_anybody_there(to, cx) {
            phase::choice::learn(to, cx);
            self.shared.foresee(&to.clone().into(), cx);
        }
    }

    /// Lets a transfer act, and closes its books if that ended it.
    fn act(&mut self, id: TransferId, cx: &mut Context, act: impl FnOnce(&mut Role, &mut Scope) -> Life) {
        let Some(Transfer { record, role }) = self.table.get_mut(&id) else { return };
        let was_moving = role.is_moving();
        let life = act(role, &mut Scope { cx, shared: &mut self.shared, record });
        let is_moving = role.is_moving();
        if let Life::Break(outcome) = life {
            self.close(id, outcome, cx);
        } else if was_moving != is_moving {
            self.arrange(cx);
        }
    }

    /// Lets every transfer act that is there now.
    fn act_all(&mut self, cx: &mut Context, mut act: impl FnMut(&mut Role, &mut Scope) -> Life) {
        let ids: Vec<_> = self.table.keys().copied().collect();
        for id in ids {
            self.act(id, cx, &mut act);
        }
    }
}

impl Feature for Transfers {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        self.shared.session(session, cx);
        match session {
            Session::Online { jid, resumed: false, .. } => {
                let me = Jid::from(jid.clone());
                self.table.values_mut().for_each(|transfer| transfer.record.cut_off());
                self.act_all(cx, |role, scope| role.new_session(&me, scope));
                self.tell_all_again(cx);
            }
            Session::Stopped { .. } => self.act_all(cx, Role::session_ended),
            Session::Online { .. } | Session::Connecting | Session::Offline { .. } => {}
        }
        self.plan_all(cx);
    }

    fn undelivered(&mut self, stanzas: &[Element], cx: &mut Context) {
        for payload in stanzas.iter().filter(|stanza| stanza.name() == "iq").flat_map(Element::children) {
            self.act_all(cx, |role, scope| role.undelivered(payload, scope));
        }
    }

    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        if !request.is_set {
            return Handled::NotMine(request);
        }
        if let Some(negotiation) = NEGOTIATIONS.iter().find(|negotiation| (negotiation.is_offer)(&request.payload)) {
            self.offered(negotiation, request, cx);
            return Handled::Yes;
        }
        if fetches::is_address(&request.payload) {
            self.pointed(request, cx);
            return Handled::Yes;
        }
        if let Some((word, name)) = read_word(&request.payload) {
            self.word(&request, word, &name, cx);
            return Handled::Yes;
        }
        if is_checksum(&request.payload) {
            match self.find_stream(request.from.as_ref(), &request.payload) {
                Some(id) => self.act(id, cx, |role, scope| role.request(request, scope)),
                None => cx.refuse(&request, &StanzaError::new("item-not-found")),
            }
            return Handled::Yes;
        }
        let Some(method) = METHODS.iter().find(|method| request.payload.has_ns(method.namespace)) else {
            return Handled::NotMine(request);
        };
        match self.find_stream(request.from.as_ref(), &request.payload) {
            Some(id) => {
                self.act(id, cx, |role, scope| role.request(request, scope));
                self.follow_pointer(id, cx);
            }
            None => (method.answer_stranger)(&request, &mut self.shared, cx),
        }
        Handled::Yes
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.shared.asked(token) {
            self.shared.response(token, response, cx);
            return self.act_all(cx, Role::look_around);
        }
        if let Some(id) = self.find(|role| role.asked(token)) {
            if matches!(self.table.get(&id), Some(Transfer { role: Role::Interrupted(_), .. })) {
                return self.answered(id, &response, cx);
            }
            self.act(id, cx, |role, scope| role.response(token, response, scope));
        }
    }

    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let is_ours = |payload: &&Element| METHODS.iter().any(|method| payload.has_ns(method.namespace));
        let Some(payload) = message.payloads.iter().find(is_ours) else { return Some(message) };
        if message.error.is_none()
            && let Some(id) = self.find_stream(message.from.as_ref(), payload)
        {
            self.act(id, cx, |role, scope| role.message(payload, scope));
        }
        None
    }

    fn presence(&mut self, presence: &Presence, cx: &mut Context) {
        let Some(from) = presence.from.as_ref() else { return };
        let is_there = presence.kind == PresenceKind::Available;
        self.follow(&from.to_bare(), is_there, cx);
        if presence.kind != PresenceKind::Unavailable {
            return;
        }
        self.act_all(cx, |role, scope| match role.name() {
            Some((peer, _)) if peer == from => role.peer_gone(scope),
            Some(_) | None => phase::ON,
        });
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what a feature does not know goes to the next")]
    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        match command {
            Command::OfferFile { to, path, description, via } => {
                self.offer_in_time(Wish { to, paths: vec![path], description, via }, cx);
            }
            Command::ForeseeOffer { to } => self.foresee(&to, cx),
            Command::OfferTogether { to, paths, via } => {
                self.offer_in_time(Wish { to, paths, description: None, via }, cx);
            }
            Command::AcceptOffer { transfer, save_as } => {
                self.act(transfer, cx, |role, scope| role.accept(save_as, IfUnplaced::Refuse, scope));
            }
            Command::AcceptByHand { transfer, save_as } => {
                self.act(transfer, cx, |role, scope| role.accept(save_as, IfUnplaced::Ask, scope));
            }
            Command::DeclineOffer { transfer } => self.act(transfer, cx, |role, _| role.decline()),
            Command::CancelTransfer { transfer, partial } => self.cancel(transfer, partial, cx),
            Command::LeaveTransfer { transfer } => self.leave(transfer, cx),
            Command::RetryTransfer { transfer } => self.retry(transfer, cx),
            command @ (Command::PauseTransfer { .. }
            | Command::ContinueTransfer { .. }
            | Command::PreferTransfer { .. }) => return self.queue_command(command, cx),
            other => return Some(other),
        }
        None
    }

    fn socket(&mut self, event: SocketEvent, cx: &mut Context) -> Option<SocketEvent> {
        if let Some(id) = socket_of(&event).and_then(|socket| self.find(|role| role.owns(socket))) {
            self.act(id, cx, |role, scope| role.socket(event, scope));
            return None;
        }
        let stray = self.shared.socket(event, cx);
        self.act_all(cx, Role::look_around);
        stray
    }

    fn reach(&mut self, event: &ReachEvent, cx: &mut Context) {
        self.shared.reach(event, cx);
    }

    fn file(&mut self, file: FileId, event: FileEvent, cx: &mut Context) -> Option<FileEvent> {
        if let Some(id) = self.find(|role| role.file_id() == Some(file)) {
            self.act(id, cx, |role, scope| role.file(event, scope));
        }
        None
    }

    fn remembered(&mut self, left: &[Entry], elsewhere: &[Entry], cx: &mut Context) {
        self.remember(left, cx);
        self.follow_others(elsewhere, cx);
    }

    fn settle(&mut self, cx: &mut Context) {
        for promise in cx.appointments.take_promises() {
            self.keep(promise, cx);
        }
        for errand in cx.appointments.take_errands() {
            self.run(errand, cx);
        }
    }

    fn learnt(&mut self, _who: &Jid, cx: &mut Context) {
        self.act_all(cx, Role::learnt);
    }

    fn deadline(&self) -> Option<Instant> {
        let transfers = self.table.values().filter_map(|transfer| transfer.role.deadline());
        transfers.chain(self.shared.deadline()).chain(self.elsewhere.deadline()).min()
    }

    fn timeout(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        if self.shared.deadline().is_some_and(|deadline| deadline <= now) {
            self.shared.timeout(cx);
        }
        self.wake(cx);
        self.release_wishes(cx);
        self.act_all(cx, |role, scope| match role.deadline() {
            Some(deadline) if deadline <= now => role.timeout(scope),
            Some(_) | None => phase::ON,
        });
    }
}

/// Which socket an event is about.
fn socket_of(event: &SocketEvent) -> Option<SocketId> {
    match event {
        SocketEvent::Listening { .. } | SocketEvent::ListenFailed { .. } => None,
        SocketEvent::Accepted { socket, .. }
        | SocketEvent::Connected { socket }
        | SocketEvent::Sealed { socket }
        | SocketEvent::Data { socket, .. }
        | SocketEvent::Progress { socket, .. }
        | SocketEvent::Pumped { socket, .. }
        | SocketEvent::Closed { socket, .. }
        | SocketEvent::FileFailed { socket, .. } => Some(*socket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_registries_is_advertised_and_listed() {
        let negotiations = NEGOTIATIONS.iter().map(|negotiation| negotiation.advertises);
        let profiles = profile::PROFILES.iter().map(|profile| profile.namespace);
        let methods = METHODS.iter().map(|method| method.namespace);
        let before_methods = negotiations
            .chain(profiles)
            .chain([profile::file::ADVERTISES])
            .chain(checksum::ADVERTISES)
            .chain([ns::RECOVERY]);
        assert_eq!(before_methods.chain(methods).collect::<Vec<_>>(), FEATURE.advertises);
        let negotiations = NEGOTIATIONS.iter().flat_map(|negotiation| negotiation.xeps.iter().copied());
        let profiles = profile::PROFILES.iter().map(|profile| profile.xep);
        let methods = METHODS.iter().map(|method| method.xep).chain([method::socks5::EXTERNAL_SERVICES]);
        let before_methods = negotiations.chain(profiles).chain([checksum::XEP]);
        assert_eq!(before_methods.chain(methods).collect::<Vec<_>>(), FEATURE.xeps);
    }
}
