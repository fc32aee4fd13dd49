//! How Balcony is left: at once, where nothing is lost by it.

use super::Layer;
use crate::tui::dialog::confirm::{Asking, Question};
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::{Action, Context};
use crate::tui::model::Model;

/// Ends, or asks first if that would break a transfer or lose a message.
pub(crate) fn ask_to_quit(model: &mut Model) -> Effects {
    // Where nothing is configured, nothing is kept either.
    let keeps = model.configuration.file.is_some();
    // What nobody was offered yet waits in the next run as it does in this one.
    let running = || model.transfers.running().filter(|transfer| !(keeps && transfer.info.is_unseen()));
    let lasting = running().filter(|transfer| keeps && transfer.outlives_the_program()).count();
    let running = running().count();
    let unsent = if keeps && model.configuration.in_force.history.keep { 0 } else { model.unsent() };
    if asks_to_quit(model) || (running == 0 && unsent == 0) {
        return vec![Effect::Quit];
    }
    model.layers.push(Layer::asking(Question::Quit { running, lasting, unsent }));
    Effects::new()
}

/// Ends if it is pressed twice in a row, or asks what has to be asked: who meant to drop what they wrote loses nothing by
/// a key too many.
pub(crate) fn interrupt(model: &mut Model) -> Effects {
    let is_meant = asks_to_quit(model) || model.input.quits_until.is_some_and(|until| model.now.instant < until);
    let effects = ask_to_quit(model);
    if is_meant || effects.is_empty() {
        return effects;
    }
    let key = model.keymap.key(Context::Everywhere, Action::Interrupt).unwrap_or_default();
    model.flash(format!("{key} once more quits"));
    model.input.quits_until = model.flash.as_ref().map(|flash| flash.until);
    Effects::new()
}

/// Whether it is the question on the screen.
fn asks_to_quit(model: &Model) -> bool {
    matches!(model.layers.last(), Some(Layer::Question(Asking { what: Question::Quit { .. }, .. })))
}
