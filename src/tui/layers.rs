//! Dialogs over the panes. The topmost has the keys; only helping, quitting, stopping and redrawing work through it.

use std::path::PathBuf;

use jid::BareJid;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::command::words;
use super::dialog::block::Block;
use super::dialog::blocked::Blocked;
use super::dialog::chooser::Chooser;
use super::dialog::confirm::{Asking, Question};
use super::dialog::console::Console;
use super::dialog::contact::ContactDetails;
use super::dialog::doctor::Doctor;
use super::dialog::files::SaveAs;
use super::dialog::found::FoundList;
use super::dialog::help::Help;
use super::dialog::journal::Journal;
use super::dialog::links::Links;
use super::dialog::message::MessageDetails;
use super::dialog::offer::OfferDetails;
use super::dialog::person::Person;
use super::dialog::reactions::Picker;
use super::dialog::settings::Settings;
use super::dialog::setup::Setup;
use super::dialog::{
    Drawing, block, blocked, chooser, confirm, console, contact, doctor, files, found, help, journal, links, message,
    offer, person, reactions, settings, setup,
};
use super::effect::{Effect, Effects};
use super::keymap::{Action, Context, Key};
use super::model::transfer::TransferKey;
use super::model::{AccountId, ConversationId, Model};
use super::msg::Mouse;
use super::update::edit_field;
use super::widget::editor::Editor;
use crate::engine::command::Command;
use crate::store::rules::Rule;

mod quitting;
mod told;

pub(crate) use self::quitting::{ask_to_quit, interrupt};
pub(crate) use self::told::{
    found, found_in_archive, free_space, machine, past, setup_failed, setup_progress, setup_started, setup_tries,
    stanza, watches,
};

/// A dialog.
#[derive(Debug)]
pub(crate) enum Layer {
    Help(Help),
    Settings(Settings),
    Journal(Journal),
    Doctor(Doctor),
    Console(Box<Console>),
    Found(FoundList),
    Offer(OfferDetails),
    SaveAs(SaveAs),
    Question(Asking),
    Chooser(Chooser),
    Reactions(Picker),
    Links(Links),
    Message(MessageDetails),
    Setup(Box<Setup>),
    Contact(ContactDetails),
    Person(Person),
    Block(Block),
    Blocked(Blocked),
}

impl Layer {
    pub(crate) fn help() -> Layer {
        Layer::Help(Help::default())
    }

    /// Asks, from the first line on.
    pub(crate) fn asking(what: Question) -> Layer {
        Layer::Question(Asking { what, from: 0 })
    }

    pub(crate) fn first_steps() -> Layer {
        Layer::Setup(Box::default())
    }

    /// Asks for one more account, perhaps of that address.
    pub(crate) fn another_account(address: &str) -> Layer {
        Layer::Setup(Box::new(Setup::further(address)))
    }

    pub(crate) fn remove_account(name: String, lines: String) -> Layer {
        Layer::asking(Question::RemoveAccount { name, lines })
    }

    pub(crate) fn pin(account: AccountId, why: String, fingerprint: String) -> Layer {
        Layer::asking(Question::Pin { account, why, fingerprint })
    }

    pub(crate) fn pin_again(account: AccountId, pinned: String, shown: String) -> Layer {
        Layer::asking(Question::PinAgain { account, pinned, shown })
    }

    pub(crate) fn tell_password(account: AccountId) -> Layer {
        Layer::asking(Question::TellPassword { account })
    }

    pub(crate) fn offer(key: TransferKey) -> Layer {
        Layer::Offer(OfferDetails::new(key))
    }

    pub(crate) fn save_as(key: TransferKey, path: &str) -> Layer {
        Layer::SaveAs(SaveAs::new(key, path))
    }

    pub(crate) fn send_pasted(to: ConversationId, paths: Vec<PathBuf>, size: u64, text: String) -> Layer {
        Layer::asking(Question::SendFiles { to, paths, size, text })
    }

    pub(crate) fn insert_pasted(text: String) -> Layer {
        Layer::asking(Question::Insert { text })
    }

    pub(crate) fn trust(key: TransferKey, rule: Rule) -> Layer {
        Layer::asking(Question::Trust { key, rule: Box::new(rule) })
    }

    pub(crate) fn remove_rule(number: usize, lines: String) -> Layer {
        Layer::asking(Question::RemoveRule { number, lines })
    }

