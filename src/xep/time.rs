//! XEP-0202: what time it is elsewhere.

use std::time::SystemTime;

use minidom::Element;

use super::{date, ns};
use crate::xep::stanza::element;

/// `<time xmlns='urn:xmpp:time'/>`: what time is it?
pub fn query() -> Element {
    element("time", ns::TIME)
}

/// The time of an answer, in whole seconds.
pub fn read(answer: &Element) -> Option<SystemTime> {
    date::read(&answer.get_child("utc", ns::TIME)?.text())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn an_answer_is_read_and_one_without_a_time_is_none() {
        let answer = "<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>";
        let told = UNIX_EPOCH + Duration::from_secs(1_166_551_115);
        assert_eq!(read(&answer.parse().unwrap()), Some(told));
        assert_eq!(read(&query()), None);
    }
}
