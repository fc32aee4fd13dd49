//! XEP-0087, stream initiation before XEP-0095: headers, `file-transfer-method`, short method names, 403 and 406.
//!
//! Only the wire form differs; [`si`](super::si) calls what is here where the dialect is [`Legacy`](super::si::Dialect::Legacy).
//!
//! XEP-0087 leaves the headers of each profile to documents that were never written. The names below are those of the
//! file transfer that stands commented out in its source (`name`, `size`, `hash`), and for the rest the names that
//! XEP-0096, by the same author a month later, gives the same facts (`date`, `desc`). What a person would have guessed
//! (`filename`, `description`) is read as well. A range cannot be asked for: an answer has no headers. The MIME type
//! is an attribute of `<si/>`.

use minidom::Element;

use super::si_file::{self, File};
use super::stanza::{set, text_element};
use super::{date, ns};

/// The most headers that are kept of one offer: a profile of a file has five.
const MOST_HEADERS: usize = 32;

/// XEP-0087's name of a method and the namespace that replaced it.
const SHORT_NAMES: &[(&str, &str)] = &[("s5b", ns::BYTESTREAMS), ("ibb", ns::IBB)];

/// Names of the file transfer profile in XEP-0087's examples, one of them misspelt there.
const FILE_PROFILES: &[&str] =
    &["http://jabber.org/protocol/si/profile/filexfer", "htpt://jabber.org/protocol/si/profile/filexfer", "filexfer"];

/// The namespace of a method that may go by its short name.
pub(super) fn read_method(name: String) -> String {
    SHORT_NAMES.iter().find(|(short, _)| *short == name).map_or(name, |(_, namespace)| (*namespace).to_owned())
}

/// The short name of a method, if it has one.
pub(super) fn write_method(namespace: &str) -> &str {
    SHORT_NAMES.iter().find(|(_, known)| *known == namespace).map_or(namespace, |(short, _)| short)
}

/// The profile's namespace, whatever it was called before XEP-0096.
pub(super) fn read_profile(name: &str) -> String {
    if FILE_PROFILES.contains(&name) { ns::SI_FILE.to_owned() } else { name.to_owned() }
}

/// The headers of `<si/>`, name and value.
pub(super) fn read_headers(si: &Element) -> Vec<(String, String)> {
    si.children()
        .filter(|child| child.is("header", ns::SI))
        .filter_map(|header| Some((header.attr("name")?.to_owned(), header.text())))
        .take(MOST_HEADERS)
        .collect()
}

/// One `<header/>`.
pub(super) fn write_header(name: &str, value: &str) -> Element {
    let mut header = text_element("header", ns::SI, value);
    set(&mut header, "name", name);
    header
}

/// The file that headers describe.
pub fn read_file(headers: &[(String, String)]) -> File {
    let header = |names: &[&str]| {
        let is_one = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        headers.iter().find(|(name, _)| is_one(name)).map(|(_, value)| value.as_str())
    };
    File {
        name: header(&["name", "filename"]).map(str::to_owned),
        size: header(&["size"]).and_then(|size| size.trim().parse().ok()),
        hash: header(&["hash"]).and_then(si_file::read_hash),
        date: header(&["date"]).and_then(date::read),
        description: header(&["desc", "description"]).filter(|words| !words.is_empty()).map(str::to_owned),
        mime_type: None,
        range: None,
    }
}

/// The headers that describe a file.
pub fn write_file(file: &File) -> Vec<(String, String)> {
    let facts = [
        ("name", file.name.clone()),
        ("size", file.size.map(|size| size.to_string())),
        ("hash", file.hash.clone()),
        ("date", file.date.and_then(date::write)),
        ("desc", file.description.clone()),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
