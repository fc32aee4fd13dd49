//! Somebody says no, stops, leaves or is cut off: the transfer ends on both sides, and nothing is left open.

use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::{KeepPartial, Via};
use balcony::engine::event::{Event, Failure, OfferInfo, Outcome, PeerFault, Side, TransferChange};

use crate::support::engine::parse;
use crate::support::network::Reach;
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, UNDER_WAY};

/// Half a second in the simulated world, by either method.
const BIG: usize = 400_000;

#[test]
fn a_declined_offer_is_declined_on_both_sides() {
    let mut pair = Pair::new();
    pair.offer(5);
    pair.decline();
    pair.pass(LONG);
    assert_eq!(pair.outcome(JULIET), Outcome::Declined { by: Side::Us });
    assert_eq!(pair.outcome(ROMEO), Outcome::Declined { by: Side::Peer });
    pair.assert_tidy();
}

#[test]
fn an_offer_that_nobody_answers_is_withdrawn_after_ten_minutes() {
    let mut pair = Pair::new();
    pair.offer(5);
    pair.pass(LONG);
    assert!(matches!(pair.outcome(ROMEO), Outcome::Failed(Failure::Peer(PeerFault::Silent(_)))));
    assert_eq!(pair.outcome(JULIET), Outcome::Cancelled { by: Side::Peer });
    pair.assert_tidy();
}

#[test]
fn an_offer_that_is_cancelled_leaves_the_other_screen() {
    let mut pair = Pair::new();
    pair.offer(5);
    pair.cancel(ROMEO, KeepPartial::Yes);
    pair.pass(Duration::from_secs(1));
    assert_eq!(pair.outcome(ROMEO), Outcome::Cancelled { by: Side::Us });
    assert_eq!(pair.outcome(JULIET), Outcome::Cancelled { by: Side::Peer });
    pair.assert_tidy();
}

#[test]
fn a_contact_who_leaves_takes_their_offer_along() {
    let mut pair = Pair::new();
    pair.offer(5);
    pair.world.leave(ROMEO);
    pair.pass(LONG);
    assert_eq!(pair.outcome(JULIET), Outcome::Cancelled { by: Side::Peer });
}

#[test]
fn an_offer_without_a_session_is_our_fault_and_not_the_contacts() {
    let mut pair = Pair::new();
    pair.world.nodes[ROMEO].disk.insert(crate::support::pair::SONNET.into(), vec![1]);
    pair.world.leave(ROMEO);
    pair.offer_to(jid::Jid::new("juliet@capulet.lit").unwrap(), &[]);
    pair.pass(LONG);
    assert_eq!(pair.outcome(ROMEO), Outcome::Failed(Failure::Disconnected));
    pair.assert_tidy();
}

#[test]
fn an_offer_to_nobody_ends_at_once_and_says_of_nobody_that_they_are_offline_who_may_not_be() {
    for (subscription, fault) in
        [("both", PeerFault::Gone), ("to", PeerFault::Gone), ("from", PeerFault::Hidden), ("none", PeerFault::Hidden)]
    {
        let mut pair = Pair::new();
        let item = format!("<item jid='tybalt@capulet.lit' subscription='{subscription}'/>");
        let push = format!("<iq type='set' id='r'><query xmlns='jabber:iq:roster'>{item}</query></iq>");
        pair.world.tell(ROMEO, Input::Stanza(parse(&push)));
        pair.world.nodes[ROMEO].disk.insert(crate::support::pair::SONNET.into(), vec![1]);
        pair.offer_to(jid::Jid::new("tybalt@capulet.lit").unwrap(), &[]);
        pair.pass(Duration::from_secs(1));
        assert_eq!(pair.outcome(ROMEO), Outcome::Failed(Failure::Peer(fault)), "{subscription}");
        pair.assert_tidy();
    }
}

#[test]
fn who_is_looked_for_is_not_said_to_be_offered_anything_before_they_are() {
    let mut pair = Pair::new();
    pair.offer(5);
    let offers: Vec<OfferInfo> = pair.world.nodes[ROMEO]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Transfer { change: TransferChange::Offered(offer), .. } => Some((**offer).clone()),
            _ => None,
        })
        .collect();
    let told: Vec<_> = offers.iter().map(|offer| (offer.peer.as_str(), offer.is_without_program())).collect();
    assert_eq!(told, [("juliet@capulet.lit", true), ("juliet@capulet.lit/balcony", false)]);
}

