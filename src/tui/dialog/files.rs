//! Where an accepted file goes: a path that Tab completes as shells do.

use ratatui::text::Line;

use super::{Drawing, confirm, dismiss};
use crate::tui::command::complete;
use crate::tui::effect::Effects;
use crate::tui::keymap::{Action, Context};
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::model::transfer::TransferKey;
use crate::tui::update::offers;
use crate::tui::widget::editor::Editor;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// The path so far.
#[derive(Debug)]
pub(crate) struct SaveAs {
    key: TransferKey,
    pub(crate) path: Editor,
}

impl SaveAs {
    pub(crate) fn new(key: TransferKey, path: &str) -> Self {
        let mut editor = Editor::default();
        editor.replace(path);
        SaveAs { key, path: editor }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::SaveAs(save_as)) = model.layers.last() else { return Effects::new() };
    let (key, typed) = (save_as.key, save_as.path.text().to_owned());
    if action == Action::Dismiss {
        layers::close(model)
    } else if action == Action::Confirm {
        accept(model, key, &typed)
    } else if action == Action::NextField {
        let before = save_as.path.before();
        vec![complete::list_folder(&typed, 0, before, model)]
    } else {
        layers::edit(model, action)
    }
}

fn accept(model: &mut Model, key: TransferKey, typed: &str) -> Effects {
    layers::close(model);
    if !model.transfers.get(key).is_some_and(super::super::model::transfer::Transfer::waits_for_us) {
        model.flash("The offer is gone");
        return Effects::new();
    }
    let place = layers::meant(model, typed.trim());
    let chosen = Some(place).filter(|_| !typed.trim().is_empty());
    offers::accept(model, key, chosen)
}

pub(crate) fn drawing(model: &Model, save_as: &SaveAs) -> Drawing {
    let theme = &model.look.theme;
    let name = model.transfers.get(save_as.key).map(|transfer| transfer.info.name.clone()).unwrap_or_default();
    let drawn = save_as.path.drawn(super::width(model));
    let says = format!("Where does {name} go? A folder keeps its name; nothing is overwritten.");
    let mut lines: Vec<Line<'static>> =
        text::wrap(&text::visible(&says), super::width(model)).into_iter().map(Line::from).collect();
    lines.push(Line::default());
    let cursor = (lines.len() + drawn.cursor.0, drawn.cursor.1);
    lines.extend(drawn.rows.into_iter().map(|row| Line::from(plain(row, theme.strong))));
    let keys = vec![confirm("accepts"), (Context::Dialog, Action::NextField, "completes"), dismiss("back")];
    Drawing { title: "Accept and save as".to_owned(), lines, scroll: 0, cursor: Some(cursor), keys }
}
