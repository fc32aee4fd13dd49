//! Transfers by keys: what the pane says of each, and what is done about it.

use std::time::Duration;

use balcony::client::Limits;
use balcony::engine::command::{Command, KeepPartial, Priority, Via};
use balcony::engine::event::{
    AttemptState, Direction, Finishing, OfferInfo, Outcome, Side, TheirTurn, TransferChange, TransferId, Turn, Verified,
};
use balcony::tui::effect::Effect;

use super::MIB;
use crate::support::screen::{Screen, offer};
use crate::support::terminal::has_line;

#[test]
fn transfers_are_cancelled_retried_unfolded_and_purged_by_weechats_keys() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "a.pdf", MIB).answered(1);
    let refused = AttemptState::Failed { reason: "refused".to_owned() };
    screen.attempt(1, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), refused);
    screen.keys("<Ctrl-T>c");
    let partial = KeepPartial::No;
    assert_eq!(screen.commands(), [Command::CancelTransfer { transfer: TransferId(1), partial }]);
    screen.ended(1, Outcome::Cancelled { by: Side::Us });
    assert!(!screen.picture().contains("192.0.2.7"), "finished ones are folded");
    screen.keys("<Enter>");
    assert!(screen.picture().contains("192.0.2.7:5086"));
    screen.keys("r");
    assert_eq!(screen.commands(), [Command::RetryTransfer { transfer: TransferId(1) }]);
    screen.keys("p");
    assert!(!screen.picture().contains("Transfers"));
}

#[test]
fn of_more_attempts_than_are_kept_the_newest_are_shown() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "a.pdf", MIB).answered(1);
    for index in 0..200 {
        let broken = AttemptState::Failed { reason: "broken".to_owned() };
        screen.attempt(1, index, Via::InBand, None, broken);
    }
    let active = || AttemptState::Active { detail: Some("block 4096".to_owned()) };
    screen.attempt(1, 200, Via::InBand, None, active());
    let picture = screen.picture();
    assert!(picture.contains("block 4096"), "{picture}");
    screen.attempt(1, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), active());
    assert_eq!(screen.picture(), picture, "what was let go does not come back as the newest");
}

#[test]
fn a_file_of_which_something_has_moved_is_not_stopped_by_one_key() {
    let mut screen = Screen::online(100, 30);
    let cancel = Command::CancelTransfer { transfer: TransferId(1), partial: KeepPartial::No };
    screen.keys("/query romeo<Enter>").offered(1, "a.pdf", MIB).keys("<F3>").answered(1);
    screen.progress(1, MIB / 2, MIB, 500).keys("<Ctrl-T>");
    for (keys, is_stopped) in [("c<Esc>", false), ("cn", false), ("cc", true), ("cy", true), ("c<Enter>", true)] {
        screen.caused();
        screen.keys(keys);
        let expected: &[Command] = if is_stopped { std::slice::from_ref(&cancel) } else { &[] };
        assert_eq!(screen.commands(), expected, "{keys}");
    }
    screen.keys("c");
    let asks = screen.picture();
    assert!(asks.contains("Stop this file?") && asks.contains("what has come of it is removed"), "{asks}");
    screen.ended(1, Outcome::Cancelled { by: Side::Peer }).keys("c");
    assert!(screen.commands().is_empty());
    let picture = screen.picture();
    assert!(picture.contains("It is over already"), "{picture}");
    assert!(picture.contains("cancelled by Romeo; nothing of it stays here"), "{picture}");
    screen.keys("<Esc>").offering(2, "b.pdf", MIB).answered(2).progress(2, 1, MIB, 500).keys("/cancel b.pdf<Enter>");
    assert_eq!(screen.commands().len(), 1, "who writes that means it");
}

#[test]
fn a_name_that_no_transfer_has_is_said_to_be_none() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/cancel<Enter>");
    assert!(screen.picture().contains("Nothing is running"), "{}", screen.picture());
    screen.offering(1, "a.pdf", MIB).answered(1).keys("<Ctrl-U>/cancel nosuch.pdf<Enter>");
    assert!(screen.picture().contains("No file called nosuch.pdf is running"), "{}", screen.picture());
    screen.keys("<Ctrl-U>/retry nosuch.pdf<Enter>");
    assert!(screen.picture().contains("No file called nosuch.pdf has failed"), "{}", screen.picture());
    assert!(screen.commands().is_empty());
}

