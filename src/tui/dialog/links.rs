//! Which address of a message is opened. It is shown whole before that, also if it is the only one, and where it leads if
//! that is another place than it seems to be.

use ratatui::text::Line;

use super::{Drawing, confirm, dismiss, list};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::Model;
use crate::tui::widget::line::plain;
use crate::tui::widget::{link, text};

/// The addresses, and which one is meant.
#[derive(Debug)]
pub(crate) struct Links {
    addresses: Vec<String>,
    selected: usize,
}

impl Links {
    pub(crate) fn new(addresses: Vec<String>) -> Links {
        Links { addresses, selected: 0 }
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Links(links)) = model.layers.last_mut() else { return Effects::new() };
    let last = links.addresses.len().saturating_sub(1);
    if action == Action::Confirm {
        let address = links.addresses.get(links.selected).cloned();
        layers::close(model);
        return address.map(Effect::OpenLink).into_iter().collect();
    }
    if action == Action::Dismiss {
        return layers::close(model);
    }
    if let Some(there) = list::moved(links.selected, action, links.addresses.len()) {
        links.selected = there.min(last);
    }
    Effects::new()
}

pub(crate) fn drawing(model: &Model, links: &Links) -> Drawing {
    let width = super::width(model);
    let theme = &model.look.theme;
    let mut rows = Vec::new();
    let mut end_of_selected = 0;
    for (at, address) in links.addresses.iter().enumerate() {
        let style = if at == links.selected { theme.selected } else { theme.plain };
        let marker = if at == links.selected { model.look.symbols.marker } else { " " };
        let room = width.saturating_sub(2).max(1);
        let really = link::leads_to(address).map(|place| format!("REALLY LEADS TO {place}"));
        let pieces = std::iter::once(address.clone()).chain(really);
        let pieces = pieces.flat_map(|words| text::wrap(&text::visible(&words), room));
        for (row, piece) in pieces.enumerate() {
            let start = if row == 0 { marker } else { " " };
            rows.push(Line::from(plain(text::pad(&format!("{start} {piece}"), width, ""), style)));
        }
        if at == links.selected {
            end_of_selected = rows.len();
        }
    }
    let scroll = end_of_selected.saturating_sub(super::height(model));
    let title = if links.addresses.len() == 1 { "Open this address?" } else { "Open which address?" };
    Drawing {
        title: title.to_owned(),
        lines: rows,
        scroll,
        cursor: None,
        keys: vec![confirm("opens it"), dismiss("does not")],
    }
}
