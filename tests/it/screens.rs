//! What every pane and dialog looks like, at several sizes.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use balcony::engine::command::{ChatState, Via};
use balcony::engine::event::{
    AttemptState, Checksum, Direction, Event, OfferInfo, Outcome, SessionEvent, Show, Side, StopReason, TransferChange,
    Verified, WebAddress, WebPlace,
};
use balcony::store::rules::{Action, Rule, Whose};
use balcony::tui::msg::Msg;
use balcony::tui::{Appearance, COMMANDS, Colours, Glyphs};

use unicode_width::UnicodeWidthStr;

use crate::support::screen::{Screen, contact, offer};

pub(crate) mod console;
pub(crate) mod doctor;
mod holds;
mod messages;
mod past;
mod questions;
mod roster;
mod search;
mod themes;
mod transfers;

const MIB: u64 = 1024 * 1024;

/// An evening: a conversation, an offer, a transfer that fell back, one that is done.
pub(crate) fn evening(width: u16, height: u16) -> Screen {
    evening_on(Screen::new(width, height))
}

fn evening_on(mut screen: Screen) -> Screen {
    screen.log_in();
    screen.offering(1, "portrait.png", 12 * MIB).answered(1);
    screen.attempt(1, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), AttemptState::Active { detail: None });
    let took = Duration::from_millis(430);
    screen.ended(
        1,
        Outcome::Completed { via: Via::Socks5Direct, bytes: 12 * MIB, took, path: None, verified: Verified::Sha256 },
    );
    screen.keys("/query romeo<Enter>");
    screen.romeo("But soft! what light through yonder window breaks?");
    screen.wait(60_000).me("1", "It is not yet near day.");
    screen.event(Event::Receipt { with: "romeo@montague.lit".parse().unwrap(), id: "1".to_owned() });
    screen.offered(2, "ballad.ogg", 12 * MIB).keys("<F3>").answered(2);
    let refused = AttemptState::Failed { reason: "refused".to_owned() };
    screen.attempt(2, 0, Via::Socks5Direct, Some("192.0.2.7:5086"), refused);
    let silent = AttemptState::Failed { reason: "no answer".to_owned() };
    screen.attempt(2, 1, Via::Socks5Proxy, Some("proxy.montague.lit:5000"), silent);
    let active = AttemptState::Active { detail: Some("block 4096".to_owned()) };
    screen.attempt(2, 2, Via::InBand, None, active);
    for tenth in 1..=6 {
        screen.progress(2, tenth * 12 * MIB / 10, 12 * MIB, tenth * MIB / 2).wait(100);
    }
    screen.offered(3, "sonnet.pdf", 2 * MIB + 400 * 1024);
    screen.typing(ChatState::Composing).keys("Come, gentle night");
    screen
}

/// The sizes that everything is looked at in.
const SIZES: [(u16, u16); 3] = [(80, 24), (40, 12), (200, 50)];

/// Compares a screen with its snapshot, at every size.
pub(crate) fn looks_right(name: &str, draw: impl Fn(u16, u16) -> Screen) {
    for (width, height) in SIZES {
        let picture = draw(width, height).picture();
        assert_fits(&picture, width, height);
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture);
    }
}

/// What is told in text about a picture stays as it is.
fn stays(name: &str, told: &str) {
    insta::assert_snapshot!(name, told);
}

/// The rows that a mark begins, behind the border if there is one; without it, where there is no border, behind an arrow.
fn marked(screen: &mut Screen) -> Vec<String> {
    let picture = screen.picture();
    let beside = |row: &str| row.trim_start_matches('│').strip_prefix('›').map(ToOwned::to_owned);
    let within = |row: &str| {
        row.starts_with(['↓', '↑'])
            .then(|| row.split_once('›'))
            .flatten()
            .map(|(arrow, name)| format!("{arrow} {name}"))
    };
    picture.lines().filter_map(|row| beside(row).or_else(|| within(row))).collect()
}

#[test]
fn where_nothing_can_be_drawn_it_says_how_much_it_needs_and_how_to_leave() {
    let mut screen = Screen::new(80, 24);
    assert_eq!(screen.resize(40, 5).picture().trim_end(), "Balcony needs 24x6; Ctrl-Q quits");
    assert!(!screen.resize(24, 6).picture().contains("needs"));
}

