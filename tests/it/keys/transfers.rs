//! Sending and transfers by keys: the pane, who gets what, and what is published or fetched.

use std::time::Duration;

use balcony::client::Limits;
use balcony::engine::FileError;
use balcony::engine::command::{Command, KeepPartial, Priority, Via, WantedLink};
use balcony::engine::event::{
    AttemptState, Contact, Direction, Event, Failure, Finishing, Link, OfferInfo, Outcome, Program, Resource,
    SessionEvent, Show, Side, TheirTurn, TransferChange, TransferId, Turn, Verified, WebAddress,
};
use balcony::tui::effect::{Effect, Shipment, Unsendable};
use balcony::tui::msg::Msg;
use jid::BareJid;

use super::MIB;
use crate::support::screen::{Screen, contact, offer};
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
fn a_path_that_leads_nowhere_is_refused_where_it_was_typed() {
    let mut screen = Screen::online(80, 24);
    screen.has_files = false;
    screen.keys("/query romeo<Enter>/send ~/sonet.pdf --via in-band<Enter>");
    let sought = screen.caused().into_iter().find_map(|effect| match effect {
        Effect::Find(shipment) => Some(shipment),
        _ => None,
    });
    let Shipment { paths, typed, .. } = sought.expect("it is looked for");
    assert_eq!(paths, [std::path::PathBuf::from("/home/juliet/sonet.pdf")]);
    let why = "Cannot send /home/juliet/sonet.pdf: there is no such file".to_owned();
    screen.msg(Msg::Found(Err(Unsendable { why: why.clone(), typed: typed.clone() })));
    let picture = screen.picture();
    assert!(picture.contains(&why) && picture.contains("▎ /send ~/sonet.pdf --via in-band"), "{picture}");
    assert!(!picture.contains("Transfers") && screen.commands().is_empty(), "{picture}");
    screen.keys("<Ctrl-U>something else").msg(Msg::Found(Err(Unsendable { why, typed })));
    assert!(screen.picture().contains("▎ something else"), "what is being written stays");
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
fn who_writes_the_command_that_sends_has_it_foreseen_once() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").caused();
    let to = BareJid::new("romeo@montague.lit").unwrap();
    let foreseen = |screen: &mut Screen| {
        let is_it =
            |effect: &Effect| matches!(effect, Effect::Command(_, Command::ForeseeOffer { to: of }) if *of == to);
        screen.caused().iter().filter(|effect| is_it(effect)).count()
    };
    assert_eq!(foreseen(screen.keys("/send")), 0);
    assert_eq!(foreseen(screen.keys(" a.pdf")), 1);
    assert_eq!(foreseen(screen.keys("<Ctrl-U>/upload ")), 1);
    assert_eq!(foreseen(screen.keys("<Ctrl-U>/msg /send ")), 0);
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
fn several_files_and_patterns_are_one_offer() {
    let mut screen = Screen::online(100, 30);
    let romeo: jid::Jid = "romeo@montague.lit".parse().unwrap();
    screen.keys("/query romeo<Enter>/send /a '/b c'<Enter>");
    let paths: Vec<std::path::PathBuf> = vec!["/a".into(), "/b c".into()];
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo.clone(), paths: paths.clone(), via: vec![] }]);
    screen.keys("/send --apart /a '/b c'<Enter>");
    assert_eq!(screen.commands().len(), 2);
    screen.caused();
    screen.keys("/send /tmp/*.jpg<Enter>");
    let caused = screen.caused();
    let found = caused.into_iter().find_map(|effect| match effect {
        Effect::Find(shipment) => Some(shipment),
        _ => None,
    });
    let shipment = found.expect("a pattern is looked up");
    let why = "Cannot send /tmp/*.jpg fits no file".to_owned();
    screen.msg(Msg::Found(Err(Unsendable { why, typed: "/send /tmp/*.jpg".to_owned() })));
    assert!(screen.picture().contains("fits no file") && screen.picture().contains("▎ /send /tmp/*.jpg"));
    screen.keys("<Ctrl-U>");
    screen.msg(Msg::Found(Ok(Shipment { paths: paths.clone(), ..shipment })));
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo.clone(), paths: paths.clone(), via: vec![] }]);
    screen.msg(Msg::PastedFiles { text: "/a '/b c'".to_owned(), paths: paths.clone(), size: Some(7) });
    assert!(screen.picture().contains("/a and 1 more, 7 B, in one transfer to Romeo?"), "{}", screen.picture());
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo, paths, via: vec![] }]);
}

