//! What was typed before, and the place in it: input history and the search through it.

use std::time::Instant;

use super::Model;
use crate::tui::widget::editor::Vi;

/// As many as shells keep by default.
const MOST: usize = 500;

/// What was typed before.
#[derive(Debug, Default)]
pub(crate) struct Input {
    history: Vec<String>,
    /// Which of the history the composer shows, and what it showed before.
    place: Option<(usize, String)>,
    pub(crate) search: Option<Search>,
    /// Where vi's keys stand, for those who have them in their fingers.
    pub(crate) vi: Option<Vi>,
    /// The key before was Ctrl-X.
    pub(crate) is_prefixed: bool,
    /// Since when what is being written is not kept as it is.
    pub(crate) unkept: Option<Instant>,
    /// Until when the key that interrupts also quits: it was pressed where nothing was being written.
    pub(crate) quits_until: Option<Instant>,
}

/// A search through the history, while it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) query: String,
    /// How many matches to pass by.
    skip: usize,
    /// What was being written when it began.
    before: String,
}

impl Input {
    /// Nothing typed yet.
    pub(crate) fn new(is_vi: bool) -> Self {
        Input { vi: is_vi.then(Vi::default), ..Input::default() }
    }

    pub(crate) fn remember(&mut self, text: &str) {
        self.place = None;
        if self.history.last().is_none_or(|last| last != text) {
            self.history.push(text.to_owned());
        }
        if self.history.len() > MOST {
            self.history.remove(0);
        }
    }

    /// Whether the composer shows what was typed before.
    pub(crate) fn is_browsed(&self) -> bool {
        self.place.is_some()
    }

    pub(crate) fn forget_place(&mut self) {
        self.place = None;
        self.search = None;
    }

    /// Whether the search, if there is one, finds nothing; what was being written stands there then.
    pub(crate) fn finds_nothing(&self) -> bool {
        self.search.as_ref().is_some_and(|search| self.found(search).is_none())
    }

    fn found(&self, search: &Search) -> Option<&String> {
        self.history.iter().rev().filter(|text| text.contains(&search.query)).nth(search.skip)
    }
}

/// Shows what was typed before what is shown.
pub(crate) fn older(model: &mut Model) {
    let shown = model.current().draft.text().to_owned();
    let (index, draft) = model.input.place.take().unwrap_or((model.input.history.len(), shown));
    let index = index.checked_sub(1).unwrap_or(index);
    if let Some(text) = model.input.history.get(index).cloned() {
        model.current_mut().draft.replace(&text);
        model.input.place = Some((index, draft));
    }
}

/// Shows what was typed after it; at last, what was being written.
pub(crate) fn newer(model: &mut Model) {
    let Some((index, draft)) = model.input.place.take() else { return };
    if let Some(text) = model.input.history.get(index + 1).cloned() {
        model.current_mut().draft.replace(&text);
        model.input.place = Some((index + 1, draft));
    } else {
        model.current_mut().draft.replace(&draft);
    }
}

/// Begins a search, or goes on to the next match.
pub(crate) fn search(model: &mut Model) {
    let before = model.current().draft.text().to_owned();
    match &mut model.input.search {
        Some(search) => search.skip += 1,
        None => model.input.search = Some(Search { query: String::new(), skip: 0, before }),
    }
    show_found(model);
}

/// Searches for something else.
pub(crate) fn search_for(model: &mut Model, change: impl FnOnce(&mut String)) {
    if let Some(search) = &mut model.input.search {
        change(&mut search.query);
        search.skip = 0;
        show_found(model);
    }
}

/// Ends a search as if it had not been.
pub(crate) fn abandon_search(model: &mut Model) {
    if let Some(search) = model.input.search.take() {
        model.current_mut().draft.replace(&search.before);
    }
}

fn show_found(model: &mut Model) {
    let Some(search) = model.input.search.clone() else { return };
    match model.input.found(&search).cloned() {
        Some(text) => model.current_mut().draft.replace(&text),
        None if search.skip > 0 => model.input.search = Some(Search { skip: search.skip - 1, ..search }),
        None => model.current_mut().draft.replace(&search.before),
    }
}
