//! What happens is told to whoever looks elsewhere: the bell at once, the rest at most every two seconds, as one.
//!
//! Whether and how is decided by [`decide`]; here is what is said, and that a thousand messages are not a thousand
//! notifications: what comes in quick succession waits and is told together, per conversation if it is one, else in sum.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::store::config::Attention;
use crate::tui::effect::{Effect, Effects, Note};
use crate::tui::model::notify::Notify;
use crate::tui::model::{ConversationId, Model, Page};
use crate::tui::notify::{Channel, Focused, Moment, Place, decide, escape};
use crate::tui::widget::{calendar, text};

/// Fast enough for a conversation, slow enough for whoever has to look at it.
const PAUSE: Duration = Duration::from_secs(2);

/// Bells that are nearer to each other are one.
const BELL_PAUSE: Duration = Duration::from_millis(300);

/// More than any desktop shows.
const LONGEST: usize = 300;

/// Any number of strangers may have something to say: they are told of as one.
const STRANGERS_PAUSE: Duration = Duration::from_mins(1);

/// So many people are named in a sum.
const NAMED: usize = 3;

/// What was not told yet, and when something was told last.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    pub(crate) focused: Focused,
    /// When the terminal lost the focus, until it has it again.
    pub(crate) left: Option<Instant>,
    rung: Option<Instant>,
    /// When a stranger was told of last.
    disturbed: Option<Instant>,
    not_before: Option<Instant>,
    waiting: BTreeMap<ConversationId, Waiting>,
}

/// News of one conversation.
#[derive(Debug)]
struct Waiting {
    count: usize,
    /// The latest.
    line: String,
    channels: Vec<Channel>,
}

/// What happened, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    /// What it is.
    pub(super) line: String,
    /// What may be said of it without a preview.
    pub(super) discreet: &'static str,
    /// How much it is about the user.
    pub(super) occasion: Occasion,
}

/// What a contact does that may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Something is said.
    Said,
    /// Something is said that names the user, or asks for an answer.
    Asked,
}

impl Notices {
    /// When what waits is to be told.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.not_before.filter(|_| !self.waiting.is_empty())
    }
}

/// Something happened in a conversation.
pub(super) fn happened(model: &mut Model, id: &ConversationId, news: News) -> Effects {
    let is_shown = model.page == Page::With(id.clone());
    tell(model, id, news, if is_shown { Place::Shown } else { Place::Elsewhere })
}

/// Somebody waits for an answer. It is not over when it has been seen.
pub(super) fn offered(model: &mut Model, id: &ConversationId, news: News) -> Effects {
    tell(model, id, news, Place::Elsewhere)
}

fn tell(model: &mut Model, id: &ConversationId, news: News, place: Place) -> Effects {
    if is_stranger(model, id) && !may_disturb(model) {
        return Effects::new();
    }
    let config = &model.look.notifications;
    let minute = calendar::minute_of_day(model.now.wall, &model.look.zone);
    let moment = Moment { focused: model.notices.focused, place, minute };
    let channels = decide(config, model.look.ways, attention(model, id, news.occasion), moment);
    let line = if config.preview { news.line } else { news.discreet.to_owned() };
    let mut effects = Effects::new();
    if channels.contains(&Channel::Bell) {
        effects.extend(ring(model));
    }
    let others: Vec<Channel> = channels.into_iter().filter(|channel| *channel != Channel::Bell).collect();
    if !others.is_empty() {
        let waiting = model.notices.waiting.entry(id.clone());
        let waiting = waiting.or_insert_with(|| Waiting { count: 0, line: String::new(), channels: Vec::new() });
        waiting.count += 1;
        waiting.line = line;
        waiting.channels = others;
        effects.extend(tick(model));
    }
    effects
}

/// Something is wrong that the user must not miss.
pub(super) fn alarm(model: &mut Model) -> Effects {
    let rings = model.look.ways.bell.is_some();
    rings.then(|| ring(model)).flatten().into_iter().collect()
}

/// Whether somebody is in no roster. Until that has come, nobody is known to be a stranger.
fn is_stranger(model: &Model, id: &ConversationId) -> bool {
    let account = model.accounts.get(&id.account).filter(|account| account.roster_complete);
    account.is_some_and(|account| !account.contacts.contains_key(id.peer.jid()))
}

