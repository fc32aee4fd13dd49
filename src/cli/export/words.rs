//! A conversation for a person: a line for each message, what follows in it below.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::engine::event::Author;
use crate::engine::history::{Fate, Line};
use crate::tui::widget::calendar;
use crate::tui::widget::text::{visible, visible_lines};

/// Writes one message.
pub(super) fn write(line: &Line, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let who = match &line.author {
        Author::Me | Author::MyOtherDevice => "me".to_owned(),
        Author::Contact(jid) => jid.to_bare().to_string(),
    };
    let body = line.body.as_deref().unwrap_or("(taken back)");
    let mut rows = visible_lines(body);
    let first = rows.next().unwrap_or_default();
    writeln!(out, "{}  {who}: {first}", calendar::sortable(line.at, zone))?;
    for row in rows {
        writeln!(out, "    {row}")?;
    }
    match &line.fate {
        Fate::Failed(why) => writeln!(out, "    not delivered: {}", visible(why)),
        Fate::Unknown | Fate::Arrived | Fate::Displayed => Ok(()),
    }
}
