//! What a process takes, as Linux tells it in `/proc`.

use std::fs;

/// What a process has at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Resident memory, in bytes.
    pub(crate) memory: u64,
    /// Open descriptors.
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
}

impl Usage {
    /// Of the process with that id.
    pub(crate) fn of(process: &str) -> Usage {
        let count = |what: &str| fs::read_dir(format!("/proc/{process}/{what}")).unwrap().count() as u64;
        Usage { memory: memory_of(process), descriptors: count("fd"), threads: count("task") }
    }
}

/// Resident memory, in bytes.
pub(crate) fn memory_of(process: &str) -> u64 {
    field(&format!("/proc/{process}/status"), "VmRSS:") * 1024
}

/// How often its threads have begun to wait for something so far: each wait that ended was a wake-up.
pub(crate) fn waits_of(process: &str) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let statuses = threads.map(|thread| thread.unwrap().path().join("status"));
    statuses.map(|status| field(status.to_str().unwrap(), "voluntary_ctxt_switches:")).sum()
}

/// How long its threads have run so far, in nanoseconds.
pub(crate) fn processor_time_of(process: &str) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let schedules = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap());
    schedules.map(|schedule| schedule.split_whitespace().next().unwrap().parse::<u64>().unwrap()).sum()
}

/// The number that a line begins with after that name.
fn field(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_else(|why| panic!("{file}: {why}"));
    let rest = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}