    pub(crate) fn remove_contact(account: AccountId, who: BareJid) -> Layer {
        Layer::asking(Question::RemoveContact { account, who })
    }

    pub(crate) fn cancel(key: TransferKey) -> Layer {
        Layer::asking(Question::Cancel { key })
    }

    pub(crate) fn deny_all(asking: usize) -> Layer {
        Layer::asking(Question::DenyAll { asking })
    }

    /// The field that text goes into.
    pub(crate) fn field(&mut self) -> Option<&mut Editor> {
        match self {
            Layer::SaveAs(save_as) => Some(&mut save_as.path),
            Layer::Setup(setup) => setup.field(),
            Layer::Person(person) => Some(&mut person.field),
            Layer::Console(console) => console.field(),
            Layer::Reactions(picker) => Some(&mut picker.typed),
            Layer::Help(_)
            | Layer::Settings(_)
            | Layer::Journal(_)
            | Layer::Doctor(_)
            | Layer::Found(_)
            | Layer::Offer(_)
            | Layer::Question(_)
            | Layer::Chooser(_)
            | Layer::Links(_)
            | Layer::Message(_)
            | Layer::Contact(_)
            | Layer::Block(_)
            | Layer::Blocked(_) => None,
        }
    }

    /// The field that a path is completed in.
    pub(crate) fn path_field(&mut self) -> Option<&mut Editor> {
        if let Layer::SaveAs(save_as) = self { Some(&mut save_as.path) } else { None }
    }

    pub(crate) fn contexts(&self) -> &'static [Context] {
        match self {
            Layer::Offer(_) => &[Context::OfferDetails, Context::Dialog],
            Layer::Journal(_) => &[Context::Journal, Context::Dialog],
            Layer::Doctor(_) => &[Context::Doctor, Context::Dialog],
            Layer::Console(console) => console.contexts(),
            Layer::Found(_) => &[Context::Found, Context::Dialog],
            Layer::Setup(setup) => setup.contexts(),
            Layer::SaveAs(_) | Layer::Person(_) | Layer::Reactions(_) => &[Context::Dialog, Context::Editing],
            Layer::Contact(_) => &[Context::Contact, Context::Dialog],
            Layer::Blocked(_) => &[Context::Blocked, Context::Dialog],
            Layer::Question(asking) => asking.contexts(),
            Layer::Help(_)
            | Layer::Settings(_)
            | Layer::Chooser(_)
            | Layer::Links(_)
            | Layer::Message(_)
            | Layer::Block(_) => &[Context::Dialog],
        }
    }
}

/// What works everywhere, and through a dialog too.
pub(crate) const THROUGH: [Action; 5] =
    [Action::Help, Action::Redraw, Action::Suspend, Action::Quit, Action::Interrupt];

/// A key while a dialog is open.
pub(crate) fn press(model: &mut Model, key: Key) -> Effects {
    let through = model.keymap.action(&[Context::Everywhere], key).filter(|action| THROUGH.contains(action));
    if let Some(action) = through.filter(|action| *action != Action::Help || key.typed().is_none()) {
        return pass(model, action);
    }
    let Some(layer) = model.layers.last() else { return Effects::new() };
    let known = model.keymap.action(layer.contexts(), key);
    let Some(action) = known.or_else(|| repeated(model, layer, key)) else {
        return typed(model, key);
    };
    act(model, action)
}

/// Does what works through a dialog.
fn pass(model: &mut Model, action: Action) -> Effects {
    if action == Action::Redraw {
        vec![Effect::Redraw]
    } else if action == Action::Suspend {
        vec![Effect::Suspend]
    } else if action == Action::Help {
        help(model)
    } else if action == Action::Interrupt {
        interrupt(model)
    } else {
        ask_to_quit(model)
    }
}

/// The key that asked for it means yes, too.
fn repeated(model: &Model, layer: &Layer, key: Key) -> Option<Action> {
    let is_cancelling = matches!(layer, Layer::Question(Asking { what: Question::Cancel { .. }, .. }));
    let is_same = model.keymap.action(&[Context::Transfers], key) == Some(Action::Cancel);
    (is_cancelling && is_same).then_some(Action::Confirm)
}

/// Helps over the dialog, once.
fn help(model: &mut Model) -> Effects {
    if !matches!(model.layers.last(), Some(Layer::Help(_))) {
        model.layers.push(Layer::help());
    }
    Effects::new()
}

