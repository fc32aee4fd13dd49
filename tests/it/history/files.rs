//! What happened to files stands between the messages, when it happened, and is there again the next day.

use std::time::{Duration, SystemTime};

use balcony::engine::command::Command;
use balcony::engine::event::{Author, Direction, Event, OfferInfo, Outcome, Side, TransferChange, Verified, Via};
use balcony::engine::history::{Clock, FileLine, FileNews, Hints, Line, Page, Part, Said, What};
use balcony::engine::journal::{Conclusion, Entry, EntryKey, Noted, State};
use balcony::store::database::Database;
use balcony::store::history::{around, keep, page};
use balcony::store::journal;
use balcony::store::running::Running;
use tempfile::TempDir;

use super::{JULIET, Verona, juliet, romeo};
use crate::screens::looks_right;
use crate::store::journal::{completed, ended, received, sent};
use crate::support::screen::{Screen, line, minute, offer};

const MIB: u64 = 1024 * 1024;

/// A conversation on the disk: messages and files, each at its second.
struct Past {
    database: Database,
    folder: TempDir,
}

fn second(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + number)
}

impl Past {
    fn new() -> Past {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("balcony.db")).unwrap().database;
        Past { database, folder }
    }

    fn say(&mut self, number: u64) {
        let said = Said {
            with: romeo(),
            author: Author::Me,
            id: Some(number.to_string()),
            archived: None,
            at: second(number),
            clock: Clock::Ours,
            what: What::Message { body: number.to_string(), reply_to: None, hints: Hints::default() },
        };
        self.database.write(|tables| keep(tables, &JULIET.parse().unwrap(), &said)).unwrap();
    }

    fn transfer(&mut self, began: u64, changed: u64, state: State) {
        let key = format!("{began}-{changed}");
        self.keep(&Entry { began: second(began), changed: second(changed), ..sent(&key, state) });
    }

    fn keep(&mut self, entry: &Entry) {
        let run = Running::begin(&self.folder.path().join("run"), "one".to_owned()).unwrap();
        self.database.write(|tables| journal::keep(tables, entry, &run)).unwrap();
    }

    fn page(&self, before: Option<SystemTime>, most: u32) -> Page {
        page(&self.database, &JULIET.parse().unwrap(), &romeo(), before, most).unwrap()
    }

    fn around(&self, from: SystemTime, above: u32, most: u32) -> Part {
        around(&self.database, &JULIET.parse().unwrap(), &romeo(), from, above, most).unwrap()
    }
}

/// What stands there, in its order.
fn told(lines: &[Line], files: &[FileLine]) -> Vec<(SystemTime, String)> {
    let lines = lines.iter().map(|line| (line.at, line.body.clone().unwrap()));
    let files = files.iter().map(|file| (file.at(), format!("{:?} {}", file.news, file.entry.key.0)));
    let mut all: Vec<_> = lines.chain(files).collect();
    all.sort();
    all
}

/// Twenty messages, a file among them, three in a row, and one that was offered before everything and is not finished.
fn evening() -> Past {
    let mut past = Past::new();
    (10..30).for_each(|number| past.say(number * 10));
    past.transfer(125, 152, completed());
    for number in [201, 202, 203] {
        past.transfer(number, number + 4, ended(Conclusion::Declined(Side::Peer), None));
    }
    past.transfer(5, 6, State::Offered);
    past
}

#[test]
fn whatever_the_size_of_a_page_everything_stands_on_one_of_them() {
    let evening = evening();
    let all = evening.page(None, 1000);
    let all = told(&all.lines, &all.files);
    assert_eq!(all.len(), 20 + 2 + 6 + 1);
    for most in 1..12 {
        let (mut before, mut seen) = (None, Vec::new());
        loop {
            let page = evening.page(before, most);
            let on_it = told(&page.lines, &page.files);
            before = on_it.first().map(|(at, _)| *at);
            seen.splice(0..0, on_it);
            if !page.has_older {
                break;
            }
        }
        assert_eq!(seen, all, "{most} at a time");
    }
}

#[test]
fn from_any_moment_on_nothing_is_left_out_either() {
    let evening = evening();
    let all = evening.page(None, 1000);
    let all = told(&all.lines, &all.files);
    for most in 1..12 {
        let part = evening.around(second(204), most, most);
        let mut seen = told(&part.lines, &part.files);
        let (mut newer, first) = (part.has_newer, seen[0].0);
        while newer {
            let from = seen.last().unwrap().0 + Duration::from_nanos(1);
            let part = evening.around(from, 0, most);
            seen.extend(told(&part.lines, &part.files));
            newer = part.has_newer;
        }
        assert_eq!(seen, all.iter().filter(|(at, _)| *at >= first).cloned().collect::<Vec<_>>(), "{most} at a time");
    }
}

