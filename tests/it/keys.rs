//! (Screen, keys, screen) through the whole user interface.

use balcony::engine::command::{Command, KeepPartial, Via};
use balcony::engine::event::{AttemptState, TransferId};
use balcony::tui::effect::Effect;

use crate::support::screen::Screen;

const MIB: u64 = 1024 * 1024;

fn accept(id: u64) -> Command {
    Command::AcceptOffer { transfer: TransferId(id), save_as: None }
}

fn decline(id: u64) -> Command {
    Command::DeclineOffer { transfer: TransferId(id) }
}

#[test]
fn what_is_typed_is_sent_and_shown_once_the_client_says_so() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come, gentle night<Enter>");
    let body = "Come, gentle night".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body }]);
    assert!(!screen.picture().contains("Come, gentle night"));
    screen.me("1", "Come, gentle night");
    assert!(screen.picture().contains("me     Come, gentle night"));
}

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

fn withdrawn() -> balcony::engine::event::Outcome {
    balcony::engine::event::Outcome::Cancelled { by: balcony::engine::event::Side::Peer }
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
    assert_eq!(screen.commands(), [Command::AcceptOffer { transfer: TransferId(1), save_as }]);
}

#[test]
fn the_details_stay_with_their_offer() {
    let mut screen = Screen::online(80, 24);
    screen.offered(1, "a.pdf", MIB).offered(2, "b.pdf", MIB).keys("<Ctrl-O>v");
    screen.ended(1, withdrawn()).keys("a");
    assert!(screen.commands().is_empty(), "the offer in the dialog is gone; the next one is not meant");
}

#[test]
fn transfers_are_cancelled_retried_unfolded_and_purged_by_weechats_keys() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "a.pdf", MIB).answered(1);
    let refused = AttemptState::Failed { reason: "refused".to_owned() };
    screen.attempt(1, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), refused);
    screen.keys("<Ctrl-T>c");
    let partial = KeepPartial::No;
    assert_eq!(screen.commands(), [Command::CancelTransfer { transfer: TransferId(1), partial }]);
    screen.ended(1, balcony::engine::event::Outcome::Cancelled { by: balcony::engine::event::Side::Us });
    assert!(!screen.picture().contains("192.0.2.7"), "finished ones are folded");
    screen.keys("<Enter>");
    assert!(screen.picture().contains("192.0.2.7:5086"));
    screen.keys("r");
    assert_eq!(screen.commands(), [Command::RetryTransfer { transfer: TransferId(1) }]);
    screen.keys("p");
    assert!(!screen.picture().contains("Transfers"));
}

#[test]
fn quitting_asks_only_if_a_transfer_is_running() {
    let mut screen = Screen::online(80, 24);
    screen.caused();
    screen.offering(1, "a.pdf", MIB).keys("<Ctrl-Q>");
    assert!(screen.picture().contains("Quit?"));
    assert!(!screen.caused().contains(&Effect::Quit));
    screen.keys("<Esc>/quit<Enter>y");
    assert!(screen.caused().contains(&Effect::Quit));
    let mut idle = Screen::online(80, 24);
    idle.keys("<Ctrl-Q>");
    assert!(idle.caused().contains(&Effect::Quit));
}
