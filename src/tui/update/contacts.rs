//! What keys in the roster do with whom is selected there.

use super::notify;
use crate::tui::dialog::{block, contact, person};
use crate::tui::effect::Effects;
use crate::tui::keymap::Action;
use crate::tui::layers::Layer;
use crate::tui::model::Model;
use crate::tui::pane::roster;

pub(super) fn on_chosen(model: &mut Model, action: Action) -> Effects {
    if action == Action::Add {
        return model.account_here().map(|account| person::add(model, account)).unwrap_or_default();
    }
    let Some((account, who)) = roster::chosen(model) else {
        model.flash("Nobody is selected");
        return Effects::new();
    };
    if action == Action::Details {
        return contact::open(model, account, &who);
    }
    if action == Action::Block {
        return block::open(model, account, &who);
    }
    let is_contact = model.accounts.get(&account).is_some_and(|account| account.contacts.contains_key(&who));
    if !is_contact {
        model.flash(format!("{who} is not in the roster"));
        return Effects::new();
    }
    if action == Action::Rename {
        person::rename(model, account, &who)
    } else if action == Action::Regroup {
        person::regroup(model, account, &who)
    } else if action == Action::Quieter {
        notify::quieter(model, account, &who)
    } else if action == Action::Remove {
        model.layers.push(Layer::remove_contact(account, who));
        Effects::new()
    } else {
        Effects::new()
    }
}
