//! A conversation for a person: a line for each message, what follows in it below.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::engine::event::Author;
use crate::engine::history::{Fate, Line};
use crate::tui::widget::calendar;
use crate::tui::widget::text::{said, visible, visible_lines};

/// Writes one message.
pub(super) fn write(line: &Line, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let who = match &line.author {
        Author::Me | Author::MyOtherDevice => "me".to_owned(),
        Author::Contact(jid) => jid.to_bare().to_string(),
    };
    let mut body = line.body.clone().unwrap_or_else(|| Line::RETRACTED.to_owned());
    if line.body.is_some() && line.is_corrected {
        body = format!("{body} {}", Line::EDITED);
    }
    let said = said(&body);
    let mut rows = visible_lines(&said);
    let first = rows.next().unwrap_or_default();
    writeln!(out, "{}  {who}: {first}", calendar::sortable(line.at, zone))?;
    for row in rows {
        writeln!(out, "    {row}")?;
    }
    for (emoji, who) in &line.reactions {
        let names: Vec<&str> = who.iter().map(|who| who.as_ref().map_or("me", |who| who.as_str())).collect();
        writeln!(out, "    {}", visible(&format!("{emoji} {}", names.join(", "))))?;
    }
    match &line.fate {
        Fate::OnItsWay => writeln!(out, "    not sent yet"),
        Fate::Failed(why) => writeln!(out, "    not delivered: {}", visible(why)),
        Fate::Unknown | Fate::Arrived | Fate::Displayed => Ok(()),
    }
}