#[test]
fn what_is_selected_in_a_pane_is_seen_without_styles() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut screen = evening(width, height);
        screen.keys("<F7>");
        let rows = marked(&mut screen);
        assert!(rows.len() == 1 && rows[0].contains("● Romeo"), "{}", screen.picture());
        screen.keys("<Home>");
        let rows = marked(&mut screen);
        assert!(rows.len() == 1 && rows[0].starts_with("▾ Family"), "{}", screen.picture());
        screen.keys("<Ctrl-T>");
        let rows = marked(&mut screen);
        assert!(rows.len() == 1 && rows[0].starts_with("↓ ball"), "{}", screen.picture());
        screen.keys("<Esc>");
        assert!(marked(&mut screen).is_empty(), "{}", screen.picture());
    }
    let mut screen = evening(80, 24);
    screen.offered(4, "aubade.ogg", MIB).keys("<Ctrl-O>j");
    let rows = marked(&mut screen);
    assert!(rows.len() == 1 && rows[0].contains("aubade.ogg"), "{}", screen.picture());
}

/// Every row is as wide as the screen at most, wide characters counted as the terminal does.
fn assert_fits(picture: &str, width: u16, height: u16) {
    assert!(picture.lines().count() <= usize::from(height));
    for row in picture.lines() {
        assert!(row.width() <= usize::from(width), "{row}");
    }
}

#[test]
fn an_evening() {
    looks_right("evening", evening);
    insta::assert_snapshot!("evening-100x30", evening(100, 30).picture());
    insta::assert_snapshot!("evening-60x16", evening(60, 16).picture());
}

#[test]
fn the_first_page_tells_who_is_there_what_waits_and_which_key_accepts_it() {
    looks_right("first-page", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.romeo("Lady, by yonder blessed moon I swear").offered(1, "sonnet.pdf", 2 * MIB);
        screen
    });
}

#[test]
fn a_conversation_opens_where_it_was_left() {
    looks_right("new-messages", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.known_from_earlier(40, 25).keys("/query romeo<Enter>");
        screen.past(None, 0..40, true);
        screen
    });
}

#[test]
fn before_anything_happened() {
    looks_right("nothing-yet", Screen::new);
}

#[test]
fn the_first_run_asks_two_questions() {
    looks_right("setup", |width, height| {
        let mut screen = Screen::first_run(width, height);
        screen.keys("juliet@capulet.lit<Enter>pass word");
        screen
    });
}

#[test]
fn an_unknown_certificate_shows_its_fingerprint_and_asks() {
    looks_right("setup-certificate", |width, height| {
        let mut screen = Screen::first_run(width, height);
        screen.keys("juliet@capulet.lit<Enter>password<Enter>").set_up();
        let fingerprint = format!("sha256:{}", "0123456789abcdef".repeat(4));
        let why = StopReason::Certificate { why: "it is signed by itself".to_owned(), fingerprint };
        screen.event(Event::Session(SessionEvent::Stopped { why }));
        screen
    });
}

#[test]
fn an_address_that_is_offered_stands_whole_in_the_conversation() {
    looks_right("offer-address", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>");
        screen.transfer(1, TransferChange::Offered(Box::new(elsewhere(None))));
        screen
    });
}

#[test]
fn the_details_of_an_address_begin_with_all_of_it() {
    looks_right("offer-address-details", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.transfer(1, TransferChange::Offered(Box::new(elsewhere(Some("a.example")))));
        screen.keys("<Ctrl-O>v");
        screen
    });
}

/// An address that Romeo offers; or that a server led to.
fn elsewhere(led_by: Option<&str>) -> OfferInfo {
    let address = "http://xn--bcher-kva.example/very/long/way/to/a/file/that/nobody/wanted/sonnet.pdf?quarto=2&leaf=17";
    let web = WebPlace { address: WebAddress::read(address).unwrap(), led_by: led_by.map(str::to_owned) };
    let methods = vec![Via::Http];
    OfferInfo {
        web: Some(web),
        size: None,
        methods,
        si_multiple: false,
        ..offer(Direction::Receiving, "sonnet.pdf", 0)
    }
}

