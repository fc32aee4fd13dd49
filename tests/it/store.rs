//! What outlives the process, when things go wrong: killed writers, full disks, damaged files, two at once.

mod database;
pub(crate) mod journal;
