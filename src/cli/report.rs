//! What `send` and `receive` tell: to a script as JSON, to a person in words.

use std::io::{self, Stderr, Stdout, Write};
use std::time::Instant;

use jid::FullJid;

use super::json::JsonLines;
use super::words::Words;
use crate::engine::event::{TransferChange, TransferId};
use crate::store::rules::Rule;
use crate::tui::widget::text::visible;

/// Where events go. Results fail if nobody reads stdout any more; remarks never fail.
pub(super) enum Report {
    Json(JsonLines<Stdout>),
    Words(Words<Stdout, Stderr>),
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        if json { Report::Json(JsonLines::new(io::stdout())) } else { Report::Words(Words::on_terminal()) }
    }

    pub(super) fn online(&mut self, jid: &FullJid) -> io::Result<()> {
        match self {
            Report::Json(lines) => lines.online(jid),
            Report::Words(words) => {
                words.online(jid);
                Ok(())
            }
        }
    }

    pub(super) fn change(&mut self, id: TransferId, change: &TransferChange, now: Instant) -> io::Result<()> {
        match self {
            Report::Json(lines) => lines.change(id, change, now),
            Report::Words(words) => words.change(id, change),
        }
    }

    /// A rule decides what becomes of an offer.
    pub(super) fn ruled(&mut self, id: TransferId, number: usize, rule: &Rule) -> io::Result<()> {
        match self {
            Report::Json(lines) => lines.ruled(id, number, rule.action),
            Report::Words(words) => {
                words.remark(&format!("rule {number}: {rule}"));
                Ok(())
            }
        }
    }

    pub(super) fn remark(&mut self, remark: &str) {
        match self {
            Report::Json(_) => {
                let _ = writeln!(io::stderr(), "balcony: {}", visible(remark));
            }
            Report::Words(words) => words.remark(remark),
        }
    }
}
