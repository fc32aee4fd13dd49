//! Everything that is known about a message.

use std::time::SystemTime;

use ratatui::text::Line;

use super::{Drawing, dismiss, more, scrolled};
use crate::engine::event::Author;
use crate::engine::history::Fate;
use crate::tui::effect::Effects;
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::model::message::Message;
use crate::tui::pane::message::{name, quoted};
use crate::tui::widget::line::plain;
use crate::tui::widget::{calendar, link, text};

/// What stands before each value.
const LABEL: usize = 11;

/// The message as it was when somebody wanted to know.
#[derive(Debug)]
pub(crate) struct MessageDetails {
    message: Message,
    scroll: usize,
}

impl MessageDetails {
    pub(crate) fn new(message: Message) -> MessageDetails {
        MessageDetails { message, scroll: 0 }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Message(details)) = model.layers.last() else { return Effects::new() };
    if matches!(action, Action::Dismiss | Action::Confirm) {
        return layers::close(model);
    }
    let there = scrolled(model, details.scroll, lines(model, &details.message).len(), action);
    if let (Some(there), Some(Layer::Message(details))) = (there, model.layers.last_mut()) {
        details.scroll = there;
    }
    Effects::new()
}

pub(crate) fn drawing(model: &Model, details: &MessageDetails) -> Drawing {
    let lines = lines(model, &details.message);
    let keys = more(model, lines.len(), details.scroll).into_iter().chain([dismiss("closes")]).collect();
    Drawing { title: "A message".to_owned(), lines, scroll: details.scroll, cursor: None, keys }
}

fn lines(model: &Model, message: &Message) -> Vec<Line<'static>> {
    let line = &message.line;
    let moment = |at: SystemTime| calendar::date_and_second(at, &model.look.zone);
    let mut facts = vec![("from", author(&line.author)), ("when", moment(line.at))];
    facts.push(("id", line.id.clone().unwrap_or_else(|| "none".to_owned())));
    facts.extend(line.archived.clone().map(|archived| ("stanza-id", archived)));
    facts.extend(line.reply_to.clone().map(|id| ("answers", id)));
    facts.extend(line.quote.as_ref().map(|quote| ("", quoted(model, quote))));
    if message.is_ours() {
        facts.push(("delivery", fate(&line.fate)));
    } else {
        facts.push(("asks", wishes(message)));
    }
    facts.push(("encryption", "none".to_owned()));
    for (emoji, who) in &line.reactions {
        let names: Vec<String> = who.iter().map(|who| name(model, who.as_ref())).collect();
        facts.push(("reaction", format!("{emoji} {}", names.join(", "))));
    }
    for wording in &line.earlier {
        facts.push(("until", moment(wording.until)));
        facts.push(("it said", wording.body.clone()));
    }
    facts.push((
        "text",
        line.body.as_deref().map_or_else(|| "taken back".to_owned(), |body| text::said(body).into_owned()),
    ));
    facts.extend(deceptive(line.body.as_deref().unwrap_or_default()).map(|warning| ("BEWARE", warning)));
    facts.iter().flat_map(|(label, value)| fact(model, label, value)).collect()
}

/// Its addresses that lead elsewhere than they seem to.
fn deceptive(text: &str) -> impl Iterator<Item = String> {
    let addresses = link::all(text).into_iter();
    addresses.filter_map(|address| Some(format!("{address} really leads to {}", link::leads_to(&address)?)))
}

fn fact(model: &Model, label: &str, value: &str) -> Vec<Line<'static>> {
    let theme = &model.look.theme;
    let room = super::width(model).saturating_sub(LABEL).max(1);
    let pieces = text::visible_lines(value).flat_map(|line| text::wrap(&line, room)).enumerate();
    let head = |row: usize| plain(text::pad(if row == 0 { label } else { "" }, LABEL, ""), theme.dim);
    pieces.map(|(row, piece)| Line::from(vec![head(row), plain(piece, theme.plain)])).collect()
}

fn author(author: &Author) -> String {
    match author {
        Author::Me => "you, here".to_owned(),
        Author::MyOtherDevice => "you, on another device".to_owned(),
        Author::Contact(jid) => text::address(jid.as_str()),
    }
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::OnItsWay => "the server does not have it yet".to_owned(),
        Fate::Unknown => "nobody said that it arrived".to_owned(),
        Fate::Failed(why) => format!("it did not arrive: {why}"),
        Fate::Arrived => "it arrived".to_owned(),
        Fate::Displayed => "it was seen".to_owned(),
    }
}

/// What its author asks for with it.
fn wishes(message: &Message) -> String {
    let hints = message.line.hints;
    let wishes = [(hints.markable, "to be told when you saw it"), (hints.unstyled, "that nothing in it be styled")];
    let wishes: Vec<&str> = wishes.into_iter().filter(|(is, _)| *is).map(|(_, wish)| wish).collect();
    if wishes.is_empty() { "for nothing".to_owned() } else { wishes.join("; ") }
}
