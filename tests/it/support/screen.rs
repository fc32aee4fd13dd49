//! A user interface without a terminal: events and keys go in, pictures and effects come out, time is given.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use balcony::engine::Moment;
use balcony::engine::command::{ChatState, Command, Via};
use balcony::engine::event::{
    Attempt, AttemptState, Author, ChatMessage, Checksum, Contact, Direction, Event, OfferInfo, Outcome, Progress,
    Resource, SessionEvent, Show, Subscription, TransferChange, TransferId,
};
use balcony::engine::history::{Conversation, Fate, Hints, Line, Page};
use balcony::engine::journal::Noted;
use balcony::store::rules::Rule;
use balcony::tui::effect::{Effect, PeopleWish, Shipment};
use balcony::tui::msg::Msg;
use balcony::tui::{AccountId, Appearance, Model, Rules, picture, settle, update};

/// Noon of a day long ago, in UTC.
const NOON: u64 = 1_258_718_400;

/// A screen with one account, whose client is the test.
pub(crate) struct Screen {
    pub(crate) model: Model,
    pub(crate) account: AccountId,
    pub(crate) effects: Vec<Effect>,
    /// Whether every file that is named is there; else who asks is not answered.
    pub(crate) has_files: bool,
    now: Moment,
}

impl Screen {
    /// Before anything has happened.
    pub(crate) fn new(width: u16, height: u16) -> Screen {
        Screen::with(width, height, Appearance::default())
    }

    pub(crate) fn with(width: u16, height: u16, appearance: Appearance) -> Screen {
        let mut screen = Screen::without_account(width, height, appearance);
        screen.account = screen.model.add_account("home");
        screen
    }

    pub(crate) fn without_account(width: u16, height: u16, appearance: Appearance) -> Screen {
        let appearance = Appearance {
            home: Some(PathBuf::from("/home/juliet")),
            downloads: PathBuf::from("/home/juliet/Downloads"),
            bell: true,
            ..appearance
        };
        let now = Moment { instant: start(), wall: SystemTime::UNIX_EPOCH + Duration::from_secs(NOON) };
        let model = Model::new(appearance, (width, height), now).unwrap();
        Screen { model, account: AccountId(0), effects: Vec::new(), has_files: true, now }
    }

    /// Without an account: the first run.
    pub(crate) fn first_run(width: u16, height: u16) -> Screen {
        let mut screen = Screen::without_account(width, height, Appearance::default());
        screen.model.ask_for_account();
        screen
    }

    /// The first run's account is stored and starts.
    pub(crate) fn set_up(&mut self) -> &mut Self {
        self.account = self.model.add_account("capulet.lit");
        self.msg(Msg::SetUp(self.account))
    }

    /// Online, with three contacts.
    pub(crate) fn online(width: u16, height: u16) -> Screen {
        let mut screen = Screen::new(width, height);
        screen.log_in();
        screen
    }

