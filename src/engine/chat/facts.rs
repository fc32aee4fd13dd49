//! What is said and heard, as [facts](crate::engine::history) that are kept.
//!
//! A message is named by its own `id`, as receipts and bounces name it, and by the id that our archive gave it (XEP-0359),
//! by which it is recognised when it comes out of there. What we said is recognised by its origin id, which stays ours
//! where a server puts other ids in. Who answered has read what was said before.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use jid::{BareJid, Jid};

use super::Heard;
use crate::engine::context::Context;
use crate::engine::event::Author;
use crate::engine::history::{Clock, Name, Order, Said, What};
use crate::xep::stanza::Message;
use crate::xep::{delay, stanza_id};

/// The finest that stamps on the wire tell, mostly (XEP-0082).
const COARSE: Duration = Duration::from_secs(1);

/// Finer than any stamp.
const STEP: Duration = Duration::from_micros(1);

/// By so much our clock may be behind those of others; what they said still later has a wrong time, and is not followed.
const BEHIND: Duration = Duration::from_hours(24);

/// Conversations of which the end is known; more than anybody has.
const CONVERSATIONS: usize = 4096;

/// Gives each message a moment of its own, so that what was stamped with the same second stays in the order in which it
/// came, and so that what is said now stands behind all that was said before, by whichever clock that was.
///
/// What our server kept for us while we were away was said after all that passed through it before we went, whatever the
/// clocks say: ours may have been ahead of its. That holds for nothing else that bears a stamp.
#[derive(Default)]
pub(super) struct Times {
    last: Option<SystemTime>,
    /// When the last was said in each conversation.
    ends: BTreeMap<BareJid, SystemTime>,
    /// The same, of what was said before the session began, or since then came out of what the server kept.
    before: BTreeMap<BareJid, SystemTime>,
}

impl Times {
    /// The moment of a message that is said now.
    pub(super) fn now(&mut self, with: &BareJid, now: SystemTime) -> SystemTime {
        let at = match self.ends.get(with).filter(|end| is_a_little_after(**end, now)) {
            Some(end) => *end + STEP,
            None => self.apart(now),
        };
        self.note(with, at);
        at
    }

    /// The moment of a message that our server kept for us and stamped so, and whose clock tells that moment. How far its
    /// clock is from ours does not matter, unless ours was put right meanwhile and what was said before is still to come.
    pub(super) fn kept(&mut self, with: &BareJid, stamp: SystemTime, now: SystemTime) -> (SystemTime, Clock) {
        let is_ahead =
            |before: &&SystemTime| is_a_little_after(**before, stamp) || (stamp < **before && **before <= now);
        let (at, clock) = match self.before.get(with).filter(is_ahead) {
            Some(before) => (*before + STEP, Clock::Ours),
            None => (self.apart(stamp), Clock::Keepers),
        };
        self.note(with, at);
        if let Some(before) = self.before.get_mut(with) {
            *before = at.max(*before);
        }
        (at, clock)
    }

    /// A session is over. What was said in it got to the server, but for conversations in which something is on its way.
    pub(super) fn close(&mut self, is_open: impl Fn(&BareJid) -> bool) {
        for (with, end) in self.ends.iter().filter(|(with, _)| !is_open(with)) {
            self.before.insert(with.clone(), *end);
        }
    }

    /// In that conversation, nobody knows what got to the server.
    pub(super) fn reopen(&mut self, with: &BareJid) {
        self.before.remove(with);
    }

    /// The moment of a message that its sender stamped so, or whoever else: anybody can write that, so that it stands behind
    /// all that was said before it came, which is where the archive has it, too.
    pub(super) fn then(&mut self, with: &BareJid, stamp: SystemTime, now: SystemTime) -> (SystemTime, Clock) {
        let is_past = |end: &&SystemTime| end.duration_since(stamp).is_ok_and(|since| since >= COARSE);
        let is_right = |end: &&SystemTime| **end <= now || is_a_little_after(**end, now);
        let (at, clock) = match self.ends.get(with).filter(is_past).filter(is_right) {
            Some(end) => (*end + STEP, Clock::Ours),
            None => (self.apart(stamp), Clock::Keepers),
        };
        self.note(with, at);
        (at, clock)
    }

