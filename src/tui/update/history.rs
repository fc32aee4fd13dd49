//! What is older than this run: which conversations there are, pages of them, how far they were read, drafts.

use std::time::{Duration, SystemTime};

use jid::BareJid;

use crate::engine::command::Command;
use crate::engine::history::{self, FileLine, Line, Page as Past, Part};
use crate::tui::effect::{Effect, Effects};
use crate::tui::model::conversation::{Conversation, Entry, FileMark, Newer, Older, Sought};
use crate::tui::model::message::Message;
use crate::tui::model::{AccountId, ConversationId, Model, Page, Peer};
use crate::tui::notify::Focused;
use crate::tui::pane::chat;
use crate::tui::widget::calendar;
use crate::tui::words;

/// Some screens' worth.
const PAGE: u32 = 100;

/// A conversation opens with all that is unread, up to so much.
const LARGEST_PAGE: u32 = 1000;

/// What is shown above the first unread message.
const CONTEXT: u32 = 20;

/// How many conversations are open from the start, besides those with something unread or half written: as many as have a
/// key.
const REOPENED: usize = 9;

/// More are not opened, whatever they hold.
const MOST_REOPENED: usize = 400;

/// The conversations of earlier runs, the latest first; told again, those where the archive had something new.
pub(super) fn conversations(model: &mut Model, account: AccountId, all: Vec<history::Conversation>) -> Effects {
    let Some(told) = model.accounts.get_mut(&account) else { return Effects::new() };
    let is_first = !std::mem::replace(&mut told.has_past, true);
    let is_left = |place: usize, one: &history::Conversation| place < REOPENED || !one.draft.is_empty();
    let is_unread = |with: &BareJid| {
        let id = ConversationId { account, peer: Peer::Direct(with.clone()) };
        model.conversations.get(&id).is_some_and(|conversation| conversation.unread > 0)
    };
    let wanted = |(place, one): &(usize, history::Conversation)| {
        one.unread > 0 || is_unread(&one.with) || (is_first && is_left(*place, one))
    };
    let wanted: Vec<_> = all.into_iter().enumerate().filter(wanted).take(MOST_REOPENED).collect();
    for (_, one) in wanted {
        let here = model.page.clone();
        let (id, conversation) = model.conversation_with(account, &one.with);
        if Page::With(id) == here {
            continue;
        }
        conversation.read = Some(one.read);
        conversation.last_known = Some(one.last);
        conversation.count_unread(usize::try_from(one.unread).unwrap_or(usize::MAX));
        if conversation.draft.is_empty() && conversation.kept_draft.is_empty() {
            conversation.draft.replace(&one.draft);
            conversation.is_restored = !one.draft.is_empty();
            conversation.kept_draft = one.draft;
        }
    }
    Effects::new()
}

/// The history has more of a conversation than was told: what is shown of it is looked up once more.
pub(super) fn refresh(model: &mut Model, account: AccountId, with: &BareJid) -> Effects {
    let id = ConversationId { account, peer: Peer::Direct(with.clone()) };
    let Some(conversation) = model.conversations.get_mut(&id) else { return Effects::new() };
    if conversation.older == Older::Unasked {
        return Effects::new();
    }
    conversation.is_refreshing = true;
    vec![Effect::Command(account, Command::LoadHistory { with: with.clone(), before: None, most: LARGEST_PAGE })]
}

/// Somebody came to the conversation on the screen, where so many messages were unread.
pub(super) fn opened(model: &mut Model, unread: usize) -> Effects {
    let mut effects = read(model);
    if model.current().older == Older::Unasked {
        let unread = u32::try_from(unread).unwrap_or(LARGEST_PAGE);
        effects.extend(load(model, unread.saturating_add(CONTEXT).clamp(PAGE, LARGEST_PAGE)));
    }
    effects
}

/// Asks for what is older, if there is more, because the user wants to see it.
pub(crate) fn load_older(model: &mut Model) -> Effects {
    match model.current().older {
        Older::More(_) if !model.current().is_full() => {
            model.current_mut().want_back();
            load(model, PAGE)
        }
        Older::More(_) | Older::Unasked | Older::Asked(_) | Older::Nothing => Effects::new(),
    }
}

