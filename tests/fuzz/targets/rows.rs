//! Rows of the journal and of the history that another hand has written: read, searched and drawn up like any, or left
//! out; one of them spoils no other.
//!
//! The input is fields, each with its length: first a byte that says which column it goes to. What SQLite itself does not
//! take is no row.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::SystemTime;

use balcony::engine::history::{Query, Term};
use balcony::store::database::Database;
use balcony::store::history::{Search, around, conversations, keep_draft, page, search};
use balcony::store::journal::{Question, ask};
use balcony::store::people;
use jid::BareJid;
use tempfile::TempDir;

use super::bytes::Bytes;

const ME: &str = "juliet@capulet.lit";
const ROMEO: &str = "romeo@montague.lit";

/// A column and a value of its kind.
enum Column {
    Text(&'static str),
    Number(&'static str),
    Blob(&'static str),
}

use Column::{Blob, Number, Text};

/// The journal's, in reading order.
const TRANSFERS: &[Column] = &[
    Text("owner"),
    Text("contact"),
    Text("peer"),
    Number("began"),
    Number("changed"),
    Text("name"),
    Number("size"),
    Number("date"),
    Text("mime_type"),
    Text("description"),
    Text("hash"),
    Text("direction"),
    Blob("path"),
    Text("recipient"),
    Text("only_by"),
    Blob("part"),
    Number("identity"),
    Number("prefix_length"),
    Blob("prefix_sha_256"),
    Number("bytes"),
    Text("stream"),
    Text("recovery"),
    Text("state"),
    Text("reason"),
    Text("result"),
    Text("side"),
    Text("verified"),
    Text("via"),
    Number("took"),
    Text("address"),
    Number("address_written"),
    Text("validator"),
];

/// The history's.
const SAID: &[Column] = &[
    Text("author"),
    Text("id"),
    Text("archived"),
    Number("at"),
    Number("clock"),
    Text("kind"),
    Text("about"),
    Text("text"),
    Number("hints"),
];

/// What is always right, so that a row is one at all.
const TRANSFER: &str = "INSERT INTO transfers (key, account, contact, peer, began, changed, name, direction, bytes, state) \
    VALUES ('k', 'juliet@capulet.lit', 'romeo@montague.lit', 'romeo@montague.lit/orchard', 1, 2, 'a', 'receiving', 0, 'running')";
const ATTEMPT: &str = "INSERT INTO attempts VALUES (1, 0, 'in-band', NULL, 'active', NULL, NULL, 5)";
const FACT: &str = "INSERT INTO said (account, contact, author, at, clock, kind, text, id, archived) \
    VALUES ('juliet@capulet.lit', 'romeo@montague.lit', 'me', ?, 0, 'message', 'But soft!', ?, ?)";

thread_local! {
    static DATABASE: RefCell<(TempDir, Database)> = RefCell::new(opened());
}

fn opened() -> (TempDir, Database) {
    let folder = TempDir::new().expect("a folder can be made");
    let opened =
        Database::open(&PathBuf::from(folder.path()).join("balcony.db")).expect("a new database can be opened");
    (folder, opened.database)
}

/// Writes rows, and asks for everything.
pub(super) fn run(input: &[u8]) {
    DATABASE.with_borrow_mut(|(_, database)| {
        fill(database);
        let mut bytes = Bytes::new(input);
        while !bytes.is_empty() {
            change(database, &mut bytes);
        }
        read(database);
    });
}

/// One entry and three messages, and nothing else.
fn fill(database: &mut Database) {
    let filled = database.write(|tables| {
        tables.execute_batch(
            "DELETE FROM attempts; DELETE FROM transfers; DELETE FROM said; DELETE FROM conversations;",
        )?;
        tables.execute_batch("DELETE FROM sqlite_sequence; DELETE FROM people;")?;
        tables.execute(TRANSFER, [])?;
        tables.execute(ATTEMPT, [])?;
        for number in 1..=3_i64 {
            tables.execute(FACT, (number, format!("m{number}"), format!("a{number}")))?;
        }
        keep_draft(tables, &jid(ME), &jid(ROMEO), "Come, gentle night")
    });
    filled.expect("rows that are right can be written");
}

/// One value of one row becomes another, if the tables allow that. The row is written anew, so that what is derived from
/// it fits.
fn change(database: &mut Database, bytes: &mut Bytes) {
    let (which, number) = (bytes.byte(), bytes.byte());
    let (table, columns) = if which.is_multiple_of(2) { ("transfers", TRANSFERS) } else { ("said", SAID) };
    let row = if which.is_multiple_of(2) { 1 } else { 1 + i64::from(which / 2 % 3) };
    let column = &columns[usize::from(number) % columns.len()];
    let (Text(name) | Number(name) | Blob(name)) = column;
    let copy = format!("CREATE TEMP TABLE one AS SELECT * FROM {table} WHERE number = {row}");
    let update = format!("UPDATE one SET {name} = ?");
    let anew =
        format!("DELETE FROM {table} WHERE number = {row}; INSERT INTO {table} SELECT * FROM one; DROP TABLE one");
    let attempt = if which.is_multiple_of(2) { ATTEMPT } else { "" };
    let _ = database.write(|tables| {
        tables.execute_batch(&copy)?;
        match column {
            Text(_) => tables.execute(&update, [bytes.text()]),
            Number(_) => tables.execute(&update, [bytes.long().cast_signed()]),
            Blob(_) => tables.execute(&update, [bytes.piece()]),
        }?;
        tables.execute_batch(&anew)?;
        tables.execute_batch(attempt)
    });
}

/// Everything that is ever asked of them.
fn read(database: &mut Database) {
    let (me, romeo) = (jid(ME), jid(ROMEO));
    let question = Question { account: Some(me.clone()), with: None, failed: false, before: None, most: 10 };
    for past in ask(database, &question).expect("the journal can be asked") {
        let _ = (past.arrival(), past.reason_told_of("them"), past.place(), format!("{:?}", past.standing()));
        past.entry.attempts.iter().for_each(|attempt| drop(past.verdict(attempt)));
    }
    let _ = (conversations(database, &me), people::of(database, &me));
    let later = SystemTime::UNIX_EPOCH;
    for told in [page(database, &me, &romeo, None, 2).map(drop), around(database, &me, &romeo, later, 1, 2).map(drop)] {
        let _ = told;
    }
    for term in [Term::Word("soft".to_owned()), Term::Phrase("but soft".to_owned())] {
        let query = Query { terms: vec![term], ..Query::default() };
        if let Ok(found) = search(database, &Search { account: me.clone(), query, after: None, most: 10 }) {
            let marks = |hit: &balcony::engine::history::Hit| {
                let body = hit.line.body.clone().unwrap_or_default();
                hit.marks.iter().all(|mark| body.get(mark.clone()).is_some())
            };
            assert!(found.hits.iter().all(marks), "what is marked does not stand there");
        }
    }
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).expect("an address")
}
