//! The session: /help /status /away /quit.

use super::refusal::misuse;
use super::{Answer, COMMANDS, Completes, SlashCommand, find, usage};
use crate::engine::command::{Command, Show};
use crate::tui::effect::{Effect, Effects};
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::words::presence;

pub(super) static HELP: SlashCommand = SlashCommand {
    name: "help",
    aliases: &[],
    arguments: "[COMMAND]",
    help: "keys and commands, or one command",
    completes: Completes::Commands,
    run: |model, arguments| {
        let name = arguments.trim_start_matches('/');
        if name.is_empty() || name == "keys" {
            model.layers.push(Layer::help());
            return Ok(Effects::new());
        }
        let command = find(name).ok_or_else(|| format!("There is no /{name}"))?;
        let aliases: Vec<String> = command.aliases.iter().map(|alias| format!("/{alias}")).collect();
        let also = if aliases.is_empty() { String::new() } else { format!(" (also {})", aliases.join(", ")) };
        model.say(format!("{}: {}{also}", usage(command), command.help));
        Ok(Effects::new())
    },
};

const SHOWS: &[(&str, Show)] = &[
    ("online", Show::Available),
    ("chat", Show::Chat),
    ("away", Show::Away),
    ("xa", Show::ExtendedAway),
    ("dnd", Show::DoNotDisturb),
];

pub(super) static STATUS: SlashCommand = SlashCommand {
    name: "status",
    aliases: &[],
    arguments: "online|chat|away|xa|dnd [TEXT]",
    help: "say how available you are, on every account",
    completes: Completes::Words(&["online", "chat", "away", "xa", "dnd"]),
    run: |model, arguments| {
        let (word, text) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        let show = SHOWS.iter().find(|(known, _)| *known == word).map(|(_, show)| *show);
        set_presence(model, show.ok_or_else(|| misuse(format!("{word:?} is no way to be available")))?, text)
    },
};

pub(super) static AWAY: SlashCommand = SlashCommand {
    name: "away",
    aliases: &["back"],
    arguments: "[TEXT]",
    help: "be away, on every account; again, be back",
    completes: Completes::Nothing,
    run: |model, arguments| {
        let is_away = model.accounts.values().any(|account| account.show == Show::Away);
        let show = if is_away && arguments.is_empty() { Show::Available } else { Show::Away };
        set_presence(model, show, arguments)
    },
};

/// Being there is of the person: who goes away is away from every account, whichever is chosen for other commands.
fn set_presence(model: &mut Model, show: Show, text: &str) -> Answer {
    if model.accounts.is_empty() {
        return Err("There is no account".into());
    }
    let status = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    for account in model.accounts.values_mut() {
        account.show = show;
        account.status.clone_from(&status);
    }
    if model.accounts.len() > 1 {
        let names: Vec<&str> = model.accounts.values().map(|account| account.name.as_str()).collect();
        model.flash(format!("You are {} on every account now: {}", presence::shown(show), names.join(", ")));
    }
    let tell = |id| Effect::Command(id, Command::SetPresence { show, status: status.clone() });
    Ok(model.accounts.keys().copied().map(tell).collect())
}

pub(super) static QUIT: SlashCommand = SlashCommand {
    name: "quit",
    aliases: &["exit", "q"],
    arguments: "",
    help: "end Balcony; asks if a transfer is running",
    completes: Completes::Nothing,
    run: |model, _| Ok(layers::ask_to_quit(model)),
};

/// Every command with its usage and what it does, for the help.
pub(crate) fn listed() -> impl Iterator<Item = (String, &'static str)> {
    COMMANDS.iter().map(|command| (usage(command), command.help))
}
