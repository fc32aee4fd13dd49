//! The server's archive (XEP-0313, in pages by XEP-0059): what was said while we were away, what is older than what is
//! kept here, and a search where the archive has one.
//!
//! # Theory of operation
//!
//! A session that begins asks its server what the account can, and the history up to where it has all that the archive
//! has: the *horizon*. From there [catching up](catch_up) goes on page by page, each written down before the next is
//! asked for. The horizon moves by such pages alone: what comes live may have holes, the archive has none. So the
//! messages of a session come once more in the next one, and are recognised. Where nothing is known yet, a bounded
//! newest part is fetched; what is [older] comes when somebody scrolls there.
//!
//! Everything becomes a [fact](crate::engine::history) with the archive's name and time, [in its place](places); what it
//! means is read as of any message. Nothing of it is told as a message: whoever shows conversations is told which of them
//! have more.
//!
//! What was first received that way is acknowledged, if its sender asks for that ([receipts]).
//!
//! What another device of ours said, and no receipt came of it here, is [looked for](super::elsewhere) once more, by
//! catching up again.
//!
//! A message of ours that was on its way when a session was lost is [looked for](proof) before it goes once more.
//!
//! Anybody can send a `<result/>`. One counts if it comes from our own account's bare address, or from nobody, under the
//! name of a question that has no answer yet (CVE-2017-5589 and its family); all others are dropped. An archive that is
//! slow, refuses or makes no sense is left alone with a word, until the next session; chat has not waited for it.

use std::time::Instant;

use jid::Jid;

use self::catch_up::CatchUp;
use self::older::Older;
use self::proof::Proof;
use self::search::Search;
use super::Session;
use super::command::Command;
use super::context::{Context, Settings};
use super::disco::Knowledge;
use super::doubt::Verdict;
use super::event::{ArchiveNews, Event};
use super::feature::{Feature, FeatureEntry, Response, Xep};
use super::history::Answer;
use super::iq::IqToken;
use crate::xep::stanza::Message;
use crate::xep::{mam, ns};

mod catch_up;
mod older;
mod pages;
mod places;
mod proof;
mod receipts;
mod search;

/// The line of the archive in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "archive",
    xeps: &[
        Xep { number: "0059", title: "Result Set Management", version: "1.0" },
        Xep { number: "0313", title: "Message Archive Management", version: "1.1.3" },
    ],
    advertises: &[],
    new: |_: &Settings| Box::new(Archive::default()),
};

#[derive(Default)]
struct Archive {
    is_offered: Offer,
    catch_up: CatchUp,
    older: Older,
    proof: Proof,
    search: Search,
    /// When to look once more for what came to another device of ours alone.
    again: Option<Instant>,
}

/// Whether the server keeps an archive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Offer {
    /// It was not heard yet.
    #[default]
    Unknown,
    Yes,
    No,
}

impl Feature for Archive {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        match session {
            Session::Online { resumed: false, .. } => {
                cx.elsewhere.take_up();
                *self = Archive { catch_up: self.catch_up.in_next_session(), ..Archive::default() };
                let account = Jid::from(cx.settings().account.clone());
                cx.peers.learn(&account);
            }
            Session::Online { resumed: true, .. } => self.catch_up.resume(cx),
            Session::Connecting | Session::Offline { .. } | Session::Stopped { .. } => {}
        }
    }

    fn learnt(&mut self, who: &Jid, cx: &mut Context) {
        if self.is_offered != Offer::Unknown || *who != cx.settings().account {
            return;
        }
        // Without knowledge it was an earlier session that ended without an answer.
        let Some(known) = cx.peers.features_of(who) else { return };
        if known.includes(ns::MAM) {
            self.is_offered = Offer::Yes;
            self.catch_up.begin(cx);
            self.search.begin(cx);
            return;
        }
        self.is_offered = Offer::No;
        if let Knowledge::Features(_) = known {
            cx.emit(Event::Archive(ArchiveNews::Unsearchable));
        }
    }

    fn message(&mut self, message: Message, cx: &mut Context) -> Option<Message> {
        let Some(result) = message.payload("result", ns::MAM) else {
            self.catch_up.note_delivered(&message, cx);
            return Some(message);
        };
        let is_vouched = message.from.as_ref().is_none_or(|from| *from == cx.settings().account);
        if let Some(found) = mam::read_result(result).filter(|_| is_vouched) {
            let takers = [self.catch_up.asked(), self.older.asked(&found), self.proof.asked(), self.search.asked()];
            if let Some(asked) = takers.into_iter().flatten().find(|asked| asked.is_answered_by(&found)) {
                asked.take(found);
            }
        }
        None
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        let response = self.catch_up.response(token, response, cx);
        let response = response.and_then(|response| self.older.response(token, response, cx));
        let response = response.and_then(|response| self.proof.response(token, response, cx));
        if let Some(response) = response {
            self.search.response(token, response, cx);
        }
    }

    fn command(&mut self, command: Command, cx: &mut Context) -> Option<Command> {
        let Command::SearchArchive { query, before } = command else { return Some(command) };
        self.search.search(query, before, cx);
        None
    }

    fn history(&mut self, answer: Answer, cx: &mut Context) -> Option<Answer> {
        let is_here = self.is_offered == Offer::Yes && cx.is_online();
        match answer {
            Answer::Conversations(ref all) => self.catch_up.note_known(all),
            Answer::Horizon(ref horizon) => self.catch_up.horizon(horizon.clone(), cx),
            Answer::New(ref said) => self.catch_up.is_new(said),
            Answer::Page { .. } if is_here => return self.older.page(answer, cx),
            Answer::Around { with, from, mut part } if is_here => {
                if !part.has_older && self.older.may_have_more(&with) {
                    part.go_on_before_messages();
                }
                return Some(Answer::Around { with, from, part });
            }
            Answer::Page { .. }
            | Answer::Around { .. }
            | Answer::Found { .. }
            | Answer::Read { .. }
            | Answer::Roster(_)
            | Answer::Unsent(_) => {}
        }
        Some(answer)
    }

    fn settle(&mut self, cx: &mut Context) {
        match self.is_offered {
            Offer::Unknown => {}
            Offer::Yes => self.proof.take_up(cx),
            Offer::No => cx.doubts.settle_all(Verdict::Missing),
        }
        let can_look = self.is_offered == Offer::Yes && self.catch_up.rests() && cx.is_online();
        self.again = cx.elsewhere.due().filter(|_| can_look);
    }

    fn deadline(&self) -> Option<Instant> {
        [self.catch_up.deadline(), self.again].into_iter().flatten().min()
    }

    fn timeout(&mut self, cx: &mut Context) {
        let now = cx.now().instant;
        if self.catch_up.deadline().is_some_and(|due| due <= now) {
            self.catch_up.go_on(cx);
        }
        if self.again.take_if(|due| *due <= now).is_some() {
            cx.elsewhere.take_up();
            self.catch_up.begin(cx);
        }
    }
}
