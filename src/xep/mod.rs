//! XML ⇄ values: one file per XEP that xmpp-parsers lacks, or reads too strictly for the peers that exist.
//!
//! Reading is liberal: unknown children and attributes, missing optional parts, any order, white space between
//! elements. Writing is strict. Values only: no state, no time, no `async`.

pub mod bytestreams;
pub mod feature_neg;
pub mod ibb;
pub mod ns;
pub mod si;
pub mod si_file;
pub mod si_legacy;
pub mod si_multiple;
pub mod stanza;

/// What makes an element unusable, as a sentence for the `<text/>` of a `bad-request`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

impl Malformed {
    /// A malformed element, described by `what` is wrong with it.
    pub fn new(what: impl Into<String>) -> Self {
        Malformed(what.into())
    }
}

/// A stream's name on the wire, shared by the offer and the bytestream (XEP-0095 "id", XEP-0065 and XEP-0047 "sid").
///
/// Unique only for one pair of full JIDs: some peers count from one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub String);

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