#[test]
fn nothing_is_offered_while_we_are_offline_and_that_is_said() {
    let mut screen = Screen::online(80, 24);
    let why = "the server closed the connection".to_owned();
    screen.event(Event::Session(SessionEvent::Offline { why, retry_in: Duration::from_secs(9) }));
    screen.keys("/query romeo<Enter>/send sonnet.pdf<Enter>");
    assert!(screen.commands().is_empty());
    assert!(screen.picture().contains("You are offline: nothing can be offered now"));
    assert!(screen.picture().contains("▎ /send sonnet.pdf"));
}

#[test]
fn a_file_that_cannot_be_read_was_never_offered() {
    let mut screen = Screen::online(80, 24);
    let unread = OfferInfo { size: None, ..offer(Direction::Sending, "sonet.pdf", 0) };
    screen.keys("/query romeo<Enter>").transfer(1, TransferChange::Offered(Box::new(unread)));
    let why = FileError::Unreadable("/tmp/sonet.pdf: no such file".to_owned());
    screen.ended(1, Outcome::Failed(Failure::Local(why)));
    let picture = screen.picture();
    assert!(picture.contains("sonet.pdf: the file cannot be read"), "{picture}");
    assert!(!picture.contains("you offer"), "{picture}");
}

/// Romeo is here with two programs that take files, and with one that takes none.
fn romeo_with_several(screen: &mut Screen) {
    let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
    for (name, takes_files) in [("phone", Some(false)), ("tomb", Some(true))] {
        let mut other = romeo.resources[0].clone();
        other.jid = format!("romeo@montague.lit/{name}").parse().unwrap();
        (other.show, other.takes_files) = (Show::Away, takes_files);
        romeo.resources.push(other);
    }
    screen.event(Event::Contact(romeo));
}

fn offered_to(screen: &mut Screen) -> Vec<String> {
    let to = |command: Command| match command {
        Command::OfferFile { to, .. } => Some(to.to_string()),
        Command::AskPrograms { .. } => None,
        other => panic!("{other:?}"),
    };
    screen.commands().into_iter().filter_map(to).collect()
}

#[test]
fn programs_to_choose_from_say_what_they_are_and_the_choice_stays_with_its_program_when_the_list_changes() {
    let mut screen = Screen::online(80, 24);
    romeo_with_several(&mut screen);
    screen.keys("/query romeo<Enter>/send /tmp/a.pdf<Enter><Down>");
    let contact = "romeo@montague.lit".parse().unwrap();
    assert_eq!(screen.commands(), [Command::AskPrograms { contact }]);
    let program = Program { name: "Balcony".to_owned(), version: "0.1.0".to_owned(), os: None };
    screen.event(Event::Program { of: "romeo@montague.lit/tomb".parse().unwrap(), program });
    assert!(screen.picture().contains("tomb · Balcony 0.1.0 · away"), "{}", screen.picture());
    let mut romeo = contact_with(&["mantua", "orchard", "tomb"]);
    screen.event(Event::Contact(romeo.clone())).keys("<Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/tomb"]);
    screen.keys("/send /tmp/b.pdf<Enter>");
    romeo.resources.pop();
    screen.event(Event::Contact(romeo)).keys("<Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/mantua"], "the first, once the chosen one is gone");
}

