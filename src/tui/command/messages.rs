//! Earlier messages: /reply /correct /react /retract /copy. Each means the newest message it can mean.

use super::refusal::misuse;
use super::{Completes, SlashCommand};
use crate::tui::model::Model;
use crate::tui::model::conversation::EntryNumber;
use crate::tui::model::message::Message;
use crate::tui::update::{messages, say};

pub(super) static REPLY: SlashCommand = SlashCommand {
    name: "reply",
    aliases: &["answer", "quote"],
    arguments: "[TEXT]",
    help: "answer what they said last; for any other message, select it with Up and press r",
    completes: Completes::Text,
    run: |model, text| {
        let number = newest(model, |message| !message.is_ours())?;
        let effects = messages::answer(model, number)?;
        Ok(if text.is_empty() { effects } else { say(model, text.to_owned()) })
    },
};

pub(super) static CORRECT: SlashCommand = SlashCommand {
    name: "correct",
    aliases: &["edit"],
    arguments: "[TEXT]",
    help: "put what you said last differently; without a text it comes back to be changed",
    completes: Completes::Text,
    run: |model, text| {
        let number = newest(model, Message::is_ours)?;
        let effects = messages::correct(model, number)?;
        Ok(if text.is_empty() { effects } else { say(model, text.to_owned()) })
    },
};

pub(super) static REACT: SlashCommand = SlashCommand {
    name: "react",
    aliases: &[],
    arguments: "EMOJI",
    help: "have a reaction to what they said last, or not any more: an emoji, or its :shortcode:",
    completes: Completes::Text,
    run: |model, typed| {
        let number = newest(model, |message| !message.is_ours())?;
        let emoji = emoji(typed).ok_or_else(|| misuse(format!("{typed:?} is no emoji")))?;
        Ok(messages::react(model, number, emoji)?)
    },
};

pub(super) static RETRACT: SlashCommand = SlashCommand {
    name: "retract",
    aliases: &["delete"],
    arguments: "",
    help: "take back what you said last (asks first)",
    completes: Completes::Nothing,
    run: |model, _| {
        let number = newest(model, Message::is_ours)?;
        Ok(messages::retract(model, number)?)
    },
};

pub(super) static COPY: SlashCommand = SlashCommand {
    name: "copy",
    aliases: &[],
    arguments: "",
    help: "put the newest message into the clipboard",
    completes: Completes::Nothing,
    run: |model, _| {
        let number = newest(model, |_| true)?;
        Ok(messages::copy(model, number)?)
    },
};

/// The newest message of that kind that was not taken back.
fn newest(model: &Model, is_meant: impl Fn(&Message) -> bool) -> Result<EntryNumber, String> {
    let conversation = model.current();
    let numbers = (conversation.start()..conversation.end()).rev();
    let is_it = |message: &Message| message.line.body.is_some() && is_meant(message);
    let found = numbers.into_iter().find(|number| conversation.message(*number).is_some_and(is_it));
    found.ok_or_else(|| "There is no such message here".to_owned())
}

/// The emoji itself, or the one of that shortcode.
fn emoji(typed: &str) -> Option<&'static str> {
    let code = typed.trim().trim_matches(':').to_lowercase();
    emojis::get(typed.trim()).or_else(|| emojis::get_by_shortcode(&code)).map(emojis::Emoji::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_meant_by_itself_or_by_its_name() {
        assert_eq!(emoji("👍"), Some("👍"));
        assert_eq!(emoji(":tada:"), Some("🎉"));
        assert_eq!(emoji("tada"), Some("🎉"));
        assert_eq!(emoji("no such"), None);
    }
}
