//! The transfers: one line each, and below it every attempt with its reason, live.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

mod attempts;

use super::{draw_lines, mark};
use crate::engine::amount;
use crate::engine::event::{AttemptState, Direction, Outcome, Priority, Progress, Protection, TheirTurn, Turn};
use crate::tui::model::transfer::{Stage, Transfer, TransferKey};
use crate::tui::model::{Focus, Model};
use crate::tui::update::limits;
use crate::tui::widget::line::{plain, row, written};
use crate::tui::widget::{bar, calendar, text};
use crate::tui::words;

/// A shorter bar tells less than the percentage beside it.
const NARROWEST_BAR: usize = 6;

/// As many rates as a sparkline shows.
const SPARKS: usize = 7;

/// How many rows it would like, at most `most`.
pub(crate) fn height(model: &Model, _width: u16, most: u16) -> u16 {
    let mut rows = 0;
    for (_, transfer) in model.transfers.listed() {
        rows += 1 + details(transfer);
        if rows >= usize::from(most) {
            return most;
        }
    }
    u16::try_from(rows).unwrap_or(most).min(most)
}

/// How many rows stand below a transfer's own.
fn details(transfer: &Transfer) -> usize {
    if !transfer.is_unfolded() {
        return 0;
    }
    let log = if transfer.unfolded == Some(true) { transfer.log.len() } else { 0 };
    transfer.attempts.len() + log
}

/// What it is called, with the limits that files move under.
pub(crate) fn title(model: &Model) -> String {
    let limits = limits::words(model);
    if limits.is_empty() {
        "Transfers".to_owned()
    } else {
        format!("Transfers {} {limits}", model.look.symbols.between)
    }
}

pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let rows = rows(model, area);
    if rows.is_empty() {
        let text = "No transfers. /send FILE in a conversation offers one.";
        let lines = text::wrap(text, usize::from(area.width));
        return draw_lines(lines.into_iter().map(|line| Line::styled(line, model.look.theme.dim)), area, buf);
    }
    let selected = model.transfers.selected.filter(|_| model.focus == Focus::Transfers);
    let row = rows.iter().position(|(key, _)| Some(*key) == selected);
    draw_lines(rows.into_iter().map(|(_, line)| line), area, buf);
    if let Some(row) = row {
        mark(model, area, row, buf);
    }
}

/// The transfer that a row of the pane belongs to.
pub(crate) fn key_at(model: &Model, area: Rect, y: u16) -> Option<TransferKey> {
    rows(model, area).get(usize::from(y)).map(|(key, _)| *key)
}

/// The visible rows: the selected transfer, or without the keys the one that the wheel went to, stays in view, with what
/// is below it as far as there is room.
fn rows(model: &Model, area: Rect) -> Vec<(TransferKey, Line<'static>)> {
    let height = usize::from(area.height);
    let listed = model.transfers.listed();
    let transfers = &model.transfers;
    let in_view = if model.focus == Focus::Transfers { transfers.selected } else { transfers.shown };
    let selected = listed.iter().position(|(key, _)| Some(*key) == in_view).unwrap_or(0);
    let before: usize = listed.iter().take(selected).map(|(_, transfer)| 1 + details(transfer)).sum();
    let own = listed.get(selected).map_or(0, |(_, transfer)| 1 + details(transfer));
    let top = if own >= height { before } else { (before + own).saturating_sub(height) };
    let mut rows = Vec::new();
    let mut passed = 0;
    for (key, transfer) in listed {
        let size = 1 + details(transfer);
        if passed + size > top && passed < top + height {
            let lines = transfer_rows(model, key, transfer, height, usize::from(area.width));
            rows.extend(lines.into_iter().skip(top.saturating_sub(passed)).map(|line| (key, line)));
        }
        passed += size;
    }
    rows.truncate(height);
    rows
}

fn transfer_rows(
    model: &Model,
    key: TransferKey,
    transfer: &Transfer,
    height: usize,
    width: usize,
) -> Vec<Line<'static>> {
    let main = main_row(model, key, transfer, width);
    let selected = model.focus == Focus::Transfers && model.transfers.selected == Some(key);
    let mut lines = vec![if selected { main.patch_style(model.look.theme.selected) } else { main }];
    if !transfer.is_unfolded() {
        return lines;
    }
    let room = if selected { usize::MAX } else { height.saturating_sub(1) };
    lines.extend(attempts::rows(model, transfer, room, width));
    if transfer.unfolded == Some(true) {
        lines.extend(transfer.log.iter().map(|(at, entry)| {
            let time = calendar::time_of_day(*at, &model.look.zone);
            let left = vec![plain(format!("    {time} "), model.look.theme.dim), written(entry, model.look.theme.dim)];
            row(left, Vec::new(), width, model.look.symbols.more)
        }));
    }
    lines
}

