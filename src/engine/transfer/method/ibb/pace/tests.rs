//! Paces on ways of all kinds: nothing idles and little waits, also when a way becomes another.

use std::collections::VecDeque;
use std::ops::Range;

use proptest::prelude::*;

use super::super::rate::SMALL;
use super::*;

/// A way: bytes a second, and the time that a block takes besides.
#[derive(Debug, Clone, Copy)]
struct Way {
    rate: u64,
    trip: Duration,
}

impl Way {
    fn of(rate: u64, milliseconds: u64) -> Self {
        Way { rate, trip: Duration::from_millis(milliseconds) }
    }
}

/// What became of a pace on a way.
struct Course {
    most_under_way: u64,
    /// Bytes a second.
    rate: u64,
    /// What a message that was sent at the worst moment waited for.
    longest_queue: Duration,
}

/// Sends between these seconds; the rate and the queue are those of the second half.
fn send(pace: &mut Pace, way: Way, seconds: Range<u64>) -> Course {
    let (start, end) = (Duration::from_secs(seconds.start), Duration::from_secs(seconds.end));
    let half = (start + end) / 2;
    let (mut now, mut free, mut passed) = (start, start, 0);
    let mut under_way = VecDeque::new();
    let mut course = Course { most_under_way: 0, rate: 0, longest_queue: Duration::ZERO };
    while now < end {
        loop {
            let flying: u64 = under_way.iter().map(|(_, sent): &(Duration, Sent)| sent.wire).sum();
            if flying > 0 && flying + on_wire(pace.block()) > pace.window() {
                break;
            }
            let sent = pace.sent(pace.block(), now);
            free = free.max(now) + Duration::from_micros(sent.wire * 1_000_000 / way.rate);
            under_way.push_back((free + way.trip, sent));
            course.most_under_way = course.most_under_way.max(flying + sent.wire);
        }
        pace.is_full();
        if now > half {
            course.longest_queue = course.longest_queue.max(free.saturating_sub(now));
        }
        if let Some((at, sent)) = under_way.pop_front() {
            now = at;
            pace.acknowledged(sent, now);
            passed += if now > half { sent.wire } else { 0 };
        }
    }
    course.rate = 2 * passed / (seconds.end - seconds.start);
    course
}

fn way() -> impl Strategy<Value = Way> {
    let rates = prop_oneof![5_000..30_000_u64, 30_000..1_000_000_u64, 1_000_000..60_000_000_u64];
    (rates, 1_u64..200_000).prop_map(|(rate, micros)| Way { rate, trip: Duration::from_micros(micros) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_idles_and_little_waits(way in way(), largest in prop::sample::select(vec![512, 3000, 4096, 8192, 32768])) {
        let course = send(&mut Pace::learning(largest), way, 0..20);
        let by_cap = CAP * 1_000_000 / micros(way.trip);
        prop_assert!(course.most_under_way <= CAP);
        prop_assert!(course.rate * 10 >= way.rate.min(by_cap) * 6, "{} of {way:?}", course.rate);
        prop_assert!(course.longest_queue <= Duration::from_millis(1100), "{:?} {way:?}", course.longest_queue);
    }
}

#[test]
fn a_pace_recovers_from_a_way_that_became_longer_and_faster() {
    let mut pace = Pace::learning(4096);
    send(&mut pace, Way::of(10_000, 1), 0..60);
    let course = send(&mut pace, Way::of(1_000_000, 50), 60..180);
    assert!(course.rate > 800_000, "{}", course.rate);
}

#[test]
fn a_way_that_became_longer_is_not_taken_for_a_queue() {
    for (before, after) in [(1, 60), (1, 300), (5, 40), (20, 200)] {
        let mut pace = Pace::learning(4096);
        send(&mut pace, Way::of(20_000_000, before), 0..1);
        let course = send(&mut pace, Way::of(20_000_000, after), 1..2 + after / 20);
        let by_cap = CAP * 1000 / after;
        assert!(course.rate * 10 > by_cap * 6, "{} of {by_cap} after {before} ms became {after}", course.rate);
        assert_eq!(pace.throttle().and_then(Throttle::rate), None);
    }
}

#[test]
fn a_limit_is_recognised_and_a_fast_way_is_none() {
    let mut pace = Pace::learning(4096);
    let first = pace.sent(SMALL, Duration::ZERO);
    pace.acknowledged(first, Duration::from_millis(1));
    let course = send(&mut pace, Way::of(10_000, 1), 0..20);
    let rate = pace.throttle().and_then(Throttle::rate).unwrap();
    assert!((9_000..=11_000).contains(&rate), "{rate}");
    assert!(course.longest_queue < Duration::from_millis(700), "{:?}", course.longest_queue);
    let mut pace = Pace::learning(4096);
    send(&mut pace, Way::of(1_000_000, 1), 0..20);
    assert_eq!(pace.throttle().and_then(Throttle::rate), None);
}

#[test]
fn a_fixed_pace_learns_nothing() {
    let mut pace = Pace::fixed(4096, 3);
    let course = send(&mut pace, Way::of(10_000, 1), 0..20);
    assert_eq!((pace.block(), course.most_under_way), (4096, 3 * on_wire(4096)));
}
