//! In-band through narrow gates: how soon, how fast, how much is under way, how long chat waits, and what is said of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use balcony::engine::command::{Command, Via};
use balcony::engine::event::{Event, TransferChange};
use jid::Jid;
use minidom::Element;
use proptest::prelude::*;

use crate::support::network::{Gate, LATENCY, Quirk, Reach, Way};
use crate::support::pair::{JULIET, Pair, ROMEO};

const IBB: &str = "http://jabber.org/protocol/ibb";

/// What Balcony never exceeds, and what addresses may add to how it counts.
const CAP: usize = 192 * 1024 + 16 * 1024;

/// What an onlooker at Romeo's side sees.
#[derive(Default)]
struct Watch {
    under_way: BTreeMap<String, usize>,
    most_under_way: usize,
    blocks: usize,
}

/// Counts what is under way; the peer refuses larger blocks than `takes`.
fn onlooker(watch: &Rc<RefCell<Watch>>, takes: u32) -> Quirk {
    let watch = Rc::clone(watch);
    Box::new(move |way, stanza| {
        let mut watch = watch.borrow_mut();
        let id = stanza.attr("id").unwrap_or_default().to_owned();
        match way {
            Way::Out if stanza.has_child("data", IBB) => {
                watch.blocks += 1;
                watch.under_way.insert(id, String::from(&stanza).len());
                watch.most_under_way = watch.most_under_way.max(watch.under_way.values().sum());
            }
            Way::Out if too_large(&stanza, takes) => return vec![(Way::In, refusal(&stanza))],
            Way::In => {
                watch.under_way.remove(&id);
            }
            Way::Out => {}
        }
        vec![(way, stanza)]
    })
}

fn too_large(stanza: &Element, takes: u32) -> bool {
    let asked = stanza.get_child("open", IBB).and_then(|open| open.attr("block-size")?.parse::<u32>().ok());
    asked.is_some_and(|asked| asked > takes)
}