/// A message that is not at hand was taken back. If something is unread it may be that, which the history knows.
pub(super) fn look_for_unread(model: &mut Model, id: &ConversationId) -> Effects {
    let Some(conversation) = model.conversations.get_mut(id) else { return Effects::new() };
    let most = u32::try_from(conversation.unread).unwrap_or(LARGEST_PAGE).saturating_add(CONTEXT);
    if conversation.unread == 0 || most > LARGEST_PAGE || conversation.older != Older::Unasked {
        return Effects::new();
    }
    vec![load_of(id, conversation, most)]
}

fn load(model: &mut Model, most: u32) -> Effects {
    let Page::With(id) = model.page.clone() else { return Effects::new() };
    vec![load_of(&id, model.current_mut(), most)]
}

fn load_of(id: &ConversationId, conversation: &mut Conversation, most: u32) -> Effect {
    let before = match conversation.older {
        Older::More(before) | Older::Asked(before) => before,
        Older::Unasked | Older::Nothing => None,
    };
    conversation.older = Older::Asked(before);
    Effect::Command(id.account, Command::LoadHistory { with: id.peer.jid().clone(), before, most })
}

/// What was asked for has come.
pub(super) fn page(
    model: &mut Model,
    account: AccountId,
    with: BareJid,
    before: Option<SystemTime>,
    past: Past,
) -> Effects {
    let entries = entries(model, past.lines, past.files);
    let id = ConversationId { account, peer: Peer::Direct(with) };
    let Some(conversation) = model.conversations.get_mut(&id) else { return Effects::new() };
    if let Some(sought) = conversation.sought.as_ref().filter(|sought| before == Some(start_of(sought))) {
        return vec![look_around(&id, sought)];
    }
    // What stands aside is the newest, and what was asked for without a moment is about that.
    let is_here = conversation.older == Older::Asked(before) || !conversation.is_aside();
    let taken = if is_here {
        take_in(conversation, before, entries, past.has_older)
    } else {
        conversation.in_newest(|newest| take_in(newest, before, entries, past.has_older))
    };
    let is_shown = model.page == Page::With(id);
    if taken == Taken::Page && !is_shown {
        conversation.count_unread_here();
    }
    if taken == Taken::Nothing || !is_here || !is_shown {
        return Effects::new();
    }
    if before.is_none() && taken == Taken::Page {
        chat::show_new(model);
    }
    let mut effects = if before.is_none() { read(model) } else { Effects::new() };
    if chat::has_room(model) && !model.current().is_cleared() {
        effects.extend(load_older(model));
    }
    effects
}

/// What became of a page that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Page,
    Refreshed,
    /// Nobody asked for it.
    Nothing,
}

fn take_in(
    conversation: &mut Conversation,
    before: Option<SystemTime>,
    mut entries: Vec<Entry>,
    has_older: bool,
) -> Taken {
    let is_refreshed = before.is_none() && std::mem::take(&mut conversation.is_refreshing);
    let oldest = entries.first().map(Entry::at).filter(|_| has_older);
    let goes_on = conversation.keep_away(&mut entries);
    if conversation.older == Older::Asked(before) {
        conversation.older = oldest.map_or(Older::Nothing, |at| Older::More(Some(at)));
    } else if is_refreshed && oldest.is_some() && !goes_on {
        conversation.give_up_before(&entries);
    } else if !is_refreshed {
        return Taken::Nothing;
    }
    let newest = entries.iter().rev().filter_map(Entry::message).find(|message| !message.is_ours());
    if before.is_none() && newest.is_some_and(|newest| conversation.read.is_some_and(|read| newest.line.at > read)) {
        conversation.unmarked = newest.and_then(Message::asks_for_mark);
    }
    conversation.put_in(entries);
    if is_refreshed { Taken::Refreshed } else { Taken::Page }
}

/// Shows a message of the conversation on the screen, once what was said around it is there.
pub(crate) fn seek(model: &mut Model, sought: &Sought) -> Effects {
    let Some(id) = await_sought(model, sought) else { return Effects::new() };
    vec![look_around(&id, sought)]
}

/// Before this everything must be kept for a message that an archive found to be: that tells its second, within which
/// others stand before it and behind.
fn start_of(sought: &Sought) -> SystemTime {
    sought.at.checked_sub(Duration::from_secs(1)).unwrap_or(sought.at)
}

/// Shows a message that may be older than what is kept, once all that was said since then is: without holes.
pub(crate) fn seek_in_archive(model: &mut Model, sought: &Sought) -> Effects {
    let Some(id) = await_sought(model, sought) else { return Effects::new() };
    let day = calendar::day(sought.at, &model.look.zone);
    model.flash(model.look.symbols.spell(&format!("Fetching what was said since {day} from the archive …")));
    let with = id.peer.jid().clone();
    vec![Effect::Command(id.account, Command::LoadHistory { with, before: Some(start_of(sought)), most: 1 })]
}

