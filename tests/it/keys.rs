//! (Screen, keys, screen) through the whole user interface.

use std::time::Duration;

use balcony::client::Limits;
use balcony::engine::FileError;
use balcony::engine::command::{
    ChatState, Command, KeepPartial, Priority, SubscriptionAnswer, Via, Wanted, WantedLink,
};
use balcony::engine::event::{
    Announcement, AttemptState, Direction, Event, Failure, Link, OfferInfo, Outcome, SessionEvent, Show, Side,
    StopReason, TransferChange, TransferId, Turn, Verified, WebAddress, WebPlace,
};
use balcony::store::account::Secret;
use balcony::tui::Appearance;
use balcony::tui::effect::{Effect, NewAccount, Shipment};
use balcony::tui::msg::{Folder, Mouse, Msg};

use crate::support::screen::{Screen, contact, offer};

mod console;
mod doctor;
mod roster;

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
    screen.msg(Msg::Found(Err("/tmp/*.jpg fits no file".to_owned())));
    assert!(screen.picture().contains("fits no file"));
    screen.msg(Msg::Found(Ok(Shipment { paths: paths.clone(), ..shipment })));
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo.clone(), paths: paths.clone(), via: vec![] }]);
    screen.msg(Msg::PastedFiles { text: "/a '/b c'".to_owned(), paths: paths.clone(), size: Some(7) });
    assert!(screen.picture().contains("/a and 1 more, 7 B, in one transfer to Romeo?"), "{}", screen.picture());
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [Command::OfferTogether { to: romeo, paths, via: vec![] }]);
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

#[test]
fn ctrl_c_drops_the_text_first_and_quits_only_then() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>some text<Ctrl-C>");
    assert!(!screen.caused().contains(&Effect::Quit));
    assert!(!screen.picture().contains("some text"));
    screen.keys("<Ctrl-Y>");
    assert!(screen.picture().contains("some text"));
    screen.keys("<Ctrl-C><Ctrl-C>");
    assert!(screen.caused().contains(&Effect::Quit));
}

#[test]
fn conversations_are_reached_by_number_by_turn_by_unread_and_back() {
    let mut screen = Screen::online(100, 30);
    screen.romeo("one").says("nurse@capulet.lit/x", "two").says("tybalt@capulet.lit/x", "three");
    let with = |screen: &mut Screen| screen.picture().lines().nth(1).unwrap().to_owned();
    screen.keys("<Alt-2>");
    assert!(with(&mut screen).contains("nurse@capulet.lit"));
    screen.keys("<Ctrl-N>");
    assert!(with(&mut screen).contains("tybalt@capulet.lit"));
    screen.keys("<Alt-A>");
    assert!(with(&mut screen).contains("romeo@montague.lit"));
    screen.keys("<Alt-/>");
    assert!(with(&mut screen).contains("tybalt@capulet.lit"));
    screen.keys("<Ctrl-P>");
    assert!(with(&mut screen).contains("nurse@capulet.lit"));
    screen.keys("<Alt-A>");
    assert!(screen.picture().contains("Nothing is unread"));
    screen.keys("/win 0<Enter>");
    assert!(with(&mut screen).contains("Balcony"));
}

#[test]
fn what_is_new_stands_below_a_line_and_is_counted_in_the_roster() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").romeo("old").keys("<Alt-/>");
    screen.keys("/query nurse<Enter>").romeo("first").romeo("second");
    assert!(screen.picture().lines().any(|row| row.contains("Romeo") && row.contains("2 │")));
    screen.keys("<Alt-A>");
    let picture = screen.picture();
    let place = |text: &str| picture.lines().position(|row| row.contains(text)).unwrap();
    assert!(place("old") < place(" new ") && place(" new ") < place("first"), "{picture}");
    assert!(!picture.lines().any(|row| row.contains("2 │")), "looking at it is reading it");
}

#[test]
fn what_we_offer_is_not_unread_but_how_it_ends_is() {
    let mut screen = Screen::online(80, 24);
    screen.offering(1, "a.pdf", MIB);
    assert!(!screen.picture().contains("unread"));
    screen.ended(1, Outcome::Declined { by: Side::Peer });
    assert!(screen.picture().contains("1 unread"));
}

#[test]
fn drafts_stay_with_their_conversation() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>to Romeo").keys("<Alt-/>/query nurse<Enter>to Nurse<Alt-1>");
    assert!(screen.picture().contains("▎ to Romeo"));
    screen.keys("<Alt-2>");
    assert!(screen.picture().contains("▎ to Nurse"));
}

