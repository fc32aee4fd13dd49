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
use std::sync::Arc;
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

/// How many entities are remembered: more than a large roster's resources.
const REMEMBERED: usize = 4096;

/// How much of one answer is remembered, in bytes; programs that exist have a hundred features or fewer, of forty.
const ANSWER: usize = 16 * 1024;

/// What is remembered of all answers, in bytes: two thousand programs that exist, none of which says the same as another.
const ANSWERS: usize = 16 * 1024 * 1024;

/// What a feature takes beside its name.
const OVERHEAD: usize = 40;

/// A feature is a namespace; those that exist have fewer than a hundred characters.
const FEATURE_LENGTH: usize = 256;

/// What is known of the features of others.
#[derive(Debug, Default)]
pub struct Peers {
    known: BTreeMap<Jid, Knowledge>,
    /// What they themselves told, in bytes; what others told for them is not counted again.
    told: BTreeMap<Jid, usize>,
    announced: Announced,
    wanted: BTreeSet<Jid>,
    wanted_in_passing: BTreeSet<Jid>,
    pub(super) learnt: Vec<Jid>,
}

/// What is known of one entity's features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knowledge {
    /// It told us, or somebody did who says the same hash.
    Features(Arc<BTreeSet<String>>),
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
            self.forget(jid);
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
        self.forget(jid);
        if let Some(proven) = self.announced.note(jid, caps) {
            self.remember(jid, Knowledge::Features(proven));
        }
    }

    /// Somebody is gone, and may come back as somebody else.
    pub(super) fn gone(&mut self, jid: &Jid) {
        self.forget(jid);
        self.announced.forget(jid);
        self.wanted_in_passing.remove(jid);
    }

    /// Another session begins: everybody may have changed meanwhile. What hashes stand for stays true.
    fn forget_everybody(&mut self) {
        self.known.clear();
        self.told.clear();
        self.announced.forget_everybody();
        self.wanted_in_passing.clear();
    }

    /// What everybody who announces the same as `jid` can is proven by its answer.
    fn share(&mut self, jid: &Jid, features: &Arc<BTreeSet<String>>, caps: &Caps) {
        self.announced.prove(caps, features);
        for other in self.announced.who_else(jid, caps) {
            self.wanted_in_passing.remove(&other);
            self.remember(&other, Knowledge::Features(Arc::clone(features)));
            self.learnt.push(other);
        }
    }

    fn remember(&mut self, jid: &Jid, knowledge: Knowledge) {
        if self.known.len() >= REMEMBERED
            && let Some(other) = self.known.keys().find(|other| *other != jid).cloned()
        {
            self.forget(&other);
        }
        self.known.insert(jid.clone(), knowledge);
    }

    /// That entity told so much, and whoever told most goes if it is too much.
    fn note_told(&mut self, jid: &Jid, features: &BTreeSet<String>) {
        self.told.insert(jid.clone(), features.iter().map(|feature| feature.len() + OVERHEAD).sum());
        while self.told.values().sum::<usize>() > ANSWERS
            && let Some(most) = self.who_told_most()
        {
            self.forget(&most);
        }
    }

    /// One of the programs of whoever told most by all of them.
    fn who_told_most(&self) -> Option<Jid> {
        let mut sums = BTreeMap::new();
        for (jid, bytes) in &self.told {
            *sums.entry(jid.to_bare()).or_insert(0) += bytes;
        }
        let (most, _) = sums.into_iter().max_by_key(|(_, bytes)| *bytes)?;
        self.told.keys().find(|jid| jid.to_bare() == most).cloned()
    }

    fn forget(&mut self, jid: &Jid) {
        self.known.remove(jid);
        self.told.remove(jid);
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
    let features = Arc::new(within_measure(&info.features));
    cx.peers.note_told(&question.of, &features);
    if let Some(caps) = &question.caps
        && caps.prove(&info)
    {
        cx.peers.share(&question.of, &features, caps);
    }
    Knowledge::Features(features)
}

/// What of an answer is remembered.
fn within_measure<'f>(features: impl IntoIterator<Item = &'f String>) -> BTreeSet<String> {
    let mut room = ANSWER;
    let sane = features.into_iter().filter(|feature| feature.len() <= FEATURE_LENGTH);
    let fits = |feature: &&String| {
        let rest = room.checked_sub(feature.len() + OVERHEAD);
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    sane.take_while(fits).cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(number: usize, who: &str) -> Jid {
        Jid::new(&format!("{who}@capulet.lit/{number}")).unwrap()
    }

    fn features(count: usize, of: usize) -> BTreeSet<String> {
        within_measure(&(0..count).map(|number| format!("{of}-{number}-{}", "x".repeat(200))).collect::<Vec<_>>())
    }

    #[test]
    fn what_programs_that_exist_say_is_remembered_whole_and_no_answer_is_too_long() {
        let real: Vec<String> =
            (0..100).map(|number| format!("http://jabber.org/protocol/pubsub#feature-{number}")).collect();
        assert_eq!(within_measure(&real).len(), real.len());
        assert!(features(10_000, 0).iter().map(String::len).sum::<usize>() < ANSWER);
        assert!(within_measure(&["x".repeat(FEATURE_LENGTH + 1)]).is_empty());
    }

    #[test]
    fn whoever_says_too_much_by_too_many_programs_loses_their_own_place() {
        let mut peers = Peers::default();
        let tell = |peers: &mut Peers, jid: &Jid, features: BTreeSet<String>| {
            peers.note_told(jid, &features);
            peers.remember(jid, Knowledge::Features(Arc::new(features)));
        };
        tell(&mut peers, &jid(0, "romeo"), features(10, 0));
        for number in 0..3000 {
            tell(&mut peers, &jid(number, "tybalt"), features(100, number));
            let told: usize = peers.told.values().sum();
            assert!(told <= ANSWERS && peers.known.len() <= REMEMBERED, "{told} bytes");
        }
        assert!(peers.features_of(&jid(0, "romeo")).is_some());
        assert!(peers.told.len() < 1500, "{}", peers.told.len());
    }
}
