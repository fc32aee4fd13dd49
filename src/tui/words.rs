//! Transfers in the words of the screen: what was offered, and how it ended, with the next keystroke where there is one.
//! Why something failed is said by the engine, to everybody in the same words.

pub(crate) mod presence;

use std::time::Duration;

use super::keymap::{Action, Context};
use super::model::Model;
use super::model::conversation::{AboutThem, THEM};
use super::model::transfer::{Stage, Transfer};
use super::theme::Symbols;
use super::widget::text;
use crate::engine::amount;
use crate::engine::event::{
    Direction, Failure, Interruption, OfferInfo, Outcome, Protection, TheirTurn, TransferChange, Turn, Verified, Waits,
    WebPlace,
};
use crate::engine::history::{FileLine, FileNews};
use crate::engine::sentence::{SOMEBODY, with_kept};

/// `romeo offers sonnet.pdf · 2.4 MiB · application/pdf`.
pub(crate) fn offer_line(info: &OfferInfo, symbols: &Symbols) -> AboutThem {
    let mut parts = match info.direction {
        Direction::Receiving if info.web.is_some() && info.is_asked_for => vec![format!("you fetch {}", info.name)],
        Direction::Receiving => vec![format!("{THEM} offers {}", info.name)],
        Direction::Sending if info.is_without_program() => {
            vec![format!("looking for a program of {THEM} that takes {}", info.name)]
        }
        Direction::Sending => vec![format!("you offer {} to {THEM}", info.name)],
    };
    parts.push(size(info));
    parts.extend(info.remarks());
    parts.extend(continues(info));
    parts.extend(info.mime_type.clone().filter(|_| info.folder.is_none()));
    parts.extend(info.description.clone().filter(|text| !text.trim().is_empty()).map(|text| format!("“{text}”")));
    parts.extend(info.web.as_ref().map(place));
    AboutThem::new(parts.join(&format!(" {} ", symbols.between)))
}

/// `at http://example.org/a, not encrypted`: the whole address, and who led there if nobody asked for it.
pub(crate) fn place(web: &WebPlace) -> String {
    let clear = if web.address.is_https() { "" } else { ", not encrypted" };
    let led = web.led_by.as_ref().map(|host| format!(", where {host} leads")).unwrap_or_default();
    format!("at {}{clear}{led}", web.address)
}

/// That some of it is here already: `continues at 62 %`.
pub(crate) fn continues(info: &OfferInfo) -> Option<String> {
    let (at, size) = (info.continues_at?, info.size?);
    Some(format!("continues at {} %", amount::percent(at, size)))
}

/// `interrupted at 62 % · waits for romeo · they went offline`.
pub(crate) fn interrupted(interruption: &Interruption, since: Duration, who: &str, dot: &str) -> String {
    let waits = match interruption.waits {
        Waits::Time(time) => Waits::Time(time.saturating_sub(since)),
        other @ (Waits::Session | Waits::Peer | Waits::Offer | Waits::User) => other,
    };
    let hand = if interruption.waits == Waits::User { "; r goes on" } else { "" };
    format!("{}{dot}{}{hand}{dot}{}", interruption.place(), waits.told_of(who), interruption.why)
}

/// `2.4 MiB`, or that nobody said.
pub(crate) fn size(info: &OfferInfo) -> String {
    info.amount().unwrap_or_else(|| "size unknown".to_owned())
}

/// `sonnet.pdf arrived: ~/Downloads/sonnet.pdf · 12.0 MiB in 0.4 s · SOCKS5 direct, encrypted · verified sha-256`.
pub(crate) fn outcome_line(transfer: &Transfer, model: &Model) -> AboutThem {
    let name = &transfer.info.name;
    let Some(outcome) = outcome(transfer) else { return AboutThem::new(name.clone()) };
    let pane = model.keymap.key(Context::Everywhere, Action::FocusTransfers).unwrap_or_default();
    let retry = format!("; {pane} and then r to retry");
    AboutThem::new(match outcome {
        Outcome::Completed { .. } => arrival_line(transfer.info.direction, name, outcome, transfer.protection(), model),
        Outcome::Declined { .. } | Outcome::Cancelled { .. } | Outcome::Failed(_) => {
            let retry = if can_retry(transfer) { retry } else { String::new() };
            format!("{name}: {}{retry}", ending(transfer, outcome, THEM, model))
        }
    })
}

