//! (Screen, keys, screen) through the whole user interface.

use std::time::Duration;

use balcony::engine::command::{Command, Priority, Via};
use balcony::engine::event::{
    Contact, Direction, Event, OfferInfo, Outcome, SessionEvent, Show, Side, StopReason, Subscription, TransferChange,
    TransferId, Turn,
};
use balcony::store::account::{HostPort, Secret};
use balcony::store::config::Config;
use balcony::tui::Configuration;
use balcony::tui::effect::{Effect, NewAccount};
use jid::BareJid;

use crate::support::screen::{Screen, contact, offer};

mod composer;
mod console;
mod contacts;
mod conversations;
mod doctor;
mod idleness;
mod mouse;
mod offers;
mod requests;
mod roster;
mod sending;
mod transfers;

const MIB: u64 = 1024 * 1024;

fn accept(id: u64) -> Command {
    Command::AcceptByHand { transfer: TransferId(id), save_as: None }
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
fn quitting_says_which_files_go_on_in_the_next_run() {
    let mut screen = Screen::online(100, 30);
    screen.offering(1, "a.pdf", MIB).answered(1).keys("<Ctrl-Q>");
    assert!(!screen.picture().contains("started again"), "nothing is kept where nothing is configured");
    let file = Some("/home/juliet/.config/balcony/config.toml".into());
    screen.model.configure(Configuration::new(Config::default(), file, "/home/juliet/Downloads".into()));
    screen.keys("<Esc><Ctrl-Q>");
    assert!(screen.picture().contains("It goes on when Balcony is started"), "{}", screen.picture());
    screen.keys("<Esc>").offering(2, "b.pdf", MIB).keys("<Ctrl-Q>");
    assert!(screen.picture().contains("of them can go on."), "nobody has agreed on the second");
}

#[test]
fn quitting_stops_nothing_of_what_was_never_offered_and_is_kept() {
    let mut screen = Screen::online(100, 30);
    let unseen = OfferInfo { size: None, ..offer(Direction::Sending, "a.pdf", MIB) };
    screen.transfer(1, TransferChange::Offered(Box::new(unseen)));
    screen.transfer(1, TransferChange::Turn { turn: Turn::Paused, priority: Priority::Normal });
    screen.keys("<Ctrl-Q>");
    assert!(screen.picture().contains("quitting stops that"), "nothing is kept where nothing is configured");
    let file = Some("/home/juliet/.config/balcony/config.toml".into());
    screen.model.configure(Configuration::new(Config::default(), file, "/home/juliet/Downloads".into()));
    screen.keys("<Esc>").offering(2, "b.pdf", MIB).answered(2).keys("<Ctrl-Q>");
    assert!(screen.picture().contains("A file is still on the way"), "{}", screen.picture());
    screen.keys("<Esc>").ended(2, Outcome::Declined { by: Side::Peer }).caused();
    screen.keys("<Ctrl-Q>");
    assert!(screen.caused().contains(&Effect::Quit));
}

#[test]
fn whatever_key_or_command_quits_it_asks_before_a_message_is_lost_and_only_then() {
    for (asks, quits) in [("<Ctrl-C>", "<Ctrl-C><Ctrl-C>"), ("<Ctrl-Q>", "<Ctrl-Q>"), ("/quit<Enter>", "/quit<Enter>")]
    {
        let mut screen = Screen::online(100, 30);
        let file = Some("/home/juliet/.config/balcony/config.toml".into());
        let kept = || Configuration::new(Config::default(), file.clone(), "/home/juliet/Downloads".into());
        screen.keys("/query romeo<Enter>").me("1", "Come, gentle night").caused();
        screen.keys(asks);
        let picture = screen.picture();
        assert!(picture.contains("A message has not reached the server; quitting drops it."), "{quits}: {picture}");
        assert!(!screen.caused().contains(&Effect::Quit), "{quits}");
        screen.keys("<Esc>").model.configure(kept());
        screen.keys(quits);
        assert!(screen.caused().contains(&Effect::Quit), "{quits}: the next run sends it");
        let mut screen = Screen::online(100, 30);
        let with = "romeo@montague.lit".parse().unwrap();
        screen.me("1", "Come, gentle night").event(Event::MessageSent { with, id: "1".to_owned() }).caused();
        screen.keys(quits);
        assert!(screen.caused().contains(&Effect::Quit), "{quits}: the server has it");
    }
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
    assert!(screen.picture().contains("Ctrl-C once more quits"), "{}", screen.picture());
    assert!(!screen.caused().contains(&Effect::Quit), "one for the text, one by mistake");
    screen.keys("<Ctrl-C>");
    assert!(screen.caused().contains(&Effect::Quit));
    screen.keys("a<Backspace><Ctrl-C>a<Backspace><Ctrl-C>").wait(7_000).keys("<Ctrl-C>");
    assert!(!screen.caused().contains(&Effect::Quit), "they do not follow each other");
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
    screen.keys("/group romeo fam<Tab><Enter>");
    let (name, groups) = (Some("Romeo".to_owned()), vec!["Family".to_owned()]);
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo.clone(), name, groups }]);
    screen.keys("/group romeo Lovers<Enter>");
    let (name, groups) = (Some("Romeo".to_owned()), vec!["Lovers".to_owned()]);
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: romeo.clone(), name, groups }]);
    screen.keys("/remove<Enter>");
    assert!(screen.commands().is_empty() && screen.picture().contains("Remove a contact?"), "{}", screen.picture());
    screen.keys("<Enter>");
    assert_eq!(screen.commands(), [Command::RemoveContact { contact: romeo }]);
    screen.keys("/status dnd at prayer<Enter>");
    let status = Some("at prayer".to_owned());
    assert_eq!(screen.commands(), [Command::SetPresence { show: Show::DoNotDisturb, status }]);
    screen.keys("/disconnect<Enter>/connect<Enter>");
    assert_eq!(screen.commands(), [Command::Disconnect, Command::Connect]);
}

