//! Ways of agreeing on a stream: what is proposed, what is agreed, and which wire forms there are.

use minidom::Element;

use super::method::Route;
use super::offer::FileOffer;
use super::profile::Profile;
use crate::engine::command::Encryption;
use crate::engine::event::Outcome;
use crate::engine::feature::Xep;
use crate::xep::StreamId;
use crate::xep::seal::Fingerprint;
use crate::xep::si::Dialect;
use crate::xep::si_file::Range;
use crate::xep::stanza::StanzaError;
use promises::Promises;

pub(crate) mod promises;
pub(crate) mod si;

/// Every way of agreeing.
pub(crate) static NEGOTIATIONS: &[Negotiation] = &[si::NEGOTIATION];

/// A line of [`NEGOTIATIONS`].
pub(crate) struct Negotiation {
    /// Where it is specified.
    pub(crate) xeps: &'static [Xep],
    /// What it adds to our disco#info.
    pub(crate) advertises: &'static str,
    /// Whether a set's payload is an offer of this kind.
    pub(crate) is_offer: fn(&Element) -> bool,
    /// Reads an offer, as far as the routes allow; the error is the answer to one that cannot be taken.
    pub(crate) read_offer: fn(&Element, &[Route]) -> Result<Proposal, Box<StanzaError>>,
    /// Writes an offer.
    pub(crate) write_offer: fn(&Proposal) -> Element,
    /// Reads an answer; the error is what is wrong with it, in words.
    pub(crate) read_answer: fn(Option<&Element>, &Proposal) -> Result<Agreement, String>,
    /// Writes an answer.
    pub(crate) write_answer: fn(&Proposal, &Agreement) -> Element,
    /// What a refusal means.
    pub(crate) read_refusal: fn(&StanzaError) -> Outcome,
    /// A person says no.
    pub(crate) decline: fn() -> StanzaError,
    /// It cannot be taken, for that reason.
    pub(crate) cannot_take: fn(&str) -> StanzaError,
}

/// An offer: a name, a purpose, and the methods that could serve it.
#[derive(Clone)]
pub(crate) struct Proposal {
    /// The stream's name.
    pub(crate) sid: StreamId,
    /// What it is for.
    pub(crate) profile: &'static Profile,
    /// The file.
    pub(crate) file: FileOffer,
    /// The methods, in the offer's order.
    pub(crate) routes: Vec<Route>,
    /// Whether several methods can be answered.
    pub(crate) is_multiple: bool,
    /// In which wire form.
    pub(crate) dialect: Dialect,
    /// What the sender promises.
    pub(crate) promises: Promises,
}

/// What both sides will do.
#[derive(Clone)]
pub(crate) struct Agreement {
    /// The methods, in the order in which they are tried; never none.
    pub(crate) routes: Vec<Route>,
    /// Whether it is a list, or all that could be said.
    pub(crate) is_multiple: bool,
    /// The part of the file that is wanted.
    pub(crate) range: Option<Range>,
    /// What both promise.
    pub(crate) promises: Promises,
}

impl Proposal {
    /// Without the methods by which bytes would go in clear, where they must not.
    pub(crate) fn encrypted_enough(mut self, encryption: Encryption) -> Self {
        if encryption == Encryption::Required && self.promises.seal.is_none() {
            self.routes.retain(|route| !route.method.leaves_the_session);
        }
        self
    }

    /// What we answer, given what we would rather use.
    ///
    /// One who lists several methods knows best which suits their network, so the offer's order stands, unless our user
    /// configured another order than the usual one: that is a wish, and it wins. A plain offer's order means nothing
    /// (several peers sort by name), and only one method can be answered: ours decides.
    pub(crate) fn agree(&self, preferred: &[Route], usual: &[Route], key: Option<Fingerprint>) -> Agreement {
        let by_preference = || {
            let in_offer = |wanted: &&Route| self.routes.iter().find(|route| route.names(wanted));
            preferred.iter().filter_map(|wanted| in_offer(&wanted)).cloned().collect()
        };
        let is_usual = preferred.iter().map(Route::namespace).eq(order_within(usual, preferred));
        let mut routes: Vec<Route> = if self.is_multiple && is_usual { self.routes.clone() } else { by_preference() };
        if !self.is_multiple {
            routes.truncate(1);
        }
        Agreement {
            routes,
            is_multiple: self.is_multiple,
            range: None,
            promises: self.promises.answered_with(Promises { seal: key, ..self.promises.clone() }),
        }
    }
}

/// The names of `routes` that are in `others` too, in order.
fn order_within<'a>(routes: &'a [Route], others: &'a [Route]) -> impl Iterator<Item = &'static str> {
    routes.iter().filter(|route| others.iter().any(|other| route.names(other))).map(Route::namespace)
}
