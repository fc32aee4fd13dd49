//! The speed limits: stepping them from the transfers pane, setting them by a command, and their words.

use super::config;
use crate::client::Limits;
use crate::engine::event::Direction;
use crate::store::config::Rate;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::model::Model;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Where the keys stop, in bytes a second. Each is about twice the one before: a smaller step is hardly felt.
const STEPS: [u64; 13] = [
    16 * KIB,
    32 * KIB,
    64 * KIB,
    128 * KIB,
    256 * KIB,
    512 * KIB,
    MIB,
    2 * MIB,
    5 * MIB,
    10 * MIB,
    20 * MIB,
    50 * MIB,
    100 * MIB,
];

/// Steps the limit of the direction in which the selected file goes.
pub(super) fn step(model: &mut Model, action: Action) -> Effects {
    let selected = model.transfers.selected.and_then(|key| model.transfers.get(key));
    let direction = selected.map_or(Direction::Sending, |transfer| transfer.info.direction);
    let current = limit(config::limits(model), direction);
    let next = if action == Action::Slower { Some(slower(current, rate(model, direction))) } else { faster(current) };
    set(model, direction, next)
}

/// Below the limit, or without one below what moves at the moment.
fn slower(current: Option<u64>, rate: u64) -> u64 {
    let from = current.unwrap_or(if rate > 0 { rate } else { u64::MAX });
    let below = STEPS.iter().rev().find(|step| **step < from);
    below.copied().unwrap_or(STEPS[0])
}

fn faster(current: Option<u64>) -> Option<u64> {
    STEPS.iter().find(|step| **step > current.unwrap_or(u64::MAX)).copied()
}

/// What goes that way at the moment, all files together.
fn rate(model: &Model, direction: Direction) -> u64 {
    let running = model.transfers.running().filter(|transfer| transfer.info.direction == direction);
    running.filter_map(|transfer| transfer.progress_at(model.now.instant)).map(|progress| progress.rate).sum()
}

/// Sets one direction's limit and says so.
pub(crate) fn set(model: &mut Model, direction: Direction, limit: Option<u64>) -> Effects {
    match direction {
        Direction::Sending => model.configuration.in_force.transfers.limit_up = limit,
        Direction::Receiving => model.configuration.in_force.transfers.limit_down = limit,
    }
    let way = match direction {
        Direction::Sending => "up",
        Direction::Receiving => "down",
    };
    let says = limit.map_or_else(|| "no limit".to_owned(), |_| format!("at most {}", Rate(limit)));
    model.flash(format!("Files go {way} with {says}"));
    vec![Effect::Limit(config::limits(model))]
}

fn limit(limits: Limits, direction: Direction) -> Option<u64> {
    match direction {
        Direction::Sending => limits.up,
        Direction::Receiving => limits.down,
    }
}

/// `↑ max 512 KiB/s`: each limit that there is, for the pane's title and the status line.
pub(crate) fn words(model: &Model) -> String {
    let symbols = model.look.symbols;
    let told = |arrow: &str, limit: Option<u64>| limit.map(|_| format!("{arrow} max {}", Rate(limit)));
    let limits = config::limits(model);
    let both = [told(symbols.down, limits.down), told(symbols.up, limits.up)];
    both.into_iter().flatten().collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_down_is_felt_at_once() {
        assert_eq!(slower(None, 3 * MIB), 2 * MIB);
        assert_eq!(slower(None, 0), 100 * MIB);
        assert_eq!(slower(Some(MIB), 900 * KIB), 512 * KIB);
        assert_eq!(slower(Some(16 * KIB), 0), 16 * KIB, "there is no standing still by a limit");
    }

    #[test]
    fn steps_up_end_without_a_limit() {
        assert_eq!(faster(Some(16 * KIB)), Some(32 * KIB));
        assert_eq!(faster(Some(500 * KIB)), Some(512 * KIB));
        assert_eq!(faster(Some(100 * MIB)), None);
        assert_eq!(faster(None), None);
    }
}