fn main_row(model: &Model, key: TransferKey, transfer: &Transfer, width: usize) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let arrow = match transfer.info.direction {
        Direction::Receiving => symbols.down,
        Direction::Sending => symbols.up,
    };
    let who = text::visible(&model.label_of(key.account, &transfer.info.peer.to_bare()));
    let (name_width, who_width) = columns(model, width);
    let name = text::cut_name(&text::visible(&transfer.info.name), name_width, symbols.more);
    let mut left = vec![
        plain(format!("{arrow} "), theme.moving),
        plain(text::pad(&name, name_width, symbols.more), theme.strong),
        plain(format!(" {}  ", text::pad(&who, who_width, symbols.more)), theme.plain),
    ];
    left.extend(turn(model, transfer, &who));
    match &transfer.stage {
        Stage::Offered => left.push(offered(model, transfer, &who)),
        Stage::Agreed(None) => left.push(agreed(model, transfer)),
        Stage::Agreed(Some(progress)) => {
            let progress = transfer.progress_at(model.now.instant).unwrap_or(*progress);
            if let Some(finishing) = transfer.finishing {
                left.push(written(&format!("{} {}", symbols.waiting, finishing.told_of(&who)), theme.busy));
            } else {
                return moving(model, transfer, left, progress, width);
            }
        }
        Stage::Interrupted(interruption, since) => {
            let since = model.now.instant.saturating_duration_since(*since);
            let dot = format!(" {} ", symbols.between);
            let says = words::interrupted(interruption, since, &who, &dot);
            left.push(written(&format!("{} {says}", symbols.waiting), theme.busy));
        }
        Stage::Ended(outcome) => {
            let room = width.saturating_sub(left.iter().map(Span::width).sum());
            left.extend(ended(model, transfer, outcome, &who, room));
        }
    }
    row(left, Vec::new(), width, symbols.more)
}

/// `waits (2nd)`, what the other side says of that, and how much the user prefers it, if there is something to say.
fn turn(model: &Model, transfer: &Transfer, who: &str) -> Option<Span<'static>> {
    if transfer.is_over() {
        return None;
    }
    let waits = (transfer.turn != Turn::Now).then(|| transfer.turn.to_string());
    let theirs = transfer.their_turn();
    let theirs = (theirs != TheirTurn::Now).then(|| theirs.told_of(who));
    let preferred = match transfer.priority {
        Priority::High => Some("first".to_owned()),
        Priority::Normal => None,
        Priority::Low => Some("last".to_owned()),
    };
    let words: Vec<String> = waits.into_iter().chain(theirs).chain(preferred).collect();
    (!words.is_empty()).then(|| written(&format!("{}  ", words.join(", ")), model.look.theme.busy))
}

/// How wide names of files and of people are: as wide as the widest listed, within reason.
fn columns(model: &Model, width: usize) -> (usize, usize) {
    let listed = model.transfers.listed();
    let files = listed.iter().map(|(_, transfer)| text::width(&text::visible(&transfer.info.name))).max();
    let people = listed.iter().map(|(key, transfer)| {
        text::width(&text::visible(&model.label_of(key.account, &transfer.info.peer.to_bare())))
    });
    let name = files.unwrap_or(0).clamp(8, (width / 4).clamp(8, 28));
    let who = people.max().unwrap_or(0).clamp(4, (width / 8).clamp(4, 16));
    (name, who)
}

fn offered(model: &Model, transfer: &Transfer, who: &str) -> Span<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match (transfer.info.direction, transfer.answered) {
        (Direction::Receiving, false) => {
            let why = transfer.unplaced.as_ref().map(|why| format!(" {} {why}", symbols.between)).unwrap_or_default();
            let size = words::size(&transfer.info);
            written(&format!("offered {} {size}: a accepts{why}", symbols.between), theme.offer)
        }
        (Direction::Receiving, true) => plain(format!("{} answering", symbols.waiting), theme.busy),
        (Direction::Sending, _) if transfer.info.is_unseen() => {
            plain(format!("{} not offered yet", symbols.waiting), theme.busy)
        }
        (Direction::Sending, _) if transfer.info.is_without_program() => {
            let size = words::size(&transfer.info);
            let looks = format!("{} {size} {} looking for a program that takes it", symbols.waiting, symbols.between);
            plain(looks, theme.busy)
        }
        (Direction::Sending, _) => {
            let size = words::size(&transfer.info);
            plain(format!("{} {size} offered, waiting for {who} to accept", symbols.waiting), theme.busy)
        }
    }
}

/// Accepted, nothing moved: what is being tried.
fn agreed(model: &Model, transfer: &Transfer) -> Span<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let trying = transfer.attempts.iter().rev().find_map(|tried| match &tried.attempt.state {
        AttemptState::Trying { doing, .. } => Some(format!("{}: {doing}", tried.attempt.via.title())),
        AttemptState::Active { .. } => Some(format!("{}: open", tried.attempt.via.title())),
        AttemptState::Failed { .. } => None,
    });
    let doing = match trying {
        Some(_) if transfer.turn != Turn::Now => "accepted, waiting to move".to_owned(),
        Some(doing) => doing,
        None => "accepted, finding a way".to_owned(),
    };
    written(&format!("{} {doing}", symbols.waiting), theme.busy)
}

