//! XEP-0137: files that somebody would send to whoever asks, as `<sipub/>` and as `xmpp:…?recvfile;…`; the asking and its
//! answer.
//!
//! Only files are read: no other profile of stream initiation is in use. The URI's query type is in the registry of
//! XEP-0147; its `sid` is the published id and not yet a stream's name.

use jid::Jid;
use minidom::Element;

use super::percent::{decode, encode};
use super::si_file::File;
use super::stanza::{element, read_address, set};
use super::{Malformed, StreamId, ns};

/// Ids that exist have some twenty bytes; one has to fit on a line that a person types.
const LONGEST_ID: usize = 256;

const SCHEME: &str = "xmpp:";
const QUERY_TYPE: &str = "recvfile";

/// A file that can be asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Whom to ask; absent if it is who says so.
    pub owner: Option<Jid>,
    /// What to ask for.
    pub id: String,
    /// MIME type.
    pub mime_type: Option<String>,
    /// What is known of the file.
    pub file: File,
}

impl Published {
    /// Reads `<sipub/>`.
    pub fn read(sipub: &Element) -> Result<Self, Malformed> {
        if sipub.attr("profile") != Some(ns::SI_FILE) {
            return Err(Malformed::new("what is published is no file"));
        }
        let file = sipub.get_child("file", ns::SI_FILE).ok_or_else(|| Malformed::new("no <file/> is published"))?;
        Ok(Published {
            owner: sipub.attr("from").map(read_jid).transpose()?,
            id: read_id(sipub.attr("id"))?,
            mime_type: sipub.attr("mime-type").map(str::to_owned),
            file: File::read(file)?,
        })
    }

    /// Writes `<sipub/>`.
    pub fn write(&self) -> Element {
        let mut sipub = element("sipub", ns::SIPUB);
        if let Some(owner) = &self.owner {
            set(&mut sipub, "from", owner.as_str());
        }
        set(&mut sipub, "id", &self.id);
        if let Some(mime_type) = &self.mime_type {
            set(&mut sipub, "mime-type", mime_type);
        }
        set(&mut sipub, "profile", ns::SI_FILE);
        sipub.append_child(self.file.write());
        sipub
    }

    /// Reads `xmpp:romeo@montague.lit/orchard?recvfile;sid=…;name=…;size=…;mime-type=…`, of which only the sid must be there.
    pub fn read_uri(uri: &str) -> Result<Self, Malformed> {
        let wrong = || Malformed::new("no address of a published file, which is xmpp:…?recvfile;sid=…");
        let rest = uri.split_at_checked(SCHEME.len()).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME));
        let without_fragment = rest.and_then(|(_, rest)| rest.split('#').next());
        let (address, query) = without_fragment.and_then(|rest| rest.split_once('?')).ok_or_else(wrong)?;
        let mut parameters = query.split(';');
        if parameters.next() != Some(QUERY_TYPE) {
            return Err(wrong());
        }
        let mut published = Published {
            owner: Some(read_jid(&decode(address)?)?),
            id: String::new(),
            mime_type: None,
            file: File::default(),
        };
        for (key, value) in parameters.filter_map(|parameter| parameter.split_once('=')) {
            let value = decode(value)?;
            match key {
                "sid" => published.id = value,
                "name" => published.file.name = Some(value),
                "size" => published.file.size = value.parse().ok(),
                "mime-type" => published.mime_type = Some(value),
                _ => {}
            }
        }
        published.id = read_id(Some(&published.id))?;
        Ok(published)
    }

    /// Writes the URI by which to ask that owner.
    pub fn write_uri(&self, owner: &Jid) -> String {
        let node = owner.node().map(|node| format!("{}@", encode(node.as_str()))).unwrap_or_default();
        let resource = owner.resource().map(|resource| format!("/{}", encode(resource.as_str()))).unwrap_or_default();
        let size = self.file.size.map(|size| size.to_string());
        let parameters = [("sid", Some(&self.id)), ("name", self.file.name.as_ref()), ("size", size.as_ref())];
        let parameters = parameters.into_iter().chain([("mime-type", self.mime_type.as_ref())]);
        let query: String =
            parameters.filter_map(|(key, value)| value.map(|value| format!(";{key}={}", encode(value)))).collect();
        format!("{SCHEME}{node}{}{resource}?{QUERY_TYPE}{query}", encode(owner.domain().as_str()))
    }
}

/// What looks like such a URI in a text, without what ends a sentence.
pub fn find_uris(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')'));
    words.filter(|word| word.contains("?recvfile")).filter_map(|word| {
        let start = word.to_ascii_lowercase().find(SCHEME)?;
        Some(word[start..].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']))
    })
}