#[test]
fn whoever_is_in_the_roster_stays_what_they_are_when_they_are_added_again() {
    let mut screen = Screen::online(160, 30);
    let romeo = || -> BareJid { "romeo@montague.lit".parse().unwrap() };
    screen.caused();
    screen.keys("/add romeo@montague.lit<Enter>");
    assert!(screen.commands().is_empty());
    let says = "romeo@montague.lit is in the roster already, and you see each other";
    assert!(screen.picture().contains(says), "{}", screen.picture());
    let seen = contact("romeo@montague.lit", "Romeo", "Family", Some(Show::Available));
    screen.event(Event::Contact(Contact { subscription: Subscription::From, ..seen })).caused();
    screen.keys("<Ctrl-U>/add romeo@montague.lit<Enter>");
    let (name, groups) = (Some("Romeo".to_owned()), vec!["Family".to_owned()]);
    assert_eq!(screen.commands(), [Command::AddContact { contact: romeo(), name, groups }]);
}

#[test]
fn a_command_that_takes_nothing_takes_no_text_with_it() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>").romeo("But soft!").caused();
    for wrong in ["/quit<Alt-Enter>my precious text", "/clear<Alt-Enter>my precious text", "/close my precious text"] {
        screen.keys(wrong).keys("<Enter>");
        let picture = screen.picture();
        assert!(picture.contains("is said alone") && picture.contains("But soft!"), "{picture}");
        assert!(picture.lines().rev().take(6).any(|line| line.contains("my precious text")), "{picture}");
        assert!(screen.caused().iter().all(|effect| !matches!(effect, Effect::Quit)));
        screen.keys("<Ctrl-C>");
    }
}

#[test]
fn the_second_argument_of_a_command_is_completed_too() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/notify romeo me<Tab>");
    assert!(screen.picture().contains("/notify romeo mentions "), "{}", screen.picture());
    screen.keys("<Ctrl-U>/report romeo sp<Tab>");
    assert!(screen.picture().contains("/report romeo spam "), "{}", screen.picture());
}

