//! Offers by keys: the bar, its details, and what is no file's offer but stands there too.

use std::time::Duration;

use balcony::engine::FileError;
use balcony::engine::command::{Command, SubscriptionAnswer, Via, Wanted};
use balcony::engine::event::{
    Announcement, Checksum, Direction, Event, OfferInfo, Outcome, Side, TransferChange, TransferId, Verified,
    WebAddress, WebPlace,
};
use balcony::tui::effect::Effect;

use super::{MIB, accept, decline};
use crate::support::screen::{Screen, offer};

#[test]
fn an_offer_rings_takes_no_focus_and_f3_accepts_it_with_the_text_untouched() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come, ");
    screen.caused();
    screen.offered(7, "sonnet.pdf", 2 * MIB);
    assert_eq!(screen.caused(), [Effect::Bell]);
    screen.keys("a gentle night");
    assert!(screen.commands().is_empty(), "keys go on into the composer");
    screen.keys("<F3>");
    assert_eq!(screen.commands(), [accept(7)]);
    assert!(screen.picture().contains("Come, a gentle night"));
    assert!(!screen.picture().contains("F3 accept"), "it left the bar");
}

#[test]
fn the_bar_has_its_own_keys_and_escape_goes_back() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>still here").offered(1, "a.pdf", MIB).offered(2, "b.pdf", MIB);
    screen.keys("<Ctrl-O>jd");
    assert_eq!(screen.commands(), [decline(2)]);
    screen.keys("<Esc>!");
    assert!(screen.picture().contains("still here!"));
    assert!(screen.commands().is_empty());
    screen.keys("<F2>a");
    assert_eq!(screen.commands(), [accept(1)]);
}

#[test]
fn keys_within_400_ms_of_a_new_offer_do_not_act_on_it() {
    let mut screen = Screen::online(80, 24);
    screen.offered(1, "a.pdf", MIB);
    screen.wait(399).fast_keys("<F3>");
    assert!(screen.commands().is_empty());
    screen.wait(1).fast_keys("<F3>");
    assert_eq!(screen.commands(), [accept(1)]);
    screen.offered(2, "b.pdf", MIB).offered(3, "c.pdf", MIB).keys("<Ctrl-O>");
    screen.ended(2, withdrawn()).fast_keys("a");
    assert!(screen.commands().is_empty(), "the key was meant for the offer that was withdrawn");
    screen.wait(400).fast_keys("a");
    assert_eq!(screen.commands(), [accept(3)]);
}

#[test]
fn a_remark_makes_room_for_the_hints_after_some_seconds_and_when_something_is_asked() {
    let mut screen = Screen::online(80, 24);
    let remark = "Nobody offers or asks for anything";
    screen.wait(301_000).keys("<F3>");
    assert!(screen.picture().contains(remark));
    screen.wait(5_999);
    assert_eq!(screen.model.next_wake(), Some(Duration::from_millis(1)), "one redraw, and not before it is due");
    assert!(screen.picture().contains(remark));
    screen.wait(1);
    assert!(!screen.picture().contains(remark) && screen.picture().contains("F1 help"));
    screen.keys("<F3>").wait(100).offered(1, "a.pdf", MIB);
    assert!(!screen.picture().contains(remark), "it is not true any more");
    screen.keys("<Ctrl-X>").wait(60_000);
    assert!(screen.picture().contains("Ctrl-X, and then?"), "the next key still depends on it");
}

fn withdrawn() -> Outcome {
    Outcome::Cancelled { by: Side::Peer }
}

#[test]
fn what_arrived_is_not_offered_again_and_that_is_said() {
    let mut screen = Screen::online(100, 30);
    let took = Duration::from_secs(1);
    let arrived = Outcome::Completed { via: Via::InBand, bytes: MIB, took, path: None, verified: Verified::No };
    screen.offering(1, "a.pdf", MIB).ended(1, Outcome::Declined { by: Side::Peer });
    screen.offering(2, "b.pdf", MIB).ended(2, arrived).keys("/retry<Enter>");
    assert_eq!(screen.commands(), [Command::RetryTransfer { transfer: TransferId(1) }]);
    screen.keys("<Ctrl-T>r");
    assert!(screen.commands().is_empty());
    assert!(screen.picture().contains("It has arrived already"));
}

