//! `/transfers`: all that ever were, on the screen and under the fingers.

use std::path::PathBuf;

use balcony::engine::command::Command;
use balcony::engine::event::{Side, Verified, Via};
use balcony::engine::journal::{Conclusion, Course, Entry, Facts, State};
use balcony::store::journal::Past;
use balcony::tui::effect::Effect;
use balcony::tui::msg::Msg;
use jid::{BareJid, Jid};

use super::looks_right;
use crate::store::journal::{ended, received, sent};
use crate::support::screen::Screen;

fn past(number: i64, entry: Entry) -> Past {
    Past { number, entry, owner: None }
}

fn named(name: &str, entry: Entry) -> Entry {
    let file = Facts { name: name.to_owned(), ..entry.file };
    Entry { file, ..entry }
}

/// Sent without the files beside it.
fn alone(mut entry: Entry) -> Entry {
    if let Course::Sending { further, .. } = &mut entry.course {
        further.clear();
    }
    entry
}

/// The newest first, one of each kind.
fn evening() -> Vec<Past> {
    let why = "they went offline".to_owned();
    let nurse = Jid::new("nurse@capulet.lit/kitchen").unwrap();
    vec![
        Past { owner: Some("one".to_owned()), ..past(6, sent("f", State::Running)) },
        past(5, received("e", State::Interrupted { why })),
        past(4, named("a very long name of a file that goes on and on.tar.gz", sent("d", completed(Verified::No)))),
        past(3, Entry { peer: nurse, ..received("c", completed(Verified::Sha256)) }),
        past(2, sent("b", ended(Conclusion::Declined(Side::Peer), None))),
        past(
            1,
            alone(sent("a", ended(Conclusion::Unreachable, Some("could not reach the other side: in-band refused")))),
        ),
    ]
}

fn completed(verified: Verified) -> State {
    ended(Conclusion::Completed(verified), None)
}

/// A screen that was told what the journal knows.
fn told(width: u16, height: u16, answer: Result<Vec<Past>, String>) -> Screen {
    let mut screen = Screen::online(width, height);
    screen.keys("/transfers<Enter>");
    assert_eq!(screen.caused().last(), Some(&Effect::AskJournal { before: None }));
    screen.msg(Msg::Past { before: None, answer });
    screen
}

#[test]
fn all_transfers() {
    looks_right("past", |width, height| told(width, height, Ok(evening())));
}

#[test]
fn the_attempts_of_one() {
    looks_right("past-unfolded", |width, height| {
        let mut screen = told(width, height, Ok(evening()));
        screen.keys("jj<Enter>");
        screen
    });
}

#[test]
fn no_transfers_and_no_journal() {
    looks_right("past-nothing", |width, height| told(width, height, Ok(Vec::new())));
    let why = "/home/juliet/.local/state/balcony/balcony.db cannot be written: Read-only file system";
    looks_right("past-unreadable", |width, height| told(width, height, Err(why.to_owned())));
}

#[test]
fn the_end_of_the_list_asks_for_what_is_older() {
    let page: Vec<Past> = (101..=300).rev().map(|number| past(number, sent("x", completed(Verified::No)))).collect();
    let mut screen = told(80, 24, Ok(page));
    screen.caused();
    screen.keys("jj");
    assert_eq!(screen.caused(), []);
    screen.keys("G");
    assert_eq!(screen.caused(), [Effect::AskJournal { before: Some(101) }]);
    screen.keys("G");
    assert_eq!(screen.caused(), [], "once is enough");
    let older = vec![past(100, named("the-first-one.txt", sent("y", completed(Verified::No))))];
    screen.msg(Msg::Past { before: Some(101), answer: Ok(older) });
    assert!(!screen.picture().contains("the-first-one.txt"));
    screen.keys("G");
    assert_eq!(screen.caused(), [], "there is nothing older");
    assert!(screen.picture().contains("the-first-one.txt"));
    screen.keys("g");
    assert!(!screen.picture().contains("the-first-one.txt"));
}

#[test]
fn a_path_is_copied_and_a_folder_opened() {
    let mut screen = told(80, 24, Ok(evening()));
    screen.keys("jjjy");
    assert_eq!(screen.caused().last(), Some(&Effect::Copy("/home/juliet/Downloads/ballad.ogg".to_owned())));
    screen.keys("o");
    assert_eq!(screen.caused().last(), Some(&Effect::OpenFolder(PathBuf::from("/home/juliet/Downloads"))));
    screen.keys("<Esc>");
    assert!(!screen.picture().contains("All transfers"));
}

#[test]
fn what_was_sent_as_one_is_offered_again_as_one() {
    let mut screen = told(80, 24, Ok(vec![past(1, sent("a", ended(Conclusion::Declined(Side::Peer), None)))]));
    screen.commands();
    screen.keys("r");
    let offer = Command::OfferTogether {
        to: Jid::new("romeo@montague.lit").unwrap(),
        paths: ["sonnet.pdf", "ballad.ogg", "b.txt"].map(|name| PathBuf::from("/home/juliet").join(name)).to_vec(),
        via: vec![Via::InBand, Via::Socks5Proxy],
    };
    assert_eq!(screen.commands(), [offer]);
}

#[test]
fn what_did_not_arrive_is_offered_again_by_who_sent_it() {
    let mut screen = told(80, 24, Ok(evening()));
    screen.commands();
    screen.keys("Gr");
    let offer = Command::OfferFile {
        to: Jid::new("romeo@montague.lit").unwrap(),
        path: PathBuf::from("/home/juliet/sonnet.pdf"),
        description: Some("for \"you\"".to_owned()),
        via: vec![Via::InBand, Via::Socks5Proxy],
    };
    assert_eq!(screen.commands(), [offer]);
    for (keys, why) in [
        ("g", "It is still with a Balcony that runs: see the transfers pane"),
        ("gj", "Only the sender can offer it again"),
        ("gjj", "It has arrived already"),
    ] {
        screen.keys(&format!("{keys}r"));
        assert_eq!(screen.commands(), []);
        assert!(screen.picture().contains(why), "{}", screen.picture());
    }
}

#[test]
fn a_transfer_of_an_account_that_is_not_open_stays_what_it_was() {
    let elsewhere = BareJid::new("rosaline@capulet.lit").unwrap();
    let entry = Entry { account: elsewhere, ..sent("a", ended(Conclusion::Failed, Some("no"))) };
    let mut screen = told(80, 24, Ok(vec![past(1, entry)]));
    screen.commands();
    screen.keys("r");
    assert_eq!(screen.commands(), []);
    assert!(screen.picture().contains("That account is not open"), "{}", screen.picture());
}
