//! What was found in the history: who said it, when, and the words around what was looked for. A server's archive is
//! looked through too if the user wants it, where it searches texts.

use ratatui::text::Line;

use super::{Drawing, confirm, dismiss, height, list};
use crate::engine::event::{ArchivePage, Author, Side};
use crate::engine::history::{Found, Place, Query, Term};
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::account::{Account, ArchiveSearch};
use crate::tui::model::conversation::Sought;
use crate::tui::model::search::{Match, Search, Source};
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
pub(crate) fn open(model: &mut Model, queries: Vec<(AccountId, Query)>) -> Effects {
    let (search, asked) = Search::begin(queries);
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
        self.keep_selected(|search| {
            search.answered(account, query, after, found);
        });
    }

    /// What was asked of an archive is there.
    pub(crate) fn answered_by_archive(
        &mut self,
        account: AccountId,
        query: &Query,
        before: Option<String>,
        found: Result<ArchivePage, String>,
    ) {
        self.keep_selected(|search| search.answered_by_archive(account, query, before, found));
    }

    /// What is selected stays so, whatever comes above it; the first is the first.
    fn keep_selected(&mut self, change: impl FnOnce(&mut Search)) {
        let chosen = self.search.hits.get(self.selected).cloned();
        change(&mut self.search);
        let place = chosen.and_then(|chosen| self.search.hits.iter().position(|found| *found == chosen));
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
    } else if action == Action::SearchArchive {
        search_archives(model)
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
    let Some(Match { account, hit, source }) = list.search.hits.get(list.selected).cloned() else {
        return Effects::new();
    };
    model.layers.pop();
    let sought = Sought { at: hit.line.at, id: hit.line.id };
    search::go_to(model, account, &hit.with, &sought, source)
}

/// The accounts whose archives search, and were not asked yet.
fn searchable(model: &Model, list: &FoundList) -> Vec<AccountId> {
    whose_archive(model, list, ArchiveSearch::Offered).map(|(account, _)| account).collect()
}

/// The accounts that are online, were not asked, and whose archives are like that.
fn whose_archive<'a>(
    model: &'a Model,
    list: &'a FoundList,
    search: ArchiveSearch,
) -> impl Iterator<Item = (AccountId, &'a Account)> {
    let accounts = list.search.unasked().filter_map(|id| Some((id, model.accounts.get(&id)?)));
    accounts.filter(move |(_, account)| account.archive.search == search && account.is_online())
}

fn search_archives(model: &mut Model) -> Effects {
    let Some(Layer::Found(list)) = model.layers.last() else { return Effects::new() };
    let accounts = searchable(model, list);
    let Some(Layer::Found(list)) = model.layers.last_mut() else { return Effects::new() };
    list.search.ask_archives(&accounts)
}

pub(crate) fn drawing(model: &Model, list: &FoundList) -> Drawing {
    let here = |action, word| (Context::Found, action, word);
    let archive = (!searchable(model, list).is_empty()).then(|| here(Action::SearchArchive, "the archive too"));
    let shows = [confirm("shows where it was said"), here(Action::Last, "older")];
    let shows = shows.into_iter().filter(|_| !list.search.hits.is_empty());
    let keys = shows.chain(archive).chain([dismiss("closes")]).collect();
    let mut lines = Vec::new();
    for (index, found) in list.search.hits.iter().enumerate() {
        describe(model, found, index == list.selected, &mut lines);
    }
    let sentences = rest(model, list).into_iter().chain(hint(list)).chain(unsearchable(model, list));
    for line in sentences.flat_map(|sentence| text::wrap(&text::visible(&sentence), super::width(model))) {
        lines.push(Line::from(plain(line, model.look.theme.dim)));
    }
    let is_last = list.selected + 1 >= list.search.hits.len();
    let seen = if is_last { lines.len() } else { (list.selected + 1) * ROWS };
    let scroll = seen.saturating_sub(height(model));
    Drawing { title: title(model, list), lines, scroll, cursor: None, keys }
}

fn title(model: &Model, list: &FoundList) -> String {
    let more = if list.search.is_open() { " and more" } else { "" };
    let many = match list.search.hits.len() {
        0 => String::new(),
        many => format!(" {} {many}{more}", model.look.symbols.between),
    };
    format!("{}{many}", text::visible(&wanted(model, &list.search)))
}

