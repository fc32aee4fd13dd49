//! Service discovery (XEP-0030): what we say we can, and what others said they can.
//!
//! # Theory of operation
//!
//! What we can is not written here: every line of [`FEATURES`] says what it `advertises`, and
//! `own_info` collects that. Everybody may ask for it: who knows our full address to ask at knows that we are there.
//!
//! What others can is in [`Peers`]. [`Peers::learn`] has an entity asked at once: somebody waits for the answer.
//! `learn_in_passing` has it asked when few questions are under way, for a roster of hundreds must not begin with
//! hundreds of questions, and not at all if somebody else who says the same hash (capabilities) answers
//! first. Every question ends with [`Feature::learnt`], also one that is refused or never answered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jid::Jid;

use super::caps::Announced;
use super::context::{Context, Settings};
use super::feature::{FEATURES, Feature, FeatureEntry, Handled, IqRequest, Response, Xep};
use super::iq::IqToken;
use super::{Session, caps};
use crate::xep::caps::Caps;
use crate::xep::disco::{Identity, Info, info_query, items_query};
use crate::xep::ns;
use crate::xep::si::Dialect;
use crate::xep::si_legacy::is_file_profile;
use crate::xep::stanza::StanzaError;

/// The line of service discovery in the registry.
pub(super) const FEATURE: FeatureEntry = FeatureEntry {
    name: "service discovery",
    xeps: &[Xep { number: "0030", title: "Service Discovery", version: "2.5.0" }],
    advertises: &[ns::DISCO_INFO, ns::DISCO_ITEMS],
    new: |_: &Settings| Box::new(Disco::default()),
};

/// A server on the way may wait this long for its own lookup of another server; a person would not wait longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Questions under way that nobody waits for. Enough to know a large roster's few distinct programs in a moment.
const IN_PASSING_AT_ONCE: usize = 4;

/// How many entities are remembered: more than a large roster's resources, some megabytes at most.
const REMEMBERED: usize = 4096;

/// How much of one answer is remembered; programs that exist have fewer than a hundred features.
const FEATURES_REMEMBERED: usize = 512;

/// A feature is a namespace; those that exist have fewer than a hundred characters.
const FEATURE_LENGTH: usize = 256;

/// What is known of the features of others.
#[derive(Debug, Default)]
pub struct Peers {
    known: BTreeMap<Jid, Knowledge>,
    announced: Announced,
    wanted: BTreeSet<Jid>,
    wanted_in_passing: BTreeSet<Jid>,
    pub(super) learnt: Vec<Jid>,
}

/// What is known of one entity's features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knowledge {
    /// It told us.
    Features(BTreeSet<String>),
    /// It was asked and did not say: refused, silent, gone.
    Unanswered,
}

impl Knowledge {
    /// Whether it told us that it can this.
    pub fn includes(&self, feature: &str) -> bool {
        match self {
            Knowledge::Features(features) => features.contains(feature),
            Knowledge::Unanswered => false,
        }
    }

    /// In which form it takes files by stream initiation, if it told us that it does. Some say the profile without
    /// saying `si`; XEP-0087 wants both.
    pub fn file_dialect(&self) -> Option<Dialect> {
        let Knowledge::Features(features) = self else { return None };
        if features.contains(ns::SI_FILE) {
            return Some(Dialect::Si);
        }
        let is_legacy = features.contains(ns::SI) && features.iter().any(|feature| is_file_profile(feature));
        is_legacy.then_some(Dialect::Legacy)
    }
}

impl Peers {
    /// What is known of that entity.
    pub fn features_of(&self, jid: &Jid) -> Option<&Knowledge> {
        self.known.get(jid)
    }

    /// What the entity's program calls itself in its capabilities.
    pub fn program_of(&self, jid: &Jid) -> Option<&str> {
        self.announced.of(jid).map(|caps| caps.node.as_str())
    }

    /// Asks that entity, unless it told us; every feature is told by `learnt` once that is decided, also if it never
    /// answers. One that did not answer before is unknown again, and asked again.
    pub fn learn(&mut self, jid: &Jid) {
        if let Some(Knowledge::Features(_)) = self.known.get(jid) {
            self.learnt.push(jid.clone());
        } else {
            self.known.remove(jid);
            self.wanted.insert(jid.clone());
        }
    }

    /// Asks that entity when there is time for it, unless it was asked before.
    pub(super) fn learn_in_passing(&mut self, jid: &Jid) {
        if !self.known.contains_key(jid) {
            self.wanted_in_passing.insert(jid.clone());
        }
    }

    /// Takes note of the capabilities in a presence; what was known of other capabilities is void.
    pub(super) fn announce(&mut self, jid: &Jid, caps: Option<Caps>) {
        if !self.announced.changes(jid, caps.as_ref()) {
            return;
        }
        self.known.remove(jid);
        if let Some(proven) = self.announced.note(jid, caps) {
            self.remember(jid, Knowledge::Features(proven));
        }
    }

    /// Somebody is gone, and may come back as somebody else.
    pub(super) fn gone(&mut self, jid: &Jid) {
        self.known.remove(jid);
        self.announced.forget(jid);
        self.wanted_in_passing.remove(jid);
    }

    /// Another session begins: everybody may have changed meanwhile. What hashes stand for stays true.
    fn forget_everybody(&mut self) {
        self.known.clear();
        self.announced.forget_everybody();
        self.wanted_in_passing.clear();
    }

