//! The database keeps what was committed, whatever happens to the process, the disk and the file.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use balcony::store::database::{Database, Fault};
use tempfile::TempDir;

/// Where a child of this test binary finds the database it is to write to.
const WRITE_TO: &str = "BALCONY_TEST_WRITE_TO";

/// A folder with a database that has a table of letters.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.open().write(|tables| tables.execute("CREATE TABLE letters (text TEXT NOT NULL)", [])).unwrap();
        desk
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state/balcony.db")
    }

    fn open(&self) -> Database {
        let opened = Database::open(&self.path()).unwrap();
        assert_eq!(opened.set_aside, None);
        opened.database
    }

    /// As many letters as fill some pages, so that damage to one page is noticed.
    fn fill(&self) {
        let mut database = self.open();
        for _ in 0..100 {
            write_letter(&mut database, &"but soft ".repeat(100)).unwrap();
        }
    }
}

fn write_letter(database: &mut Database, text: &str) -> Result<usize, Fault> {
    database.write(|tables| tables.execute("INSERT INTO letters VALUES (?1)", [text]))
}

fn count(database: &Database) -> i64 {
    database.read(|tables| tables.query_row("SELECT count(*) FROM letters", [], |row| row.get(0))).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn nobody_else_may_read_any_of_its_files() {
    let desk = Desk::new();
    let _open = desk.open();
    assert_eq!(mode(desk.path().parent().unwrap()), 0o700);
    let files: Vec<_> =
        fs::read_dir(desk.path().parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 3, "the file, its log, and what readers share: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_file_that_others_could_read_is_closed_to_them() {
    let desk = Desk::new();
    fs::set_permissions(desk.path(), Permissions::from_mode(0o644)).unwrap();
    desk.open();
    assert_eq!(mode(&desk.path()), 0o600);
}

#[test]
fn what_a_newer_balcony_wrote_is_refused_and_left_alone() {
    let desk = Desk::new();
    desk.open().write(|tables| tables.pragma_update(None, "user_version", 99)).unwrap();
    let before = fs::read(desk.path()).unwrap();
    let fault = Database::open(&desk.path()).unwrap_err();
    assert!(matches!(fault, Fault::Newer { found: 99, .. }), "{fault}");
    assert_eq!(fs::read(desk.path()).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_told_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("state"), "in the way").unwrap();
    let fault = Database::open(&folder.path().join("state/balcony.db")).unwrap_err();
    let told = fault.to_string();
    assert!(
        matches!(fault, Fault::Unwritable { .. }) && told.contains("state/balcony.db cannot be written: "),
        "{told}"
    );
}

#[test]
fn a_full_disk_is_told_as_one_and_costs_nothing_that_was_kept() {
    let desk = Desk::new();
    desk.fill();
    let mut database = desk.open();
    let pages: i64 = database.read(|tables| tables.pragma_query_value(None, "page_count", |row| row.get(0))).unwrap();
    let limit = |database: &Database, most: i64| {
        database.read(|tables| tables.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))).unwrap();
    };
    limit(&database, pages);
    let fault = write_letter(&mut database, &"arise ".repeat(10_000)).unwrap_err();
    assert_eq!(fault, Fault::Full { path: desk.path() });
    assert_eq!(count(&database), 100);
    limit(&database, pages + 100);
    write_letter(&mut database, &"arise ".repeat(10_000)).unwrap();
}

#[test]
fn what_is_no_database_is_put_aside_as_it_is() {
    let desk = Desk::new();
    fs::write(desk.path(), "What's in a name? ".repeat(1000)).unwrap();
    let opened = Database::open(&desk.path()).unwrap();
    let aside = opened.set_aside.unwrap();
    assert_eq!(aside, desk.path().with_added_extension("damaged-1"));
    assert!(fs::read_to_string(aside).unwrap().starts_with("What's in a name?"));
    assert_eq!(mode(&desk.path()), 0o600);
    desk.open();
}

