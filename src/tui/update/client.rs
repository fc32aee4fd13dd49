//! What the clients tell.

use jid::BareJid;

use super::news::{self, News, Occasion};
use super::transfers::{self, tell};
use super::{archive, history, people, presence, search};
use crate::engine::amount;
use crate::engine::event::{Announcement, ChatMessage, ChatState, Event, Link, SessionEvent, StopReason};
use crate::engine::history::{Fate, Line, Said, What};
use crate::tui::effect::Effects;
use crate::tui::layers;
use crate::tui::model::account::{Account, Request, Session};
use crate::tui::model::conversation::{AboutThem, Entry, THEM};
use crate::tui::model::message::Message;
use crate::tui::model::transfer::TransferKey;
use crate::tui::model::{AccountId, ConversationId, Model, Page, Peer};
use crate::tui::widget::text;

pub(super) fn event(model: &mut Model, account: AccountId, event: Event) -> Effects {
    if !model.accounts.contains_key(&account) {
        return Effects::new();
    }
    match event {
        Event::Session(change) => session(model, account, change),
        Event::Contact(contact) => presence::known(model, account, contact),
        Event::RosterComplete => presence::roster_complete(model, account),
        Event::ContactRemoved(jid) => presence::removed(model, account, &jid),
        Event::SubscriptionRequest { from, text, nick } => {
            presence::asked(model, account, from, Request { text, nick })
        }
        Event::Blocked(who) => presence::blocked(model, account, who),
        Event::Card { of, card } => people::card(model, account, of, card),
        Event::Program { of, program } => {
            if let Some(account) = model.accounts.get_mut(&account) {
                account.note_program(of, program);
            }
            Effects::new()
        }
        Event::Message(message) => said(model, account, message),
        Event::MessageSent { with, id } => fate(model, account, with, &id, &Fate::Unknown),
        Event::Receipt { with, id } => fate(model, account, with, &id, &Fate::Arrived),
        Event::MessageFailed { with, id, why } => failed(model, account, with, &id, why),
        Event::Amended(said) => amended(model, account, &said),
        Event::Conversations(all) => history::conversations(model, account, all),
        Event::History { with, before, page } => history::page(model, account, with, before, page),
        Event::ReadElsewhere { with, at } => archive::read_elsewhere(model, account, with, at),
        Event::Archive(news) => archive::news(model, account, news),
        Event::FoundInArchive { query, before, found } => {
            layers::found_in_archive(model, account, &query, before, found);
            Effects::new()
        }
        Event::Stanza { way, xml } => layers::stanza(model, account, way, xml),
        Event::HistoryAround { with, from, part } => history::around(model, account, with, from, part),
        Event::Found { query, after, found } => search::found(model, account, &query, after, found),
        Event::ChatState { from, state } => does(model, account, from, state),
        Event::Transfer { id, change } => transfers::changed(model, TransferKey { account, id }, change),
        // What doctor shows; nobody is interrupted for it.
        Event::Reachability(known) => with(model, account, |account| account.reachability = Some(known)),
        Event::Login(login) => with(model, account, |account| account.login = Some(login)),
        Event::Examined(examined) => with(model, account, |account| account.examined = Some(examined)),
        Event::Announced(announcement) => announced(model, account, &announcement),
        Event::Linked(link) => linked(model, account, &link),
        Event::Published { to, name, uri } => published(model, account, to, &name, &uri),
        Event::Headline { from, text } => {
            let id = ConversationId { account, peer: Peer::Direct(from) };
            tell(model, account, &id, Entry::Notice { at: model.now.wall, text: format!("headline: {text}") });
            Effects::new()
        }
        Event::Notice(text) => {
            model.say(text);
            Effects::new()
        }
    }
}

/// Something of an account changes that the places of its contacts depend on.
pub(super) fn with(model: &mut Model, id: AccountId, change: impl FnOnce(&mut Account)) -> Effects {
    if let Some(account) = model.accounts.get_mut(&id) {
        change(account);
    }
    model.roster.stale = true;
    Effects::new()
}

fn session(model: &mut Model, id: AccountId, change: SessionEvent) -> Effects {
    let now = model.now;
    layers::setup_progress(model, id, &change);
    let mut effects = tell_why_stopped(model, id, &change);
    archive::session(model, id, &change);
    with(model, id, |account| match change {
        SessionEvent::Connecting => account.session = Session::Connecting,
        SessionEvent::Online { jid, resumed, security } => {
            account.jid = Some(jid.to_bare());
            account.me = Some(jid);
            if !resumed {
                account.told.clear();
                account.roster_complete = false;
            }
            account.session = Session::Online { security, resumed: resumed.then_some(now.wall) };
        }
        SessionEvent::Offline { why, retry_in } => {
            account.session = Session::Offline { why, retry_at: now.instant + retry_in };
        }
        SessionEvent::Stopped { why } => account.session = Session::Stopped(why),
    });
    effects.extend(people::read(model, id));
    effects
}