/// Does in the topmost dialog what a key or the wheel stands for.
fn act(model: &mut Model, action: Action) -> Effects {
    let Some(layer) = model.layers.last() else { return Effects::new() };
    match layer {
        Layer::Help(_) => help::act(model, action),
        Layer::Settings(_) => settings::act(model, action),
        Layer::Journal(_) => journal::act(model, action),
        Layer::Doctor(_) => doctor::act(model, action),
        Layer::Console(_) => console::act(model, action),
        Layer::Found(_) => found::act(model, action),
        Layer::Offer(_) => offer::act(model, action),
        Layer::SaveAs(_) => files::act(model, action),
        Layer::Question(_) => confirm::act(model, action),
        Layer::Chooser(_) => chooser::act(model, action),
        Layer::Reactions(_) => reactions::act(model, action),
        Layer::Links(_) => links::act(model, action),
        Layer::Message(_) => message::act(model, action),
        Layer::Setup(_) => setup::act(model, action),
        Layer::Contact(_) => contact::act(model, action),
        Layer::Person(_) => person::act(model, action),
        Layer::Block(_) => block::act(model, action),
        Layer::Blocked(_) => blocked::act(model, action),
    }
}

fn typed(model: &mut Model, key: Key) -> Effects {
    let Some(c) = key.typed() else { return Effects::new() };
    if let Some(field) = model.layers.last_mut().and_then(Layer::field) {
        field.insert(c.encode_utf8(&mut [0; 4]));
        return Effects::new();
    }
    let asks = matches!(model.layers.last(), Some(Layer::Question(_)));
    if c == 'q' && !asks { close(model) } else { Effects::new() }
}

/// What an editing key does in the dialog's field.
pub(crate) fn edit(model: &mut Model, action: Action) -> Effects {
    if let Some(field) = model.layers.last_mut().and_then(Layer::field) {
        edit_field(field, action);
    }
    Effects::new()
}

/// Closes the topmost dialog.
pub(crate) fn close(model: &mut Model) -> Effects {
    match model.layers.pop() {
        Some(Layer::Console(console)) => {
            vec![Effect::Command(console.account, Command::WatchStanzas(false))]
        }
        Some(_) | None => Effects::new(),
    }
}

/// The wheel scrolls a dialog; clicks do nothing.
pub(crate) fn mouse(model: &mut Model, mouse: Mouse) -> Effects {
    let action = match mouse {
        Mouse::Click(..) => return Effects::new(),
        Mouse::WheelUp(..) => Action::Up,
        Mouse::WheelDown(..) => Action::Down,
    };
    match model.layers.last() {
        Some(Layer::SaveAs(_) | Layer::Setup(_) | Layer::Person(_)) => Effects::new(),
        Some(_) | None => act(model, action),
    }
}

/// Draws the topmost dialog; says where the cursor is.
pub(crate) fn draw(model: &Model, buf: &mut Buffer) -> Option<Position> {
    let drawing: Drawing = match model.layers.last()? {
        Layer::Help(help) => help::drawing(model, help),
        Layer::Settings(settings) => settings::drawing(model, settings),
        Layer::Journal(journal) => journal::drawing(model, journal),
        Layer::Doctor(doctor) => doctor::drawing(model, doctor),
        Layer::Console(console) => console::drawing(model, console),
        Layer::Found(list) => found::drawing(model, list),
        Layer::Offer(details) => offer::drawing(model, details),
        Layer::SaveAs(save_as) => files::drawing(model, save_as),
        Layer::Question(asking) => confirm::drawing(model, asking),
        Layer::Chooser(chooser) => chooser::drawing(model, chooser),
        Layer::Reactions(picker) => reactions::drawing(model, picker),
        Layer::Links(links) => links::drawing(model, links),
        Layer::Message(details) => message::drawing(model, details),
        Layer::Setup(setup) => setup::drawing(model, setup),
        Layer::Contact(details) => contact::drawing(model, details),
        Layer::Person(person) => person::drawing(model, person),
        Layer::Block(block) => block::drawing(model, block),
        Layer::Blocked(view) => blocked::drawing(model, view),
    };
    drawing.draw(model, buf)
}

/// The path that a typed one means.
pub(crate) fn meant(model: &Model, typed: &str) -> PathBuf {
    words::path(typed, model.look.home.as_deref())
}
