//! The journal gives back what was written, to whom it belongs.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use balcony::engine::command::Priority;
use balcony::engine::event::{Attempt, AttemptState, Side, Verified, Via, WebAddress};
use balcony::engine::journal::{
    Conclusion, Course, Ending, Entry, EntryKey, Facts, Landed, Prefix, RecoveryId, State, WebSource,
};
use balcony::engine::{Chosen, FileIdentity};
use balcony::store::database::Database;
use balcony::store::journal::{Claim, Past, Question, arrived, ask, claim, forget, keep};
use balcony::store::running::Running;
use jid::{BareJid, Jid};
use tempfile::TempDir;

/// A journal, and the folder of the Balconies that run.
struct Desk {
    folder: TempDir,
    database: Database,
}

const EVERYTHING: Question = Question { account: None, with: None, failed: false, before: None, most: 100 };

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("balcony.db")).unwrap().database;
        Desk { folder, database }
    }

    fn run(&self, name: &str) -> Running {
        Running::begin(&self.folder.path().join("running"), name.to_owned()).unwrap()
    }

    fn keep(&mut self, entry: &Entry, run: &Running) {
        self.database.write(|tables| keep(tables, entry, run)).unwrap();
    }

    fn keys(&self, question: &Question) -> Vec<String> {
        ask(&self.database, question).unwrap().into_iter().map(|past| past.entry.key.0).collect()
    }

    fn claim(&mut self, account: &str, wanted: Claim, run: &Running) -> Vec<String> {
        let account = BareJid::new(account).unwrap();
        let claimed = claim(&mut self.database, &account, wanted, run).unwrap();
        claimed.claimed.into_iter().map(|entry| entry.key.0).collect()
    }
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_795_000_000 + seconds, 123_456_789)
}

fn attempt(index: usize, via: Via, state: AttemptState) -> Attempt {
    Attempt { index, via, streamhost: Some("192.0.2.7:5086".to_owned()), state, took: Duration::from_millis(104) }
}

fn attempts() -> Vec<Attempt> {
    vec![
        attempt(0, Via::Socks5Direct, AttemptState::Failed { reason: "refused".to_owned() }),
        attempt(1, Via::InBand, AttemptState::Active { detail: Some("block 4096".to_owned()) }),
        attempt(
            2,
            Via::Socks5Proxy,
            AttemptState::Trying { doing: "connecting".to_owned(), patience: Duration::from_secs(3) },
        ),
    ]
}

pub(crate) fn sent(key: &str, state: State) -> Entry {
    Entry {
        key: EntryKey(key.to_owned()),
        account: BareJid::new("juliet@capulet.lit").unwrap(),
        peer: Jid::new("romeo@montague.lit/orchard").unwrap(),
        file: Facts {
            name: "sonnet.pdf".to_owned(),
            size: Some(5 << 30),
            date: Some(at(0)),
            mime_type: Some("application/pdf".to_owned()),
            description: Some("for \"you\"".to_owned()),
            hash: Some("552da749930852c69ae5d2141d3766b1".to_owned()),
            is_folder: true,
        },
        course: Course::Sending {
            to: Jid::new("romeo@montague.lit").unwrap(),
            path: PathBuf::from("/home/juliet/sonnet.pdf"),
            further: vec![PathBuf::from("/home/juliet/ballad.ogg"), PathBuf::from("/home/juliet/b.txt")],
            via: vec![Via::InBand, Via::Socks5Proxy],
        },
        bytes: 4 << 30,
        attempts: attempts(),
        stream: Some("s5b_1".to_owned()),
        web: None,
        is_paused: true,
        priority: Priority::High,
        recovery: Some(RecoveryId("r1".to_owned())),
        state,
        began: at(1),
        changed: at(2),
    }
}

pub(crate) fn received(key: &str, state: State) -> Entry {
    let landed = Landed {
        part: PathBuf::from("/home/juliet/Downloads/ballad.ogg.part"),
        path: PathBuf::from("/home/juliet/Downloads/ballad.ogg"),
        identity: FileIdentity(u64::MAX),
        prefix: Prefix { length: 1 << 20, sha_256: vec![7; 32] },
    };
    Entry { course: Course::Receiving { landing: Some(landed) }, ..sent(key, state) }
}

pub(crate) fn ended(result: Conclusion, reason: Option<&str>) -> State {
    let took = Duration::from_millis(2500);
    State::Ended(Ending { result, reason: reason.map(str::to_owned), via: Some(Via::InBand), took })
}

pub(crate) fn completed() -> State {
    ended(Conclusion::Completed(Verified::Sha256), None)
}

