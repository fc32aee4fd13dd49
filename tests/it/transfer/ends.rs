//! Somebody says no, stops, leaves or is cut off: the transfer ends on both sides, and nothing is left open.

use std::path::Path;
use std::time::Duration;

use balcony::engine::command::{Command, KeepPartial, Via};
use balcony::engine::event::{
    Event, Failure, Interruption, OfferInfo, Outcome, PeerFault, Side, TransferChange, Waits,
};
use balcony::engine::{FileError, Input};

use crate::support::engine::parse;
use crate::support::network::{Reach, Who};
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

/// Juliet's disk fills up while she receives so much by that way.
fn filling_up(via: Via) -> Pair {
    let mut pair = Pair::new();
    pair.offer_via(BIG, &[via]);
    pair.accept();
    pair.pass(Duration::from_millis(230));
    pair.world.nodes[JULIET].disk.insert("/full".into(), Vec::new());
    pair.pass(Duration::from_mins(1));
    pair
}

/// The last that somebody was told about why their first transfer stands still.
fn interruption(pair: &Pair, who: Who) -> Option<(String, Waits)> {
    let last = pair.first(who).into_iter().next_back()?;
    if let TransferChange::Interrupted(Interruption { why, waits, .. }) = last { Some((why, waits)) } else { None }
}

#[test]
fn a_disk_that_fills_up_on_the_way_stops_it_until_there_is_room_and_the_sender_learns_why() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = filling_up(via);
        let (why, waits) = interruption(&pair, JULIET).expect("it stands still");
        assert!(why.starts_with("not enough space") && waits == Waits::User, "{via:?}: {why}, {waits:?}");
        let (why, waits) = interruption(&pair, ROMEO).expect("it stands still");
        assert!(why == "no space is left here" && matches!(waits, Waits::Time(_)), "{via:?}: {why}, {waits:?}");
        let came = pair.disk().iter().filter(|path| path.ends_with("sonnet.pdf.part")).count();
        assert_eq!(came, 1, "{via:?}: what has come stays");

        pair.world.nodes[JULIET].disk.remove(Path::new("/full"));
        let transfer = pair.transfers(JULIET)[0];
        pair.world.command(JULIET, Command::RetryTransfer { transfer });
        pair.pass(Duration::from_secs(5));
        pair.assert_arrived(BIG, via);
        let progress = pair.first(JULIET).into_iter().filter_map(|change| match change {
            TransferChange::Progress(progress) => Some(progress.bytes),
            _ => None,
        });
        assert!(progress.is_sorted(), "{via:?}: nothing came twice");
    }
}

#[test]
fn a_disk_that_filled_up_gets_its_space_back_from_who_gives_the_file_up() {
    for who in [ROMEO, JULIET] {
        let mut pair = filling_up(Via::InBand);
        pair.cancel(who, KeepPartial::No);
        pair.pass(Duration::from_secs(5));
        assert_eq!(pair.disk(), [Path::new("/full")], "{who}");
    }
}

#[test]
fn what_has_no_place_is_still_offered_to_whoever_can_name_another() {
    let mut pair = Pair::new();
    pair.world.nodes[JULIET].disk.insert("/full".into(), Vec::new());
    pair.offer(5);
    for _ in 0..2 {
        pair.accept_by_hand();
        pair.pass(Duration::from_secs(2));
        let told = pair.changes(JULIET, pair.transfers(JULIET)[0]);
        assert!(matches!(told.last(), Some(TransferChange::Unplaced(FileError::Full { .. }))), "{told:?}");
        let told = pair.changes(ROMEO, pair.transfers(ROMEO)[0]);
        let is_over = |change: &TransferChange| matches!(change, TransferChange::Ended(_));
        assert!(!told.iter().any(is_over), "the sender has heard nothing: {told:?}");
    }
    pair.world.nodes[JULIET].disk.remove(Path::new("/full"));
    pair.finish();
    for who in [ROMEO, JULIET] {
        assert!(matches!(pair.outcome(who), Outcome::Completed { .. }), "{:?}", pair.outcome(who));
    }
    pair.assert_tidy();
}

#[test]
fn what_has_no_place_can_be_declined_after_all() {
    let mut pair = Pair::new();
    pair.world.nodes[JULIET].disk.insert("/full".into(), Vec::new());
    pair.offer(5);
    pair.accept_by_hand();
    pair.pass(Duration::from_secs(2));
    pair.decline();
    pair.pass(LONG);
    assert_eq!(pair.outcome(ROMEO), Outcome::Declined { by: Side::Peer });
    pair.assert_tidy();
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
