//! XEP-0095 stream initiation: the offer, the answer, and the ways of saying no.
//!
//! Plain XEP-0095 is si-multiple with a list of one; XEP-0087 ([`si_legacy`]) differs only in its wire form. So one
//! [`Offer`] and one [`Answer`] serve all three, and say in which [`Dialect`] they are.

use minidom::Element;

use super::feature_neg::{self, Field};
use super::stanza::{ErrorKind, StanzaError, element, set};
use super::{Malformed, StreamId, ns, si_legacy, si_multiple};

/// The most children of an `<si/>` that are kept for its profile, which has one or two.
const MOST_PROFILE_DATA: usize = 16;

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
    /// The stream's name. XEP-0087 demands it, XEP-0095 would rather not see it, some peers send it all the same.
    pub sid: Option<StreamId>,
    /// Namespaces of the methods, in the order in which they are to be tried; one, unless `multiple`.
    pub methods: Vec<String>,
    /// As si-multiple.
    pub multiple: bool,
    /// In which form; it must be the offer's. si-multiple looks the same in both and is read as [`Dialect::Si`].
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

impl Dialect {
    fn field(self) -> Field {
        match self {
            Dialect::Si => Field::StreamMethod,
            Dialect::Legacy => Field::FileTransferMethod,
        }
    }

    fn write_method(self, namespace: &str) -> &str {
        match self {
            Dialect::Si => namespace,
            Dialect::Legacy => si_legacy::write_method(namespace),
        }
    }
}

impl Offer {
    /// Reads `<si/>` of either dialect.
    pub fn read(si: &Element) -> Result<Self, Malformed> {
        let profile = si.attr("profile").ok_or_else(|| Malformed::new("an offer without a profile"))?;
        let (dialect, methods) = read_feature(si)?.ok_or_else(|| Malformed::new("an offer without <feature/>"))?;
        Ok(Offer {
            sid: StreamId::read(si, "id")?,
            profile: match dialect {
                Dialect::Si => profile.to_owned(),
                Dialect::Legacy => si_legacy::read_profile(profile),
            },
            mime_type: si.attr("mime-type").map(str::to_owned),
            methods,
            multiple: si.has_child("si-multiple", ns::SI_MULTIPLE),
            dialect,
            profile_data: read_profile_data(si),
            headers: si_legacy::read_headers(si),
        })
    }

    /// Writes `<si/>`.
    pub fn write(&self) -> Element {
        let mut si = element("si", ns::SI);
        set(&mut si, "id", &self.sid.0);
        set(&mut si, "profile", &self.profile);
        if let Some(mime_type) = &self.mime_type {
            set(&mut si, "mime-type", mime_type);
        }
        for (name, value) in &self.headers {
            si.append_child(si_legacy::write_header(name, value));
        }
        for data in &self.profile_data {
            si.append_child(data.clone());
        }
        let names: Vec<_> = self.methods.iter().map(|method| self.dialect.write_method(method).to_owned()).collect();
        si.append_child(feature_neg::write_options(self.dialect.field(), &names));
        if self.multiple {
            si.append_child(si_multiple::write_offer());
        }
        si
    }
}

impl Answer {
    /// Reads `<si/>` of either dialect. If si-multiple and feature are both there, si-multiple counts, unless it is
    /// empty and thus says nothing.
    pub fn read(si: &Element) -> Result<Self, Malformed> {
        let several = si.get_child("si-multiple", ns::SI_MULTIPLE).map(si_multiple::read).unwrap_or_default();
        let multiple = !several.is_empty();
        let (dialect, methods) = if multiple { (Dialect::Si, several) } else { read_choice(si)? };
        let sid = StreamId::read(si, "id").ok();
        Ok(Answer { sid, methods, multiple, dialect, profile_data: read_profile_data(si) })
    }

    /// Writes `<si/>`: si-multiple without `<feature/>`, or `<feature/>` with one method.
    pub fn write(&self) -> Element {
        let mut si = element("si", ns::SI);
        if let Some(sid) = &self.sid {
            set(&mut si, "id", &sid.0);
        }
        if self.multiple {
            si.append_child(si_multiple::write_answer(&self.methods));
        } else if let Some(method) = self.methods.first() {
            si.append_child(feature_neg::write_choice(self.dialect.field(), self.dialect.write_method(method)));
        }
        for data in &self.profile_data {
            si.append_child(data.clone());
        }
        si
    }
}

