//! Whether the user is here: contacts are told since when nobody has touched this program, if the user wants that.

use std::time::Duration;

use crate::engine::command::Command;
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::Model;

/// Reading a long message takes less; making tea does not.
pub(super) const AFTER: Duration = Duration::from_mins(5);

/// A key was pressed, or something like it.
pub(super) fn touched(model: &mut Model) -> Effects {
    model.idle.since = model.now;
    if !std::mem::take(&mut model.idle.told) {
        return Effects::new();
    }
    tell(model, &Command::SetIdle { since: None })
}

/// Time passed.
pub(super) fn tick(model: &mut Model) -> Effects {
    let idle = &mut model.idle;
    let is_due = idle.wanted && !idle.told && model.now.instant >= idle.since.instant + AFTER;
    if !is_due {
        return Effects::new();
    }
    idle.told = true;
    let since = Some(idle.since.wall);
    tell(model, &Command::SetIdle { since })
}

/// When contacts have to be told, unless a key is pressed.
pub(crate) fn next_wake(model: &Model) -> Option<Duration> {
    let idle = &model.idle;
    let due = (idle.since.instant + AFTER).saturating_duration_since(model.now.instant);
    (idle.wanted && !idle.told).then_some(due)
}

fn tell(model: &Model, command: &Command) -> Effects {
    model.accounts.keys().map(|account| Effect::Command(*account, command.clone())).collect()
}
