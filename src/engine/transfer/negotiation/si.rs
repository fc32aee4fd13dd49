//! XEP-0095 stream initiation, with and without si-multiple, and XEP-0087.
//!
//! One request proposes, its answer agrees. Plain XEP-0095 is si-multiple with a list of one: what differs is how the
//! answer is written. The stream's name is the offer's `id`, for every method.

use minidom::Element;

use super::promises::Promises;
use super::{Agreement, Negotiation, Proposal};
use crate::engine::event::{Failure, Outcome, PeerFault, Side};
use crate::engine::feature::Xep;
use crate::engine::transfer::method::{self, Route};
use crate::engine::transfer::profile;
use crate::xep::si::{self, Answer, Dialect, Offer, Refusal};
use crate::xep::stanza::StanzaError;
use crate::xep::{Malformed, ns};

/// The line of stream initiation.
pub(crate) const NEGOTIATION: Negotiation = Negotiation {
    xeps: &[
        Xep { number: "0004", title: "Data Forms", version: "2.13.2" },
        Xep { number: "0020", title: "Feature Negotiation", version: "1.6" },
        Xep { number: "0087", title: "Stream Initiation (historical)", version: "0.1.1" },
        Xep { number: "0095", title: "Stream Initiation", version: "1.2" },
        Xep { number: "si-multiple", title: "Stream Initiation Multi-Bytestreams Extension", version: "0.0.1" },
    ],
    advertises: ns::SI,
    is_offer: |payload| payload.is("si", ns::SI),
    read_offer,
    write_offer,
    read_answer,
    write_answer,
    read_refusal,
    decline: si::declined,
    cannot_take: si::cannot_take,
};

fn read_offer(payload: &Element, allowed: &[Route]) -> Result<Proposal, Box<StanzaError>> {
    let offer = Offer::read(payload).map_err(|malformed| bad_request(&malformed))?;
    let profile = profile::find(&offer.profile).ok_or_else(|| Box::new(si::bad_profile()))?;
    let routes = common_routes(&offer.methods, allowed);
    if routes.is_empty() {
        return Err(Box::new(si::no_valid_streams(offer.dialect)));
    }
    let file = (profile.read_offer)(&offer).map_err(|malformed| bad_request(&malformed))?;
    Ok(Proposal {
        profile,
        file,
        routes,
        is_multiple: offer.multiple,
        dialect: offer.dialect,
        promises: if offer.dialect == Dialect::Si { Promises::read(&offer.profile_data) } else { Promises::default() },
        sid: offer.sid,
    })
}

/// The named methods that are allowed, each once, in the order in which they are named.
fn common_routes(namespaces: &[String], allowed: &[Route]) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for namespace in namespaces {
        let is_new = routes.iter().all(|route| route.namespace() != namespace);
        routes.extend(allowed.iter().find(|route| is_new && route.namespace() == namespace).cloned());
    }
    routes
}

fn bad_request(malformed: &Malformed) -> Box<StanzaError> {
    Box::new(StanzaError::new("bad-request").with_text(malformed.to_string()))
}

fn write_offer(proposal: &Proposal) -> Element {
    let profile = proposal.profile;
    if proposal.dialect == Dialect::Legacy {
        return write_legacy_offer(proposal);
    }
    Offer {
        sid: proposal.sid.clone(),
        profile: profile.namespace.to_owned(),
        mime_type: proposal.file.mime_type.clone(),
        methods: namespaces(&proposal.routes),
        multiple: proposal.is_multiple,
        dialect: proposal.dialect,
        profile_data: (profile.write_offer)(&proposal.file).into_iter().chain(proposal.promises.write()).collect(),
        headers: Vec::new(),
    }
    .write()
}

/// What XEP-0087 has no words for is not said: several methods in one answer, and a checksum in the end.
fn write_legacy_offer(proposal: &Proposal) -> Element {
    Offer {
        sid: proposal.sid.clone(),
        profile: proposal.profile.legacy_name.to_owned(),
        mime_type: proposal.file.mime_type.clone(),
        methods: namespaces(&proposal.routes),
        multiple: false,
        dialect: Dialect::Legacy,
        profile_data: Vec::new(),
        headers: (proposal.profile.write_headers)(&proposal.file),
    }
    .write()
}

fn namespaces(routes: &[Route]) -> Vec<String> {
    routes.iter().map(|route| route.namespace().to_owned()).collect()
}

/// What was not offered is not agreed, whatever the answer says.
fn read_answer(payload: Option<&Element>, proposal: &Proposal) -> Result<Agreement, String> {
    let payload = payload.ok_or("the answer is empty")?;
    let answer = Answer::read(payload).map_err(|malformed| malformed.to_string())?;
    let routes = common_routes(&answer.methods, &proposal.routes);
    if routes.is_empty() {
        let known = answer.methods.iter().any(|namespace| method::find(namespace).is_some());
        let what = if known { "a method that was not offered" } else { "no method that we know" };
        return Err(format!("the answer names {what}"));
    }
    let range = (proposal.profile.read_answer)(&answer.profile_data);
    let promises = proposal.promises.answered_with(Promises::read(&answer.profile_data));
    Ok(Agreement { routes, is_multiple: answer.multiple, range, promises })
}

fn write_answer(proposal: &Proposal, agreement: &Agreement) -> Element {
    let is_legacy = proposal.dialect == Dialect::Legacy;
    let profile_data = if is_legacy { Vec::new() } else { (proposal.profile.write_answer)(agreement.range) };
    Answer {
        sid: is_legacy.then(|| proposal.sid.clone()),
        methods: namespaces(&agreement.routes),
        multiple: agreement.is_multiple,
        dialect: proposal.dialect,
        profile_data: profile_data.into_iter().chain(agreement.promises.write()).collect(),
    }
    .write()
}

fn read_refusal(error: &StanzaError) -> Outcome {
    let peer = |fault| Outcome::Failed(Failure::Peer(fault));
    match si::read_refusal(error) {
        Refusal::Declined => Outcome::Declined { by: Side::Peer },
        Refusal::NoValidStreams => peer(PeerFault::Incompatible("none of the offered methods suits them".to_owned())),
        Refusal::BadProfile => peer(PeerFault::Incompatible("they do not take files this way".to_owned())),
        Refusal::Unsupported(words) => peer(PeerFault::Incompatible(words)),
        Refusal::Other(words) => peer(PeerFault::Refused(words)),
    }
}
