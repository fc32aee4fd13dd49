//! The roster: accounts, groups, contacts, and who else there is a conversation with.
//!
//! Its rows are put together when something about them changed and drawn only where they are visible, so that ten
//! thousand contacts cost nothing while they rest.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

use super::draw_lines;
use crate::engine::event::{Show, Subscription};
use crate::tui::effect::Effects;
use crate::tui::keymap::Action;
use crate::tui::model::{AccountId, ConversationId, Focus, Model, Page, Peer};
use crate::tui::update::pages;
use crate::tui::widget::line::{plain, row, written};

/// Where contacts are that the user put nowhere.
const UNGROUPED: &str = "Contacts";

/// Where people are with whom there is a conversation but who are no contacts.
const STRANGERS: &str = "Others";

/// Scroll, selection, and the rows between two changes.
#[derive(Debug, Default)]
pub(crate) struct RosterView {
    /// Something changed that the rows show.
    pub(crate) stale: bool,
    pub(crate) hidden: bool,
    rows: Vec<Row>,
    selected: usize,
    folded: BTreeSet<(AccountId, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Account(AccountId),
    Group { account: AccountId, name: String, online: usize, total: usize },
    Contact { account: AccountId, jid: BareJid },
}

impl Row {
    fn is_same(&self, other: &Row) -> bool {
        let group = |row: &Row| match row {
            Row::Group { account, name, .. } => Some((*account, name.clone())),
            Row::Account(_) | Row::Contact { .. } => None,
        };
        self == other || group(self).is_some_and(|mine| group(other) == Some(mine))
    }
}

/// Puts the rows together anew if something changed.
pub(crate) fn settle(model: &mut Model) {
    if !std::mem::take(&mut model.roster.stale) {
        return;
    }
    let mut rows = Vec::new();
    for &account in model.accounts.keys() {
        if model.accounts.len() > 1 {
            rows.push(Row::Account(account));
        }
        account_rows(model, account, &mut rows);
    }
    let view = &mut model.roster;
    let selected = view.rows.get(view.selected).and_then(|old| rows.iter().position(|new| new.is_same(old)));
    let first = rows.iter().position(|row| matches!(row, Row::Contact { .. })).unwrap_or(0);
    let last = rows.len().saturating_sub(1);
    view.selected = selected.unwrap_or(if view.rows.is_empty() { first } else { view.selected.min(last) });
    view.rows = rows;
}

/// How a contact is sorted within a group: those who are there first, by name.
type Sorted = (bool, String, BareJid);

fn account_rows(model: &Model, id: AccountId, rows: &mut Vec<Row>) {
    let Some(account) = model.accounts.get(&id) else { return };
    let mut groups: BTreeMap<(u8, &str), Vec<Sorted>> = BTreeMap::new();
    for (jid, contact) in &account.contacts {
        let entry = (account.availability(jid).is_none(), model.name_of(id, jid).to_lowercase(), jid.clone());
        for group in &contact.groups {
            groups.entry((0, group)).or_default().push(entry.clone());
        }
        if contact.groups.is_empty() {
            groups.entry((1, UNGROUPED)).or_default().push(entry);
        }
    }
    for other in
        model.opened.iter().filter(|other| other.account == id && !account.contacts.contains_key(other.peer.jid()))
    {
        let jid = other.peer.jid().clone();
        groups.entry((2, STRANGERS)).or_default().push((true, model.name_of(id, &jid).to_lowercase(), jid));
    }
    for ((_, name), mut contacts) in groups {
        contacts.sort_unstable();
        let online = contacts.iter().filter(|(is_gone, _, _)| !is_gone).count();
        rows.push(Row::Group { account: id, name: name.to_owned(), online, total: contacts.len() });
        if !model.roster.folded.contains(&(id, name.to_owned())) {
            rows.extend(contacts.into_iter().map(|(_, _, jid)| Row::Contact { account: id, jid }));
        }
    }
}

pub(crate) fn title(model: &Model) -> String {
    let accounts = model.accounts.iter();
    let online: usize =
        accounts.map(|(_, it)| it.contacts.keys().filter(|jid| it.availability(jid).is_some()).count()).sum();
    let total: usize = model.accounts.values().map(|account| account.contacts.len()).sum();
    if total == 0 { "Roster".to_owned() } else { format!("Roster {online}/{total}") }
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
}

/// The first visible row: the selected one stays in the middle where it can.
fn top(view: &RosterView, height: usize) -> usize {
    view.selected.saturating_sub(height / 2).min(view.rows.len().saturating_sub(height))
}

fn explanation(model: &Model, width: u16) -> Vec<Line<'static>> {
    let complete = model.accounts.values().any(|account| account.roster_complete);
    let text = if complete {
        "Nobody here yet. /add somebody@their.server adds a contact."
    } else {
        "Your contacts appear here once you are online."
    };
    let lines = crate::tui::widget::text::wrap(text, usize::from(width));
    lines.into_iter().map(|line| Line::styled(line, model.look.theme.dim)).collect()
}

fn draw_row(model: &Model, entry: &Row, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match entry {
        Row::Account(id) => {
            let title = model.accounts.get(id).map(super::super::model::account::Account::title).unwrap_or_default();
            row(vec![written(&title, theme.strong)], Vec::new(), width, symbols.more)
        }
        Row::Group { account, name, online, total } => {
            let folded = model.roster.folded.contains(&(*account, name.clone()));
            let fold = if folded { symbols.folded } else { symbols.unfolded };
            let left = vec![plain(format!("{fold} "), theme.dim), written(name, theme.strong)];
            row(left, vec![plain(format!("{online}/{total}"), theme.dim)], width, symbols.more)
        }
        Row::Contact { account, jid } => contact_row(model, *account, jid, width),
    }
}

fn contact_row(model: &Model, account: AccountId, jid: &BareJid, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let id = ConversationId { account, peer: Peer::Direct(jid.clone()) };
    let unread = model.conversations.get(&id).map_or(0, |conversation| conversation.unread);
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
    let left = vec![
        plain(format!("{marker} "), theme.focused),
        plain(format!("{symbol} "), style),
        written(&model.name_of(account, jid), name_style),
    ];
    let right = match unread {
        0 => pending(model, account, jid).map(|text| plain(text, theme.dim)),
        _ => Some(plain(unread.to_string(), theme.unread)),
    };
    row(left, right.into_iter().collect(), width, symbols.more)
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

/// One row up or down, by the wheel.
pub(crate) fn step(model: &mut Model, up: bool) -> Effects {
    select(model, if up { Action::Up } else { Action::Down })
}

fn open(model: &mut Model) -> Effects {
    match model.roster.rows.get(model.roster.selected).cloned() {
        Some(Row::Contact { account, jid }) => pages::open(model, account, &jid),
        Some(Row::Group { account, name, .. }) => {
            let key = (account, name);
            if !model.roster.folded.remove(&key) {
                model.roster.folded.insert(key);
            }
            model.roster.stale = true;
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
