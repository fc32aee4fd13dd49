//! Links: what somebody came by from outside. They bring a page and words to it; what is done is the user's to say.

use super::pages;
use crate::engine::command::{Link, LinkWish};
use crate::tui::effect::Effects;
use crate::tui::model::Model;

/// Goes to the conversation that a link is about, with what it asks for in the composer.
pub(super) fn follow(model: &mut Model, link: &Link) -> Effects {
    let contact = link.to.to_bare();
    let words = match &link.wish {
        LinkWish::Talk(words) => words.as_deref().map(as_message),
        LinkWish::Add(name) => Some(format!("/add {contact} {}", name.as_deref().unwrap_or_default())),
        LinkWish::Fetch(address) => Some(format!("/start {address}")),
        LinkWish::Join => {
            model.flash(format!("{contact} is a room; Balcony does not enter rooms"));
            return Effects::new();
        }
    };
    let first = model.accounts.keys().next().copied();
    let Some(account) = model.account_here().or(first) else {
        model.flash(format!("There is no account to reach {contact} with"));
        return Effects::new();
    };
    let effects = pages::open(model, account, &contact);
    if let Some(words) = words {
        model.current_mut().draft.replace(words.trim_end());
    }
    effects
}

/// Words of somebody else are a message, even if they look like a command.
fn as_message(words: &str) -> String {
    if words.starts_with('/') { format!("/{words}") } else { words.to_owned() }
}