#[test]
fn nobody_is_asked_to_which_program_once_none_is_there() {
    let gone = contact_with(&[]);
    let removed = gone.jid.clone();
    for event in [Event::Contact(gone), Event::ContactRemoved(removed)] {
        let mut screen = Screen::online(100, 30);
        romeo_with_several(&mut screen);
        screen.keys("/query romeo<Enter>/send /tmp/a.pdf<Enter>").event(event);
        let picture = screen.picture();
        assert!(!picture.contains("To which program?") && picture.contains("▎ /send /tmp/a.pdf"), "{picture}");
        assert!(
            picture.contains("No program of Romeo is there") || picture.contains("No program of romeo"),
            "{picture}"
        );
        assert_eq!(offered_to(&mut screen), Vec::<String>::new());
    }
}

/// Romeo, here with these programs, which all take files.
fn contact_with(programs: &[&str]) -> Contact {
    let mut romeo = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
    let one = romeo.resources.remove(0);
    let named = |name: &&str| Resource { jid: format!("romeo@montague.lit/{name}").parse().unwrap(), ..one.clone() };
    romeo.resources = programs.iter().map(named).collect();
    romeo
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
fn one_of_several_programs_is_chosen_and_is_the_first_choice_from_then_on() {
    let mut screen = Screen::online(80, 24);
    romeo_with_several(&mut screen);
    screen.keys("/query romeo<Enter>/send /tmp/a.pdf<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("orchard · available") && picture.contains("tomb · away"), "{picture}");
    assert!(!picture.contains("phone"), "{picture}");
    screen.keys("<Esc>");
    assert_eq!(offered_to(&mut screen), Vec::<String>::new());
    screen.keys("/send /tmp/a.pdf<Enter><Down><Enter>/send /tmp/b.pdf<Enter><Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/tomb", "romeo@montague.lit/tomb"]);
    screen.keys("/send /tmp/c.pdf --to romeo@montague.lit/phone<Enter>");
    assert_eq!(offered_to(&mut screen), ["romeo@montague.lit/phone"], "who is named is not asked about");
}

#[test]
fn a_file_is_published_for_whom_the_user_talks_to_or_for_any_contact() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/publish ~/a.txt<Enter>/publish a.txt --to nurse<Enter>/query romeo<Enter>/publish b.txt<Enter>");
    let publish =
        |to: Option<&str>, path: &str| Command::Publish { to: to.map(|to| to.parse().unwrap()), path: path.into() };
    let expected = [
        publish(None, "/home/juliet/a.txt"),
        publish(Some("nurse@capulet.lit"), "a.txt"),
        publish(Some("romeo@montague.lit"), "b.txt"),
    ];
    assert_eq!(screen.commands(), expected);
    let to = Some("romeo@montague.lit".parse().unwrap());
    screen.event(Event::Published { to, name: "b.txt".to_owned(), uri: "xmpp:x".to_owned() });
    assert!(screen.picture().contains("You published b.txt until Balcony ends: xmpp:x"), "{}", screen.picture());
}

#[test]
fn a_link_is_fetched_by_its_number_or_by_an_address() {
    let mut screen = Screen::online(80, 24);
    screen.event(Event::Linked(Link {
        number: 3,
        with: "romeo@montague.lit".parse().unwrap(),
        address: WebAddress::read("http://a.example/b").unwrap(),
        description: Some("A license".to_owned()),
    }));
    screen.keys("/query romeo<Enter>");
    assert!(screen.picture().contains("link 3: http://a.example/b (not encrypted) “A"), "{}", screen.picture());
    screen.keys("/fetch 3<Enter>/fetch<Enter>/fetch https://a.example/c<Enter>");
    let address = "https://a.example/c".to_owned();
    let wanted = [WantedLink::Number(3), WantedLink::Only, WantedLink::Address(address)];
    assert_eq!(screen.commands(), wanted.map(Command::Fetch));
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
