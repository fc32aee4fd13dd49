//! What proves that a message of ours got to the server, though the session was lost with it: it stands in the archive.
//!
//! The newest pages of the conversation are looked through, back to some time before the message was written. An archive
//! that does not have it, or does not answer, proves nothing: then the message goes once more.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use jid::BareJid;

use super::pages::{Asked, Paged};
use crate::engine::context::Context;
use crate::engine::doubt::Verdict;
use crate::engine::feature::Response;
use crate::engine::iq::IqToken;
use crate::xep::mam::{Found, Page, Query};
use crate::xep::stanza_id;

/// By so much the server's clock may be behind ours, which told when a message was written.
const MARGIN: Duration = Duration::from_hours(24);

/// Pages for one contact: what our other devices can have said meanwhile. Somebody waits for the message to go.
const MOST_PAGES: u32 = 5;

/// The looking.
#[derive(Debug, Default)]
pub(super) struct Proof {
    course: Option<(Asked, Search)>,
}

/// What is looked for: messages to one contact.
#[derive(Debug)]
struct Search {
    with: BareJid,
    names: BTreeSet<String>,
    /// When the first of them was written.
    since: SystemTime,
    pages: u32,
}

impl Proof {
    /// The page that is asked for.
    pub(super) fn asked(&mut self) -> Option<&mut Asked> {
        self.course.as_mut().map(|(asked, _)| asked)
    }

    /// Takes up the doubts about one contact, if none are looked into.
    pub(super) fn take_up(&mut self, cx: &mut Context) {
        if self.course.is_some() || !cx.is_online() {
            return;
        }
        let Some((_, first)) = cx.doubts.open().next() else { return };
        let mut search = Search { with: first.with.clone(), names: BTreeSet::new(), since: first.written, pages: 0 };
        for (name, doubt) in cx.doubts.open().filter(|(_, doubt)| doubt.with == search.with) {
            search.names.insert(name.clone());
            search.since = search.since.min(doubt.written);
        }
        self.ask(search, Page::Last, cx);
    }

    fn ask(&mut self, search: Search, page: Page, cx: &mut Context) {
        let query = Query { with: Some(search.with.clone()), page, ..Query::default() };
        self.course = Some((Asked::ask(query, cx), Search { pages: search.pages + 1, ..search }));
    }

    /// An answer of the archive; one that is for somebody else is given back.
    pub(super) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) -> Option<Response> {
        let Some((asked, mut search)) = self.course.take_if(|(asked, _)| asked.is(token)) else {
            return Some(response);
        };
        match asked.end(response, cx) {
            Paged::Came(found, fin) => {
                search.look_through(&found, cx);
                let next = fin.first.filter(|_| !fin.is_complete && !search.is_over(&found));
                match next {
                    Some(first) => self.ask(search, Page::Before(first), cx),
                    None => search.end(cx),
                }
            }
            Paged::Forgotten | Paged::Failed(_) => search.end(cx),
            // The doubts stay, for whoever is online next.
            Paged::Lost => {}
        }
        None
    }
}

impl Search {
    fn look_through(&mut self, found: &[Found], cx: &mut Context) {
        for message in found.iter().map(|found| &found.message) {
            let is_ours = message.from.as_ref().is_none_or(|from| from.to_bare() == cx.settings().account);
            let names = message.id.clone().into_iter().chain(stanza_id::read_origin(&message.payloads));
            for name in names.filter(|_| is_ours) {
                if self.names.remove(&name) {
                    cx.doubts.settle(&name, Verdict::Arrived);
                }
            }
        }
    }

    /// Whether what is older cannot be what is looked for, or would take too long.
    fn is_over(&self, found: &[Found]) -> bool {
        let start = self.since.checked_sub(MARGIN).unwrap_or(SystemTime::UNIX_EPOCH);
        let reaches_back = found.first().and_then(|first| first.at).is_some_and(|at| at < start);
        self.names.is_empty() || reaches_back || self.pages >= MOST_PAGES
    }

    /// What was not found is not there.
    fn end(self, cx: &mut Context) {
        for name in self.names {
            cx.doubts.settle(&name, Verdict::Missing);
        }
    }
}
