//! The manual: what clap knows of the command line, and what scripts rely on.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::arguments::Arguments;
use super::exit::EXITS;
use super::json::EVENTS;
use crate::store::config::EXAMPLE;
use crate::tui::COMMANDS;
use crate::tui::keymap::BINDINGS;

const FILES: &[(&str, &str)] = &[
    ("$XDG_CONFIG_HOME/balcony/config.toml", "the configuration"),
    ("$XDG_STATE_HOME/balcony/balcony.db", "what was moved and what was said, with whom"),
    ("$XDG_STATE_HOME/balcony/balcony.log", "the log; never passwords, never what people write"),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "BALCONY_LOG",
        "what goes into the log: error, warn, info, debug, trace, or a filter such as balcony::engine=trace",
    ),
    ("NO_COLOR", "if set, the screen has no colours"),
];

/// Writes the manual as roff.
pub(super) fn write(out: &mut dyn Write) -> io::Result<()> {
    let mut command = Arguments::command();
    command.build();
    let man = Man::new(command.clone());
    man.render_title(out)?;
    man.render_name_section(out)?;
    synopsis(&command).to_writer(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut roff = Roff::new();
    subcommands(&mut roff, &command);
    keys_and_commands(&mut roff);
    let exits: Vec<_> = EXITS.iter().map(|(exit, meaning)| ((*exit as u8).to_string(), *meaning)).collect();
    list(&mut roff, "EXIT STATUS", exits.iter().map(|(code, meaning)| (&**code, *meaning)));
    list(&mut roff, "JSON EVENTS", EVENTS.iter().copied());
    roff.control("SH", ["CONFIGURATION"]).control("nf", []);
    roff.text([roman(EXAMPLE)]).control("fi", []);
    list(&mut roff, "ENVIRONMENT", ENVIRONMENT.iter().copied());
    list(&mut roff, "FILES", FILES.iter().copied());
    roff.to_writer(out)
}

/// The options with what they take, which clap leaves out here.
fn synopsis(command: &clap::Command) -> Roff {
    let options = command.get_arguments().map(|argument| format!("[{argument}]"));
    let line: Vec<_> = options.chain(["[<subcommand>]".to_owned()]).collect();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).text([bold(command.get_name()), roman(" "), roman(line.join(" "))]);
    roff
}

/// Each subcommand with its own options, and what it has subcommands of its own for.
fn subcommands(roff: &mut Roff, command: &clap::Command) {
    roff.control("SH", ["SUBCOMMANDS"]);
    let nested = |subcommand: &'_ clap::Command| subcommand.get_subcommands().cloned().collect::<Vec<_>>();
    for subcommand in
        command.get_subcommands().flat_map(|subcommand| [vec![subcommand.clone()], nested(subcommand)].concat())
    {
        roff.control("SS", [subcommand.get_bin_name().unwrap_or(subcommand.get_name())]);
        roff.text([roman(subcommand.get_about().map(ToString::to_string).unwrap_or_default())]);
        let own =
            subcommand.get_arguments().filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
        for argument in own {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            entry(roff, &argument.to_string(), &help);
        }
    }
}

/// What the screen knows.
fn keys_and_commands(roff: &mut Roff) {
    roff.control("SH", ["KEYS"]);
    for place in BINDINGS.chunk_by(|one, next| one.context == next.context) {
        roff.control("SS", [place[0].context.title()]);
        for binding in place {
            entry(roff, &binding.keys.join(", "), &format!("{} ({})", binding.help, binding.name));
        }
    }
    roff.control("SH", ["COMMANDS"]);
    for command in COMMANDS {
        entry(roff, &format!("/{} {}", command.name, command.arguments), command.help);
    }
}

fn list<'a>(roff: &mut Roff, title: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) {
    roff.control("SH", [title]);
    for (term, meaning) in entries {
        entry(roff, term, meaning);
    }
}

fn entry(roff: &mut Roff, term: &str, meaning: &str) {
    roff.control("TP", []).text([bold(term)]).text([roman(meaning)]);
}
