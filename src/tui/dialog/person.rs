//! One line about a contact: whom to add, how to call them, into which groups they go.

use jid::BareJid;
use ratatui::text::Line;

use super::{Drawing, confirm, dismiss};
use crate::tui::command::{complete, contacts};
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// What is written, and what for.
#[derive(Debug)]
pub(crate) struct Person {
    account: AccountId,
    change: Change,
    pub(crate) field: Editor,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Add,
    Rename(BareJid),
    Regroup(BareJid),
}

/// Asks for an address to add.
pub(crate) fn add(model: &mut Model, account: AccountId) -> Effects {
    open(model, account, Change::Add, "")
}

/// Asks how to call a contact.
pub(crate) fn rename(model: &mut Model, account: AccountId, who: &BareJid) -> Effects {
    let contact = model.accounts.get(&account).and_then(|account| account.contacts.get(who));
    let name = contact.and_then(|contact| contact.name.clone()).unwrap_or_default();
    open(model, account, Change::Rename(who.clone()), &name)
}

/// Asks for the groups of a contact.
pub(crate) fn regroup(model: &mut Model, account: AccountId, who: &BareJid) -> Effects {
    let contact = model.accounts.get(&account).and_then(|account| account.contacts.get(who));
    let groups = contact.map(|contact| contact.groups.join(", ")).unwrap_or_default();
    open(model, account, Change::Regroup(who.clone()), &groups)
}

fn open(model: &mut Model, account: AccountId, change: Change, text: &str) -> Effects {
    let mut field = Editor::default();
    field.replace(text);
    model.layers.push(Layer::Person(Person { account, change, field }));
    Effects::new()
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Person(person)) = model.layers.last() else { return Effects::new() };
    if action == Action::Dismiss {
        return layers::close(model);
    }
    if action == Action::NextField {
        complete_group(model);
        return Effects::new();
    }
    if action != Action::Confirm {
        return layers::edit(model, action);
    }
    let (account, change, text) = (person.account, person.change.clone(), person.field.text().trim().to_owned());
    let answer = match change {
        Change::Add => contacts::add(model, account, &text),
        Change::Rename(who) => contacts::rename(model, account, who, Some(text).filter(|name| !name.is_empty())),
        Change::Regroup(who) => contacts::regroup(model, account, who, groups_in(&text)),
    };
    match answer {
        Ok(effects) => {
            layers::close(model);
            effects
        }
        Err(why) => {
            model.flash(why.to_string());
            Effects::new()
        }
    }
}

fn groups_in(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect()
}

/// Completes the last group with those that there are.
fn complete_group(model: &mut Model) {
    let Some(Layer::Person(Person { account, change: Change::Regroup(_), field })) = model.layers.last() else {
        return;
    };
    let before = field.before();
    let after_comma = before.rfind(',').map_or(0, |at| at + 1);
    let start = before.len() - before[after_comma..].trim_start().len();
    let typed = before[start..].to_lowercase();
    let contacts = model.accounts.get(account).into_iter().flat_map(|account| account.contacts.values());
    let groups = contacts.flat_map(|contact| &contact.groups).filter(|group| group.to_lowercase().starts_with(&typed));
    let fitting: Vec<String> = groups.cloned().collect();
    let common = complete::common_start(&fitting);
    if common.len() >= typed.len()
        && let Some(Layer::Person(person)) = model.layers.last_mut()
        && !fitting.is_empty()
    {
        person.field.complete(start, &common);
    }
}

pub(crate) fn drawing(model: &Model, person: &Person) -> Drawing {
    let theme = &model.look.theme;
    let (title, says, does) = match &person.change {
        Change::Add => (
            "Add a contact",
            "Whose address, and perhaps a name? Both of you see when the other is online.".to_owned(),
            "adds",
        ),
        Change::Rename(who) => (
            "Rename",
            format!("What do you call {who}? Without a name they are called as they call themselves."),
            "renames",
        ),
        Change::Regroup(who) => {
            ("Groups", format!("In which groups is {who}? With commas between them; Tab completes."), "moves")
        }
    };
    let width = super::width(model);
    let drawn = person.field.drawn(width);
    let mut lines: Vec<Line<'static>> = text::wrap(&text::visible(&says), width).into_iter().map(Line::from).collect();
    lines.push(Line::default());
    let cursor = (lines.len() + drawn.cursor.0, drawn.cursor.1);
    lines.extend(drawn.rows.into_iter().map(|row| Line::from(plain(row, theme.strong))));
    if let Some(flash) = &model.flash {
        lines.extend(
            text::wrap(&text::visible(&flash.text), width).into_iter().map(|line| Line::from(plain(line, theme.bad))),
        );
    }
    let completes = (Context::Dialog, Action::NextField, "completes");
    let completes = Some(completes).filter(|_| matches!(person.change, Change::Regroup(_)));
    let keys = std::iter::once(confirm(does)).chain(completes).chain([dismiss("back")]).collect();
    Drawing { title: title.to_owned(), lines, scroll: 0, cursor: Some(cursor), keys }
}