#[test]
fn page_up_reads_back_and_what_comes_meanwhile_does_not_move_the_page() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>");
    for number in 1..=100 {
        screen.romeo(&format!("line {number}."));
    }
    assert!(screen.picture().contains("line 100."));
    screen.keys("<PgUp><PgUp>");
    let before = screen.picture();
    assert!(!before.contains("line 100.") && before.contains("below"));
    screen.romeo("a new one");
    let lines =
        |picture: &str| picture.lines().filter(|row| row.contains("line ")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&before), lines(&screen.picture()));
    screen.keys(&"<PgUp>".repeat(20));
    let top = screen.picture();
    assert!(top.contains("Today") && top.contains("line 1.") && top.contains("line 17."), "the page stays full\n{top}");
    screen.keys(&"<PgDn>".repeat(20));
    assert!(screen.picture().contains("a new one") && !screen.picture().contains("below"));
    screen.keys("<PgUp><Ctrl-End>");
    assert!(screen.picture().contains("a new one"));
}

#[test]
fn receipts_and_failures_show_on_their_message() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").me("1", "arrives").me("2", "does not");
    let with: jid::BareJid = "romeo@montague.lit".parse().unwrap();
    screen.event(Event::Receipt { with: with.clone(), id: "1".to_owned() });
    screen.event(Event::MessageFailed { with, id: "2".to_owned(), why: "no such user".to_owned() });
    let picture = screen.picture();
    assert!(picture.lines().any(|row| row.contains("arrives") && row.contains('✓')));
    assert!(picture.lines().any(|row| row.contains("does not") && row.contains('✗')));
    assert!(picture.contains("not delivered: no such user"));
}

#[test]
fn typing_is_told_once_and_a_pause_once() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").caused();
    let told = |screen: &mut Screen| {
        let effects = screen.caused().into_iter();
        let states = effects.filter_map(|effect| match effect {
            Effect::Command(_, Command::SetChatState { state, .. }) => Some(state),
            _ => None,
        });
        states.collect::<Vec<_>>()
    };
    screen.keys("Come");
    assert_eq!(told(&mut screen), [ChatState::Composing]);
    screen.wait(5_000);
    assert_eq!(told(&mut screen), [ChatState::Paused]);
    screen.wait(60_000);
    assert_eq!(told(&mut screen), []);
    screen.keys(",<Ctrl-U>");
    assert_eq!(told(&mut screen), [ChatState::Composing, ChatState::Active]);
    screen.keys("/send secret.pdf");
    assert_eq!(told(&mut screen), [], "commands are nobody's business");
}

#[test]
fn tab_completes_commands_contacts_and_paths_and_moves_when_there_is_nothing() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/tra<Tab>");
    assert!(screen.picture().contains("▎ /transfers"));
    screen.keys("<Ctrl-U>/msg ro<Tab>hi");
    assert!(screen.picture().contains("▎ /msg romeo@montague.lit hi"));
    screen.keys("<Ctrl-U>/send ~/My\\ F<Tab>");
    let asked = screen.caused();
    let Some(Effect::ListFolder { text, start, typed, folder, prefix }) = asked.last().cloned() else {
        panic!("{asked:?}")
    };
    assert_eq!((folder.to_str(), prefix.as_str()), (Some("/home/juliet/"), "My F"));
    screen.msg(Msg::Folder(Folder { text, start, typed, prefix, names: vec!["My Files/".to_owned()] }));
    assert!(screen.picture().contains("▎ /send ~/My\\ Files/"));
    screen.keys("<Ctrl-U><Tab><Enter>");
    assert!(screen.picture().contains("nurse@capulet.lit ◐"), "the roster had the focus");
}

#[test]
fn input_history_is_walked_and_searched() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>one fine day<Enter>two<Enter>draft");
    screen.keys("<Up>");
    assert!(screen.picture().contains("▎ two"));
    screen.keys("<Down>");
    assert!(screen.picture().contains("▎ draft"));
    screen.keys("<Ctrl-R>fine");
    assert!(screen.picture().contains("▎ one fine day"));
    assert!(screen.picture().contains("search what you typed: fine"));
    screen.keys("<Esc>");
    assert!(screen.picture().contains("▎ draft"));
    screen.keys("<Ctrl-R>fine<Enter><Enter>");
    let body = "one fine day".to_owned();
    assert!(screen.commands().contains(&Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body }));
}