/// What is looked for, as it could be typed.
fn wanted(model: &Model, search: &Search) -> String {
    let Some(query) = search.query() else { return String::new() };
    let quoted = |term: &Term| match term {
        Term::Word(word) => word.clone(),
        Term::Beginning(word) => format!("{word}*"),
        Term::Phrase(words) => format!("\"{words}\""),
    };
    let whose = if query.from == Some(Side::Peer) { "from" } else { "with" };
    let people = search.people().into_iter().map(|who| format!("{whose}:{who}"));
    let ours = (query.from == Some(Side::Us)).then(|| "from:me".to_owned());
    let day = |at| calendar::day(at, &model.look.zone);
    let after = query.after.map(|at| format!("after:{}", day(at)));
    let before = query.before.map(|at| format!("before:{}", day(at)));
    let terms = query.terms.iter().map(quoted);
    terms.chain(people).chain(ours).chain(after).chain(before).collect::<Vec<_>>().join(" ")
}

fn describe(model: &Model, found: &Match, selected: bool, lines: &mut Vec<Line<'static>>) {
    let Match { account, hit, source } = found;
    let (theme, symbols, width) = (&model.look.theme, model.look.symbols, list::width(model));
    let them = model.name_of(*account, &hit.with);
    let (who, style) = match hit.line.author {
        Author::Contact(_) => (them, theme.theirs),
        Author::Me | Author::MyOtherDevice => (format!("me {} {them}", symbols.to), theme.mine),
    };
    let mark = match source {
        Source::History => String::new(),
        Source::Archive => format!("archive {} ", symbols.between),
    };
    let when = vec![plain(format!("{mark}{}", calendar::sortable(hit.line.at, &model.look.zone)), theme.dim)];
    let head = row(vec![written(&who, style)], when, width, symbols.more);
    lines.push(list::marked(model, head, selected));
    let body = hit.line.body.as_deref().unwrap_or_default();
    let mut spans = vec![plain("  ", theme.plain)];
    spans.extend(excerpt::spans(body, &hit.marks, width.saturating_sub(2), symbols.more, theme.plain, theme.unread));
    lines.push(list::below(model, row(spans, Vec::new(), width, symbols.more)));
}

/// What is below the results: that more are looked for, or why there are none.
fn rest(model: &Model, list: &FoundList) -> Option<String> {
    let search = &list.search;
    if search.is_asked() {
        let place = if search.is_asked_of_archives() { " in the archive" } else { "" };
        return Some(model.look.symbols.spell(&format!("looking{place} …")));
    }
    if let Some(why) = search.fault() {
        return Some(why.to_owned());
    }
    search.hits.is_empty().then(|| nothing(model, search) + asked_archives(search))
}

/// What could be typed where nothing was found.
fn hint(list: &FoundList) -> Option<String> {
    let search = &list.search;
    let is_over = search.hits.is_empty() && !search.is_asked() && search.fault().is_none();
    let has_words = |query: &Query| query.terms.iter().any(|term| term.text().chars().any(char::is_alphanumeric));
    (is_over && search.query().is_some_and(has_words)).then(|| {
        "a word is found whole; the last one, and one with a * behind it (win*), by its beginning too".to_owned()
    })
}

/// Whose archives cannot be looked through: what they hold besides is not found here.
fn unsearchable(model: &Model, list: &FoundList) -> Vec<String> {
    let lacking = whose_archive(model, list, ArchiveSearch::Missing);
    let whose = lacking.filter_map(|(_, account)| account.me.as_ref().map(|me| me.to_bare()));
    whose.map(|me| format!("the server of {me} has no archive that can be searched")).collect()
}

/// Whether that is all that could be done.
fn asked_archives(search: &Search) -> &'static str {
    if search.has_asked_archives() { ", nor in the server's archive" } else { "" }
}

/// That nothing was found, and where.
pub(crate) fn nothing(model: &Model, search: &Search) -> String {
    let zone = &model.look.zone;
    let people: Vec<String> = search.people().into_iter().map(ToString::to_string).collect();
    let whose = if people.is_empty() { String::new() } else { format!(" with {}", people.join(", ")) };
    let day = |at| calendar::day(at, zone).to_string();
    let since = search.query().and_then(|query| query.after).map(|at| format!(" since {}", day(at)));
    let until = search.query().and_then(|query| query.before).map(|at| format!(" before {}", day(at)));
    let when = since.into_iter().chain(until).collect::<String>();
    let messages = if search.among == 1 { "the one message".to_owned() } else { format!("{} messages", search.among) };
    format!("nothing like that in {messages}{whose}{when} kept here")
}
