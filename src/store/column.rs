//! One value as SQLite has it, and back.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::types::FromSqlError;

use crate::engine::command::Priority;
use crate::engine::event::{Side, Verified, Via};

/// A word that no Balcony of this format writes.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} means nothing here")]
struct Unknown(String);

/// What a word is not known to mean.
pub(in crate::store) fn unknown(word: &str) -> rusqlite::Error {
    FromSqlError::other(Unknown(word.to_owned())).into()
}

/// A value that is written as a word.
pub(in crate::store) fn parsed<T: std::str::FromStr>(word: &str) -> rusqlite::Result<T> {
    word.parse().map_err(|_| unknown(word))
}

/// Sizes beyond SQLite's numbers are beyond all disks too.
pub(in crate::store) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(in crate::store) fn size(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Nanoseconds since 1970; dates that these cannot tell are taken for the last ones they can.
pub(in crate::store) fn time(at: SystemTime) -> i64 {
    let nanos = |span: Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => nanos(since),
        Err(before) => -nanos(before.duration()),
    }
}

pub(in crate::store) fn moment(nanos: i64) -> SystemTime {
    let span = Duration::from_nanos(nanos.unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    if nanos < 0 { epoch.checked_sub(span).unwrap_or(epoch) } else { epoch.checked_add(span).unwrap_or(epoch) }
}

pub(in crate::store) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub(in crate::store) fn span(millis: i64) -> Duration {
    Duration::from_millis(size(millis))
}

pub(in crate::store) fn path(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

pub(in crate::store) fn file(bytes: Vec<u8>) -> PathBuf {
    OsString::from_vec(bytes).into()
}

/// Several, with what no path contains between them.
pub(in crate::store) fn paths(paths: &[PathBuf]) -> Vec<u8> {
    paths.iter().map(|one| path(one)).collect::<Vec<_>>().join(&0)
}

pub(in crate::store) fn files(bytes: &[u8]) -> Vec<PathBuf> {
    bytes.split(|byte| *byte == 0).map(|one| file(one.to_vec())).collect()
}

pub(in crate::store) fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
    }
}

pub(in crate::store) fn priority(word: &str) -> rusqlite::Result<Priority> {
    match word {
        "low" => Ok(Priority::Low),
        "normal" => Ok(Priority::Normal),
        "high" => Ok(Priority::High),
        _ => Err(unknown(word)),
    }
}

pub(in crate::store) fn methods(via: &[Via]) -> String {
    via.iter().map(|via| via.word()).collect::<Vec<_>>().join(" ")
}

pub(in crate::store) fn vias(words: &str) -> rusqlite::Result<Vec<Via>> {
    words.split_whitespace().map(via).collect()
}

pub(in crate::store) fn via(word: &str) -> rusqlite::Result<Via> {
    Via::named(word).ok_or_else(|| unknown(word))
}

pub(in crate::store) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Us => "us",
        Side::Peer => "peer",
    }
}

pub(in crate::store) fn side(word: &str) -> rusqlite::Result<Side> {
    match word {
        "us" => Ok(Side::Us),
        "peer" => Ok(Side::Peer),
        _ => Err(unknown(word)),
    }
}

pub(in crate::store) fn verified_word(verified: Verified) -> &'static str {
    match verified {
        Verified::No => "no",
        Verified::Md5 => "md5",
        Verified::Sha256 => "sha-256",
    }
}

pub(in crate::store) fn verified(word: &str) -> rusqlite::Result<Verified> {
    match word {
        "no" => Ok(Verified::No),
        "md5" => Ok(Verified::Md5),
        "sha-256" => Ok(Verified::Sha256),
        _ => Err(unknown(word)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_around_and_far_from_1970_are_kept_to_the_nanosecond() {
        let epoch = SystemTime::UNIX_EPOCH;
        for at in [epoch, epoch + Duration::from_nanos(1_795_000_000_123_456_789), epoch - Duration::from_nanos(1)] {
            assert_eq!(moment(time(at)), at);
        }
        let beyond = epoch + Duration::from_hours(400 * 366 * 24);
        assert_eq!(time(beyond), i64::MAX);
    }
}
