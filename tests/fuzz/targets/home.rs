//! One engine at home: its shell and its clock behave, its server and its peers say what the input says.
//!
//! Whatever comes, the [`Ledger`] is kept, the next deadline lies ahead, and what is open is bounded.

mod ledger;
pub(crate) mod shell;

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use balcony::client::clock;
use balcony::engine::command::Command;
use balcony::engine::context::Settings;
use balcony::engine::event::{Event, StopReason, TransferId};
use balcony::engine::{Engine, Fingerprint, Input, Moment, Output, Session};
use balcony::xep::StreamId;
use balcony::xep::bytestreams::destination_address;
use balcony::xep::ns;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;

use ledger::Ledger;
use shell::Shell;

/// Whose engine it is.
pub(crate) const JULIET: &str = "juliet@capulet.lit/balcony";

/// A contact.
pub(crate) const ROMEO: &str = "romeo@montague.lit/orchard";

/// The contacts.
const ROSTER: &str = "<iq xmlns='jabber:client' type='result' id='ID'><query xmlns='jabber:iq:roster'>\
    <item jid='romeo@montague.lit' subscription='both'/><item jid='nurse@capulet.lit' subscription='both'/></query></iq>";

/// As many of our requests as are remembered; the engine itself bounds how many there are.
const MOST_REQUESTS: usize = 256;

/// Connections at a time: 64 strangers, 8 guests for each of the transfers, and what those dial.
const MOST_SOCKETS: usize = 1024;

/// Files at a time: of every offer that may wait, and of as many wishes as a script has lines.
const MOST_FILES: usize = 512;

/// How often an engine may want to be woken while something is waited for; then the machine slept.
const MOST_TICKS: usize = 200;

/// The engine and its world.
pub(crate) struct Home {
    engine: Engine,
    now: Moment,
    pub(crate) shell: Shell,
    ledger: Ledger,
    /// What the engine asked and nobody answered, the oldest first.
    requests: VecDeque<Element>,
    /// The name of the last stream that anybody offered.
    stream: String,
    undelivered: Vec<Element>,
    /// What the user is told and has not looked at.
    pub(crate) news: Vec<Event>,
}