#[test]
fn files_of_another_account_and_those_that_nobody_looked_at_stand_nowhere() {
    let mut past = Past::new();
    let mut waiting = sent("waiting", State::Offered);
    waiting.file.size = None;
    past.keep(&waiting);
    past.keep(&Entry { account: "nurse@capulet.lit".parse().unwrap(), ..sent("hers", completed()) });
    assert_eq!(past.page(None, 100), Page::default());
}

fn file(news: FileNews, entry: Entry) -> FileLine {
    FileLine { news, entry }
}

/// Romeo's conversation with what was said in ten minutes, and these files.
fn with_files(screen: &mut Screen, files: Vec<FileLine>) {
    let page = Page { lines: (0..10).map(line).collect(), files, has_older: false };
    screen.keys("/query romeo<Enter>").event(Event::History { with: romeo(), before: None, page });
}

#[test]
fn files_of_earlier_days_stand_between_the_messages() {
    looks_right("past-files", |width, height| {
        let mut screen = Screen::online(width, height);
        let half_past = |number| minute(number) + Duration::from_secs(30);
        let arrived = Entry { began: half_past(3), changed: half_past(4), ..received("a", completed()) };
        let declined = ended(Conclusion::Declined(Side::Peer), None);
        let declined = Entry { began: half_past(7), changed: half_past(8), ..sent("b", declined) };
        let files = [&arrived, &declined]
            .into_iter()
            .flat_map(|entry| [FileNews::Offered, FileNews::Ended].map(|news| file(news, entry.clone())));
        with_files(&mut screen, files.collect());
        screen
    });
}

#[test]
fn what_happens_to_a_file_while_the_program_runs_is_not_told_twice() {
    let mut screen = Screen::online(80, 24);
    let key = EntryKey("k".to_owned());
    let info = OfferInfo { noted: Noted::Now(key), ..offer(Direction::Sending, "sonnet.pdf", MIB) };
    screen.transfer(1, TransferChange::Offered(Box::new(info))).answered(1);
    let took = Duration::from_secs(1);
    let (via, verified) = (Via::InBand, Verified::Sha256);
    screen.ended(1, Outcome::Completed { via, bytes: MIB, took, path: None, verified });
    let both = [FileNews::Offered, FileNews::Ended].map(|news| file(news, sent("k", completed())));
    with_files(&mut screen, both.to_vec());
    let picture = screen.picture();
    assert_eq!(picture.matches("you offer sonnet.pdf").count(), 1, "{picture}");
    assert_eq!(picture.matches("Romeo has sonnet.pdf").count(), 1, "{picture}");
}

#[test]
fn a_file_that_goes_on_after_a_restart_was_offered_when_it_was_offered() {
    let mut screen = Screen::online(80, 24);
    let left = State::Interrupted { why: "Balcony was ended".to_owned() };
    let entry = Entry { began: minute(3), ..sent("k", left) };
    screen.transfer(1, TransferChange::Offered(Box::new(entry.offer())));
    with_files(&mut screen, vec![file(FileNews::Offered, entry)]);
    let picture = screen.picture();
    assert_eq!(picture.matches("you offer sonnet.pdf").count(), 1, "{picture}");
    assert!(picture.find("you offer") < picture.find("message number 9"), "{picture}");
}

#[tokio::test]
async fn the_next_day_yesterdays_files_are_there() {
    let verona = Verona::begin().await;
    let path = verona.home.path().join("ballad.txt");
    std::fs::write(&path, "It is the lark that sings so out of tune").unwrap();

    let today = juliet(&verona.home);
    today.until_line(&["Roster", "1/1"]).await;
    today.say("/msg romeo@montague.lit Good night, good night!");
    today.until_line(&["me", "Good night, good night!", "✓"]).await;
    verona.romeo.send(Command::OfferFile { to: JULIET.parse().unwrap(), path, description: None, via: Vec::new() });
    today.answer_offer("ballad.txt", "F3").await;
    today.until_line(&["ballad.txt arrived"]).await;
    today.say("till it be morrow");
    today.until_line(&["me", "till it be morrow", "✓"]).await;
    today.press("C-q");
    today.until("the end", |screen| !screen.contains("Roster")).await;

    let tomorrow = juliet(&verona.home);
    tomorrow.until_line(&["● romeo"]).await;
    tomorrow.press("M-1");
    tomorrow
        .until("yesterday, with its file", |screen| {
            let order = ["Good night, good", "romeo offers ballad.txt", "ballad.txt arrived", "till it be morrow"];
            let places: Vec<_> = order.iter().filter_map(|words| screen.find(words)).collect();
            places.len() == order.len() && places.is_sorted()
        })
        .await;
}
