//! A history of 100,000 messages in one conversation, on the disk; with one of 10,000 contacts.

use std::path::Path;
use std::time::{Duration, SystemTime};

use balcony::engine::event::Author;
use balcony::engine::history::{Clock, Hints, Said, What};
use balcony::store::database::Database;
use balcony::store::history::keep;
use jid::BareJid;
use tempfile::TempDir;

/// How many contacts there are.
pub(crate) const CONTACTS: u64 = 10_000;

/// How much was said.
pub(crate) const MESSAGES: u64 = 100_000;

/// So much is written at a time.
const BATCH: u64 = 10_000;

/// What people say, in turns: short and long, with wide characters, over several lines.
const WORDS: &[&str] = &[
    "But soft! what light through yonder window breaks?",
    "yes",
    "It is the east, and Juliet is the sun. Arise, fair sun, and kill the envious moon, who is already sick and pale with \
     grief, that thou her maid art far more fair than she.",
    "東京特許許可局に行ってから、また連絡します 👍🏽",
    "three things:\n- a rope ladder\n- a friar\n- some luck",
    "ok, see https://capulet.lit/orchard/wall?height=3 before you come",
];

/// The history's file.
pub(crate) struct Archive {
    pub(crate) database: Database,
    _folder: TempDir,
}

/// Whose it is.
pub(crate) fn juliet() -> BareJid {
    BareJid::new("juliet@capulet.lit").unwrap()
}

/// With whom.
pub(crate) fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

/// When a message was said: one a minute.
pub(crate) fn minute(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000) + Duration::from_mins(number)
}

/// What a message says.
pub(crate) fn body(number: u64) -> String {
    let words = WORDS[usize::try_from(number).unwrap() % WORDS.len()];
    format!("{words} ({number})")
}

impl Archive {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = fill(&folder.path().join("balcony.db"), &juliet());
        Archive { database, _folder: folder }
    }
}

/// Writes it all.
pub(crate) fn fill(path: &Path, account: &BareJid) -> Database {
    let mut database = Database::open(path).unwrap().database;
    for batch in 0..MESSAGES / BATCH {
        let mut facts = (batch * BATCH..(batch + 1) * BATCH).map(said);
        database.write(|tables| facts.try_for_each(|said| keep(tables, account, &said).map(drop))).unwrap();
    }
    database
}

fn said(number: u64) -> Said {
    let author = if number.is_multiple_of(3) {
        Author::Me
    } else {
        Author::Contact("romeo@montague.lit/orchard".parse().unwrap())
    };
    Said {
        with: romeo(),
        author,
        id: Some(format!("message-{number}")),
        archived: None,
        at: minute(number),
        clock: Clock::Ours,
        what: What::Message { body: body(number), reply_to: None, hints: Hints::default() },
    }
}
