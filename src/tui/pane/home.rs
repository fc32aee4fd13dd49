//! The first page: who you are, who is there, what waits for you, and which keys go on from here. It is put together
//! from what is true now, so that it explains itself to somebody who never saw it.

use ratatui::text::{Line, Span};

use crate::engine::amount;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::account::{Account, Session};
use crate::tui::model::{AccountId, Model};
use crate::tui::update::stop_sentence;
use crate::tui::widget::line::{plain, written};
use crate::tui::widget::text;

/// More names than these are counted.
const MOST_NAMES: usize = 5;

/// Where there are fewer rows, none is spent on a heading.
const ROOMY: usize = 10;

/// A key or a heading, and what is said about it.
struct Item {
    head: String,
    says: String,
    urgent: bool,
}

pub(crate) fn lines(model: &Model, width: usize, height: usize) -> Vec<Line<'static>> {
    let mut items = Vec::new();
    if model.accounts.is_empty() {
        items.push(Item { head: "You".to_owned(), says: "no account is set up yet".to_owned(), urgent: false });
    }
    for (id, account) in &model.accounts {
        items.push(Item { head: "You".to_owned(), says: whoami(model, account), urgent: false });
        items.extend(who_is_there(model, *id, account));
    }
    items.extend(what_waits(model));
    items.extend(keys(model));
    let indent = items.iter().map(|item| text::width(&item.head)).max().unwrap_or(0).min(width / 3) + 2;
    let mut lines = Vec::new();
    if height >= ROOMY {
        lines.push(Line::from(plain("Balcony: chat, and files that arrive", model.look.theme.strong)));
        lines.push(Line::default());
    }
    for item in items {
        push(model, &item, indent, width, &mut lines);
    }
    lines.push(Line::default());
    lines
}

fn push(model: &Model, item: &Item, indent: usize, width: usize, lines: &mut Vec<Line<'static>>) {
    let theme = &model.look.theme;
    let (key, says) = if item.urgent { (theme.offer, theme.strong) } else { (theme.key, theme.plain) };
    let room = width.saturating_sub(indent).max(2);
    for (index, piece) in text::wrap(&text::visible(&item.says), room).into_iter().enumerate() {
        let head =
            if index == 0 { plain(text::pad(&item.head, indent, ""), key) } else { Span::raw(" ".repeat(indent)) };
        lines.push(Line::from(vec![head, written(&piece, says)]));
    }
}

fn whoami(model: &Model, account: &Account) -> String {
    let title = account.title();
    match &account.session {
        Session::Idle => format!("{title}: not connected; /connect goes online"),
        Session::Connecting => format!("{title}: {}", model.look.symbols.spell("connecting…")),
        Session::Online { .. } => format!("{title}, online"),
        Session::Offline { why, retry_at } => {
            let left = amount::whole_span(retry_at.saturating_duration_since(model.now.instant));
            format!("{title}: offline: {why}; trying again in {left}")
        }
        Session::Stopped(why) => format!("{title}: {}", stop_sentence(model, account, why)),
    }
}

fn who_is_there(model: &Model, id: AccountId, account: &Account) -> Option<Item> {
    if !account.is_online() {
        return None;
    }
    let there: Vec<String> = account
        .contacts
        .keys()
        .filter(|jid| account.availability(jid).is_some())
        .take(MOST_NAMES + 1)
        .map(|jid| model.name_of(id, jid))
        .collect();
    let says = match there.len() {
        0 if account.contacts.is_empty() => "no contacts yet: /add romeo@montague.lit adds one".to_owned(),
        0 => format!("nobody is online; {} in the roster", account.contacts.len()),
        count if count > MOST_NAMES => format!("{} and others are online", there[..MOST_NAMES].join(", ")),
        1 => format!("{} is online", there[0]),
        count => format!("{} and {} are online", there[..count - 1].join(", "), there[count - 1]),
    };
    Some(Item { head: "Contacts".to_owned(), says, urgent: false })
}

fn what_waits(model: &Model) -> Vec<Item> {
    let mut items = Vec::new();
    let shown = model.shown_offer().and_then(|key| model.transfers.get(key).map(|transfer| (key, transfer)));
    if let Some((key, transfer)) = shown {
        let who = model.label_of(key.account, &transfer.info.peer.to_bare());
        let accept = model.keymap.key(Context::Everywhere, Action::AcceptShown).unwrap_or_default();
        let decline = model.keymap.key(Context::Everywhere, Action::DeclineShown).unwrap_or_default();
        let says = format!("{who} offers you {}: {accept} accepts it, {decline} declines", transfer.info.name);
        items.push(Item { head: "A file waits".to_owned(), says, urgent: true });
    }
    items.extend(who_asks(model));
    let unread = model.unread();
    if unread > 0 {
        let key = model.keymap.key(Context::Everywhere, Action::NextUnread).unwrap_or_default();
        let says = match unread {
            1 => format!("one conversation holds something new: {key} goes there"),
            _ => format!("{unread} conversations hold something new: {key} goes to the next"),
        };
        items.push(Item { head: "Unread".to_owned(), says, urgent: true });
    }
    items
}

/// However many they are, they take one line.
fn who_asks(model: &Model) -> Option<Item> {
    let mut asking = model.accounts.values().flat_map(|account| account.requests.keys());
    let (first, others) = (asking.next()?, asking.count());
    let key = model.keymap.key(Context::Everywhere, Action::FocusOffers).unwrap_or_default();
    let says = match others {
        0 => format!("{first} asks to see when you are online: {key} answers"),
        _ => format!("{first} and {others} more ask to see when you are online: {key} answers"),
    };
    Some(Item { head: "Somebody asks".to_owned(), says, urgent: true })
}

fn keys(model: &Model) -> Vec<Item> {
    let key = |action| model.keymap.key(Context::Everywhere, action).unwrap_or_default();
    let item = |head: String, says: &str| Item { head, says: says.to_owned(), urgent: false };
    vec![
        item(key(Action::NextPane), "goes to the roster; Enter opens a conversation, then just write"),
        item("/send FILE".to_owned(), "in a conversation offers a file; dropping one on the terminal does too"),
        item(key(Action::Help), "lists every key and command; it helps wherever you are"),
        item(key(Action::Quit), "quits"),
    ]
}
