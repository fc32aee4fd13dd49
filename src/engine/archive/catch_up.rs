//! Catching up: from the horizon to the newest message, page by page; the first time, a bounded newest part.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use jid::BareJid;

use super::pages::{Asked, Paged};
use super::places;
use super::receipts::Receipts;
use crate::engine::chat;
use crate::engine::context::Context;
use crate::engine::event::{ArchiveNews, Event};
use crate::engine::feature::Response;
use crate::engine::history::{Conversation, Edge, Order, Said};
use crate::engine::iq::IqToken;
use crate::xep::mam::{Fin, Found, Page, Query};
use crate::xep::stanza::Message;

/// How much is fetched the first time: what somebody would scroll through. All else comes when they do.
const FIRST_PAGES: u32 = 5;

/// How much is fetched in one session at most, a year of a busy account: an archive without end is none.
const MOST_PAGES: u32 = 1000;

/// Between two pages, so that nothing else waits long for the server, nor for the disk.
const PAUSE: Duration = Duration::from_millis(100);

/// An archive that has forgotten our horizon is asked by time, some earlier: clocks differ, and what comes twice is
/// recognised.
const MARGIN: Duration = Duration::from_hours(24);

/// The history answers from a disk; one that is full is tried again and again, and may stay so.
const PATIENCE: Duration = Duration::from_mins(1);

/// Messages that come while the newest part is fetched for the first time: what the server kept for us, some hundreds.
const MOST_DELIVERED: usize = 2000;

/// What catching up is about.
#[derive(Debug, Default)]
pub(super) struct CatchUp {
    course: Course,
    /// With whom the history had conversations before.
    known: BTreeSet<BareJid>,
    /// The archive's names of what came to us in this session.
    delivered: BTreeSet<String>,
    /// The messages of the first time, in no order.
    first: Vec<Said>,
    /// With whom there was something in the pages.
    changed: BTreeSet<BareJid>,
    receipts: Receipts,
    pages: u32,
}

/// How far it is.
#[derive(Debug, Default)]
enum Course {
    /// There is nothing to be done.
    #[default]
    Rests,
    /// The history is to say where the horizon is, until then.
    AwaitsHorizon(Instant),
    /// A page is to come.
    AwaitsPage(Asked, Leg),
    /// The history is to say that it has the page, until then.
    AwaitsWritten(Next, Instant),
    /// The next page is asked for in a moment.
    Pauses(Instant, Leg),
    /// The connection was lost meanwhile.
    Interrupted,
}

/// What comes after a page.
#[derive(Debug)]
enum Next {
    Leg(Leg),
    End,
}

/// Which way it goes, and from where.
#[derive(Debug)]
enum Leg {
    /// On from a message, or from a time.
    Forward { after: Option<String>, since: Option<SystemTime>, previous: Option<SystemTime> },
    /// Back from the newest.
    Back { before: Option<String>, next: Option<SystemTime> },
}

impl CatchUp {
    /// What remains for the next session.
    pub(super) fn in_next_session(&mut self) -> CatchUp {
        CatchUp {
            known: std::mem::take(&mut self.known),
            receipts: std::mem::take(&mut self.receipts),
            ..CatchUp::default()
        }
    }

    /// The archive is there.
    pub(super) fn begin(&mut self, cx: &mut Context) {
        self.course = Course::AwaitsHorizon(cx.after(PATIENCE));
        cx.history(Order::Horizon);
    }

    /// Whether there is nothing under way.
    pub(super) fn rests(&self) -> bool {
        matches!(self.course, Course::Rests)
    }

    /// The stream goes on. What was under way is still answered, unless it was given up meanwhile.
    pub(super) fn resume(&mut self, cx: &mut Context) {
        if matches!(self.course, Course::Interrupted) {
            self.begin(cx);
        }
    }

    /// These conversations are known without the archive.
    pub(super) fn note_known(&mut self, all: &[Conversation]) {
        if self.known.is_empty() {
            self.known = all.iter().map(|one| one.with.clone()).collect();
        }
    }

    /// A message comes to us: whatever the archive says of it later, it is new.
    pub(super) fn note_delivered(&mut self, message: &Message, cx: &Context) {
        if !self.rests() && self.delivered.len() < MOST_DELIVERED {
            self.delivered.extend(cx.archived_as(&message.payloads));
        }
    }

