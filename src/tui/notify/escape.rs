//! The escape sequences that show a notification, with nothing in them that a terminal would obey.

use super::{Between, Osc};
use crate::tui::widget::text;

/// More than any notification shows.
const LONGEST: usize = 200;

/// The sequence, wrapped for tmux if that stands in between (it passes it on with `allow-passthrough on`).
pub(crate) fn escape(osc: Osc, between: Between, title: &str, body: &str) -> String {
    let (title, body) = (harmless(title), harmless(body));
    let sequence = match osc {
        Osc::Nine => format!("\x1b]9;{title}: {body}\x07"),
        // What separates the parts must not stand in the title.
        Osc::Seven => format!("\x1b]777;notify;{};{body}\x07", title.replace(';', ",")),
    };
    match between {
        Between::Nothing => sequence,
        Between::Tmux => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
    }
}

/// On one line, without anything that a terminal would obey.
fn harmless(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text::cut(&text::visible(&line), LONGEST, "…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sequence_has_its_form() {
        assert_eq!(escape(Osc::Nine, Between::Nothing, "Romeo", "But soft!"), "\x1b]9;Romeo: But soft!\x07");
        assert_eq!(escape(Osc::Seven, Between::Nothing, "a;b", "c;d"), "\x1b]777;notify;a,b;c;d\x07");
    }

    #[test]
    fn tmux_gets_it_wrapped() {
        let wrapped = escape(Osc::Nine, Between::Tmux, "Romeo", "But soft!");
        assert_eq!(wrapped, "\x1bPtmux;\x1b\x1b]9;Romeo: But soft!\x07\x1b\\");
    }

    #[test]
    fn nothing_that_others_write_gets_out_of_it() {
        let evil = "x\x07\x1b]0;owned\x1b\\\u{9c}\u{9d}52;c;eA==\u{7}\n\u{202e}end";
        let sequence = escape(Osc::Nine, Between::Nothing, evil, evil);
        let inside = sequence.strip_prefix("\x1b]9;").unwrap().strip_suffix('\x07').unwrap();
        assert!(!inside.contains(char::is_control), "{inside:?}");
        assert!(!inside.contains('\u{202e}'));
    }

    #[test]
    fn a_long_text_is_cut() {
        assert!(escape(Osc::Nine, Between::Nothing, "Romeo", &"東".repeat(5000)).chars().count() < 250);
    }
}
