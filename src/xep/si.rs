//! XEP-0095 stream initiation: the offer, the answer, and the ways of saying no.
//!
//! Plain XEP-0095 is si-multiple with a list of one; XEP-0087 ([`si_legacy`](super::si_legacy)) differs only in its wire form. So one
//! [`Offer`] and one [`Answer`] serve all three, and say in which [`Dialect`] they are.

use minidom::Element;

use super::stanza::StanzaError;
use super::{Malformed, StreamId};

/// In which wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// XEP-0095, with or without si-multiple.
    #[default]
    Si,
    /// XEP-0087.
    Legacy,
}

/// `<si/>` in a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The stream's name.
    pub sid: StreamId,
    /// What the stream is for: a namespace.
    pub profile: String,
    /// MIME type of the bytes.
    pub mime_type: Option<String>,
    /// Namespaces of the methods, in the offer's order. XEP-0087's short names are written out here.
    pub methods: Vec<String>,
    /// The sender can take several methods in one answer.
    pub multiple: bool,
    /// In which form.
    pub dialect: Dialect,
    /// Every other child: the profile's.
    pub profile_data: Vec<Element>,
    /// XEP-0087's headers, name and value.
    pub headers: Vec<(String, String)>,
}

/// `<si/>` in a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Namespaces of the methods, in the order in which they are to be tried; one, unless `multiple`.
    pub methods: Vec<String>,
    /// As si-multiple.
    pub multiple: bool,
    /// In which form; it must be the offer's.
    pub dialect: Dialect,
    /// The profile's part.
    pub profile_data: Vec<Element>,
}

/// What an error in answer to an offer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A person said no: `forbidden`, `not-allowed`, and XEP-0087's 403.
    Declined,
    /// No method in common.
    NoValidStreams,
    /// The profile is not known.
    BadProfile,
    /// Stream initiation is not known, or nobody is there: `service-unavailable`, `feature-not-implemented` …
    Unsupported(String),
    /// Anything else, in words.
    Other(String),
}

impl Offer {
    /// Reads `<si/>` of either dialect.
    pub fn read(_si: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<si/>`.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}

impl Answer {
    /// Reads `<si/>` of either dialect. If si-multiple and feature are both there, si-multiple counts.
    pub fn read(_si: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<si/>`: si-multiple without `<feature/>`, or `<feature/>` with one method.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}

/// A person says no.
pub fn declined() -> StanzaError {
    unimplemented!()
}

/// None of the methods is known.
pub fn no_valid_streams(_dialect: Dialect) -> StanzaError {
    unimplemented!()
}

/// The profile is not known.
pub fn bad_profile() -> StanzaError {
    unimplemented!()
}

/// What an error means.
pub fn read_refusal(_error: &StanzaError) -> Refusal {
    unimplemented!()
}
