//! Conversations: /msg /query /me /win /clear /close.

use super::refusal::misuse;
use super::{Answer, Completes, SlashCommand, whom};
use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::{Model, Page};
use crate::tui::update::{pages, say};

pub(super) static MSG: SlashCommand = SlashCommand {
    name: "msg",
    aliases: &["w"],
    arguments: "NAME TEXT",
    help: "send a message to somebody and open the conversation",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let (who, text) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
        let (account, jid) = whom::find(model, who)?;
        let mut effects = pages::open(model, account, &jid);
        if !text.trim().is_empty() {
            let body = text.trim().to_owned();
            effects.push(Effect::Command(account, Command::SendMessage { to: jid.into(), body }));
        }
        Ok(effects)
    },
};

pub(super) static QUERY: SlashCommand = SlashCommand {
    name: "query",
    aliases: &["chat"],
    arguments: "NAME",
    help: "open the conversation with somebody",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let (account, jid) = whom::find(model, arguments)?;
        Ok(pages::open(model, account, &jid))
    },
};

pub(super) static ME: SlashCommand = SlashCommand {
    name: "me",
    aliases: &[],
    arguments: "TEXT",
    help: "say what you do, in the third person",
    completes: Completes::Text,
    run: |model, arguments| {
        if model.page == Page::Home {
            return Err("There is nobody here".into());
        }
        if arguments.is_empty() {
            return Err(misuse("What do you do?"));
        }
        Ok(say(model, format!("/me {arguments}")))
    },
};

pub(super) static WIN: SlashCommand = SlashCommand {
    name: "win",
    aliases: &["window"],
    arguments: "NUMBER",
    help: "go to a conversation by its number; 0 is the first page",
    completes: Completes::Nothing,
    run: |model, arguments| match arguments.parse() {
        Ok(number) => Ok(pages::show_number(model, number)?),
        Err(_) => Err(misuse(format!("{arguments:?} is no number"))),
    },
};

pub(super) static CLEAR: SlashCommand = SlashCommand {
    name: "clear",
    aliases: &[],
    arguments: "",
    help: "clear the conversation on the screen; scrolling up brings back what was said",
    completes: Completes::Nothing,
    run: |model, _| {
        let now = model.now.wall;
        model.current_mut().clear(now);
        Ok(Effects::new())
    },
};

pub(super) static CLOSE: SlashCommand = SlashCommand {
    name: "close",
    aliases: &["part"],
    arguments: "",
    help: "close the conversation on the screen",
    completes: Completes::Nothing,
    run: close,
};

fn close(model: &mut Model, _: &str) -> Answer {
    if model.page == Page::Home {
        return Err("This page stays".into());
    }
    Ok(pages::close(model))
}