#[test]
fn whatever_is_written_is_read_as_it_was() {
    let mut desk = Desk::new();
    let run = desk.run("one");
    let why = || "the other side went offline".to_owned();
    let bare = Entry {
        file: Facts {
            name: "x".to_owned(),
            size: None,
            date: None,
            mime_type: None,
            description: None,
            hash: None,
            is_folder: false,
        },
        course: Course::Receiving { landing: None },
        attempts: Vec::new(),
        stream: None,
        recovery: None,
        ..sent("bare", State::Offered)
    };
    let fetched = |key: &str, chosen, validator| Entry {
        web: Some(WebSource { address: WebAddress::read("https://a.example/b?c").unwrap(), chosen, validator }),
        attempts: vec![attempt(0, Via::Http, AttemptState::Active { detail: None })],
        ..received(key, State::Running)
    };
    let results = [
        Conclusion::Completed(Verified::No),
        Conclusion::Completed(Verified::Md5),
        Conclusion::Completed(Verified::Sha256),
        Conclusion::Declined(Side::Us),
        Conclusion::Declined(Side::Peer),
        Conclusion::Cancelled(Side::Us),
        Conclusion::Cancelled(Side::Peer),
        Conclusion::Unreachable,
        Conclusion::Corrupt,
        Conclusion::Interrupted,
        Conclusion::Failed,
    ];
    let ends = results.into_iter().zip(0..).map(|(result, number)| {
        let reason = Some("because").filter(|_| !matches!(result, Conclusion::Completed(_)));
        received(&format!("end {number}"), ended(result, reason))
    });
    let mut entries = vec![
        sent("offered", State::Offered),
        sent("running", State::Running),
        received("interrupted", State::Interrupted { why: why() }),
        bare,
        fetched("shown", Chosen::Shown, None),
        fetched("written", Chosen::Written, Some("\"x1\"".to_owned())),
    ];
    entries.extend(ends);
    for entry in &entries {
        desk.keep(entry, &run);
    }
    let read: Vec<Entry> = ask(&desk.database, &EVERYTHING).unwrap().into_iter().rev().map(|past| past.entry).collect();
    assert_eq!(read, entries);
}

#[test]
fn a_path_that_is_no_text_stays_what_it_is() {
    use std::os::unix::ffi::OsStrExt;
    let mut desk = Desk::new();
    let run = desk.run("one");
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/home/juliet/\xff\xfe")).to_owned();
    let to = Jid::new("romeo@montague.lit").unwrap();
    let entry = Entry {
        course: Course::Sending { to, path, further: Vec::new(), via: Vec::new() },
        ..sent("odd", State::Running)
    };
    desk.keep(&entry, &run);
    assert_eq!(ask(&desk.database, &EVERYTHING).unwrap()[0].entry, entry);
}

#[test]
fn an_entry_replaces_the_one_of_its_key_and_keeps_its_number() {
    let mut desk = Desk::new();
    let run = desk.run("one");
    desk.keep(&sent("a", State::Running), &run);
    desk.keep(&sent("b", State::Running), &run);
    desk.keep(&Entry { attempts: Vec::new(), ..sent("a", completed()) }, &run);
    let all = ask(&desk.database, &EVERYTHING).unwrap();
    let told: Vec<_> = all.iter().map(|Past { number, entry, .. }| (*number, entry.key.0.as_str())).collect();
    assert_eq!(told, [(2, "b"), (1, "a")]);
    assert_eq!((all[1].entry.attempts.len(), all[1].owner.as_deref()), (0, None));
    assert_eq!(all[0].owner.as_deref(), Some("one"));
}

#[test]
fn a_transfer_belongs_to_the_balcony_that_moves_it_until_that_is_gone() {
    let mut desk = Desk::new();
    let (first, second, third) = (desk.run("first"), desk.run("second"), desk.run("third"));
    desk.keep(&sent("moving", State::Running), &first);
    desk.keep(&sent("over", completed()), &first);
    let juliet = "juliet@capulet.lit";
    assert_eq!(desk.claim(juliet, Claim::All, &second), Vec::<String>::new());
    drop(first);
    assert_eq!(desk.claim("nurse@capulet.lit", Claim::All, &second), Vec::<String>::new());
    assert_eq!(desk.claim(juliet, Claim::Nothing, &second), Vec::<String>::new());
    assert_eq!(desk.claim(juliet, Claim::Received, &second), Vec::<String>::new());
    assert_eq!(desk.claim(juliet, Claim::All, &second), ["moving"]);
    assert_eq!(desk.claim(juliet, Claim::All, &third), Vec::<String>::new(), "it has a new owner");
    assert_eq!(desk.claim(juliet, Claim::All, &second), Vec::<String>::new(), "who has it already");
}