#[test]
fn what_is_stopped_leaves_nothing_behind_whoever_stopped_it() {
    for who in [ROMEO, JULIET] {
        let mut pair = Pair::new();
        pair.offer_via(BIG, &[Via::InBand]);
        pair.accept();
        pair.pass(UNDER_WAY);
        pair.cancel(who, KeepPartial::No);
        pair.pass(LONG);
        assert_eq!(pair.disk(), Vec::<std::path::PathBuf>::new(), "{who}");
        pair.assert_tidy();
    }
}

#[test]
fn a_file_that_is_not_there_is_told_and_nobody_is_bothered() {
    let mut pair = Pair::new();
    pair.offer_to(jid::Jid::new("juliet@capulet.lit").unwrap(), &[]);
    pair.pass(LONG);
    assert!(matches!(pair.outcome(ROMEO), Outcome::Failed(Failure::Local(_))));
    assert_eq!(pair.transfers(JULIET), []);
    pair.assert_tidy();
}

#[test]
fn a_full_disk_declines_for_the_user_and_tells_them() {
    let mut pair = Pair::new();
    pair.world.nodes[JULIET].disk.insert("/full".into(), Vec::new());
    pair.offer(5);
    pair.finish();
    assert!(matches!(pair.outcome(JULIET), Outcome::Failed(Failure::Local(_))));
    assert_eq!(pair.outcome(ROMEO), no_space());
    pair.assert_tidy();
}

#[test]
fn a_disk_that_fills_up_on_the_way_ends_it_and_the_sender_learns_why() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = Pair::new();
        pair.offer_via(BIG, &[via]);
        pair.accept();
        pair.pass(Duration::from_millis(230));
        pair.world.nodes[JULIET].disk.insert("/full".into(), Vec::new());
        pair.pass(LONG);
        assert!(matches!(pair.outcome(JULIET), Outcome::Failed(Failure::Local(_))), "{via:?}");
        assert_eq!(pair.outcome(ROMEO), no_space(), "{via:?}");
        pair.assert_tidy();
    }
}

/// What a sender is told.
fn no_space() -> Outcome {
    Outcome::Failed(Failure::Peer(PeerFault::Refused("no space is left here".to_owned())))
}

/// Every moment of a transfer, for both methods, at which either side may stop it.
fn stopped_at_every_moment(stop: impl Fn(&mut Pair), check: impl Fn(&Pair, &str)) {
    for via in [&[Via::Socks5Direct][..], &[Via::InBand], &[]] {
        for reach in [Reach::Open, Reach::Silent] {
            for ms in [0, 10, 50, 90, 130, 170, 210, 250, 400, 1000, 4700] {
                let mut pair = Pair::frail();
                pair.world.nodes[ROMEO].reach = reach;
                pair.offer_via(BIG, via);
                pair.accept();
                pair.pass(Duration::from_millis(ms));
                stop(&mut pair);
                pair.pass(LONG);
                let moment = format!("{via:?} {reach:?} after {ms} ms");
                assert_eq!((pair.outcomes(ROMEO).len(), pair.outcomes(JULIET).len()), (1, 1), "{moment}");
                pair.assert_tidy();
                check(&pair, &moment);
            }
        }
    }
}

#[test]
fn the_sender_may_stop_at_any_moment() {
    stopped_at_every_moment(|pair| pair.cancel(ROMEO, KeepPartial::Yes), |_, _| {});
}

#[test]
fn the_receiver_may_stop_at_any_moment_and_leave_nothing_behind() {
    stopped_at_every_moment(
        |pair| pair.cancel(JULIET, KeepPartial::No),
        |pair, moment| {
            let is_whole = matches!(pair.outcome(JULIET), Outcome::Completed { .. });
            assert!(is_whole || pair.disk().is_empty(), "{moment}: {:?}", pair.disk());
        },
    );
}

#[test]
fn the_sender_may_leave_at_any_moment() {
    stopped_at_every_moment(|pair| pair.world.leave(ROMEO), |_, _| {});
}

#[test]
fn the_receiver_may_leave_at_any_moment() {
    stopped_at_every_moment(|pair| pair.world.leave(JULIET), |_, _| {});
}
