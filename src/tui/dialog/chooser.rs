//! Which of a contact's programs gets a file, when several take one.

use jid::{FullJid, Jid};
use ratatui::text::Line;

use super::{Drawing, confirm, contact, dismiss, list};
use crate::engine::command::Command;
use crate::engine::event::{Resource, Show};
use crate::tui::effect::{Effect, Effects, Shipment};
use crate::tui::keymap::Action;
use crate::tui::layers::{self, Layer};
use crate::tui::model::{AccountId, Model};
use crate::tui::pane::roster::availability;
use crate::tui::update::composer;
use crate::tui::widget::text;

/// What is sent, and to which of these.
#[derive(Debug)]
pub(crate) struct Chooser {
    shipment: Shipment,
    /// The list may change while it is looked at; what is selected stays so.
    selected: FullJid,
}

/// The files are there: they are sent at once where there is nothing to choose, or it is asked to which program.
pub(crate) fn send(model: &mut Model, shipment: Shipment) -> Effects {
    let programs = programs(model, shipment.account, &shipment.to);
    let [first, _, ..] = programs.as_slice() else {
        warn(model, &shipment);
        return shipment.commands();
    };
    let contact = shipment.to.to_bare();
    let last = model.programs.get(&(shipment.account, contact.clone()));
    let selected =
        last.filter(|last| programs.iter().any(|program| program.jid == **last)).unwrap_or(&first.jid).clone();
    let ask = Effect::Command(shipment.account, Command::AskPrograms { contact });
    model.layers.push(Layer::Chooser(Chooser { shipment, selected }));
    vec![ask]
}

/// Says why somebody may seem not to be there although they are.
fn warn(model: &mut Model, shipment: &Shipment) {
    let who = shipment.to.to_bare();
    let contact = model.accounts.get(&shipment.account).and_then(|account| account.contacts.get(&who));
    if shipment.to.resource().is_none() && contact.is_some_and(|them| contact::hides(them) && them.resources.is_empty())
    {
        model.say(format!("{who} does not let you see whether they are online; /add {who} asks them"));
    }
}

/// The programs that say they take files, the likeliest first; none if `to` names one already.
fn programs(model: &Model, account: AccountId, to: &Jid) -> Vec<Resource> {
    if to.resource().is_some() {
        return Vec::new();
    }
    let contact = model.accounts.get(&account).and_then(|account| account.contacts.get(&to.to_bare()));
    let resources = contact.into_iter().flat_map(|contact| &contact.resources);
    resources.filter(|resource| resource.takes_files == Some(true)).cloned().collect()
}

pub(crate) fn act(model: &mut Model, action: Action) -> Effects {
    let Some(Layer::Chooser(chooser)) = model.layers.last() else { return Effects::new() };
    let programs = programs(model, chooser.shipment.account, &chooser.shipment.to);
    let selected = place(&programs, &chooser.selected);
    if action == Action::Confirm {
        let chosen = programs.into_iter().nth(selected);
        return chosen.map(|program| choose(model, program.jid)).unwrap_or_default();
    }
    if action == Action::Dismiss {
        return layers::close(model);
    }
    let there = list::moved(selected, action, programs.len());
    let there = there.and_then(|there| programs.get(there.min(programs.len().saturating_sub(1))));
    if let (Some(there), Some(Layer::Chooser(chooser))) = (there, model.layers.last_mut()) {
        chooser.selected = there.jid.clone();
    }
    Effects::new()
}

/// Once none of the programs is left nothing is asked any more; what was typed is there again.
pub(crate) fn settle(model: &mut Model) {
    let is_left = |Chooser { shipment, .. }: &Chooser| !programs(model, shipment.account, &shipment.to).is_empty();
    let is_idle = |layer: &Layer| matches!(layer, Layer::Chooser(chooser) if !is_left(chooser));
    let Some(place) = model.layers.iter().position(is_idle) else { return };
    let Layer::Chooser(Chooser { shipment, .. }) = model.layers.remove(place) else { return };
    let who = model.name_of(shipment.account, &shipment.to.to_bare());
    model.say(format!("No program of {who} is there any more that takes files: nothing was offered"));
    composer::give_back(model, &shipment.typed);
}

/// Where it is in the list; one that is gone leaves the first choice.
fn place(programs: &[Resource], selected: &FullJid) -> usize {
    programs.iter().position(|program| program.jid == *selected).unwrap_or(0)
}

/// Sends to that program, which is the first choice from now on.
fn choose(model: &mut Model, program: FullJid) -> Effects {
    let Some(Layer::Chooser(Chooser { mut shipment, .. })) = model.layers.pop() else { return Effects::new() };
    model.programs.insert((shipment.account, program.to_bare()), program.clone());
    shipment.to = program.into();
    shipment.commands()
}

pub(crate) fn drawing(model: &Model, chooser: &Chooser) -> Drawing {
    let Chooser { shipment, selected } = chooser;
    let who = model.name_of(shipment.account, &shipment.to.to_bare());
    let programs = programs(model, shipment.account, &shipment.to);
    let selected = place(&programs, selected);
    let says = format!("{who} is here with several programs that take files. Which one gets it?");
    let width = super::width(model);
    let mut lines: Vec<Line<'static>> = text::wrap(&text::visible(&says), width).into_iter().map(Line::from).collect();
    lines.push(Line::default());
    let above = lines.len();
    let rows = programs.iter().enumerate();
    lines.extend(
        rows.map(|(at, program)| list::row(model, &described(model, shipment.account, program), at == selected)),
    );
    let scroll = (above + selected + 1).saturating_sub(super::height(model));
    Drawing {
        title: "To which program?".to_owned(),
        lines,
        scroll,
        cursor: None,
        keys: vec![confirm("sends it"), dismiss("does not")],
    }
}

/// `● orchard · Balcony 0.1.0 · away: asleep`.
fn described(model: &Model, account: AccountId, program: &Resource) -> String {
    let (symbol, _) = availability(model, Some(program.show));
    let dot = model.look.symbols.between;
    let known = model.accounts.get(&account).and_then(|account| account.programs.get(&program.jid));
    let what =
        known.map(|known| text::visible(&format!(" {dot} {} {}", known.name, known.version))).unwrap_or_default();
    let how = match program.show {
        Show::Chat | Show::Available => "available",
        Show::Away => "away",
        Show::ExtendedAway => "away for long",
        Show::DoNotDisturb => "busy",
    };
    let status = program.status.as_ref().map(|status| format!(": {}", text::visible(status))).unwrap_or_default();
    let name = text::visible(program.jid.resource().as_str());
    format!("{symbol} {name}{what} {dot} {how}{status}")
}
