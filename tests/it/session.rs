//! The README's moving picture: an evening of the demo, as the screen shows it, from the first word to a file that no
//! direct way could bring. `UPDATE_DOCS=1 cargo test --test it session` draws `assets/session.svg` anew.

mod film;

use std::fs;
use std::time::Duration;

use balcony::engine::command::{ChatState, Via};
use balcony::engine::event::{AttemptState, Event, Outcome, Verified};
use balcony::store::config::Palette;
use balcony::tui::{Appearance, Colours};

use crate::support::screen::Screen;
use film::Film;

const FILE: &str = "assets/session.svg";

/// What GitHub and browsers show at once.
const MOST_BYTES: usize = 300_000;

const SIZE: (u16, u16) = (100, 30);

const MIB: u64 = 1024 * 1024;
const BALLAD: u64 = 12 * MIB;

#[test]
fn the_moving_picture_shows_what_the_program_shows() {
    let wanted = evening().to_svg();
    assert!(wanted.len() < MOST_BYTES, "{FILE} takes {} bytes", wanted.len());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(FILE, wanted).unwrap();
    } else {
        let found = fs::read_to_string(FILE).unwrap();
        assert!(found == wanted, "{FILE} is stale; UPDATE_DOCS=1 cargo test --test it session draws it anew");
    }
}

/// The whole of it.
fn evening() -> Film {
    let palette = Palette::load("dark", None).unwrap();
    let mut play = Play {
        screen: Screen::with(SIZE.0, SIZE.1, Appearance { palette, colours: Colours::True, ..Appearance::default() }),
        film: Film::of(SIZE),
    };
    play.they_talk();
    play.romeo_offers();
    play.ways_fail();
    play.it_comes_in_band();
    play.film
}

/// The screen, and what was filmed of it.
struct Play {
    screen: Screen,
    film: Film,
}

impl Play {
    /// What the screen shows now stays for so long.
    fn hold(&mut self, millis: u64) {
        self.screen.picture();
        self.film.take(&self.screen.model, Duration::from_millis(millis));
    }

    /// Somebody types, some letters at a time.
    fn types(&mut self, text: &str) {
        let letters: Vec<char> = text.chars().collect();
        for some in letters.chunks(6) {
            self.screen.keys(&some.iter().collect::<String>());
            self.hold(220);
        }
    }

    fn they_talk(&mut self) {
        self.screen.log_in();
        self.hold(1200);
        self.screen.keys("/query romeo<Enter>");
        self.hold(600);
        self.romeo_says("But soft! what light through yonder window breaks?");
        self.types("It is not yet near day.");
        self.screen.keys("<Enter>").me("1", "It is not yet near day.");
        self.hold(400);
        self.screen.event(Event::Receipt { with: "romeo@montague.lit".parse().unwrap(), id: "1".to_owned() });
        self.hold(700);
        self.romeo_says("Then take this ballad with you.");
    }

    fn romeo_says(&mut self, text: &str) {
        self.screen.typing(ChatState::Composing);
        self.hold(900);
        self.screen.wait(20_000).typing(ChatState::Active).romeo(text);
        self.hold(1100);
    }

    fn romeo_offers(&mut self) {
        self.screen.offered(1, "ballad.ogg", BALLAD);
        self.hold(2600);
        self.screen.keys("<F3>").answered(1);
    }

    /// Nobody listens where Romeo says he does, and his proxy is silent.
    fn ways_fail(&mut self) {
        self.tries(0, Via::Socks5Direct, "192.0.2.7:5086", 2);
        self.fails(0, Via::Socks5Direct, "192.0.2.7:5086", "refused");
        self.tries(1, Via::Socks5Proxy, "proxy.montague.lit:5000", 6);
        self.fails(1, Via::Socks5Proxy, "proxy.montague.lit:5000", "no answer");
    }

    /// A way is tried for so many half seconds.
    fn tries(&mut self, index: usize, via: Via, host: &str, halves: u64) {
        let state = AttemptState::Trying { doing: "connecting".to_owned(), patience: Duration::from_secs(3) };
        self.screen.attempt(1, index, via, Some(host), state);
        for _ in 0..halves {
            self.screen.wait(500);
            self.hold(500);
        }
    }

    fn fails(&mut self, index: usize, via: Via, host: &str, reason: &str) {
        self.screen.attempt(1, index, via, Some(host), AttemptState::Failed { reason: reason.to_owned() });
        self.hold(500);
    }

    /// Twelve mebibytes in four seconds, while Juliet writes.
    fn it_comes_in_band(&mut self) {
        let block = AttemptState::Active { detail: Some("block 8192".to_owned()) };
        self.screen.attempt(1, 2, Via::InBand, None, block);
        for (twelfth, letters) in (1..12).zip(["Com", "e, g", "ent", "le n", "ight", ".", "", "", "", "", ""]) {
            self.screen.progress(1, twelfth * MIB, BALLAD, MIB * (22 + twelfth % 3 * 2) / 8);
            self.screen.wait(330).fast_keys(letters);
            self.hold(330);
        }
        let took = Duration::from_millis(4100);
        let verified = Verified::Sha256;
        self.screen.ended(1, Outcome::Completed { via: Via::InBand, bytes: BALLAD, took, path: None, verified });
        self.hold(1600);
        self.screen.keys("<Enter>").me("2", "Come, gentle night.");
        self.screen.event(Event::Receipt { with: "romeo@montague.lit".parse().unwrap(), id: "2".to_owned() });
        self.hold(4500);
    }
}
