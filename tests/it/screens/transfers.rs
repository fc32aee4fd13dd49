//! The transfers pane: what a row has room for, folded and unfolded.

use std::time::Duration;

use balcony::engine::command::Via;
use balcony::engine::event::{
    Attempt, AttemptState, Direction, Failure, FolderInfo, OfferInfo, Outcome, Priority, Progress, TransferChange,
    Turn, Verified,
};

use super::{MIB, evening, looks_right};
use crate::support::screen::{Screen, offer};

#[test]
fn how_fast_a_file_moves_is_never_cut() {
    for width in [60, 80, 100] {
        let mut screen = Screen::online(width, 30);
        for via in Via::ALL {
            screen.offering(1, "my love letter.txt", 381 * MIB).answered(1);
            screen.attempt(1, 0, via, None, AttemptState::Active { detail: None });
            screen.progress(1, 107 * MIB, 381 * MIB, 24 * MIB);
            assert!(screen.picture().contains(" 28 %  "), "{}", screen.picture());
            assert!(screen.picture().contains("24.0 MiB/s "), "{}", screen.picture());
        }
    }
}

#[test]
fn the_attempts_of_what_is_over_grow_no_older() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "portrait.png", MIB).answered(1);
    screen.attempt(1, 0, Via::InBand, None, AttemptState::Active { detail: None }).wait(2000);
    screen.ended(1, Outcome::Failed(Failure::Disconnected));
    screen.offering(2, "sonnet.pdf", MIB).answered(2);
    screen.attempt(2, 0, Via::InBand, None, AttemptState::Active { detail: None }).wait(1000);
    let took = Duration::from_secs(1);
    screen.ended(2, Outcome::Completed { via: Via::InBand, bytes: MIB, took, path: None, verified: Verified::No });
    screen.keys("<Ctrl-T><Enter><Down><Enter>").wait(60_000);
    let picture = screen.picture();
    let row = |word: &str| picture.lines().find(|row| row.contains(word)).unwrap_or_default().to_owned();
    assert!(row("done").contains("1.0 s "), "{picture}");
    assert!(row("broken off").contains("2.0 s "), "{picture}");
    assert!(!picture.contains("active"), "{picture}");
}

#[test]
fn the_transfers_pane_with_everything_unfolded() {
    looks_right("transfers", |width, height| {
        let mut screen = evening(width, height);
        let tried = |index, via, reason: &str, millis| Attempt {
            index,
            via,
            streamhost: None,
            state: AttemptState::Failed { reason: reason.to_owned() },
            took: Duration::from_millis(millis),
        };
        let tried = vec![
            tried(0, Via::Socks5Direct, "refused", 100),
            tried(1, Via::Socks5Proxy, "no answer", 3000),
            tried(2, Via::InBand, "refused", 0),
        ];
        screen.offering(9, "letter.txt", 1200).answered(9);
        for attempt in tried.clone() {
            screen.transfer(9, TransferChange::Attempt(attempt));
        }
        screen.ended(9, Outcome::Failed(Failure::Unreachable { tried }));
        screen.keys("<Ctrl-T>j<Down><Enter>");
        screen
    });
}

#[test]
fn a_folder_and_the_queue_in_the_transfers_pane() {
    looks_right("queue", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>/limit up 512k<Enter>");
        let folder = FolderInfo { files: 1234, bytes: 3 * MIB, left_out: 2, hidden: 3, is_unpacked: Some(false) };
        let info = OfferInfo { folder: Some(folder), ..offer(Direction::Sending, "photos", 4 * MIB) };
        screen.transfer(1, TransferChange::Offered(Box::new(info)));
        screen.offering(2, "letter.txt", 1200).answered(2);
        let (turn, priority) = (Turn::Waits { place: 1 }, Priority::High);
        screen.transfer(2, TransferChange::Turn { turn, priority });
        screen.offering(3, "epic.txt", MIB).answered(3);
        let progress = Progress { bytes: MIB / 2, size: Some(MIB), rate: 0, left: None };
        screen.transfer(3, TransferChange::Progress(progress));
        let (turn, priority) = (Turn::Paused, Priority::Normal);
        screen.transfer(3, TransferChange::Turn { turn, priority });
        screen.keys("<Ctrl-T>");
        screen
    });
}

#[test]
fn an_attempt_counts_towards_the_end_of_patience() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "letter.txt", 1200).answered(1);
    let patience = Duration::from_secs(3);
    let trying = AttemptState::Trying { doing: "connecting".to_owned(), patience };
    screen.attempt(1, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), trying);
    screen.wait(400);
    assert!(screen.picture().contains("0.4 s of 3.0 s"));
    screen.wait(1200);
    assert!(screen.picture().contains("1.6 s of 3.0 s"));
}

/// Two streams that move and two that did, each kind with and without TLS around it.
fn streams(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
    for (id, (name, word)) in
        [("a.ogg", "clear"), ("b.ogg", "encrypted"), ("c.ogg", "clear"), ("d.ogg", "encrypted")].into_iter().enumerate()
    {
        let id = id as u64 + 1;
        let active = AttemptState::Active { detail: Some(word.to_owned()) };
        screen.offering(id, name, 12 * MIB).answered(id);
        screen.attempt(id, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), active);
        screen.progress(id, 6 * MIB, 12 * MIB, MIB);
        if id > 2 {
            let (via, took) = (Via::Socks5Direct, Duration::from_millis(430));
            let verified = Verified::Sha256;
            screen.ended(id, Outcome::Completed { via, bytes: 12 * MIB, took, path: None, verified });
        }
    }
    screen
}

#[test]
fn whether_others_can_read_a_stream_is_seen_without_unfolding_it() {
    looks_right("streams", |width, height| {
        let mut screen = streams(width, height);
        screen.keys("<Ctrl-T><Home>");
        for _ in 0..4 {
            let is_unfolded = screen.picture().contains("192.0.2.7");
            screen.keys(if is_unfolded { "<Enter><Down>" } else { "<Down>" });
        }
        screen
    });
}

#[test]
fn the_conversation_says_whether_others_could_read_a_stream_that_is_over() {
    let mut screen = streams(160, 40);
    let picture = screen.keys("/query romeo<Enter>").picture();
    let of = |name: &str| picture.lines().find(|line| line.contains(&format!("Romeo has {name}"))).unwrap().to_owned();
    assert!(of("c.ogg").contains("SOCKS5 direct, clear · verified sha-256"), "{picture}");
    assert!(of("d.ogg").contains("SOCKS5 direct, encrypted · verified sha-256"), "{picture}");
}

#[test]
fn that_others_can_read_a_stream_stands_where_there_is_little_room() {
    for width in [48, 60, 80, 100, 200] {
        let mut screen = Screen::online(width, 30);
        screen.offering(1, "my love letter.txt", 381 * MIB).answered(1);
        let clear = AttemptState::Active { detail: Some("clear".to_owned()) };
        screen.attempt(1, 0, Via::Socks5Direct, None, clear).progress(1, 107 * MIB, 381 * MIB, 24 * MIB);
        screen.keys("<Ctrl-T><Enter>");
        let picture = screen.picture();
        let row = picture.lines().find(|row| row.contains("my love")).unwrap();
        assert!(row.contains("clear") && row.contains(" 28 %  ") && row.contains("24.0 MiB/s "), "{picture}");
    }
}
