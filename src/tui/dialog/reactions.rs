//! Which reaction to have to a message: the usual ones, or any by its shortcode. One that is had already goes.

use std::cmp::Reverse;

use ratatui::text::Line;

use super::{Drawing, confirm, dismiss, list};
use crate::tui::command::complete;
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::{ConversationId, Model};
use crate::tui::update::messages::{own_reactions, react};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// What people react with most, until it is known what this user does.
const USUAL: [&str; 8] = ["👍", "❤️", "😂", "😮", "😢", "🎉", "👎", "🙏"];

/// As many as are looked through at a glance.
const MOST: usize = 9;

/// What was typed, and which of what fits is meant.
#[derive(Debug)]
pub(crate) struct Picker {
    conversation: ConversationId,
    message: String,
    pub(crate) typed: Editor,
    selected: usize,
}

impl Picker {
    pub(crate) fn new(conversation: ConversationId, message: String) -> Picker {
        Picker { conversation, message, typed: Editor::default(), selected: 0 }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Reactions(picker)) = model.layers.last() else { return Effects::new() };
    let choices = choices(model, picker);
    let last = choices.len().saturating_sub(1);
    let selected = picker.selected.min(last);
    if action == Action::Confirm {
        confirm_choice(model, choices.get(selected))
    } else if action == Action::Dismiss {
        layers::close(model)
    } else if action == Action::NextField {
        let codes: Vec<String> = choices.into_iter().map(|(_, code)| code).collect();
        complete_code(model, &codes)
    } else if let Some(there) = list::moved(selected, action, MOST) {
        select(model, there.min(last))
    } else {
        select(model, 0);
        layers::edit(model, action)
    }
}

fn select(model: &mut Model, selected: usize) -> Effects {
    if let Some(Layer::Reactions(picker)) = model.layers.last_mut() {
        picker.selected = selected;
    }
    Effects::new()
}

fn complete_code(model: &mut Model, codes: &[String]) -> Effects {
    if let Some(Layer::Reactions(picker)) = model.layers.last_mut()
        && !picker.typed.is_empty()
    {
        let common = complete::common_start(codes);
        if common.len() > picker.typed.text().len() {
            picker.typed.complete(0, &common);
        }
    }
    Effects::new()
}

fn confirm_choice(model: &mut Model, choice: Option<&(String, String)>) -> Effects {
    let Some((emoji, _)) = choice else {
        model.flash("There is no such reaction");
        return Effects::new();
    };
    let Some(Layer::Reactions(picker)) = model.layers.pop() else { return Effects::new() };
    let number = model.conversations.get(&picker.conversation).and_then(|it| it.number_called(&picker.message));
    let done = number.map_or_else(|| Err("That message is gone".to_owned()), |number| react(model, number, emoji));
    done.unwrap_or_else(|why| {
        model.flash(why);
        Effects::new()
    })
}

/// What fits what was typed: each reaction with its shortcode.
fn choices(model: &Model, picker: &Picker) -> Vec<(String, String)> {
    let typed = picker.typed.text().trim().trim_matches(':').to_lowercase();
    if typed.is_empty() {
        return usual(model);
    }
    if let Some(emoji) = emojis::get(&typed) {
        return vec![(emoji.as_str().to_owned(), code(emoji.as_str()))];
    }
    let reactions = emojis::iter().filter(|emoji| emoji.group() != emojis::Group::Flags || is_named(emoji, &typed));
    let coded = reactions.flat_map(|emoji| emoji.shortcodes().map(move |code| (emoji.as_str(), code)));
    let mut fitting: Vec<(&str, &str)> = coded.filter(|(_, code)| code.contains(&typed)).collect();
    fitting.sort_by_key(|(_, code)| (!code.starts_with(&typed), code.len(), *code));
    fitting.into_iter().take(MOST).map(|(emoji, code)| (emoji.to_owned(), code.to_owned())).collect()
}

/// Terminals do not agree on how wide flags are: one is offered only to who asks for it by its whole name.
fn is_named(emoji: &emojis::Emoji, typed: &str) -> bool {
    emoji.shortcodes().any(|code| code == typed)
}

/// What this user reacts with most, then what people do.
fn usual(model: &Model) -> Vec<(String, String)> {
    let mut used: Vec<(&String, &u32)> = model.reacted.iter().collect();
    used.sort_by_key(|(emoji, count)| (Reverse(**count), *emoji));
    let mut usual: Vec<&str> = used.into_iter().map(|(emoji, _)| emoji.as_str()).collect();
    usual.extend(USUAL.iter().filter(|one| !model.reacted.contains_key(**one)));
    usual.into_iter().take(MOST).map(|emoji| (emoji.to_owned(), code(emoji))).collect()
}

/// What an emoji is called.
fn code(emoji: &str) -> String {
    emojis::get(emoji).and_then(emojis::Emoji::shortcode).unwrap_or_default().to_owned()
}

pub(crate) fn drawing(model: &Model, picker: &Picker) -> Drawing {
    let theme = &model.look.theme;
    let width = super::width(model);
    let drawn = picker.typed.drawn(width);
    let cursor = drawn.cursor;
    let mut lines: Vec<Line<'static>> =
        drawn.rows.into_iter().map(|row| Line::from(plain(row, theme.strong))).collect();
    lines.push(Line::default());
    let above = lines.len();
    let choices = choices(model, picker);
    let selected = picker.selected.min(choices.len().saturating_sub(1));
    let own = model.conversations.get(&picker.conversation).and_then(|it| it.called(&picker.message));
    let own = own.map(|message| own_reactions(&message.line)).unwrap_or_default();
    for (at, (emoji, code)) in choices.iter().enumerate() {
        let had = if own.contains(emoji) {
            format!("  {} yours; Enter takes it back", model.look.symbols.done)
        } else {
            String::new()
        };
        let line = format!("{}  {code}{had}", text::visible(emoji));
        lines.push(list::row(model, &line, at == selected));
    }
    let scroll = (above + selected + 1).saturating_sub(super::height(model));
    let keys = vec![confirm("reacts"), (Context::Dialog, Action::NextField, "completes"), dismiss("does not")];
    Drawing {
        title: "React with which emoji? Type its name, or choose".to_owned(),
        lines,
        scroll,
        cursor: Some(cursor),
        keys,
    }
}
