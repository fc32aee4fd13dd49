//! What breaks after its first byte goes on from where it is: by a new stream, after a new login, in a new program.

use std::time::Duration;

use balcony::engine::FileError;
use balcony::engine::Input;
use balcony::engine::command::{Command, Via};
use balcony::engine::context::Recovers;
use balcony::engine::event::{AttemptState, Event, Failure, Outcome, PeerFault, TransferChange, Verified, Waits};
use balcony::engine::journal::State;
use balcony::xep::ns;
use minidom::Element;

use crate::support::network::{Way, Who};
use crate::support::pair::{JULIET, LONG, Pair, ROMEO, SONNET, UNDER_WAY, content};

/// Half a second in the simulated world, by either method.
pub(super) const SIZE: usize = 400_000;

/// Longer than the pauses before the first tries.
pub(super) const SOON: Duration = Duration::from_mins(1);

/// Accepted, and some of it has arrived.
fn under_way(via: &[Via]) -> Pair {
    let mut pair = Pair::new();
    pair.offer_via(SIZE, via);
    pair.accept();
    pair.pass(if via == [Via::InBand] { UNDER_WAY } else { Duration::from_millis(230) });
    assert_eq!((pair.outcomes(ROMEO).len(), pair.outcomes(JULIET).len()), (0, 0), "{via:?} is over already");
    pair
}

/// Where the receiver wanted the file to begin, each time it was asked for a part.
fn asked_for(pair: &Pair) -> Vec<u64> {
    let continued = |change: TransferChange| match change {
        TransferChange::Interrupted(interruption) if interruption.bytes > 0 => Some(interruption.bytes),
        _ => None,
    };
    pair.first(JULIET).into_iter().filter_map(continued).collect()
}

/// The file is there, once, proven, and nobody was asked twice.
#[track_caller]
fn assert_recovered(pair: &Pair) {
    for who in [ROMEO, JULIET] {
        let outcomes = pair.outcomes(who);
        let Some(Outcome::Completed { bytes, verified: Verified::Sha256, .. }) = outcomes.last() else {
            panic!("{who}: {outcomes:#?}\n{:#?}", pair.world.nodes[who].events);
        };
        assert_eq!(*bytes, SIZE as u64);
    }
    assert_eq!(pair.received(), Some(&content(SIZE)));
    assert_eq!(pair.disk().len(), 1, "{:?}", pair.disk());
    pair.assert_tidy();
}

#[test]
fn a_connection_that_breaks_at_any_byte_is_gone_on_with() {
    for bytes in [0, 65_536, 131_072, 262_144, 327_680] {
        let mut pair = Pair::new();
        pair.world.breaks_after = Some(bytes);
        pair.offer_via(SIZE, &[Via::Socks5Direct]);
        pair.accept();
        pair.pass(Duration::from_millis(600));
        pair.world.breaks_after = None;
        pair.pass(SOON);
        if bytes == 0 {
            continue;
        }
        assert_recovered(&pair);
        assert_eq!(pair.transfers(JULIET).len(), 1, "the user was asked again");
    }
}

/// Somebody's session ends for good, and they have another.
pub(super) fn begin_anew(pair: &mut Pair, who: Who) {
    pair.world.lose_session(who);
    pair.pass(Duration::from_secs(3));
    pair.world.vanish(who);
    pair.pass(Duration::from_secs(3));
    pair.world.log_in(who, false);
}

#[test]
fn an_in_band_stream_goes_on_in_the_next_session_of_either_side() {
    for who in [ROMEO, JULIET] {
        let mut pair = under_way(&[Via::InBand]);
        begin_anew(&mut pair, who);
        pair.pass(SOON);
        assert_recovered(&pair);
        assert!(asked_for(&pair).iter().any(|bytes| *bytes > 0), "all of it came again");
    }
}