#[test]
fn what_arrived_says_in_few_columns_first_whether_it_is_what_was_sent() {
    let took = Duration::from_millis(430);
    let (via, verified) = (Via::Socks5Direct, Verified::Sha256);
    for (width, said) in [
        (120, "✓ 12.0 MiB in 0.4 s · 27.9 MiB/s · SOCKS5 direct · verified sha-256"),
        (80, "✓ 12.0 MiB in 0.4 s · SOCKS5 direct · verified sha-256"),
        (60, "✓ 12.0 MiB · direct · verified"),
        (40, "✓ verified"),
    ] {
        let mut screen = Screen::online(width, 24);
        screen.offering(1, "portrait.png", 12 * MIB).answered(1);
        screen.ended(1, Outcome::Completed { via, bytes: 12 * MIB, took, path: None, verified });
        let picture = screen.keys("<Ctrl-T>").picture();
        let row = picture.lines().find(|line| line.contains('↑') && line.contains('✓')).unwrap_or(&picture);
        assert!(row.trim_end_matches([' ', '│']).ends_with(said), "{width}: {row}");
    }
}

#[test]
fn a_file_that_stands_still_says_for_how_long_unless_it_may_not_move() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "a.pdf", MIB).answered(1);
    screen.attempt(1, 0, Via::InBand, None, AttemptState::Active { detail: None });
    screen.progress(1, 1000, MIB, 500).wait(4_000).progress(1, 1000, MIB, 0);
    assert!(screen.picture().contains("active"));
    screen.wait(2_000);
    let still = screen.picture();
    assert!(still.contains("nothing for 6 s") && still.contains("0 B/s") && !still.contains("500 B/s"), "{still}");
    let turn = |turn| TransferChange::Turn { turn, priority: Priority::Normal };
    screen.transfer(1, turn(Turn::Paused));
    assert!(!screen.picture().contains("nothing for"));
    screen.transfer(1, turn(Turn::Now));
    assert!(!screen.picture().contains("nothing for"), "it may begin now");
    screen.wait(8_000);
    assert!(screen.picture().contains("nothing for 8 s"));
    screen.progress(1, 2000, MIB, 500);
    assert!(screen.picture().contains("active"));
}

#[test]
fn what_the_other_side_holds_says_so_until_it_moves_again() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "a.pdf", MIB).answered(1);
    screen.attempt(1, 0, Via::InBand, None, AttemptState::Active { detail: None });
    screen.progress(1, 1000, MIB, 50_000).transfer(1, TransferChange::TheirTurn(TheirTurn::Paused));
    screen.wait(1_000).progress(1, 2000, MIB, 50_000);
    let paused = screen.picture();
    assert!(paused.contains("paused by Romeo") && paused.contains("0 B/s"), "what was on its way came: {paused}");
    screen.wait(60_000).progress(1, 3000, MIB, 51);
    let paused = screen.picture();
    assert!(paused.contains("paused by Romeo") && !paused.contains("left"), "it only breathes: {paused}");
    assert!(!paused.contains("nothing for"), "{paused}");
    screen.transfer(1, TransferChange::TheirTurn(TheirTurn::Waits));
    assert!(screen.picture().contains("waits for its turn at Romeo"));
    screen.transfer(1, TransferChange::TheirTurn(TheirTurn::Now));
    assert!(!screen.picture().contains("at Romeo"));
    screen.transfer(1, TransferChange::TheirTurn(TheirTurn::Paused));
    screen.wait(4_000).progress(1, 9000, MIB, 50_000);
    assert!(!screen.picture().contains("paused by"), "it moves, so it goes on");
}

#[test]
fn only_keys_that_do_something_about_the_selected_transfer_are_hinted() {
    let mut screen = Screen::online(120, 30);
    screen.offering(1, "a.pdf", MIB).answered(1).keys("<Ctrl-T>");
    let hint = |screen: &mut Screen| screen.picture().lines().last().unwrap().to_owned();
    let running = hint(&mut screen);
    assert!(running.contains("c cancel") && running.contains("s pause") && !running.contains("retry"), "{running}");
    screen.ended(1, Outcome::Cancelled { by: Side::Peer });
    let ended = hint(&mut screen);
    assert!(ended.contains("r retry") && !ended.contains("cancel") && !ended.contains("pause"), "{ended}");
    screen.keys("<Esc>").offered(2, "b.pdf", MIB).keys("<Ctrl-T>p<Ctrl-T>");
    let offered = hint(&mut screen);
    assert!(!offered.contains("r retry") && !offered.contains("s pause"), "{offered}");
}

#[test]
fn what_is_left_to_do_when_every_byte_has_moved_is_said_instead_of_a_rate() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "photos", MIB).answered(1).progress(1, MIB, MIB, 50_000).wait(9_000);
    screen.transfer(1, TransferChange::Finishing(Finishing::Theirs));
    let theirs = screen.picture();
    assert!(theirs.contains("sent, Romeo is finishing it") && !theirs.contains("nothing for"), "{theirs}");
    screen.transfer(1, TransferChange::Finishing(Finishing::Unpacking { bytes: MIB / 4, of: MIB }));
    assert!(screen.picture().contains("unpacking, 25 %"), "{}", screen.picture());
    screen.answered(1).progress(1, 1, MIB, 50_000);
    assert!(!screen.picture().contains("unpacking"), "it began anew");
}

