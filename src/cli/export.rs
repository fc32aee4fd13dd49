//! `balcony export`: a conversation from its beginning, as the history of this machine has it.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use jid::BareJid;
use jiff::tz::TimeZone;

use super::arguments::ExportArguments;
use super::exit::{Exit, Stop};
use super::print;
use super::setup::Setup;
use crate::engine::history::Line;
use crate::store::config::NoAccount;
use crate::store::database::{Database, Fault};
use crate::store::history::{around, waiting};

mod json;
mod words;

/// So many messages are put together at a time.
const PAGE: u32 = 1000;

/// Prints what there is.
pub(super) fn run(setup: &Setup, wish: &ExportArguments) -> Result<Exit, Stop> {
    let unknown = |why: NoAccount| Stop::new(Exit::Usage, why.to_string());
    let unreadable = |fault: Fault| Stop::new(Exit::Failed, fault.to_string());
    let account = setup.config.account(wish.account.as_deref()).map_err(unknown)?.jid.to_bare();
    let path = setup.paths.database();
    let lines = if path.exists() {
        let opened = Database::open(&path).map_err(unreadable)?;
        as_it_stands(&opened.database, &account, &wish.with).map_err(unreadable)?
    } else {
        Vec::new()
    };
    if lines.is_empty() {
        let _ = writeln!(io::stderr(), "balcony: nothing that was said with {} is kept here", wish.with);
    }
    print(|out| write(&lines, &account, wish, out))
}

/// All of it, with what the server does not have yet.
fn as_it_stands(database: &Database, account: &BareJid, with: &BareJid) -> Result<Vec<Line>, Fault> {
    let mut lines = all(database, account, with)?;
    let waiting = waiting(database, account)?;
    for line in &mut lines {
        line.mark_on_its_way(|id| waiting.contains(id));
    }
    Ok(lines)
}

/// Page by page: what a message became by now is looked for among its neighbours alone.
fn all(database: &Database, account: &BareJid, with: &BareJid) -> Result<Vec<Line>, Fault> {
    let mut lines = Vec::new();
    let mut from = SystemTime::UNIX_EPOCH;
    loop {
        let page = around(database, account, with, from, 0, PAGE)?.lines;
        let Some(last) = page.last() else { return Ok(lines) };
        from = last.at + Duration::from_nanos(1);
        lines.extend(page);
    }
}

fn write(lines: &[Line], account: &BareJid, wish: &ExportArguments, out: &mut dyn Write) -> io::Result<()> {
    if wish.json {
        return lines.iter().try_for_each(|line| json::write(line, account, &wish.with, out));
    }
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    lines.iter().try_for_each(|line| words::write(line, &zone, out))
}
