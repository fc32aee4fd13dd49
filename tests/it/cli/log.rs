//! `balcony log`: what the journal knows, in words and for scripts, also when its disk is not as it should be.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use balcony::engine::event::{Attempt, AttemptState, Side, Verified, Via};
use balcony::engine::journal::{Conclusion, Entry, State};
use balcony::store::database::Database;
use balcony::store::journal::keep;
use balcony::store::running::{self, Running};
use jid::BareJid;
use serde_json::Value;

use super::home::{Home, Ran};
use crate::store::journal::{ended, received, sent};

/// A home with a journal, and the Balcony that wrote it.
struct Journal {
    home: Home,
    database: Database,
    run: Running,
}

impl Journal {
    fn new() -> Self {
        let home = Home::new();
        let path = home.path().join(".local/state/balcony/balcony.db");
        let database = Database::open(&path).unwrap().database;
        let run = Running::begin(&running::folder(&path), "one".to_owned()).unwrap();
        Journal { home, database, run }
    }

    fn keep(&mut self, entries: &[Entry]) {
        let Journal { database, run, .. } = self;
        database.write(|tables| entries.iter().try_for_each(|entry| keep(tables, entry, run))).unwrap();
    }

    fn log(&self, arguments: &[&str]) -> Ran {
        log(&self.home, arguments)
    }
}

fn log(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = home.command(&["log"]);
    Ran::from(command.args(arguments).env("TZ", "UTC").stdin(Stdio::null()).output().unwrap())
}

fn interrupted() -> State {
    State::Interrupted { why: "they went offline".to_owned() }
}

#[test]
fn the_log_tells_who_what_when_by_which_attempts_and_where_it_lies() {
    let mut journal = Journal::new();
    journal.keep(&[
        sent("a", ended(Conclusion::Completed(Verified::No), None)),
        received("b", ended(Conclusion::Completed(Verified::Sha256), None)),
        sent("c", ended(Conclusion::Declined(Side::Peer), None)),
        received("d", ended(Conclusion::Corrupt, Some("what arrived is not what was sent"))),
        received("e", interrupted()),
        sent("f", State::Running),
    ]);
    let ran = journal.log(&[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn the_log_is_one_object_a_line_for_scripts() {
    let mut journal = Journal::new();
    journal.keep(&[
        received("b", ended(Conclusion::Completed(Verified::Sha256), None)),
        sent("c", ended(Conclusion::Unreachable, Some("could not reach the other side"))),
        received("e", interrupted()),
    ]);
    let ran = journal.log(&["--json"]);
    insta::assert_snapshot!(ran.stdout);
    for line in ran.stdout.lines() {
        let Value::Object(fields) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        assert_eq!(fields["event"], "transfer");
    }
}

#[test]
fn what_was_moving_when_balcony_was_killed_is_told_as_interrupted() {
    let mut journal = Journal::new();
    journal.keep(&[sent("a", State::Running)]);
    let state = |home: &Home| {
        let line = log(home, &["--json"]).stdout;
        serde_json::from_str::<Value>(&line).unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&journal.home), "running");
    let Journal { home, run, .. } = journal;
    drop(run);
    assert_eq!(state(&home), "interrupted");
}

#[test]
fn the_log_can_be_narrowed_down() {
    let mut journal = Journal::new();
    journal.home.configure(
        "[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = \"x\"\n\
         [accounts.work]\njid = \"nurse@capulet.lit\"\npassword = \"x\"\n",
    );
    let nurse = BareJid::new("nurse@capulet.lit").unwrap();
    let done = || ended(Conclusion::Completed(Verified::No), None);
    journal.keep(&[
        sent("a", done()),
        sent("b", ended(Conclusion::Failed, Some("the file cannot be read"))),
        Entry { account: nurse, ..sent("c", done()) },
    ]);
    let numbers = |arguments: &[&str]| -> Vec<i64> {
        let ran = journal.log(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let number = |line| serde_json::from_str::<Value>(line).unwrap()["number"].as_i64().unwrap();
        ran.stdout.lines().map(number).collect()
    };
    assert_eq!(numbers(&[]), [1, 2, 3]);
    assert_eq!(numbers(&["-n", "2"]), [2, 3]);
    assert_eq!(numbers(&["--failed"]), [2]);
    assert_eq!(numbers(&["--account", "work"]), [3]);
    assert_eq!(numbers(&["--with", "romeo@montague.lit"]), [1, 2, 3]);
    assert_eq!(numbers(&["--with", "romeo@montague.lit/balcony"]), [0; 0]);
    assert!(journal.log(&[]).stdout.contains("  nurse@capulet.lit: sent sonnet.pdf"));
    let unknown = journal.log(&["--account", "play"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
}

#[test]
fn where_nothing_was_transferred_the_log_is_empty_and_nothing_is_made() {
    let home = Home::new();
    let ran = log(&home, &["--json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert!(!home.path().join(".local/state/balcony/balcony.db").exists());
}

#[test]
fn a_damaged_journal_is_put_aside_and_told_once() {
    let home = Home::new();
    let path = home.path().join(".local/state/balcony/balcony.db");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "What's in a name? ".repeat(1000)).unwrap();
    let ran = log(&home, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    let told = format!("balcony: {0} was damaged; it is kept as {0}.damaged-1\n", path.display());
    assert_eq!(ran.stderr, told);
    assert_eq!(log(&home, &[]).stderr, "");
}

#[test]
fn a_newer_journal_is_left_alone_with_a_word() {
    let mut journal = Journal::new();
    journal.database.write(|tables| tables.pragma_update(None, "user_version", 99)).unwrap();
    let ran = journal.log(&[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("was written by a newer Balcony"), "{}", ran.stderr);
}

#[test]
fn a_configuration_that_was_named_and_is_not_there_is_an_error() {
    let home = Home::new();
    for subcommand in [&["log"][..], &["rules"]] {
        let ran = home.run(&[&["--config", "/nowhere/balcony.toml"], subcommand].concat());
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (Some(2), "balcony: /nowhere/balcony.toml: there is no such file\n")
        );
    }
}

#[test]
fn whether_others_could_read_what_moved_is_told_to_people_and_to_scripts() {
    for word in ["clear", "encrypted"] {
        let mut journal = Journal::new();
        let state = AttemptState::Active { detail: Some(word.to_owned()) };
        let moved = Attempt { index: 0, via: Via::Socks5Direct, streamhost: None, state, took: Duration::from_secs(1) };
        let arrived = sent("a", ended(Conclusion::Completed(Verified::Sha256), None));
        journal.keep(&[Entry { attempts: vec![moved], ..arrived }]);
        let told = journal.log(&[]).stdout;
        assert!(told.contains(&format!("    SOCKS5 direct {word}, done (1.0 s)\n")), "{told}");
        let line: Value = serde_json::from_str(&journal.log(&["--json"]).stdout).unwrap();
        assert_eq!(line["attempts"][0]["protection"], word);
    }
}