#[test]
fn the_details_of_an_offer() {
    looks_right("offer", |width, height| {
        let mut screen = Screen::online(width, height);
        let mut info = offer(Direction::Receiving, "invoice_fdp.exe", 3 * 1024 * MIB);
        info.offered_name = Some("../invoice_\u{202e}exe.pdf\u{1b}[2J".to_owned());
        info.is_contact = false;
        info.peer = "stranger@example.org/évil".parse().unwrap();
        info.checksum = Checksum::Md5("d41d8cd98f00b204e9800998ecf8427e".to_owned());
        info.description = Some("the invoice\nthat you asked for".to_owned());
        info.date = Some(SystemTime::UNIX_EPOCH);
        screen.transfer(1, TransferChange::Offered(Box::new(info)));
        screen.keys("<Ctrl-O>").keys("v").msg(Msg::FreeSpace(2 * 1024 * MIB));
        screen
    });
}

#[test]
fn strangers_are_counted() {
    looks_right("strangers", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>").stranger_offers(1, "a.exe").stranger_offers(2, "b.exe");
        screen
    });
}

#[test]
fn rules_decide_and_are_listed() {
    looks_right("rules", |width, height| {
        let mut screen = Screen::online(width, height);
        let family = Whose { groups: vec!["Family".to_owned()], ..Whose::default() };
        let accept = Rule { whose: family, at_most: Some(10 * MIB), ..Rule::new(Action::Accept) };
        screen.rules(vec![Rule::new(Action::Ask), accept]).keys("/query romeo<Enter>/rules<Enter>");
        screen.offered(1, "sonnet.pdf", MIB);
        screen
    });
}

#[test]
fn trusting_a_contact_shows_what_is_written() {
    looks_right("trust", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.rules(Vec::new()).offered(1, "sonnet.pdf", MIB).keys("<Ctrl-O>t");
        screen
    });
}

#[test]
fn help_begins_with_where_you_are() {
    looks_right("help", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.offered(1, "a.pdf", MIB).keys("<Ctrl-O><F1>");
        screen
    });
}

#[test]
fn what_is_configured_is_listed_over_the_conversation() {
    looks_right("settings", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>/set parallel 1<Enter>/set<Enter>");
        screen
    });
}

#[test]
fn help_tells_all_of_every_command_however_narrow_it_is() {
    for width in [40, 60, 88] {
        let mut screen = Screen::online(width, 500);
        screen.keys("<F1>");
        let picture = screen.picture();
        let words: Vec<&str> = picture.split(|c: char| c.is_whitespace() || c == '│').collect();
        let told = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        for command in COMMANDS {
            let usage = format!("/{} {}", command.name, command.arguments);
            assert!(told.contains(usage.trim_end()), "{width} columns: {usage}\n{picture}");
        }
    }
}

#[test]
fn quitting_while_a_file_is_on_the_way() {
    looks_right("quit", |width, height| {
        let mut screen = evening(width, height);
        screen.keys("<Ctrl-Q>");
        screen
    });
}

#[test]
fn accepting_and_saving_somewhere_else() {
    looks_right("save-as", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.offered(1, "sonnet.pdf", MIB).keys("<Ctrl-O>A");
        screen
    });
}

#[test]
fn a_dropped_file_is_offered_to_be_sent() {
    looks_right("send-pasted", |width, height| {
        let mut screen = Screen::online(width, height);
        screen.keys("/query romeo<Enter>").msg(Msg::Paste("'/home/juliet/a b.pdf'".to_owned()));
        let path = PathBuf::from("/home/juliet/a b.pdf");
        screen.msg(Msg::PastedFiles { text: "'/home/juliet/a b.pdf'".to_owned(), paths: vec![path], size: Some(MIB) });
        screen
    });
}

#[test]
fn within_a_long_message_there_is_more_below() {
    let mut screen = Screen::online(80, 24);
    let lines: Vec<String> = (0..60).map(|line| format!("line {line}")).collect();
    screen.keys("/query romeo<Enter>").romeo(&lines.join("\n")).keys("<PgUp>");
    assert!(screen.picture().contains("more below"), "{}", screen.picture());
}

