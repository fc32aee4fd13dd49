//! What `send` and `receive` tell: to a script as JSON, to a person in words.

use std::collections::BTreeSet;
use std::io::{self, Stderr, Stdout, Write};
use std::time::Instant;

use jid::FullJid;

use super::json::JsonLines;
use super::words::Words;
use crate::engine::event::{Attempt, AttemptState, TransferChange, TransferId};
use crate::store::rules::Rule;
use crate::tui::widget::text::visible;

/// Where events go. Results fail if nobody reads stdout any more; remarks never fail.
pub(super) struct Report {
    form: Form,
    /// Attempts of which it was told that bytes move: what changes about them afterwards is for the screen.
    active: BTreeSet<(TransferId, usize)>,
}

enum Form {
    Json(JsonLines<Stdout>),
    Words(Words<Stdout, Stderr>),
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        let form = if json { Form::Json(JsonLines::new(io::stdout())) } else { Form::Words(Words::on_terminal()) };
        Report { form, active: BTreeSet::new() }
    }

    pub(super) fn online(&mut self, jid: &FullJid) -> io::Result<()> {
        match &mut self.form {
            Form::Json(lines) => lines.online(jid),
            Form::Words(words) => {
                words.online(jid);
                Ok(())
            }
        }
    }

    pub(super) fn change(&mut self, id: TransferId, change: &TransferChange, now: Instant) -> io::Result<()> {
        if let TransferChange::Attempt(Attempt { index, state: AttemptState::Active { .. }, .. }) = change
            && !self.active.insert((id, *index))
        {
            return Ok(());
        }
        match &mut self.form {
            Form::Json(lines) => lines.change(id, change, now),
            Form::Words(words) => words.change(id, change),
        }
    }

    /// A rule decides what becomes of an offer.
    pub(super) fn ruled(&mut self, id: TransferId, number: usize, rule: &Rule) -> io::Result<()> {
        match &mut self.form {
            Form::Json(lines) => lines.ruled(id, number, rule.action),
            Form::Words(words) => {
                words.remark(&format!("rule {number}: {rule}"));
                Ok(())
            }
        }
    }

    pub(super) fn remark(&mut self, remark: &str) {
        match &mut self.form {
            Form::Json(_) => {
                let _ = writeln!(io::stderr(), "balcony: {}", visible(remark));
            }
            Form::Words(words) => words.remark(remark),
        }
    }
}