/// Where the user is, in full: the status line has no room for a fingerprint. What may be an attack is told aloud.
fn tell_why_stopped(model: &mut Model, id: AccountId, change: &SessionEvent) -> Effects {
    let SessionEvent::Stopped { why } = change else { return Effects::new() };
    if layers::setup_tries(model, id) {
        return Effects::new();
    }
    let is_alarm = matches!(why, StopReason::CertificateChanged { .. } | StopReason::PasswordWanted { .. });
    if *why != StopReason::Requested && (is_alarm || model.page != Page::Home) {
        let whose = model.tag(id).map(|tag| format!("{tag} ")).unwrap_or_default();
        let sentence = model.accounts.get(&id).map(|account| stop_sentence(model, account, why)).unwrap_or_default();
        model.say(format!("{whose}{sentence}"));
    }
    if is_alarm { news::alarm(model) } else { Effects::new() }
}

fn said(model: &mut Model, account: AccountId, message: ChatMessage) -> Effects {
    model.roster.look_at(account, &message.with);
    let delayed = message.delayed;
    let with = message.with.clone();
    let message = Message::new(Line::from(message));
    let id = ConversationId { account, peer: Peer::Direct(with) };
    let (_, conversation) = model.conversation_with(account, id.peer.jid());
    // What was on its way when an earlier run ended comes once more.
    if delayed && conversation.shows(&message) {
        return Effects::new();
    }
    shown(model, &id, message)
}

/// Puts a message where it belongs.
fn shown(model: &mut Model, id: &ConversationId, mut message: Message) -> Effects {
    let is_here = model.page == Page::With(id.clone());
    let (_, conversation) = model.conversation_with(id.account, id.peer.jid());
    let answered = message.line.reply_to.as_deref().and_then(|id| conversation.called(id));
    if let Some(answered) = answered.map(|answered| answered.line.quoted()) {
        message.line.quote = Some(answered);
    }
    if message.is_ours() {
        conversation.push(Entry::Message(Box::new(message)));
        conversation.leave();
        conversation.unread = 0;
        return if is_here { history::read(model) } else { Effects::new() };
    }
    if let Some(id) = message.asks_for_mark() {
        conversation.unmarked = Some(id);
    }
    let body = text::said(message.line.body.as_deref().unwrap_or_default()).into_owned();
    let occasion = if names_us(model, id.account, &body) { Occasion::Asked } else { Occasion::Said };
    tell(model, id.account, id, Entry::Message(Box::new(message)));
    if let Some(conversation) = model.conversations.get_mut(id) {
        conversation.their_state = None;
    }
    let mut effects = if is_here { history::read(model) } else { Effects::new() };
    effects.extend(news::happened(model, id, News { line: body, discreet: "New message", occasion }));
    effects
}

/// A message is not any more what it was. Words that stand for words nobody saw are shown by themselves.
fn amended(model: &mut Model, account: AccountId, said: &Said) -> Effects {
    let id = ConversationId { account, peer: Peer::Direct(said.with.clone()) };
    let is_shown = model.conversations.get_mut(&id).is_some_and(|conversation| conversation.amend(said));
    let is_taken_back = matches!(said.what, What::Retraction { .. }) && said.speaker().is_some();
    match Line::corrected(said) {
        Some(line) if !is_shown => shown(model, &id, Message::new(line)),
        None if !is_shown && is_taken_back => history::look_for_unread(model, &id),
        Some(_) | None => Effects::new(),
    }
}

/// A message of ours did not arrive, or what we did about one.
fn failed(model: &mut Model, account: AccountId, with: BareJid, id: &str, why: String) -> Effects {
    let at = model.now.wall;
    let conversation = ConversationId { account, peer: Peer::Direct(with.clone()) };
    if let Some(conversation) = model.conversations.get_mut(&conversation)
        && conversation.undo(id)
    {
        let text = format!("What you changed did not arrive, so it is as it was: {why}");
        conversation.push(Entry::Notice { at, text });
        return Effects::new();
    }
    fate(model, account, with, id, &Fate::Failed(why))
}