    /// The page that is asked for.
    pub(super) fn asked(&mut self) -> Option<&mut Asked> {
        match &mut self.course {
            Course::AwaitsPage(asked, _) => Some(asked),
            Course::Rests
            | Course::AwaitsHorizon(_)
            | Course::AwaitsWritten(..)
            | Course::Pauses(..)
            | Course::Interrupted => None,
        }
    }

    /// When the next page is asked for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.course {
            Course::AwaitsHorizon(until) | Course::AwaitsWritten(_, until) | Course::Pauses(until, _) => Some(*until),
            Course::Rests | Course::AwaitsPage(..) | Course::Interrupted => None,
        }
    }

    /// The history says where the horizon is, or that it has written down what it was given.
    pub(super) fn horizon(&mut self, horizon: Option<Edge>, cx: &mut Context) {
        match std::mem::take(&mut self.course) {
            Course::AwaitsHorizon(_) => {
                cx.emit(Event::Archive(ArchiveNews::CatchingUp));
                self.ask(first_leg(horizon), cx);
            }
            Course::AwaitsWritten(Next::Leg(leg), _) => {
                self.receipts.page_is_kept();
                self.course = Course::Pauses(cx.after(PAUSE), leg);
            }
            Course::AwaitsWritten(Next::End, _) => self.end(cx),
            other @ (Course::Rests | Course::AwaitsPage(..) | Course::Pauses(..) | Course::Interrupted) => {
                self.course = other;
            }
        }
    }

    /// The history did not have this.
    pub(super) fn is_new(&mut self, said: &Said) {
        self.receipts.is_new(said);
    }

    /// The pause is over, or the patience with the history. That tells itself what is wrong with it.
    pub(super) fn go_on(&mut self, cx: &mut Context) {
        match std::mem::take(&mut self.course) {
            Course::Pauses(_, leg) if cx.is_online() => self.ask(leg, cx),
            Course::Pauses(..) => self.course = Course::Interrupted,
            Course::AwaitsHorizon(_) => {}
            Course::AwaitsWritten(..) => self.end(cx),
            other @ (Course::Rests | Course::AwaitsPage(..) | Course::Interrupted) => self.course = other,
        }
    }

    /// An answer of the archive; one that is for somebody else is given back.
    pub(super) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) -> Option<Response> {
        if !self.asked().is_some_and(|asked| asked.is(token)) {
            return Some(response);
        }
        if let Course::AwaitsPage(asked, leg) = std::mem::take(&mut self.course) {
            self.paged(asked.end(response, cx), leg, cx);
        }
        None
    }

    fn ask(&mut self, leg: Leg, cx: &mut Context) {
        self.pages += 1;
        let query = match &leg {
            Leg::Forward { after, since, .. } => {
                let page = after.clone().map_or(Page::First, Page::After);
                Query { page, start: *since, ..Query::default() }
            }
            Leg::Back { before, .. } => {
                let page = before.clone().map_or(Page::Last, Page::Before);
                Query { page, ..Query::default() }
            }
        };
        self.course = Course::AwaitsPage(Asked::ask(query, cx), leg);
    }

    fn paged(&mut self, paged: Paged, leg: Leg, cx: &mut Context) {
        match (paged, leg) {
            (Paged::Came(found, fin), Leg::Forward { after, since, previous }) => {
                self.forward(&found, fin, Leg::Forward { after, since, previous }, cx);
            }
            (Paged::Came(found, fin), Leg::Back { before, next }) => {
                self.back(&found, fin, before.as_deref(), next, cx);
            }
            (Paged::Forgotten, Leg::Forward { after: Some(_), since: None, previous: Some(at) }) => {
                let since = at.checked_sub(MARGIN).unwrap_or(SystemTime::UNIX_EPOCH);
                self.ask(Leg::Forward { after: None, since: Some(since), previous: None }, cx);
            }
            (Paged::Forgotten, _) => self.give_up("it does not have what it just named", cx),
            (Paged::Failed(why), _) => self.give_up(&why, cx),
            (Paged::Lost, _) => self.course = Course::Interrupted,
        }
    }

    /// A page that goes on from the horizon; behind it the horizon is at its end.
    fn forward(&mut self, found: &[Found], fin: Fin, leg: Leg, cx: &mut Context) {
        let Leg::Forward { after, since, previous } = leg else { return };
        if fin.last.is_some() && fin.last == after {
            return self.give_up("it sends the same page again and again", cx);
        }
        let places = places::forward(found, previous, cx.now().wall);
        let previous = places.last().copied().or(previous);
        self.keep(found, &places, cx);
        let is_end = fin.is_complete || self.pages >= MOST_PAGES;
        let Some(last) = fin.last else { return self.end(cx) };
        let at = previous.unwrap_or(cx.now().wall);
        cx.history(Order::MoveHorizon(Edge { archived: Some(last.clone()), at }));
        let next = Leg::Forward { after: Some(last), since, previous };
        self.await_written(if is_end { Next::End } else { Next::Leg(next) }, cx);
    }

    /// A page of the first time. The horizon is at the newest message from the beginning.
    fn back(&mut self, found: &[Found], fin: Fin, before: Option<&str>, next: Option<SystemTime>, cx: &mut Context) {
        if fin.first.is_some() && fin.first.as_deref() == before {
            return self.give_up("it sends the same page again and again", cx);
        }
        let places = places::backward(found, next, cx.now().wall);
        let facts = self.keep(found, &places, cx);
        self.first.extend(facts);
        // It is older than this device is: nobody waits for a receipt of it.
        self.receipts = Receipts::default();
        if before.is_none() {
            let at = places.last().copied().unwrap_or(cx.now().wall);
            cx.history(Order::MoveHorizon(Edge { archived: fin.last, at }));
        } else {
            cx.history(Order::Horizon);
        }
        let is_end = fin.is_complete || self.pages >= FIRST_PAGES;
        let next = Leg::Back { before: fin.first, next: places.first().copied().or(next) };
        self.await_written(if is_end { Next::End } else { Next::Leg(next) }, cx);
    }

    fn await_written(&mut self, next: Next, cx: &Context) {
        self.course = Course::AwaitsWritten(next, cx.after(PATIENCE));
    }

    fn keep(&mut self, found: &[Found], places: &[SystemTime], cx: &mut Context) -> Vec<Said> {
        let mut facts = Vec::new();
        for (found, at) in found.iter().zip(places) {
            for said in places::facts(found, *at, cx) {
                self.changed.insert(said.with.clone());
                self.receipts.keep(found, &said, cx);
                chat::read_what_was_answered(&said, cx);
                facts.push(said);
            }
        }
        facts
    }

    /// What was said before there was a history here is not new, but for what came only now.
    fn read_what_is_old(&mut self, cx: &mut Context) {
        let facts = std::mem::take(&mut self.first);
        let mut new = BTreeMap::new();
        for said in &facts {
            if said.archived.as_ref().is_some_and(|name| self.delivered.contains(name)) {
                let first: &mut SystemTime = new.entry(&said.with).or_insert(said.at);
                *first = said.at.min(*first);
            }
        }
        let mut old = BTreeMap::new();
        let is_unknown = |with: &BareJid| !self.known.contains(with) && !cx.read_elsewhere.contains(with);
        for said in facts.iter().filter(|said| is_unknown(&said.with)) {
            if new.get(&said.with).is_none_or(|first| said.at < *first) {
                let last: &mut SystemTime = old.entry(&said.with).or_insert(said.at);
                *last = said.at.max(*last);
            }
        }
        for (with, at) in old {
            cx.history(Order::Read { with: with.clone(), at });
        }
    }

    fn give_up(&mut self, why: &str, cx: &mut Context) {
        cx.emit(Event::Notice(format!(
            "what was said while you were away is not all here: the server's archive: {why}"
        )));
        self.end(cx);
    }

    /// That is all there will be.
    fn end(&mut self, cx: &mut Context) {
        self.course = Course::Rests;
        self.receipts.give(cx);
        self.read_what_is_old(cx);
        self.delivered.clear();
        let with: Vec<BareJid> = std::mem::take(&mut self.changed).into_iter().collect();
        if !with.is_empty() {
            cx.history(Order::Conversations);
        }
        cx.emit(Event::Archive(ArchiveNews::CaughtUp { with }));
    }
}

fn first_leg(horizon: Option<Edge>) -> Leg {
    match horizon {
        Some(Edge { archived: Some(after), at }) => {
            Leg::Forward { after: Some(after), since: None, previous: Some(at) }
        }
        // It was empty: all that it has is new, whatever our clock said then.
        Some(Edge { archived: None, .. }) => Leg::Forward { after: None, since: None, previous: None },
        None => Leg::Back { before: None, next: None },
    }
}
