//! Everything about a contact: who they are to us, where they are, what they use and say of themselves.

use std::time::SystemTime;

use jid::BareJid;
use ratatui::text::Line;

use super::{Drawing, block, dismiss, last_scroll, person};
use crate::engine::command::Command;
use crate::engine::event::{About, Contact, Resource, Subscription};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::account::Account;
use crate::tui::model::{AccountId, Model};
use crate::tui::pane::roster::availability;
use crate::tui::update::{notify, requests};
use crate::tui::widget::text;
use crate::tui::words::presence;

/// Where what is known of them begins, beside the names.
const COLUMN: usize = 11;

/// Who; and how far it is scrolled.
#[derive(Debug)]
pub(crate) struct ContactDetails {
    account: AccountId,
    who: BareJid,
    scroll: usize,
}

/// Shows what is known, and asks for the rest.
pub(crate) fn open(model: &mut Model, account: AccountId, who: &BareJid) -> Effects {
    if let Some(account) = model.accounts.get_mut(&account) {
        account.cards.remove(who);
    }
    model.layers.push(Layer::Contact(ContactDetails { account, who: who.clone(), scroll: 0 }));
    vec![Effect::Command(account, Command::AskAbout { contact: who.clone() })]
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Contact(details)) = model.layers.last() else { return Effects::new() };
    let (account, who) = (details.account, details.who.clone());
    if action == Action::Dismiss || action == Action::Confirm {
        layers::close(model)
    } else if action == Action::Block {
        block::open(model, account, &who)
    } else if action == Action::Rename {
        person::rename(model, account, &who)
    } else if action == Action::Regroup {
        person::regroup(model, account, &who)
    } else if action == Action::Quieter {
        notify::quieter(model, account, &who)
    } else if matches!(action, Action::Accept | Action::AcceptAs | Action::Decline) {
        requests::answer(model, account, &who, action)
    } else if matches!(action, Action::Up | Action::ScrollUp) {
        scroll(model, -1)
    } else {
        scroll(model, 1)
    }
}

fn scroll(model: &mut Model, by: isize) -> Effects {
    let Some(Layer::Contact(details)) = model.layers.last() else { return Effects::new() };
    let last = last_scroll(model, drawing(model, details).lines.len());
    if let Some(Layer::Contact(details)) = model.layers.last_mut() {
        details.scroll = details.scroll.saturating_add_signed(by).min(last);
    }
    Effects::new()
}

pub(crate) fn drawing(model: &Model, details: &ContactDetails) -> Drawing {
    let mut lines = Vec::new();
    let account = model.accounts.get(&details.account);
    if let Some(account) = account {
        describe(model, details, account, &mut lines);
    }
    let asks = account.is_some_and(|account| account.requests.contains_key(&details.who));
    let is_contact = account.is_some_and(|account| account.contacts.contains_key(&details.who));
    let here = |action, word| (Context::Contact, action, word);
    let answers = [here(Action::Accept, "let see"), here(Action::AcceptAs, "and add"), here(Action::Decline, "deny")];
    let changes = [here(Action::Rename, "rename"), here(Action::Regroup, "groups"), here(Action::Quieter, "rings for")];
    let keys = answers.into_iter().filter(|_| asks).chain(changes.into_iter().filter(|_| is_contact));
    let keys = keys.chain([here(Action::Block, "block"), dismiss("closes")]).collect();
    Drawing { title: "Contact".to_owned(), lines, scroll: details.scroll, cursor: None, keys }
}