#[test]
fn a_withdrawn_offer_says_so_and_leaves() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").offered(1, "a.pdf", MIB).ended(1, withdrawn());
    let picture = screen.picture();
    assert!(picture.contains("a.pdf: withdrawn by Romeo"), "{picture}");
    assert!(!picture.contains("Offers"), "{picture}");
}

#[test]
fn accepting_as_asks_where_to() {
    let mut screen = Screen::online(80, 24);
    screen.offered(1, "a.pdf", MIB).keys("<Ctrl-O>A");
    assert!(screen.picture().contains("~/Downloads/a.pdf"));
    screen.keys("<Ctrl-U>~/Verona/b.pdf<Enter>");
    let save_as = Some("/home/juliet/Verona/b.pdf".into());
    assert_eq!(screen.commands(), [Command::AcceptByHand { transfer: TransferId(1), save_as }]);
}

#[test]
fn what_has_no_place_where_it_was_wanted_is_asked_about_again() {
    let mut screen = Screen::online(160, 24);
    screen.keys("/query romeo<Enter>").offered(1, "a.pdf", MIB).keys("<F3>");
    assert_eq!(screen.commands(), [accept(1)]);
    assert!(!screen.picture().contains("Offers"), "{}", screen.picture());
    screen.transfer(1, TransferChange::Unplaced(FileError::Unwritable("Not a directory".to_owned())));
    let picture = screen.picture();
    assert!(
        picture.contains("a.pdf: the file cannot be written: Not a directory; it is still offered: make room"),
        "{picture}"
    );
    assert!(picture.contains("Offers"), "{picture}");
    screen.wait(1000).keys("<F3>");
    assert_eq!(screen.commands(), [accept(1)]);
}

#[test]
fn the_details_stay_with_their_offer() {
    let mut screen = Screen::online(80, 24);
    screen.offered(1, "a.pdf", MIB).offered(2, "b.pdf", MIB).keys("<Ctrl-O>v");
    screen.ended(1, withdrawn()).keys("a");
    assert!(screen.commands().is_empty(), "the offer in the dialog is gone; the next one is not meant");
}

#[test]
fn the_details_say_what_will_prove_that_the_file_arrived_as_it_was_sent() {
    let cases = [
        (Checksum::Follows, "a SHA-256 follows the last byte"),
        (Checksum::None, "what arrives cannot be verified"),
        (Checksum::Md5("d41d8cd98f00b204e9800998ecf8427e".to_owned()), "d41d8cd98f00b204e9800998ecf8427e"),
    ];
    for (checksum, says) in cases {
        let mut screen = Screen::online(80, 24);
        let info = OfferInfo { checksum, ..offer(Direction::Receiving, "a.pdf", MIB) };
        screen.transfer(1, TransferChange::Offered(Box::new(info))).keys("<Ctrl-O>v");
        assert!(screen.picture().contains(says), "{}", screen.picture());
    }
}

#[test]
fn somebody_who_asks_to_see_us_is_answered_by_a_command() {
    let mut screen = Screen::online(80, 24);
    let contact: jid::BareJid = "paris@verona.lit".parse().unwrap();
    screen.event(Event::SubscriptionRequest { from: contact.clone(), text: Some("a suitor".to_owned()), nick: None });
    assert!(screen.picture().contains("paris@verona.lit asks to see"));
    screen.keys("/accept paris@verona.lit<Enter>");
    let answer = SubscriptionAnswer::Approve;
    assert_eq!(screen.commands(), [Command::AnswerSubscription { contact, answer }]);
}

#[test]
fn the_offers_bar_shows_nothing_by_half() {
    for width in [60, 80, 90, 100, 120] {
        let mut screen = Screen::online(width, 30);
        screen.offered(1, "a sonnet from the orchard.pdf", MIB);
        let picture = screen.picture();
        let bar = picture.lines().find(|row| row.contains("F3 accept  F4")).unwrap();
        assert!(!bar.contains("→") || bar.contains("→ ~/Downloads "), "{bar}");
        assert!(bar.contains("  1.0 MiB "), "{bar}");
    }
}