    /// Something was said in a conversation then.
    pub(super) fn note(&mut self, with: &BareJid, at: SystemTime) {
        if self.ends.len() >= CONVERSATIONS && !self.ends.contains_key(with) {
            let gone = self.ends.pop_first();
            gone.and_then(|(with, _)| self.before.remove(&with));
        }
        let end = self.ends.entry(with.clone()).or_insert(at);
        *end = at.max(*end);
    }

    fn apart(&mut self, stamp: SystemTime) -> SystemTime {
        let same = |last: &SystemTime| last.duration_since(stamp).is_ok_and(|since| since < COARSE);
        let at = self.last.filter(same).map_or(stamp, |last| last + STEP);
        self.last = Some(at);
        at
    }
}

/// So much later as clocks differ.
fn is_a_little_after(later: SystemTime, at: SystemTime) -> bool {
    later.duration_since(at).is_ok_and(|ahead| ahead < BEHIND)
}

/// How its sender calls a message. Others' are answered by their own `id`; ours is recognised by what nobody changes.
pub(in crate::engine) fn name(stanza: &Message, author: &Author) -> Option<String> {
    let origin = stanza_id::read_origin(&stanza.payloads);
    match author {
        Author::Me | Author::MyOtherDevice => origin.or_else(|| stanza.id.clone()),
        Author::Contact(_) => stanza.id.clone().or(origin),
    }
}

/// What a stanza says, as a fact.
pub(super) fn said(what: What, heard: &Heard, stanza: &Message, cx: &Context) -> Said {
    Said {
        with: heard.with.clone(),
        author: heard.author.clone(),
        // Without a name it is called as it will be when it comes out of the archive.
        id: name(stanza, &heard.author).or_else(|| cx.archived_as(&stanza.payloads)),
        archived: cx.archived_as(&stanza.payloads),
        at: heard.at,
        clock: heard.clock,
        what,
    }
}

/// Keeps a fact.
pub(super) fn keep(said: &Said, cx: &mut Context) {
    cx.history(Order::Keep(Box::new(said.clone())));
    read_what_was_answered(said, cx);
}

/// Who answers has read what was said before; so has who says so.
pub(in crate::engine) fn read_what_was_answered(said: &Said, cx: &mut Context) {
    if said.speaker().is_some() {
        return;
    }
    match &said.what {
        What::Message { .. } => cx.history(Order::Read { with: said.with.clone(), at: said.at }),
        What::Displayed { of } => {
            let message = Name::Senders(of.clone());
            cx.history(Order::ReadElsewhere { with: said.with.clone(), message });
        }
        What::Correction { .. }
        | What::Retraction { .. }
        | What::Reactions { .. }
        | What::Receipt { .. }
        | What::Failure { .. } => {}
    }
}

/// Keeps that a message arrived, also one of an earlier run. Strangers are not written to in the long run.
pub(super) fn keep_receipt(stanza: &Message, from: &Jid, of: String, cx: &mut Context) -> Option<Said> {
    let with = from.to_bare();
    if !cx.contacts.is_contact(&with) {
        return None;
    }
    let stamp = delay::read(&stanza.payloads);
    let said = Said {
        with,
        author: Author::Contact(from.clone()),
        id: stanza.id.clone(),
        archived: cx.archived_as(&stanza.payloads),
        at: stamp.map_or(cx.now().wall, |stamp| stamp.min(cx.now().wall)),
        clock: if stamp.is_some() { Clock::Keepers } else { Clock::Ours },
        what: What::Receipt { of },
    };
    cx.history(Order::Keep(Box::new(said.clone())));
    Some(said)
}