    pub(crate) fn log_in(&mut self) {
        let online = SessionEvent::Online {
            jid: "juliet@capulet.lit/balcony".parse().unwrap(),
            resumed: false,
            security: "TLS 1.3".to_owned(),
        };
        self.event(Event::Session(online));
        self.event(Event::Contact(contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available))));
        self.event(Event::Contact(contact("nurse@capulet.lit", "Nurse", "Family", Some(Show::Away))));
        self.event(Event::Contact(contact("tybalt@capulet.lit", "Tybalt", "Family", None)));
        self.event(Event::RosterComplete);
    }

    pub(crate) fn msg(&mut self, msg: Msg) -> &mut Self {
        for effect in update(&mut self.model, self.now, msg) {
            match effect {
                Effect::Find(shipment) if self.has_files && !names_pattern(&shipment) => {
                    self.msg(Msg::Found(Ok(shipment)));
                }
                other => self.effects.push(other),
            }
        }
        self
    }

    pub(crate) fn event(&mut self, event: Event) -> &mut Self {
        self.msg(Msg::Client(self.account, event))
    }

    /// Something that the client of one of several accounts tells.
    pub(crate) fn event_of(&mut self, account: AccountId, event: Event) -> &mut Self {
        self.msg(Msg::Client(account, event))
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, millis: u64) -> &mut Self {
        let passed = Duration::from_millis(millis);
        self.now = Moment { instant: self.now.instant + passed, wall: self.now.wall + passed };
        self.msg(Msg::Tick)
    }

    /// Presses keys, written like `hello<Enter><Alt-A>`, half a second after whatever came before.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        self.wait(500);
        self.fast_keys(keys)
    }

    /// Presses keys at once.
    pub(crate) fn fast_keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|inside| inside.split_once('>'));
            let (key, after) = match named {
                Some((key, after)) => (key.to_owned(), after),
                None => (first.to_string().replace(' ', "Space"), &rest[first.len_utf8()..]),
            };
            self.msg(Msg::Key(key.parse().unwrap()));
            rest = after;
        }
        self
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.msg(Msg::Resize(width, height))
    }

    /// The screen as text.
    pub(crate) fn picture(&mut self) -> String {
        settle(&mut self.model);
        picture(&self.model)
    }

    /// What was caused since this was last asked, without what every login looks up.
    pub(crate) fn caused(&mut self) -> Vec<Effect> {
        let mut effects = std::mem::take(&mut self.effects);
        effects.retain(|effect| !matches!(effect, Effect::People(PeopleWish::Read(..))));
        effects
    }

    /// The commands among it, without those that only tell of typing and looking.
    pub(crate) fn commands(&mut self) -> Vec<Command> {
        let commands = self.caused().into_iter().filter_map(|effect| match effect {
            Effect::Command(_, command) => Some(command),
            _ => None,
        });
        let is_quiet = |command: &Command| {
            matches!(
                command,
                Command::SetChatState { .. }
                    | Command::MarkDisplayed { .. }
                    | Command::LoadHistory { .. }
                    | Command::LoadHistoryAround { .. }
                    | Command::MarkRead { .. }
                    | Command::KeepDraft { .. }
                    | Command::ForeseeOffer { .. }
            )
        };
        commands.filter(|command| !is_quiet(command)).collect()
    }

    /// Romeo says something.
    pub(crate) fn romeo(&mut self, body: &str) -> &mut Self {
        self.says("romeo@montague.lit/orchard", body)
    }

    pub(crate) fn says(&mut self, from: &str, body: &str) -> &mut Self {
        let message = self.message(from, body);
        self.event(Event::Message(message))
    }

    /// A message that came this moment.
    pub(crate) fn message(&self, from: &str, body: &str) -> ChatMessage {
        let from: jid::Jid = from.parse().unwrap();
        ChatMessage {
            with: from.to_bare(),
            author: Author::Contact(from),
            id: None,
            body: body.to_owned(),
            at: self.now.wall,
            delayed: false,
            reply: None,
            hints: Hints::default(),
        }
    }

    /// We said something to Romeo.
    pub(crate) fn me(&mut self, id: &str, body: &str) -> &mut Self {
        self.event(Event::Message(ChatMessage {
            with: "romeo@montague.lit".parse().unwrap(),
            author: Author::Me,
            id: Some(id.to_owned()),
            body: body.to_owned(),
            at: self.now.wall,
            delayed: false,
            reply: None,
            hints: Hints::default(),
        }))
    }

    /// The history tells of a conversation with Romeo: so many messages, one a minute until noon, so many of them read.
    pub(crate) fn known_from_earlier(&mut self, messages: u64, read: u64) -> &mut Self {
        let theirs = (read..messages).filter(|number: &u64| !number.is_multiple_of(3)).count() as u64;
        self.event(Event::Conversations(vec![Conversation {
            with: "romeo@montague.lit".parse().unwrap(),
            last: minute(messages - 1),
            read: minute(read) - Duration::from_secs(1),
            unread: theirs,
            draft: "What satisfaction".to_owned(),
        }]))
    }

    /// These of the messages come out of the history.
    pub(crate) fn past(&mut self, before: Option<u64>, numbers: Range<u64>, has_older: bool) -> &mut Self {
        let page = Page { lines: numbers.map(line).collect(), files: Vec::new(), has_older };
        let with = "romeo@montague.lit".parse().unwrap();
        self.event(Event::History { with, before: before.map(minute), page })
    }

    pub(crate) fn typing(&mut self, state: ChatState) -> &mut Self {
        self.event(Event::ChatState { from: "romeo@montague.lit".parse().unwrap(), state })
    }

    pub(crate) fn transfer(&mut self, id: u64, change: TransferChange) -> &mut Self {
        self.event(Event::Transfer { id: TransferId(id), change })
    }

    /// Romeo offers a file.
    pub(crate) fn offered(&mut self, id: u64, name: &str, size: u64) -> &mut Self {
        self.transfer(id, TransferChange::Offered(Box::new(offer(Direction::Receiving, name, size))))
    }

    /// Somebody who is not in the roster offers a file.
    pub(crate) fn stranger_offers(&mut self, id: u64, name: &str) -> &mut Self {
        let peer = format!("stranger{id}@verona.lit/x").parse().unwrap();
        let offer = OfferInfo { peer, is_contact: false, ..offer(Direction::Receiving, name, 1024) };
        self.transfer(id, TransferChange::Offered(Box::new(offer)))
    }

    /// These rules answer offers, and are kept in a file.
    pub(crate) fn rules(&mut self, list: Vec<Rule>) -> &mut Self {
        let file = Some(PathBuf::from("/home/juliet/.config/balcony/config.toml"));
        self.model.set_rules(Rules { list, file });
        self
    }

    /// We offer Romeo a file.
    pub(crate) fn offering(&mut self, id: u64, name: &str, size: u64) -> &mut Self {
        self.transfer(id, TransferChange::Offered(Box::new(offer(Direction::Sending, name, size))))
    }

    pub(crate) fn answered(&mut self, id: u64) -> &mut Self {
        self.transfer(id, TransferChange::Answered { methods: Via::ALL.to_vec(), path: None })
    }

    pub(crate) fn attempt(
        &mut self,
        id: u64,
        index: usize,
        via: Via,
        host: Option<&str>,
        state: AttemptState,
    ) -> &mut Self {
        let streamhost = host.map(str::to_owned);
        let took = match &state {
            AttemptState::Failed { reason } if reason == "no answer" => Duration::from_secs(3),
            AttemptState::Failed { .. } => Duration::from_millis(100),
            AttemptState::Trying { .. } | AttemptState::Active { .. } => Duration::ZERO,
        };
        self.transfer(id, TransferChange::Attempt(Attempt { index, via, streamhost, state, took }))
    }

    pub(crate) fn progress(&mut self, id: u64, bytes: u64, size: u64, rate: u64) -> &mut Self {
        let left = (size - bytes).checked_div(rate).map(Duration::from_secs);
        self.transfer(id, TransferChange::Progress(Progress { bytes, size: Some(size), rate, left }))
    }

    pub(crate) fn ended(&mut self, id: u64, outcome: Outcome) -> &mut Self {
        self.transfer(id, TransferChange::Ended(outcome))
    }
}

