//! When a message of the archive was said: its place among the others.
//!
//! The archive's order is the truth, and its stamps mostly tell whole seconds. So a page that goes on from older ones
//! gives each message the later of its stamp and the moment after the one before; a page that goes back gives it the
//! earlier of its stamp and the moment before the one after. In both ways the order comes out as the archive has it.

use std::time::{Duration, SystemTime};

use jid::Jid;

use crate::engine::chat;
use crate::engine::context::Context;
use crate::engine::event::Author;
use crate::engine::history::{Clock, Said};
use crate::xep::mam::Found;
use crate::xep::stanza::MessageKind;

/// Finer than any stamp.
const STEP: Duration = Duration::from_micros(1);

/// By so much a server's clock may be ahead of ours; later ones are wrong, and would stand below everything for ever.
const AHEAD: Duration = Duration::from_hours(24);

/// The moments of messages that follow each other, after one that is known; of the last.
pub(super) fn forward(found: &[Found], previous: Option<SystemTime>, now: SystemTime) -> Vec<SystemTime> {
    let mut last = previous;
    let place = |found: &Found| {
        let earliest = last.map(|last| last + STEP);
        let at = stamp(found, now).into_iter().chain(earliest).max().unwrap_or(now);
        last = Some(at);
        at
    };
    found.iter().map(place).collect()
}

/// The moments of messages that follow each other, before one that is known.
pub(super) fn backward(found: &[Found], next: Option<SystemTime>, now: SystemTime) -> Vec<SystemTime> {
    let mut first = next;
    let place = |found: &Found| {
        let latest = first.map(|first| first - STEP);
        let at = stamp(found, now).into_iter().chain(latest).min().unwrap_or(now);
        first = Some(at);
        at
    };
    let mut places: Vec<SystemTime> = found.iter().rev().map(place).collect();
    places.reverse();
    places
}

fn stamp(found: &Found, now: SystemTime) -> Option<SystemTime> {
    Some(found.at?.min(now + AHEAD))
}

/// What a message of the archive says, as facts. The first of them has the archive's name; there is hardly ever another.
pub(super) fn facts(found: &Found, at: SystemTime, cx: &Context) -> Vec<Said> {
    let message = &found.message;
    let Some((other, author)) = people(found, cx) else { return Vec::new() };
    let is_to_ourselves = other.to_bare() == cx.settings().account;
    // What we send to ourselves is archived as sent and as received.
    let mut archived = Some(found.id.clone()).filter(|_| !is_to_ourselves);
    let id = chat::name(message, &author).or_else(|| archived.clone());
    let meanings = chat::meanings(message, &author).into_iter().map(|what| Said {
        with: other.to_bare(),
        author: author.clone(),
        id: id.clone(),
        archived: archived.take(),
        at,
        clock: Clock::Archives,
        what,
    });
    meanings.collect()
}

/// With whom the conversation is, and who said it. Rooms and news have no place in here.
fn people(found: &Found, cx: &Context) -> Option<(Jid, Author)> {
    let message = &found.message;
    match message.kind {
        MessageKind::Chat | MessageKind::Normal => {}
        MessageKind::Groupchat | MessageKind::Headline | MessageKind::Error => return None,
    }
    let account = &cx.settings().account;
    let from = message.from.clone()?;
    if from.to_bare() != *account {
        return Some((from.clone(), Author::Contact(from)));
    }
    let to = message.to.clone().unwrap_or_else(|| account.clone().into());
    Some((to, Author::MyOtherDevice))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(second)
    }

    fn stamped(seconds: &[u64]) -> Vec<Found> {
        let found = |second: &u64| Found {
            query: None,
            id: second.to_string(),
            at: Some(at(*second)),
            message: crate::xep::stanza::Message::default(),
        };
        seconds.iter().map(found).collect()
    }

    #[test]
    fn what_bears_the_same_second_keeps_its_order_in_both_ways() {
        let page = stamped(&[7, 7, 8, 8]);
        assert_eq!(forward(&page, Some(at(7)), at(9)), [at(7) + STEP, at(7) + STEP * 2, at(8), at(8) + STEP]);
        assert_eq!(backward(&page, Some(at(8)), at(9)), [at(7) - STEP, at(7), at(8) - STEP * 2, at(8) - STEP]);
    }

    #[test]
    fn a_clock_that_is_far_ahead_or_says_nothing_is_not_followed() {
        let mut page = stamped(&[1_000_000]);
        assert_eq!(forward(&page, None, at(0)), [at(0) + AHEAD]);
        page[0].at = None;
        assert_eq!(forward(&page, Some(at(5)), at(9)), [at(5) + STEP]);
        assert_eq!(backward(&page, None, at(9)), [at(9)]);
    }
}
