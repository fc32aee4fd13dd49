//! What is older than what is kept here: fetched when somebody scrolls there.
//!
//! The history answers a wish for a page. One that is empty, because what is kept begins there, is held back until the
//! archive was asked for what lies before; then the history is asked once more. A page with something on it goes on at
//! once, with the word that there may be more. So a wish for what was said before any moment is answered when all since
//! then is kept, page by page without a hole: that is how somebody comes to what a search in the archive found.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use jid::BareJid;

use super::pages::{Asked, PAGE, Paged};
use super::places;
use crate::engine::context::Context;
use crate::engine::event::Event;
use crate::engine::feature::Response;
use crate::engine::history::{Answer, Edge, Order, What};
use crate::engine::iq::IqToken;
use crate::xep::mam::{Fin, Found, Page, Query};

/// Conversations that are looked at in the same moment.
const AT_ONCE: usize = 8;

/// Pages in a row without a message, for one wish: there is much in archives that nobody said.
const MOST_PAGES: u32 = 20;

/// How many times the archive is asked about a conversation in one session: an archive without end is none.
const MOST_ASKED: u32 = 1000;

/// What is older.
#[derive(Debug, Default)]
pub(super) struct Older {
    wishes: Vec<Wish>,
    /// Wishes about a conversation for which a page is under way already.
    waiting: Vec<(BareJid, Option<SystemTime>)>,
    /// How far back the archive was asked in this session.
    reached: BTreeMap<BareJid, String>,
    /// How many times it was.
    asked: BTreeMap<BareJid, u32>,
    /// Of whom the archive has nothing older.
    exhausted: BTreeSet<BareJid>,
}

/// A page that somebody waits for.
#[derive(Debug)]
struct Wish {
    with: BareJid,
    before: Option<SystemTime>,
    /// When what is kept begins.
    floor: Option<SystemTime>,
    asked: Asked,
    is_by_time: bool,
    pages: u32,
}

impl Older {
    /// The page to which a message belongs.
    pub(super) fn asked(&mut self, found: &Found) -> Option<&mut Asked> {
        self.wishes.iter_mut().map(|wish| &mut wish.asked).find(|asked| asked.is_answered_by(found))
    }

    /// A page out of the history. It is given back, unless the archive is asked first.
    pub(super) fn page(&mut self, answer: Answer, cx: &mut Context) -> Option<Answer> {
        let Answer::Page { with, before, mut page, floor } = answer else { return Some(answer) };
        let may_have_more = !page.has_older && self.may_have_more(&with);
        if page.lines.is_empty() && may_have_more {
            let is_asked = self.wishes.iter().any(|wish| wish.with == with);
            if is_asked && self.waiting.len() < AT_ONCE {
                self.waiting.push((with, before));
                return None;
            }
            if !is_asked && self.wishes.len() < AT_ONCE {
                self.fetch(with, before, floor, cx);
                return None;
            }
        }
        if may_have_more && !page.lines.is_empty() {
            page.go_on_before_messages();
        }
        Some(Answer::Page { with, before, page, floor })
    }

    fn fetch(&mut self, with: BareJid, before: Option<SystemTime>, floor: Option<Edge>, cx: &mut Context) {
        let asked = self.asked.entry(with.clone()).or_default();
        *asked += 1;
        if *asked > MOST_ASKED {
            return self.give_up("it has no end", &with, before, cx);
        }
        let reached = self.reached.get(&with).cloned();
        let name = reached.or_else(|| floor.as_ref()?.archived.clone());
        let floor = floor.map(|floor| floor.at);
        let is_by_time = name.is_none();
        let asked = Asked::ask(query(&with, name, floor), cx);
        self.wishes.push(Wish { with, before, floor, asked, is_by_time, pages: 1 });
    }

    /// An answer of the archive; one that is for somebody else is given back.
    pub(super) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) -> Option<Response> {
        let Some(place) = self.wishes.iter().position(|wish| wish.asked.is(token)) else { return Some(response) };
        let Wish { with, before, floor, asked, is_by_time, pages } = self.wishes.remove(place);
        match asked.end(response, cx) {
            Paged::Came(found, fin) => {
                let first = fin.first.clone();
                let (floor, has_message) = self.take(&with, floor, &found, fin, cx);
                if has_message || pages >= MOST_PAGES || self.exhausted.contains(&with) {
                    self.ask_again(&with, before, cx);
                } else {
                    let asked = Asked::ask(query(&with, first, floor), cx);
                    self.wishes.push(Wish { with, before, floor, asked, is_by_time, pages: pages + 1 });
                }
            }
            Paged::Forgotten if !is_by_time => {
                self.reached.remove(&with);
                let asked = Asked::ask(query(&with, None, floor), cx);
                self.wishes.push(Wish { with, before, floor, asked, is_by_time: true, pages });
            }
            Paged::Forgotten => self.give_up("it does not have what it just named", &with, before, cx),
            Paged::Failed(why) => self.give_up(&why, &with, before, cx),
            Paged::Lost => self.leave(&with, before, cx),
        }
        None
    }

    /// Keeps a page; where what is kept begins, and whether there is a message on it.
    fn take(
        &mut self,
        with: &BareJid,
        floor: Option<SystemTime>,
        found: &[Found],
        fin: Fin,
        cx: &mut Context,
    ) -> (Option<SystemTime>, bool) {
        let places = places::backward(found, floor, cx.now().wall);
        let mut has_message = false;
        for (found, at) in found.iter().zip(&places) {
            for said in places::facts(found, *at, cx) {
                has_message |= matches!(said.what, What::Message { .. }) && said.with == *with;
                cx.history(Order::Keep(Box::new(said)));
            }
        }
        let stands_still = fin.first.is_none() || fin.first.as_ref() == self.reached.get(with);
        if fin.is_complete || stands_still {
            self.exhausted.insert(with.clone());
        }
        if let Some(first) = fin.first {
            self.reached.insert(with.clone(), first);
        }
        (places.first().copied().or(floor), has_message)
    }

    fn give_up(&mut self, why: &str, with: &BareJid, before: Option<SystemTime>, cx: &mut Context) {
        cx.emit(Event::Notice(format!("what {with} said earlier is not all here: the server's archive: {why}")));
        self.leave(with, before, cx);
    }

    /// What is kept is all that can be shown in this session.
    fn leave(&mut self, with: &BareJid, before: Option<SystemTime>, cx: &mut Context) {
        self.exhausted.insert(with.clone());
        self.ask_again(with, before, cx);
    }

    /// The history has more than it had, or all there will be: everybody who waits for that is answered by it.
    fn ask_again(&mut self, with: &BareJid, before: Option<SystemTime>, cx: &mut Context) {
        let waiting = self.waiting.extract_if(.., |(of, _)| of == with).map(|(_, before)| before);
        for before in std::iter::once(before).chain(waiting) {
            cx.history(Order::Page { with: with.clone(), before, most: PAGE });
        }
    }

    /// Whether the archive may have what is older than what is kept of a conversation.
    pub(super) fn may_have_more(&self, with: &BareJid) -> bool {
        !self.exhausted.contains(with)
    }
}

/// The page before a message, or before a time.
fn query(with: &BareJid, before: Option<String>, floor: Option<SystemTime>) -> Query {
    let end = floor.filter(|_| before.is_none());
    let page = before.map_or(Page::Last, Page::Before);
    Query { with: Some(with.clone()), end, page, ..Query::default() }
}