fn names_pattern(shipment: &Shipment) -> bool {
    shipment.paths.iter().any(|path| path.to_string_lossy().contains('*'))
}

/// A moment on the morning before.
pub(crate) fn minute(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOON - 24 * 3600) + Duration::from_mins(number)
}

/// A message of the morning before; every third one is ours.
pub(crate) fn line(number: u64) -> Line {
    let theirs = Author::Contact("romeo@montague.lit/orchard".parse().unwrap());
    Line {
        at: minute(number),
        author: if number.is_multiple_of(3) { Author::Me } else { theirs },
        id: Some(format!("past {number}")),
        archived: None,
        body: Some(format!("message number {number}")),
        hints: Hints::default(),
        is_corrected: false,
        earlier: Vec::new(),
        reply_to: None,
        quote: None,
        reactions: BTreeMap::new(),
        fate: if number.is_multiple_of(3) { Fate::Arrived } else { Fate::Unknown },
    }
}

/// Some instant; which one does not matter.
#[allow(clippy::disallowed_methods, reason = "an instant cannot be made from nothing; no test depends on which it is")]
fn start() -> Instant {
    Instant::now()
}

pub(crate) fn contact(jid: &str, name: &str, group: &str, show: Option<Show>) -> Contact {
    let resources = show.map(|show| Resource {
        jid: format!("{jid}/orchard").parse().unwrap(),
        show,
        status: None,
        priority: 0,
        since: SystemTime::UNIX_EPOCH,
        idle_since: None,
        takes_files: Some(true),
    });
    Contact {
        jid: jid.parse().unwrap(),
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        groups: Some(group.to_owned()).filter(|group| !group.is_empty()).into_iter().collect(),
        subscription: Subscription::Both,
        asked: false,
        nick: None,
        last_seen: None,
        resources: resources.into_iter().collect(),
    }
}

pub(crate) fn offer(direction: Direction, name: &str, size: u64) -> OfferInfo {
    OfferInfo {
        direction,
        peer: "romeo@montague.lit/orchard".parse().unwrap(),
        is_contact: true,
        is_asked_for: false,
        name: name.to_owned(),
        offered_name: None,
        size: Some(size),
        mime_type: mime_type(name).map(str::to_owned),
        description: None,
        date: None,
        checksum: Checksum::None,
        methods: Via::ALL.to_vec(),
        si_multiple: true,
        path: (direction == Direction::Sending).then(|| PathBuf::from("/home/juliet").join(name)),
        folder: None,
        web: None,
        continues_at: None,
        noted: Noted::No,
    }
}

fn mime_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "ogg" => Some("audio/ogg"),
        "pdf" => Some("application/pdf"),
        "png" => Some("image/png"),
        _ => None,
    }
}