/// Somebody's program is killed in the middle, and started again.
fn killed(via: &[Via], who: Who) -> Pair {
    let mut pair = under_way(via);
    pair.world.kill(who);
    pair.pass(Duration::from_secs(5));
    pair.world.restart(who);
    pair.pass(SOON);
    pair
}

#[test]
fn a_program_that_was_killed_goes_on_when_it_is_started_again() {
    for via in [Via::Socks5Direct, Via::InBand] {
        for who in [ROMEO, JULIET] {
            assert_recovered(&killed(&[via], who));
        }
    }
}

#[test]
fn a_file_that_was_accepted_before_the_program_was_killed_is_nobodys_question_afterwards() {
    let pair = killed(&[Via::Socks5Direct], JULIET);
    let told = pair.world.nodes[JULIET].events.iter().rev().find_map(|event| match event {
        Event::Transfer { change: TransferChange::Offered(info), .. } => Some(info.is_asked_for),
        _ => None,
    });
    assert_eq!(told, Some(true));
}

#[test]
fn nothing_that_was_under_way_when_the_program_was_killed_is_told_to_be_so_by_the_next() {
    let pair = killed(&[Via::Socks5Direct], JULIET);
    let attempts = pair.world.nodes[JULIET].events.iter().filter_map(|event| match event {
        Event::Transfer { change: TransferChange::Attempt(attempt), .. } => Some(attempt.clone()),
        _ => None,
    });
    let reason = "broke: Balcony was stopped".to_owned();
    assert!(attempts.into_iter().any(|attempt| attempt.state == AttemptState::Failed { reason: reason.clone() }));
}

#[test]
fn both_programs_may_be_killed() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = under_way(&[via]);
        pair.world.kill(ROMEO);
        pair.world.kill(JULIET);
        pair.pass(Duration::from_secs(5));
        pair.world.restart(JULIET);
        pair.pass(Duration::from_secs(5));
        pair.world.restart(ROMEO);
        pair.pass(SOON);
        assert_recovered(&pair);
    }
}

#[test]
fn a_part_that_became_shorter_is_not_gone_on_with_and_left_alone() {
    let mut pair = under_way(&[Via::Socks5Direct]);
    pair.world.kill(JULIET);
    let part = "/downloads/sonnet.pdf.part";
    pair.world.nodes[JULIET].disk.get_mut(std::path::Path::new(part)).unwrap().truncate(7);
    pair.world.restart(JULIET);
    pair.pass(SOON);
    assert_eq!(pair.received(), Some(&content(SIZE)));
    assert!(matches!(pair.outcomes(JULIET).last(), Some(Outcome::Completed { verified: Verified::Sha256, .. })));
}

#[test]
fn a_file_that_changed_meanwhile_ends_the_transfer_and_what_has_come_of_the_old_one_stays() {
    let mut pair = under_way(&[Via::Socks5Direct]);
    pair.world.kill(ROMEO);
    pair.world.nodes[ROMEO].disk.insert(SONNET.into(), content(SIZE + 1));
    pair.world.restart(ROMEO);
    pair.pass(SOON);
    assert_eq!(pair.outcomes(ROMEO).last(), Some(&Outcome::Failed(Failure::Local(FileError::Changed))));
    let why = PeerFault::Unable("the file changed while it was sent".to_owned());
    assert_eq!(pair.outcomes(JULIET).last(), Some(&Outcome::Failed(Failure::Peer(why))));
    let part = std::path::PathBuf::from("/downloads/sonnet.pdf.part");
    let kept = |change: &TransferChange| matches!(change, TransferChange::Kept(path) if *path == part);
    assert!(pair.first(JULIET).iter().any(kept), "{:#?}", pair.first(JULIET));
    let old = pair.world.nodes[JULIET].disk[&part].clone();
    assert!(!old.is_empty() && content(SIZE).starts_with(&old));

    let transfer = pair.transfers(ROMEO)[0];
    pair.world.command(ROMEO, Command::RetryTransfer { transfer });
    pair.pass(Duration::from_secs(5));
    pair.accept();
    pair.pass(SOON);
    let disk = &pair.world.nodes[JULIET].disk;
    let whole = disk.iter().any(|(path, bytes)| *path != part && *bytes == content(SIZE + 1));
    assert!(whole, "the new one comes by itself: {:?}", disk.keys());
    assert_eq!(disk[&part], old, "and nothing is added to the old one");
}

