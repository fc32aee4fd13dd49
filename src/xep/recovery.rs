//! Balcony's own extension of stream initiation: a transfer has a name that outlives its stream.
//!
//! A stream's name ends with the stream. Here `<recovery/>` in the `<si/>` of an offer names the transfer itself, and in
//! that of the answer says that the receiver knows it; a later offer that names it too goes on with it. The name is
//! random, so only the two know it; who does not know the element ignores it. A few requests speak of such a transfer
//! outside of any offer: a receiver that has come back asks the sender to go on, who gives up tells the other, and so
//! does who holds it for a while, because its user paused it or because others go first, and when it moves again.
//!
//! ```xml
//! <recovery xmlns='urn:x-balcony:recovery:0' id='5f0c…'/>
//! <resume xmlns='urn:x-balcony:recovery:0' id='5f0c…'/>
//! <forget xmlns='urn:x-balcony:recovery:0' id='5f0c…'>no space is left here</forget>
//! <paused xmlns='urn:x-balcony:recovery:0' id='5f0c…'/>
//! <waits xmlns='urn:x-balcony:recovery:0' id='5f0c…'/>
//! <moves xmlns='urn:x-balcony:recovery:0' id='5f0c…'/>
//! ```
//!
//! Who gives up because it cannot be done, not because a person wants it so, may say why, in words for people.
//! Their result says that it is so; `item-not-found` that no such transfer is known, `gone` that it was given up.

use minidom::Element;

use super::ns;
use super::stanza::{element, set};

/// The condition by which a receiver refuses an offer that goes on with what has arrived whole.
pub const HERE_ALREADY: &str = "conflict";

/// A name this short could be guessed, one this long is none.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// A sentence, in characters.
const LONGEST_REASON: usize = 200;

/// A transfer's name between two programs, chosen by the sender.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecoveryId(pub String);

/// What is asked about a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The receiver is back and wants the rest.
    Resume,
    /// It will not go on.
    Forget,
    /// The user there stopped it for a while.
    Paused,
    /// Others go first there.
    Waits,
    /// It may move there.
    Moves,
}

impl Word {
    const ALL: [Word; 5] = [Word::Resume, Word::Forget, Word::Paused, Word::Waits, Word::Moves];

    fn name(self) -> &'static str {
        match self {
            Word::Resume => "resume",
            Word::Forget => "forget",
            Word::Paused => "paused",
            Word::Waits => "waits",
            Word::Moves => "moves",
        }
    }
}

/// The name in an offer or an answer; an odd one is none.
pub fn read_promise(promise: &Element) -> Option<RecoveryId> {
    if promise.is("recovery", ns::RECOVERY) { read_id(promise) } else { None }
}

/// Names the transfer in an offer or an answer.
pub fn write_promise(id: &RecoveryId) -> Element {
    write_id("recovery", id)
}

/// What a request says, and about which transfer.
pub fn read_word(request: &Element) -> Option<(Word, RecoveryId)> {
    let word = Word::ALL.into_iter().find(|word| request.is(word.name(), ns::RECOVERY))?;
    Some((word, read_id(request)?))
}

/// Why it will not go on, if that was said.
pub fn read_reason(request: &Element) -> Option<String> {
    let reason: String = request.text().trim().chars().take(LONGEST_REASON).collect();
    (!reason.is_empty()).then_some(reason)
}

/// Says that it will not go on, and why.
pub fn write_forget(id: &RecoveryId, reason: Option<&str>) -> Element {
    let mut forget = write_word(Word::Forget, id);
    if let Some(reason) = reason {
        forget.append_text(reason);
    }
    forget
}

/// Says something about a transfer.
pub fn write_word(word: Word, id: &RecoveryId) -> Element {
    write_id(word.name(), id)
}

fn read_id(element: &Element) -> Option<RecoveryId> {
    let id = element.attr("id")?;
    let is_usable = LENGTHS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_usable.then(|| RecoveryId(id.to_owned()))
}

fn write_id(name: &str, id: &RecoveryId) -> Element {
    let mut named = element(name, ns::RECOVERY);
    set(&mut named, "id", &id.0);
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> RecoveryId {
        RecoveryId("0123456789abcdef0123456789abcdef".to_owned())
    }

    #[test]
    fn a_name_is_read_as_it_was_written() {
        assert_eq!(read_promise(&write_promise(&id())), Some(id()));
        for word in Word::ALL {
            assert_eq!(read_word(&write_word(word, &id())), Some((word, id())));
            assert_eq!(read_promise(&write_word(word, &id())), None);
        }
        assert_eq!(read_word(&write_promise(&id())), None);
    }

    #[test]
    fn a_reason_is_read_as_it_was_written_and_cut_where_it_is_absurd() {
        let forget = write_forget(&id(), Some("no space is left here"));
        assert_eq!(read_word(&forget), Some((Word::Forget, id())));
        assert_eq!(read_reason(&forget).as_deref(), Some("no space is left here"));
        assert_eq!(read_reason(&write_forget(&id(), None)), None);
        assert_eq!(read_reason(&write_forget(&id(), Some(" \n"))), None);
        assert_eq!(read_reason(&write_forget(&id(), Some(&"é".repeat(10_000)))), Some("é".repeat(LONGEST_REASON)));
    }

    #[test]
    fn a_name_that_could_be_guessed_or_is_odd_is_none() {
        for odd in ["", "1", "0123456789abcde", "0123456789abcdef ", "0123456789abcdeé", &"x".repeat(65)] {
            assert_eq!(read_promise(&write_promise(&RecoveryId(odd.to_owned()))), None, "{odd:?}");
        }
        assert_eq!(read_promise(&element("recovery", ns::RECOVERY)), None);
        assert_eq!(read_promise(&element("recovery", ns::CHECKSUM)), None);
    }
}
