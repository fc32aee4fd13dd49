//! The transfers pane's keys, and what transfers tell in conversations.

use super::{limits, offers, rules};
use crate::engine::command::{Command, KeepPartial};
use crate::engine::event::{Direction, OfferInfo, TransferChange, Turn};
use crate::engine::history::FileNews;
use crate::engine::journal::Noted;
use crate::tui::dialog::list;
use crate::tui::effect::{Effect, Effects};
use crate::tui::keymap::Action;
use crate::tui::layers::Layer;
use crate::tui::model::conversation::{AboutThem, Entry, FileMark, THEM};
use crate::tui::model::transfer::{Stage, Transfer, TransferKey};
use crate::tui::model::{AccountId, ConversationId, Focus, Model, Page, Peer};
use crate::tui::words;

/// A client tells of a transfer.
pub(super) fn changed(model: &mut Model, key: TransferKey, change: TransferChange) -> Effects {
    let is_offer = matches!(change, TransferChange::Offered(_));
    let is_end = matches!(change, TransferChange::Ended(_));
    let was_over = model.transfers.get(key).is_some_and(Transfer::is_over);
    let is_unplaced = matches!(change, TransferChange::Unplaced(_));
    let logged = words::log_line(&change);
    model.transfers.change(key, change, model.now.instant);
    if let (Some(transfer), Some(line)) = (model.transfers.get_mut(key), logged) {
        transfer.note(model.now.wall, line);
    }
    if is_offer {
        offered(model, key)
    } else if is_end && model.transfers.get(key).is_some_and(|transfer| transfer.held) {
        model.transfers.forget(key);
        Effects::new()
    } else if is_end && !was_over {
        ended(model, key)
    } else {
        if is_unplaced {
            tell_unplaced(model, key);
        }
        Effects::new()
    }
}

/// It was accepted and has no place: the bar asks about it again, and the conversation says why.
fn tell_unplaced(model: &mut Model, key: TransferKey) {
    let Some(transfer) = model.transfers.get(key) else { return };
    let Some(why) = &transfer.unplaced else { return };
    let text = format!("{}: {why}; it is still offered: make room, or save it elsewhere", transfer.info.name);
    let id = ConversationId { account: key.account, peer: Peer::Direct(transfer.info.peer.to_bare()) };
    let entry = Entry::Notice { at: model.now.wall, text };
    tell(model, key.account, &id, entry);
}

/// An offer stands in its conversation; about one to us the rules are asked first. A file of ours without a size could
/// not be read, and that is told in a moment: nothing was offered.
fn offered(model: &mut Model, key: TransferKey) -> Effects {
    let Some(transfer) = model.transfers.get(key) else { return Effects::new() };
    if transfer.info.direction == Direction::Receiving {
        return rules::offered(model, key);
    }
    let is_offered = transfer.info.size.is_some() && !is_told(transfer) && times_fetched(model, transfer) < 2;
    let (peer, text) = (transfer.info.peer.to_bare(), words::offer_line(&transfer.info, model.look.symbols));
    let entry = line_about(model, transfer, FileNews::Offered, text);
    let conversation = model.conversation_with(key.account, &peer).1;
    if is_offered {
        conversation.push(entry);
    }
    Effects::new()
}

/// Whether an earlier run told of it: then it stands in the conversation already, where it was offered.
fn is_told(transfer: &Transfer) -> bool {
    matches!(transfer.info.noted, Noted::Before(_))
}

/// A line about what happens at this moment; out of the journal it comes back as the same.
fn line_about(model: &Model, transfer: &Transfer, news: FileNews, text: AboutThem) -> Entry {
    let about = transfer.info.noted.key().map(|key| FileMark { transfer: key.clone(), news });
    Entry::File { at: model.now.wall, text, about }
}

/// Puts an offer to us into the conversation with who made it.
pub(super) fn tell_offer(model: &mut Model, key: TransferKey) {
    let Some(transfer) = model.transfers.get(key).filter(|transfer| !is_told(transfer)) else { return };
    let text = words::offer_line(&transfer.info, model.look.symbols);
    tell_of(model, key, FileNews::Offered, text);
}

/// Puts what happened to a transfer into the conversation with the other side; where the user is, if there is none because
/// they wrote an address themselves.
fn tell_of(model: &mut Model, key: TransferKey, news: FileNews, text: AboutThem) {
    let Some(transfer) = model.transfers.get(key) else { return };
    let peer = transfer.info.peer.to_bare();
    let me = model.accounts.get(&key.account).and_then(|account| account.me.as_ref());
    if transfer.info.web.is_some() && me.is_some_and(|me| me.to_bare() == peer) {
        return model.say(text.told_of(&model.name_of(key.account, &peer)));
    }
    let comes = transfer.info.direction == Direction::Receiving;
    let entry = line_about(model, transfer, news, text);
    let id = ConversationId { account: key.account, peer: Peer::Direct(peer) };
    if comes { tell_of_coming(model, &id, entry) } else { tell(model, key.account, &id, entry) }
}