    /// What everybody who announces the same as `jid` can is proven by its answer.
    fn share(&mut self, jid: &Jid, features: &BTreeSet<String>, caps: &Caps) {
        self.announced.prove(caps, features);
        for other in self.announced.who_else(jid, caps) {
            self.wanted_in_passing.remove(&other);
            self.remember(&other, Knowledge::Features(features.clone()));
            self.learnt.push(other);
        }
    }

    fn remember(&mut self, jid: &Jid, knowledge: Knowledge) {
        if self.known.len() >= REMEMBERED && !self.known.contains_key(jid) {
            self.known.pop_first();
        }
        self.known.insert(jid.clone(), knowledge);
    }
}

/// What we can, and by which identity.
pub(super) fn own_info() -> Info {
    let identity = Identity {
        category: "client".to_owned(),
        kind: "console".to_owned(),
        lang: String::new(),
        name: "Balcony".to_owned(),
    };
    let features: BTreeSet<&str> = FEATURES.iter().flat_map(|entry| entry.advertises).copied().collect();
    Info {
        node: None,
        identities: vec![identity],
        features: features.into_iter().map(str::to_owned).collect(),
        forms: Vec::new(),
    }
}

/// Answers questions about us, and asks those of [`Peers`].
#[derive(Default)]
struct Disco {
    asking: BTreeMap<IqToken, Question>,
}

/// A disco#info of ours that has no answer yet.
struct Question {
    of: Jid,
    /// What it announced when it was asked.
    caps: Option<Caps>,
    in_passing: bool,
}

impl Question {
    /// Whether its answer may prove what `caps` stand for.
    fn also_answers(&self, caps: Option<&Caps>) -> bool {
        self.caps.as_ref().zip(caps).is_some_and(|(ours, theirs)| ours.says_the_same_as(theirs))
    }
}

impl Feature for Disco {
    fn session(&mut self, session: &Session, cx: &mut Context) {
        if let Session::Online { resumed: false, .. } = session {
            cx.peers.forget_everybody();
        }
    }

    fn request(&mut self, request: IqRequest, cx: &mut Context) -> Handled {
        if request.is_set {
            return Handled::NotMine(request);
        }
        if request.payload.is("query", ns::DISCO_INFO) {
            answer_info(&request, cx);
        } else if request.payload.is("query", ns::DISCO_ITEMS) {
            answer_items(&request, cx);
        } else {
            return Handled::NotMine(request);
        }
        Handled::Yes
    }

    fn response(&mut self, token: IqToken, response: Response, cx: &mut Context) {
        let Some(question) = self.asking.remove(&token) else { return };
        let knowledge = match response {
            Response::Result(Some(query)) if query.is("query", ns::DISCO_INFO) => read_answer(&question, &query, cx),
            Response::Result(_) | Response::Error(_) | Response::Timeout | Response::Disconnected => {
                Knowledge::Unanswered
            }
        };
        cx.peers.remember(&question.of, knowledge);
        cx.peers.learnt.push(question.of);
    }

    fn settle(&mut self, cx: &mut Context) {
        while let Some(jid) = cx.peers.wanted.pop_first() {
            if self.asking.values().all(|question| question.of != jid) {
                self.ask(jid, false, cx);
            }
        }
        while self.asking.values().filter(|question| question.in_passing).count() < IN_PASSING_AT_ONCE {
            let Some(jid) = self.next_in_passing(&cx.peers) else { return };
            cx.peers.wanted_in_passing.remove(&jid);
            self.ask(jid, true, cx);
        }
    }
}

impl Disco {
    fn ask(&mut self, of: Jid, in_passing: bool, cx: &mut Context) {
        let caps = cx.peers.announced.of(&of).cloned();
        let node = caps.as_ref().map(Caps::info_node);
        let token = cx.get(Some(of.clone()), info_query(node.as_deref()), PATIENCE);
        self.asking.insert(token, Question { of, caps, in_passing });
    }

    /// The next one whose answer no question under way will bring.
    fn next_in_passing(&self, peers: &Peers) -> Option<Jid> {
        let under_way = |jid: &Jid| {
            let caps = peers.announced.of(jid);
            self.asking.values().any(|question| question.of == *jid || question.also_answers(caps))
        };
        peers.wanted_in_passing.iter().find(|jid| !under_way(jid)).cloned()
    }
}

fn read_answer(question: &Question, query: &minidom::Element, cx: &mut Context) -> Knowledge {
    let info = Info::read(query);
    let sane = info.features.iter().filter(|feature| feature.len() <= FEATURE_LENGTH);
    let features: BTreeSet<String> = sane.take(FEATURES_REMEMBERED).cloned().collect();
    if let Some(caps) = &question.caps
        && caps.prove(&info)
    {
        cx.peers.share(&question.of, &features, caps);
    }
    Knowledge::Features(features)
}

fn answer_info(request: &IqRequest, cx: &mut Context) {
    let mut info = own_info();
    info.node = request.payload.attr("node").map(str::to_owned);
    let known = info.node.is_none() || info.node == Some(caps::own(&info).info_node());
    if known {
        cx.answer(request, Some(info.write()));
    } else {
        cx.refuse(request, &StanzaError::new("item-not-found"));
    }
}

/// There is nothing below us.
fn answer_items(request: &IqRequest, cx: &mut Context) {
    match request.payload.attr("node") {
        None => cx.answer(request, Some(items_query(None))),
        Some(_) => cx.refuse(request, &StanzaError::new("item-not-found")),
    }
}
