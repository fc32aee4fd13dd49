//! Whatever comes in whatever order: nothing panics, no deadline stays in the past, every request gets one answer.

use std::collections::BTreeMap;
use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::{ChatState, Command, Show, SubscriptionAnswer};
use balcony::engine::event::Event;
use balcony::xep::ns;
use balcony::xep::stanza::{element, set, text_element};
use jid::{BareJid, Jid};
use minidom::Element;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::engine::{Subject, written};

const ROSTER: &str =
    "<item jid='romeo@montague.lit' subscription='both'/><item jid='nurse@capulet.lit' subscription='to'/>";

const FROM: &[&str] = &[
    "romeo@montague.lit",
    "romeo@montague.lit/orchard",
    "romeo@montague.lit/phone",
    "nurse@capulet.lit/hall",
    "tybalt@capulet.lit/alley",
    "juliet@capulet.lit",
    "juliet@capulet.lit/balcony",
    "juliet@capulet.lit/phone",
    "capulet.lit",
];

/// Elements that mean something to the features under test, and one that means nothing to anybody. Offers of files wait
/// for the user, so they are tested elsewhere.
const ELEMENTS: &[(&str, &str)] = &[
    ("query", ns::ROSTER),
    ("item", ns::ROSTER),
    ("group", ns::ROSTER),
    ("query", ns::DISCO_INFO),
    ("identity", ns::DISCO_INFO),
    ("feature", ns::DISCO_INFO),
    ("query", ns::DISCO_ITEMS),
    ("x", ns::DATA_FORMS),
    ("field", ns::DATA_FORMS),
    ("value", ns::DATA_FORMS),
    ("query", ns::VERSION),
    ("ping", ns::PING),
    ("c", ns::CAPS),
    ("request", ns::RECEIPTS),
    ("received", ns::RECEIPTS),
    ("composing", ns::CHAT_STATES),
    ("active", ns::CHAT_STATES),
    ("delay", ns::DELAY),
    ("sent", ns::CARBONS),
    ("received", ns::CARBONS),
    ("forwarded", ns::FORWARD),
    ("message", ns::CLIENT),
    ("body", ns::CLIENT),
    ("error", ns::CLIENT),
    ("status", ns::CLIENT),
    ("show", ns::CLIENT),
    ("priority", ns::CLIENT),
    ("service-unavailable", ns::STANZAS),
    ("nonsense", "urn:unheard-of"),
];

const REQUESTS: &[(&str, &str)] = &[
    ("query", ns::ROSTER),
    ("query", ns::DISCO_INFO),
    ("query", ns::DISCO_ITEMS),
    ("query", ns::VERSION),
    ("ping", ns::PING),
];

const ATTRIBUTES: &[&str] = &["id", "jid", "node", "ver", "hash", "var", "subscription", "stamp", "type", "from", "to"];

const VALUES: &[&str] = &[
    "",
    "1",
    "0000000000000001",
    "romeo@montague.lit/orchard",
    "tybalt@capulet.lit",
    "@",
    "sha-1",
    "QgayPKawpkPSDYmwT/WM94uAlu0=",
    "both",
    "remove",
    "chat",
    "result",
    "2001-09-09T00:00:00Z",
    "FORM_TYPE",
    "hidden",
];

fn payload() -> impl Strategy<Value = Element> {
    let attributes = || vec((select(ATTRIBUTES), select(VALUES)), 0..4);
    let named = move || (select(ELEMENTS), attributes());
    let leaf = (named(), select(VALUES)).prop_map(|(((name, namespace), attributes), text)| {
        with_attributes(text_element(name, namespace, text), &attributes)
    });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (named(), vec(inner, 0..4)).prop_map(|(((name, namespace), attributes), children)| {
            let mut parent = with_attributes(element(name, namespace), &attributes);
            for child in children {
                parent.append_child(child);
            }
            parent
        })
    })
}

