//! XEP-0428: which part of a body is there only for programs that do not know a feature.
//!
//! Positions count Unicode scalar values (XEP-0426); a range that does not lie within the body says nothing.

use std::ops::Range;

use minidom::Element;

use super::stanza::{element, set};
use super::{ns, number};

/// The bytes of `body` that stand in for `feature`, if the payloads say so.
pub fn read(payloads: &[Element], feature: &str, body: &str) -> Option<Range<usize>> {
    let is_fallback =
        |payload: &&Element| payload.is("fallback", ns::FALLBACK) || payload.is("fallback", ns::OLD_FALLBACK);
    let fallback = payloads.iter().filter(is_fallback).find(|payload| payload.attr("for") == Some(feature))?;
    let namespace = fallback.ns();
    let Some(part) = fallback.children().find(|child| child.is("body", namespace.as_str())) else {
        return Some(0..body.len());
    };
    if part.attr("start").is_none() && part.attr("end").is_none() {
        return Some(0..body.len());
    }
    let (start, end) = (byte(body, number(part, "start")?)?, byte(body, number(part, "end")?)?);
    (start < end).then_some(start..end)
}

/// Where the character of that number begins; the one after the last is the end.
fn byte(body: &str, character: usize) -> Option<usize> {
    body.char_indices().map(|(at, _)| at).chain([body.len()]).nth(character)
}

/// Says that so many characters of the body at its beginning, or all of it, stand in for `feature`.
pub fn write(feature: &str, characters: Option<usize>) -> Element {
    let mut fallback = element("fallback", ns::FALLBACK);
    set(&mut fallback, "for", feature);
    let mut body = element("body", ns::FALLBACK);
    if let Some(end) = characters {
        set(&mut body, "start", "0");
        set(&mut body, "end", &end.to_string());
    }
    fallback.append_child(body);
    fallback
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "> 🎂?\nyes";

    fn read_range(attributes: &str) -> Option<&'static str> {
        let xml =
            format!("<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body {attributes}/></fallback>");
        read(&[xml.parse().unwrap()], ns::REPLY, BODY).map(|range| &BODY[range])
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(read_range("start='0' end='5'"), Some("> 🎂?\n"));
        assert_eq!(read_range(""), Some(BODY));
        let written = write(ns::REPLY, Some(5));
        assert_eq!(read(&[written], ns::REPLY, BODY), Some(0..8));
    }

    #[test]
    fn a_range_outside_of_the_body_says_nothing() {
        for hostile in [
            "start='0' end='9999'",
            "start='5' end='0'",
            "start='3' end='3'",
            "start='-1' end='2'",
            "start='0'",
            "end='2'",
            "start='x' end='y'",
            "start='0' end='18446744073709551616'",
        ] {
            assert_eq!(read_range(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn what_stands_in_for_something_else_is_no_business_of_this() {
        let other = write(ns::REACTIONS, None);
        assert_eq!(read(&[other], ns::REPLY, BODY), None);
        let without_body: Element =
            "<fallback xmlns='urn:xmpp:feature-fallback:0' for='urn:xmpp:reply:0'/>".parse().unwrap();
        assert_eq!(read(&[without_body], ns::REPLY, BODY), Some(0..BODY.len()));
    }
}
