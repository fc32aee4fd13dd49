//! `<error/>` (RFC 6120 §8.3), with the legacy codes of XEP-0086 both ways.

use minidom::Element;

use super::{element, set, text_element};
use crate::xep::{ns, number};

/// RFC 6120 §8.3.2: what a requester should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Retry after giving credentials.
    Auth,
    /// Do not retry.
    Cancel,
    /// Only a warning.
    Continue,
    /// Change the request.
    Modify,
    /// Retry later.
    Wait,
}

/// `<error/>` with its condition and, for the peers that look at nothing else, the legacy `code` of XEP-0086.
#[derive(Debug, Clone, PartialEq)]
pub struct StanzaError {
    /// What to do about it.
    pub kind: ErrorKind,
    /// The element name of the condition, e.g. `item-not-found`.
    pub condition: String,
    /// Words for people.
    pub text: Option<String>,
    /// An application's own condition, e.g. `<no-valid-streams/>`.
    pub application: Option<Element>,
}

/// Conditions, their XEP-0086 code and the type RFC 6120 §8.3.3 gives them.
const CONDITIONS: &[(&str, u16, ErrorKind)] = &[
    ("bad-request", 400, ErrorKind::Modify),
    ("conflict", 409, ErrorKind::Cancel),
    ("feature-not-implemented", 501, ErrorKind::Cancel),
    ("forbidden", 403, ErrorKind::Auth),
    ("gone", 302, ErrorKind::Modify),
    ("internal-server-error", 500, ErrorKind::Wait),
    ("item-not-found", 404, ErrorKind::Cancel),
    ("jid-malformed", 400, ErrorKind::Modify),
    ("not-acceptable", 406, ErrorKind::Modify),
    ("not-allowed", 405, ErrorKind::Cancel),
    ("not-authorized", 401, ErrorKind::Auth),
    ("payment-required", 402, ErrorKind::Auth),
    ("policy-violation", 406, ErrorKind::Modify),
    ("recipient-unavailable", 404, ErrorKind::Wait),
    ("redirect", 302, ErrorKind::Modify),
    ("registration-required", 407, ErrorKind::Auth),
    ("remote-server-not-found", 404, ErrorKind::Cancel),
    ("remote-server-timeout", 504, ErrorKind::Wait),
    ("resource-constraint", 500, ErrorKind::Wait),
    ("service-unavailable", 503, ErrorKind::Cancel),
    ("subscription-required", 407, ErrorKind::Auth),
    ("undefined-condition", 500, ErrorKind::Cancel),
    ("unexpected-request", 400, ErrorKind::Wait),
];

/// Codes that no condition is written with, and the one that means another than the first of its [`CONDITIONS`].
const LEGACY_CODES: &[(u16, &str)] =
    &[(302, "redirect"), (408, "remote-server-timeout"), (502, "service-unavailable"), (510, "service-unavailable")];

/// How much is kept of words for people, in bytes: more than a sentence. They are shown, and written down.
const LONGEST_TEXT: usize = 1024;

/// The longest condition that is kept; those of the specifications have less than half of it.
const LONGEST_CONDITION: usize = 64;

impl StanzaError {
    /// An error of that condition, with the type RFC 6120 gives it.
    pub fn new(condition: &str) -> Self {
        let kind =
            CONDITIONS.iter().find(|(name, ..)| *name == condition).map_or(ErrorKind::Cancel, |(_, _, kind)| *kind);
        StanzaError { kind, condition: condition.to_owned(), text: None, application: None }
    }

    /// Whether it says that whoever was asked is not there, rather than that they do not want.
    pub fn says_absent(&self) -> bool {
        let conditions =
            ["service-unavailable", "recipient-unavailable", "remote-server-not-found", "remote-server-timeout"];
        conditions.contains(&self.condition.as_str())
    }

    /// The same with another type, where a XEP asks for one.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with words for people.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The same with an application's own condition.
    #[must_use]
    pub fn with_application(mut self, condition: Element) -> Self {
        self.application = Some(condition);
        self
    }

    /// The XEP-0086 code of the condition.
    pub fn code(&self) -> u16 {
        CONDITIONS.iter().find(|(name, ..)| *name == self.condition).map_or(500, |(_, code, _)| *code)
    }