#[test]
fn damage_found_while_reading_is_put_aside_and_a_new_file_begun() {
    let desk = Desk::new();
    desk.fill();
    let length = fs::metadata(desk.path()).unwrap().len();
    let file = OpenOptions::new().write(true).open(desk.path()).unwrap();
    // The letters came last: opening the file touches none of them.
    file.write_all_at(&[0xA5; 16 * 1024], length - 32 * 1024).unwrap();
    drop(file);
    let database = desk.open();
    let read = database.read(|tables| tables.query_row("SELECT max(text) FROM letters", [], |_| Ok(())));
    assert!(matches!(read, Err(Fault::Damaged { .. })), "{read:?}");
    let opened = database.reopen().unwrap();
    assert_eq!(opened.set_aside, Some(desk.path().with_added_extension("damaged-1")));
    assert_eq!(desk.open().reopen().unwrap().set_aside, None, "whoever comes next finds a good one");
}

#[test]
fn two_that_open_a_damaged_file_at_once_put_it_aside_once() {
    let desk = Desk::new();
    fs::write(desk.path(), vec![0xA5; 10_000]).unwrap();
    let open = || {
        let path = desk.path();
        thread::spawn(move || Database::open(&path).unwrap().set_aside)
    };
    let all: Vec<_> = (0..8).map(|_| open()).collect();
    let aside: Vec<_> = all.into_iter().filter_map(|one| one.join().unwrap()).collect();
    assert_eq!(aside, [desk.path().with_added_extension("damaged-1")]);
}

#[test]
fn many_writers_in_one_process_lose_nothing() {
    let desk = Desk::new();
    let write = || {
        let path = desk.path();
        thread::spawn(move || {
            for number in 0..50 {
                // Each closes its connection, which must not let go of the locks of the others.
                write_letter(&mut Database::open(&path).unwrap().database, &number.to_string()).unwrap();
            }
        })
    };
    let all: Vec<_> = (0..4).map(|_| write()).collect();
    for one in all {
        one.join().unwrap();
    }
    assert_eq!(count(&desk.open()), 200);
}

#[test]
fn a_writer_that_is_killed_in_the_middle_loses_nothing_that_it_had_committed() {
    let desk = Desk::new();
    for _ in 0..10 {
        let mut writer = Writer::start(&desk.path());
        writer.ask_for(1000);
        for _ in 0..20 {
            writer.told();
        }
        writer.process.kill().unwrap();
        writer.process.wait().unwrap();
        let committed =
            writer.out.by_ref().lines().map_while(Result::ok).last().map_or(0, |line| line.parse().unwrap());
        let opened = desk.open().reopen().unwrap();
        assert_eq!(opened.set_aside, None);
        let kept = count(&opened.database);
        assert!(kept >= committed, "{committed} letters were committed, {kept} are there");
    }
}

#[test]
fn two_processes_at_once_both_work_and_lose_nothing() {
    let desk = Desk::new();
    let mut writers = [Writer::start(&desk.path()), Writer::start(&desk.path())];
    for _ in 0..50 {
        for writer in &mut writers {
            writer.ask_for(1);
        }
        for writer in &mut writers {
            writer.told();
        }
    }
    assert_eq!(count(&desk.open()), 100);
}

/// Another process that writes a letter for each line it reads, and tells after each how many there are.
struct Writer {
    process: Child,
    wishes: ChildStdin,
    out: BufReader<ChildStdout>,
}

impl Writer {
    fn start(path: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::database::another_process_writes_if_it_is_told_where", "--nocapture", "--quiet"])
            .env(WRITE_TO, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (wishes, out) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()));
        let mut writer = Writer { process, wishes, out };
        while writer.told() != "writing" {}
        writer
    }

    fn ask_for(&mut self, letters: usize) {
        self.wishes.write_all("\n".repeat(letters).as_bytes()).unwrap();
    }

    fn told(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.out.read_line(&mut line).unwrap(), 0, "the writer is gone");
        line.trim().to_owned()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The other process's part of the tests above.
#[test]
fn another_process_writes_if_it_is_told_where() {
    let Some(path) = std::env::var_os(WRITE_TO) else { return };
    let mut database = Database::open(Path::new(&path)).unwrap().database;
    let mut out = std::io::stdout();
    writeln!(out, "\nwriting").unwrap();
    for _ in std::io::stdin().lines().map_while(Result::ok) {
        let count = database.write(|tables| {
            tables.execute("INSERT INTO letters VALUES (?1)", ["adieu ".repeat(500)])?;
            tables.query_row("SELECT count(*) FROM letters", [], |row| row.get::<_, i64>(0))
        });
        writeln!(out, "{}", count.unwrap()).unwrap();
    }
}
