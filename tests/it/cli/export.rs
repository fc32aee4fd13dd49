//! `balcony export`: a conversation that was kept, for people and for scripts.

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use balcony::engine::event::Author;
use balcony::engine::history::{Clock, Hints, Said, Unsent, What};
use balcony::engine::roster::{Edition, Item};
use balcony::store::database::Database;
use balcony::store::history::{keep, wait};
use balcony::store::roster;
use balcony::store::running::{self, Running};
use jid::BareJid;
use serde_json::{Value, json};

use super::home::{Home, Ran};

const ACCOUNTS: &str = "[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = \"but soft\"\n\
                        [accounts.work]\njid = \"nurse@capulet.lit\"\npassword = \"anon\"\n";

/// Noon of a day long ago, in UTC.
const NOON: u64 = 1_258_718_400;

fn said(author: Author, id: &str, second: u64, what: What) -> Said {
    Said {
        with: "romeo@montague.lit".parse().unwrap(),
        author,
        id: Some(id.to_owned()),
        archived: None,
        at: SystemTime::UNIX_EPOCH + Duration::from_secs(NOON + second),
        clock: Clock::Ours,
        what,
    }
}

fn message(author: Author, id: &str, second: u64, body: &str) -> Said {
    said(author, id, second, What::Message { body: body.to_owned(), reply_to: None, hints: Hints::default() })
}

fn answer(author: Author, id: &str, second: u64, to: &str, body: &str) -> Said {
    let what = What::Message { body: body.to_owned(), reply_to: Some(to.to_owned()), hints: Hints::default() };
    said(author, id, second, what)
}

fn romeo() -> Author {
    Author::Contact("romeo@montague.lit/orchard".parse().unwrap())
}

/// A home in which Juliet and Romeo have talked.
fn home() -> Home {
    let home = Home::new();
    home.configure(ACCOUNTS);
    let mut database = Database::open(&home.path().join(".local/state/balcony/balcony.db")).unwrap().database;
    let facts = [
        message(romeo(), "a", 0, "But soft!\nwhat light \u{1b}[31mthrough"),
        message(Author::Me, "b", 60, "Who's there?"),
        said(romeo(), "c", 61, What::Receipt { of: "b".to_owned() }),
        message(Author::MyOtherDevice, "d", 120, "Romeo?"),
        said(Author::Me, "e", 121, What::Failure { of: "d".to_owned(), why: "nobody is there".to_owned() }),
        message(romeo(), "f", 180, "I take thee at thy wrod"),
        said(
            romeo(),
            "g",
            181,
            What::Correction {
                of: "f".to_owned(),
                body: "I take thee at thy word".to_owned(),
                hints: Hints::default(),
            },
        ),
        said(Author::Me, "h", 182, What::Reactions { to: "f".to_owned(), emoji: vec!["❤\u{fe0f}".to_owned()] }),
        said(
            romeo(),
            "i",
            183,
            What::Reactions { to: "f".to_owned(), emoji: vec!["❤\u{fe0f}".to_owned(), "\u{1b}".to_owned()] },
        ),
        message(romeo(), "j", 240, "Call me but love"),
        said(romeo(), "k", 241, What::Retraction { of: "j".to_owned() }),
        answer(romeo(), "m", 270, "z", "I know not how to tell thee who I am"),
        answer(Author::Me, "l", 300, "a", "How camest thou hither?"),
    ];
    let juliet = BareJid::new("juliet@capulet.lit").unwrap();
    database.write(|tables| facts.iter().try_for_each(|fact| keep(tables, &juliet, fact).map(drop))).unwrap();
    let run = Running::begin(&running::folder(database.path()), "a run".to_owned()).unwrap();
    let written = facts.last().unwrap().at;
    let unsent = Unsent { id: "l".to_owned(), stanza: "<message id='l'/>".to_owned(), written };
    database.write(|tables| wait(tables, &juliet, &unsent, &run)).unwrap();
    home
}

fn export(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = home.command(&["export"]);
    Ran::from(command.args(arguments).env("TZ", "UTC").stdin(Stdio::null()).output().unwrap())
}

#[test]
fn a_conversation_is_printed_from_its_beginning() {
    let told = export(&home(), &["romeo@montague.lit"]);
    assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(told.stdout);
}

#[test]
fn people_are_called_as_in_the_roster_that_was_kept_and_scripts_get_addresses() {
    let home = home();
    let mut database = Database::open(&home.path().join(".local/state/balcony/balcony.db")).unwrap().database;
    let (juliet, romeo): (BareJid, BareJid) =
        ("juliet@capulet.lit".parse().unwrap(), "romeo@montague.lit".parse().unwrap());
    let items = vec![Item::new(romeo, Some("Rom\u{202e}eo".to_owned()), Vec::new())];
    let edition = Edition { version: "1".to_owned(), items };
    database.write(|tables| roster::keep(tables, &juliet, &edition)).unwrap();
    let told = export(&home, &["romeo@montague.lit"]).stdout;
    for line in ["12:00  Rom<U+202E>eo: But soft!", "❤\u{fe0f} me, Rom<U+202E>eo", "answers Rom<U+202E>eo: But soft!"]
    {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(!told.contains("romeo@"), "{told}");
    assert!(!export(&home, &["--json", "romeo@montague.lit"]).stdout.contains("Rom<"));
}

#[test]
fn a_script_gets_a_line_for_each_message() {
    let told = export(&home(), &["--json", "romeo@montague.lit"]);
    let lines: Vec<Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0]["body"], "But soft!\nwhat light \u{1b}[31mthrough", "a script gets what was said");
    let known: Vec<_> = lines.iter().map(|line| [&line["from"], &line["state"], &line["at"]]).collect();
    assert_eq!(known[0], ["romeo@montague.lit/orchard", "said", "2009-11-20T12:00:00.000Z"]);
    assert_eq!(known[1], ["juliet@capulet.lit", "arrived", "2009-11-20T12:01:00.000Z"]);
    assert_eq!(known[2], ["juliet@capulet.lit", "failed", "2009-11-20T12:02:00.000Z"]);
    assert_eq!(lines[2]["reason"], "nobody is there");
    assert_eq!((&lines[3]["body"], &lines[3]["corrected"]), (&json!("I take thee at thy word"), &json!(true)));
    assert_eq!(lines[3]["reactions"]["❤\u{fe0f}"], json!(["juliet@capulet.lit", "romeo@montague.lit"]));
    assert_eq!((&lines[4]["body"], &lines[4]["retracted"]), (&Value::Null, &json!(true)));
    assert_eq!(lines[6]["state"], "waiting");
    assert_eq!((&lines[6]["answers"], &lines[0]["id"], lines[0].get("answers")), (&json!("a"), &json!("a"), None));
}

#[test]
fn what_another_account_said_is_its_own() {
    let told = export(&home(), &["--account", "work", "romeo@montague.lit"]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(1), ""));
    assert_eq!(told.stderr, "balcony: nothing that was said with romeo@montague.lit is kept here\n");
    let elsewhere = export(&home(), &["tybalt@capulet.lit"]).stderr;
    assert!(elsewhere.ends_with("of the account home; --account NAME looks in another: work\n"), "{elsewhere}");
    assert_eq!(export(&home(), &["--account", "wrok", "romeo@montague.lit"]).code, Some(2));
    let nothing = Home::new();
    nothing.configure(ACCOUNTS);
    assert_eq!(export(&nothing, &["romeo@montague.lit"]).code, Some(1));
    assert!(!nothing.path().join(".local/state/balcony/balcony.db").exists(), "asking makes no file");
}
