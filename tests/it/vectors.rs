//! The conformance vectors of `assets/si-multiple.md`, played against an engine in each of their roles.
//!
//! The document is the fixture: its stanzas are the peer's and what is expected of ours, its conversations are the
//! scenarios. Words in capitals are whatever stood there first.

mod schema;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use balcony::engine::Input;
use balcony::xep::ns;
use balcony::xep::stanza::set;
use minidom::Element;

use crate::support::engine::{parse, written};
use crate::support::network::Way;
use crate::support::pair::{JULIET, LONG, Pair, ROMEO};
use crate::support::server::Proxy;

const DOCUMENT: &str = include_str!("../../assets/si-multiple.md");

/// As long as a stanza needs from one side to the other and back, and less than anybody's patience.
const A_MOMENT: Duration = Duration::from_secs(1);

#[test]
fn an_initiator_says_what_the_vectors_of_the_document_expect() {
    play_all("initiator");
}

#[test]
fn a_responder_says_what_the_vectors_of_the_document_expect() {
    play_all("responder");
}

fn play_all(role: &'static str) {
    let stanzas = stanzas();
    let vectors: Vec<Vector> = vectors().into_iter().filter(|vector| vector.roles.contains(role)).collect();
    assert!(vectors.len() > 5, "the document has lost its vectors");
    for vector in vectors {
        Play::of(role, vector.title).run(&vector, &stanzas);
    }
}

/// A conversation of the document.
struct Vector {
    title: &'static str,
    roles: &'static str,
    lines: Vec<&'static str>,
}

/// The blocks under "Stanzas", by their names.
fn stanzas() -> BTreeMap<&'static str, &'static str> {
    headed_stanzas().map(|(head, xml)| (head.split('`').nth(1).expect("a name"), xml)).collect()
}

/// The blocks under "Stanzas", each with the line before it: its name, and what is wrong with it if anything is.
fn headed_stanzas() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut blocks = section("### Stanzas", "### Conversations").split("```");
    std::iter::from_fn(move || {
        let (head, block) = (blocks.next()?, blocks.next()?);
        let xml = block.strip_prefix("xml\n").expect("only stanzas are quoted there");
        Some((head.trim(), xml.trim()))
    })
}

/// The blocks under "Conversations", each after its title and roles.
fn vectors() -> Vec<Vector> {
    let mut blocks = section("### Conversations", "## 13.").split("```");
    let mut vectors = Vec::new();
    while let (Some(head), Some(block)) = (blocks.next(), blocks.next()) {
        let (title, why) = head.trim().trim_start_matches('*').split_once("**").expect("a title");
        let (_, roles) = why.split_once("Roles: ").expect("roles");
        vectors.push(Vector { title, roles, lines: block.lines().skip(1).collect() });
    }
    vectors
}

fn section(from: &str, to: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(from).expect("the document has this section");
    rest.split_once(to).expect("and this one after it").0
}

/// Romeo's server has a proxy that joins nobody.
const IDLE_PROXY: &str = "(the proxy does not activate the stream)";

/// Who knows a stream's name that is none of theirs.
const STRANGER: &str = "tybalt@capulet.lit/street";

/// One vector with one side played by an engine.
struct Play {
    role: &'static str,
    title: &'static str,
    pair: Pair,
    /// What the engine said and the vector has not come to.
    said: Rc<RefCell<VecDeque<Element>>>,
    /// What the words in capitals stand for.
    meanings: BTreeMap<String, String>,
    /// Where the peer's streamhost would be.
    host: &'static str,
}

impl Play {
    /// Romeo's engine begins, or Juliet's answers. The other's engine tells what it can do, and hears nothing else.
    fn of(role: &'static str, title: &'static str) -> Self {
        let mut pair = Pair::new();
        let said = Rc::new(RefCell::new(VecDeque::new()));
        let heard = Rc::clone(&said);
        let (me, peer) = if role == "initiator" { (ROMEO, JULIET) } else { (JULIET, ROMEO) };
        let peer = pair.world.nodes[peer].jid.to_string();
        pair.world.nodes[me].quirk = Some(Box::new(move |way, stanza| {
            let is_to_others = stanza.attr("to").is_some_and(|to| to == peer || to == STRANGER);
            if way == Way::In || stanza.name() != "iq" || !is_to_others || is_lookup(&stanza) {
                return vec![(way, stanza)];
            }
            heard.borrow_mut().push_back(stanza);
            Vec::new()
        }));
        Play { role, title, pair, said, meanings: BTreeMap::new(), host: "" }
    }

    fn run(mut self, vector: &Vector, stanzas: &BTreeMap<&'static str, &'static str>) {
        if vector.lines.contains(&IDLE_PROXY) {
            let mut proxy = Proxy::new();
            proxy.activates = false;
            self.pair.add_proxy(proxy);
        }
        if self.role == "initiator" {
            self.pair.offer(5000);
        }
        let is_silent = vector.lines.contains(&"(nobody answers at the streamhosts)");
        self.host = if is_silent { "203.0.113.5" } else { "192.0.2.77" };
        for line in &vector.lines {
            match line.split_once(": ") {
                None => self.happens(line),
                Some((who, what)) if who == self.role => self.expect(what, stanzas[what]),
                Some((who, what)) => self.hear(who, stanzas[what]),
            }
        }
    }

