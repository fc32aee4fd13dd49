//! What is offered: name, size, date, hash, description; and names that are safe.
//!
//! Names are chosen by strangers. [`safe_name`] makes one path component of whatever was sent; a file is never created
//! under anything else.

use std::time::SystemTime;

use crate::xep::folder::Folder;

/// What an offer says about its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileOffer {
    /// The name, safe.
    pub(crate) name: String,
    /// The name as it was sent, shortened, if it was not safe.
    pub(crate) unsafe_name: Option<String>,
    /// In bytes.
    pub(crate) size: Option<u64>,
    /// MIME type.
    pub(crate) mime_type: Option<String>,
    /// In the sender's words.
    pub(crate) description: Option<String>,
    /// The file's date.
    pub(crate) date: Option<SystemTime>,
    /// Hexadecimal MD5.
    pub(crate) hash: Option<String>,
    /// It is a folder of that name, packed.
    pub(crate) folder: Option<Folder>,
    /// Whether a part of it can be asked for.
    pub(crate) takes_range: bool,
}

/// The longest name: file systems take 255 bytes, and `.part` or ` (2)` may be added.
const LONGEST_NAME: usize = 200;

/// The longest ending that is kept when a name is cut: `.tar.gz.asc` and the like, not a second name.
const LONGEST_EXTENSION: usize = 16;

/// How much is kept of words that a stranger sends: enough to judge an offer by, in a dialog.
const LONGEST_TEXT: usize = 1024;

/// What a name without anything usable in it becomes.
const NAMELESS: &str = "file";

impl FileOffer {
    /// A file as a stranger described it: the name made safe, the words bounded.
    pub(crate) fn from_stranger(name: &str) -> Self {
        let safe = safe_name(name);
        FileOffer {
            unsafe_name: (safe != name).then(|| shorten(name, LONGEST_TEXT).to_owned()),
            name: safe,
            size: None,
            mime_type: None,
            description: None,
            date: None,
            hash: None,
            folder: None,
            takes_range: false,
        }
    }
}

/// Words a stranger sent, bounded.
pub(crate) fn bounded(words: Option<String>) -> Option<String> {
    words.map(|words| shorten(&words, LONGEST_TEXT).to_owned())
}

/// A single path component made of an offered name: the last component, without control, bidirectional or invisible
/// characters, without leading dots, not too long, never empty.
pub fn safe_name(offered: &str) -> String {
    let visible: String = offered.chars().filter(|c| !is_deceptive(*c)).collect();
    let last = visible.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let trimmed = last.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end();
    let bounded = cut(trimmed);
    if bounded.is_empty() { NAMELESS.to_owned() } else { bounded }
}

/// Characters that act on a terminal or hide what a name is: controls, bidirectional marks, what has no width, tags.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// At most [`LONGEST_NAME`] bytes of a name, its extension kept.
fn cut(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let extension = name.rfind('.').map_or("", |dot| &name[dot..]);
    let extension = if extension.len() <= LONGEST_EXTENSION { extension } else { "" };
    format!("{}{extension}", shorten(name, LONGEST_NAME - extension.len()))
}

/// At most so many bytes, whole characters.
fn shorten(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(offered: &str, safe: &str) {
        assert_eq!(safe_name(offered), safe, "{offered:?}");
    }

    #[test]
    fn an_ordinary_name_stays_as_it_is() {
        for name in ["sonnet.pdf", "Übersicht 2024.ods", "真夏.tar.gz", "a", "no extension", "COM1"] {
            check(name, name);
        }
    }

    #[test]
    fn a_path_becomes_its_last_component() {
        check("../../x", "x");
        check("/etc/passwd", "passwd");
        check("C:\\Windows\\system.ini", "system.ini");
        check("folder/", "folder");
        check("a/../b", "b");
    }

    #[test]
    fn a_name_never_hides_behind_a_dot() {
        check(".bashrc", "bashrc");
        check("...", "file");
        check(".. / .ssh", "ssh");
        check(" . x", "x");
        check("a/.\u{200b}./.config", "config");
    }

    #[test]
    fn a_name_of_nothing_is_called_file() {
        for nothing in ["", " ", "/", "..", "../..", "\0", "\u{202e}", "\u{feff}.\u{feff}", "\\"] {
            check(nothing, "file");
        }
    }

    #[test]
    fn a_name_cannot_act_on_a_terminal() {
        check("a\0b.txt", "ab.txt");
        check("\u{1b}[31mred\u{1b}[0m.txt", "[31mred[0m.txt");
        check("line\r\nbreak", "linebreak");
        check("\u{9b}2J", "2J");
    }

    #[test]
    fn a_name_cannot_pretend_another_extension() {
        check("invoice\u{202e}fdp.exe", "invoicefdp.exe");
        check("a\u{200d}b\u{2066}c\u{e0041}", "abc");
    }

    #[test]
    fn a_long_name_is_cut_at_a_character_and_keeps_its_extension() {
        let long = format!("{}.pdf", "é".repeat(5000));
        let safe = safe_name(&long);
        assert!(safe.len() <= LONGEST_NAME && safe.ends_with("é.pdf"), "{safe}");
        assert!(safe_name(&"x".repeat(10_000)).len() <= LONGEST_NAME);
        assert!(safe_name(&format!("x.{}", "y".repeat(10_000))).len() <= LONGEST_NAME);
    }

    #[test]
    fn the_name_as_it_was_sent_is_kept_only_if_it_differs_and_bounded() {
        assert_eq!(FileOffer::from_stranger("a.txt").unsafe_name, None);
        assert_eq!(FileOffer::from_stranger("../a.txt").unsafe_name.as_deref(), Some("../a.txt"));
        assert!(FileOffer::from_stranger(&"é".repeat(10_000)).unsafe_name.unwrap().len() <= LONGEST_TEXT);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_offered_is_one_plain_path_component(offered in "\\PC*|.*|[./\\\\\u{202e}a]*") {
            let safe = safe_name(&offered);
            proptest::prop_assert!(!safe.is_empty() && safe.len() <= LONGEST_NAME);
            proptest::prop_assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', '\0']));
            proptest::prop_assert!(!safe.chars().any(is_deceptive));
            proptest::prop_assert_eq!(safe_name(&safe), safe);
        }
    }
}
