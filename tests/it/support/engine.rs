//! One engine in virtual time; the test is its server, its network and its user.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use balcony::engine::command::Command;
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, StopReason};
use balcony::engine::{Engine, FileEvent, FileId, FileIdentity, Input, Moment, Output, Session};
use jid::{BareJid, FullJid};
use minidom::Element;

/// A session begins, or goes on, with a server that knows everything and takes stanzas as large as usual.
pub(crate) fn session(jid: FullJid, resumed: bool, local: Option<SocketAddr>) -> Input {
    let security = "TLS 1.3".to_owned();
    Input::Session(Session::Online {
        jid,
        resumed,
        security,
        local,
        largest_stanza: 250_000,
        client_state: true,
        roster_versions: true,
    })
}

/// An engine, the time as it sees it, and what it did that the test has not looked at.
pub(crate) struct Subject {
    engine: Engine,
    now: Moment,
    sent: Vec<Element>,
    events: Vec<Event>,
    others: Vec<Output>,
}

impl Subject {
    /// Juliet's engine, at rest.
    pub(crate) fn juliet() -> Self {
        Self::new(Settings::new(BareJid::new("juliet@capulet.lit").unwrap()))
    }

    /// An engine with identifiers 1, 2, 3…, at rest.
    pub(crate) fn new(settings: Settings) -> Self {
        Self::in_run(0, settings)
    }

    /// The same in a later run, whose identifiers are others.
    pub(crate) fn in_run(run: u32, settings: Settings) -> Self {
        let mut last = u64::from(run) << 32;
        let entropy = Box::new(move || {
            last += 1;
            last
        });
        let now = first_moment();
        Subject {
            engine: Engine::new(settings, entropy, now),
            now,
            sent: Vec::new(),
            events: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Juliet's engine, online with this roster (`<item/>`s), everything it said so far looked at.
    pub(crate) fn online(roster: &str) -> Self {
        let mut juliet = Self::juliet();
        juliet.log_in();
        juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{roster}</query>"));
        juliet.answer("urn:xmpp:carbons:2", "");
        juliet.answer("urn:xmpp:blocking", "<blocklist xmlns='urn:xmpp:blocking'/>");
        juliet.look();
        juliet
    }

    /// A new session begins.
    pub(crate) fn log_in(&mut self) {
        self.session(false);
    }

    /// The old session goes on.
    pub(crate) fn resume(&mut self) {
        self.session(true);
    }

    fn session(&mut self, resumed: bool) {
        self.feed(session(FullJid::new("juliet@capulet.lit/balcony").unwrap(), resumed, None));
    }

    /// The connection is lost.
    pub(crate) fn lose_connection(&mut self) {
        let why = "the connection broke".to_owned();
        self.feed(Input::Session(Session::Offline { why, retry_in: Duration::from_secs(1) }));
    }

    /// The session ends for good.
    pub(crate) fn stop(&mut self) {
        self.feed(Input::Session(Session::Stopped { why: StopReason::Requested }));
    }

    /// Something happens.
    pub(crate) fn feed(&mut self, input: Input) {
        self.engine.handle(input, self.now);
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Send { stanza, .. } => self.sent.push(stanza),
                Output::Event(event) => self.events.push(event),
                other => self.others.push(other),
            }
        }
        assert!(self.engine.poll_timeout().is_none_or(|due| due > self.now.instant), "a deadline is in the past");
    }

    /// The server sends a stanza.
    pub(crate) fn receive(&mut self, xml: &str) {
        let stanza = parse(xml);
        self.feed(Input::Stanza(stanza));
    }

    /// The user wants something.
    pub(crate) fn command(&mut self, command: Command) {
        self.feed(Input::Command(command));
    }

    /// The file that a transfer asked for is made.
    pub(crate) fn create_file(&mut self, transfer: u64) {
        let path = "/downloads/a.txt".into();
        self.feed(Input::File(FileId(transfer), FileEvent::Created { path, identity: FileIdentity(1) }));
    }

    /// Time passes, with a tick whenever the engine wants one.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.jump_to(due);
            self.feed(Input::Tick);
        }
        self.jump_to(end);
    }

    fn jump_to(&mut self, instant: Instant) {
        self.now.wall += instant.saturating_duration_since(self.now.instant);
        self.now.instant = instant;
    }

    /// The time by the calendar.
    pub(crate) fn wall(&self) -> SystemTime {
        self.now.wall
    }

    /// When the engine wants to be woken, from now.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        Some(self.engine.poll_timeout()?.saturating_duration_since(self.now.instant))
    }

    /// The stanzas sent since the last look.
    pub(crate) fn sent(&mut self) -> Vec<Element> {
        std::mem::take(&mut self.sent)
    }

    /// The only stanza sent since the last look.
    #[track_caller]
    pub(crate) fn sent_one(&mut self) -> Element {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "one stanza was expected: {}", written(&sent));
        sent.remove(0)
    }

    /// The events since the last look.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The only event since the last look.
    #[track_caller]
    pub(crate) fn event(&mut self) -> Event {
        let mut events = self.events();
        assert_eq!(events.len(), 1, "one event was expected: {events:#?}");
        events.remove(0)
    }

    /// The events since the last look, without those about the session.
    pub(crate) fn news(&mut self) -> Vec<Event> {
        self.events().into_iter().filter(|event| !matches!(event, Event::Session(_))).collect()
    }

    /// What was done with files and sockets since the last look.
    pub(crate) fn others(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.others)
    }

    /// Looks at everything.
    pub(crate) fn look(&mut self) {
        self.sent.clear();
        self.events.clear();
        self.others.clear();
    }

    /// Answers the first request sent whose payload is in that namespace, as whom it asks.
    #[track_caller]
    pub(crate) fn answer(&mut self, namespace: &str, payload: &str) {
        let request = self.take_request(namespace);
        let from = request.attr("to").map(|to| format!("from='{to}'")).unwrap_or_default();
        let id = request.attr("id").unwrap();
        self.receive(&format!("<iq type='result' id='{id}' {from}>{payload}</iq>"));
    }

    /// The first request sent whose payload is in that namespace.
    #[track_caller]
    pub(crate) fn take_request(&mut self, namespace: &str) -> Element {
        let is_it = |stanza: &Element| {
            let asks = matches!(stanza.attr("type"), Some("get" | "set"));
            asks && stanza.name() == "iq" && stanza.children().any(|payload| payload.has_ns(namespace))
        };
        let found = self.sent.iter().position(is_it);
        let found = found.unwrap_or_else(|| panic!("no request of {namespace} among {}", written(&self.sent)));
        self.sent.remove(found)
    }
}

/// A stanza of a client's stream.
#[track_caller]
pub(crate) fn parse(xml: &str) -> Element {
    let name = xml.trim_start_matches('<').split([' ', '>', '/']).next().unwrap();
    let rest = xml.trim_start_matches('<').strip_prefix(name).unwrap();
    format!("<{name} xmlns='jabber:client'{rest}").parse().unwrap_or_else(|why| panic!("{xml}: {why}"))
}

/// The XML of stanzas, for messages of failed tests.
pub(crate) fn written(stanzas: &[Element]) -> String {
    stanzas.iter().map(String::from).collect::<Vec<_>>().join("\n")
}

#[expect(clippy::disallowed_methods, reason = "an instant is needed to count from; which one does not matter")]
pub(crate) fn first_moment() -> Moment {
    Moment { instant: Instant::now(), wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000) }
}