    /// Something happens beside the stanzas.
    fn happens(&mut self, what: &str) {
        match what {
            "(the user accepts)" => self.pair.accept(),
            "(the user declines)" => self.pair.decline(),
            "(time passes)" => self.pair.pass(LONG),
            IDLE_PROXY | "(no streamhost can be reached)" | "(nobody answers at the streamhosts)" => {}
            "(nothing follows)" => {
                self.pair.pass(LONG);
                let said: Vec<Element> = self.said.borrow_mut().drain(..).collect();
                assert!(said.is_empty(), "{}: more is said: {}", self.title, written(&said));
            }
            other => panic!("{}: nobody knows how {other} happens", self.title),
        }
    }

    /// The next thing the engine says is this.
    fn expect(&mut self, what: &str, expected: &str) {
        self.pair.pass(A_MOMENT);
        let said = self.said.borrow_mut().pop_front();
        let said = said.unwrap_or_else(|| panic!("{}: no {what} is said", self.title));
        let is_it = is_at_least(&said, &parse(expected), &mut self.meanings);
        assert!(is_it, "{}: this is no {what}: {}\n{:?}", self.title, String::from(&said), self.meanings);
    }

    /// Somebody else says this to the engine.
    fn hear(&mut self, who: &str, what: &str) {
        let (me, peer) = if self.role == "initiator" { (ROMEO, JULIET) } else { (JULIET, ROMEO) };
        let peer = self.pair.world.nodes[peer].jid.to_string();
        let mut stanza = self.spoken(what, &peer);
        set(&mut stanza, "from", if who == "stranger" { STRANGER } else { &peer });
        set(&mut stanza, "to", self.pair.world.nodes[me].jid.as_str());
        self.pair.world.tell(me, Input::Stanza(stanza));
        self.pair.pass(A_MOMENT);
    }

    /// A stanza of the document as somebody really says it: words in capitals, which are whole attributes, have a meaning.
    fn spoken(&mut self, what: &str, speaker: &str) -> Element {
        let part = |(at, part): (usize, &str)| {
            if at % 2 == 0 || !is_open(part) {
                return part.to_owned();
            }
            let meaning = self.meanings.entry(part.to_owned()).or_insert_with(|| match part {
                "JID" => speaker.to_owned(),
                "HOST" => self.host.to_owned(),
                "PORT" | "SIZE" => "4096".to_owned(),
                other => other.to_lowercase(),
            });
            meaning.clone()
        };
        parse(&what.split('\'').enumerate().map(part).collect::<Vec<_>>().join("'"))
    }
}

/// Whether a stanza asks or tells what somebody can do.
fn is_lookup(stanza: &Element) -> bool {
    stanza.children().any(|payload| payload.has_ns(ns::DISCO_INFO) || payload.has_ns(ns::DISCO_ITEMS))
}

/// Whether `said` has everything that `expected` has, like things in the same order.
fn is_at_least(said: &Element, expected: &Element, meanings: &mut BTreeMap<String, String>) -> bool {
    let is_same = said.is(expected.name(), expected.ns().as_str());
    let has_attributes = expected
        .attrs()
        .iter()
        .all(|((_, name), value)| said.attr(name.as_str()).is_some_and(|said| means(said, value, meanings)));
    let text = expected.text();
    let has_text = text.trim().is_empty() || said.text() == text;
    is_same && has_attributes && has_text && has_children(said, expected, meanings)
}

fn has_children(said: &Element, expected: &Element, meanings: &mut BTreeMap<String, String>) -> bool {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    expected.children().all(|child| {
        let after = found.get(child.name()).map_or(0, |at| at + 1);
        let mut candidates = said.children().enumerate().skip(after);
        let is_it = |candidate: &Element, meanings: &mut BTreeMap<String, String>| {
            let mut supposed = meanings.clone();
            let is_it = is_at_least(candidate, child, &mut supposed);
            if is_it {
                *meanings = supposed;
            }
            is_it
        };
        match candidates.find(|(_, candidate)| is_it(candidate, meanings)) {
            Some((at, _)) => found.insert(child.name(), at).is_none_or(|before| before < at),
            None => false,
        }
    })
}

/// Whether a value is what was expected: the same, or what a word in capitals stood for before, if for anything.
fn means(said: &str, expected: &str, meanings: &mut BTreeMap<String, String>) -> bool {
    if !is_open(expected) {
        return said == expected;
    }
    meanings.entry(expected.to_owned()).or_insert_with(|| said.to_owned()) == said
}

/// The words that stand for anything.
fn is_open(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_uppercase())
        && value.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit())
}
