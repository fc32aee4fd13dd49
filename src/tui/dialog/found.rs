//! What was found in the history: who said it, when, and the words around what was looked for.

use ratatui::text::Line;

use super::{Drawing, confirm, dismiss, height, list};
use crate::engine::event::Author;
use crate::engine::history::{Found, Hit, Place, Query, Term};
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::conversation::Sought;
use crate::tui::model::search::Search;
use crate::tui::model::{AccountId, Model};
use crate::tui::update::search;
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::{calendar, excerpt, text};

/// Each result has a row for who and when and one for what.
const ROWS: usize = 2;

/// What was found, and what of it is selected.
#[derive(Debug)]
pub(crate) struct FoundList {
    search: Search,
    selected: usize,
}

/// Opens the list, and asks what to show.
pub(crate) fn open(model: &mut Model, query: Query, accounts: Vec<AccountId>) -> Effects {
    let (search, asked) = Search::begin(query, accounts);
    model.layers.push(Layer::Found(FoundList { search, selected: 0 }));
    asked
}

impl FoundList {
    /// What was asked for is there.
    pub(crate) fn answered(
        &mut self,
        account: AccountId,
        query: &Query,
        after: Option<Place>,
        found: Result<Found, String>,
    ) {
        let chosen = self.search.hits.get(self.selected).cloned();
        self.search.answered(account, query, after, found);
        let place = chosen.and_then(|chosen| self.search.hits.iter().position(|hit| *hit == chosen));
        self.selected = place.filter(|_| self.selected > 0).unwrap_or(0);
    }

    /// Moves the selection, and asks for more when it comes to the end.
    fn go(&mut self, to: usize) -> Effects {
        let last = self.search.hits.len().saturating_sub(1);
        self.selected = to.min(last);
        if self.selected < last { Effects::new() } else { self.search.more() }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let page = (height(model) / ROWS).max(1);
    let Some(Layer::Found(found)) = model.layers.last_mut() else { return Effects::new() };
    if let Some(there) = list::moved(found.selected, action, page) {
        found.go(there)
    } else if action == Action::Confirm {
        show(model)
    } else if action == Action::Dismiss {
        layers::close(model)
    } else {
        Effects::new()
    }
}

/// Goes to where it was said.
fn show(model: &mut Model) -> Effects {
    let Some(Layer::Found(list)) = model.layers.last() else { return Effects::new() };
    let Some((account, hit)) = list.search.hits.get(list.selected).cloned() else { return Effects::new() };
    model.layers.pop();
    search::go_to(model, account, &hit.with, Sought { at: hit.line.at, id: hit.line.id })
}

pub(crate) fn drawing(model: &Model, list: &FoundList) -> Drawing {
    let here = |action, word| (Context::Found, action, word);
    let keys = vec![confirm("shows where it was said"), here(Action::Last, "older"), dismiss("closes")];
    let mut lines = Vec::new();
    for (index, (account, hit)) in list.search.hits.iter().enumerate() {
        describe(model, *account, hit, index == list.selected, &mut lines);
    }
    for line in rest(model, list).iter().flat_map(|rest| text::wrap(&text::visible(rest), super::width(model))) {
        lines.push(Line::from(plain(line, model.look.theme.dim)));
    }
    let scroll = ((list.selected + 1) * ROWS).saturating_sub(height(model));
    Drawing { title: title(model, list), lines, scroll, cursor: None, keys }
}

fn title(model: &Model, list: &FoundList) -> String {
    let more = if list.search.is_open() { " and more" } else { "" };
    let many = match list.search.hits.len() {
        0 => String::new(),
        many => format!(" {} {many}{more}", model.look.symbols.between),
    };
    format!("{}{many}", text::visible(&wanted(list.search.query())))
}

/// What is looked for, as it could be typed.
fn wanted(query: &Query) -> String {
    let quoted = |term: &Term| match term {
        Term::Word(word) => word.clone(),
        Term::Phrase(words) => format!("\"{words}\""),
    };
    query.terms.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

fn describe(model: &Model, account: AccountId, hit: &Hit, selected: bool, lines: &mut Vec<Line<'static>>) {
    let (theme, symbols, width) = (&model.look.theme, model.look.symbols, super::width(model));
    let them = model.name_of(account, &hit.with);
    let (who, style) = match hit.line.author {
        Author::Contact(_) => (them, theme.theirs),
        Author::Me | Author::MyOtherDevice => (format!("me {} {them}", symbols.to), theme.mine),
    };
    let when = vec![plain(calendar::sortable(hit.line.at, &model.look.zone), theme.dim)];
    let head = row(vec![written(&who, style)], when, width, symbols.more);
    lines.push(if selected { head.patch_style(theme.selected) } else { head });
    let body = hit.line.body.as_deref().unwrap_or_default();
    let mut spans = vec![plain("  ", theme.plain)];
    spans.extend(excerpt::spans(body, &hit.marks, width.saturating_sub(2), symbols.more, theme.plain, theme.unread));
    lines.push(row(spans, Vec::new(), width, symbols.more));
}

/// What is below the results: that more are looked for, or why there are none.
fn rest(model: &Model, list: &FoundList) -> Option<String> {
    let search = &list.search;
    if search.is_asked() {
        return Some(model.look.symbols.spell("looking …"));
    }
    if let Some(why) = search.fault() {
        return Some(why.to_owned());
    }
    search.hits.is_empty().then(|| nothing(model, search))
}

/// That nothing was found, and where.
pub(crate) fn nothing(model: &Model, search: &Search) -> String {
    let zone = &model.look.zone;
    let query = search.query();
    let whose = query.with.as_ref().map(|with| format!(" with {with}")).unwrap_or_default();
    let day = |at| calendar::day(at, zone).to_string();
    let since = query.after.map(|at| format!(" since {}", day(at))).unwrap_or_default();
    let until = query.before.map(|at| format!(" before {}", day(at))).unwrap_or_default();
    let messages = if search.among == 1 { "the one message".to_owned() } else { format!("{} messages", search.among) };
    format!("nothing like that in {messages}{whose}{since}{until} kept here")
}
