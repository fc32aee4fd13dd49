//! The offers bar: who offers what, where it would go, and the keys that work now. It never takes the focus by itself.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::draw_lines;
use crate::tui::keymap::{Action, Context};
use crate::tui::model::transfer::{Transfer, TransferKey};
use crate::tui::model::{Focus, Model};
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::text;
use crate::tui::words;

pub(crate) fn title(model: &Model) -> String {
    let (waiting, held) = (model.transfers.offers().len(), model.transfers.held().len());
    match (waiting, held) {
        (0, _) => "Offers".to_owned(),
        (_, 0) => format!("Offers {waiting}"),
        (_, _) => format!("Offers {waiting} {} {}", model.look.symbols.between, from_strangers(held)),
    }
}

/// `2 offers from strangers`.
pub(crate) fn from_strangers(count: usize) -> String {
    let offers = if count == 1 { "offer" } else { "offers" };
    format!("{count} {offers} from strangers")
}

pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let waiting = model.transfers.offers();
    if waiting.is_empty() {
        return draw_lines([held(model, usize::from(area.width))], area, buf);
    }
    let shown = waiting.iter().position(|key| Some(*key) == model.offers.shown).unwrap_or(0);
    let height = usize::from(area.height);
    let top = shown.min(waiting.len().saturating_sub(height));
    let visible = waiting.iter().enumerate().skip(top).take(height);
    let lines = visible.filter_map(|(index, key)| {
        let transfer = model.transfers.get(*key)?;
        let line = offer(model, *key, transfer, index == shown, usize::from(area.width));
        let selected = index == shown && model.focus == Focus::Offers && waiting.len() > 1;
        Some(if selected { line.patch_style(model.look.theme.selected) } else { line })
    });
    draw_lines(lines.collect::<Vec<_>>(), area, buf);
}

/// That strangers offer something, and the key that shows what.
fn held(model: &Model, width: usize) -> Line<'static> {
    let theme = &model.look.theme;
    let key = model.keymap.key(Context::Everywhere, Action::FocusOffers).unwrap_or_default();
    let right = vec![plain("  ", theme.plain), plain(key, theme.key), plain(" shows", theme.plain)];
    let left = vec![plain(from_strangers(model.transfers.held().len()), theme.dim)];
    row(left, right, width, model.look.symbols.more)
}

/// A name is cut to this at most, so that its size stays in view.
const SHORTEST_NAME: usize = 8;

/// Who offers what; where it would go and by which program, if there is room for all of that.
fn offer(model: &Model, key: TransferKey, transfer: &Transfer, shown: bool, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let info = &transfer.info;
    let who = model.label_of(key.account, &info.peer.to_bare());
    let right = if shown { keys(model, width) } else { Vec::new() };
    let continues = words::continues(info).map(|says| format!(", {says}")).unwrap_or_default();
    let mut left = vec![
        written(&who, theme.offer),
        plain(if width >= 60 { " offers " } else { ": " }, theme.plain),
        written(&format!("  {}{continues}", words::size(info)), theme.plain),
    ];
    let taken: usize = left.iter().chain(&right).map(Span::width).sum();
    let mut room = width.saturating_sub(taken + 1);
    let name =
        written(&text::cut_name(&text::visible(&info.name), room.max(SHORTEST_NAME), symbols.more), theme.strong);
    room = room.saturating_sub(name.width());
    left.insert(2, name);
    let folder = format!("  {} {}", symbols.to, model.short_path(&model.look.downloads));
    let folder = Some(written(&folder, theme.dim)).filter(|folder| folder.width() <= room);
    room -= folder.as_ref().map_or(0, Span::width);
    left.extend(folder);
    let resource = info.peer.resource().map(|resource| written(&format!(" ({resource})"), theme.dim));
    if let Some(resource) = resource.filter(|resource| resource.width() <= room) {
        left.insert(1, resource);
    }
    row(left, right, width, symbols.more)
}

/// The keys that work: other ones while the bar has the focus.
fn keys(model: &Model, width: usize) -> Vec<Span<'static>> {
    let theme = &model.look.theme;
    let focused = model.focus == Focus::Offers;
    let (context, listed): (_, &[(Action, &str)]) = if focused {
        (
            Context::Offers,
            &[
                (Action::Accept, "accept"),
                (Action::Decline, "decline"),
                (Action::AcceptAs, "save as"),
                (Action::Details, "view"),
                (Action::Trust, "trust"),
            ],
        )
    } else {
        (
            Context::Everywhere,
            &[(Action::AcceptShown, "accept"), (Action::DeclineShown, "decline"), (Action::FocusOffers, "more")],
        )
    };
    let listed = match width {
        ..70 => &listed[..2],
        70..90 => &listed[..listed.len().min(4)],
        _ => listed,
    };
    let named = listed.iter().filter_map(|(action, word)| model.keymap.key(context, *action).map(|key| (key, *word)));
    named
        .zip(["yes", "no"].into_iter().chain(std::iter::repeat("")))
        .flat_map(|((key, word), short)| {
            let word = if width < 50 { short } else { word };
            [plain("  ", theme.plain), plain(key, theme.key), plain(format!(" {word}"), theme.plain)]
        })
        .collect()
}