/// A person says no.
pub fn declined() -> StanzaError {
    StanzaError::new("forbidden").with_kind(ErrorKind::Cancel).with_text("Offer Declined")
}

/// Nobody said no, and it cannot be taken all the same: the condition of a no, for BitlBee hears nothing else, and the
/// type of what may be otherwise later.
pub fn cannot_take(why: &str) -> StanzaError {
    declined().with_kind(ErrorKind::Wait).with_text(why)
}

/// None of the methods is known.
pub fn no_valid_streams(dialect: Dialect) -> StanzaError {
    match dialect {
        Dialect::Si => StanzaError::new("bad-request")
            .with_kind(ErrorKind::Cancel)
            .with_application(element("no-valid-streams", ns::SI)),
        Dialect::Legacy => {
            StanzaError::new("not-acceptable").with_kind(ErrorKind::Cancel).with_text("No Valid Streams")
        }
    }
}

/// The profile is not known.
pub fn bad_profile() -> StanzaError {
    StanzaError::new("bad-request").with_application(element("bad-profile", ns::SI))
}

/// What an error means. The condition of XEP-0095 counts where there is one; Iris and XEP-0087 say only
/// `not-acceptable` for want of a method, Tkabber says `not-allowed` where a person declined. Whom a person has turned
/// down is not told to wait.
pub fn read_refusal(error: &StanzaError) -> Refusal {
    let own_condition = error.application.as_ref().filter(|condition| condition.has_ns(ns::SI)).map(Element::name);
    let words = || error.text.clone().unwrap_or_else(|| error.condition.clone());
    match (own_condition, error.condition.as_str()) {
        (Some("no-valid-streams"), _) => Refusal::NoValidStreams,
        (Some("bad-profile"), _) => Refusal::BadProfile,
        (_, "forbidden") if error.kind == ErrorKind::Wait && error.text.is_some() => Refusal::Other(words()),
        (_, "forbidden" | "not-allowed") => Refusal::Declined,
        (_, "not-acceptable") => Refusal::NoValidStreams,
        (_, condition) if UNSUPPORTED.contains(&condition) => Refusal::Unsupported(words()),
        _ => Refusal::Other(words()),
    }
}

/// Conditions of a client that has no stream initiation, or that is not there; BitlBee says `item-not-found` to
/// whatever it cannot do.
const UNSUPPORTED: &[&str] = &[
    "feature-not-implemented",
    "gone",
    "item-not-found",
    "recipient-unavailable",
    "remote-server-not-found",
    "remote-server-timeout",
    "service-unavailable",
];

fn read_feature(si: &Element) -> Result<Option<(Dialect, Vec<String>)>, Malformed> {
    let Some(feature) = si.get_child("feature", ns::FEATURE_NEG) else {
        return Ok(None);
    };
    let read = feature_neg::read(feature)?;
    Ok(Some(match read.field {
        Field::StreamMethod => (Dialect::Si, read.values),
        Field::FileTransferMethod => (Dialect::Legacy, si_legacy::read_methods(read.values)),
    }))
}

/// The one method of a plain answer.
fn read_choice(si: &Element) -> Result<(Dialect, Vec<String>), Malformed> {
    match read_feature(si)? {
        Some((dialect, mut methods)) if !methods.is_empty() => {
            methods.truncate(1);
            Ok((dialect, methods))
        }
        _ => Err(Malformed::new("an answer that names no method")),
    }
}

