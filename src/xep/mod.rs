//! XML ⇄ values: one file per XEP that xmpp-parsers lacks, or reads too strictly for the peers that exist.
//!
//! Reading is liberal: unknown children and attributes, missing optional parts, any order, white space between
//! elements. Writing is strict. Values only: no state, no time, no `async`.

pub mod blocking;
pub mod bytestreams;
pub mod caps;
pub mod checksum;
pub mod correction;
pub mod date;
pub mod delay;
pub mod disco;
pub mod displayed;
pub mod external_services;
pub mod fallback;
pub mod feature_neg;
pub mod folder;
pub mod hashes;
pub mod ibb;
pub mod idle;
pub mod last;
pub mod mam;
pub mod markers;
pub mod nick;
pub mod ns;
pub mod oob;
pub mod pep;
mod percent;
pub mod reactions;
pub mod recovery;
pub mod reply;
pub mod retraction;
pub mod roster;
pub mod seal;
pub mod si;
pub mod si_file;
pub mod si_legacy;
pub mod si_multiple;
pub mod sipub;
pub mod stanza;
pub mod stanza_id;
pub mod stun;
pub mod tally;
pub mod time;
pub mod upload;
pub mod uri;
pub mod vcard;
pub mod version;

use minidom::Element;

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

/// The longest name of a stream: several times those that programs make up. It is kept for as long as the stream, and in
/// the journal for longer.
const LONGEST_SID: usize = 256;

/// A stream's name on the wire, shared by the offer and the bytestream (XEP-0095 "id", XEP-0065 and XEP-0047 "sid").
///
/// Unique only for one pair of full JIDs: some peers count from one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub String);

impl StreamId {
    /// The attribute of that name, without which an element belongs to no stream.
    fn read(element: &Element, attribute: &str) -> Result<Self, Malformed> {
        match element.attr(attribute) {
            None | Some("") => Err(Malformed::new(format!("<{}/> without {attribute}", element.name()))),
            Some(sid) if sid.len() > LONGEST_SID => {
                Err(Malformed::new(format!("{attribute} of more than {LONGEST_SID} bytes")))
            }
            Some(sid) => Ok(StreamId(sid.to_owned())),
        }
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number in an attribute, with blanks around it; none if it is absent, odd or too large.
fn number<T: std::str::FromStr>(element: &Element, attribute: &str) -> Option<T> {
    element.attr(attribute)?.trim().parse().ok()
}