#[test]
fn a_pasted_text_is_text_and_a_pasted_file_asks() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").msg(Msg::Paste("two\r\nlines \u{1b}[31m".to_owned()));
    assert!(screen.picture().contains("▎ two") && screen.picture().contains("▎ lines [31m"));
    screen.keys("<Enter>").commands();
    screen.msg(Msg::Paste("/etc/hosts".to_owned()));
    let (text, path) = ("/etc/hosts".to_owned(), std::path::PathBuf::from("/etc/hosts"));
    assert!(screen.caused().contains(&Effect::CheckFiles { text: text.clone(), paths: vec![path.clone()] }));
    screen.msg(Msg::PastedFiles { text: text.clone(), paths: vec![path.clone()], size: None });
    assert!(screen.picture().contains("▎ /etc/hosts"), "no such file: it is text");
    screen.keys("<Ctrl-U>").msg(Msg::PastedFiles { text, paths: vec![path.clone()], size: Some(7) }).keys("<Enter>");
    let to = "romeo@montague.lit".parse().unwrap();
    let offer = Command::OfferFile { to, path, description: None, via: Vec::new() };
    assert_eq!(screen.commands(), [offer]);
}

#[test]
fn commands_do_what_they_say() {
    let mut screen = Screen::online(80, 24);
    let romeo: jid::BareJid = "romeo@montague.lit".parse().unwrap();
    screen.keys("/msg romeo But soft!<Enter>");
    let body = "But soft!".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: romeo.clone().into(), body }]);
    screen.keys("/me waves<Enter>");
    assert_eq!(screen.commands(), [Command::SendMessage { to: romeo.clone().into(), body: "/me waves".to_owned() }]);
    screen.keys("//quit is a command<Enter>");
    let body = "/quit is a command".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: romeo.clone().into(), body }]);
    screen.keys("/sendfile '~/a b.pdf' --via in-band<Enter>");
    let (to, path) = (romeo.clone().into(), "/home/juliet/a b.pdf".into());
    assert_eq!(screen.commands(), [Command::OfferFile { to, path, description: None, via: vec![Via::InBand] }]);
    screen.keys("/dcc send nurse ~/x<Enter>");
    let (to, path) = ("nurse@capulet.lit".parse().unwrap(), "/home/juliet/x".into());
    assert_eq!(screen.commands(), [Command::OfferFile { to, path, description: None, via: Vec::new() }]);
    screen.keys("/rename romeo Sweet Montague<Enter>");
    let (name, groups) = (Some("Sweet Montague".to_owned()), vec!["Family".to_owned()]);
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo.clone(), name, groups }]);
    screen.keys("/group romeo Lovers<Enter>");
    let (name, groups) = (Some("Romeo".to_owned()), vec!["Lovers".to_owned()]);
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo.clone(), name, groups }]);
    screen.keys("/remove<Enter>");
    assert_eq!(screen.commands(), [Command::RemoveContact { contact: romeo }]);
    screen.keys("/status dnd at prayer<Enter>");
    let status = Some("at prayer".to_owned());
    assert_eq!(screen.commands(), [Command::SetPresence { show: Show::DoNotDisturb, status }]);
    screen.keys("/disconnect<Enter>/connect<Enter>");
    assert_eq!(screen.commands(), [Command::Disconnect, Command::Connect]);
}

