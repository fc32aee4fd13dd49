//! Which of many streamhosts a target ends up at: how soon, by how many connections, and what its user sees.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use balcony::engine::command::{Command, TransferId};
use balcony::engine::event::{AttemptState, Event, TransferChange};
use balcony::engine::{CloseReason, Input, Output, SocketEvent, SocketId, SocketOrder};
use minidom::Element;

use crate::support::engine::Subject;

const ROMEO: &str = "romeo@montague.lit/orchard";
const PROXY: &str = "proxy.montague.lit";
const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";

/// A stream name that tells nothing about who made it up.
const ANYBODY: &str = "vxf9n471bn46";

/// There and back.
const ROUND_TRIP: Duration = Duration::from_millis(40);

/// What a connection to a streamhost meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meets {
    /// Nothing ever comes back.
    Silence,
    /// It is refused.
    Refusal,
    /// It is made, and nothing is ever said.
    Muteness,
    /// It is greeted, and what it asks for is not answered.
    HalfAnAnswer,
    /// All goes well.
    Welcome,
}

/// Juliet, who was told of streamhosts, and what she does about them.
struct Street {
    juliet: Subject,
    /// At which port Romeo listens.
    port: u16,
    meets: BTreeMap<String, Meets>,
    /// What comes back, and when.
    due: BTreeMap<(Duration, usize), SocketEvent>,
    counted: usize,
    passed: Duration,
    dialled: Vec<(Duration, String)>,
    hosts: BTreeMap<SocketId, String>,
    open: BTreeSet<SocketId>,
    /// The most connections at once, the most that had named the stream at once.
    most_open: usize,
    asked: BTreeSet<SocketId>,
    most_asked: usize,
    pumped: Option<SocketId>,
    answer: Option<Element>,
}

impl Street {
    /// Romeo has offered a file by that stream, and Juliet took it.
    fn new(sid: &str) -> Self {
        let mut street = Street {
            juliet: Subject::online("<item jid='romeo@montague.lit' subscription='both'/>"),
            port: 5086,
            meets: BTreeMap::new(),
            due: BTreeMap::new(),
            counted: 0,
            passed: Duration::ZERO,
            dialled: Vec::new(),
            hosts: BTreeMap::new(),
            open: BTreeSet::new(),
            most_open: 0,
            asked: BTreeSet::new(),
            most_asked: 0,
            pumped: None,
            answer: None,
        };
        street.takes(1, sid);
        street
    }

    /// Romeo offers a file by that stream, the first, the second…, and Juliet takes it.
    fn takes(&mut self, number: u64, sid: &str) {
        self.juliet.receive(&format!(
            "<iq type='set' id='offer' from='{ROMEO}'><si xmlns='http://jabber.org/protocol/si' id='{sid}' \
             profile='http://jabber.org/protocol/si/profile/file-transfer'>\
             <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.txt' size='1000'/>\
             <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
             <field var='stream-method' type='list-single'><option><value>{BYTESTREAMS}</value></option>\
             </field></x></feature></si></iq>"
        ));
        self.juliet.command(Command::AcceptOffer { transfer: TransferId(number), save_as: None });
        self.juliet.create_file(number);
        self.juliet.look();
        self.answer = None;
    }

    /// Romeo lists streamhosts, and all that follows happens; how long that took.
    fn runs(&mut self, sid: &str, hosts: &[(&str, &str, Meets)]) -> Duration {
        let port = self.port;
        let listed =
            hosts.iter().map(|(jid, host, _)| format!("<streamhost jid='{jid}' host='{host}' port='{port}'/>"));
        let listed: Vec<String> = listed.collect();
        let listed = listed.concat();
        self.meets = hosts.iter().map(|(_, host, meets)| ((*host).to_owned(), *meets)).collect();
        self.juliet.receive(&format!(
            "<iq type='set' id='hosts' from='{ROMEO}'><query xmlns='{BYTESTREAMS}' sid='{sid}'>{listed}</query></iq>"
        ));
        self.look();
        while self.answer.is_none() {
            let next = self.due.keys().next().map(|(at, _)| *at);
            let wake = self.juliet.next_wake().map(|wake| self.passed + wake);
            let at = next.into_iter().chain(wake).min().expect("something is awaited");
            self.juliet.pass(at.saturating_sub(self.passed));
            self.passed = at;
            if next == Some(at) {
                let (_, event) = self.due.pop_first().unwrap();
                self.happens(event);
            }
            self.look();
        }
        self.passed
    }

