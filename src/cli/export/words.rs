//! A conversation for a person: a line for each message; below it what follows in it, what it answers, and what became
//! of it.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::engine::event::Author;
use crate::engine::history::{Fate, Line, Quote};
use crate::tui::widget::calendar;
use crate::tui::widget::text::{cut, printed, printed_lines, said, visible};

/// So much of a message says which one is answered.
const ENOUGH: usize = 60;

/// Writes one message.
pub(super) fn write(line: &Line, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let who = name(&line.author);
    let mut body = line.body.clone().unwrap_or_else(|| Line::RETRACTED.to_owned());
    if line.body.is_some() && line.is_corrected {
        body = format!("{body} {}", Line::EDITED);
    }
    let said = said(&body);
    let mut rows = printed_lines(&said);
    let first = rows.next().unwrap_or_default();
    writeln!(out, "{}  {who}: {first}", calendar::sortable(line.at, zone))?;
    for row in rows {
        writeln!(out, "    {row}")?;
    }
    if line.reply_to.is_some() {
        writeln!(out, "    answers {}", answered(line.quote.as_ref()))?;
    }
    for (emoji, who) in &line.reactions {
        let names: Vec<&str> = who.iter().map(|who| who.as_ref().map_or("me", |who| who.as_str())).collect();
        writeln!(out, "    {}", printed(&format!("{emoji} {}", names.join(", "))))?;
    }
    match &line.fate {
        Fate::OnItsWay => writeln!(out, "    not sent yet"),
        Fate::Failed(why) => writeln!(out, "    not delivered: {}", visible(why)),
        Fate::Unknown | Fate::Arrived | Fate::Displayed => Ok(()),
    }
}

fn name(author: &Author) -> String {
    match author {
        Author::Me | Author::MyOtherDevice => "me".to_owned(),
        Author::Contact(jid) => jid.to_bare().to_string(),
    }
}

/// The beginning of a message that another answers, on one line.
fn answered(quote: Option<&Quote>) -> String {
    let Some(Quote { author, body }) = quote else { return "a message that is not kept here".to_owned() };
    let body = body.as_deref().unwrap_or(Line::RETRACTED);
    let first = body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let who = author.as_ref().map(|author| format!("{}: ", name(author))).unwrap_or_default();
    format!("{who}{}", cut(&visible(&said(first)), ENOUGH, "…"))
}
