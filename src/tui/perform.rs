//! Effects that take their time: done beside the loop, answered by a message.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::sync::mpsc::UnboundedSender;

use super::config;
use super::dialog::journal;
use super::effect::{AccountWish, Effect, PeopleWish, RulesWish, Shipment, Unsendable};
use super::msg::{AccountAnswer, Folder, Msg, RulesAnswer};
use crate::client::find;
use crate::doctor::machine;
use crate::store::config::{account_lines, add_rule, pin_account, remove_account, remove_rule, rule_lines};
use crate::store::database::Database;
use crate::store::journal::{Past, Question, ask};
use crate::store::paths::free_space;
use crate::store::people;

/// More names than anybody completes among.
const MOST_NAMES: usize = 1000;

/// Begins an effect; its answer comes later, or never if the program ends first.
pub(super) fn in_background(effect: Effect, answer: UnboundedSender<Msg>) {
    tokio::task::spawn_blocking(move || {
        if let Some(msg) = perform(effect) {
            let _ = answer.send(msg);
        }
    });
}

/// Asks the journal in that file; without a file, nothing is written down.
pub(super) fn ask_journal(database: Option<PathBuf>, before: Option<i64>, answer: UnboundedSender<Msg>) {
    tokio::task::spawn_blocking(move || {
        let past = database.map_or_else(|| Err("no journal is kept here".to_owned()), |path| past(&path, before));
        let _ = answer.send(Msg::Past { before, answer: past });
    });
}

/// Does something with what is kept of contacts in that file; without a file, nothing is. What goes wrong there is no reason
/// to interrupt anybody.
pub(super) fn people(database: Option<PathBuf>, wish: PeopleWish, answer: UnboundedSender<Msg>) {
    tokio::task::spawn_blocking(move || {
        let opened = database.and_then(|path| Database::open(&path).ok()).map(|opened| opened.database);
        match (wish, opened) {
            (PeopleWish::Read(id, account), database) => {
                let kept = database.and_then(|database| people::of(&database, &account).ok()).unwrap_or_default();
                let _ = answer.send(Msg::People(id, kept));
            }
            (_, None) => {}
            (wish, Some(mut database)) => {
                if let Err(fault) = database.write(|tables| keep(tables, &wish)) {
                    tracing::warn!(%fault, "nothing is kept of a contact");
                }
            }
        }
    });
}

fn keep(tables: &rusqlite::Transaction, wish: &PeopleWish) -> rusqlite::Result<()> {
    match wish {
        PeopleWish::Read(..) => Ok(()),
        PeopleWish::Notify { account, contact, word, said } => {
            people::keep_notify(tables, account, contact, word, *said)
        }
        PeopleWish::Name { account, contact, name, asked } => {
            people::keep_name(tables, account, contact, name.as_deref(), *asked)
        }
    }
}

fn past(database: &Path, before: Option<i64>) -> Result<Vec<Past>, String> {
    let question = Question { account: None, with: None, failed: false, before, most: journal::PAGE };
    let opened = Database::open(database).map_err(|fault| fault.to_string())?;
    ask(&opened.database, &question).map_err(|fault| fault.to_string())
}

