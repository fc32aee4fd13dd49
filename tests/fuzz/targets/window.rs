//! A user interface without a terminal, on an engine without a server: what others say goes all the way to the screen.
//!
//! Whatever is drawn, [`Window::look`] finds nothing on the screen that a terminal would obey, and nothing outside.

use balcony::engine::event::Event;
use balcony::tui::effect::Effect;
use balcony::tui::keymap::BINDINGS;
use balcony::tui::msg::{Folder, Msg};
use balcony::tui::{AccountId, Appearance, Model, Osc, Reader, Seat, Surroundings, draw, settle, update};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

use super::home::Home;

/// Larger than any terminal that was ever seen in an input, small enough to be drawn a hundred times.
const LARGEST: u16 = 220;

/// The screen and what is behind it.
pub(crate) struct Window {
    pub(crate) home: Home,
    model: Model,
    account: AccountId,
    size: (u16, u16),
    reader: Reader,
}

impl Window {
    /// Juliet's, online, in a conversation with Romeo.
    pub(crate) fn new() -> Self {
        let home = Home::online();
        let surroundings = Surroundings { known: Some(Osc::Nine), seat: Seat::Far, ..Surroundings::default() };
        let appearance = Appearance { links: true, bell: true, surroundings, ..Appearance::default() };
        let size = (80, 24);
        let mut model = Model::new(appearance, size, home.now()).unwrap();
        let account = model.add_account("home");
        let mut window = Window { home, model, account, size, reader: Reader::default() };
        window.news();
        window.paste("/query romeo@montague.lit");
        window.key("Enter");
        window
    }

    /// The user presses a key, if that is the name of one.
    pub(crate) fn key(&mut self, name: &str) {
        if let Ok(key) = name.parse() {
            self.msg(Msg::Key(key));
        }
    }

    /// One of the keys that mean something.
    pub(crate) fn known_key(&mut self, number: u8) {
        let keys: Vec<&str> = BINDINGS.iter().flat_map(|binding| binding.keys.iter().copied()).collect();
        self.key(keys[usize::from(number) % keys.len()]);
    }

    /// A letter is typed.
    pub(crate) fn letter(&mut self, letter: char) {
        self.key(&if letter == ' ' { "Space".to_owned() } else { letter.to_string() });
    }

    /// A text is pasted.
    pub(crate) fn paste(&mut self, text: &str) {
        self.msg(Msg::Paste(text.to_owned()));
    }

    /// The terminal has another size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        self.size = (width.min(LARGEST), height.min(LARGEST));
        self.msg(Msg::Resize(self.size.0, self.size.1));
    }

    /// Something happens; what it causes is done, and what comes of that happens too.
    pub(crate) fn msg(&mut self, msg: Msg) {
        for effect in update(&mut self.model, self.home.now(), msg) {
            self.perform(effect);
        }
        self.news();
    }

    /// The user is told what happened.
    pub(crate) fn news(&mut self) {
        while !self.home.news.is_empty() {
            for event in std::mem::take(&mut self.home.news) {
                self.event(event);
            }
        }
    }

    fn event(&mut self, event: Event) {
        for effect in update(&mut self.model, self.home.now(), Msg::Client(self.account, event)) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Command(_, command) => self.home.command(command),
            Effect::Escape(sequence) => {
                let inside = sequence.strip_prefix("\x1b]9;").and_then(|rest| rest.strip_suffix('\x07'));
                assert!(
                    inside.is_some_and(|inside| !inside.contains(is_obeyed)),
                    "{sequence:?} does more than it should"
                );
            }
            Effect::ListFolder { text, start, typed, prefix, .. } => {
                let names =
                    ["a.txt", "b\u{1b}[2J/", "ü\u{202e}", "-rf *"].map(|name| format!("{prefix}{name}")).to_vec();
                let folder = Folder { text, start, typed, prefix, names };
                update(&mut self.model, self.home.now(), Msg::Folder(folder));
            }
            _ => {}
        }
    }

    /// Draws the screen and looks at it, and hears what is said to whoever cannot see it.
    pub(crate) fn look(&mut self) {
        settle(&mut self.model);
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buf = Buffer::empty(area);
        let cursor = draw(&self.model, &mut buf);
        assert!(cursor.is_none_or(|cursor| area.contains(cursor)), "the cursor is outside");
        for y in 0..area.height {
            check_row(&buf, y);
        }
        for line in self.reader.news(&self.model) {
            assert!(!line.contains(is_obeyed), "{line:?} is obeyed");
        }
    }
}

/// No symbol reaches beyond the row, however wide it is: a syllable of three joined consonants takes three cells.
fn check_row(buf: &Buffer, y: u16) {
    let mut x = 0;
    while x < buf.area.width {
        let symbol = buf[(x, y)].symbol();
        assert!(!symbol.contains(is_obeyed), "{symbol:?} at {x}, {y} is obeyed");
        x += symbol.cell_width().max(1);
    }
    assert!(x == buf.area.width, "row {y} is wider than the screen");
}

/// What a terminal does something about instead of showing it, or shows as something else.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
