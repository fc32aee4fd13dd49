//! What a stream is for: the part of an offer and of its answer that belongs to neither negotiation nor method.

use minidom::Element;

use super::offer::FileOffer;
use crate::engine::feature::Xep;
use crate::xep::Malformed;
use crate::xep::si::Offer;
use crate::xep::si_file::Range;

pub(crate) mod file;

/// Every profile.
pub(crate) static PROFILES: &[Profile] = &[file::PROFILE];

/// A line of [`PROFILES`].
pub(crate) struct Profile {
    /// Its name in an offer, and in our disco#info.
    pub(crate) namespace: &'static str,
    /// Where it is specified.
    pub(crate) xep: Xep,
    /// Reads its part of an offer.
    pub(crate) read_offer: fn(&Offer) -> Result<FileOffer, Malformed>,
    /// Writes its part of an offer.
    pub(crate) write_offer: fn(&FileOffer) -> Vec<Element>,
    /// Its name where XEP-0087 is spoken.
    pub(crate) legacy_name: &'static str,
    /// Writes its part of an offer there: headers, name and value.
    pub(crate) write_headers: fn(&FileOffer) -> Vec<(String, String)>,
    /// Reads its part of an answer: which part is wanted.
    pub(crate) read_answer: fn(&[Element]) -> Option<Range>,
    /// Writes its part of an answer.
    pub(crate) write_answer: fn(Option<Range>) -> Vec<Element>,
}

/// The profile of that name.
pub(crate) fn find(namespace: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.namespace == namespace)
}