/// So does how it ended.
fn ended(model: &mut Model, key: TransferKey) -> Effects {
    let Some(transfer) = model.transfers.get(key) else { return Effects::new() };
    let times = times_fetched(model, transfer);
    if times > 1 {
        tell_fetched_again(model, key, times);
        return Effects::new();
    }
    let text = words::outcome_line(transfer, model);
    tell_of(model, key, FileNews::Ended, text);
    Effects::new()
}

/// How often a contact has fetched this of what we published, by what is listed.
fn times_fetched(model: &Model, transfer: &Transfer) -> usize {
    let is_fetched = |info: &OfferInfo| info.direction == Direction::Sending && info.is_asked_for;
    let info = &transfer.info;
    let is_same = |other: &OfferInfo| other.path == info.path && other.peer.to_bare() == info.peer.to_bare();
    if !is_fetched(info) {
        return 0;
    }
    model.transfers.all().filter(|other| is_fetched(&other.info) && is_same(&other.info)).count()
}

/// Whoever fetches the same once more is told of in the line that told of the last time.
fn tell_fetched_again(model: &mut Model, key: TransferKey, times: usize) {
    let Some(transfer) = model.transfers.get(key) else { return };
    let (peer, name) = (transfer.info.peer.to_bare(), transfer.info.name.clone());
    let words = |times: usize| format!("{THEM} asked for {name} again, {times} times in all");
    let line = Entry::File { at: model.now.wall, text: AboutThem::new(words(times)), about: None };
    model.conversation_with(key.account, &peer).1.put_differently(&words(times - 1), line);
}

/// Puts a line about a file that comes into a conversation, or counts it where there are too many.
pub(super) fn tell_of_coming(model: &mut Model, id: &ConversationId, entry: Entry) {
    let now = model.now.wall;
    if !model.conversation_with(id.account, id.peer.jid()).1.counts_instead(now) {
        tell(model, id.account, id, entry);
    }
}

/// Puts an entry into a conversation; unread unless the user looks at it.
pub(super) fn tell(model: &mut Model, account: AccountId, id: &ConversationId, entry: Entry) {
    let is_here = model.page == Page::With(id.clone());
    let (_, conversation) = model.conversation_with(account, id.peer.jid());
    if is_here {
        conversation.push(entry);
    } else {
        conversation.push_unread(entry);
    }
}

pub(crate) fn focus(model: &mut Model) -> Effects {
    if model.focus == Focus::Transfers {
        model.focus = Focus::Composer;
        return Effects::new();
    }
    let listed: Vec<TransferKey> = model.transfers.listed().into_iter().map(|(key, _)| key).collect();
    if listed.is_empty() {
        model.flash("No transfers yet: /send FILE offers one");
        return Effects::new();
    }
    if model.transfers.selected.is_none_or(|selected| !listed.contains(&selected)) {
        model.transfers.selected = listed.first().copied();
    }
    model.focus = Focus::Transfers;
    Effects::new()
}

pub(super) fn select(model: &mut Model, action: Action) -> Effects {
    if action == Action::Open {
        unfold(model);
        return Effects::new();
    }
    model.transfers.selected = beside(model, model.transfers.selected, action);
    Effects::new()
}

/// The wheel selects while the keys go here; else it only shows what is further down, or up.
pub(super) fn wheel(model: &mut Model, action: Action) -> Effects {
    if model.focus == Focus::Transfers {
        return select(model, action);
    }
    model.transfers.shown = beside(model, model.transfers.shown, action);
    Effects::new()
}

/// The transfer that is before or after another in the list; the first, if that one is none.
fn beside(model: &Model, key: Option<TransferKey>, action: Action) -> Option<TransferKey> {
    let listed: Vec<TransferKey> = model.transfers.listed().into_iter().map(|(key, _)| key).collect();
    let here = listed.iter().position(|listed| Some(*listed) == key).unwrap_or(0);
    let there = list::moved(here, action, 1)?.min(listed.len().saturating_sub(1));
    listed.get(there).copied()
}

fn unfold(model: &mut Model) {
    if let Some(transfer) = model.transfers.selected.and_then(|key| model.transfers.get_mut(key)) {
        transfer.unfolded = Some(!transfer.is_unfolded());
    }
}

