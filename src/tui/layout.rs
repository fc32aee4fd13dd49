//! Where everything is, from the size of the terminal and what there is to show. Drawing and the mouse both ask here.

use ratatui::layout::Rect;

use super::model::{Focus, Model, Prompt};
use super::pane::{composer, transfers};

/// Below this nothing useful can be drawn.
pub(super) const SMALLEST: (u16, u16) = (24, 6);

/// From here on several panes fit side by side and one below the other.
const FRAMED: (u16, u16) = (60, 16);

/// From here on the roster stands beside the conversation by itself.
const WITH_ROSTER: u16 = 80;

/// How the screen is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A word, nothing else.
    TooSmall,
    /// One pane at a time, without borders.
    OnePane,
    /// Panes in boxes.
    Framed,
}

/// Between a border and what it surrounds; where there are no borders, left of the roster. The mark of what is selected
/// stands there.
pub(crate) const PADDING: u16 = 1;

/// The insides of the panes that are shown; in [`Shape::Framed`] a border with some padding surrounds each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    pub(crate) status: Rect,
    /// The title of the one pane, where there are no borders to carry it.
    pub(crate) title: Option<Rect>,
    pub(crate) roster: Option<Rect>,
    pub(crate) chat: Option<Rect>,
    pub(crate) composer: Option<Rect>,
    pub(crate) offers: Option<Rect>,
    pub(crate) transfers: Option<Rect>,
    pub(crate) hint: Rect,
}

impl Layout {
    pub(crate) fn of(model: &Model) -> Layout {
        let (width, height) = (model.size.width, model.size.height);
        if width < SMALLEST.0 || height < SMALLEST.1 {
            Layout::empty(Shape::TooSmall, width, height)
        } else if width < FRAMED.0 || height < FRAMED.1 {
            one_pane(model)
        } else {
            framed(model)
        }
    }

    fn empty(shape: Shape, width: u16, height: u16) -> Layout {
        Layout {
            shape,
            status: Rect::new(0, 0, width, height.min(1)),
            title: None,
            roster: None,
            chat: None,
            composer: None,
            offers: None,
            transfers: None,
            hint: Rect::new(0, height.saturating_sub(1), width, height.min(1)),
        }
    }
}

/// Status, title, the focused pane, an offer if there is one, hint.
fn one_pane(model: &Model) -> Layout {
    let (width, height) = (model.size.width, model.size.height);
    let mut layout = Layout::empty(Shape::OnePane, width, height);
    let mut bottom = height - 1;
    if offers_rows(model) > 0 {
        bottom -= 1;
        layout.offers = Some(Rect::new(0, bottom, width, 1));
    }
    let mut top = 1;
    if height >= 9 {
        layout.title = Some(Rect::new(0, 1, width, 1));
        top = 2;
    }
    match model.focus {
        Focus::Roster => layout.roster = Some(Rect::new(PADDING, top, width - PADDING, bottom - top)),
        Focus::Transfers => layout.transfers = Some(Rect::new(0, top, width, bottom - top)),
        Focus::Composer | Focus::Messages | Focus::Offers => {
            let rows = composer::height(model, width).clamp(1, (height / 4).max(1));
            let rows = rows.min(bottom - top - 1);
            bottom -= rows;
            layout.composer = Some(Rect::new(0, bottom, width, rows)).filter(|area| area.height > 0);
            layout.chat = Some(Rect::new(0, top, width, bottom - top));
        }
    }
    layout
}

fn framed(model: &Model) -> Layout {
    let (width, height) = (model.size.width, model.size.height);
    let mut layout = Layout::empty(Shape::Framed, width, height);
    let start = 1 + PADDING;
    let inner = width - 2 * start;
    let mut bottom = height - 1;
    let mut take = |rows: u16| {
        bottom -= rows;
        let area = Rect::new(start, bottom, inner, rows);
        bottom -= 1;
        area
    };
    let moving = transfers_rows(model, inner);
    if moving > 0 {
        layout.transfers = Some(take(moving));
    }
    let offered = offers_rows(model);
    if offered > 0 {
        layout.offers = Some(take(offered));
    }
    let left = roster_width(model).map_or(0, |roster| roster + 1 + 2 * PADDING);
    let rows = composer::height(model, inner - left).clamp(1, height / 8 + 1);
    let mut area = take(rows);
    area.x += left;
    area.width -= left;
    layout.composer = Some(area);
    layout.chat = Some(Rect::new(area.x, 2, area.width, bottom - 2));
    layout.roster = roster_width(model).map(|roster| Rect::new(start, 2, roster, bottom + 1 + rows - 2));
    layout
}

/// How wide the roster is, if it is shown.
fn roster_width(model: &Model) -> Option<u16> {
    let width = model.size.width;
    let by_itself = width >= WITH_ROSTER && !model.roster.hidden;
    (by_itself || model.focus == Focus::Roster).then_some((width / 5).clamp(16, 32))
}

fn offers_rows(model: &Model) -> u16 {
    let asking = usize::from(model.prompts().iter().any(Prompt::is_about_seeing));
    let waiting = u16::try_from(model.transfers.offers().len() + asking).unwrap_or(u16::MAX);
    let waiting = if waiting == 0 { u16::from(!model.transfers.held().is_empty()) } else { waiting };
    let most = if model.focus == Focus::Offers && model.size.height >= 24 { 4 } else { 1 };
    waiting.min(most)
}

/// A strip that grows with the terminal, and to half of it while it is worked in.
fn transfers_rows(model: &Model, width: u16) -> u16 {
    let height = model.size.height;
    let most = match height {
        _ if model.focus == Focus::Transfers => (height - 6) / 2,
        ..30 => 2,
        _ => height / 5,
    };
    transfers::height(model, width, most)
}