/// `<start/>`: asks for what was published under that id.
pub fn write_start(id: &str) -> Element {
    let mut start = element("start", ns::SIPUB);
    set(&mut start, "id", id);
    start
}

/// Reads `<start/>`.
pub fn read_start(start: &Element) -> Result<String, Malformed> {
    read_id(start.attr("id"))
}

/// `<starting/>`: it will be offered as that stream.
pub fn write_starting(sid: &StreamId) -> Element {
    let mut starting = element("starting", ns::SIPUB);
    set(&mut starting, "sid", &sid.0);
    starting
}

/// Reads `<starting/>`.
pub fn read_starting(starting: &Element) -> Result<StreamId, Malformed> {
    if !starting.is("starting", ns::SIPUB) {
        return Err(Malformed::new(format!("<{}/> where <starting/> belongs", starting.name())));
    }
    StreamId::read(starting, "sid")
}

fn read_id(id: Option<&str>) -> Result<String, Malformed> {
    let id = id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
    id.map(str::to_owned).ok_or_else(|| Malformed::new("nothing is published without an id"))
}

fn read_jid(jid: &str) -> Result<Jid, Malformed> {
    read_address(jid).ok_or_else(|| Malformed::new("the owner is no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(name: &str) -> Published {
        Published {
            owner: Some(Jid::new("romeo@montague.lit/the orchard").unwrap()),
            id: "pub234".to_owned(),
            mime_type: Some("text/plain".to_owned()),
            file: File { name: Some(name.to_owned()), size: Some(2048), ..File::default() },
        }
    }

    #[test]
    fn a_uri_is_written_as_the_registry_has_it_and_read_back() {
        let reply = published("reply.txt");
        let uri = reply.write_uri(reply.owner.as_ref().unwrap());
        let expected =
            "xmpp:romeo@montague.lit/the%20orchard?recvfile;sid=pub234;name=reply.txt;size=2048;mime-type=text%2Fplain";
        assert_eq!(uri, expected);
        assert_eq!(Published::read_uri(&uri), Ok(reply));
    }

    #[test]
    fn a_name_of_any_characters_survives_the_uri() {
        for name in ["a;b=c&d?e#f.txt", "Übersicht 100%.ods", "\u{202e}x", "真夏"] {
            let named = published(name);
            let uri = named.write_uri(named.owner.as_ref().unwrap());
            assert!(uri.is_ascii(), "{uri}");
            assert_eq!(Published::read_uri(&uri), Ok(named));
        }
    }

    #[test]
    fn only_the_sid_must_be_in_a_uri() {
        let bare = Published::read_uri("XMPP:romeo@montague.lit?recvfile;sid=a").unwrap();
        assert_eq!((bare.id.as_str(), bare.file), ("a", File::default()));
        for uri in [
            "",
            "xmpp:",
            "xmpp:romeo@montague.lit",
            "xmpp:romeo@montague.lit?message",
            "http://a/?recvfile;sid=a",
            "xmpp:romeo@montague.lit?recvfile",
            "xmpp:romeo@montague.lit?recvfile;sid=",
            "xmpp:?recvfile;sid=a",
            "xmpp:romeo@montague.lit?recvfile;sid=%4",
            "xmpp:romeo@montague.lit?recvfile;sid=%ff",
            "xmpp:é",
        ] {
            assert!(Published::read_uri(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn uris_are_found_in_a_text_without_what_ends_the_sentence() {
        let text = "Take (xmpp:a@b?recvfile;sid=1), or <XMPP:a@b?recvfile;sid=2>. Not xmpp:a@b?message nor http://a.";
        assert_eq!(find_uris(text).collect::<Vec<_>>(), ["xmpp:a@b?recvfile;sid=1", "XMPP:a@b?recvfile;sid=2"]);
    }

    #[test]
    fn an_element_is_read_back_as_it_was_written_and_another_profile_is_no_file() {
        let sent = published("missive.html");
        assert_eq!(Published::read(&sent.write()), Ok(sent.clone()));
        let mut other = sent.write();
        set(&mut other, "profile", "urn:x:other");
        assert!(Published::read(&other).is_err());
        let mut nameless = sent.write();
        set(&mut nameless, "id", "");
        assert!(Published::read(&nameless).is_err());
    }

    #[test]
    fn the_asking_and_its_answer_are_read_back() {
        assert_eq!(read_start(&write_start("publish-0123")), Ok("publish-0123".to_owned()));
        let sid = StreamId("session-87651234".to_owned());
        assert_eq!(read_starting(&write_starting(&sid)), Ok(sid));
        assert!(read_starting(&write_start("publish-0123")).is_err());
    }
}
