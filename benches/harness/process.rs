//! What a process takes, as Linux tells it in `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a process has at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Resident memory that is no file's, in bytes: what it has allocated. The pages of the program itself come as
    /// they are used for the first time, and say nothing.
    pub(crate) memory: u64,
    /// Open descriptors.
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
}

impl Usage {
    /// Of the process with that id.
    pub(crate) fn of(process: &str) -> Usage {
        let count = |what: &str| fs::read_dir(format!("/proc/{process}/{what}")).unwrap().count() as u64;
        Usage { memory: memory(process, "RssAnon:"), descriptors: count("fd"), threads: count("task") }
    }
}

/// Resident memory, in bytes.
pub(crate) fn memory_of(process: &str) -> u64 {
    memory(process, "VmRSS:")
}

fn memory(process: &str, name: &str) -> u64 {
    field(&format!("/proc/{process}/status"), name) * 1024
}

/// What the threads of a process have done so far, by their ids.
pub(crate) struct Threads(BTreeMap<PathBuf, Work>);

/// What a thread, or several, did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    /// How often something was waited for: each wait that ended was a wake-up.
    pub(crate) waits: u64,
    pub(crate) ran: Duration,
}

impl Threads {
    /// Those of the process with that id.
    pub(crate) fn of(process: &str) -> Threads {
        let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
        Threads(
            threads.map(|thread| thread.unwrap().path()).map(|thread| (thread.clone(), Work::of(&thread))).collect(),
        )
    }

    /// What those that are there still did since an earlier look.
    pub(crate) fn since(&self, before: &Threads) -> Work {
        let done = self.0.iter().map(|(thread, now)| {
            let before = before.0.get(thread).copied().unwrap_or_default();
            Work { waits: now.waits - before.waits, ran: now.ran.saturating_sub(before.ran) }
        });
        done.fold(Work::default(), |all, one| Work { waits: all.waits + one.waits, ran: all.ran + one.ran })
    }
}

impl Work {
    fn of(thread: &Path) -> Work {
        let schedule = fs::read_to_string(thread.join("schedstat")).unwrap();
        let nanoseconds = schedule.split_whitespace().next().unwrap().parse().unwrap();
        let waits = field(thread.join("status").to_str().unwrap(), "voluntary_ctxt_switches:");
        Work { waits, ran: Duration::from_nanos(nanoseconds) }
    }
}

/// The number that a line begins with after that name.
fn field(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{file}: {why}"));
    let rest = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}
