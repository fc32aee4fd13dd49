//! `[chat]`: what contacts are told beyond what is said to them.

use serde::Deserialize;

/// The table as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChatTable {
    send_receipts: Option<bool>,
    send_markers: Option<bool>,
}

/// What contacts are told beyond what is said to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatConfig {
    /// Whether that a message arrived.
    pub send_receipts: bool,
    /// Whether that a message was seen.
    pub send_markers: bool,
}

impl Default for ChatConfig {
    fn default() -> Self {
        ChatConfig { send_receipts: true, send_markers: false }
    }
}

impl ChatTable {
    pub(super) fn check(&self) -> ChatConfig {
        let default = ChatConfig::default();
        ChatConfig {
            send_receipts: self.send_receipts.unwrap_or(default.send_receipts),
            send_markers: self.send_markers.unwrap_or(default.send_markers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_is_told_only_by_who_wants_to() {
        let read = |text: &str| toml::from_str::<ChatTable>(text).unwrap().check();
        assert_eq!(read(""), ChatConfig { send_receipts: true, send_markers: false });
        let told = read("send_markers = true\nsend_receipts = false");
        assert_eq!(told, ChatConfig { send_receipts: false, send_markers: true });
    }
}
