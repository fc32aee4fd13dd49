//! A key with what is held down beside it, as it is written in tables, in the configuration and on the screen.
//!
//! Two keys in a row count as one if the first is Ctrl-X, the prefix that readline and Emacs have.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
    /// Whether Ctrl-X was pressed before it.
    is_second: bool,
}

const PREFIX: &str = "Ctrl-X ";

/// Not the name of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no key; keys are written like Ctrl-O, Alt-Enter, F3, a, Ctrl-X Ctrl-E")]
pub struct UnknownKey(String);

const NAMED: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Tab", KeyCode::Tab),
    ("Esc", KeyCode::Esc),
    ("Space", KeyCode::Char(' ')),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
];

impl Key {
    /// One key in one form: terminals tell Shift with letters in different ways.
    fn new(code: KeyCode, modifiers: KeyModifiers) -> Key {
        let mut modifiers = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        if code == KeyCode::BackTab {
            return Key { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT, is_second: false };
        }
        let KeyCode::Char(c) = code else { return Key { code, modifiers, is_second: false } };
        modifiers.remove(KeyModifiers::SHIFT);
        let chord = modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        // Both are one byte on the wire, which crossterm reads as the digit.
        let c = if c == '7' && modifiers == KeyModifiers::CONTROL { '_' } else { c };
        Key { code: KeyCode::Char(if chord { c.to_ascii_lowercase() } else { c }), modifiers, is_second: false }
    }

    /// Whether it only begins what the next key ends.
    pub(crate) fn is_prefix(self) -> bool {
        self.code == KeyCode::Char('x') && self.modifiers == KeyModifiers::CONTROL && !self.is_second
    }

    /// This key after the prefix.
    pub(crate) fn second(self) -> Key {
        Key { is_second: true, ..self }
    }

    /// The text that it types, if it is a key that types.
    pub(crate) fn typed(self) -> Option<char> {
        let chord = self.is_second || self.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        if let KeyCode::Char(c) = self.code { Some(c).filter(|_| !chord) } else { None }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Key {
        Key::new(event.code, event.modifiers)
    }
}

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Key, UnknownKey> {
        if let Some(second) = text.strip_prefix(PREFIX) {
            let second: Key = second.parse().map_err(|_| UnknownKey(text.to_owned()))?;
            return if second.is_second { Err(UnknownKey(text.to_owned())) } else { Ok(second.second()) };
        }
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (modifier, after) = if let Some(after) = rest.strip_prefix("Ctrl-") {
                (KeyModifiers::CONTROL, after)
            } else if let Some(after) = rest.strip_prefix("Alt-") {
                (KeyModifiers::ALT, after)
            } else if let Some(after) = rest.strip_prefix("Shift-") {
                (KeyModifiers::SHIFT, after)
            } else {
                break;
            };
            modifiers.insert(modifier);
            rest = after;
        }
        let code = code_of(rest).ok_or_else(|| UnknownKey(text.to_owned()))?;
        Ok(Key::new(code, modifiers))
    }
}

fn code_of(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    if let Some(number) = name.strip_prefix('F').and_then(|number| number.parse().ok()) {
        return (1..=24).contains(&number).then_some(KeyCode::F(number));
    }
    let mut chars = name.chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(KeyCode::Char(first))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_second {
            f.write_str(PREFIX)?;
        }
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        let chord = !self.modifiers.is_empty();
        if let KeyCode::Char(c) = self.code {
            write!(f, "{}", if chord { c.to_ascii_uppercase() } else { c })
        } else if let KeyCode::F(number) = self.code {
            write!(f, "F{number}")
        } else {
            write!(f, "{:?}", self.code)
        }
    }
}
