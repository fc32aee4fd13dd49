//! What is said in a conversation, in sentences, and what changes in it afterwards: corrections, reactions, and messages
//! that do not arrive. That one arrived or was seen is told when it is read again.

use std::collections::BTreeMap;

use super::Line;
use crate::engine::history::{self, Fate};
use crate::tui::model::conversation::{Conversation, Entry, EntryNumber};
use crate::tui::model::message::{Message, beginning};
use crate::tui::model::{Model, Page};
use crate::tui::pane::message::{name_on, quoted, reactions, rest};
use crate::tui::widget::{calendar, text};

/// So many of the latest messages of a conversation are looked at for changes.
const LATEST: EntryNumber = 20;

/// So much of a message says which one it is.
const ENOUGH: usize = 40;

/// The latest messages as they were said.
#[derive(Debug, Default)]
pub(super) struct Said(BTreeMap<(Page, EntryNumber), history::Line>);

impl Said {
    /// What changed in them.
    pub(super) fn changes(
        &mut self,
        model: &Model,
        (page, conversation): (&Page, &Conversation),
        prefix: &str,
        said: &mut Vec<String>,
    ) {
        let first = conversation.start().max(conversation.end() - LATEST);
        self.0.retain(|(of, number), _| of != page || *number >= first);
        for number in first..conversation.end() {
            let Some(message) = conversation.message(number) else { continue };
            let known = self.0.entry((page.clone(), number)).or_insert_with(|| message.line.clone());
            if let Some(change) = change(model, page, known, message) {
                said.push(format!("{prefix}{change}"));
                known.clone_from(&message.line);
            }
        }
    }
}

fn change(model: &Model, page: &Page, before: &history::Line, message: &Message) -> Option<String> {
    let now = &message.line;
    let which = |body: &Option<String>| {
        text::cut(&text::said(body.as_deref().unwrap_or(history::Line::RETRACTED)), ENOUGH, model.look.symbols.more)
    };
    if let Fate::Failed(why) = &now.fate
        && now.fate != before.fate
    {
        return Some(format!("not delivered: {why}: {}", which(&now.body)));
    }
    if now.body != before.body {
        let nick = name_on(model, page, now.speaker().as_ref());
        return Some(match &now.body {
            Some(body) => format!("{nick} corrected: {}", text::said(body)),
            None => format!("{nick} took back: {}", which(&before.body)),
        });
    }
    (now.reactions != before.reactions).then(|| match reactions(model, now) {
        none if none.is_empty() => format!("no reactions any more to: {}", which(&now.body)),
        some => format!("{some} reacted to: {}", which(&now.body)),
    })
}

/// `With Romeo: `, for what happens in a conversation that is not shown.
pub(super) fn place(model: &Model, page: &Page) -> String {
    match page {
        Page::With(id) => format!("With {}: ", model.label_of(id.account, id.peer.jid())),
        Page::Home => String::new(),
    }
}

/// An entry as it is told.
pub(super) fn sentence(model: &Model, page: &Page, entry: &Entry) -> String {
    let time = calendar::time_of_day(entry.at(), &model.look.zone);
    match entry {
        Entry::Message(message) if waits(model, page, message) => {
            format!("{time} waits for a connection: {}", words(model, page, message))
        }
        Entry::Message(message) => format!("{time} {}", words(model, page, message)),
        Entry::Notice { text, .. } => format!("{time} {text}"),
        Entry::File { text, .. } => format!("{time} {}", text::visible(&text.told_of(&model.other_side(page)))),
    }
}

/// An entry that is told again, with what became of a message of ours since it was said.
pub(super) fn again(model: &Model, page: &Page, entry: &Entry) -> String {
    let symbols = model.look.symbols;
    let ours = entry.message().filter(|message| message.is_ours() && message.line.body.is_some());
    let fate = ours.and_then(|message| match message.line.fate {
        Fate::OnItsWay if waits(model, page, message) => None,
        Fate::OnItsWay => Some(symbols.on_its_way),
        Fate::Unknown => Some("sent"),
        Fate::Failed(_) => Some("not delivered"),
        Fate::Arrived => Some(symbols.arrived),
        Fate::Displayed => Some(symbols.seen),
    });
    let fate = fate.map(|fate| format!(" ({fate})")).unwrap_or_default();
    format!("{}{fate}", sentence(model, page, entry))
}

/// Whether it will go once there is a connection. That the server has not answered yet is nothing to be read out.
fn waits(model: &Model, page: &Page, message: &Message) -> bool {
    let account = match page {
        Page::With(id) => model.accounts.get(&id.account),
        Page::Home => None,
    };
    message.line.fate == Fate::OnItsWay && account.is_some_and(|account| !account.is_online())
}

fn words(model: &Model, page: &Page, message: &Message) -> String {
    let line = &message.line;
    let nick = name_on(model, page, line.speaker().as_ref());
    let (body, left_out) = beginning(line.body.as_deref().unwrap_or(history::Line::RETRACTED));
    let mut rest = if left_out > 0 { format!(" {}", rest(model, left_out)) } else { String::new() };
    if line.is_corrected && line.body.is_some() {
        rest = format!("{rest} {}", history::Line::EDITED);
    }
    let body = text::said(body);
    let answers = line.quote.as_ref().map(|quote| format!(" answers \"{}\"", quoted(model, quote))).unwrap_or_default();
    match body.strip_prefix("/me ") {
        Some(action) => format!("{nick} {action}{rest}"),
        None => format!("{nick}{answers}: {body}{rest}"),
    }
}

/// The message that keys are about.
pub(super) fn selected(model: &Model) -> Option<Line> {
    let current = model.current();
    let entry = current.entry(current.selected?)?;
    Some(Line { row: 0, text: again(model, &model.page, entry), is_selected: true })
}
