//! `[history]`: whether what is said is kept, and for how long.

use std::time::Duration;

use serde::Deserialize;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryTable {
    keep: Option<bool>,
    days: Option<u16>,
}

/// What becomes of what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryConfig {
    /// Whether it is kept.
    pub keep: bool,
    /// For how long; for ever, without.
    pub span: Option<Duration>,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        HistoryConfig { keep: true, span: None }
    }
}

impl HistoryTable {
    pub(super) fn check(&self) -> HistoryConfig {
        let default = HistoryConfig::default();
        let span = self.days.filter(|days| *days > 0).map(|days| Duration::from_hours(24 * u64::from(days)));
        HistoryConfig { keep: self.keep.unwrap_or(default.keep), span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_for_ever_unless_told_otherwise() {
        let read = |text: &str| toml::from_str::<HistoryTable>(text).unwrap().check();
        assert_eq!(read(""), HistoryConfig { keep: true, span: None });
        assert_eq!(read("days = 0"), read(""));
        assert_eq!(read("days = 2").span, Some(Duration::from_hours(48)));
        assert!(!read("keep = false").keep);
    }
}