#[test]
fn what_arrived_lately_is_told_once_more_and_nothing_else_that_ended() {
    let mut desk = Desk::new();
    let run = desk.run("one");
    let nurse = BareJid::new("nurse@capulet.lit").unwrap();
    let others = [
        sent("was sent", completed()),
        received("was declined", ended(Conclusion::Declined(Side::Us), None)),
        received("moves", State::Running),
        Entry { recovery: None, ..received("has no name", completed()) },
        Entry { account: nurse, ..received("is the nurse's", completed()) },
    ];
    for entry in others {
        desk.keep(&Entry { changed: at(400), ..entry }, &run);
    }
    for number in 10..310 {
        desk.keep(&Entry { changed: at(number), ..received(&number.to_string(), completed()) }, &run);
    }
    let juliet = BareJid::new("juliet@capulet.lit").unwrap();
    let told = |since| -> Vec<String> {
        arrived(&desk.database, &juliet, at(since)).unwrap().into_iter().map(|entry| entry.key.0).collect()
    };
    assert_eq!(told(308), ["308", "309"]);
    let all = told(0);
    assert_eq!((all.len(), all.first().map(String::as_str)), (256, Some("54")));
}

#[test]
fn of_many_that_start_at_once_one_goes_on_with_a_transfer() {
    let mut desk = Desk::new();
    let gone = desk.run("gone");
    for number in 0..20 {
        desk.keep(&received(&number.to_string(), State::Interrupted { why: "broke".to_owned() }), &gone);
    }
    drop(gone);
    let path = desk.folder.path().to_owned();
    let start = |number: usize| {
        let path = path.clone();
        std::thread::spawn(move || {
            let run = Running::begin(&path.join("running"), format!("run {number}")).unwrap();
            let mut database = Database::open(&path.join("balcony.db")).unwrap().database;
            let account = BareJid::new("juliet@capulet.lit").unwrap();
            (claim(&mut database, &account, Claim::All, &run).unwrap().claimed, run)
        })
    };
    let starting: Vec<_> = (0..6).map(start).collect();
    let started: Vec<_> = starting.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(started.iter().map(|(claimed, _)| claimed.len()).collect::<Vec<_>>().iter().sum::<usize>(), 20);
}

#[test]
fn a_question_narrows_down_what_is_told() {
    let mut desk = Desk::new();
    let run = desk.run("one");
    let nurse = BareJid::new("nurse@capulet.lit").unwrap();
    desk.keep(&sent("a", completed()), &run);
    desk.keep(&sent("b", ended(Conclusion::Failed, Some("no"))), &run);
    desk.keep(&Entry { account: nurse.clone(), ..sent("c", State::Interrupted { why: "broke".to_owned() }) }, &run);
    let mercutio = Jid::new("mercutio@verona.lit/piazza").unwrap();
    desk.keep(&Entry { peer: mercutio.clone(), ..sent("d", State::Running) }, &run);
    assert_eq!(desk.keys(&EVERYTHING), ["d", "c", "b", "a"]);
    assert_eq!(desk.keys(&Question { account: Some(nurse), ..EVERYTHING }), ["c"]);
    assert_eq!(desk.keys(&Question { with: Some(mercutio.clone()), ..EVERYTHING }), ["d"]);
    assert_eq!(desk.keys(&Question { with: Some(mercutio.to_bare().into()), ..EVERYTHING }), ["d"]);
    assert_eq!(desk.keys(&Question { with: Some(Jid::new("mercutio@verona.lit/x").unwrap()), ..EVERYTHING }).len(), 0);
    assert_eq!(desk.keys(&Question { failed: true, ..EVERYTHING }), ["c", "b"]);
    assert_eq!(desk.keys(&Question { before: Some(3), most: 1, ..EVERYTHING }), ["b"]);
}

#[test]
fn what_ended_long_ago_is_forgotten_and_what_is_unfinished_never() {
    let mut desk = Desk::new();
    let run = desk.run("one");
    desk.keep(&Entry { changed: at(100), ..sent("new", completed()) }, &run);
    desk.keep(&Entry { changed: at(10), ..sent("old", completed()) }, &run);
    desk.keep(&Entry { changed: at(10), ..sent("unfinished", State::Running) }, &run);
    desk.database.write(|tables| forget(tables, at(110), Duration::from_secs(50))).unwrap();
    assert_eq!(desk.keys(&EVERYTHING), ["unfinished", "new"]);
    desk.database.write(|tables| forget(tables, at(110), Duration::ZERO)).unwrap();
    assert_eq!(desk.keys(&EVERYTHING), ["unfinished"]);
}

#[test]
fn a_row_that_another_hand_has_changed_hides_no_other() {
    let mut desk = Desk::new();
    let run = desk.run("one");
    desk.keep(&sent("a", State::Running), &run);
    desk.keep(&sent("b", State::Running), &run);
    desk.database.write(|tables| tables.execute("UPDATE transfers SET peer = '@' WHERE key = 'b'", [])).unwrap();
    assert_eq!(desk.keys(&EVERYTHING), ["a"]);
}
