//! The characters that Balcony draws with, each with a stand-in for terminals that know only ASCII.

use ratatui::symbols::border;
use ratatui::symbols::merge::MergeStrategy;

use crate::store::config::{Shown, Symbols as Wish};
use crate::tui::widget::bar::BarSymbols;

/// Which characters may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// Boxes, bars and arrows.
    #[default]
    Unicode,
    /// Nothing beyond ASCII in what Balcony draws itself.
    Ascii,
    /// The same for who listens: words where a sign would stand for somebody's presence or for what became of something.
    Words,
}

impl Glyphs {
    /// Those that are wanted. Who listens waits while the names of odd characters are read out, and learns nothing of them.
    pub fn wanted(symbols: Wish, shown: Shown) -> Glyphs {
        match (symbols, shown) {
            (Wish::Unicode, Shown::Panes) => Glyphs::Unicode,
            (Wish::Ascii, Shown::Panes) => Glyphs::Ascii,
            (_, Shown::Lines) => Glyphs::Words,
        }
    }
}

/// The characters that Balcony draws by itself.
#[derive(Debug)]
pub(crate) struct Symbols {
    pub(crate) available: &'static str,
    pub(crate) away: &'static str,
    pub(crate) gone_long: &'static str,
    pub(crate) busy: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) unfolded: &'static str,
    pub(crate) folded: &'static str,
    pub(crate) on_its_way: &'static str,
    pub(crate) done: &'static str,
    pub(crate) arrived: &'static str,
    pub(crate) seen: &'static str,
    pub(crate) answer: &'static str,
    pub(crate) draft: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) active: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) down: &'static str,
    pub(crate) up: &'static str,
    pub(crate) to: &'static str,
    pub(crate) between: &'static str,
    pub(crate) event: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) prompt: &'static str,
    pub(crate) mask: &'static str,
    pub(crate) more: &'static str,
    pub(crate) marker: &'static str,
    pub(crate) bar: BarSymbols,
    pub(crate) border: border::Set<'static>,
    pub(crate) merge: MergeStrategy,
}

/// Boxes, bars and arrows; each character one cell wide everywhere.
static UNICODE: Symbols = Symbols {
    available: "●",
    away: "◐",
    gone_long: "◌",
    busy: "⊘",
    offline: "○",
    unfolded: "▾",
    folded: "▸",
    on_its_way: "…",
    done: "✓",
    arrived: "✓",
    seen: "✓✓",
    answer: "╭",
    draft: "✎",
    failed: "✗",
    active: "▶",
    waiting: "…",
    down: "↓",
    up: "↑",
    to: "→",
    between: "·",
    event: "┄",
    rule: "─",
    prompt: "▎",
    mask: "•",
    more: "…",
    marker: "›",
    bar: BarSymbols {
        full: "█",
        parts: &["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
        empty: "░",
        heights: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    },
    border: border::PLAIN,
    merge: MergeStrategy::Exact,
};

/// The same meanings for terminals and readers that have nothing but ASCII.
const ASCII: Symbols = Symbols {
    available: "*",
    away: "~",
    gone_long: "z",
    busy: "!",
    offline: "o",
    unfolded: "-",
    folded: "+",
    on_its_way: "..",
    done: "ok",
    arrived: "ok",
    seen: "rd",
    answer: "/",
    draft: "w",
    failed: "x",
    active: ">",
    waiting: "...",
    down: "v",
    up: "^",
    to: "->",
    between: "-",
    event: "--",
    rule: "-",
    prompt: ">",
    mask: "*",
    more: "~",
    marker: ">",
    bar: BarSymbols { full: "#", parts: &[], empty: "-", heights: &["_", ".", "-", "=", "#"] },
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    merge: MergeStrategy::Replace,
};

/// What is said in place of signs that say something by themselves.
const WORDS: Symbols = Symbols {
    available: "online",
    away: "away",
    gone_long: "away for long",
    busy: "busy",
    offline: "offline",
    folded: "folded",
    on_its_way: "not sent yet",
    done: "done",
    arrived: "arrived",
    seen: "read",
    answer: "answers",
    draft: "draft",
    failed: "failed",
    marker: " ",
    ..ASCII
};

impl Symbols {
    /// A text of our own, in the characters that may be used.
    pub(crate) fn spell(&self, text: &str) -> String {
        text.replace('…', self.waiting).replace('·', self.between)
    }

    pub(crate) fn of(glyphs: Glyphs) -> &'static Symbols {
        match glyphs {
            Glyphs::Unicode => &UNICODE,
            Glyphs::Ascii => &ASCII,
            Glyphs::Words => &WORDS,
        }
    }
}
