//! /set: what is configured, and changes of it for this run.

use super::{Answer, Completes, SlashCommand};
use crate::store::config::{SETTINGS, Setting, nearest};
use crate::tui::dialog::settings;
use crate::tui::effect::Effects;
use crate::tui::model::Model;
use crate::tui::update::config;

pub(super) static SET: SlashCommand = SlashCommand {
    name: "set",
    aliases: &[],
    arguments: "[KEY [VALUE]]",
    help: "what is configured, what a key means, or another value until you quit; it says how to keep that",
    completes: Completes::Settings,
    run: |model, arguments| {
        let (name, value) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        if name.is_empty() {
            return Ok(settings::open(model));
        }
        let setting = Setting::find(name).ok_or_else(|| unknown(name))?;
        if value.trim().is_empty() {
            explain(model, setting);
            return Ok(Effects::new());
        }
        set(model, setting, value.trim().trim_start_matches("= "))
    },
};

fn explain(model: &mut Model, setting: &Setting) {
    let value = setting.value(&model.configuration.in_force);
    let says = format!(
        "{} = {value}{}; the default is {}. {} A change holds {}.",
        setting.name,
        model.configuration.since(setting),
        setting.default(),
        setting.about(),
        setting.applies.words(),
    );
    model.say(says);
}

fn set(model: &mut Model, setting: &'static Setting, value: &str) -> Answer {
    let effects = config::set(model, setting, value)?;
    let line = setting.line(&model.configuration.in_force);
    let keep = match &model.configuration.file {
        Some(file) => format!("to keep it, put {line} under [{}] in {}", setting.table(), model.look.short_path(file)),
        None => "nothing is kept here".to_owned(),
    };
    model.say(format!("{line} holds {}, until you quit; {keep}", setting.applies.words()));
    Ok(effects)
}

fn unknown(name: &str) -> String {
    if let Some("accounts" | "rules" | "keys") = name.split('.').next() {
        return format!(
            "{name} is a table of its own: write it into config.toml, which is read again when you save it"
        );
    }
    // What a table has in common makes its keys no nearer to each other.
    let in_table = name.split_once('.').filter(|(table, _)| SETTINGS.iter().any(|setting| setting.table() == *table));
    let near = if let Some((table, key)) = in_table {
        let own = SETTINGS.iter().filter(|setting| setting.table() == table);
        nearest(key, &own.map(Setting::key).collect::<Vec<_>>()).map(|near| format!("{table}.{near}"))
    } else {
        let all = SETTINGS.iter().flat_map(|setting| [setting.key(), setting.name]);
        nearest(name, &all.collect::<Vec<_>>()).map(str::to_owned)
    };
    let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    format!("No key is called {name:?}; {near}/set lists them")
}
