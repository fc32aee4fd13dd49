//! Questions with yes and no, about what would be a pity to do by accident.

use std::path::PathBuf;

use jid::Jid;
use ratatui::text::Line;

use super::{Drawing, confirm, dismiss};
use crate::engine::amount;
use crate::tui::effect::{Effect, Effects, Grouping, Shipment};
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::{ConversationId, Model};
use crate::tui::widget::text;

/// What is asked.
#[derive(Debug)]
pub(crate) enum Question {
    /// Whether to break so many transfers.
    Quit { running: usize },
    /// Whether pasted paths are files to send or text to insert.
    SendFiles { to: ConversationId, paths: Vec<PathBuf>, size: u64, text: String },
    /// Whether a long text was meant to be pasted.
    Insert { text: String },
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    if action != Action::Confirm && action != Action::Dismiss {
        return Effects::new();
    }
    let yes = action == Action::Confirm;
    match model.layers.pop() {
        Some(Layer::Question(Question::Quit { .. })) if yes => vec![Effect::Quit],
        Some(Layer::Question(Question::SendFiles { to, paths, .. })) if yes => {
            let (account, to) = (to.account, Jid::from(to.peer.jid().clone()));
            Shipment { account, to, paths, via: Vec::new(), grouping: Grouping::Together }.commands()
        }
        Some(Layer::Question(Question::SendFiles { text, .. })) => insert(model, &text),
        Some(Layer::Question(Question::Insert { text })) if yes => insert(model, &text),
        Some(Layer::Question(Question::Quit { .. } | Question::Insert { .. })) | None => Effects::new(),
        Some(other) => {
            model.layers.push(other);
            layers::close(model)
        }
    }
}

fn insert(model: &mut Model, text: &str) -> Effects {
    model.current_mut().draft.insert(text);
    Effects::new()
}

pub(crate) fn drawing(model: &Model, question: &Question) -> Drawing {
    let (title, asks, keys) = match question {
        Question::Quit { running } => {
            let files = if *running == 1 { "A file is".to_owned() } else { format!("{running} files are") };
            let asks = format!("{files} still on the way; quitting stops that.");
            ("Quit?", asks, vec![confirm("quits"), dismiss("stays")])
        }
        Question::SendFiles { to, paths, size, .. } => {
            let who = model.name_of(to.account, to.peer.jid());
            let first = paths.first().map(|path| model.short_path(path)).unwrap_or_default();
            let size = if *size > 0 { format!(", {}", amount::bytes(*size)) } else { String::new() };
            match paths.len() {
                0 | 1 => {
                    let asks = format!("{first}{size}, to {who}?");
                    ("Send this file?", asks, vec![confirm("sends it"), dismiss("inserts the text")])
                }
                several => {
                    let asks = format!("{first} and {} more{size}, in one transfer to {who}?", several - 1);
                    ("Send these files?", asks, vec![confirm("sends them"), dismiss("inserts the text")])
                }
            }
        }
        Question::Insert { text } => {
            let asks = format!("{} lines, {}.", text.lines().count(), amount::bytes(text.len() as u64));
            ("Insert this long text?", asks, vec![confirm("inserts it"), dismiss("drops it")])
        }
    };
    let lines = text::wrap(&text::visible(&asks), super::width(model)).into_iter().map(Line::from).collect();
    Drawing { title: title.to_owned(), lines, scroll: 0, cursor: None, keys }
}