    /// Nothing is told of a connection that Juliet has closed.
    fn happens(&mut self, event: SocketEvent) {
        let (SocketEvent::Connected { socket } | SocketEvent::Data { socket, .. } | SocketEvent::Closed { socket, .. }) =
            &event
        else {
            return;
        };
        let is_end = matches!(event, SocketEvent::Closed { .. });
        let is_open = if is_end { self.open.remove(socket) } else { self.open.contains(socket) };
        if is_open {
            self.juliet.feed(Input::Socket(event));
        }
    }

    fn look(&mut self) {
        for output in self.juliet.others() {
            let Output::Socket(order) = output else { continue };
            match order {
                SocketOrder::Dial { socket, host, port, .. } if port == self.port => self.dial(socket, host),
                SocketOrder::Write { socket, bytes } => self.write(socket, &bytes),
                SocketOrder::Close { socket } => {
                    self.open.remove(&socket);
                    self.asked.remove(&socket);
                }
                SocketOrder::Pump(pump) => self.pumped = Some(pump.socket),
                _ => {}
            }
        }
        self.answer =
            self.answer.take().or_else(|| self.juliet.sent().into_iter().find(|iq| iq.attr("id") == Some("hosts")));
    }

    fn dial(&mut self, socket: SocketId, host: String) {
        self.dialled.push((self.passed, host.clone()));
        self.open.insert(socket);
        self.most_open = self.most_open.max(self.open.len());
        match self.meets[&host] {
            Meets::Silence => {}
            Meets::Refusal => self.comes(SocketEvent::Closed { socket, why: CloseReason::Refused }),
            Meets::Muteness | Meets::HalfAnAnswer | Meets::Welcome => self.comes(SocketEvent::Connected { socket }),
        }
        self.hosts.insert(socket, host);
    }

    fn write(&mut self, socket: SocketId, bytes: &[u8]) {
        let is_greeting = bytes == [5, 1, 0];
        if !is_greeting {
            self.asked.insert(socket);
            self.most_asked = self.most_asked.max(self.asked.len());
        }
        match (self.meets[&self.hosts[&socket]], is_greeting) {
            (Meets::Welcome | Meets::HalfAnAnswer, true) => self.comes(SocketEvent::Data { socket, bytes: vec![5, 0] }),
            (Meets::Welcome, false) => {
                let reply = [&[5, 0, 0], &bytes[3..]].concat();
                self.comes(SocketEvent::Data { socket, bytes: reply });
            }
            (Meets::Silence | Meets::Refusal | Meets::Muteness | Meets::HalfAnAnswer, _) => {}
        }
    }

    fn comes(&mut self, event: SocketEvent) {
        self.counted += 1;
        self.due.insert((self.passed + ROUND_TRIP, self.counted), event);
    }

    /// Whose streamhost Juliet named.
    fn named(&self) -> Option<&str> {
        let query = self.answer.as_ref()?.get_child("query", BYTESTREAMS)?;
        query.get_child("streamhost-used", BYTESTREAMS)?.attr("jid")
    }

    /// Where the bytes come from; nothing else is open then.
    fn winner(&self) -> Option<&str> {
        let pumped = self.pumped?;
        assert_eq!(self.open, BTreeSet::from([pumped]), "losers are closed");
        Some(&self.hosts[&pumped])
    }