fn arrival_line(
    direction: Direction,
    name: &str,
    outcome: &Outcome,
    protection: Option<Protection>,
    model: &Model,
) -> String {
    let place = match outcome {
        Outcome::Completed { path, .. } => path.as_deref().map(|path| model.look.short_path(path)),
        Outcome::Declined { .. } | Outcome::Cancelled { .. } | Outcome::Failed(_) => None,
    };
    let what = match (direction, place) {
        (Direction::Receiving, Some(place)) => format!("{name} arrived: {place}"),
        (Direction::Receiving, None) => format!("{name} arrived"),
        (Direction::Sending, _) => format!("{THEM} has {name}"),
    };
    let dot = format!(" {} ", model.look.symbols.between);
    format!("{what}{dot}{}", completed(direction, outcome, protection, &dot))
}

/// A line about a file, out of the journal, as it stood in the conversation when that happened.
pub(crate) fn past_line(line: &FileLine, model: &Model) -> AboutThem {
    let (entry, name) = (&line.entry, &line.entry.file.name);
    AboutThem::new(match (line.news, entry.arrival()) {
        (FileNews::Offered, _) => return offer_line(&entry.offer(), model.look.symbols),
        (FileNews::Ended, Some(outcome)) => arrival_line(entry.direction(), name, &outcome, entry.protection(), model),
        (FileNews::Ended, None) => {
            entry.ending_told_of(THEM).map_or_else(|| name.clone(), |ending| format!("{name}: {ending}"))
        }
    })
}

fn outcome(transfer: &Transfer) -> Option<&Outcome> {
    match &transfer.stage {
        Stage::Ended(outcome) => Some(outcome),
        Stage::Offered | Stage::Agreed(_) | Stage::Interrupted(..) => None,
    }
}

/// `12.0 MiB in 0.4 s · 28 MiB/s · SOCKS5 direct, encrypted · verified sha-256`; nothing for what did not complete.
fn completed(direction: Direction, outcome: &Outcome, protection: Option<Protection>, dot: &str) -> String {
    let Outcome::Completed { via, .. } = outcome else { return String::new() };
    completed_by(&marked(via.title(), protection), direction, outcome, dot)
}

/// `SOCKS5 direct, encrypted`.
fn marked(way: &str, protection: Option<Protection>) -> String {
    protection.map_or_else(|| way.to_owned(), |it| format!("{way}, {}", it.word()))
}

fn completed_by(way: &str, direction: Direction, outcome: &Outcome, dot: &str) -> String {
    let Outcome::Completed { bytes, took, verified, .. } = outcome else { return String::new() };
    let millis = took.as_millis().max(1);
    let rate = u64::try_from(u128::from(*bytes) * 1000 / millis).unwrap_or(u64::MAX);
    let mut parts = vec![format!("{} in {}", amount::bytes(*bytes), amount::span(*took))];
    if *bytes > 0 {
        parts.push(amount::rate(rate));
    }
    parts.push(way.to_owned());
    let verdict = match (verified, direction) {
        (Verified::No, Direction::Receiving) => Some("unverified, no hash was given"),
        (Verified::No, Direction::Sending) => None,
        (Verified::Md5, _) => Some("verified md5"),
        (Verified::Sha256, _) => Some("verified sha-256"),
    };
    parts.extend(verdict.map(str::to_owned));
    parts.join(dot)
}

