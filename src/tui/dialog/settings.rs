//! What is configured, key by key.

use ratatui::text::Line;

use super::{Drawing, dismiss, more, scrolled};
use crate::store::config::SETTINGS;
use crate::tui::effect::Effects;
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::widget::line::plain;
use crate::tui::widget::text;

/// How far it is scrolled.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    scroll: usize,
}

/// Shows them.
pub(crate) fn open(model: &mut Model) -> Effects {
    model.layers.push(Layer::Settings(Settings::default()));
    Effects::new()
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Settings(Settings { scroll })) = model.layers.last() else { return Effects::new() };
    if matches!(action, Action::Dismiss | Action::Confirm) {
        return layers::close(model);
    }
    let there = scrolled(model, *scroll, lines(model).len(), action);
    if let (Some(there), Some(Layer::Settings(settings))) = (there, model.layers.last_mut()) {
        settings.scroll = there;
    }
    Effects::new()
}

pub(crate) fn drawing(model: &Model, settings: &Settings) -> Drawing {
    let lines = lines(model);
    let keys = more(model, lines.len(), settings.scroll).into_iter().chain([dismiss("closes")]).collect();
    Drawing { title: "Settings".to_owned(), lines, scroll: settings.scroll, cursor: None, keys }
}

/// `transfers.parallel = 1 (until you quit)`, each; below `/set KEY` tells what one means.
fn lines(model: &Model) -> Vec<Line<'static>> {
    let (theme, width) = (&model.look.theme, super::width(model));
    let mut lines: Vec<Line<'static>> = Vec::new();
    for setting in SETTINGS {
        let (value, since) = (setting.value(&model.configuration.in_force), model.configuration.since(setting));
        let told = text::visible(&format!("{} = {value}{since}", setting.name));
        for (row, piece) in text::wrap(&told, width.saturating_sub(2).max(10)).into_iter().enumerate() {
            let indent = if row == 0 { "" } else { "  " };
            lines.push(Line::from(plain(format!("{indent}{piece}"), theme.plain)));
        }
    }
    lines.push(Line::default());
    let hint = "/set KEY tells what a key means, /set KEY VALUE changes it until you quit.";
    lines.extend(text::wrap(hint, width).into_iter().map(|line| Line::from(plain(line, theme.dim))));
    lines
}