    /// What became of each try, as the user sees it in the end.
    fn verdicts(&mut self) -> Vec<String> {
        let mut verdicts = BTreeMap::new();
        for event in self.juliet.events() {
            if let Event::Transfer { change: TransferChange::Attempt(attempt), .. } = event {
                let verdict = match attempt.state {
                    AttemptState::Trying { doing, .. } => doing,
                    AttemptState::Failed { reason } => reason,
                    AttemptState::Active { .. } => "active".to_owned(),
                };
                verdicts.insert(attempt.index, verdict);
            }
        }
        verdicts.into_values().collect()
    }
}

/// Seven that are like this, and the eighth as it should be.
fn seven(meets: Meets) -> Vec<(&'static str, &'static str, Meets)> {
    let hosts = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7"];
    let mut listed: Vec<_> = hosts.into_iter().map(|host| (ROMEO, host, meets)).collect();
    listed.push((ROMEO, "192.0.2.8", Meets::Welcome));
    listed
}

#[test]
fn the_last_of_eight_wins_within_a_second_although_seven_are_silent() {
    for meets in [Meets::Silence, Meets::Muteness, Meets::Refusal] {
        let mut street = Street::new(ANYBODY);
        let took = street.runs(ANYBODY, &seven(meets));
        assert!(took < Duration::from_secs(1), "{meets:?}: {took:?}");
        assert_eq!((street.named(), street.winner()), (Some(ROMEO), Some("192.0.2.8")));
    }
}

#[test]
fn a_host_that_answers_half_holds_up_the_others_of_its_listener_only_for_a_moment() {
    let mut street = Street::new(ANYBODY);
    let took = street.runs(ANYBODY, &seven(Meets::HalfAnAnswer));
    assert!(took < Duration::from_millis(4500), "{took:?}");
    assert_eq!(street.winner(), Some("192.0.2.8"));
    assert_eq!(street.most_asked, 1, "no two connections to one listener ask for the same stream");
}

#[test]
fn one_that_fails_makes_room_for_the_next_at_once() {
    let mut street = Street::new(ANYBODY);
    let took = street.runs(ANYBODY, &seven(Meets::Refusal));
    assert_eq!(took, ROUND_TRIP * 10, "seven refusals and a handshake of three round trips");
    assert_eq!(street.most_open, 1);
}

#[test]
fn one_that_is_quick_is_the_only_one() {
    let mut street = Street::new(ANYBODY);
    street.runs(ANYBODY, &[(ROMEO, "192.0.2.1", Meets::Welcome), (ROMEO, "192.0.2.2", Meets::Welcome)]);
    assert_eq!(street.dialled.len(), 1);
    assert_eq!(street.verdicts(), ["active"]);
}

#[test]
fn every_try_is_shown_with_what_became_of_it() {
    let mut street = Street::new(ANYBODY);
    let hosts = [
        (ROMEO, "192.0.2.1", Meets::Silence),
        (ROMEO, "192.0.2.2", Meets::Refusal),
        (PROXY, "192.0.2.3", Meets::Welcome),
    ];
    street.runs(ANYBODY, &hosts);
    assert_eq!(street.named(), Some(PROXY));
    assert_eq!(street.verdicts(), ["another was faster", "refused", "active"]);
}

#[test]
fn a_proxy_lets_the_requester_itself_go_first() {
    let mut street = Street::new(ANYBODY);
    street.runs(ANYBODY, &[(ROMEO, "192.0.2.1", Meets::Silence), (PROXY, "192.0.2.3", Meets::Welcome)]);
    assert_eq!(street.dialled[1], (Duration::from_millis(400), "192.0.2.3".to_owned()));
    let mut street = Street::new(ANYBODY);
    street.runs(ANYBODY, &[(ROMEO, "192.0.2.1", Meets::Refusal), (PROXY, "192.0.2.3", Meets::Welcome)]);
    assert_eq!(street.dialled[1], (ROUND_TRIP, "192.0.2.3".to_owned()), "but not longer than there is hope");
}