/// Whether strangers were quiet for long enough.
fn may_disturb(model: &mut Model) -> bool {
    let now = model.now.instant;
    let is_soon = model.notices.disturbed.is_some_and(|last| now.saturating_duration_since(last) < STRANGERS_PAUSE);
    if !is_soon {
        model.notices.disturbed = Some(now);
    }
    !is_soon
}

fn attention(model: &Model, id: &ConversationId, occasion: Occasion) -> Attention {
    let configured = model.look.notifications.contacts.get(id.peer.jid());
    match model.notify_setting(id.account, id.peer.jid()) {
        Notify::Nothing => Attention::Never,
        Notify::Mentions if occasion == Occasion::Said => Attention::Never,
        Notify::All | Notify::Mentions if configured == Some(&Attention::Always) => Attention::Always,
        Notify::All | Notify::Mentions => Attention::Usual,
    }
}

fn ring(model: &mut Model) -> Option<Effect> {
    let now = model.now.instant;
    let is_soon = model.notices.rung.is_some_and(|rung| now.saturating_duration_since(rung) < BELL_PAUSE);
    if is_soon {
        return None;
    }
    model.notices.rung = Some(now);
    Some(Effect::Bell)
}

/// Tells what waits, if the last time is long enough ago.
pub(super) fn tick(model: &mut Model) -> Effects {
    let now = model.now.instant;
    if model.notices.waiting.is_empty() || model.notices.not_before.is_some_and(|then| now < then) {
        return Effects::new();
    }
    model.notices.not_before = Some(now + PAUSE);
    let waiting = std::mem::take(&mut model.notices.waiting);
    let channels = waiting.values().next().map(|first| first.channels.clone()).unwrap_or_default();
    let note = note(model, &waiting);
    let told = |channel: &Channel| match channel {
        Channel::Bell => Effect::Bell,
        Channel::Desktop => Effect::ShowOnDesktop(note.clone()),
        Channel::Osc(osc) => Effect::Escape(escape(*osc, model.look.surroundings.between, &note.title, &note.body)),
    };
    channels.iter().map(told).collect()
}

fn note(model: &Model, waiting: &BTreeMap<ConversationId, Waiting>) -> Note {
    let only = waiting.iter().next().filter(|_| waiting.len() == 1);
    only.map_or_else(|| sum(model, waiting), |(id, one)| note_of(model, id, one))
}

fn note_of(model: &Model, id: &ConversationId, one: &Waiting) -> Note {
    let body = match one.count {
        1 => one.line.clone(),
        count => format!("{count} new, the last: {}", one.line),
    };
    let about = format!("{} {}", id.account.0, id.peer.jid());
    Note { about, title: text::visible(&who(model, id)), body: text::cut(&body, LONGEST, "…") }
}

fn sum(model: &Model, waiting: &BTreeMap<ConversationId, Waiting>) -> Note {
    let count: usize = waiting.values().map(|one| one.count).sum();
    let names: Vec<String> = waiting.keys().take(NAMED).map(|id| who(model, id)).collect();
    let more = if waiting.len() > NAMED { ", …" } else { "" };
    let body = format!("{count} new in {} conversations: {}{more}", waiting.len(), names.join(", "));
    Note { about: String::new(), title: "Balcony".to_owned(), body: text::cut(&body, LONGEST, "…") }
}

/// What the user calls somebody; with several accounts, also which one it is about.
fn who(model: &Model, id: &ConversationId) -> String {
    let name = model.name_of(id.account, id.peer.jid());
    match model.accounts.get(&id.account).filter(|_| model.accounts.len() > 1) {
        Some(account) => format!("{name} ({})", account.name),
        None => name,
    }
}

/// The terminal got the focus, or lost it.
pub(super) fn focus(model: &mut Model, focused: Focused) -> Effects {
    model.notices.focused = focused;
    model.notices.left = (focused == Focused::No).then_some(model.now.instant);
    if focused == Focused::Yes {
        model.notices.waiting.clear();
    }
    Effects::new()
}
