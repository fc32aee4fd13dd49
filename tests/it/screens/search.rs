//! What searching looks like.

use balcony::engine::event::{ArchiveNews, Event};
use balcony::engine::history::{Found, Query, Term};

use super::looks_right;
use crate::search::{beyond, found, light, listed, searching};
use crate::support::screen::Screen;

#[test]
fn a_conversation_while_it_is_searched() {
    looks_right("finder", searching);
    looks_right("finder-nothing", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>").past(None, 100..120, true);
        screen.keys("<Ctrl-S>dark");
        let terms = vec![Term::Word("dark".to_owned())];
        let here = Query { terms, with: Some("romeo@montague.lit".parse().unwrap()), ..Query::default() };
        found(&mut screen, &here, None, Found { among: 1204, ..Found::default() });
        screen
    });
}

#[test]
fn what_was_found() {
    looks_right("found", |width, height| {
        let mut screen = listed(width, height, light());
        screen.keys("j");
        screen
    });
    looks_right("found-archive", beyond);
    looks_right("found-nothing", |width, height| listed(width, height, Found { among: 1204, ..Found::default() }));
    looks_right("found-unsearchable", |width, height| {
        let mut screen = listed(width, height, light());
        screen.event(Event::Archive(ArchiveNews::Unsearchable));
        screen
    });
    looks_right("found-unkept", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/search light<Enter>");
        let query = Query { terms: vec![Term::Word("light".to_owned())], ..Query::default() };
        let found = Err("what is said is not kept here".to_owned());
        screen.event(Event::Found { query: Box::new(query), after: None, found });
        screen
    });
}
