//! What the server's archive had, and what was read on other devices: nobody is interrupted for either.

use std::time::SystemTime;

use jid::BareJid;

use super::history;
use crate::engine::event::{ArchiveNews, SessionEvent};
use crate::tui::effect::Effects;
use crate::tui::model::conversation::Older;
use crate::tui::model::{AccountId, ConversationId, Model, Page, Peer};

pub(super) fn news(model: &mut Model, account: AccountId, news: ArchiveNews) -> Effects {
    match news {
        ArchiveNews::Searchable => {
            is_searchable(model, account, true);
            Effects::new()
        }
        ArchiveNews::CatchingUp => {
            is_catching_up(model, account, true);
            Effects::new()
        }
        ArchiveNews::CaughtUp { with } => {
            is_catching_up(model, account, false);
            look_further(model, account);
            with.iter().flat_map(|with| history::refresh(model, account, with)).collect()
        }
    }
}

/// A session that ends takes the archive with it.
pub(super) fn session(model: &mut Model, account: AccountId, change: &SessionEvent) {
    match change {
        SessionEvent::Offline { .. } | SessionEvent::Stopped { .. } => is_catching_up(model, account, false),
        SessionEvent::Online { resumed: false, .. } => is_searchable(model, account, false),
        SessionEvent::Connecting | SessionEvent::Online { resumed: true, .. } => {}
    }
}

fn is_searchable(model: &mut Model, account: AccountId, is: bool) {
    if let Some(account) = model.accounts.get_mut(&account) {
        account.archive.is_searchable = is;
    }
}

fn is_catching_up(model: &mut Model, account: AccountId, is: bool) {
    if let Some(account) = model.accounts.get_mut(&account) {
        account.archive.is_catching_up = is;
    }
}

/// Where nothing older was known before, the archive may know more.
fn look_further(model: &mut Model, account: AccountId) {
    for (_, conversation) in model.conversations.iter_mut().filter(|(id, _)| id.account == account) {
        if conversation.older == Older::Nothing {
            conversation.older = Older::More(conversation.first_at());
        }
    }
}

/// What was seen on another device is not new here.
pub(super) fn read_elsewhere(model: &mut Model, account: AccountId, with: BareJid, at: SystemTime) -> Effects {
    let id = ConversationId { account, peer: Peer::Direct(with) };
    let is_here = model.page == Page::With(id.clone());
    if let Some(conversation) = model.conversations.get_mut(&id).filter(|_| !is_here) {
        conversation.read_up_to(at);
    }
    Effects::new()
}