#[test]
fn long_and_wide_names_are_cut_between_characters() {
    looks_right("wide", |width, height| {
        let mut screen = Screen::online(width, height);
        let long = "東京特許許可局局長今日急遽休暇許可拒否";
        screen.event(Event::Contact(contact("tokyo@example.org", long, "グループ👩‍👩‍👧‍👦", Some(Show::DoNotDisturb))));
        screen.event(Event::Contact(contact("e@example.org", &"e\u{301}".repeat(60), "", Some(Show::ExtendedAway))));
        screen.says("tokyo@example.org/携帯電話", &format!("{long}{long} 👩‍👩‍👧‍👦👩‍👩‍👧‍👦 {}", "x".repeat(120)));
        screen.keys("<Alt-A>").offered(1, &format!("{long}.pdf"), MIB).offering(2, &"长".repeat(100), 7 * MIB);
        screen.answered(2).progress(2, MIB, 7 * MIB, MIB);
        screen.keys("急遽休暇許可拒否急遽休暇許可拒否急遽休暇許可拒否急遽休暇許可拒否急遽休暇許可拒否👩‍👩‍👧‍👦");
        screen
    });
}

#[test]
fn ascii_is_enough() {
    let appearance = Appearance { glyphs: Glyphs::Ascii, colours: Colours::None, ..Appearance::default() };
    let mut screen = evening_on(Screen::with(100, 30, appearance));
    let picture = screen.picture();
    assert!(picture.is_ascii(), "{picture}");
    insta::assert_snapshot!("evening-ascii", picture);
}

#[test]
fn the_session_is_told_in_words() {
    let mut screen = Screen::online(100, 30);
    let status = |screen: &mut Screen| screen.picture().lines().next().unwrap().to_owned();
    screen.event(Event::Session(SessionEvent::Offline {
        why: "the connection was reset".to_owned(),
        retry_in: Duration::from_secs(4),
    }));
    assert!(status(&mut screen).contains("○ offline · retrying in 4 s: the connection was reset"));
    assert_eq!(screen.model.next_wake(), Some(Duration::from_secs(1)));
    screen.wait(1000);
    assert!(status(&mut screen).contains("retrying in 3 s"));
    screen.event(Event::Session(SessionEvent::Connecting));
    assert!(status(&mut screen).contains("connecting…"));
    let why = StopReason::Login("the password is wrong".to_owned());
    screen.event(Event::Session(SessionEvent::Stopped { why }));
    assert!(status(&mut screen).contains("stopped: login failed: the password is wrong"));
    let why = StopReason::Certificate { why: "it expired".to_owned(), fingerprint: "sha256:77".to_owned() };
    screen.keys("/query romeo<Enter>").event(Event::Session(SessionEvent::Stopped { why }));
    assert!(screen.picture().contains("sha256:77"));
}

#[test]
fn an_account_that_connects_by_itself_is_never_told_to_be_connected() {
    let mut screen = Screen::new(100, 30);
    screen.msg(Msg::Started(screen.account));
    let picture = screen.picture();
    assert!(picture.contains("connecting…") && !picture.contains("/connect"), "{picture}");
}

#[test]
fn a_screen_at_rest_wants_no_waking() {
    let mut screen = Screen::online(100, 30);
    assert!(screen.model.next_wake().is_some(), "the server is to learn that nobody looks");
    screen.wait(301_000);
    assert_eq!(screen.model.next_wake(), None);
    screen.romeo("hello").offered(1, "a.pdf", MIB).offering(2, "b.pdf", MIB);
    assert_eq!(screen.model.next_wake(), None);
    let mut evening = evening(100, 30);
    assert!(evening.model.next_wake().is_some());
    evening.ended(2, Outcome::Cancelled { by: Side::Us }).keys("<Ctrl-U>").wait(301_000);
    assert_eq!(evening.model.next_wake(), None);
}

#[test]
fn empty_places_explain_themselves() {
    let mut screen = Screen::new(80, 24);
    screen.event(Event::Session(SessionEvent::Online {
        jid: "juliet@capulet.lit/balcony".parse().unwrap(),
        resumed: false,
        security: "TLS 1.3".to_owned(),
    }));
    screen.event(Event::RosterComplete);
    assert!(screen.picture().contains("no contacts yet: /add"));
    assert!(screen.picture().contains("Nobody here yet."));
    screen.keys("/query romeo@montague.lit<Enter>");
    assert!(screen.picture().contains("Nothing said yet."));
    screen.keys("<Ctrl-T>");
    assert!(screen.picture().contains("No transfers yet: /send FILE offers one"));
}