#[test]
fn of_thousands_of_silent_streamhosts_a_few_are_tried_within_one_budget() {
    let hosts: Vec<String> = (0..3000).map(|i| format!("203.0.{}.{}", i / 250, i % 250)).collect();
    for sid in [ANYBODY, "purple1"] {
        for meets in [Meets::Silence, Meets::Muteness, Meets::HalfAnAnswer] {
            let listed: Vec<_> = hosts.iter().map(|host| (ROMEO, host.as_str(), meets)).collect();
            let mut street = Street::new(sid);
            let took = street.runs(sid, &listed);
            assert!(took <= Duration::from_millis(4500), "{meets:?}: {took:?}");
            assert!(street.dialled.len() <= 8, "{}", street.dialled.len());
            assert!(street.open.is_empty());
            assert_eq!(street.named(), None);
        }
    }
}

#[test]
fn one_place_is_never_connected_to_twice() {
    let mut street = Street::new(ANYBODY);
    let listed: Vec<_> = ["192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]"]
        .map(|host| (ROMEO, host, Meets::Silence))
        .into_iter()
        .chain([(PROXY, "192.0.2.1", Meets::Silence)])
        .collect();
    street.runs(ANYBODY, &listed);
    assert_eq!(street.dialled.len(), 1);
}

#[test]
fn the_frail_get_one_connection_at_a_time_and_none_beside_one_that_was_made() {
    for sid in ["1795289029-3802378613", "purplee2f7e337", "BitlBeeJabberSID1", "3059"] {
        let mut street = Street::new(sid);
        street.runs(sid, &[(ROMEO, "192.0.2.1", Meets::Silence), (ROMEO, "192.0.2.2", Meets::Welcome)]);
        assert_eq!((street.most_open, street.winner()), (1, Some("192.0.2.2")), "{sid}");

        let mut street = Street::new(sid);
        let hosts = [
            (ROMEO, "192.0.2.1", Meets::Muteness),
            (ROMEO, "192.0.2.2", Meets::Welcome),
            (PROXY, "192.0.2.3", Meets::Welcome),
        ];
        street.runs(sid, &hosts);
        assert_eq!((street.most_open, street.dialled.len(), street.winner()), (1, 2, Some("192.0.2.3")), "{sid}");
    }
}

#[test]
fn a_gabble_is_also_known_by_its_features() {
    let mut street = Street::new(ANYBODY);
    street.juliet.receive(&format!("<presence from='{ROMEO}'/>"));
    street.juliet.answer(
        "http://jabber.org/protocol/disco#info",
        "<query xmlns='http://jabber.org/protocol/disco#info'>\
         <feature var='http://telepathy.freedesktop.org/xmpp/tubes'/></query>",
    );
    street.juliet.look();
    street.runs(ANYBODY, &seven(Meets::Silence));
    assert_eq!(street.most_open, 1);
}

/// A place in Juliet's own house, one that would show when it is dialled, and both in one list.
const INSIDE: &str = "192.168.1.1";
const SPY: &str = "203.0.113.66";

#[test]
fn how_a_place_inside_fails_shows_neither_in_the_answer_nor_in_when_it_comes() {
    for sid in [ANYBODY, "purple1"] {
        let outcomes = [Meets::Silence, Meets::Refusal, Meets::Muteness, Meets::HalfAnAnswer].map(|meets| {
            let mut street = Street::new(sid);
            let took = street.runs(sid, &[(ROMEO, INSIDE, meets)]);
            (took, String::from(street.answer.as_ref().unwrap()))
        });
        assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "{sid}: {outcomes:?}");
    }
}