#[test]
fn a_search_and_a_block_are_completed_with_whom_they_take() {
    let mut screen = Screen::online(100, 30);
    for (typed, completed) in [
        ("/search night wi", "/search night with:"),
        ("/search night with:Ro", "/search night with:romeo@montague.lit "),
        ("/search from:nu", "/search from:nurse@capulet.lit "),
        ("/search from:m", "/search from:me "),
        ("/search after:ro", "/search after:ro"),
        ("/block ro", "/block romeo@montague.lit "),
        ("/block mon", "/block montague.lit "),
        ("/block cap", "/block cap"),
    ] {
        screen.keys("<Ctrl-U>").keys(typed).keys("<Tab>|");
        assert!(screen.picture().contains(&format!("▎ {completed}|")), "{typed}: {}", screen.picture());
    }
}

#[test]
fn a_name_of_several_words_needs_no_quotes() {
    let mut screen = Screen::online(100, 30);
    let paris = contact("paris@verona.lit", "County Paris", "Good Friends", Some(Show::Available));
    screen.event(Event::Contact(paris)).caused();
    let jid = || -> BareJid { "paris@verona.lit".parse().unwrap() };
    screen.keys("/group county paris good<Tab>Suitors<Enter>");
    let (name, groups) = (Some("County Paris".to_owned()), vec!["Good Friends".to_owned(), "Suitors".to_owned()]);
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: jid(), name, groups }]);
    screen.keys("/rename 'County Paris' Paris of Verona<Enter>");
    let (name, groups) = (Some("Paris of Verona".to_owned()), vec!["Good Friends".to_owned()]);
    assert_eq!(screen.commands(), [Command::ChangeContact { contact: jid(), name, groups }]);
    screen.keys("/msg County Paris What's  here?<Enter>");
    assert_eq!(screen.commands(), [Command::SendMessage { to: jid().into(), body: "What's  here?".to_owned() }]);
    screen.keys("/rename county<Enter>");
    assert!(screen.picture().contains("What is their new name? Usage: /rename NAME NEW NAME"), "{}", screen.picture());
}

#[test]
fn a_command_that_is_wrong_is_answered_where_it_was_typed() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>/sned x<Enter><Ctrl-U>/send<Enter><Ctrl-U>/msg paris hello<Enter>");
    assert!(screen.commands().is_empty());
    let picture = screen.picture();
    assert!(picture.contains("did you mean /send?"), "{picture}");
    assert!(picture.contains("Which file? Usage: /send FILE…"), "{picture}");
    assert!(picture.contains("Nobody in the roster is called \"paris\""), "{picture}");
}

/// What is answered to a command, where Romeo is.
fn answer_to(command: &str) -> String {
    let mut screen = Screen::online(200, 30);
    screen.keys("/query romeo<Enter>").keys(command).keys("<Enter>");
    screen.picture()
}

#[test]
fn how_a_command_is_called_is_told_only_to_who_called_it_otherwise() {
    for misuse in ["/send", "/win first", "/notify nurse loudly", "/add nurse", "/rules add perhaps", "/limit up fast"]
    {
        assert!(answer_to(misuse).contains("Usage: /"), "{misuse}: {}", answer_to(misuse));
    }
    let facts = [
        ("/msg paris hello", "Nobody in the roster is called"),
        ("/unblock nurse", "nurse@capulet.lit is not blocked"),
        ("/cancel", "Nothing is running"),
        ("/retract", "There is no such message here"),
        ("/account disconnect work", "No account is called"),
        ("/rules remove 3", "There is no rule 3"),
        ("/set colour blue", "No key is called"),
    ];
    for (command, fact) in facts {
        let answer = answer_to(command);
        assert!(answer.contains(fact) && !answer.contains("Usage:"), "{command}: {answer}");
    }
}

#[test]
fn a_contact_can_be_named_by_a_beginning_that_nobody_else_has() {
    let mut screen = Screen::online(200, 30);
    let rosaline = contact("rosaline@capulet.lit", "Rosaline", "Friends", None);
    screen.event(Event::Contact(rosaline));
    screen.keys("/query rom<Enter>");
    assert!(screen.picture().contains("┬ romeo@montague.lit"), "{}", screen.picture());
    screen.keys("/whois TYB<Enter>");
    assert!(screen.picture().contains("tybalt@capulet.lit"), "{}", screen.picture());
    screen.keys("<Esc>/send ~/x --to nur<Enter>");
    let (to, path) = ("nurse@capulet.lit".parse().unwrap(), "/home/juliet/x".into());
    assert!(screen.commands().contains(&Command::OfferFile { to, path, description: None, via: Vec::new() }));
    screen.keys("/msg ro good night<Enter>");
    assert!(screen.commands().is_empty());
    let both = "Several begin with \"ro\": Romeo (romeo@montague.lit), Rosaline (rosaline@capulet.lit); which one?";
    assert!(screen.picture().contains(both), "{}", screen.picture());
    screen.event(Event::Contact(contact("ro@verona.lit", "", "Friends", None)));
    screen.keys("<Enter>");
    let (to, body) = ("ro@verona.lit".parse().unwrap(), "good night".to_owned());
    assert_eq!(screen.commands(), [Command::SendMessage { to, body }], "whoever is called just that is meant");
}