#[test]
fn what_waits_for_its_turn_does_not_claim_to_have_been_offered() {
    let mut screen = Screen::online(100, 30);
    let unseen = OfferInfo { size: None, ..offer(Direction::Sending, "a.pdf", 0) };
    assert!(unseen.peer.resource().is_some());
    screen.transfer(1, TransferChange::Offered(Box::new(unseen)));
    let (turn, priority) = (Turn::Waits { place: 2 }, Priority::Normal);
    screen.transfer(1, TransferChange::Turn { turn, priority });
    let waits = screen.picture();
    assert!(waits.contains("waits (2nd)") && waits.contains("not offered yet"), "{waits}");
    assert!(!waits.contains("size unknown") && !waits.contains("to accept"), "{waits}");
    screen.transfer(1, TransferChange::Turn { turn: Turn::Now, priority });
    screen.offering(1, "a.pdf", MIB);
    assert!(screen.picture().contains("offered, waiting for Romeo to accept"), "{}", screen.picture());
    screen.answered(1).attempt(1, 0, Via::InBand, None, AttemptState::Active { detail: None });
    screen.transfer(1, TransferChange::Turn { turn: Turn::Waits { place: 1 }, priority });
    let accepted = screen.picture();
    assert!(accepted.contains("waits (1st)") && accepted.contains("accepted, waiting to move"), "{accepted}");
}

#[test]
fn the_transfers_pane_limits_pauses_and_prefers() {
    let mut screen = Screen::online(120, 30);
    screen.offering(1, "a.pdf", MIB).answered(1).keys("<Ctrl-T>");
    screen.caused();
    screen.keys("-");
    let limits = |up| Limits { up, down: None };
    assert_eq!(screen.caused(), [Effect::Limit(limits(Some(100 << 20)))]);
    assert!(screen.picture().contains("Transfers · ↑ max 100 MiB/s"), "{}", screen.picture());
    screen.keys("+");
    assert_eq!(screen.caused(), [Effect::Limit(limits(None))]);
    screen.keys("<Esc>/limit up 500k<Enter>");
    assert!(screen.caused().contains(&Effect::Limit(limits(Some(512_000)))));

    let transfer = TransferId(1);
    screen.keys("<Ctrl-T>s");
    assert_eq!(screen.commands(), [Command::PauseTransfer { transfer }]);
    let (turn, priority) = (Turn::Paused, Priority::Normal);
    screen.transfer(1, TransferChange::Turn { turn, priority });
    assert!(screen.picture().contains("paused"), "{}", screen.picture());
    screen.keys("s");
    assert_eq!(screen.commands(), [Command::ContinueTransfer { transfer }]);
    screen.keys("K");
    assert_eq!(screen.commands(), [Command::PreferTransfer { transfer, priority: Priority::High }]);
    let (turn, priority) = (Turn::Waits { place: 2 }, Priority::High);
    screen.transfer(1, TransferChange::Turn { turn, priority });
    assert!(screen.picture().contains("waits (2nd), first"), "{}", screen.picture());
    screen.keys("J");
    assert_eq!(screen.commands(), [Command::PreferTransfer { transfer, priority: Priority::Normal }]);
}

#[test]
fn the_name_of_a_file_stands_on_one_line_whatever_is_in_it() {
    let mut screen = Screen::online(80, 24);
    let info = offer(Direction::Sending, "a\nb.pdf", 5);
    screen.keys("/query romeo<Enter>").transfer(1, TransferChange::Offered(Box::new(info)));
    let picture = screen.picture();
    assert!(has_line(&picture, &["you offer a^Jb.pdf"]), "{picture}");
}

#[test]
fn a_contact_who_fetches_the_same_again_and_again_is_told_of_in_one_line() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>");
    for id in 1..=64 {
        let info = OfferInfo { is_asked_for: true, ..offer(Direction::Sending, "b.txt", 4) };
        screen.transfer(id, TransferChange::Offered(Box::new(info)));
        screen.ended(id, Outcome::Cancelled { by: Side::Peer });
    }
    let picture = screen.picture();
    let lines: Vec<&str> = picture.lines().filter(|line| line.contains("asked for b.txt again")).collect();
    assert!(matches!(&lines[..], [line] if line.contains("64 times in all")), "{picture}");
    assert_eq!(picture.lines().filter(|line| line.contains("you offer b.txt")).count(), 1, "{picture}");
}

#[test]
fn who_offers_and_withdraws_without_end_is_told_of_in_a_few_lines() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>");
    for id in 1..=500 {
        screen.offered(id, "sonnet.pdf", 4).ended(id, Outcome::Cancelled { by: Side::Peer });
    }
    let picture = screen.picture();
    assert!(picture.contains("904 more lines about files that come"), "{picture}");
    screen.says("romeo@montague.lit/orchard", "are you there?");
    assert!(screen.picture().contains("are you there?"));
}
