//! A conversation for a person: a line for each message; below it what follows in it, what it answers, and what became
//! of it.

use std::io::{self, Write};

use jid::BareJid;
use jiff::tz::TimeZone;

use super::Names;
use crate::engine::event::Author;
use crate::engine::history::{Fate, Line, Quote};
use crate::tui::widget::calendar;
use crate::tui::widget::text::{cut, printed, printed_lines, said, visible};

/// So much of a message says which one is answered.
const ENOUGH: usize = 60;

/// Writes one message.
pub(super) fn write(line: &Line, names: &Names, zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let who = name(&line.author, names);
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
        writeln!(out, "    answers {}", answered(line.quote.as_ref(), names))?;
    }
    for (emoji, who) in &line.reactions {
        let called = |who: &Option<BareJid>| who.as_ref().map_or("me", |who| called(who, names)).to_owned();
        let who: Vec<String> = who.iter().map(called).collect();
        writeln!(out, "    {}", printed(&format!("{emoji} {}", who.join(", "))))?;
    }
    match &line.fate {
        Fate::OnItsWay => writeln!(out, "    not sent yet"),
        Fate::Failed(why) => writeln!(out, "    not delivered: {}", visible(why)),
        Fate::Unknown | Fate::Arrived | Fate::Displayed => Ok(()),
    }
}

fn name(author: &Author, names: &Names) -> String {
    match author {
        Author::Me | Author::MyOtherDevice => "me".to_owned(),
        Author::Contact(jid) => called(&jid.to_bare(), names).to_owned(),
    }
}

/// What the user calls somebody, or their address.
fn called<'a>(who: &'a BareJid, names: &'a Names) -> &'a str {
    names.get(who).map_or(who.as_str(), String::as_str)
}

/// The beginning of a message that another answers, on one line.
fn answered(quote: Option<&Quote>, names: &Names) -> String {
    let Some(Quote { author, body }) = quote else { return "a message that is not kept here".to_owned() };
    let body = body.as_deref().unwrap_or(Line::RETRACTED);
    let first = body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let who = author.as_ref().map(|author| format!("{}: ", name(author, names))).unwrap_or_default();
    format!("{who}{}", cut(&visible(&said(first)), ENOUGH, "…"))
}