#[test]
fn the_first_run_tries_the_answers_and_can_be_corrected() {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet<Enter>secret<Enter>");
    assert!(screen.picture().contains("That is no address"));
    screen.keys("@capulet.lit<Enter>");
    let account = |pin| NewAccount {
        jid: "juliet@capulet.lit".parse().unwrap(),
        password: Secret::new("secret"),
        server: None,
        pin,
    };
    assert_eq!(screen.caused(), [Effect::SetUp(account(None))]);
    assert!(!screen.picture().contains("secret"));
    screen.set_up();
    let fingerprint = "sha256:77".to_owned();
    let why = StopReason::Certificate { why: "unknown".to_owned(), fingerprint: fingerprint.clone() };
    let tried = screen.account;
    screen.event(Event::Session(SessionEvent::Stopped { why })).keys("y");
    assert_eq!(screen.caused(), [Effect::Forget(tried), Effect::SetUp(account(Some(fingerprint)))]);
    screen.set_up().log_in();
    assert!(screen.picture().contains("Contacts"), "the main screen");
}

#[test]
fn the_first_run_asks_for_the_server_once_the_address_does_not_lead_there() {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet@capulet.test<Enter>secret<Enter>");
    assert!(!screen.picture().contains("Server"));
    screen.set_up().caused();
    let why = "DNS does not know capulet.test".to_owned();
    screen.event(Event::Session(SessionEvent::Offline { why: why.clone(), retry_in: Duration::from_secs(4) }));
    assert!(screen.picture().contains(&why) && screen.picture().contains("Server (host:port)"), "{}", screen.picture());
    let tried = screen.account;
    screen.keys("localhost<Enter>");
    assert!(screen.caused().is_empty() && screen.picture().contains("host:port"), "{}", screen.picture());
    screen.event(Event::Session(SessionEvent::Connecting));
    screen.keys(":15222<Enter>");
    let server = Some(HostPort { host: "localhost".to_owned(), port: 15222 });
    let jid = "juliet@capulet.test".parse().unwrap();
    let account = NewAccount { jid, password: Secret::new("secret"), server, pin: None };
    assert_eq!(screen.caused(), [Effect::Forget(tried), Effect::SetUp(account)]);
}

#[test]
fn the_first_run_asks_a_wrong_password_again_where_it_stands() {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet@capulet.lit<Enter>wrong<Enter>").set_up().caused();
    let why = StopReason::Login("the password is wrong".to_owned());
    screen.event(Event::Session(SessionEvent::Stopped { why }));
    screen.keys("<Shift-Tab><Shift-Tab><Ctrl-U>secret<Enter>");
    let [Effect::Forget(_), Effect::SetUp(account)] = &screen.caused()[..] else { panic!("it is not tried again") };
    assert_eq!((account.jid.as_str(), &account.password), ("juliet@capulet.lit", &Secret::new("secret")));
}

/// The account that is tried next.
fn tried(screen: &mut Screen) -> NewAccount {
    let caused = screen.caused().into_iter();
    let mut tried = caused.filter_map(|effect| if let Effect::SetUp(account) = effect { Some(account) } else { None });
    tried.next().expect("nothing is tried")
}

fn stops(screen: &mut Screen, why: StopReason) -> &mut Screen {
    screen.event(Event::Session(SessionEvent::Stopped { why }))
}

