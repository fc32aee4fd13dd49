//! Searching in the archive, where it searches texts: by the field that it says it has for that. What is found is told and
//! not kept, for it would stand in the history with holes around it.
//!
//! Words and phrases go to the archive as one text, which it understands in its own way (XEP-0431 leaves that to it); who
//! and when are fields of the query. Who of both said it, no archive can be asked: that is looked at here.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::pages::{Asked, Paged};
use super::places;
use crate::engine::context::Context;
use crate::engine::event::{ArchiveNews, ArchivePage, Event, Side};
use crate::engine::feature::Response;
use crate::engine::history::{self, Hit, Line, Said, told};
use crate::engine::iq::IqToken;
use crate::xep::mam::{self, Fin, Found, Page};

/// As long as any answer of the own server.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pages in a row with nothing on them that fits, for one wish.
const MOST_PAGES: u32 = 20;

/// What the archive can, and what it looks for.
#[derive(Debug, Default)]
pub(super) struct Search {
    asking: Option<IqToken>,
    field: Option<&'static str>,
    course: Option<(Asked, Wish)>,
}

/// What is looked for.
#[derive(Debug, Clone)]
struct Wish {
    query: Box<history::Query>,
    before: Option<String>,
    pages: u32,
}

impl Search {
    /// The archive is there: what can it do?
    pub(super) fn begin(&mut self, cx: &mut Context) {
        self.asking = Some(cx.get(None, mam::form_query(), PATIENCE));
    }

    /// The page that is asked for.
    pub(super) fn asked(&mut self) -> Option<&mut Asked> {
        self.course.as_mut().map(|(asked, _)| asked)
    }

    /// Somebody looks for something; whoever looked for something else does so no longer.
    pub(super) fn search(&mut self, query: Box<history::Query>, before: Option<String>, cx: &mut Context) {
        let page = before.clone();
        self.ask(Wish { query, before, pages: 0 }, page, cx);
    }

    fn ask(&mut self, wish: Wish, before: Option<String>, cx: &mut Context) {
        let Some(field) = self.field.filter(|_| cx.is_online()) else {
            return wish.answer(Err("the server's archive does not search".to_owned()), cx);
        };
        let page = before.map_or(Page::Last, Page::Before);
        let asked = Asked::ask(wish.written(field, page), cx);
        self.course = Some((asked, Wish { pages: wish.pages + 1, ..wish }));
    }

    /// An answer of the archive.
    pub(super) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.asking == Some(token) {
            self.asking = None;
            self.learn(&response, cx);
        } else if self.course.as_ref().is_some_and(|(asked, _)| asked.is(token))
            && let Some((asked, wish)) = self.course.take()
        {
            match asked.end(response, cx) {
                Paged::Came(found, fin) => self.paged(wish, &found, fin, cx),
                Paged::Forgotten => wish.answer(Ok(ArchivePage::default()), cx),
                Paged::Failed(why) => wish.answer(Err(format!("the server's archive does not search: {why}")), cx),
                Paged::Lost => wish.answer(Err("the connection was lost".to_owned()), cx),
            }
        }
    }

    /// A page came; one on which nothing fits is followed by the next.
    fn paged(&mut self, wish: Wish, found: &[Found], fin: Fin, cx: &mut Context) {
        let hits = wish.hits(found, cx);
        let next = fin.first.filter(|_| !fin.is_complete);
        match next {
            Some(next) if hits.is_empty() && wish.pages < MOST_PAGES => self.ask(wish, Some(next), cx),
            next => wish.answer(Ok(ArchivePage { hits, next }), cx),
        }
    }

    fn learn(&mut self, response: &Response, cx: &mut Context) {
        self.field = match response {
            Response::Result(Some(form)) => mam::read_text_field(form),
            Response::Result(None) | Response::Error(_) => None,
            // Nobody knows; the next session asks anew.
            Response::Timeout | Response::Disconnected => return,
        };
        let news = if self.field.is_some() { ArchiveNews::Searchable } else { ArchiveNews::Unsearchable };
        cx.emit(Event::Archive(news));
    }
}

impl Wish {
    /// As the archive is asked.
    fn written(&self, field: &str, page: Page) -> mam::Query {
        let history::Query { terms, with, after, before, from: _ } = &*self.query;
        let words: Vec<&str> = terms.iter().map(history::Term::text).collect();
        let text = Some((field.to_owned(), words.join(" ")));
        mam::Query { with: with.clone(), start: *after, end: *before, text, page, ..mam::Query::default() }
    }

    /// What fits on a page, the newest first.
    fn hits(&self, found: &[Found], cx: &Context) -> Vec<Hit> {
        let places = places::forward(found, None, cx.now().wall);
        let mut said: BTreeMap<_, Vec<Said>> = BTreeMap::new();
        for fact in found.iter().zip(places).flat_map(|(found, at)| places::facts(found, at, cx)) {
            said.entry(fact.with.clone()).or_default().push(fact);
        }
        let lines =
            said.into_iter().flat_map(|(with, facts)| told(&facts).into_iter().map(move |line| (with.clone(), line)));
        let fitting = lines.filter(|(_, line)| self.fits(line));
        let mut hits: Vec<Hit> = fitting.map(|(with, line)| Hit { marks: self.marks(&line), with, line }).collect();
        hits.sort_by_key(|hit| Reverse(hit.line.at));
        hits
    }

    fn fits(&self, line: &Line) -> bool {
        let is_by = |side: &Side| (*side == Side::Us) == line.speaker().is_none();
        let is_before = |end: &_| line.at < *end;
        line.body.is_some() && self.query.from.iter().all(is_by) && self.query.before.iter().all(is_before)
    }

    /// Where in a message the words stand as they were typed; an archive may have meant others.
    fn marks(&self, line: &Line) -> Vec<Range<usize>> {
        let body = line.body.as_deref().unwrap_or_default();
        let mut marks: Vec<Range<usize>> = Vec::new();
        let mut taken = 0;
        for (at, _) in body.char_indices() {
            let lengths = self.query.terms.iter().filter_map(|term| length_of(term.text(), &body[at..]));
            if let Some(length) = lengths.max().filter(|_| at >= taken) {
                taken = at + length;
                marks.push(at..taken);
            }
        }
        marks
    }

    fn answer(self, found: Result<ArchivePage, String>, cx: &mut Context) {
        let Wish { query, before, pages: _ } = self;
        cx.emit(Event::FoundInArchive { query, before, found });
    }
}

/// How long the words are at the beginning of a text, if they are there, in small or capital letters.
fn length_of(words: &str, text: &str) -> Option<usize> {
    let mut rest = text.chars();
    let is_there = words.chars().all(|wanted| rest.next().is_some_and(|c| c.to_lowercase().eq(wanted.to_lowercase())));
    is_there.then(|| text.len() - rest.as_str().len()).filter(|length| *length > 0)
}

#[cfg(test)]
mod tests {
    use super::length_of;

    #[test]
    fn words_are_found_whatever_the_letters_are_like() {
        assert_eq!(length_of("ähre", "Ähren"), Some("Ähre".len()));
        assert_eq!(length_of("ähren", "Ähre"), None);
        assert_eq!(length_of("", "anything"), None);
    }
}
