//! What becomes known while a dialog is open: it goes to the one that waits for it, if that is still there.

use super::Layer;
use crate::doctor::Section;
use crate::engine::event::{ArchivePage, SessionEvent, Way};
use crate::engine::history::{Found, Place, Query};
use crate::store::journal::Past;
use crate::tui::dialog::setup::Setup;
use crate::tui::effect::Effects;
use crate::tui::model::{AccountId, Model};

/// Whether somebody watches the stanzas of an account.
pub(crate) fn watches(model: &Model, of: AccountId) -> bool {
    model.layers.iter().any(|layer| matches!(layer, Layer::Console(console) if console.account == of))
}

/// A stanza of an account passes, for whoever watches.
pub(crate) fn stanza(model: &mut Model, of: AccountId, way: Way, xml: String) -> Effects {
    let at = model.now.wall;
    for layer in &mut model.layers {
        if let Layer::Console(console) = layer
            && console.account == of
        {
            console.pass(way, at, xml);
            break;
        }
    }
    Effects::new()
}

/// The first-run dialog, among the layers.
fn setup_mut(model: &mut Model) -> Option<&mut Setup> {
    model.layers.iter_mut().find_map(|layer| if let Layer::Setup(setup) = layer { Some(&mut **setup) } else { None })
}

/// Whether the dialog tells how it goes with that account, so that nobody else has to.
pub(crate) fn setup_tries(model: &Model, account: AccountId) -> bool {
    model.layers.iter().any(|layer| matches!(layer, Layer::Setup(setup) if setup.tries(account)))
}

pub(crate) fn setup_started(model: &mut Model, account: AccountId) -> Effects {
    if let Some(setup) = setup_mut(model) {
        setup.started(account);
    }
    Effects::new()
}

pub(crate) fn setup_failed(model: &mut Model, why: String) -> Effects {
    if let Some(setup) = setup_mut(model) {
        setup.failed(why);
    }
    Effects::new()
}

/// The account that is being set up tells how its session goes; once it is online, the dialog is done.
pub(crate) fn setup_progress(model: &mut Model, account: AccountId, change: &SessionEvent) {
    let done = setup_mut(model).is_some_and(|setup| setup.progress(account, change));
    if done {
        model.layers.retain(|layer| !matches!(layer, Layer::Setup(_)));
    }
}

/// The journal answers what was asked of it.
pub(crate) fn past(model: &mut Model, before: Option<i64>, answer: Result<Vec<Past>, String>) -> Effects {
    let open = model.layers.iter_mut().find_map(|layer| match layer {
        Layer::Journal(journal) => Some(journal),
        Layer::Help(_)
        | Layer::Settings(_)
        | Layer::Doctor(_)
        | Layer::Console(_)
        | Layer::Found(_)
        | Layer::Offer(_)
        | Layer::SaveAs(_)
        | Layer::Question(_)
        | Layer::Chooser(_)
        | Layer::Reactions(_)
        | Layer::Links(_)
        | Layer::Message(_)
        | Layer::Setup(_)
        | Layer::Contact(_)
        | Layer::Person(_)
        | Layer::Block(_)
        | Layer::Blocked(_) => None,
    });
    if let Some(journal) = open {
        journal.answered(before, answer);
    }
    Effects::new()
}

/// The history answers what was asked of it.
pub(crate) fn found(
    model: &mut Model,
    account: AccountId,
    query: &Query,
    after: Option<Place>,
    found: Result<Found, String>,
) -> Effects {
    if let Some(Layer::Found(list)) = model.layers.last_mut() {
        list.answered(account, query, after, found);
    }
    Effects::new()
}

/// An archive answers what was asked of it.
pub(crate) fn found_in_archive(
    model: &mut Model,
    account: AccountId,
    query: &Query,
    before: Option<String>,
    found: Result<ArchivePage, String>,
) {
    if let Some(Layer::Found(list)) = model.layers.last_mut() {
        list.answered_by_archive(account, query, before, found);
    }
}

/// Files and terminal were looked at.
pub(crate) fn machine(model: &mut Model, sections: Vec<Section>) -> Effects {
    if let Some(Layer::Doctor(doctor)) = model.layers.last_mut() {
        doctor.machine = Some(sections);
    }
    Effects::new()
}

pub(crate) fn free_space(model: &mut Model, bytes: u64) -> Effects {
    if let Some(Layer::Offer(details)) = model.layers.last_mut() {
        details.free = Some(bytes);
    }
    Effects::new()
}