/// The first try met a certificate, which the user accepted, and then a wrong password.
fn accepted() -> Screen {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet@capulet.lit<Enter>wrong<Enter>").set_up();
    let why = StopReason::Certificate { why: "unknown".to_owned(), fingerprint: "sha256:77".to_owned() };
    stops(&mut screen, why).keys("y").set_up().caused();
    stops(&mut screen, StopReason::Login("the password is wrong".to_owned()));
    screen
}

#[test]
fn a_certificate_that_was_accepted_stays_accepted_for_its_server_while_the_dialog_is_open() {
    let mut screen = accepted();
    screen.keys("<Ctrl-U>secret<Enter>");
    let account = tried(&mut screen);
    assert_eq!((account.pin.as_deref(), account.password), (Some("sha256:77"), Secret::new("secret")));
    screen.set_up();
    stops(&mut screen, StopReason::Login("the password is wrong".to_owned()));
    screen.keys("<Shift-Tab><Ctrl-U>juliet@mantua.lit<Enter>");
    assert_eq!(tried(&mut screen).pin, None, "another server shows another certificate");
}

#[test]
fn whoever_presses_enter_once_too_often_has_accepted_no_certificate() {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet@capulet.lit<Enter>secret<Enter>").set_up().caused();
    let why = StopReason::Certificate { why: "unknown".to_owned(), fingerprint: "sha256:77".to_owned() };
    stops(&mut screen, why).keys("<Enter>");
    assert_eq!(screen.caused(), [Effect::Forget(screen.account)]);
    assert!(screen.picture().contains("Password"), "the fields are there again: {}", screen.picture());
}

#[test]
fn another_certificate_than_the_accepted_one_is_not_accepted_by_enter() {
    let changed = || StopReason::CertificateChanged {
        domain: "capulet.lit".to_owned(),
        pinned: "sha256:77".to_owned(),
        shown: "sha256:99".to_owned(),
    };
    let mut screen = accepted();
    screen.keys("<Ctrl-U>secret<Enter>").set_up().caused();
    stops(&mut screen, changed());
    assert!(screen.picture().contains("sha256:99") && screen.picture().contains("y accepts this one"));
    screen.keys("<Enter>");
    assert_eq!(screen.caused(), [Effect::Forget(screen.account)]);
    screen.keys("<Enter>");
    assert_eq!(tried(&mut screen).pin.as_deref(), Some("sha256:77"));
    screen.set_up();
    stops(&mut screen, changed()).keys("y");
    assert_eq!(tried(&mut screen).pin.as_deref(), Some("sha256:99"));
}

#[test]
fn a_wrong_password_at_the_first_run_sends_nobody_to_a_file_that_is_not_there() {
    let mut screen = accepted();
    let picture = screen.picture();
    assert!(picture.contains("login failed: the password is wrong") && picture.contains("tries again"), "{picture}");
    assert!(picture.contains("Ctrl-U empties the field"), "{picture}");
    assert!(!picture.contains("mend") && !picture.contains("/connect"), "{picture}");
}

#[test]
fn f1_helps_in_the_first_run_too_and_loses_nothing() {
    let mut screen = Screen::first_run(80, 24);
    screen.keys("juliet@<F1>");
    assert!(screen.picture().contains("Help"));
    screen.keys("<F1><Esc>capulet.lit");
    assert!(screen.picture().contains("juliet@capulet.lit"));
}

#[test]
fn f1_over_a_dialog_begins_with_the_dialogs_keys_and_the_hints_offer_what_works_there() {
    let mut screen = Screen::online(100, 40);
    screen.offered(1, "a.pdf", MIB).keys("<Ctrl-O>v");
    let hints = |picture: &str| picture.lines().last().unwrap().to_owned();
    let line = hints(&screen.picture());
    assert!(line.contains("F1 help") && line.contains("Ctrl-Q quit") && !line.contains("accept"), "{line}");
    screen.keys("<F1>");
    let help = screen.picture();
    let places = ["In the details of an offer", "In a dialog", "Everywhere", "Commands"];
    let places: Vec<_> = places.iter().map(|title| help.find(title).unwrap()).collect();
    assert!(places.is_sorted() && !help.contains("next conversation"), "{help}");
    screen.keys("<Esc><Esc><F1>");
    assert!(screen.picture().contains("In the offers bar") && screen.picture().contains("next conversation"));
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
