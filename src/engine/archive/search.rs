//! Searching in the archive, where it searches texts: by the field that it says it has for that. What is found is told and
//! not kept, for it would stand in the history with holes around it.

use std::time::Duration;

use jid::BareJid;

use super::pages::{Asked, Paged};
use super::places;
use crate::engine::context::Context;
use crate::engine::event::{ArchiveNews, ArchivePage, Event};
use crate::engine::feature::Response;
use crate::engine::history::Said;
use crate::engine::iq::IqToken;
use crate::xep::mam::{self, Fin, Found, Page, Query};

/// As long as any answer of the own server.
const PATIENCE: Duration = Duration::from_secs(30);

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
    with: Option<BareJid>,
    words: String,
    before: Option<String>,
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
    pub(super) fn search(&mut self, with: Option<BareJid>, words: String, before: Option<String>, cx: &mut Context) {
        let wanted = Wish { with, words, before };
        let Some(field) = self.field.filter(|_| cx.is_online()) else {
            return wanted.answer(Err("the server's archive does not search".to_owned()), cx);
        };
        let page = wanted.before.clone().map_or(Page::Last, Page::Before);
        let text = Some((field.to_owned(), wanted.words.clone()));
        let query = Query { with: wanted.with.clone(), text, page, ..Query::default() };
        self.course = Some((Asked::ask(query, cx), wanted));
    }

    /// An answer of the archive.
    pub(super) fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        if self.asking == Some(token) {
            self.asking = None;
            self.learn(&response, cx);
        } else if self.course.as_ref().is_some_and(|(asked, _)| asked.is(token))
            && let Some((asked, wish)) = self.course.take()
        {
            let found = match asked.end(response, cx) {
                Paged::Came(found, fin) => Ok(page(&found, fin, cx)),
                Paged::Forgotten => Ok(ArchivePage::default()),
                Paged::Failed(why) => Err(format!("the server's archive does not search: {why}")),
                Paged::Lost => Err("the connection was lost".to_owned()),
            };
            wish.answer(found, cx);
        }
    }

    fn learn(&mut self, response: &Response, cx: &mut Context) {
        if let Response::Result(Some(form)) = response
            && let Some(field) = mam::read_text_field(form)
        {
            self.field = Some(field);
            cx.emit(Event::Archive(ArchiveNews::Searchable));
        }
    }
}

impl Wish {
    fn answer(self, found: Result<ArchivePage, String>, cx: &mut Context) {
        let Wish { with, words, before } = self;
        cx.emit(Event::FoundInArchive { with, words, before, found });
    }
}

fn page(found: &[Found], fin: Fin, cx: &Context) -> ArchivePage {
    let places = places::forward(found, None, cx.now().wall);
    let hits: Vec<Said> = found.iter().zip(places).rev().flat_map(|(found, at)| places::facts(found, at, cx)).collect();
    ArchivePage { hits, next: fin.first.filter(|_| !fin.is_complete) }
}