#[test]
fn a_command_that_is_wrong_is_answered_where_it_was_typed() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>/sned x<Enter>/send<Enter>/msg paris hello<Enter>");
    assert!(screen.commands().is_empty());
    let picture = screen.picture();
    assert!(picture.contains("did you mean /send?"), "{picture}");
    assert!(picture.contains("Which file? Usage: /send FILE…"), "{picture}");
    assert!(picture.contains("Nobody in the roster is called \"paris\""), "{picture}");
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
fn nothing_is_offered_while_we_are_offline_and_that_is_said() {
    let mut screen = Screen::online(80, 24);
    let why = "the server closed the connection".to_owned();
    screen.event(Event::Session(SessionEvent::Offline { why, retry_in: Duration::from_secs(9) }));
    screen.keys("/query romeo<Enter>/send sonnet.pdf<Enter>");
    assert!(screen.commands().is_empty());
    assert!(screen.picture().contains("You are offline: nothing can be offered now"));
    screen.keys("<Up>");
    assert!(screen.picture().contains("▎ /send sonnet.pdf"));
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

#[test]
fn the_first_run_tries_the_answers_and_can_be_corrected() {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet<Enter>secret<Enter>");
    assert!(screen.picture().contains("That is no address"));
    screen.keys("@capulet.lit<Enter><Enter>");
    let account = |pin| NewAccount { jid: "juliet@capulet.lit".parse().unwrap(), password: Secret::new("secret"), pin };
    assert_eq!(screen.caused(), [Effect::SetUp(account(None))]);
    assert!(!screen.picture().contains("secret"));
    screen.set_up();
    let fingerprint = "sha256:77".to_owned();
    let why = StopReason::Certificate { why: "unknown".to_owned(), fingerprint: fingerprint.clone() };
    let tried = screen.account;
    screen.event(Event::Session(SessionEvent::Stopped { why })).keys("<Enter>");
    assert_eq!(screen.caused(), [Effect::Forget(tried), Effect::SetUp(account(Some(fingerprint)))]);
    screen.set_up().log_in();
    assert!(screen.picture().contains("Contacts"), "the main screen");
}

#[test]
fn the_mouse_opens_selects_and_scrolls() {
    let mut screen = Screen::online(100, 30);
    let picture = screen.picture();
    let row = picture.lines().position(|row| row.contains("Romeo")).unwrap();
    screen.msg(Msg::Mouse(Mouse::Click(6, u16::try_from(row).unwrap())));
    assert!(screen.picture().contains("romeo@montague.lit ●"));
    for number in 1..=100 {
        screen.romeo(&format!("line {number}."));
    }
    screen.msg(Msg::Mouse(Mouse::WheelUp(60, 10)));
    assert!(screen.picture().contains("↓ 3 below"));
}

/// Where on the screen these words begin, where they are lowest.
fn place_of(screen: &mut Screen, words: &str) -> (u16, u16) {
    let picture = screen.picture();
    let rows: Vec<(&str, u16)> = picture.lines().zip(0..).collect();
    let found = rows.iter().rev().find_map(|(row, y)| Some((row.split_once(words)?.0.chars().count(), *y)));
    let (x, y) = found.unwrap_or_else(|| panic!("{words:?} is not on the screen:\n{picture}"));
    (u16::try_from(x).unwrap(), y)
}

fn click_on(screen: &mut Screen, words: &str) {
    let (x, y) = place_of(screen, words);
    screen.wait(500).msg(Msg::Mouse(Mouse::Click(x + 1, y)));
}

#[test]
fn the_keys_in_the_offers_bar_can_be_clicked() {
    let offering = || {
        let mut screen = Screen::online(120, 30);
        screen.offered(1, "sonnet.pdf", MIB);
        screen.caused();
        screen
    };
    let mut screen = offering();
    click_on(&mut screen, "F3 accept");
    assert_eq!(screen.commands(), [accept(1)]);
    let mut screen = offering();
    click_on(&mut screen, "F4 decline");
    assert_eq!(screen.commands(), [decline(1)]);
    let mut screen = offering();
    click_on(&mut screen, "offers sonnet.pdf");
    assert_eq!(screen.commands(), [], "beside the keys a click only goes there");
    screen.keys("d");
    assert_eq!(screen.commands(), [decline(1)], "and the keys work there");
}

#[test]
fn the_wheel_moves_what_it_is_over_and_leaves_the_keys_where_they_are() {
    let mut screen = Screen::online(100, 30);
    for number in 1..=9 {
        screen.offering(number, &format!("file{number}.png"), MIB).answered(number);
    }
    screen.keys("/query romeo<Enter>half a sentence");
    let (x, y) = place_of(&mut screen, "↑ file");
    let before = screen.picture();
    for _ in 0..8 {
        screen.msg(Msg::Mouse(Mouse::WheelDown(x, y)));
    }
    let scrolled = screen.picture();
    assert_ne!(scrolled, before, "the transfers have moved");
    assert!(scrolled.contains("half a sentence"));
    screen.keys(", and the rest");
    assert!(screen.picture().contains("half a sentence, and the rest"), "{}", screen.picture());
    for _ in 0..8 {
        screen.msg(Msg::Mouse(Mouse::WheelUp(x, y)));
    }
    assert!(screen.picture().contains("file9.png") || screen.picture().contains("file1.png"));
    let (x, y) = place_of(&mut screen, "Tybalt");
    screen.msg(Msg::Mouse(Mouse::Click(x, y)));
    assert!(screen.picture().contains("tybalt@capulet.lit"), "{}", screen.picture());
}

#[test]
fn the_wheel_scrolls_a_dialog() {
    let mut screen = Screen::online(80, 24);
    screen.keys("<F1>");
    let top = screen.picture();
    screen.msg(Msg::Mouse(Mouse::WheelDown(40, 12)));
    assert_ne!(screen.picture(), top);
    screen.msg(Msg::Mouse(Mouse::WheelUp(40, 12)));
    assert_eq!(screen.picture(), top);
    screen.msg(Msg::Mouse(Mouse::Click(40, 12)));
    assert_eq!(screen.picture(), top, "a click in a dialog does nothing");
}

#[test]
fn ten_thousand_contacts_are_walked_through() {
    let mut screen = Screen::online(80, 24);
    for number in 0..10_000 {
        let jid = format!("c{number:05}@example.org");
        screen.event(Event::Contact(contact(&jid, "", "Crowd", Some(Show::Available))));
    }
    screen.keys("<F7><End>");
    assert!(screen.picture().contains("Tybalt"));
    screen.keys("<Home><Down><Down><Enter>");
    assert!(screen.picture().contains("c00001@example.org"));
}

#[test]
fn leaving_a_conversation_while_writing_is_a_pause() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come").caused();
    screen.keys("<Alt-/>");
    let to = "romeo@montague.lit".parse().unwrap();
    let paused = Command::SetChatState { to, state: ChatState::Paused };
    assert_eq!(screen.caused().last(), Some(&Effect::Command(screen.account, paused)));
}

