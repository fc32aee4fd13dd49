//! `balcony export`: a conversation from its beginning, as the history of this machine has it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use jid::BareJid;
use jiff::tz::TimeZone;

use super::arguments::ExportArguments;
use super::exit::{Exit, Stop};
use super::print;
use super::setup::Setup;
use crate::engine::history::Line;
use crate::store::config::{AccountConfig, NoAccount};
use crate::store::database::{Database, Fault};
use crate::store::history::{around, waiting};
use crate::store::roster::kept;
use crate::tui::widget::text::visible;

mod json;
mod words;

/// So many messages are put together at a time.
const PAGE: u32 = 1000;

/// Prints what there is.
pub(super) fn run(setup: &Setup, wish: &ExportArguments) -> Result<Exit, Stop> {
    let unknown = |why: NoAccount| Stop::new(Exit::Usage, why.to_string());
    let unreadable = |fault: Fault| Stop::new(Exit::Failed, fault.to_string());
    let chosen = setup.config.account(wish.account.as_deref()).map_err(unknown)?;
    let (account, path) = (chosen.jid.to_bare(), setup.paths.database());
    let nothing = || Stop::new(Exit::Failed, nothing_kept(setup, chosen, wish));
    if !path.exists() {
        return Err(nothing());
    }
    let database = Database::open(&path).map_err(unreadable)?.database;
    let lines = as_it_stands(&database, &account, &wish.with).map_err(unreadable)?;
    if lines.is_empty() {
        return Err(nothing());
    }
    let names = names(&database, &account).map_err(unreadable)?;
    print(|out| write(&lines, &names, &account, wish, out))
}

/// That there is nothing; and where else to look, if nobody said where.
fn nothing_kept(setup: &Setup, account: &AccountConfig, wish: &ExportArguments) -> String {
    let nothing = format!("nothing that was said with {} is kept here", wish.with);
    let others = setup.config.accounts.iter().map(|other| other.name.as_str()).filter(|name| *name != account.name);
    let others = others.collect::<Vec<_>>().join(", ");
    if wish.account.is_some() || others.is_empty() {
        return nothing;
    }
    format!("{nothing} of the account {}; --account NAME looks in another: {others}", account.name)
}

/// What the user calls people, by the roster as it was kept last.
type Names = BTreeMap<BareJid, String>;

fn names(database: &Database, account: &BareJid) -> Result<Names, Fault> {
    let items = kept(database, account)?.map(|edition| edition.items).unwrap_or_default();
    let named = items.into_iter().filter_map(|item| Some((item.jid, visible(item.name?.trim()))));
    Ok(named.filter(|(_, name)| !name.is_empty()).collect())
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

fn write(
    lines: &[Line],
    names: &Names,
    account: &BareJid,
    wish: &ExportArguments,
    out: &mut dyn Write,
) -> io::Result<()> {
    if wish.json {
        return lines.iter().try_for_each(|line| json::write(line, account, &wish.with, out));
    }
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    lines.iter().try_for_each(|line| words::write(line, names, &zone, out))
}
