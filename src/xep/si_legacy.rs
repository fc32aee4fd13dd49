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
use super::{date, feature_neg, ns};

/// The most headers that are kept of one offer: a profile of a file has five.
const MOST_HEADERS: usize = 32;

/// XEP-0087's name of a method and the namespace that replaced it.
const SHORT_NAMES: &[(&str, &str)] = &[("s5b", ns::BYTESTREAMS), ("ibb", ns::IBB)];

/// Names of the file transfer profile in XEP-0087's examples, one of them misspelt there.
const FILE_PROFILES: &[&str] =
    &["http://jabber.org/protocol/si/profile/filexfer", "htpt://jabber.org/protocol/si/profile/filexfer", "filexfer"];

/// The file transfer profile as it is written: the name that XEP-0087's form of one leads to.
pub const FILE_PROFILE: &str = FILE_PROFILES[0];

/// Whether a profile, or a feature, is file transfer under a name from before XEP-0096.
pub fn is_file_profile(name: &str) -> bool {
    FILE_PROFILES.contains(&name)
}

/// The namespaces of methods that may go by their short names.
pub(super) fn read_methods(names: Vec<String>) -> Vec<String> {
    let namespace_of = |name: String| {
        SHORT_NAMES.iter().find(|(short, _)| *short == name).map_or(name, |(_, namespace)| (*namespace).to_owned())
    };
    feature_neg::bounded(names.into_iter().map(namespace_of))
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

#[cfg(test)]
mod tests {
    use super::super::si::{Answer, Dialect, Offer};
    use super::*;

    fn offer(profile: &str, children: &str) -> Offer {
        let si = format!(
            "<si xmlns='http://jabber.org/protocol/si' id='a0' mime-type='text/plain' profile='{profile}'>{children}
               <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data'>
                 <field var='file-transfer-method' type='list-single'>
                   <option><value>s5b</value></option>
                   <option><value>http://jabber.org/protocol/bytestreams</value></option>
                   <option><value>jabber:iq:oob</value></option>
                   <option><value>ibb</value></option>
                 </field>
               </x></feature>
             </si>"
        );
        Offer::read(&si.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_file_in_headers_is_a_file() {
        let offer = offer(
            "http://jabber.org/protocol/si/profile/filexfer",
            "<header name='size'> 37678 </header>
             <header name='hash'>A9234ABBFF332a9234abbff332a92345</header>
             <header name='FileName'>filename.txt</header>
             <header name='date'>20030522T10:00:00</header>
             <header name='desc'>The text</header>
             <header>nameless</header>",
        );
        assert_eq!((offer.profile.as_str(), offer.dialect), (ns::SI_FILE, Dialect::Legacy));
        assert_eq!(offer.profile_data, []);
        let file = read_file(&offer.headers);
        assert_eq!(
            file,
            File {
                name: Some("filename.txt".to_owned()),
                size: Some(37678),
                hash: Some("a9234abbff332a9234abbff332a92345".to_owned()),
                date: date::read("2003-05-22T10:00:00Z"),
                description: Some("The text".to_owned()),
                ..File::default()
            }
        );
        assert_eq!(read_file(&write_file(&file)), file);
    }

    #[test]
    fn headers_that_say_nothing_of_use_describe_an_unknown_file() {
        let offer = offer("p", "<header name='size'>big</header><header name='hash'>00</header><header name='key'/>");
        assert_eq!(read_file(&offer.headers), File::default());
    }

    #[test]
    fn methods_go_by_short_names_on_the_wire_and_by_their_namespaces_within() {
        let offer = offer("p", "");
        assert_eq!(offer.methods, [ns::BYTESTREAMS, "jabber:iq:oob", ns::IBB]);
        let written = String::from(&offer.write());
        for option in ["<value>s5b</value>", "<value>jabber:iq:oob</value>", "<value>ibb</value>"] {
            assert!(written.contains(option), "{written}");
        }
        let answer = Answer {
            sid: Some(offer.sid),
            methods: vec![ns::IBB.to_owned()],
            multiple: false,
            dialect: Dialect::Legacy,
            profile_data: Vec::new(),
        };
        assert!(String::from(&answer.write()).contains("<value>ibb</value>"));
    }
}
