//! Conversations: /msg /query /me /win /clear /close.

use super::refusal::misuse;
use super::{Answer, Completes, SlashCommand, whom};
use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::{Model, Page};
use crate::tui::update::{pages, say};
use crate::tui::widget::text;

pub(super) static MSG: SlashCommand = SlashCommand {
    name: "msg",
    aliases: &["w"],
    arguments: "NAME TEXT",
    help: "send a message to somebody and open the conversation",
    completes: Completes::Contacts,
    run: |model, arguments| {
        let ((account, jid), text) = whom::find_first(model, arguments)?;
        let mut effects = pages::open(model, account, &jid);
        if !text.is_empty() {
            let body = text.to_owned();
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
    arguments: "[NUMBER]",
    help: "go to a conversation by its number, 0 is the first page; without one, which are open",
    completes: Completes::Nothing,
    run: |model, arguments| {
        if arguments.is_empty() {
            model.say(opened(model));
            return Ok(Effects::new());
        }
        let number = arguments.parse().map_err(|_| misuse(format!("{arguments:?} is no number")))?;
        Ok(pages::show_number(model, number)?)
    },
};

/// The open conversations, each with the number that leads there.
fn opened(model: &Model) -> String {
    let conversations = model.opened.iter().zip(1..).map(|(id, number)| {
        let jid = id.peer.jid();
        let unread = match model.conversations.get(id).map_or(0, |it| it.unread) {
            0 => String::new(),
            unread => format!(", {unread} unread"),
        };
        let here = if model.page == Page::With(id.clone()) { ", here" } else { "" };
        format!("{number}: {} ({}){unread}{here}", model.label_of(id.account, jid), text::address(jid.as_str()))
    });
    std::iter::once("0: the first page".to_owned()).chain(conversations).collect::<Vec<_>>().join("\n")
}

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