/// The same in so many columns, and whether the way could be read by others: whether it is what was sent stays longest,
/// and that they could, then how much it is, then the way it came.
pub(crate) fn completed_within(
    direction: Direction,
    outcome: &Outcome,
    protection: Option<Protection>,
    dot: &str,
    width: usize,
) -> String {
    let Outcome::Completed { via, bytes, took, verified, .. } = outcome else { return String::new() };
    let size = amount::bytes(*bytes);
    let (verdict, hash) = match (verified, direction) {
        (Verified::No, Direction::Receiving) => (Some("unverified"), None),
        (Verified::No, Direction::Sending) => (None, None),
        (Verified::Md5, _) => (Some("verified"), Some("md5")),
        (Verified::Sha256, _) => (Some("verified"), Some("sha-256")),
    };
    let exact = hash.zip(verdict).map(|(hash, verdict)| format!("{verdict} {hash}"));
    let timed = format!("{size} in {}", amount::span(*took));
    let joined = |parts: &[Option<&str>]| parts.iter().copied().flatten().collect::<Vec<_>>().join(dot);
    let clear = protection.filter(|protection| *protection == Protection::Clear).map(Protection::word);
    let (way, short) = (marked(via.title(), protection), marked(via.short_title(), protection));
    let ever_shorter = [
        completed_by(&way, direction, outcome, dot),
        joined(&[Some(&timed), Some(&way), exact.as_deref().or(verdict)]),
        joined(&[Some(&timed), Some(&way), verdict]),
        joined(&[Some(&size), Some(&way), verdict]),
        joined(&[Some(&size), Some(&short), verdict]),
        joined(&[Some(&size), clear.or(Some(via.short_title())), verdict]),
        joined(&[clear.or(Some(&size)), verdict]),
    ];
    let shortest = joined(&[verdict.or(Some(&size))]);
    ever_shorter.into_iter().find(|said| text::width(said) <= width).unwrap_or(shortest)
}

/// How it ended, if the file is not there: what happened, why, and what stays of it.
pub(crate) fn ending(transfer: &Transfer, outcome: &Outcome, who: &str, model: &Model) -> String {
    let kept = transfer.kept.as_ref().map(|path| model.look.short_path(path));
    with_kept(&outcome.told_of(who, transfer.reached()), kept)
}

/// Whether the user here can offer it again.
pub(crate) fn can_retry(transfer: &Transfer) -> bool {
    let failed = matches!(transfer.stage, Stage::Ended(Outcome::Failed(_)));
    failed && transfer.info.direction == Direction::Sending
}

/// The line that a change leaves in a transfer's log, if it leaves one.
pub(crate) fn log_line(change: &TransferChange) -> Option<String> {
    match change {
        TransferChange::Offered(info) if info.is_without_program() || info.is_unseen() || info.methods.is_empty() => {
            None
        }
        TransferChange::Offered(info) => {
            let methods: Vec<&str> = info.methods.iter().map(|via| via.title()).collect();
            let several = if info.si_multiple { ", several may be agreed on (si-multiple)" } else { "" };
            Some(format!("offered by {}{several}", methods.join(", ")))
        }
        TransferChange::Answered { methods, .. } => {
            let methods: Vec<&str> = methods.iter().map(|via| via.title()).collect();
            Some(format!("agreed on {}", methods.join(", then ")))
        }
        TransferChange::Ended(Outcome::Failed(Failure::Corrupt { expected, found })) => {
            Some(format!("expected hash {expected}, found {found}"))
        }
        TransferChange::Interrupted(interruption) => Some(format!("{}: {}", interruption.place(), interruption.why)),
        TransferChange::Remark(remark) => Some(remark.clone()),
        TransferChange::Unplaced(why) => Some(format!("accepted, and still offered: {why}")),
        TransferChange::Kept(path) => Some(format!("what has come of it stays in {}", path.display())),
        TransferChange::Turn { turn: Turn::Paused, .. } => Some("paused".to_owned()),
        TransferChange::TheirTurn(turn @ TheirTurn::Paused) => Some(turn.told_of(SOMEBODY)),
        TransferChange::Attempt(_)
        | TransferChange::Progress(_)
        | TransferChange::Turn { .. }
        | TransferChange::TheirTurn(_)
        | TransferChange::Finishing(_)
        | TransferChange::Ended(_) => None,
    }
}