#[test]
fn a_file_that_is_away_for_a_while_is_waited_for_on_both_sides() {
    for is_said_so in [true, false] {
        let mut pair = under_way(&[Via::Socks5Direct]);
        pair.world.nodes[ROMEO].disk.remove(std::path::Path::new(SONNET));
        pair.world.breaks_after = Some(1);
        pair.pass(SOON);
        pair.world.breaks_after = None;
        assert_eq!((pair.outcomes(ROMEO), pair.outcomes(JULIET)), (Vec::new(), Vec::new()));
        let stands = pair.first(ROMEO).into_iter().rev().find_map(|change| match change {
            TransferChange::Interrupted(interruption) => Some((interruption.waits, interruption.why)),
            _ => None,
        });
        let why = "the file cannot be read: no such file".to_owned();
        assert_eq!(stands, Some((Waits::User, why)));
        pair.world.nodes[ROMEO].disk.insert(SONNET.into(), content(SIZE));
        if is_said_so {
            let transfer = pair.transfers(ROMEO)[0];
            pair.world.command(ROMEO, Command::RetryTransfer { transfer });
            pair.pass(Duration::from_secs(5));
        } else {
            pair.pass(Duration::from_mins(10));
        }
        assert_recovered(&pair);
    }
}

/// Juliet's interrupted transfer is named in an offer of somebody, of so many bytes, which says this besides.
fn hostile_offer(from: &str, size: u64, besides: &str) -> Pair {
    let mut pair = under_way(&[Via::Socks5Direct]);
    pair.world.kill(ROMEO);
    pair.pass(SOON);
    let name = pair.world.nodes[JULIET].journal.values().next().unwrap().recovery.clone().unwrap().0;
    let offer = format!(
        "<iq xmlns='jabber:client' type='set' id='h' from='{from}'><si xmlns='{si}' id='h' profile='{file}'>\
         <file xmlns='{file}' name='sonnet.pdf' size='{size}'><range/></file>\
         <feature xmlns='{neg}'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'>\
         <option><value>{ibb}</value></option></field></x></feature><recovery xmlns='{recovery}' id='{name}'/>\
         {besides}</si></iq>",
        si = ns::SI,
        file = ns::SI_FILE,
        neg = ns::FEATURE_NEG,
        ibb = ns::IBB,
        recovery = ns::RECOVERY,
    );
    pair.world.tell(JULIET, Input::Stanza(offer.parse().unwrap()));
    pair.pass(Duration::from_secs(1));
    pair
}

#[test]
fn who_knows_a_transfers_name_and_is_somebody_else_or_offers_something_else_has_to_ask_like_everybody() {
    let (size, romeo) = (SIZE as u64, "romeo@montague.lit/orchard");
    let folder = format!("<folder xmlns='{}' files='1' bytes='{size}'/>", ns::FOLDER);
    for (from, size, besides) in [("paris@verona.lit/park", size, ""), (romeo, size + 1, ""), (romeo, size, &folder)] {
        let pair = hostile_offer(from, size, besides);
        assert_eq!(pair.transfers(JULIET).len(), 2, "{from} {size} {besides} went on with a transfer of another");
        let asked = pair.changes(JULIET, pair.transfers(JULIET)[1]);
        assert!(
            matches!(asked.as_slice(), [TransferChange::Offered(info)] if info.continues_at.is_none()),
            "{asked:?}"
        );
    }
}

