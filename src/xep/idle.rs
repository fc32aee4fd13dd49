//! XEP-0319: since when nobody has touched a program, in its presence.

use std::time::SystemTime;

use minidom::Element;

use super::stanza::{element, set};
use super::{date, ns};

/// Since when, if a presence with these payloads says so.
pub fn read<'a>(payloads: impl IntoIterator<Item = &'a Element>) -> Option<SystemTime> {
    let idle = payloads.into_iter().find(|payload| payload.is("idle", ns::IDLE))?;
    date::read(idle.attr("since")?)
}

/// Says it; nothing for years that cannot be written.
pub fn write(since: SystemTime) -> Option<Element> {
    let mut idle = element("idle", ns::IDLE);
    set(&mut idle, "since", &date::write(since)?);
    Some(idle)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_reads_as_it_was_written_and_an_odd_one_is_none() {
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        assert_eq!(read(&write(since)), Some(since));
        let odd: Element = "<idle xmlns='urn:xmpp:idle:1' since='a while'/>".parse().unwrap();
        assert_eq!(read([&odd]), None);
    }
}