/// Whatever is not negotiation is the profile's.
fn read_profile_data(si: &Element) -> Vec<Element> {
    let is_ours = |child: &&Element| {
        child.is("feature", ns::FEATURE_NEG) || child.is("si-multiple", ns::SI_MULTIPLE) || child.is("header", ns::SI)
    };
    si.children().filter(|child| !is_ours(child)).take(MOST_PROFILE_DATA).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(children: &str) -> Result<Answer, Malformed> {
        Answer::read(&format!("<si xmlns='http://jabber.org/protocol/si'>{children}</si>").parse().unwrap())
    }

    fn feature(form: &str, field: &str) -> String {
        format!(
            "<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='{form}'>
               <field var='stream-method'>{field}</field></x></feature>"
        )
    }

    fn si_multiple(values: &str) -> String {
        format!("<si-multiple xmlns='http://telepathy.freedesktop.org/xmpp/si-multiple'>{values}</si-multiple>")
    }

    #[test]
    fn where_an_answer_has_both_forms_si_multiple_counts_unless_it_is_empty() {
        let one = feature("submit", "<value>a</value>");
        let both = answer(&format!("{one}{}", si_multiple("<value>b</value><value>a</value>"))).unwrap();
        assert_eq!((both.methods, both.multiple), (vec!["b".to_owned(), "a".to_owned()], true));
        let empty = answer(&format!("{}{one}", si_multiple(""))).unwrap();
        assert_eq!((empty.methods, empty.multiple), (vec!["a".to_owned()], false));
    }

    #[test]
    fn an_answer_that_names_no_method_is_malformed() {
        for children in ["", &si_multiple(""), &feature("submit", ""), &feature("submit", "<value/>")] {
            assert!(answer(children).is_err(), "{children}");
        }
    }

    #[test]
    fn an_answer_that_repeats_the_options_is_the_value_it_submits() {
        let options = "<option><value>a</value></option><option><value>b</value></option>";
        let repeated = answer(&feature("submit", &format!("{options}<value>b</value>"))).unwrap();
        assert_eq!(repeated.methods, ["b"]);
    }

    #[test]
    fn an_offer_needs_a_sid_a_profile_and_a_form_but_no_method_that_we_know() {
        let offer = |attributes: &str, children: &str| {
            let si = format!("<si xmlns='http://jabber.org/protocol/si' {attributes}>{children}</si>");
            Offer::read(&si.parse().unwrap())
        };
        let form = feature("form", "");
        assert_eq!(offer("id='a' profile='p'", &form).unwrap().methods, Vec::<String>::new());
        let endless = format!("id='{}' profile='p'", "a".repeat(257));
        for attributes in ["id='a'", "profile='p'", "id='' profile='p'", &endless] {
            assert!(offer(attributes, &form).is_err(), "{attributes}");
        }
        assert!(offer("id='a' profile='p'", "<feature xmlns='http://jabber.org/protocol/feature-neg'/>").is_err());
    }

    #[test]
    fn an_offer_that_a_peer_makes_absurdly_long_is_cut() {
        let children = "<header name='h'/><x xmlns='y'/>".repeat(1000);
        let methods: Vec<_> = (0..1000).map(|n| format!("<option><value>m{n}</value></option>")).collect();
        let si = format!(
            "<si xmlns='http://jabber.org/protocol/si' id='a' profile='p'>{children}{}</si>",
            feature("form", &methods.concat())
        );
        let offer = Offer::read(&si.parse().unwrap()).unwrap();
        assert_eq!((offer.methods.len(), offer.headers.len(), offer.profile_data.len()), (16, 32, 16));
    }

    #[test]
    fn every_way_of_saying_no_is_told_apart() {
        let of = |condition: &str| read_refusal(&StanzaError::new(condition));
        assert_eq!(of("forbidden"), Refusal::Declined);
        assert_eq!(of("not-allowed"), Refusal::Declined);
        assert_eq!(of("not-acceptable"), Refusal::NoValidStreams);
        assert_eq!(of("service-unavailable"), Refusal::Unsupported("service-unavailable".to_owned()));
        assert_eq!(of("bad-request"), Refusal::Other("bad-request".to_owned()));
        let worded = StanzaError::new("conflict").with_text("I have that one");
        assert_eq!(read_refusal(&worded), Refusal::Other("I have that one".to_owned()));
        assert_eq!(
            read_refusal(&cannot_take("no space is left here")),
            Refusal::Other("no space is left here".to_owned())
        );
        assert_eq!(read_refusal(&declined()), Refusal::Declined);
        let strange = StanzaError::new("forbidden").with_application(element("no-valid-streams", "urn:x:other"));
        assert_eq!(read_refusal(&strange), Refusal::Declined);
    }
}
