//! (Model, Msg) → Effects: the only place where the model changes. No clock, no disk, no network: time is given, and
//! everything else is an effect that comes back as a message.

pub(crate) mod accounts;
mod action;
mod archive;
mod client;
pub(crate) mod client_state;
pub(crate) mod composer;
pub(crate) mod config;
mod contacts;
pub(crate) mod drafts;
pub(crate) mod history;
pub(crate) mod idle;
pub(crate) mod limits;
mod link;
pub(crate) mod messages;
mod mouse;
pub(crate) mod news;
pub(crate) mod notify;
pub(crate) mod offers;
pub(crate) mod pages;
mod people;
mod presence;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod transfers;

pub(crate) use client::stop_sentence;
pub(crate) use composer::{edit_field, say};

use super::dialog::chooser;
use super::effect::{Effect, Effects};
use super::keymap::{Action, Context, Key};
use super::layers;
use super::model::transfer::TransferKey;
use super::model::{Focus, Model, input};
use super::msg::Msg;
use super::notify::Focused;
use super::pane::roster;
use crate::engine::Moment;

/// Makes one thing that happened true, and says what should be done about it.
pub fn update(model: &mut Model, now: Moment, msg: Msg) -> Vec<Effect> {
    model.now = now;
    let mut effects = if matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(_)) {
        idle::touched(model)
    } else {
        idle::tick(model)
    };
    effects.extend(match msg {
        Msg::Key(key) => {
            settle(model);
            press(model, key)
        }
        Msg::Paste(text) if model.finder.is_some() && model.layers.is_empty() => search::paste(model, &text),
        Msg::Paste(text) => composer::paste(model, &text),
        Msg::Mouse(mouse) => {
            settle(model);
            mouse::mouse(model, mouse)
        }
        Msg::Resize(width, height) => {
            model.size = (width, height).into();
            Effects::new()
        }
        Msg::Client(account, event) => client::event(model, account, event),
        Msg::ClientEnded(account) => accounts::ended(model, account),
        Msg::Started(account) => accounts::started(model, account),
        Msg::Unstartable(account, why) => accounts::unstartable(model, account, why),
        Msg::Configured(read) => config::saved(model, read),
        Msg::Account(answer) => accounts::answered(model, answer),
        Msg::Folder(folder) => composer::complete_path(model, &folder),
        Msg::Found(found) => composer::found(model, found),
        Msg::PastedFiles { text, paths, size } => composer::pasted_files(model, text, paths, size),
        Msg::Edited(text) => composer::edited(model, &text),
        Msg::SetUp(account) => layers::setup_started(model, account),
        Msg::SetUpFailed(why) => layers::setup_failed(model, why),
        Msg::Past { before, answer } => layers::past(model, before, answer),
        Msg::FreeSpace(bytes) => layers::free_space(model, bytes),
        Msg::SpaceForRules(account, id, free) => rules::measured(model, TransferKey { account, id }, &free),
        Msg::People(account, kept) => people::known(model, account, kept),
        Msg::Rules(answer) => rules::answered(model, answer),
        Msg::Machine(sections) => layers::machine(model, sections),
        Msg::Follow(link) => link::follow(model, &link),
        Msg::Unpainted { theme, why } => config::unpainted(model, theme, &why),
        Msg::Complaint(text) => {
            model.flash(text);
            Effects::new()
        }
        Msg::FocusGained => news::focus(model, Focused::Yes),
        Msg::FocusLost => news::focus(model, Focused::No),
        Msg::Tick => {
            model.end_flash();
            let mut effects = composer::tick(model);
            effects.extend(news::tick(model));
            effects
        }
    });
    offers::settle(model);
    chooser::settle(model);
    messages::settle(model);
    effects.extend(drafts::settle(model));
    effects.extend(history::mark_displayed(model));
    effects.extend(client_state::settle(model));
    effects
}

/// Puts together what is expensive, once for all that happened; to be called before drawing.
pub fn settle(model: &mut Model) {
    roster::settle(model);
}

fn press(model: &mut Model, key: Key) -> Effects {
    model.flash = None;
    if key.is_prefix() && !std::mem::replace(&mut model.input.is_prefixed, true) {
        model.flash(format!("{key}, and then?"));
        return Effects::new();
    }
    let key = if std::mem::take(&mut model.input.is_prefixed) { key.second() } else { key };
    if model.keymap.action(&[Context::Everywhere], key) != Some(Action::Interrupt) {
        model.input.quits_until = None;
    }
    if !model.layers.is_empty() {
        return layers::press(model, key);
    }
    if model.input.search.is_some()
        && model.focus == Focus::Composer
        && let Some(effects) = search_key(model, key)
    {
        return effects;
    }
    if model.finder.is_some()
        && model.focus == Focus::Composer
        && let Some(effects) = search::key(model, key)
    {
        return effects;
    }
    if let Some(effects) = roster::filter_key(model, key) {
        return effects;
    }
    if let Some(effects) = composer::drop_key(model, key) {
        return effects;
    }
    if let Some(effects) = composer::vi_key(model, key) {
        return effects;
    }
    if let Some(action) = model.keymap.action(model.focus.contexts(), key) {
        return action::act(model, action);
    }
    match key.typed() {
        Some(c) if model.focus == Focus::Composer => composer::typed(model, c),
        // Where it means nothing else it begins a command, wherever the keys are.
        Some('/') if model.current().draft.is_empty() => {
            let mut effects = action::act(model, Action::Back);
            effects.extend(composer::typed(model, '/'));
            effects
        }
        Some(_) | None => Effects::new(),
    }
}

/// A key while the input history is searched; none if it ends the search and means what it always means.
fn search_key(model: &mut Model, key: Key) -> Option<Effects> {
    if let Some(c) = key.typed() {
        input::search_for(model, |query| query.push(c));
        return Some(Effects::new());
    }
    let contexts = &[Context::Composer, Context::Editing, Context::Dialog];
    match model.keymap.action(contexts, key) {
        Some(Action::SearchInput) => input::search(model),
        Some(Action::DeleteLeft) => input::search_for(model, |query| {
            query.pop();
        }),
        Some(Action::Dismiss) => input::abandon_search(model),
        Some(Action::Send) => model.input.search = None,
        Some(_) | None => {
            model.input.search = None;
            return None;
        }
    }
    Some(Effects::new())
}
