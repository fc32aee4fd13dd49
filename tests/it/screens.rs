//! What every pane and dialog looks like, at several sizes; and that nothing a peer sends can break a screen.

use std::time::Duration;

use balcony::engine::command::{ChatState, Via};
use balcony::engine::event::{AttemptState, Event, Outcome, Side, Verified};
use balcony::tui::keymap::BINDINGS;
use balcony::tui::msg::Msg;

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use crate::support::screen::Screen;

const MIB: u64 = 1024 * 1024;

/// An evening: a conversation, an offer, a transfer that fell back, one that is done.
fn evening(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
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
    let active = AttemptState::Active { detail: Some("block 16384, 4 in flight".to_owned()) };
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
fn looks_right(name: &str, draw: impl Fn(u16, u16) -> Screen) {
    for (width, height) in SIZES {
        let picture = draw(width, height).picture();
        assert_fits(&picture, width, height);
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), picture);
    }
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
fn before_anything_happened() {
    looks_right("nothing-yet", Screen::new);
}

/// What peers can send and what users can do.
#[derive(Debug, Clone)]
enum Happening {
    Says(String),
    Offers(String),
    Tries(String),
    Moves(u64),
    Withdraws,
    Presses(&'static str),
    Pastes(String),
    Resizes(u16, u16),
}

fn happening() -> impl Strategy<Value = Happening> {
    let text = prop_oneof![any::<String>(), "[ a-z\u{1b}\u{202e}\u{4e00}-\u{4eff}\u{301}\u{1f468}\u{200d}\n]{0,200}"];
    let keys: Vec<&'static str> = BINDINGS.iter().flat_map(|binding| binding.keys).copied().collect();
    prop_oneof![
        text.clone().prop_map(Happening::Says),
        text.clone().prop_map(Happening::Offers),
        text.clone().prop_map(Happening::Tries),
        any::<u64>().prop_map(Happening::Moves),
        Just(Happening::Withdraws),
        prop::sample::select(keys).prop_map(Happening::Presses),
        text.prop_map(Happening::Pastes),
        (0..220_u16, 0..60_u16).prop_map(|(width, height)| Happening::Resizes(width, height)),
    ]
}

fn happen(screen: &mut Screen, happening: Happening) {
    match happening {
        Happening::Says(text) => screen.romeo(&text),
        Happening::Offers(name) => screen.offered(1, &name, MIB),
        Happening::Tries(host) => {
            let failed = AttemptState::Failed { reason: host.clone() };
            screen.answered(1).attempt(1, 0, Via::Socks5Direct, Some(&host), failed)
        }
        Happening::Moves(bytes) => screen.progress(1, bytes / 2, bytes, bytes),
        Happening::Withdraws => screen.ended(1, Outcome::Cancelled { by: Side::Peer }),
        Happening::Presses(key) => screen.keys(&format!("<{key}>")),
        Happening::Pastes(text) => screen.msg(Msg::Paste(text)),
        Happening::Resizes(width, height) => screen.resize(width, height),
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_at_whatever_size_the_screen_holds(happenings in prop::collection::vec(happening(), 1..40)) {
        let mut screen = Screen::online(80, 24);
        let mut size = (80, 24);
        for happening in happenings {
            if let Happening::Resizes(width, height) = happening {
                size = (width, height);
            }
            happen(&mut screen, happening);
            let picture = screen.picture();
            assert_fits(&picture, size.0, size.1);
            let is_obeyed = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            prop_assert!(!picture.contains(is_obeyed), "{picture}");
        }
    }
}
