//! The roster: accounts, groups, contacts, who asks to see us, and who else there is a conversation with.
//!
//! Everybody is kept [sorted]; the [rows](mod@rows) are chosen when somebody moved and drawn only where they are visible, so that ten
//! thousand contacts cost nothing while they rest, and little when one of them comes or goes.

mod rows;
mod sorted;

use std::collections::BTreeSet;

use jid::BareJid;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use self::rows::{Row, rows};
use self::sorted::Sorted;
use super::{draw_lines, mark};
use crate::engine::event::{Show, Subscription};
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context, Key};
use crate::tui::model::{AccountId, ConversationId, Focus, Model, Page, Peer, RosterOrder};
use crate::tui::update::pages;
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::text;

/// No name is longer.
const LONGEST_FILTER: usize = 64;

/// Scroll, selection, and the rows between two changes.
#[derive(Debug, Default)]
pub(crate) struct RosterView {
    /// Something changed that everybody's place may depend on.
    pub(crate) stale: bool,
    /// About whom else something changed.
    changed: BTreeSet<(AccountId, BareJid)>,
    pub(crate) hidden: bool,
    /// In which order contacts stand.
    pub(crate) order: RosterOrder,
    /// What is typed to find somebody; as long as it is there, keys go into it.
    pub(crate) filter: Option<String>,
    sorted: Sorted,
    rows: Vec<Row>,
    selected: usize,
    /// The groups that the user folded or unfolded.
    toggled: BTreeSet<(AccountId, String)>,
}

/// Puts everybody where they belong about whom something changed.
pub(crate) fn settle(model: &mut Model) {
    let changed = std::mem::take(&mut model.roster.changed);
    let mut sorted = std::mem::take(&mut model.roster.sorted);
    let mut is_new = std::mem::take(&mut model.roster.stale);
    if is_new {
        sorted = Sorted::of(model);
    } else {
        for (account, jid) in &changed {
            is_new |= sorted.look_at(model, *account, jid);
        }
    }
    model.roster.sorted = sorted;
    if is_new {
        model.roster.fit();
    }
}

impl RosterView {
    /// Nobody yet.
    pub(crate) fn new(order: RosterOrder) -> Self {
        RosterView { order, ..RosterView::default() }
    }

    /// Something about somebody may have changed.
    pub(crate) fn look_at(&mut self, account: AccountId, who: &BareJid) {
        if !self.stale {
            self.changed.insert((account, who.clone()));
        }
    }

    /// Chooses the rows anew; the selection stays on whom it was.
    fn fit(&mut self) {
        let rows = rows(&self.sorted, &self.toggled, self.filter.as_deref());
        let selected = self.rows.get(self.selected).and_then(|old| rows.iter().position(|new| new.is_same(old)));
        let first = rows.iter().position(|row| matches!(row, Row::Contact { .. })).unwrap_or(0);
        let last = rows.len().saturating_sub(1);
        self.selected = selected.unwrap_or(if self.rows.is_empty() { first } else { self.selected.min(last) });
        self.rows = rows;
    }

    /// Chooses the rows for another filter; the first who fits is selected.
    fn filter_by(&mut self, filter: Option<String>) {
        let was = self.rows.get(self.selected).cloned();
        let ends = filter.is_none();
        self.filter = filter;
        self.rows = rows(&self.sorted, &self.toggled, self.filter.as_deref());
        let first = self.rows.iter().position(|row| matches!(row, Row::Contact { .. })).unwrap_or(0);
        let kept = was.filter(|_| ends).and_then(|was| self.rows.iter().position(|row| row.is_same(&was)));
        self.selected = kept.unwrap_or(first);
    }
}

/// Who is selected.
pub(crate) fn chosen(model: &Model) -> Option<(AccountId, BareJid)> {
    match model.roster.rows.get(model.roster.selected)? {
        Row::Contact { account, jid } => Some((*account, jid.clone())),
        Row::Account(_) | Row::Group { .. } => None,
    }
}

pub(crate) fn title(model: &Model) -> String {
    let RosterView { filter, sorted: Sorted { online, .. }, .. } = &model.roster;
    let total: usize = model.accounts.values().map(|account| account.contacts.len()).sum();
    match filter {
        Some(filter) => format!("/{filter}{}", model.look.symbols.prompt),
        None if total == 0 => "Roster".to_owned(),
        None => format!("Roster {online}/{total}"),
    }
}

pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let view = &model.roster;
    if view.rows.is_empty() {
        return draw_lines(explanation(model, area.width), area, buf);
    }
    let top = top(view, usize::from(area.height));
    let visible = view.rows.iter().enumerate().skip(top).take(usize::from(area.height));
    let lines = visible.map(|(index, row)| {
        let line = draw_row(model, row, usize::from(area.width));
        let selected = model.focus == Focus::Roster && index == view.selected;
        if selected { line.patch_style(model.look.theme.selected) } else { line }
    });
    draw_lines(lines, area, buf);
    if model.focus == Focus::Roster {
        mark(model, area, view.selected - top, buf);
    }
}

/// The first visible row: the selected one stays in the middle where it can.
fn top(view: &RosterView, height: usize) -> usize {
    view.selected.saturating_sub(height / 2).min(view.rows.len().saturating_sub(height))
}

fn explanation(model: &Model, width: u16) -> Vec<Line<'static>> {
    let complete = model.accounts.values().any(|account| account.roster_complete);
    let text = if model.roster.filter.is_some() {
        "Nobody fits that. Esc shows all again."
    } else if complete {
        "Nobody here yet. /add ADDRESS adds a contact."
    } else {
        "Your contacts appear here once you are online."
    };
    let lines = text::wrap(text, usize::from(width));
    lines.into_iter().map(|line| Line::styled(line, model.look.theme.dim)).collect()
}

fn draw_row(model: &Model, entry: &Row, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match entry {
        Row::Account(id) => {
            let title = model.accounts.get(id).map(super::super::model::account::Account::title).unwrap_or_default();
            row(vec![written(&title, theme.strong)], Vec::new(), width, symbols.more)
        }
        Row::Group { name, online, total, folded, .. } => {
            let fold = if *folded { symbols.folded } else { symbols.unfolded };
            let left = vec![plain(format!("{fold} "), theme.dim), written(name, theme.strong)];
            row(left, vec![plain(format!("{online}/{total}"), theme.dim)], width, symbols.more)
        }
        Row::Contact { account, jid } => contact_row(model, *account, jid, width),
    }
}

fn contact_row(model: &Model, account: AccountId, jid: &BareJid, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let id = ConversationId { account, peer: Peer::Direct(jid.clone()) };
    let conversation = model.conversations.get(&id);
    let unread = conversation.map_or(0, |conversation| conversation.unread);
    let has_draft = conversation.is_some_and(|conversation| !conversation.unsaid().trim().is_empty());
    let show = model.accounts.get(&account).and_then(|account| account.availability(jid));
    let (symbol, style) = availability(model, show);
    let here = model.page == Page::With(id);
    let name_style = match (unread, here, show) {
        (1.., _, _) => theme.unread,
        (_, true, _) => theme.strong,
        (_, _, None) => theme.dim,
        (_, _, Some(_)) => theme.plain,
    };
    let marker = if here { symbols.marker } else { " " };
    let mut left = vec![
        plain(format!("{marker} "), theme.focused),
        plain(format!("{symbol} "), style),
        written(&model.name_of(account, jid), name_style),
    ];
    left.extend(says(model, account, jid).map(|words| written(&format!("  {words}"), theme.dim)));
    let right = match unread {
        0 => pending(model, account, jid).map(|text| plain(text, theme.dim)),
        _ => Some(plain(unread.to_string(), theme.unread)),
    };
    let between = if right.is_some() { " " } else { "" };
    let draft = (has_draft && !here).then(|| plain(format!("{}{between}", symbols.draft), theme.dim));
    row(left, draft.into_iter().chain(right).collect(), width, symbols.more)
}

/// A contact's own words about being there, of the program that would get a message.
fn says(model: &Model, account: AccountId, jid: &BareJid) -> Option<String> {
    let account = model.accounts.get(&account).filter(|account| account.is_online())?;
    let words = account.contacts.get(jid)?.resources.first()?.status.as_deref()?;
    let line = words.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.to_owned())
}

/// What is not settled between us and a contact.
fn pending(model: &Model, account: AccountId, jid: &BareJid) -> Option<&'static str> {
    let account = model.accounts.get(&account)?;
    if account.is_blocked(jid) {
        return Some("blocked");
    }
    if account.requests.contains_key(jid) {
        return Some("asks");
    }
    let contact = account.contacts.get(jid)?;
    match contact.subscription {
        Subscription::None | Subscription::From if contact.asked => Some("asked"),
        Subscription::None | Subscription::From | Subscription::To | Subscription::Both => None,
    }
}

