//! XEP-0203: when a stanza was written that waited somewhere; and the form of it before, XEP-0091.

use std::time::SystemTime;

use jid::Jid;
use minidom::Element;

use super::stanza::{element, set};
use super::{date, ns};

/// When the stanza with these payloads was written, if it waited and says so.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<SystemTime> {
    read_with_keeper(payloads).map(|(at, _)| at)
}

/// The same, with who says so, if they do: whoever kept it, or its own sender.
pub fn read_with_keeper<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<(SystemTime, Option<Jid>)> {
    let is_delay = |payload: &&Element| payload.is("delay", ns::DELAY) || payload.is("x", ns::LEGACY_DELAY);
    let read = |delay: &Element| {
        let keeper = delay.attr("from").and_then(|from| Jid::new(from).ok());
        Some((date::read(delay.attr("stamp")?)?, keeper))
    };
    payloads.into_iter().filter(is_delay).find_map(read)
}

/// Says when a stanza was written that we kept; nothing for years that cannot be written.
pub fn write(at: SystemTime) -> Option<Element> {
    let mut delay = element("delay", ns::DELAY);
    set(&mut delay, "stamp", &date::write(at)?);
    Some(delay)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_delay_reads_as_it_was_written() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        assert_eq!(read(&write(at)), Some(at));
    }

    #[test]
    fn the_older_form_is_read_and_an_odd_one_is_none() {
        let legacy: Element = "<x xmlns='jabber:x:delay' stamp='20010909T01:46:40'/>".parse().unwrap();
        assert_eq!(read([&legacy]), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)));
        let kept: Element =
            "<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='2001-09-09T01:46:40Z'/>".parse().unwrap();
        assert_eq!(read_with_keeper([&kept]), Some((read([&legacy]).unwrap(), Jid::new("capulet.lit").ok())));
        let odd: Element = "<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>".parse().unwrap();
        assert_eq!(read([&odd]), None);
    }
}
