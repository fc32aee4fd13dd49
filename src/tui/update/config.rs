//! The configuration changes while Balcony runs: the file was saved, or something is set until the end of this run.
//!
//! What the file says anew holds from then on; what it goes on saying leaves alone what was set meanwhile. From when on
//! a change can hold stands in [`SETTINGS`], and nowhere else. A file that is wrong changes nothing.

use std::collections::BTreeMap;

use super::accounts;
use crate::client::Limits;
use crate::engine::command::Command;
use crate::store::config::{Applies, Config, SETTINGS, Setting, ThemeWish, UiConfig};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{self, Keymap};
use crate::tui::model::Model;
use crate::tui::model::configuration::Configuration;
use crate::tui::model::input::Input;
use crate::tui::notify::{Bell, Ways};
use crate::tui::theme::{Glyphs, Symbols};

/// The file was saved.
pub(super) fn saved(model: &mut Model, read: Result<Box<Config>, String>) -> Effects {
    match read {
        Ok(config) => take(model, &config),
        Err(why) => {
            model.configuration.is_faulty = true;
            let link = if why.ends_with('?') { " Until" } else { "; until" };
            model.say(format!("{why}{link} that is put right, what held before goes on to hold"));
            Effects::new()
        }
    }
}

fn take(model: &mut Model, config: &Config) -> Effects {
    let changed = take_settings(model, config);
    let mut told: Vec<String> = changed.iter().map(|setting| told(setting, config)).collect();
    if config.rules != model.configuration.written.rules {
        model.rules.list.clone_from(&config.rules);
        told.push("the rules, at once".to_owned());
    }
    if config.notifications.contacts != model.configuration.written.notifications.contacts {
        take_contacts(model, config);
        told.push("for whom it may ring, at once".to_owned());
    }
    let keys = keymap::wished(&config.keys);
    if keys != keymap::wished(&model.configuration.written.keys) {
        told.extend(take_keys(model, &keys));
    }
    let mut effects = take_effect(model, &changed);
    let before = std::mem::replace(&mut model.configuration.written, config.clone());
    model.configuration.in_force.accounts.clone_from(&config.accounts);
    if std::mem::take(&mut model.configuration.is_faulty) && told.is_empty() {
        told.push("nothing is wrong with it any more".to_owned());
    }
    if !told.is_empty() {
        let file = model.configuration.file.as_deref().map(|file| model.look.short_path(file)).unwrap_or_default();
        model.say(format!("{file} was read again: {}", told.join("; ")));
    }
    effects.extend(accounts::configured(model, &before.accounts, &config.accounts));
    effects
}

/// Only what the file did not say before.
fn take_settings(model: &mut Model, config: &Config) -> Vec<&'static Setting> {
    let written = &model.configuration.written;
    let anew = SETTINGS.iter().filter(|setting| setting.value(config) != setting.value(written));
    let changed: Vec<_> = anew.collect();
    for setting in &changed {
        setting.copy(&mut model.configuration.in_force, config);
    }
    changed
}

fn told(setting: &Setting, config: &Config) -> String {
    format!("{} = {}, {}", setting.name, setting.value(config), setting.applies.words())
}

/// Who is treated otherwise than most.
fn take_contacts(model: &mut Model, config: &Config) {
    let contacts = &config.notifications.contacts;
    for in_force in [&mut model.configuration.in_force.notifications, &mut model.look.notifications] {
        in_force.contacts.clone_from(contacts);
    }
}

/// They were looked at when the file was read; what is wrong with them never comes here.
fn take_keys(model: &mut Model, wished: &BTreeMap<String, Vec<String>>) -> Option<String> {
    model.keymap = Keymap::new(wished).ok()?;
    Some("the keys, at once".to_owned())
}

/// Sets something until Balcony ends, or until the file says otherwise.
pub(crate) fn set(model: &mut Model, setting: &'static Setting, typed: &str) -> Result<Effects, String> {
    let Configuration { in_force, file, .. } = &mut model.configuration;
    setting.set(in_force, typed, file.as_deref()).map_err(|why| as_sentence(&why))?;
    Ok(take_effect(model, &[setting]))
}

/// What the configuration says behind a line and a column, standing alone.
fn as_sentence(why: &str) -> String {
    let mut chars = why.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A theme is not to be had: the one that is drawn with goes on to hold.
pub(super) fn unpainted(model: &mut Model, theme: ThemeWish, why: &str) -> Effects {
    model.configuration.in_force.ui.theme = theme;
    model.say(format!("{}; so the theme stays as it was", as_sentence(why)));
    Effects::new()
}

/// The roster as it is wanted.
fn arrange(model: &mut Model) {
    let roster = model.configuration.in_force.roster;
    model.roster.order = roster.order.into();
    model.roster.stale = true;
    model.idle.wanted = roster.tell_idle;
}

/// Does what has to be done so that changes hold.
fn take_effect(model: &mut Model, changed: &[&'static Setting]) -> Effects {
    let any = |applies: Applies| changed.iter().any(|setting| setting.applies == applies);
    let mut effects = Effects::new();
    if any(Applies::AtOnce) {
        let ui = model.configuration.in_force.ui.clone();
        dress(model, &ui);
        if changed.iter().any(|setting| setting.name.starts_with("roster.")) {
            arrange(model);
        }
        effects.push(Effect::Limit(limits(model)));
        effects.push(Effect::TakeMouse(ui.mouse));
        effects.push(Effect::Paint(ui));
    }
    if any(Applies::NextTransfer) {
        model.look.downloads = model.configuration.downloads();
        let preferences = model.configuration.preferences();
        let prefer = |id| Effect::Command(id, Command::Prefer(preferences.clone()));
        effects.extend(model.accounts.keys().copied().map(prefer));
    }
    if any(Applies::NextConnection) {
        for account in model.accounts.values_mut() {
            account.engagement.outdate();
        }
    }
    effects
}

/// Looks as it is configured to.
fn dress(model: &mut Model, ui: &UiConfig) {
    let notifications = &model.configuration.in_force.notifications;
    model.look.ways = Ways::new(notifications, ui.bell.then_some(Bell), model.look.surroundings);
    model.look.notifications.clone_from(notifications);
    model.look.links = ui.links;
    model.look.symbols = Symbols::of(Glyphs::wanted(ui.symbols, model.look.shown));
    if ui.vi != model.input.vi.is_some() {
        model.input.vi = Input::new(ui.vi).vi;
    }
}

/// How fast files may move, all accounts together.
pub(crate) fn limits(model: &Model) -> Limits {
    let transfers = &model.configuration.in_force.transfers;
    Limits { up: transfers.limit_up, down: transfers.limit_down }
}