#[test]
fn how_a_place_inside_fails_does_not_show_in_when_the_next_one_is_dialled() {
    for sid in [ANYBODY, "purple1"] {
        for spy in [(ROMEO, SPY, Meets::Welcome), (PROXY, SPY, Meets::Welcome)] {
            let dialled = [Meets::Silence, Meets::Refusal, Meets::Muteness].map(|meets| {
                let mut street = Street::new(sid);
                street.runs(sid, &[(ROMEO, INSIDE, meets), spy]);
                street.dialled
            });
            assert!(dialled.windows(2).all(|pair| pair[0] == pair[1]), "{sid}: {dialled:?}");
        }
    }
}

#[test]
fn a_place_inside_is_as_good_as_any_if_it_answers() {
    for sid in [ANYBODY, "purple1"] {
        let mut street = Street::new(sid);
        let took = street.runs(sid, &[(ROMEO, INSIDE, Meets::Welcome), (ROMEO, SPY, Meets::Welcome)]);
        assert_eq!((took, street.winner()), (ROUND_TRIP * 3, Some(INSIDE)));
    }
}

#[test]
fn one_contact_has_us_connect_to_so_many_places_within_a_minute_however_many_files_they_offer() {
    let mut street = Street::new(ANYBODY);
    for number in 0..12_u64 {
        if number > 0 {
            street.takes(number + 1, &format!("{ANYBODY}{number}"));
        }
        if number == 11 {
            street.juliet.pass(Duration::from_mins(1));
            street.dialled.clear();
        }
        let sid = if number == 0 { ANYBODY.to_owned() } else { format!("{ANYBODY}{number}") };
        let hosts: Vec<String> = (0..8).map(|last| format!("203.0.113.{}", number * 8 + last)).collect();
        let listed: Vec<_> = hosts.iter().map(|host| (ROMEO, host.as_str(), Meets::Refusal)).collect();
        street.runs(&sid, &listed);
        let most = if number == 11 { 8 } else { 64 };
        let named = usize::try_from(number + 1).unwrap() * 8;
        assert_eq!(street.dialled.len(), named.min(most), "{number}");
    }
}

#[test]
fn who_is_really_there_sends_as_many_files_within_a_minute_as_they_like_each_from_another_port() {
    let mut street = Street::new(ANYBODY);
    let elsewhere: Vec<String> = (0..8).map(|last| format!("203.0.113.{last}")).collect();
    let elsewhere: Vec<_> = elsewhere.iter().map(|host| (ROMEO, host.as_str(), Meets::Refusal)).collect();
    let home = [(ROMEO, "192.0.2.1", Meets::Welcome), elsewhere[0], elsewhere[1], elsewhere[2]];
    for number in 0..32_u64 {
        let sid = if number == 0 { ANYBODY.to_owned() } else { format!("{ANYBODY}{number}") };
        if number > 0 {
            street.port += 1;
            street.takes(number + 1, &sid);
        }
        if number < 7 {
            street.runs(&sid, &elsewhere);
            continue;
        }
        street.open.clear();
        street.pumped = None;
        street.runs(&sid, &home);
        assert_eq!(street.winner(), Some("192.0.2.1"), "{number}");
    }
}

#[test]
fn that_too_many_places_failed_is_said_once_of_each_list() {
    let mut street = Street::new(ANYBODY);
    for number in 0..9_u64 {
        let sid = if number == 0 { ANYBODY.to_owned() } else { format!("{ANYBODY}{number}") };
        if number > 0 {
            street.port += 1;
            street.takes(number + 1, &sid);
        }
        let hosts: Vec<String> = (0..8).map(|last| format!("203.0.113.{last}")).collect();
        let listed: Vec<_> = hosts.iter().map(|host| (ROMEO, host.as_str(), Meets::Refusal)).collect();
        street.juliet.events();
        street.runs(&sid, &listed);
    }
    assert_eq!(street.verdicts(), ["not tried: too many of their places failed within a minute"]);
}
