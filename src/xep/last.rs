//! XEP-0012: how long ago somebody was there.

use std::time::Duration;

use minidom::Element;

use super::stanza::element;
use super::{ns, number};

/// The question.
pub fn query() -> Element {
    element("query", ns::LAST)
}

/// How long ago, if the answer says so.
pub fn read(answer: &Element) -> Option<Duration> {
    let answer = Some(answer).filter(|answer| answer.is("query", ns::LAST))?;
    number(answer, "seconds").map(Duration::from_secs)
}