/// A running transfer: bar, percentage, amounts, rate, sparkline, time left, method. How far it is and how fast stay
/// whole; of the rest, what there is room for beside them: first the way and that others can read it there, last that
/// they cannot.
fn moving(
    model: &Model,
    transfer: &Transfer,
    mut left: Vec<Span<'static>>,
    progress: Progress,
    width: usize,
) -> Line<'static> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    let done = match progress.size {
        Some(size) => format!("{:>3} %  ", amount::percent(progress.bytes, size)),
        None => format!("{}  ", amount::bytes(progress.bytes)),
    };
    let rate = format!("{} ", amount::rate(progress.rate));
    let told = text::width(&done) + text::width(&rate);
    let mut right = time(model, transfer, progress, width);
    let taken: usize = left.iter().chain(&right).map(Span::width).sum();
    let mut room = width.saturating_sub(taken + told + 1);
    if let Some(way) = way(transfer, room) {
        room -= text::width(&way);
        right.push(plain(way, if is_clear(transfer) { theme.busy } else { theme.good }));
    }
    let mut fit = |wanted: usize| {
        let fits = wanted <= room;
        room -= if fits { wanted } else { 0 };
        fits
    };
    if let Some(size) = progress.size {
        let bar_width = (width / 6).clamp(NARROWEST_BAR, 24);
        if let Some(bar_width) = (NARROWEST_BAR..=bar_width).rev().find(|bar_width| fit(bar_width + 1)) {
            let bar = bar::progress(progress.bytes, size, bar_width, symbols.bar);
            left.push(plain(format!("{bar} "), theme.moving));
        }
    }
    left.push(plain(done, theme.strong));
    let amounts = progress.size.map(|size| format!("{}  ", amount::bytes_of(progress.bytes, size)));
    left.extend(amounts.filter(|amounts| fit(text::width(amounts))).map(|amounts| plain(amounts, theme.plain)));
    left.push(plain(rate, theme.plain));
    if transfer.moves(model.now.instant) && fit(SPARKS) {
        left.push(plain(bar::sparkline(transfer.rates.iter(), SPARKS, symbols.bar), theme.moving));
    }
    let encrypted = format!(", {}", Protection::Encrypted.word());
    if transfer.protection() == Some(Protection::Encrypted) && fit(text::width(&encrypted)) {
        right.push(plain(encrypted, theme.good));
    }
    row(left, right, width, symbols.more)
}

fn is_clear(transfer: &Transfer) -> bool {
    transfer.protection() == Some(Protection::Clear)
}

/// By which way it moves, and that others can read it there, in so many columns; rather in few words than without a bar.
fn way(transfer: &Transfer, room: usize) -> Option<String> {
    let via = transfer.active()?.attempt.via;
    let (title, short, clear) = (via.title(), via.short_title(), Protection::Clear.word());
    let ever_shorter = if is_clear(transfer) {
        vec![format!("  {title}, {clear}"), format!("  {short}, {clear}"), format!("  {clear}")]
    } else {
        vec![format!("  {title}"), format!("  {short}")]
    };
    let beside = |room: usize| ever_shorter.iter().find(|way| text::width(way) <= room).cloned();
    beside(room.saturating_sub(NARROWEST_BAR + 1)).or_else(|| beside(room))
}

/// How long it takes, or stands still.
fn time(model: &Model, transfer: &Transfer, progress: Progress, width: usize) -> Vec<Span<'static>> {
    let theme = &model.look.theme;
    if let Some(still) = transfer.stands_still(model.now.instant) {
        return vec![plain(format!(" nothing for {}", amount::whole_span(still)), theme.busy)];
    }
    let left = progress.left.filter(|_| width >= 70);
    left.map(|left| plain(format!(" {} left", amount::whole_span(left)), theme.plain)).into_iter().collect()
}

fn ended(model: &Model, transfer: &Transfer, outcome: &Outcome, who: &str, room: usize) -> Vec<Span<'static>> {
    let (theme, symbols) = (&model.look.theme, model.look.symbols);
    match outcome {
        Outcome::Completed { .. } => {
            let done = format!("{} ", symbols.done);
            let dot = format!(" {} ", symbols.between);
            let room = room.saturating_sub(text::width(&done));
            let says = words::completed_within(transfer.info.direction, outcome, transfer.protection(), &dot, room);
            vec![plain(done, theme.good), written(&says, theme.plain)]
        }
        Outcome::Declined { .. } | Outcome::Cancelled { .. } | Outcome::Failed(_) => {
            let retry = if words::can_retry(transfer) { "; r to retry" } else { "" };
            let says = format!("{}{retry}", words::ending(transfer, outcome, who, model));
            vec![plain(format!("{} ", symbols.failed), theme.bad), written(&says, theme.plain)]
        }
    }
}