    /// Reads `<error/>`: condition, else legacy code, else `undefined-condition`.
    pub fn read(error: &Element) -> Self {
        let condition = error
            .children()
            .find(|child| child.has_ns(ns::STANZAS) && child.name() != "text")
            .map(|child| child.name().to_owned())
            .filter(|condition| condition.len() <= LONGEST_CONDITION)
            .or_else(|| condition_of_code(number(error, "code")?).map(str::to_owned))
            .unwrap_or_else(|| "undefined-condition".to_owned());
        let mut read = StanzaError::new(&condition);
        read.kind = match error.attr("type") {
            Some("auth") => ErrorKind::Auth,
            Some("cancel") => ErrorKind::Cancel,
            Some("continue") => ErrorKind::Continue,
            Some("modify") => ErrorKind::Modify,
            Some("wait") => ErrorKind::Wait,
            _ => read.kind,
        };
        let legacy_text = || Some(error.text().trim().to_owned()).filter(|text| !text.is_empty());
        read.text = error.get_child("text", ns::STANZAS).map(Element::text).or_else(legacy_text);
        if let Some(text) = &mut read.text {
            text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        }
        read.application = error.children().find(|child| !child.has_ns(ns::STANZAS)).cloned();
        read
    }

    /// Writes `<error/>`, always with the legacy code: ruby-xmpp4r knows a decline by nothing else.
    pub fn write(&self) -> Element {
        let kind = match self.kind {
            ErrorKind::Auth => "auth",
            ErrorKind::Cancel => "cancel",
            ErrorKind::Continue => "continue",
            ErrorKind::Modify => "modify",
            ErrorKind::Wait => "wait",
        };
        let mut error = element("error", ns::CLIENT);
        set(&mut error, "type", kind);
        set(&mut error, "code", &self.code().to_string());
        error.append_child(element(&self.condition, ns::STANZAS));
        if let Some(text) = &self.text {
            error.append_child(text_element("text", ns::STANZAS, text));
        }
        if let Some(application) = &self.application {
            error.append_child(application.clone());
        }
        error
    }
}

fn condition_of_code(code: u16) -> Option<&'static str> {
    let legacy = LEGACY_CODES.iter().find(|(known, _)| *known == code).map(|(_, condition)| *condition);
    legacy.or_else(|| CONDITIONS.iter().find(|(_, known, _)| *known == code).map(|(condition, ..)| *condition))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> StanzaError {
        StanzaError::read(&Element::from_reader_with_prefixes(xml.as_bytes(), ns::CLIENT.to_owned()).unwrap())
    }

    #[test]
    fn a_legacy_error_has_its_condition_from_its_code_and_its_words_from_its_text() {
        let error = read("<error code='403'>\n  Offer Declined\n</error>");
        assert_eq!(error, StanzaError::new("forbidden").with_text("Offer Declined"));
        for (code, condition) in [
            ("302", "redirect"),
            ("400", "bad-request"),
            ("404", "item-not-found"),
            ("405", "not-allowed"),
            ("406", "not-acceptable"),
            ("408", "remote-server-timeout"),
            (" 503 ", "service-unavailable"),
            ("510", "service-unavailable"),
            ("440", "undefined-condition"),
            ("-1", "undefined-condition"),
            ("", "undefined-condition"),
        ] {
            assert_eq!(read(&format!("<error code='{code}' type='cancel'/>")).condition, condition, "{code}");
        }
    }

    #[test]
    fn a_condition_counts_for_more_than_a_code_and_a_type_for_more_than_the_usual_one() {
        let error =
            read("<error code='503' type='wait'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
        assert_eq!((error.condition.as_str(), error.kind), ("forbidden", ErrorKind::Wait));
        let odd = read("<error type='sulk'><not-a-condition xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
        assert_eq!((odd.condition.as_str(), odd.kind, odd.code()), ("not-a-condition", ErrorKind::Cancel, 500));
    }

    #[test]
    fn an_error_without_anything_is_undefined() {
        assert_eq!(read("<error/>"), StanzaError::new("undefined-condition"));
    }

    #[test]
    fn no_error_is_longer_than_a_sentence() {
        let words = "é".repeat(LONGEST_TEXT);
        let endless = read(&format!(
            "<error><{long} xmlns='{ns}'/><text xmlns='{ns}'>x{words}</text></error>",
            long = "x".repeat(LONGEST_CONDITION + 1),
            ns = ns::STANZAS
        ));
        assert_eq!(endless.condition, "undefined-condition");
        assert!(endless.text.is_some_and(|text| text.len() <= LONGEST_TEXT && text.ends_with('é')));
    }

    #[test]
    fn every_condition_is_written_with_its_code_and_type_and_read_back() {
        for (condition, code, kind) in CONDITIONS {
            let error = StanzaError::new(condition);
            let written = error.write();
            assert_eq!(written.attr("code"), Some(code.to_string().as_str()));
            assert_eq!(error.kind, *kind);
            assert_eq!(StanzaError::read(&written), error);
        }
    }
}