#[test]
fn who_is_the_contact_and_names_the_transfer_is_answered_with_the_missing_range() {
    let pair = hostile_offer("romeo@montague.lit/elsewhere", SIZE as u64, "");
    assert_eq!(pair.transfers(JULIET).len(), 1);
}

#[test]
fn what_was_left_goes_on_when_the_same_file_is_offered_again() {
    let mut pair = under_way(&[Via::InBand]);
    let transfer = pair.transfers(ROMEO)[0];
    pair.world.command(ROMEO, Command::LeaveTransfer { transfer });
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.outcomes(ROMEO), []);
    pair.offer_to("juliet@capulet.lit".parse().unwrap(), &[]);
    pair.pass(SOON);
    assert_recovered(&pair);
    assert_eq!(pair.transfers(ROMEO).len(), 1);
}

#[test]
fn who_cancels_is_not_waited_for() {
    for via in [Via::Socks5Direct, Via::InBand] {
        for who in [ROMEO, JULIET] {
            let mut pair = under_way(&[via]);
            pair.cancel(who, balcony::engine::command::KeepPartial::No);
            pair.pass(SOON);
            let other = pair.outcomes(1 - who);
            assert!(matches!(other.as_slice(), [Outcome::Cancelled { .. }]), "{via:?} {who}: {other:?}");
        }
    }
}

#[test]
fn without_recovery_what_breaks_has_failed() {
    let mut pair = Pair::with(|romeo| romeo.recovers = Recovers::None, |juliet| juliet.recovers = Recovers::None);
    pair.offer_via(SIZE, &[Via::InBand]);
    pair.accept();
    pair.pass(UNDER_WAY);
    pair.world.lose_session(ROMEO);
    pair.pass(Duration::from_secs(3));
    pair.world.log_in(ROMEO, false);
    pair.pass(LONG);
    assert!(matches!(pair.outcome(ROMEO), Outcome::Failed(Failure::Interrupted { .. })));
}

#[test]
fn what_is_written_down_says_how_far_it_came() {
    let mut pair = under_way(&[Via::Socks5Direct]);
    pair.world.kill(ROMEO);
    pair.pass(Duration::from_secs(1));
    let entry = pair.world.nodes[JULIET].journal.values().next().unwrap();
    assert!(matches!(entry.state, State::Interrupted { .. }), "{:?}", entry.state);
    assert!(entry.bytes > 0 && !entry.attempts.is_empty(), "{entry:?}");
}

#[test]
fn what_is_written_down_says_how_long_a_way_was_used() {
    let mut pair = Pair::new();
    pair.offer_via(SIZE, &[Via::InBand]);
    pair.finish();
    for who in [ROMEO, JULIET] {
        let entry = pair.world.nodes[who].journal.values().next().unwrap();
        let (State::Ended(ending), [attempt]) = (&entry.state, entry.attempts.as_slice()) else { panic!("{entry:?}") };
        assert!(attempt.took * 2 > ending.took, "{entry:?}");
    }
}

/// Juliet's program ends while the last bytes are on their way to it: the last byte is sent, and none of it arrived.
#[test]
fn what_was_sent_and_did_not_arrive_is_sent_again() {
    let mut pair = under_way(&[Via::Socks5Direct]);
    let lost = |way, stanza: Element| {
        if stanza.has_child("checksum", ns::CHECKSUM) { Vec::new() } else { vec![(way, stanza)] }
    };
    pair.world.nodes[ROMEO].quirk = Some(Box::new(lost));
    pair.pass(Duration::from_secs(5));
    assert_eq!(pair.outcomes(ROMEO), [], "the last byte is no proof");
    pair.world.leave(JULIET);
    pair.pass(Duration::from_secs(1));
    assert!(interrupted(&pair, ROMEO), "{:#?}", pair.first(ROMEO));
}

