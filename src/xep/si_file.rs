//! XEP-0096, the file transfer profile: file and range.

use std::time::SystemTime;

use minidom::Element;

use super::stanza::{element, set, text_element};
use super::{Malformed, date, ns, number};

/// `<file/>`, in an offer or an answer; everything is optional on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// The name, exactly as sent: hostile.
    pub name: Option<String>,
    /// In bytes; absent or odd is none.
    pub size: Option<u64>,
    /// Hexadecimal MD5 of the whole file, in lower case; an odd one is none.
    pub hash: Option<String>,
    /// XEP-0082; an odd one is none.
    pub date: Option<SystemTime>,
    /// Words about it.
    pub description: Option<String>,
    /// Where Gabble puts it; not in XEP-0096.
    pub mime_type: Option<String>,
    /// In an offer: ranges are possible. In an answer: the part wanted.
    pub range: Option<Range>,
}

/// `<range/>`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// Where it starts.
    pub offset: Option<u64>,
    /// How much; to the end if absent.
    pub length: Option<u64>,
}

impl File {
    /// Reads `<file/>`.
    pub fn read(file: &Element) -> Result<Self, Malformed> {
        if !file.is("file", ns::SI_FILE) {
            return Err(Malformed::new(format!("<{}/> describes no file", file.name())));
        }
        let text = |attribute: &str| file.attr(attribute).map(str::to_owned);
        Ok(File {
            name: text("name"),
            size: number(file, "size"),
            hash: file.attr("hash").and_then(read_hash),
            date: file.attr("date").and_then(date::read),
            description: file.get_child("desc", ns::SI_FILE).map(Element::text).filter(|words| !words.is_empty()),
            mime_type: text("mime-type"),
            range: file.get_child("range", ns::SI_FILE).map(Range::read),
        })
    }

    /// Writes `<file/>`.
    pub fn write(&self) -> Element {
        let mut file = element("file", ns::SI_FILE);
        let attributes = [
            ("name", self.name.clone()),
            ("size", self.size.map(|size| size.to_string())),
            ("hash", self.hash.clone()),
            ("date", self.date.and_then(date::write)),
            ("mime-type", self.mime_type.clone()),
        ];
        for (name, value) in attributes {
            if let Some(value) = value {
                set(&mut file, name, &value);
            }
        }
        if let Some(description) = &self.description {
            file.append_child(text_element("desc", ns::SI_FILE, description));
        }
        if let Some(range) = self.range {
            file.append_child(range.write());
        }
        file
    }
}

impl Range {
    fn read(range: &Element) -> Self {
        Range { offset: number(range, "offset"), length: number(range, "length") }
    }

    fn write(self) -> Element {
        let mut range = element("range", ns::SI_FILE);
        if let Some(offset) = self.offset {
            set(&mut range, "offset", &offset.to_string());
        }
        if let Some(length) = self.length {
            set(&mut range, "length", &length.to_string());
        }
        range
    }
}

/// An MD5 in 32 hexadecimal digits; anything else can verify nothing.
pub(super) fn read_hash(text: &str) -> Option<String> {
    let hash = text.trim().to_ascii_lowercase();
    (hash.len() == 32 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(attributes: &str, children: &str) -> File {
        let file = format!("<file xmlns='{}' {attributes}>{children}</file>", ns::SI_FILE);
        File::read(&file.parse().unwrap()).unwrap()
    }

    #[test]
    fn what_is_odd_counts_as_left_out() {
        for attributes in ["", "size='' hash='' date=''", "size='12kB' hash='00' date='soon'", "size='-1' hash='xx'"] {
            assert_eq!(file(attributes, "<desc/>"), File::default(), "{attributes}");
        }
    }

    #[test]
    fn numbers_have_blanks_and_hashes_capitals() {
        let read = file("size=' 0 ' hash=' 552DA749930852C69AE5D2141D3766B1 '", "<range offset=' 7 ' length='all'/>");
        assert_eq!(read.size, Some(0));
        assert_eq!(read.hash.as_deref(), Some("552da749930852c69ae5d2141d3766b1"));
        assert_eq!(read.range, Some(Range { offset: Some(7), length: None }));
    }

    #[test]
    fn a_name_is_kept_as_it_was_sent() {
        assert_eq!(file("name=' ../../etc/passwd '", "").name.as_deref(), Some(" ../../etc/passwd "));
    }

    #[test]
    fn another_element_is_no_file() {
        assert!(File::read(&element("file", "urn:x:other")).is_err());
        assert!(File::read(&element("desc", ns::SI_FILE)).is_err());
    }
}
