//! The first line: who we are, whether we are online and if not why, what waits, how fast files move.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::roster;
use crate::engine::amount;
use crate::engine::event::{Direction, StopReason};
use crate::tui::model::Model;
use crate::tui::model::account::{Account, Session};
use crate::tui::update::{limits, stop_sentence};
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::{calendar, text};
use crate::tui::words::presence;

/// Below this width security is left out.
const NARROW: u16 = 60;

/// From here on there is room for the limits.
const ROOMY: u16 = 100;

pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.look.theme;
    let mut left = vec![plain(" ", theme.plain)];
    let here = model.account_here();
    match here.and_then(|id| model.accounts.get(&id)) {
        Some(account) => left.extend(session(model, account, area.width)),
        None => left.push(plain("Balcony", theme.strong)),
    }
    for (_, account) in model.accounts.iter().filter(|(id, _)| Some(**id) != here) {
        let (symbol, style) = standing(model, account);
        left.push(written(&format!("  {} ", account.name), theme.plain));
        left.push(plain(symbol, style));
    }
    let line = row(left, right(model, area.width), usize::from(area.width), model.look.symbols.more);
    buf.set_line(area.x, area.y, &line, area.width);
}

/// How the session of an account stands, in one symbol.
pub(crate) fn standing(model: &Model, account: &Account) -> (&'static str, Style) {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match &account.session {
        Session::Online { .. } => roster::availability(model, Some(account.show)),
        Session::Connecting | Session::Offline { .. } => (symbols.waiting, theme.busy),
        Session::Idle | Session::Stopped(StopReason::Requested) => (symbols.offline, theme.dim),
        Session::Stopped(_) => (symbols.failed, theme.bad),
    }
}

fn session(model: &Model, account: &Account, width: u16) -> Vec<Span<'static>> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let dot = symbols.between;
    let (symbol, style) = roster::availability(model, account.is_online().then_some(account.show));
    let (words, style): (String, Style) = match &account.session {
        Session::Idle => ("not connected: /connect".to_owned(), theme.dim),
        Session::Connecting => (symbols.spell("connecting…"), theme.busy),
        Session::Online { security, resumed } => {
            let resumed = resumed.map(|at| format!("resumed {}", calendar::time_of_day(at, &model.look.zone)));
            let mut parts = vec![show_word(account)];
            parts.extend(Some(security.clone()).filter(|_| width >= NARROW));
            parts.extend(resumed.filter(|_| width >= 90));
            parts.extend(account.archive.is_catching_up.then(|| symbols.spell("catching up…")));
            (parts.join(&format!(" {dot} ")), style)
        }
        Session::Offline { why, retry_at } => {
            let left = amount::whole_span(retry_at.saturating_duration_since(model.now.instant));
            // What changes comes first: a long reason is cut.
            (format!("offline {dot} retrying in {left}: {why}"), theme.bad)
        }
        Session::Stopped(why) => (format!("stopped: {}", stop_sentence(model, account, why)), theme.bad),
    };
    let title = text::cut(&text::visible(&account.title()), usize::from(width) / 2, symbols.more);
    vec![plain(format!("{title} "), theme.strong), plain(format!("{symbol} "), style), written(&words, style)]
}

fn show_word(account: &Account) -> String {
    let word = presence::shown(account.show);
    match &account.status {
        Some(status) => format!("{word} ({status})"),
        None => word.to_owned(),
    }
}

fn right(model: &Model, width: u16) -> Vec<Span<'static>> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let mut spans = Vec::new();
    let offers = model.transfers.offers().len();
    if offers > 0 {
        let word = if offers == 1 { "offer" } else { "offers" };
        spans.push(plain(format!("{offers} {word}  "), theme.offer));
    }
    let moving = |direction| model.transfers.running().filter(|it| it.info.direction == direction).count();
    let (down, up) = (moving(Direction::Receiving), moving(Direction::Sending));
    if down + up == 0 {
        return spans;
    }
    let rate = model
        .transfers
        .running()
        .filter_map(|transfer| transfer.progress_at(model.now.instant))
        .map(|progress| progress.rate)
        .sum::<u64>();
    spans.push(plain(format!("{} {down}  {} {up}", symbols.down, symbols.up), theme.moving));
    if width >= NARROW {
        spans.push(plain(format!("  {}", amount::rate(rate)), theme.moving));
    }
    let limits = limits::words(model);
    if width >= ROOMY && !limits.is_empty() {
        spans.push(plain(format!("  ({limits})"), theme.dim));
    }
    spans.push(plain(" ", theme.plain));
    spans
}
