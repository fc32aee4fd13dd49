//! Which conversation is on the screen, and how one gets to another.

use jid::BareJid;

use super::{composer, history};
use crate::tui::effect::Effects;
use crate::tui::model::{AccountId, ConversationId, Focus, Model, Page};

/// Opens the conversation with somebody and goes there to write.
pub(crate) fn open(model: &mut Model, account: AccountId, jid: &BareJid) -> Effects {
    let (id, _) = model.conversation_with(account, jid);
    go_to(model, Page::With(id))
}

fn go_to(model: &mut Model, page: Page) -> Effects {
    let mut effects = if page == model.page { Effects::new() } else { composer::pause(model) };
    effects.extend(show(model, page));
    model.focus = Focus::Composer;
    effects
}

fn show(model: &mut Model, page: Page) -> Effects {
    let unread = model.conversation(&page).unread;
    model.show(page);
    history::opened(model, unread)
}

/// Goes to the nth conversation, counted from 1; 0 is home.
pub(crate) fn show_number(model: &mut Model, number: usize) -> Result<Effects, String> {
    let page = match number.checked_sub(1) {
        None => Page::Home,
        Some(index) => {
            let id = model.opened.get(index).cloned();
            Page::With(id.ok_or_else(|| format!("There is no conversation {number}"))?)
        }
    };
    Ok(go_to(model, page))
}

/// Goes to the next conversation that holds something unread.
pub(super) fn show_unread(model: &mut Model) -> Effects {
    let order = from_here(model);
    let unread = |id: &&ConversationId| model.conversations.get(*id).is_some_and(|it| it.unread > 0);
    if let Some(id) = order.iter().find(unread).cloned() {
        go_to(model, Page::With(id))
    } else {
        model.flash("Nothing is unread");
        Effects::new()
    }
}

/// Goes to the next conversation, or the previous one, round and round.
pub(super) fn step(model: &mut Model, forward: bool) -> Effects {
    let order = from_here(model);
    let there = if forward { order.first() } else { order.iter().rev().find(|id| !is_here(model, id)) };
    match there.cloned() {
        Some(id) => go_to(model, Page::With(id)),
        None => Effects::new(),
    }
}

/// Goes back to where the user was before.
pub(super) fn show_last(model: &mut Model) -> Effects {
    let last = model.last_page.clone();
    go_to(model, last)
}

/// Closes the conversation on the screen and shows the one before it.
pub(crate) fn close(model: &mut Model) -> Effects {
    let Page::With(id) = model.page.clone() else { return Effects::new() };
    model.current_mut().draft.take();
    let mut effects = composer::pause(model);
    let order = from_here(model);
    let next = order.into_iter().find(|other| *other != id);
    effects.extend(show(model, next.map_or(Page::Home, Page::With)));
    model.opened.retain(|other| *other != id);
    model.conversations.remove(&id);
    model.last_page = Page::Home;
    model.roster.look_at(id.account, id.peer.jid());
    effects
}

fn is_here(model: &Model, id: &ConversationId) -> bool {
    matches!(&model.page, Page::With(here) if here == id)
}

/// Every conversation, beginning after the one on the screen.
fn from_here(model: &Model) -> Vec<ConversationId> {
    let after = model.opened.iter().position(|id| is_here(model, id)).map_or(0, |at| at + 1);
    let (before, behind) = model.opened.split_at(after);
    behind.iter().chain(before).cloned().collect()
}