fn interrupted(pair: &Pair, who: Who) -> bool {
    pair.first(who).iter().any(|change| matches!(change, TransferChange::Interrupted(_)))
}

/// Nothing that Juliet's program says of checksums gets through: not even that all of it is there.
fn without_a_verdict(via: Via) -> Pair {
    let mut pair = Pair::new();
    let deaf = |way, stanza: Element| {
        if stanza.has_child("checksum", ns::CHECKSUM) { Vec::new() } else { vec![(way, stanza)] }
    };
    pair.world.nodes[JULIET].quirk = Some(Box::new(deaf));
    pair.offer_via(SIZE, &[via]);
    pair
}

#[test]
fn who_did_not_hear_that_it_arrived_asks_and_learns_it() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = without_a_verdict(via);
        pair.finish();
        pair.assert_arrived(SIZE, via);
        assert!(interrupted(&pair, ROMEO));
        assert_eq!((pair.outcomes(JULIET).len(), pair.disk().len()), (1, 1), "{:?}", pair.disk());
    }
}

/// The stream broke for her, and that it is all sent he has to tell somebody who waits for him to begin anew.
#[test]
fn who_states_the_checksum_of_a_stream_that_is_no_more_there_has_not_been_told_that_it_arrived() {
    for via in [Via::Socks5Direct, Via::InBand] {
        let mut pair = Pair::new();
        let mut was_asked = false;
        let forgetful = move |way, stanza: Element| {
            let asks = way == Way::In && stanza.has_child("checksum", ns::CHECKSUM);
            let is_first = asks && !std::mem::replace(&mut was_asked, true);
            if is_first { vec![(Way::Out, not_found(&stanza))] } else { vec![(way, stanza)] }
        };
        pair.world.nodes[JULIET].quirk = Some(Box::new(forgetful));
        pair.offer_via(SIZE, &[via]);
        pair.finish();
        assert!(interrupted(&pair, ROMEO), "{via:?}: {:#?}", pair.first(ROMEO));
        pair.assert_arrived(SIZE, via);
    }
}

/// No such thing is here.
fn not_found(request: &Element) -> Element {
    let attr = |name| request.attr(name).unwrap();
    let (to, from, id) = (attr("from"), attr("to"), attr("id"));
    let condition = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
    let error = format!("<error type='cancel'>{condition}</error>");
    let answer = format!("<iq xmlns='jabber:client' type='error' to='{to}' from='{from}' id='{id}'>{error}</iq>");
    answer.parse().unwrap()
}

#[test]
fn what_arrived_is_not_taken_again_by_the_next_run_and_its_sender_learns_that_it_is_there() {
    for via in [Via::Socks5Direct, Via::InBand] {
        for killed in [&[JULIET][..], &[ROMEO, JULIET]] {
            let mut pair = without_a_verdict(via);
            pair.accept();
            while pair.outcomes(JULIET).is_empty() {
                pair.pass(Duration::from_millis(100));
            }
            assert_eq!(pair.outcomes(ROMEO), [], "it knows already");
            for who in killed {
                pair.world.kill(*who);
            }
            pair.pass(Duration::from_secs(5));
            for who in killed {
                pair.world.restart(*who);
            }
            // What is offered while nobody is there is answered by nobody, and offered again later.
            pair.pass(LONG);
            let outcomes = pair.outcomes(ROMEO);
            assert!(matches!(outcomes.as_slice(), [Outcome::Completed { .. }]), "{via:?} {killed:?}: {outcomes:#?}");
            assert_eq!((pair.disk().len(), offers(&pair)), (1, 1), "{via:?} {killed:?}");
            pair.assert_tidy();
        }
    }
}

/// How often Juliet was told of an offer.
fn offers(pair: &Pair) -> usize {
    let is_offer = |event: &&Event| matches!(event, Event::Transfer { change: TransferChange::Offered(_), .. });
    pair.world.nodes[JULIET].events.iter().filter(is_offer).count()
}