pub(super) fn on_selected(model: &mut Model, action: Action) -> Effects {
    if action == Action::Purge {
        model.transfers.purge();
        if model.transfers.is_empty() {
            model.focus = Focus::Composer;
        }
        return Effects::new();
    }
    if action == Action::Faster || action == Action::Slower {
        return limits::step(model, action);
    }
    let Some(key) = model.transfers.selected else { return Effects::new() };
    if action == Action::Cancel {
        ask_to_cancel(model, key)
    } else if action == Action::Pause {
        pause(model, key)
    } else if action == Action::Raise || action == Action::Lower {
        prefer(model, key, action)
    } else if action == Action::Retry {
        retry(model, key)
    } else if action == Action::CopyPath {
        copy_path(model, key)
    } else if action == Action::OpenFolder {
        open_folder(model, key)
    } else {
        offers::answer_unseen(model, key, action)
    }
}

/// Stops a transfer, or asks first if that would undo something.
fn ask_to_cancel(model: &mut Model, key: TransferKey) -> Effects {
    let is_begun = model.transfers.get(key).is_some_and(|transfer| transfer.has_moved && !transfer.is_over());
    if !is_begun {
        return cancel(model, key);
    }
    model.layers.push(Layer::cancel(key));
    Effects::new()
}

/// Stops a transfer; an offer to us is declined.
pub(crate) fn cancel(model: &mut Model, key: TransferKey) -> Effects {
    let Some(transfer) = model.transfers.get(key) else { return Effects::new() };
    if transfer.is_over() {
        model.flash("It is over already");
        Effects::new()
    } else if transfer.waits_for_us() {
        offers::decline(model, key)
    } else {
        let partial = KeepPartial::No;
        vec![Effect::Command(key.account, Command::CancelTransfer { transfer: key.id, partial })]
    }
}

/// Stops a transfer for a while, or lets it go on.
pub(crate) fn pause(model: &mut Model, key: TransferKey) -> Effects {
    let Some(transfer) = running(model, key) else { return Effects::new() };
    let (id, is_paused) = (key.id, transfer.turn == Turn::Paused);
    let command =
        if is_paused { Command::ContinueTransfer { transfer: id } } else { Command::PauseTransfer { transfer: id } };
    vec![Effect::Command(key.account, command)]
}

/// Moves a transfer in the queue.
fn prefer(model: &mut Model, key: TransferKey, action: Action) -> Effects {
    let Some(transfer) = running(model, key) else { return Effects::new() };
    let priority = if action == Action::Raise { transfer.priority.raised() } else { transfer.priority.lowered() };
    vec![Effect::Command(key.account, Command::PreferTransfer { transfer: key.id, priority })]
}

/// A transfer that is neither over nor waits for our answer; what is wrong is said otherwise.
fn running(model: &mut Model, key: TransferKey) -> Option<&Transfer> {
    let transfer = model.transfers.get(key)?;
    if transfer.is_over() {
        model.flash("It is over already");
        return None;
    }
    if transfer.waits_for_us() {
        model.flash("It waits for you: accept it or decline it");
        return None;
    }
    model.transfers.get(key)
}

/// Offers again what could not be sent, and goes on at once with what is interrupted.
pub(crate) fn retry(model: &mut Model, key: TransferKey) -> Effects {
    let Some(transfer) = model.transfers.get(key) else { return Effects::new() };
    if transfer.can_go_on() {
        return vec![Effect::Command(key.account, Command::RetryTransfer { transfer: key.id })];
    }
    model.flash(match transfer.stage {
        Stage::Ended(_) if transfer.info.direction == Direction::Sending => "It has arrived already".to_owned(),
        Stage::Ended(_) => "Only the sender can offer it again".to_owned(),
        Stage::Offered | Stage::Agreed(_) | Stage::Interrupted(..) => "It is still running".to_owned(),
    });
    Effects::new()
}

fn copy_path(model: &mut Model, key: TransferKey) -> Effects {
    let Some(path) = model.transfers.get(key).and_then(super::super::model::transfer::Transfer::file) else {
        model.flash("There is no file yet");
        return Effects::new();
    };
    model.flash(format!("Copied {}", path.display()));
    vec![Effect::Copy(path.display().to_string())]
}

fn open_folder(model: &mut Model, key: TransferKey) -> Effects {
    let path = model.transfers.get(key).and_then(super::super::model::transfer::Transfer::file);
    if let Some(folder) = path.as_deref().and_then(std::path::Path::parent) {
        vec![Effect::OpenFolder(folder.to_owned())]
    } else {
        model.flash("There is no file yet");
        Effects::new()
    }
}