fn describe(model: &Model, details: &ContactDetails, account: &Account, lines: &mut Vec<Line<'static>>) {
    let who = &details.who;
    let contact = account.contacts.get(who);
    field(model, "Address", &text::address(who.as_str()), lines);
    if let Some(name) = contact.and_then(|contact| contact.name.as_deref()) {
        field(model, "Name", name, lines);
    }
    if let Some(own) = account.own_name_of(who) {
        field(model, "Says", &format!("calls themselves {own}"), lines);
    }
    if let Some(request) = account.requests.get(who) {
        let said = request.text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        field(model, "Asks", &format!("to see when you are online{said}"), lines);
    }
    field(model, "Sees", seeing(contact), lines);
    if let Some(contact) = contact.filter(|contact| !contact.groups.is_empty()) {
        field(model, "Groups", &contact.groups.join(", "), lines);
    }
    if account.is_blocked(who) {
        field(model, "Blocked", "yes: nothing of theirs reaches you", lines);
    }
    if contact.is_some() {
        field(model, "Rings for", notify::words(model.notify_setting(details.account, who)), lines);
    }
    where_they_are(model, account, contact, lines);
    for (about, says) in account.cards.get(who).map(|card| card.lines.as_slice()).unwrap_or_default() {
        field(model, heading(*about), says, lines);
    }
}

fn where_they_are(model: &Model, account: &Account, contact: Option<&Contact>, lines: &mut Vec<Line<'static>>) {
    let resources = contact.map(|contact| contact.resources.as_slice()).unwrap_or_default();
    for resource in resources.iter().filter(|_| account.is_online()) {
        field(model, "Is at", &described(model, account, resource), lines);
    }
    if resources.is_empty() && contact.is_some_and(hides) {
        let asks = contact.filter(|contact| !contact.asked).map(|contact| format!("; /add {} asks them", contact.jid));
        field(model, "Is", &format!("not known: they do not let you see{}", asks.unwrap_or_default()), lines);
    } else if resources.is_empty() {
        let seen = contact.and_then(|contact| contact.last_seen).map(|at| presence::last_seen(model.now.wall, at));
        field(model, "Is", &seen.map_or("not here".to_owned(), |seen| format!("not here; {seen}")), lines);
    }
}

/// Whether they do not let us see where they are.
pub(crate) fn hides(contact: &Contact) -> bool {
    matches!(contact.subscription, Subscription::From | Subscription::None)
}

/// `● orchard · away: asleep · idle 12 min · profanity 0.13 · takes files`.
fn described(model: &Model, account: &Account, resource: &Resource) -> String {
    let (symbol, _) = availability(model, Some(resource.show));
    let status = resource.status.as_ref().map(|status| format!(": {status}")).unwrap_or_default();
    let mut parts =
        vec![format!("{symbol} {}", resource.jid.resource()), format!("{}{status}", presence::shown(resource.show))];
    parts.extend(idle(model.now.wall, resource.idle_since));
    if let Some(program) = account.programs.get(&resource.jid) {
        let os = program.os.as_ref().map(|os| format!(" on {os}")).unwrap_or_default();
        parts.push(format!("{} {}{os}", program.name, program.version));
    }
    parts.extend((resource.takes_files == Some(true)).then(|| "takes files".to_owned()));
    parts.join(&format!(" {} ", model.look.symbols.between))
}

fn idle(now: SystemTime, since: Option<SystemTime>) -> Option<String> {
    presence::idle(now, since?)
}

fn seeing(contact: Option<&Contact>) -> &'static str {
    let Some(contact) = contact else { return "nothing of you: they are NOT in your roster" };
    match (contact.subscription, contact.asked) {
        (Subscription::Both, _) => "you see each other",
        (Subscription::To, _) => "you see when they are online, and they do not see you",
        (Subscription::From, true) => "they see when you are online; you asked to see them",
        (Subscription::From, false) => "they see when you are online, and you do not see them",
        (Subscription::None, true) => "you asked to see them",
        (Subscription::None, false) => "neither of you sees the other",
    }
}

fn heading(about: About) -> &'static str {
    match about {
        About::Name => "Full name",
        About::Nickname => "Nickname",
        About::Birthday => "Born",
        About::Organization => "Works for",
        About::Title => "As",
        About::Role => "Role",
        About::Place => "Lives at",
        About::Telephone => "Telephone",
        About::Mail => "Mail",
        About::Page => "Page",
        About::Note => "Note",
    }
}

fn field(model: &Model, name: &str, value: &str, lines: &mut Vec<Line<'static>>) {
    super::field(model, COLUMN, (name, value), lines);
}
