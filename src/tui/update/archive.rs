//! What the server's archive had, and what was read on other devices: nobody is interrupted for either.

use std::time::SystemTime;

use jid::BareJid;

use super::history;
use crate::engine::event::{ArchiveNews, SessionEvent};
use crate::tui::effect::Effects;
use crate::tui::model::account::{Archive, ArchiveSearch};
use crate::tui::model::conversation::Older;
use crate::tui::model::{AccountId, ConversationId, Model, Page, Peer};

pub(super) fn news(model: &mut Model, account: AccountId, news: ArchiveNews) -> Effects {
    match news {
        ArchiveNews::Searchable => {
            note(model, account, |archive| archive.search = ArchiveSearch::Offered);
            Effects::new()
        }
        ArchiveNews::Unsearchable => {
            note(model, account, |archive| archive.search = ArchiveSearch::Missing);
            Effects::new()
        }
        ArchiveNews::CatchingUp => {
            note(model, account, |archive| archive.is_catching_up = true);
            Effects::new()
        }
        ArchiveNews::CaughtUp { with } => {
            note(model, account, |archive| archive.is_catching_up = false);
            look_further(model, account);
            with.iter().flat_map(|with| history::refresh(model, account, with)).collect()
        }
    }
}

/// A session that ends takes the archive with it.
pub(super) fn session(model: &mut Model, account: AccountId, change: &SessionEvent) {
    match change {
        SessionEvent::Offline { .. } | SessionEvent::Stopped { .. } => {
            note(model, account, |archive| archive.is_catching_up = false);
        }
        SessionEvent::Online { resumed: false, .. } => {
            note(model, account, |archive| archive.search = ArchiveSearch::Unknown);
        }
        SessionEvent::Connecting | SessionEvent::Online { resumed: true, .. } => {}
    }
}

fn note(model: &mut Model, account: AccountId, what: impl FnOnce(&mut Archive)) {
    if let Some(account) = model.accounts.get_mut(&account) {
        what(&mut account.archive);
    }
}

/// Where nothing older was known before, the archive may know more.
fn look_further(model: &mut Model, account: AccountId) {
    for (_, conversation) in model.conversations.iter_mut().filter(|(id, _)| id.account == account) {
        if conversation.older == Older::Nothing {
            conversation.older = Older::More(conversation.first_said());
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
