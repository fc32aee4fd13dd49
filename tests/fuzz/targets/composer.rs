//! A user, or a cat, at the keyboard: letters, every key that means something, pastes, on screens of any size; slash
//! commands with anything behind them. What comes of it goes to a whole engine.
//!
//! A byte below 0x20 begins something: see [`act`]. Everything else is typed.

use balcony::tui::COMMANDS;

use super::bytes::Bytes;
use super::window::Window;

/// More than anybody types between two looks.
const MOST_DEEDS: usize = 300;

/// Types the input.
pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut window = Window::new();
    for _ in 0..MOST_DEEDS {
        if bytes.is_empty() {
            break;
        }
        act(&mut window, &mut bytes);
    }
    window.look();
}

fn act(window: &mut Window, bytes: &mut Bytes) {
    match bytes.byte() {
        0 => window.known_key(bytes.byte()),
        1 => window.paste(&bytes.text()),
        2 => window.resize(u16::from(bytes.byte()), u16::from(bytes.byte())),
        3 => {
            let name = bytes.one_of(COMMANDS).name;
            window.paste(&format!("/{name} "));
        }
        4 => window.look(),
        5 => window.home.answer(),
        6 => window.home.pass(std::time::Duration::from_millis(u64::from(bytes.short()))),
        7 => {
            let said =
                format!("<message from='romeo@montague.lit/orchard' type='chat' id='m1'>{}</message>", bytes.text());
            window.home.receive(&said);
            window.news();
        }
        b'\n' => window.key("Enter"),
        b'\t' => window.key("Tab"),
        other => letter(window, other, bytes),
    }
}

/// A letter of UTF-8, or what stands for one that is broken.
fn letter(window: &mut Window, first: u8, bytes: &mut Bytes) {
    let more = match first {
        0xc0..0xe0 => 1,
        0xe0..0xf0 => 2,
        0xf0.. => 3,
        _ => 0,
    };
    let whole = [&[first], bytes.take(more)].concat();
    String::from_utf8_lossy(&whole).chars().for_each(|letter| window.letter(letter));
}
