//! Whether the terminal's background is dark or light: asked once, before anything else reads what the terminal says.
//!
//! A terminal that does not answer in time is one of which nothing is known. If its answer comes after all, it comes as
//! keys that nobody pressed; [`LateAnswer`] knows them.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use terminal_colorsaurus::{QueryOptions, background_color};

/// What the terminal's background is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    /// Light letters are readable on it.
    Dark,
    /// Dark letters are.
    Light,
}

/// Most terminals answer within a few milliseconds; nobody should wait noticeably for the others.
const PATIENCE: Duration = Duration::from_millis(100);

/// Later than this no answer comes, over whatever line.
const LATEST: Duration = Duration::from_secs(5);

/// `11;rgb:ffff/ffff/ffff`, with some room.
const LONGEST: usize = 40;

impl Background {
    /// Asks the terminal; none if it does not tell.
    pub fn ask() -> Option<Background> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return None;
        }
        let mut options = QueryOptions::default();
        options.timeout = PATIENCE;
        let background = background_color(options);
        tracing::debug!(?background, "asked the terminal for its background");
        let is_light = background.ok()?.perceived_lightness() > 0.5;
        Some(if is_light { Background::Light } else { Background::Dark })
    }
}

/// The terminal's answer to [`Background::ask`], when it comes as keys: `ESC ] 1 1 ; …`, ended by `ESC \` or Ctrl-G.
#[derive(Debug)]
pub(super) struct LateAnswer {
    until: Instant,
    /// How many keys of it have come.
    inside: Option<usize>,
}

impl LateAnswer {
    pub(super) fn new(now: Instant) -> Self {
        LateAnswer { until: now + LATEST, inside: None }
    }

    /// Whether this was never pressed.
    pub(super) fn swallows(&mut self, input: &Event, now: Instant) -> bool {
        let Event::Key(KeyEvent { code: KeyCode::Char(c), modifiers, .. }) = *input else { return false };
        let begins = c == ']' && modifiers == KeyModifiers::ALT && now < self.until;
        let ends = (c == '\\' && modifiers == KeyModifiers::ALT) || (c == 'g' && modifiers == KeyModifiers::CONTROL);
        let fits = c.is_ascii_hexdigit() || "rgb:;/".contains(c);
        let is_part = self.inside.map_or(begins, |keys| ends || (fits && keys < LONGEST));
        let next = self.inside.map_or(0, |keys| keys + 1);
        self.inside = (is_part && !ends).then_some(next);
        is_part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an instant cannot be made from nothing; which one it is does not matter"
    )]
    fn late() -> (LateAnswer, Instant) {
        let now = Instant::now();
        (LateAnswer::new(now), now)
    }

    #[test]
    fn an_answer_that_comes_late_is_not_typed() {
        let (mut late, now) = late();
        assert!(late.swallows(&key(']', KeyModifiers::ALT), now));
        for c in "11;rgb:1e1e/1e1e/2e2e".chars() {
            assert!(late.swallows(&key(c, KeyModifiers::NONE), now), "{c}");
        }
        assert!(late.swallows(&key('\\', KeyModifiers::ALT), now));
        assert!(!late.swallows(&key('1', KeyModifiers::NONE), now), "what follows was typed");
    }

    #[test]
    fn what_is_no_answer_is_typed() {
        let (mut late, now) = late();
        assert!(!late.swallows(&key('1', KeyModifiers::NONE), now));
        assert!(late.swallows(&key(']', KeyModifiers::ALT), now));
        assert!(!late.swallows(&key('n', KeyModifiers::NONE), now), "no answer has that letter");
        assert!(!late.swallows(&key(']', KeyModifiers::ALT), now + LATEST), "no answer is that late");
    }
}