/// The symbol and style of being available in some way, or not at all.
pub(crate) fn availability(model: &Model, show: Option<Show>) -> (&'static str, Style) {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match show {
        Some(Show::Available | Show::Chat) => (symbols.available, theme.good),
        Some(Show::Away) => (symbols.away, theme.busy),
        Some(Show::ExtendedAway) => (symbols.gone_long, theme.busy),
        Some(Show::DoNotDisturb) => (symbols.busy, theme.bad),
        None => (symbols.offline, theme.dim),
    }
}

/// Goes to the roster, to whom the conversation on the screen is with.
pub(crate) fn focus(model: &mut Model) -> Effects {
    model.focus = Focus::Roster;
    if let Page::With(ConversationId { account, peer }) = &model.page {
        let here = Row::Contact { account: *account, jid: peer.jid().clone() };
        let row = model.roster.rows.iter().position(|row| *row == here);
        model.roster.selected = row.unwrap_or(model.roster.selected);
    }
    Effects::new()
}

/// Goes to the roster, or hides it where the user is in it.
pub(crate) fn toggle(model: &mut Model) -> Effects {
    let leaves = model.focus == Focus::Roster;
    model.roster.hidden = leaves;
    if leaves {
        clear_filter(model);
        model.focus = Focus::Composer;
        return Effects::new();
    }
    focus(model)
}

pub(crate) fn select(model: &mut Model, action: Action) -> Effects {
    let last = model.roster.rows.len().saturating_sub(1);
    if action == Action::Open {
        return open(model);
    }
    model.roster.selected = if action == Action::First {
        0
    } else if action == Action::Last {
        last
    } else if action == Action::Up {
        model.roster.selected.saturating_sub(1)
    } else {
        (model.roster.selected + 1).min(last)
    };
    Effects::new()
}

/// Begins to look for somebody by typing.
pub(crate) fn filter(model: &mut Model) -> Effects {
    model.roster.filter_by(Some(String::new()));
    Effects::new()
}

/// Shows everybody again.
pub(crate) fn clear_filter(model: &mut Model) {
    if model.roster.filter.is_some() {
        model.roster.filter_by(None);
    }
}

/// A key while somebody is looked for; none if it means what it always means.
pub(crate) fn filter_key(model: &mut Model, key: Key) -> Option<Effects> {
    let mut typed = model.roster.filter.clone().filter(|_| model.focus == Focus::Roster)?;
    let action = model.keymap.action(&[Context::Editing, Context::Roster], key);
    match (key.typed(), action) {
        (Some(c), _) if typed.chars().count() < LONGEST_FILTER => typed.push(c),
        (None, Some(Action::DeleteLeft)) => {
            typed.pop();
        }
        (None, Some(Action::KillToStart | Action::KillWordLeft)) => typed.clear(),
        (None, Some(Action::Back)) => {
            clear_filter(model);
            return Some(Effects::new());
        }
        (Some(_), _) => return Some(Effects::new()),
        (None, Some(Action::Up | Action::Down | Action::Open)) => return None,
        (None, Some(_) | None) => {
            clear_filter(model);
            return None;
        }
    }
    model.roster.filter_by(Some(typed));
    Some(Effects::new())
}

/// Sorts contacts in the next way.
pub(crate) fn reorder(model: &mut Model) -> Effects {
    model.roster.order = model.roster.order.next();
    model.roster.stale = true;
    model.flash(format!("Contacts are sorted by {}", model.roster.order.title()));
    Effects::new()
}

/// One row up or down, by the wheel.
pub(crate) fn step(model: &mut Model, up: bool) -> Effects {
    select(model, if up { Action::Up } else { Action::Down })
}

fn open(model: &mut Model) -> Effects {
    match model.roster.rows.get(model.roster.selected).cloned() {
        Some(Row::Contact { account, jid }) => {
            clear_filter(model);
            pages::open(model, account, &jid)
        }
        Some(Row::Group { account, name, .. }) => {
            let key = (account, name);
            if !model.roster.toggled.remove(&key) {
                model.roster.toggled.insert(key);
            }
            model.roster.fit();
            Effects::new()
        }
        Some(Row::Account(_)) | None => Effects::new(),
    }
}

/// A click selects, and opens what it hits.
pub(crate) fn click(model: &mut Model, area: Rect, y: u16) -> Effects {
    let index = top(&model.roster, usize::from(area.height)) + usize::from(y);
    if index >= model.roster.rows.len() {
        return focus(model);
    }
    model.roster.selected = index;
    open(model)
}
