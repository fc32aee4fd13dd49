//! What was tried to move a file: a row each, live, or several in one row where there is no room for more.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::engine::amount;
use crate::engine::event::{AttemptState, Outcome, Protection};
use crate::tui::model::Model;
use crate::tui::model::transfer::{Stage, Transfer, Tried};
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::text;

/// Enough for the longest name of a method.
const METHOD_WIDTH: usize = 13;

/// Where the rows begin, so that they are seen to belong to the transfer above.
const INDENT: &str = "    ";

/// At most `room` rows: the oldest attempts share the first if there are more.
pub(super) fn rows(model: &Model, transfer: &Transfer, room: usize, width: usize) -> Vec<Line<'static>> {
    if room == 0 {
        return Vec::new();
    }
    let shared = match transfer.attempts.len().saturating_sub(room) {
        0 => 0,
        too_many => too_many + 1,
    };
    let (sharing, alone) = transfer.attempts.split_at(shared);
    let first = sharing.last().map(|last| shared_row(model, transfer, sharing, last, width));
    let others = alone.iter().map(|tried| attempt_row(model, transfer, tried, width));
    first.into_iter().chain(others).collect()
}

/// `✗ SOCKS5 direct  192.0.2.7:5086  refused  0.1 s`.
fn attempt_row(model: &Model, transfer: &Transfer, tried: &Tried, width: usize) -> Line<'static> {
    let theme = &model.look.theme;
    let standing = Standing::of(model, transfer, tried);
    let title = text::pad(tried.attempt.via.title(), METHOD_WIDTH, "");
    let mut left =
        vec![plain(format!("{INDENT}{} ", standing.symbol), standing.style), plain(format!("{title}  "), theme.plain)];
    if let Some(streamhost) = &tried.attempt.streamhost {
        let column = (width / 4).clamp(10, 32);
        let streamhost = text::pad(&text::visible(streamhost), column, model.look.symbols.more);
        left.push(plain(format!("{streamhost}  "), theme.dim));
    }
    if let AttemptState::Active { detail: Some(detail) } = &tried.attempt.state {
        left.push(written(&format!("{detail}  "), standing.style));
    }
    left.push(written(&standing.says, standing.style));
    row(left, vec![plain(standing.time, theme.dim)], width.min(100), model.look.symbols.more)
}

/// `✗ SOCKS5 direct refused · ✗ SOCKS5 proxy no answer · ▶ in-band active`: of the older ones, the latest that there is
/// room for; and how long the last takes, if there is room for that too.
fn shared_row(model: &Model, transfer: &Transfer, sharing: &[Tried], last: &Tried, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let width = width.min(100);
    let mut room = width.saturating_sub(INDENT.len());
    let mut left: Vec<Span<'static>> = Vec::new();
    for tried in sharing.iter().rev() {
        let standing = Standing::of(model, transfer, tried);
        let says = match tried.attempt.protection() {
            Some(Protection::Clear) => tried.attempt.marked(&standing.says),
            Some(Protection::Encrypted) | None => standing.says,
        };
        let mut piece = vec![
            plain(format!("{} ", standing.symbol), standing.style),
            plain(format!("{} ", tried.attempt.via.title()), theme.plain),
            written(&says, standing.style),
        ];
        if !left.is_empty() {
            piece.push(plain(format!(" {} ", symbols.between), theme.dim));
        }
        let wide = piece.iter().map(Span::width).sum::<usize>();
        if wide > room && !left.is_empty() {
            break;
        }
        room = room.saturating_sub(wide);
        piece.append(&mut left);
        left = piece;
    }
    left.insert(0, plain(INDENT, theme.plain));
    let time = Standing::of(model, transfer, last).time;
    let right = (text::width(&time) < room).then(|| plain(time, theme.dim));
    row(left, right.into_iter().collect(), width, symbols.more)
}

/// How an attempt stands.
struct Standing {
    symbol: &'static str,
    style: Style,
    says: String,
    time: String,
}

impl Standing {
    fn of(model: &Model, transfer: &Transfer, tried: &Tried) -> Self {
        let (theme, symbols) = (&model.look.theme, model.look.symbols);
        let took = amount::span(tried.took(model.now.instant));
        let (symbol, style, says, time) = match &tried.attempt.state {
            AttemptState::Trying { doing, .. } if transfer.is_over() => {
                (symbols.failed, theme.dim, format!("{doing}: stopped"), took)
            }
            AttemptState::Trying { doing, patience } => {
                (symbols.waiting, theme.busy, doing.clone(), format!("{took} of {}", amount::span(*patience)))
            }
            AttemptState::Failed { reason } => (symbols.failed, theme.bad, reason.clone(), took),
            AttemptState::Active { .. } => {
                let (symbol, style, says) = active(model, transfer);
                (symbol, style, says, took)
            }
        };
        Standing { symbol, style, says, time }
    }
}

/// How what moved the bytes stands.
fn active(model: &Model, transfer: &Transfer) -> (&'static str, Style, String) {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match (&transfer.stage, transfer.stands_still(model.now.instant)) {
        (Stage::Ended(Outcome::Completed { .. }), _) => (symbols.done, theme.good, "done".to_owned()),
        (Stage::Ended(_), _) => (symbols.failed, theme.bad, "broken off".to_owned()),
        (_, Some(still)) => (symbols.waiting, theme.busy, format!("nothing for {}", amount::whole_span(still))),
        (_, None) => (symbols.active, theme.good, "active".to_owned()),
    }
}
