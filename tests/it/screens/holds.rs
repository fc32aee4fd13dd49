//! Whatever peers send and users do, at whatever size, the screen holds.

use balcony::engine::command::Via;
use balcony::engine::event::{AttemptState, Outcome, Side};
use balcony::tui::keymap::BINDINGS;
use balcony::tui::msg::Msg;
use proptest::prelude::*;

use super::{MIB, assert_fits};
use crate::support::screen::Screen;

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
