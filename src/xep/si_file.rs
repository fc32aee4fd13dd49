//! XEP-0096, the file transfer profile: file and range.

use std::time::SystemTime;

use minidom::Element;

use super::Malformed;

/// `<file/>`, in an offer or an answer; everything is optional on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// The name, exactly as sent: hostile.
    pub name: Option<String>,
    /// In bytes; absent or odd is none.
    pub size: Option<u64>,
    /// Hexadecimal MD5 of the whole file.
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
    pub fn read(_file: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<file/>`.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}