/// The conversation on the screen, if a message of it has to be looked up to be shown.
fn await_sought(model: &mut Model, sought: &Sought) -> Option<ConversationId> {
    let Page::With(id) = model.page.clone() else { return None };
    let conversation = model.current_mut();
    if conversation.number_of(sought).is_none() && conversation.in_newest(|newest| newest.number_of(sought)).is_some() {
        conversation.show_newest();
    }
    if let Some(number) = conversation.number_of(sought) {
        chat::show_found(model, number);
        return None;
    }
    conversation.sought = Some(sought.clone());
    Some(id)
}

fn look_around(id: &ConversationId, sought: &Sought) -> Effect {
    let (with, named) = (id.peer.jid().clone(), sought.id.clone());
    Effect::Command(id.account, Command::LoadHistoryAround { with, from: sought.at, named, above: PAGE, most: PAGE })
}

/// Asks for what is newer than an older part that is shown.
pub(crate) fn load_newer(model: &mut Model) -> Effects {
    let Page::With(ConversationId { account, peer: Peer::Direct(with) }) = model.page.clone() else {
        return Effects::new();
    };
    let conversation = model.current_mut();
    let Newer::More(from) = conversation.newer else { return Effects::new() };
    if conversation.is_full() {
        return Effects::new();
    }
    conversation.newer = Newer::Asked(from);
    vec![Effect::Command(account, Command::LoadHistoryAround { with, from, named: None, above: 0, most: PAGE })]
}

/// What was asked for out of the middle has come.
pub(super) fn around(model: &mut Model, account: AccountId, with: BareJid, from: SystemTime, part: Part) -> Effects {
    let entries = entries(model, part.lines, part.files);
    let id = ConversationId { account, peer: Peer::Direct(with) };
    let Some(conversation) = model.conversations.get_mut(&id) else { return Effects::new() };
    if conversation.newer == Newer::Asked(from) {
        conversation.put_after(entries, part.has_newer);
        return Effects::new();
    }
    let Some(sought) = conversation.sought.take_if(|sought| sought.at == from) else { return Effects::new() };
    // The newest page came first, and may hold it: then there is no need of another part.
    if conversation.in_newest(|newest| newest.number_of(&sought)).is_some() {
        conversation.show_newest();
    } else {
        conversation.show_part(entries, part.has_older, part.has_newer);
    }
    match conversation.number_of(&sought) {
        _ if model.page != Page::With(id) => {}
        Some(number) => chat::show_found(model, number),
        None => model.flash("That message is not kept here"),
    }
    Effects::new()
}

/// Everything in its order, as it is shown.
fn entries(model: &Model, lines: Vec<Line>, files: Vec<FileLine>) -> Vec<Entry> {
    let messages = lines.into_iter().map(|line| Entry::Message(Box::new(Message::new(line))));
    let files = files.into_iter().map(|line| Entry::File {
        at: line.at(),
        text: words::past_line(&line, model),
        about: Some(FileMark { transfer: line.entry.key, news: line.news }),
    });
    let mut entries: Vec<Entry> = messages.chain(files).collect();
    entries.sort_by_key(Entry::at);
    entries
}

/// What is on the screen was seen.
pub(super) fn read(model: &Model) -> Effects {
    let Page::With(ConversationId { account, peer: Peer::Direct(with) }) = &model.page else { return Effects::new() };
    let last = model.current().last_said();
    let command = last.map(|at| Effect::Command(*account, Command::MarkRead { with: with.clone(), at }));
    command.into_iter().collect()
}

/// What asks to be told that it was seen is told so once it is: at the end of the conversation on the screen, with nothing
/// over it, and the terminal not known to be looked away from.
pub(super) fn mark_displayed(model: &mut Model) -> Effects {
    let Page::With(ConversationId { account, peer: Peer::Direct(with) }) = model.page.clone() else {
        return Effects::new();
    };
    let has_keyboard = model.notices.focused != Focused::No;
    let is_seen = has_keyboard && model.layers.is_empty() && chat::shows_end(model);
    let seen = model.current_mut().unmarked.take_if(|_| is_seen);
    seen.map(|id| Effect::Command(account, Command::MarkDisplayed { with, id })).into_iter().collect()
}