/// Whether a text names us, as people do that by the start of our address.
fn names_us(model: &Model, account: AccountId, text: &str) -> bool {
    let me = model.accounts.get(&account).and_then(|account| account.me.as_ref());
    let node = me.and_then(|me| me.node()).map(|node| node.as_str().to_lowercase());
    node.is_some_and(|node| text.to_lowercase().contains(&node))
}

/// Somebody published a file: how to have it stands where they said so.
fn announced(model: &mut Model, account: AccountId, announcement: &Announcement) -> Effects {
    let Announcement { number, owner, name, size } = announcement;
    let peer = owner.to_bare();
    let name = name.as_deref().unwrap_or("a file");
    let size = size.map(|size| format!(" ({})", amount::bytes(size))).unwrap_or_default();
    let text = AboutThem::new(format!("{THEM} has {name}{size} for you: /start {number} fetches it"));
    let entry = Entry::File { at: model.now.wall, text, about: None };
    let id = ConversationId { account, peer: Peer::Direct(peer) };
    tell(model, account, &id, entry);
    news::happened(
        model,
        &id,
        News { line: format!("has {name}{size} for you"), discreet: "has a file for you", occasion: Occasion::Asked },
    )
}

/// Somebody named an address: all of it stands where they said so, as it would be asked.
fn linked(model: &mut Model, account: AccountId, link: &Link) -> Effects {
    let Link { number, with, address, description } = link;
    let about = description.as_ref().map(|words| format!(" “{words}”")).unwrap_or_default();
    let clear = if address.is_https() { "" } else { " (not encrypted)" };
    let text = AboutThem::new(format!("link {number}: {address}{clear}{about}: /fetch {number} fetches it"));
    let entry = Entry::File { at: model.now.wall, text, about: None };
    tell(model, account, &ConversationId { account, peer: Peer::Direct(with.clone()) }, entry);
    Effects::new()
}

/// A file of ours is published.
fn published(model: &mut Model, account: AccountId, to: Option<BareJid>, name: &str, uri: &str) -> Effects {
    let Some(peer) = to else {
        model.say(format!("{name} is there for any contact until Balcony ends: {uri}"));
        return Effects::new();
    };
    let text = AboutThem::new(format!("You published {name} until Balcony ends: {uri}"));
    let entry = Entry::File { at: model.now.wall, text, about: None };
    model.conversation_with(account, &peer).1.push(entry);
    Effects::new()
}

fn fate(model: &mut Model, account: AccountId, with: BareJid, id: &str, fate: &Fate) -> Effects {
    let conversation = ConversationId { account, peer: Peer::Direct(with) };
    if let Some(conversation) = model.conversations.get_mut(&conversation) {
        conversation.set_fate(id, fate);
    }
    Effects::new()
}

fn does(model: &mut Model, account: AccountId, from: BareJid, state: ChatState) -> Effects {
    let conversation = ConversationId { account, peer: Peer::Direct(from) };
    if let Some(conversation) = model.conversations.get_mut(&conversation) {
        conversation.their_state = Some(state);
    }
    Effects::new()
}

/// Why the session of an account ended for good, as a sentence with what to do about it.
pub(crate) fn stop_sentence(model: &Model, account: &Account, why: &StopReason) -> String {
    // What is still being set up has a dialog that asks what to do.
    let is_written = model.configuration.account(&account.name).is_some();
    match why {
        StopReason::Requested => "disconnected: /connect to go online".to_owned(),
        StopReason::Login(why) if is_written => {
            format!("login failed: {why}; mend that in config.toml, then /connect")
        }
        StopReason::Login(why) => format!("login failed: {why}"),
        StopReason::Certificate { why, fingerprint } if !is_written => {
            format!("certificate not trusted: {why} ({fingerprint})")
        }
        StopReason::Certificate { why, fingerprint } => {
            format!(
                "certificate not trusted: {why}; /connect asks whether to accept it. If it is the right one, you can \
                 also put pin = \"{fingerprint}\" under the account in config.toml: it tries again once you save that"
            )
        }
        StopReason::CertificateChanged { .. } => {
            format!("{why}. Ask whoever runs the server which of them is right; /connect asks what to do")
        }
        StopReason::PasswordWanted { .. } => {
            format!("{why}. Ask whoever runs the server whether it is meant to; /connect asks what to do")
        }
        StopReason::Conflict => "another program logged in with this resource: /connect takes it back".to_owned(),
        StopReason::Other(why) => why.clone(),
    }
}