fn refusal(stanza: &Element) -> Element {
    let (id, to) = (stanza.attr("id").unwrap(), stanza.attr("to").unwrap());
    let xml = format!(
        "<iq xmlns='jabber:client' type='error' id='{id}' from='{to}'><error type='modify'>\
         <resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    );
    xml.parse().unwrap()
}

fn watched(gate: Gate, detour: Duration, takes: u32) -> (Pair, Rc<RefCell<Watch>>) {
    let mut pair = Pair::new();
    let watch = Rc::new(RefCell::new(Watch::default()));
    pair.world.nodes[ROMEO].quirk = Some(onlooker(&watch, takes));
    pair.world.nodes[ROMEO].gate = gate;
    pair.world.detour = detour;
    pair.world.most_steps = usize::MAX;
    (pair, watch)
}

/// How long a message from Romeo takes to Juliet.
fn chat(pair: &mut Pair) -> Duration {
    let heard = |pair: &Pair| {
        let events = pair.world.nodes[JULIET].events.iter();
        events.filter(|event| matches!(event, Event::Message(_))).count()
    };
    let (before, began) = (heard(pair), pair.world.now());
    let to: Jid = "juliet@capulet.lit/balcony".parse().unwrap();
    pair.world.command(ROMEO, Command::SendMessage { to, body: "but soft".to_owned() });
    while heard(pair) == before {
        assert!(pair.world.step(began + Duration::from_secs(100)), "a message is lost");
    }
    pair.world.now() - began
}

fn remarks(pair: &Pair) -> Vec<String> {
    let remark = |change| match change {
        TransferChange::Remark(remark) => Some(remark),
        _ => None,
    };
    pair.first(ROMEO).into_iter().filter_map(remark).collect()
}

#[test]
fn the_first_byte_comes_within_three_round_trips_of_a_refused_connection() {
    let (mut pair, watch) = watched(Gate::Line(1_000_000), Duration::ZERO, 4096);
    pair.world.nodes[ROMEO].reach = Reach::Refused;
    pair.offer(10_000);
    pair.accept();
    let start = pair.world.now();
    while !pair.attempts(JULIET).iter().any(|line| line.ends_with("refused")) {
        assert!(pair.world.step(start + Duration::from_secs(10)));
    }
    let refused = pair.world.now();
    while watch.borrow().blocks == 0 {
        assert!(pair.world.step(start + Duration::from_secs(10)));
    }
    let arrives = pair.world.now() + LATENCY - refused;
    assert!(arrives <= 3 * 2 * LATENCY, "{arrives:?}");
}

#[test]
fn a_server_that_limits_is_named_and_delays_chat_by_less_than_a_second() {
    let (mut pair, _) = watched(Gate::Limit(10_000), Duration::ZERO, 4096);
    pair.offer_via(200_000, &[Via::InBand]);
    pair.accept();
    pair.pass(Duration::from_secs(3));
    for _ in 0..20 {
        let took = chat(&mut pair);
        assert!(took < Duration::from_secs(1), "{took:?}");
        pair.pass(Duration::from_millis(170));
    }
    pair.pass(Duration::from_secs(10));
    let remark = remarks(&pair);
    let is_right = |remark: &str| remark.starts_with("montague.lit lets 9.") && remark.ends_with(" KiB/s through");
    assert!(matches!(remark.as_slice(), [it] if is_right(it)), "{remark:?}");
    let attempt = pair.attempts(ROMEO).pop().unwrap();
    assert!(attempt.starts_with("in-band ▶ block 1024, 2 in flight; montague.lit lets 9."), "{attempt}");
    pair.finish();
    pair.assert_arrived(200_000, Via::InBand);
}

#[test]
fn a_limit_behind_our_server_is_not_laid_to_its_charge() {
    let (mut pair, _) = watched(Gate::Line(1_000_000), Duration::ZERO, 4096);
    pair.world.nodes[JULIET].gate = Gate::Limit(1_000);
    pair.offer_via(200_000, &[Via::InBand]);
    pair.accept();
    pair.pass(Duration::from_mins(1));
    assert!(remarks(&pair).iter().all(|remark| remark.starts_with("juliet's side lets ")), "{:?}", remarks(&pair));
    pair.finish();
    pair.assert_arrived(200_000, Via::InBand);
}

#[test]
fn two_transfers_share_what_there_is() {
    let (mut pair, watch) = watched(Gate::Line(300_000), Duration::ZERO, 4096);
    for _ in 0..2 {
        pair.offer_via(1_000_000, &[Via::InBand]);
    }
    pair.accept();
    pair.pass(Duration::from_secs(4));
    let moved = |which: usize| {
        let id = pair.transfers(ROMEO)[which];
        let bytes = |change| match change {
            TransferChange::Progress(progress) => Some(progress.bytes),
            _ => None,
        };
        pair.changes(ROMEO, id).into_iter().filter_map(bytes).next_back().unwrap()
    };
    let (one, other) = (moved(0), moved(1));
    assert!(one.min(other) * 3 > one.max(other) * 2, "{one} {other}");
    assert!(watch.borrow().most_under_way <= CAP);
}

/// A gate, a way around, what the peer takes, and whether the session is lost in the middle.
#[derive(Debug, Clone, Copy)]
struct Case {
    gate: Gate,
    detour: Duration,
    takes: u32,
    is_lost: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let rate = prop_oneof![5_000..20_000_u64, 20_000..2_000_000_u64];
    let gate =
        (rate, any::<bool>()).prop_map(|(rate, limits)| if limits { Gate::Limit(rate) } else { Gate::Line(rate) });
    let takes = prop::sample::select(vec![512, 1000, 4096, 65535]);
    (gate, 0..300_u64, takes, any::<bool>()).prop_map(|(gate, detour, takes, is_lost)| Case {
        gate,
        detour: Duration::from_millis(detour),
        takes,
        is_lost,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_way_is_like_it_is_used_and_chat_passes(case in case()) {
        let (mut pair, watch) = watched(case.gate, case.detour, case.takes);
        let rate = usize::try_from(case.gate.rate()).unwrap();
        let size = (rate * 8).min(2_000_000);
        pair.offer_via(size, &[Via::InBand]);
        pair.pass(Duration::from_secs(5));
        pair.accept();
        let start = pair.world.now();
        pair.pass(Duration::from_secs(4));
        if case.is_lost && pair.outcomes(ROMEO).is_empty() {
            pair.interrupt(ROMEO);
            pair.pass(Duration::from_secs(2));
        }
        let trip = 2 * (LATENCY + case.detour);
        if pair.outcomes(ROMEO).is_empty() {
            let waited = chat(&mut pair);
            prop_assert!(waited < trip + Duration::from_secs(1), "{waited:?}");
        }
        while pair.outcomes(JULIET).is_empty() {
            prop_assert!(pair.world.step(start + Duration::from_secs(500)), "it takes for ever");
        }
        let took = pair.world.now() - start;
        let by_cap = 192_000 * 1000 / trip.as_millis();
        let ideal = Duration::from_millis(u64::try_from(size as u128 * 1400 / (rate as u128).min(by_cap)).unwrap());
        let share_of_envelopes = if case.takes < 2048 { 3 } else { 2 };
        let most = ideal * 3 / 4 * share_of_envelopes + 20 * trip + Duration::from_secs(6);
        prop_assert!(took < most, "{took:?} of {ideal:?}");
        prop_assert!(watch.borrow().most_under_way <= CAP);
        pair.pass(Duration::from_secs(10));
        pair.assert_arrived(size, Via::InBand);
    }
}