/// Keeps that a message of ours came back, or never went.
pub(super) fn keep_failure(with: BareJid, of: String, why: String, cx: &mut Context) {
    cx.history(Order::Keep(Box::new(Said {
        with,
        author: Author::Me,
        id: None,
        archived: None,
        at: cx.now().wall,
        clock: Clock::Ours,
        what: What::Failure { of, why },
    })));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(number)
    }

    fn romeo() -> BareJid {
        BareJid::new("romeo@montague.lit").unwrap()
    }

    #[test]
    fn what_bears_the_same_second_keeps_the_order_in_which_it_came() {
        let mut times = Times::default();
        let given: Vec<SystemTime> =
            [7, 7, 7, 8, 3].map(|number| times.then(&romeo(), second(number), second(9)).0).to_vec();
        assert_eq!(given, [second(7), second(7) + STEP, second(7) + STEP * 2, second(8), second(8) + STEP]);
    }

    #[test]
    fn what_is_said_now_stands_behind_what_a_clock_ahead_of_ours_has_stamped() {
        let mut times = Times::default();
        times.note(&romeo(), second(600));
        let given: Vec<SystemTime> = [10, 11, 700].map(|number| times.now(&romeo(), second(number))).to_vec();
        assert_eq!(given, [second(600) + STEP, second(600) + STEP * 2, second(700)]);
        let nurse = BareJid::new("nurse@capulet.lit").unwrap();
        assert_eq!(times.now(&nurse, second(12)), second(12), "that is nothing to others");
    }

    #[test]
    fn what_was_kept_for_us_stands_behind_what_was_said_before_we_went() {
        let mut times = Times::default();
        let [said, written] = [600, 700].map(|number| times.now(&romeo(), second(number)));
        times.close(|_| false);
        assert_eq!((said, written), (second(600), second(700)));
        let behind = second(700) + STEP;
        let mut kept = |number| times.kept(&romeo(), second(number), second(900));
        assert_eq!(kept(100), (behind, Clock::Ours));
        assert_eq!(kept(101), (behind + STEP, Clock::Ours));
        assert_eq!(kept(800), (second(800), Clock::Keepers));
    }

    #[test]
    fn nobody_puts_what_they_say_before_what_was_said() {
        let mut times = Times::default();
        times.now(&romeo(), second(600));
        assert_eq!(times.then(&romeo(), second(100), second(900)), (second(600) + STEP, Clock::Ours));
        assert_eq!(times.then(&romeo(), second(800), second(900)), (second(800), Clock::Keepers));
        let nurse = BareJid::new("nurse@capulet.lit").unwrap();
        assert_eq!(times.then(&nurse, second(100), second(900)), (second(100), Clock::Keepers));
        times.note(&nurse, second(900) + BEHIND);
        assert_eq!(times.then(&nurse, second(200), second(900)).0, second(200), "that clock is not followed");
    }

    #[test]
    fn what_was_written_since_we_went_or_may_not_have_got_there_pushes_nothing_down() {
        let mut times = Times::default();
        times.now(&romeo(), second(600));
        times.close(|_| false);
        times.now(&romeo(), second(700));
        times.close(|with| *with == romeo());
        assert_eq!(times.kept(&romeo(), second(650), second(900)), (second(650), Clock::Keepers));
        times.reopen(&romeo());
        assert_eq!(times.kept(&romeo(), second(500), second(900)), (second(500), Clock::Keepers));
    }

    #[test]
    fn what_was_kept_follows_our_clock_by_days_as_it_goes_and_not_as_it_went_before_it_was_put_right() {
        let said = second(600) + BEHIND * 3;
        let kept = |now| {
            let mut times = Times::default();
            times.now(&romeo(), said);
            times.close(|_| false);
            times.kept(&romeo(), second(650), now)
        };
        assert_eq!(kept(said + Duration::from_mins(1)), (said + STEP, Clock::Ours));
        assert_eq!(kept(second(700)), (second(650), Clock::Keepers));
    }

    #[test]
    fn a_clock_that_is_a_day_ahead_is_not_followed() {
        let mut times = Times::default();
        times.note(&romeo(), second(10) + BEHIND);
        assert_eq!(times.now(&romeo(), second(10)), second(10));
    }
}