#[test]
fn where_somebody_asks_to_see_us_the_command_needs_no_name() {
    let mut screen = Screen::online(80, 24);
    let paris: jid::BareJid = "paris@verona.lit".parse().unwrap();
    screen.event(Event::SubscriptionRequest { from: paris.clone(), text: None, nick: None });
    screen.keys("<Alt-A>/decline<Enter>");
    let answer = SubscriptionAnswer::Deny;
    assert_eq!(screen.commands(), [Command::AnswerSubscription { contact: paris, answer }]);
}

#[test]
fn who_was_added_here_sees_us_without_another_question() {
    let mut screen = Screen::online(80, 24);
    let romeo: jid::BareJid = "romeo@montague.lit".parse().unwrap();
    screen.event(Event::SubscriptionRequest { from: romeo.clone(), text: None, nick: None });
    let answer = SubscriptionAnswer::Approve;
    assert_eq!(screen.commands(), [Command::AnswerSubscription { contact: romeo, answer }]);
    screen.keys("/query romeo<Enter>");
    assert!(screen.picture().contains("romeo@montague.lit sees when you are online too"));
}

#[test]
fn what_somebody_publishes_is_started_by_its_number_or_address() {
    let mut screen = Screen::online(80, 24);
    screen.event(Event::Announced(Announcement {
        number: 3,
        owner: "romeo@montague.lit/orchard".parse().unwrap(),
        name: Some("sonnet.pdf".to_owned()),
        size: Some(2 * MIB),
    }));
    screen.keys("/query romeo<Enter>");
    assert!(screen.picture().contains("Romeo has sonnet.pdf (2.0 MiB) for you: /start 3"), "{}", screen.picture());
    screen.keys("/start 3<Enter>/start<Enter>/start xmpp:a@b/c?recvfile;sid=1<Enter>");
    let uri = "xmpp:a@b/c?recvfile;sid=1".to_owned();
    let wanted = [Wanted::Number(3), Wanted::Only, Wanted::Uri(uri)];
    assert_eq!(screen.commands(), wanted.map(Command::StartPublished));
}

#[test]
fn an_offer_that_was_asked_for_rings_not_and_waits_for_nobody() {
    let mut screen = Screen::online(80, 24);
    let peer = "romeo@montague.lit/orchard".parse().unwrap();
    let info = OfferInfo { peer, is_asked_for: true, ..offer(Direction::Receiving, "sonnet.pdf", MIB) };
    screen.transfer(7, TransferChange::Offered(Box::new(info)));
    assert!(screen.caused().is_empty());
    assert!(!screen.picture().contains("F3 accept"));
}

/// Romeo offers an address.
fn offered_address(screen: &mut Screen) {
    let address = WebAddress::read("https://a.example/sonnet.pdf").unwrap();
    let web = Some(WebPlace { address, led_by: None });
    let info = OfferInfo { web, size: None, ..offer(Direction::Receiving, "sonnet.pdf", 0) };
    screen.transfer(1, TransferChange::Offered(Box::new(info)));
}

#[test]
fn an_address_is_never_accepted_before_its_details_were_seen() {
    for way in ["<F3>", "<Ctrl-O>a", "<Ctrl-O>A", "/accept romeo<Enter>", "<Ctrl-T>a"] {
        let mut screen = Screen::online(80, 24);
        offered_address(&mut screen);
        screen.wait(1000).keys(way);
        assert!(screen.commands().is_empty(), "{way}");
        assert!(screen.picture().contains("https://a.example/sonnet.pdf"), "{way}: {}", screen.picture());
        screen.keys("a");
        assert_eq!(screen.commands(), [accept(1)], "{way}");
    }
}

#[test]
fn an_address_is_declined_without_a_look_at_it() {
    let mut screen = Screen::online(80, 24);
    offered_address(&mut screen);
    screen.wait(1000).keys("<F4>");
    assert_eq!(screen.commands(), [decline(1)]);
}