fn with_attributes(mut element: Element, attributes: &[(&'static str, &str)]) -> Element {
    for (name, value) in attributes {
        set(&mut element, name, value);
    }
    element
}

/// Any stanza, and more often a request that some feature knows, for there are few of those among all that can be.
fn stanza() -> impl Strategy<Value = Element> {
    let name = select(&["iq", "message", "presence"][..]);
    let kind = select(&["get", "set", "result", "error", "chat", "unavailable", "subscribe", "groupchat", ""][..]);
    let request = (select(&["get", "set"][..]), select(REQUESTS), vec((select(ATTRIBUTES), select(VALUES)), 0..2));
    let known = request.prop_map(|(kind, (name, namespace), attributes)| {
        ("iq", kind, vec![with_attributes(element(name, namespace), &attributes)])
    });
    let content = prop_oneof![known, (name, kind, vec(payload(), 0..3))];
    (content, proptest::option::of(select(FROM))).prop_map(|((name, kind, payloads), from)| {
        let mut stanza = element(name, ns::CLIENT);
        if !kind.is_empty() {
            set(&mut stanza, "type", kind);
        }
        if let Some(from) = from {
            set(&mut stanza, "from", from);
        }
        for payload in payloads {
            stanza.append_child(payload);
        }
        stanza
    })
}

#[derive(Debug, Clone)]
enum Step {
    Receive(Element),
    /// The answer to the oldest request of ours, with this in it.
    Answer(Element),
    Wish(Command),
    LoseConnection,
    Resume,
    LogIn,
    Stop,
    HandBack,
    Pass(Duration),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => stanza().prop_map(Step::Receive),
        4 => payload().prop_map(Step::Answer),
        3 => wish().prop_map(Step::Wish),
        1 => Just(Step::LoseConnection),
        1 => Just(Step::Resume),
        1 => Just(Step::LogIn),
        1 => Just(Step::Stop),
        1 => Just(Step::HandBack),
        2 => (0..60_000_u64).prop_map(|millis| Step::Pass(Duration::from_millis(millis))),
    ]
}

fn wish() -> impl Strategy<Value = Command> {
    let contact = || select(FROM).prop_map(|jid| Jid::new(jid).unwrap().to_bare());
    prop_oneof![
        (select(FROM), any::<String>()).prop_map(|(to, body)| Command::SendMessage { to: Jid::new(to).unwrap(), body }),
        contact().prop_map(|to| Command::SetChatState { to, state: ChatState::Composing }),
        any::<Option<String>>().prop_map(|status| Command::SetPresence { show: Show::Away, status }),
        (contact(), any::<Option<String>>(), any::<Vec<String>>())
            .prop_map(|(contact, name, groups)| Command::AddContact { contact, name, groups }),
        contact().prop_map(|contact| Command::RemoveContact { contact }),
        contact().prop_map(|contact| Command::AnswerSubscription { contact, answer: SubscriptionAnswer::Approve }),
    ]
}

/// The requests that came, and how often each was answered.
#[derive(Default)]
struct Ledger {
    answers: BTreeMap<(Option<String>, String), usize>,
}

impl Ledger {
    fn came(&mut self, stanza: &Element) {
        if stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set")) {
            self.answers.insert(key(stanza, "from"), 0);
        }
    }

    fn went(&mut self, stanza: &Element) {
        if stanza.name() == "iq" && matches!(stanza.attr("type"), Some("result" | "error")) {
            *self.answers.entry(key(stanza, "to")).or_insert(100) += 1;
        }
    }
}

fn key(stanza: &Element, other: &str) -> (Option<String>, String) {
    (stanza.attr(other).map(str::to_owned), stanza.attr("id").unwrap().to_owned())
}

fn is_request(stanza: &Element) -> bool {
    stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set"))
}

fn take(juliet: &mut Subject, step: Step, sent: &mut Vec<Element>) {
    match step {
        Step::Receive(stanza) => juliet.feed(Input::Stanza(stanza)),
        Step::Answer(payload) => {
            let Some(asked) = sent.iter().position(is_request).map(|at| sent.remove(at)) else { return };
            let mut answer = element("iq", ns::CLIENT);
            set(&mut answer, "type", "result");
            set(&mut answer, "id", asked.attr("id").unwrap());
            if let Some(to) = asked.attr("to") {
                set(&mut answer, "from", to);
            }
            answer.append_child(payload);
            juliet.feed(Input::Stanza(answer));
        }
        Step::Wish(command) => juliet.command(command),
        Step::LoseConnection => juliet.lose_connection(),
        Step::Resume => juliet.resume(),
        Step::LogIn => juliet.log_in(),
        Step::Stop => {
            juliet.stop();
            juliet.log_in();
        }
        Step::HandBack => juliet.feed(Input::Undelivered(std::mem::take(sent))),
        Step::Pass(time) => juliet.pass(time),
    }
}

proptest! {
    #[test]
    fn every_request_gets_one_answer_whatever_happens(steps in vec(step(), 0..60)) {
        let mut juliet = Subject::online(ROSTER);
        let mut ledger = Ledger::default();
        let mut sent = Vec::new();
        for (index, mut step) in steps.into_iter().enumerate() {
            if let Step::Receive(stanza) = &mut step {
                set(stanza, "id", &format!("theirs-{index}"));
                ledger.came(stanza);
            }
            take(&mut juliet, step, &mut sent);
            let new = juliet.sent();
            for stanza in &new {
                ledger.went(stanza);
            }
            sent.extend(new);
            juliet.events();
        }
        let wrong: Vec<_> = ledger.answers.iter().filter(|(_, answers)| **answers != 1).collect();
        prop_assert!(wrong.is_empty(), "{wrong:?} of {}", written(&sent));
    }

    #[test]
    fn in_the_end_nothing_is_waited_for(steps in vec(step(), 0..40)) {
        let mut juliet = Subject::online(ROSTER);
        let mut sent = Vec::new();
        for step in steps {
            take(&mut juliet, step, &mut sent);
            sent.extend(juliet.sent());
        }
        juliet.pass(Duration::from_hours(1));
        prop_assert_eq!(juliet.next_wake(), None);
    }

    #[test]
    fn any_text_can_be_sent_and_is_told_once(body in any::<String>()) {
        let mut juliet = Subject::online(ROSTER);
        let to = BareJid::new("romeo@montague.lit").unwrap().into();
        juliet.command(Command::SendMessage { to, body: body.clone() });
        let stanza = juliet.sent_one();
        let parsed: Element = String::from(&stanza).parse().unwrap();
        prop_assert_eq!(&parsed, &stanza);
        match juliet.event() {
            Event::Message(message) => prop_assert_eq!(message.body, body),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