fn perform(effect: Effect) -> Option<Msg> {
    match effect {
        Effect::ListFolder { text, start, typed, folder, prefix } => {
            let names = names(&folder, &prefix);
            Some(Msg::Folder(Folder { text, start, typed, prefix, names }))
        }
        Effect::Find(shipment) => Some(Msg::Found(expanded(shipment))),
        Effect::CheckFiles { text, paths } => {
            let size = paths.iter().map(|path| size(path)).sum();
            Some(Msg::PastedFiles { text, paths, size })
        }
        Effect::OpenFolder(folder) => open(&folder).err().map(Msg::Complaint),
        Effect::OpenLink(address) => open(Path::new(&address)).err().map(Msg::Complaint),
        Effect::MeasureSpace(folder) => free_space(&folder).map(Msg::FreeSpace),
        Effect::MeasureForRules(account, transfer, folders) => {
            let measured = |folder: PathBuf| (free_space(&folder), folder);
            let free = folders.into_iter().map(measured).map(|(free, folder)| (folder, free)).collect();
            Some(Msg::SpaceForRules(account, transfer, free))
        }
        Effect::LookAtMachine(places, screen) => Some(Msg::Machine(machine::sections(&places, &screen, config::load))),
        Effect::Rules(file, wish) => Some(Msg::Rules(rules(&file, wish))),
        Effect::Account(file, wish) => Some(Msg::Account(account(&file, wish))),
        Effect::Command(..)
        | Effect::AskJournal { .. }
        | Effect::People(_)
        | Effect::Limit(_)
        | Effect::Bell
        | Effect::ShowOnDesktop(_)
        | Effect::Escape(_)
        | Effect::Copy(_)
        | Effect::EditOutside(_)
        | Effect::SetUp(_)
        | Effect::Start(..)
        | Effect::TakeMouse(_)
        | Effect::Paint(_)
        | Effect::Forget(_)
        | Effect::Redraw
        | Effect::Suspend
        | Effect::Quit => None,
    }
}

/// With every pattern replaced by what it finds, if all of it can be sent.
fn expanded(shipment: Shipment) -> Result<Shipment, Unsendable> {
    match find::find(&shipment.paths) {
        Ok(found) => Ok(Shipment { remark: found.remark(), paths: found.paths, ..shipment }),
        Err(why) => Err(Unsendable { why: format!("Cannot send {why}"), typed: shipment.typed }),
    }
}

/// How long a file is; a folder counts as nothing, and anything else cannot be sent.
fn size(path: &Path) -> Option<u64> {
    let about = fs::metadata(path).ok()?;
    (about.is_file() || about.is_dir()).then(|| if about.is_file() { about.len() } else { 0 })
}

fn rules(file: &Path, wish: RulesWish) -> RulesAnswer {
    let done = config::load(file).and_then(|config| match wish {
        RulesWish::Read => Ok(RulesAnswer::Are(config.unwrap_or_default().rules)),
        RulesWish::Add(rule) => add_rule(file, &rule).map(RulesAnswer::Are),
        RulesWish::Show(number) => rule_lines(file, number).map(|lines| RulesAnswer::Stands(number, lines)),
        RulesWish::Remove(number, lines) => remove_rule(file, number, &lines).map(RulesAnswer::Are),
    });
    done.unwrap_or_else(|why| RulesAnswer::Failed(why.to_string()))
}

fn account(file: &Path, wish: AccountWish) -> AccountAnswer {
    let done = config::load(file).and_then(|_| match wish {
        AccountWish::Show(name) => account_lines(file, &name).map(|lines| AccountAnswer::Stands(name, lines)),
        AccountWish::Remove(name, lines) => {
            remove_account(file, &name, &lines).map(|left| AccountAnswer::Removed(name, Box::new(left)))
        }
        AccountWish::Pin(name, fingerprint) => {
            pin_account(file, &name, &fingerprint).map(|pinned| AccountAnswer::Pinned(name, Box::new(pinned)))
        }
    });
    done.unwrap_or_else(|why| AccountAnswer::Failed(why.to_string()))
}

/// The names in a folder that begin so, sorted; hidden ones only if the dot was typed.
fn names(folder: &Path, prefix: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let fitting = entries.flatten().filter_map(|entry| {
        let mut name = entry.file_name().into_string().ok()?;
        let wanted = name.starts_with(prefix) && (prefix.starts_with('.') || !name.starts_with('.'));
        if wanted && fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_dir()) {
            name.push('/');
        }
        wanted.then_some(name)
    });
    let mut names: Vec<String> = fitting.take(MOST_NAMES).collect();
    names.sort_unstable();
    names
}

/// Shows a folder by the desktop's own means.
fn open(folder: &Path) -> Result<(), String> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started =
        Command::new(program).arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match started {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{program} could not open {}", folder.display())),
        Err(why) => Err(format!("{program}: {why}; the folder is {}", folder.display())),
    }
}
