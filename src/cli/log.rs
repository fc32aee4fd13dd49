//! `balcony log`: what the journal knows, the newest last, without asking anybody but the disk.

use std::collections::BTreeSet;
use std::io::{self, Write};

use jid::BareJid;
use jiff::tz::TimeZone;

use super::arguments::LogArguments;
use super::exit::{Exit, Stop};
use super::print;
use super::setup::Setup;
use crate::store::database::{Database, Fault};
use crate::store::journal::{Past, Question, ask};

mod json;
mod words;

/// Answers the question, if anything was ever written down.
pub(super) fn run(setup: &Setup, wish: &LogArguments) -> Result<Exit, Stop> {
    let unreadable = |fault: Fault| Stop::new(Exit::Failed, fault.to_string());
    let path = setup.paths.database();
    if !path.exists() {
        remark("nothing was transferred yet");
        return Ok(Exit::Done);
    }
    let question = question(setup, wish)?;
    let opened = Database::open(&path).map_err(unreadable)?;
    if let Some(aside) = opened.set_aside {
        remark(&format!("{} was damaged; it is kept as {}", path.display(), aside.display()));
    }
    let mut all = ask(&opened.database, &question).map_err(unreadable)?;
    all.reverse();
    print(|out| write(&all, wish.json, out))
}

fn question(setup: &Setup, wish: &LogArguments) -> Result<Question, Stop> {
    let unknown = |why: crate::store::config::NoAccount| Stop::new(Exit::Usage, why.to_string());
    let account = wish.account.as_deref().map(|name| setup.config.account(Some(name)).map_err(unknown)).transpose()?;
    Ok(Question {
        account: account.map(|account| account.jid.to_bare()),
        with: wish.with.clone(),
        failed: wish.failed,
        before: None,
        most: wish.number,
    })
}

fn write(all: &[Past], json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json {
        return all.iter().try_for_each(|past| json::write(past, out));
    }
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let accounts: BTreeSet<&BareJid> = all.iter().map(|past| &past.entry.account).collect();
    let several = accounts.len() > 1;
    all.iter().try_for_each(|past| words::write(past, &zone, several, out))
}

fn remark(line: &str) {
    let _ = writeln!(io::stderr(), "balcony: {line}");
}
