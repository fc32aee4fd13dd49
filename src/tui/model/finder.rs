//! The search in the conversation on the screen, while it lasts.

use super::conversation::{Scroll, Sought};
use super::search::Search;
use crate::tui::widget::editor::Editor;

/// What is typed, what it finds, and where the user was before.
#[derive(Debug)]
pub(crate) struct Finder {
    pub(crate) field: Editor,
    /// None, as long as nothing is typed that could be looked for.
    pub(crate) search: Option<Search>,
    /// Which of what was found is shown.
    pub(crate) at: usize,
    /// What is wrong with what is typed.
    pub(crate) wrong: Option<String>,
    pub(crate) before: Before,
}

/// Where the user was before.
#[derive(Debug, Clone)]
pub(crate) enum Before {
    /// In the newest part.
    Newest(Scroll),
    /// At a message of an older part; at none, if it holds none.
    Part(Option<Sought>),
}

impl Finder {
    pub(crate) fn new(before: Before) -> Self {
        Finder { field: Editor::default(), search: None, at: 0, wrong: None, before }
    }

    /// The message that is shown.
    pub(crate) fn sought(&self) -> Option<Sought> {
        let line = &self.search.as_ref()?.hits.get(self.at)?.hit.line;
        Some(Sought { at: line.at, id: line.id.clone() })
    }
}
