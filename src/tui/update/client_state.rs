//! Whether anybody looks: while nobody does, servers may hold back what can wait (XEP-0352).
//!
//! Files do not wait: as long as one is under way, its account stays active, for what wakes a transfer may be a presence.

use std::time::{Duration, Instant};

use super::idle;
use crate::engine::command::{ClientState, Command};
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::{AccountId, Model};

/// Whoever glances at another window is back sooner.
const GLANCE: Duration = Duration::from_secs(30);

/// Tells the clients of all accounts for which that has changed.
pub(super) fn settle(model: &mut Model) -> Effects {
    let is_away = model.now.instant >= due(model);
    let state = |model: &Model, id| {
        let is_left = is_away && !model.transfers.is_busy(id);
        if is_left { ClientState::Inactive } else { ClientState::Active }
    };
    let wanted: Vec<(AccountId, ClientState)> = model.accounts.keys().map(|id| (*id, state(model, *id))).collect();
    let mut effects = Effects::new();
    for (id, wanted) in wanted {
        if let Some(account) = model.accounts.get_mut(&id).filter(|account| account.client_state != wanted) {
            account.client_state = wanted;
            effects.push(Effect::Command(id, Command::SetClientState(wanted)));
        }
    }
    effects
}

/// From when on nobody looks, unless a key is pressed.
fn due(model: &Model) -> Instant {
    let idle = &model.idle;
    let left = model.notices.left.map(|left| left.max(idle.since.instant) + GLANCE);
    left.into_iter().chain([idle.since.instant + idle::AFTER]).min().unwrap_or(model.now.instant)
}

/// When that is.
pub(crate) fn next_wake(model: &Model) -> Option<Duration> {
    let is_told = model.accounts.values().all(|account| account.client_state == ClientState::Inactive);
    due(model).checked_duration_since(model.now.instant).filter(|left| !is_told && !left.is_zero())
}
