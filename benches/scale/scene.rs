//! A screen of 160 × 45 with 10,000 contacts, half of them there, on ratatui's `TestBackend`.

use std::time::{Duration, Instant, SystemTime};

use balcony::engine::Moment;
use balcony::engine::event::{ChatMessage, Contact, Event, Resource, SessionEvent, Show, Subscription};
use balcony::tui::effect::Effect;
use balcony::tui::msg::Msg;
use balcony::tui::{AccountId, Appearance, Model, draw, settle, update};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::archive::CONTACTS;

const SIZE: (u16, u16) = (160, 45);

/// The user interface, its terminal, and what it caused last.
pub(crate) struct Scene {
    model: Model,
    account: AccountId,
    terminal: Terminal<TestBackend>,
    pub(crate) effects: Vec<Effect>,
}

impl Scene {
    /// Logged in, with everybody in the roster.
    pub(crate) fn set() -> Self {
        let mut model = Model::new(Appearance::default(), SIZE, now()).unwrap();
        let account = model.add_account("home");
        let terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
        let mut scene = Scene { model, account, terminal, effects: Vec::new() };
        let jid = "juliet@capulet.lit/balcony".parse().unwrap();
        let online = SessionEvent::Online { jid, resumed: false, security: "TLS 1.3".to_owned() };
        scene.take(Event::Session(online));
        scene.take(Event::Contact(contact(0, true)));
        for number in 1..CONTACTS {
            scene.take(Event::Contact(contact(number, number.is_multiple_of(2))));
        }
        scene.take(Event::RosterComplete);
        scene.draw();
        scene
    }

    /// Something happens that is not measured.
    pub(crate) fn take(&mut self, event: Event) {
        self.effects = update(&mut self.model, now(), Msg::Client(self.account, event));
    }

    /// Keys that are not measured, written like `hello<Enter>`.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys_of(keys) {
            self.effects = update(&mut self.model, now(), Msg::Key(key.parse().unwrap()));
        }
        self.draw();
    }

    /// From a key to the screen.
    pub(crate) fn frame_of_key(&mut self, key: &str) -> Duration {
        self.frame(Msg::Key(key.parse().unwrap()))
    }

    /// From something that a client tells to the screen.
    pub(crate) fn frame_of(&mut self, event: Event) -> Duration {
        self.frame(Msg::Client(self.account, event))
    }

    fn frame(&mut self, msg: Msg) -> Duration {
        let (moment, began) = (now(), Instant::now());
        self.effects = update(&mut self.model, moment, msg);
        self.draw();
        began.elapsed()
    }

    fn draw(&mut self) {
        settle(&mut self.model);
        let model = &self.model;
        self.terminal
            .draw(|frame| {
                draw(model, frame.buffer_mut());
            })
            .unwrap();
    }
}

fn keys_of(keys: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|inside| inside.split_once('>'));
        let (key, after) = match named {
            Some((key, after)) => (key.to_owned(), after),
            None => (first.to_string().replace(' ', "Space"), &rest[first.len_utf8()..]),
        };
        all.push(key);
        rest = after;
    }
    all
}

fn now() -> Moment {
    Moment { instant: Instant::now(), wall: SystemTime::now() }
}

/// Romeo is the first of them.
pub(crate) fn contact(number: u64, is_there: bool) -> Contact {
    let jid = if number == 0 { super::archive::romeo() } else { format!("{number}@montague.lit").parse().unwrap() };
    let resource = Resource {
        jid: jid.with_resource_str("orchard").unwrap(),
        show: Show::Available,
        status: None,
        priority: 0,
        since: SystemTime::UNIX_EPOCH,
        takes_files: None,
        idle_since: None,
    };
    Contact {
        name: Some(if number == 0 { "Romeo".to_owned() } else { format!("Montague the {number}th") }),
        groups: vec![format!("House {}", number % 40)],
        subscription: Subscription::Both,
        asked: false,
        nick: None,
        last_seen: None,
        resources: is_there.then_some(resource).into_iter().collect(),
        jid,
    }
}

/// Something that Romeo says now.
pub(crate) fn message(number: u64) -> ChatMessage {
    ChatMessage {
        with: super::archive::romeo(),
        author: balcony::engine::event::Author::Contact("romeo@montague.lit/orchard".parse().unwrap()),
        id: Some(format!("live-{number}")),
        body: super::archive::body(number),
        at: super::archive::minute(super::archive::MESSAGES + number),
        delayed: false,
        reply: None,
        hints: balcony::engine::history::Hints::default(),
    }
}
