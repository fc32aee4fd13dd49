//! The offers bar: what it asks about, and answering that by a keystroke but never by accident. Files go first: who asks
//! to see us waits until the bar has nothing else, or the user goes there.

use std::path::PathBuf;
use std::time::Duration;

use super::{requests, rules, transfers};
use crate::engine::command::Command;
use crate::tui::dialog::block;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::layers::Layer;
use crate::tui::model::transfer::TransferKey;
use crate::tui::model::{Focus, Model, Prompt};

/// A key on its way when the offer under it changed was meant for the offer before: 400 ms is twice the time in which
/// people react to what they see.
const GUARD: Duration = Duration::from_millis(400);

/// Keeps the bar on an offer that still waits; called after everything that happens.
pub(crate) fn settle(model: &mut Model) {
    let waiting = model.prompts();
    if waiting.len() > std::mem::replace(&mut model.offers.waiting, waiting.len()) {
        model.flash = None;
    }
    let is_overtaken = |shown: &Prompt| {
        let is_file = matches!(waiting.first(), Some(Prompt::Offer(_)));
        shown.is_about_seeing() && is_file && model.focus != Focus::Offers
    };
    if model.offers.shown.as_ref().is_some_and(|shown| waiting.contains(shown) && !is_overtaken(shown)) {
        return;
    }
    model.offers.shown = waiting.into_iter().next();
    model.offers.since = model.now.instant;
    if model.offers.shown.is_none() && model.focus == Focus::Offers {
        model.focus = Focus::Composer;
    }
}

pub(super) fn focus(model: &mut Model) -> Effects {
    if model.offers.shown.is_some() {
        model.focus = Focus::Offers;
    } else if !model.transfers.held().is_empty() {
        show_strangers(model);
        settle(model);
        model.focus = Focus::Offers;
    } else {
        model.flash("Nobody offers or asks for anything");
    }
    Effects::new()
}

/// What is shown, unless it came there a moment ago.
fn shown(model: &mut Model) -> Option<Prompt> {
    let shown = model.offers.shown.clone();
    if shown.is_none() {
        model.flash("Nobody offers or asks for anything");
    } else if model.now.instant.saturating_duration_since(model.offers.since) < GUARD {
        model.flash("This has only just come: once more, if you mean it");
        return None;
    }
    shown
}

pub(super) fn on_shown(model: &mut Model, action: Action) -> Effects {
    match shown(model) {
        Some(Prompt::Offer(key)) => answer_unseen(model, key, action),
        Some(Prompt::Request(account, who)) => requests::answer(model, account, &who, action),
        Some(Prompt::Return(account, who)) => requests::answer_return(model, account, &who, action),
        None => Effects::new(),
    }
}

/// Asks whether nobody who asks may see us.
pub(super) fn deny_all(model: &mut Model) -> Effects {
    match requests::waiting(model).len() {
        0 => model.flash("Nobody asks to see you"),
        asking => model.layers.push(Layer::deny_all(asking)),
    }
    Effects::new()
}

/// Does what a key asks for with an offer of which a line is in view. Nothing is asked at an address before all of it was
/// seen: instead of accepting it, its details are shown, where the same key accepts it.
pub(crate) fn answer_unseen(model: &mut Model, key: TransferKey, action: Action) -> Effects {
    let is_elsewhere = model.transfers.get(key).is_some_and(|transfer| transfer.info.web.is_some());
    let accepts = matches!(action, Action::Accept | Action::AcceptAs);
    answer(model, key, if is_elsewhere && accepts { Action::Details } else { action })
}

/// Does what a key asks for with an offer that is in view.
pub(crate) fn answer(model: &mut Model, key: TransferKey, action: Action) -> Effects {
    if !model.transfers.get(key).is_some_and(super::super::model::transfer::Transfer::waits_for_us) {
        model.flash("This is no offer that waits for an answer");
        return Effects::new();
    }
    if action == Action::Accept {
        accept(model, key, None)
    } else if action == Action::Decline {
        decline(model, key)
    } else if action == Action::AcceptAs {
        let name = model.transfers.get(key).map(|transfer| transfer.info.name.clone()).unwrap_or_default();
        let folder = model.look.short_path(&model.look.downloads);
        model.layers.push(Layer::save_as(key, &format!("{folder}/{name}")));
        Effects::new()
    } else if action == Action::Trust {
        trust(model, key)
    } else if action == Action::Block {
        let peer = model.transfers.get(key).map(|transfer| transfer.info.peer.to_bare());
        peer.map(|peer| block::open(model, key.account, &peer)).unwrap_or_default()
    } else if action == Action::Details {
        model.layers.push(Layer::offer(key));
        vec![Effect::MeasureSpace(model.look.downloads.clone())]
    } else {
        Effects::new()
    }
}

/// Shows what strangers offer: in the bar, and in conversations with them.
pub(crate) fn show_strangers(model: &mut Model) -> Effects {
    let held = model.transfers.held();
    if held.is_empty() {
        model.flash("No stranger offers a file");
    }
    for key in held {
        if let Some(transfer) = model.transfers.get_mut(key) {
            transfer.held = false;
        }
        transfers::tell_offer(model, key);
    }
    Effects::new()
}

/// Asks whether to take this file and all that follow.
fn trust(model: &mut Model, key: TransferKey) -> Effects {
    if let Some(peer) = model.transfers.get(key).map(|transfer| transfer.info.peer.to_bare()) {
        model.layers.push(Layer::trust(key, rules::trust(peer)));
    }
    Effects::new()
}

/// Says yes, by the user's own hand.
pub(crate) fn accept(model: &mut Model, key: TransferKey, save_as: Option<PathBuf>) -> Effects {
    mark_answered(model, key);
    vec![Effect::Command(key.account, Command::AcceptByHand { transfer: key.id, save_as })]
}

/// Says yes for a user who may be elsewhere.
pub(super) fn accept_unasked(model: &mut Model, key: TransferKey, save_as: Option<PathBuf>) -> Effects {
    mark_answered(model, key);
    vec![Effect::Command(key.account, Command::AcceptOffer { transfer: key.id, save_as })]
}

/// Says no.
pub(crate) fn decline(model: &mut Model, key: TransferKey) -> Effects {
    mark_answered(model, key);
    vec![Effect::Command(key.account, Command::DeclineOffer { transfer: key.id })]
}

/// So that it leaves the bar at once, not when the client has heard of it.
fn mark_answered(model: &mut Model, key: TransferKey) {
    if let Some(transfer) = model.transfers.get_mut(key) {
        transfer.answered = true;
    }
}

/// The next offer, or the previous one, by the user's own hand: no guard.
pub(super) fn select(model: &mut Model, action: Action) -> Effects {
    let waiting = model.prompts();
    let here = waiting.iter().position(|prompt| Some(prompt) == model.offers.shown.as_ref()).unwrap_or(0);
    let there = if action == Action::Up { here.saturating_sub(1) } else { here + 1 };
    if let Some(prompt) = waiting.get(there) {
        model.offers.shown = Some(prompt.clone());
    }
    Effects::new()
}