impl Home {
    /// Juliet's, before anything has happened.
    pub(crate) fn new() -> Self {
        let now = Moment { wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000), ..clock::now() };
        let mut settings = Settings::new(BareJid::new("juliet@capulet.lit").unwrap());
        settings.key = Some(Fingerprint([7; 32]));
        settings.proxies = vec![Jid::new("proxy.capulet.lit").unwrap()];
        let mut last = 0;
        let entropy = Box::new(move || {
            last += 1;
            last
        });
        Home {
            engine: Engine::new(settings, entropy, now),
            now,
            shell: Shell::default(),
            ledger: Ledger::default(),
            requests: VecDeque::new(),
            stream: String::new(),
            undelivered: Vec::new(),
            news: Vec::new(),
        }
    }

    /// Juliet is logged in, and Romeo is there.
    pub(crate) fn online() -> Self {
        let mut home = Home::new();
        home.session(false);
        while home.requests.front().is_some_and(|asked| !asked.has_child("query", ns::ROSTER)) {
            home.requests.rotate_left(1);
        }
        home.receive(ROSTER);
        home.receive(&format!("<presence xmlns='jabber:client' from='{ROMEO}'/>"));
        home
    }

    /// A session begins, or goes on.
    pub(crate) fn session(&mut self, resumed: bool) {
        let (jid, local) = (FullJid::new(JULIET).unwrap(), "192.0.2.2:40000".parse().ok());
        let security = "TLS 1.3".to_owned();
        self.tell(Input::Session(Session::Online {
            jid,
            resumed,
            security,
            local,
            largest_stanza: 250_000,
            client_state: true,
            roster_versions: true,
        }));
    }

    /// The connection to the server is lost.
    pub(crate) fn lose_session(&mut self) {
        let why = "the connection broke".to_owned();
        self.tell(Input::Session(Session::Offline { why, retry_in: Duration::from_secs(1) }));
    }

    /// It is gone for good.
    pub(crate) fn stop(&mut self) {
        self.tell(Input::Session(Session::Stopped { why: StopReason::Requested }));
    }

    /// What was sent last never arrived.
    pub(crate) fn hand_back(&mut self) {
        let lost = std::mem::take(&mut self.undelivered);
        self.tell(Input::Undelivered(lost));
    }

    /// The user wants something.
    pub(crate) fn command(&mut self, command: Command) {
        self.ledger.by_hand = matches!(command, Command::SendRaw(_));
        self.tell(Input::Command(command));
        self.ledger.by_hand = false;
    }

    /// The server sends this, if it is a stanza. `SID` is the last stream's name, `ID` that of our oldest request, `WHO`
    /// whom that went to.
    pub(crate) fn receive(&mut self, xml: &str) {
        let (id, who) = match self.requests.front() {
            Some(asked) => (asked.attr("id").unwrap_or_default(), asked.attr("to").unwrap_or("juliet@capulet.lit")),
            None => ("", ROMEO),
        };
        let xml = xml.replace("SID", &self.stream).replace("ID", id).replace("WHO", who);
        let Ok(stanza) = Element::from_reader_with_prefixes(xml.as_bytes(), ns::CLIENT.to_owned()) else { return };
        if self.requests.front().is_some_and(|asked| is_answer(&stanza, asked)) {
            self.requests.pop_front();
        }
        self.ledger.came(&stanza);
        self.note_stream(&stanza);
        let from = stanza.attr("from").and_then(|from| Jid::new(from).ok()).map(|from| from.to_bare());
        let before = self.shell.appended;
        let is_error = stanza.attr("type") == Some("error");
        self.ledger.ended();
        self.tell(Input::Stanza(stanza));
        if let Some(from) = from.filter(|from| from.node().is_some() && from.as_str() != "juliet@capulet.lit") {
            assert!(self.shell.appended <= before + 1 || is_error, "one stanza brings more than one block");
            let others: Vec<_> = self.ledger.ended().into_iter().filter(|peer| *peer != from).collect();
            assert!(others.is_empty(), "what {from} says ends transfers with {others:?}");
        }
    }

    fn note_stream(&mut self, stanza: &Element) {
        let named = stanza.children().filter(|payload| payload.name() == "si").find_map(|si| si.attr("id"));
        if let Some(stream) = named.filter(|stream| stream.len() < 100 && !stream.contains(['\'', '<', '&'])) {
            stream.clone_into(&mut self.stream);
        }
    }

    /// The oldest request is answered as others would.
    pub(crate) fn answer(&mut self) {
        let Some(asked) = self.requests.front() else { return };
        let payload = asked.children().next().map(answer).unwrap_or_default();
        self.receive(&format!("<iq type='result' id='ID' from='WHO'>{payload}</iq>"));
    }

    /// Every request is answered until our offer is the oldest of those that are not.
    pub(crate) fn answer_until_offered(&mut self) {
        while self.requests.front().is_some_and(|asked| !asked.has_child("si", ns::SI)) {
            self.answer();
        }
    }

    /// Something happens.
    pub(crate) fn tell(&mut self, input: Input) {
        let mut due = VecDeque::from([input]);
        while let Some(input) = due.pop_front() {
            self.ledger.next_input();
            self.engine.handle(input, self.now);
            while let Some(output) = self.engine.poll_output() {
                self.ledger.output();
                self.perform(output);
            }
            let wake = self.engine.poll_timeout();
            assert!(wake.is_none_or(|wake| wake > self.now.instant), "a deadline is in the past");
            due.extend(self.shell.tells());
        }
        assert!(self.shell.sockets().len() < MOST_SOCKETS, "more than {MOST_SOCKETS} connections");
        assert!(self.shell.open_files() < MOST_FILES, "more than {MOST_FILES} files");
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Send { stanza, .. } => self.sent(stanza),
            Output::Event(event) => {
                self.ledger.told(&event);
                self.news.push(event);
            }
            Output::Socket(order) => self.shell.socket(order),
            Output::File(file, order) => self.shell.file(file, order),
            Output::Connect
            | Output::TellPassword
            | Output::Disconnect
            | Output::Reach(_)
            | Output::Journal(_)
            | Output::History(_) => {}
        }
    }

    fn sent(&mut self, stanza: Element) {
        self.ledger.went(&stanza);
        self.note_stream(&stanza);
        if stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set")) {
            self.requests.push_back(stanza.clone());
            self.requests.truncate(MOST_REQUESTS);
        }
        if self.undelivered.len() < MOST_REQUESTS {
            self.undelivered.push(stanza);
        }
    }

    /// Time passes, with a tick whenever the engine wants one.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now.instant + time;
        for _ in 0..MOST_TICKS {
            let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) else { break };
            self.jump_to(due);
            self.tell(Input::Tick);
        }
        self.jump_to(end);
        self.tell(Input::Tick);
    }

    fn jump_to(&mut self, instant: Instant) {
        self.now.wall += instant.saturating_duration_since(self.now.instant);
        self.now.instant = instant;
    }

    /// When it is.
    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// Every transfer that has not ended, the oldest first.
    pub(crate) fn transfers(&self) -> Vec<TransferId> {
        self.ledger.transfers()
    }

    /// What is to be asked for to be let in to the last stream that we offered, or that Romeo did.
    pub(crate) fn destination(&self, we_offered: bool) -> String {
        let (romeo, juliet) = (Jid::new(ROMEO).unwrap(), Jid::new(JULIET).unwrap());
        let (requester, target) = if we_offered { (juliet, romeo) } else { (romeo, juliet) };
        destination_address(&StreamId(self.stream.clone()), &requester, &target)
    }

    /// The user stops everything; then nothing is left open.
    pub(crate) fn end(&mut self) {
        self.pass(Duration::from_mins(2));
        for transfer in self.ledger.transfers() {
            let partial = balcony::engine::command::KeepPartial::No;
            self.command(Command::CancelTransfer { transfer, partial });
        }
        let left = self.ledger.transfers();
        assert!(left.is_empty(), "{left:?} cannot be stopped");
        self.pass(Duration::from_mins(2));
        assert_eq!(self.shell.open_files(), 0, "files are open that belong to nothing");
        assert_eq!(self.shell.sockets().len(), 0, "connections are open that belong to nothing");
        assert!(!self.shell.is_listening(), "there is a listener for nothing");
    }
}

fn is_answer(stanza: &Element, asked: &Element) -> bool {
    stanza.name() == "iq"
        && matches!(stanza.attr("type"), Some("result" | "error"))
        && stanza.attr("id") == asked.attr("id")
}

/// What programs that can do everything say to that.
fn answer(payload: &Element) -> String {
    if payload.is("query", ns::DISCO_INFO) {
        let can = [ns::SI, ns::SI_FILE, ns::BYTESTREAMS, ns::IBB, ns::SI_MULTIPLE];
        let features = can.map(|feature| format!("<feature var='{feature}'/>")).concat();
        return format!("<query xmlns='{}'>{features}</query>", ns::DISCO_INFO);
    }
    if payload.is("si", ns::SI) {
        return format!(
            "<si xmlns='{}'><feature xmlns='{}'><x xmlns='{}' type='submit'><field var='stream-method'>\
             <value>{}</value></field></x></feature></si>",
            ns::SI,
            ns::FEATURE_NEG,
            ns::DATA_FORMS,
            ns::IBB
        );
    }
    if payload.is("query", ns::BYTESTREAMS) {
        return format!("<query xmlns='{}'><streamhost-used jid='{JULIET}'/></query>", ns::BYTESTREAMS);
    }
    String::new()
}