#[test]
fn strangers_cannot_open_any_number_of_conversations() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>a draft");
    for number in 0..2_000 {
        screen.says(&format!("c{number}@example.org/x"), "buy this");
    }
    let unread = screen.keys("<Ctrl-U>").picture().lines().last().unwrap().to_owned();
    assert!(unread.contains("499 unread"), "{unread}");
    assert!(screen.picture().contains("romeo@montague.lit ●"));
}

#[test]
fn what_was_changed_is_taken_back_and_changed_again() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come, gentle<Ctrl-W><Ctrl-_>");
    assert!(screen.picture().contains("Come, gentle"));
    screen.keys("<Ctrl-X Ctrl-U><Ctrl-X Ctrl-U>");
    assert!(!screen.picture().contains("Come,"));
    screen.keys("<Alt-_>");
    assert!(screen.picture().contains("Come,"));
}

#[test]
fn two_keys_in_a_row_open_the_users_own_editor_with_what_is_written() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come, <Ctrl-X>");
    assert!(screen.picture().contains("Ctrl-X, and then?"));
    screen.keys("<Ctrl-E>");
    assert!(screen.caused().contains(&Effect::EditOutside("Come, ".to_owned())));
    screen.msg(Msg::Edited("Come, gentle night,\ncome\n".to_owned())).keys("<Enter>");
    let body = "Come, gentle night,\ncome".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body }]);
    screen.keys("<Ctrl-X>q");
    assert!(!screen.picture().contains("▎ q"), "a second key that means nothing types nothing");
}

#[test]
fn a_long_text_is_not_pasted_by_accident() {
    let mut screen = Screen::online(80, 24);
    let long = "line after line\n".repeat(40);
    screen.keys("/query romeo<Enter>").msg(Msg::Paste(long.clone()));
    assert!(screen.picture().contains("40 lines, 640 B."));
    screen.keys("<Esc>");
    assert!(!screen.picture().contains("line after line"));
    screen.msg(Msg::Paste(long)).keys("<Enter>");
    assert!(screen.picture().contains("line after line"));
}

#[test]
fn shortcodes_become_emoji() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>see :nail_c<Tab>");
    assert!(screen.picture().contains("see 💅"), "{}", screen.picture());
    screen.keys("<Ctrl-U>:heart<Tab>");
    assert!(screen.picture().contains(":heart_eyes:"), "{}", screen.picture());
    screen.keys(":<Tab>");
    assert!(screen.picture().contains("❤"), "{}", screen.picture());
}

#[test]
fn vi_has_its_modes_and_enter_sends_from_both() {
    let mut screen = Screen::with(80, 24, Appearance { vi: true, ..Appearance::default() });
    screen.log_in();
    screen.keys("/query romeo<Enter>Come, gentle night<Esc>");
    assert!(screen.picture().contains("normal mode"));
    screen.keys("0dwu<Ctrl-R>u<Enter>");
    assert_eq!(screen.commands().len(), 1);
    assert!(!screen.picture().contains("normal mode"), "a new message begins in insert mode");
    screen.keys("dd");
    assert!(screen.picture().contains("▎ dd"));
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
        Command::OfferFile { to, .. } => to.to_string(),
        other => panic!("{other:?}"),
    };
    screen.commands().into_iter().map(to).collect()
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
