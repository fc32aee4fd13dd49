//! Space for what has not arrived yet: a file in one piece, that no other file takes the rest of the disk from.
//!
//! What a peer says about the size is only a word: the reserve runs a little ahead of what has really arrived, never
//! beyond the size, shows in no file's length, and is given back as soon as the file does not grow any more. Where the
//! file system or the platform knows no such thing, nothing is reserved.

use std::fs::File;

/// How far it runs ahead: large pieces for the file system, made before those who fill them have to wait for them, and all
/// that a program that is killed leaves behind.
const AHEAD: u64 = 8 * 1024 * 1024;

/// What is reserved for one file.
pub(super) struct Reserve {
    /// The announced size; nothing is reserved beyond it.
    size: u64,
    /// How far it reaches.
    until: u64,
}

impl Reserve {
    /// Nothing yet beyond the file's `length`, and never more than its final `size`; nothing at all if that is unknown.
    pub(super) fn of(size: Option<u64>, length: u64) -> Self {
        Reserve { size: size.unwrap_or(0), until: length }
    }

    /// The file is about to grow to `end`.
    pub(super) fn ahead_of(&mut self, file: &File, end: u64) {
        if end <= self.until || end >= self.size {
            return;
        }
        let until = end.saturating_add(AHEAD).min(self.size);
        if !reserved(file, self.until, until - self.until) {
            // A disk that is full says so when it is written to.
            self.size = 0;
            return;
        }
        self.until = until;
    }

    /// Gives back what lies behind `length`, where the file ends.
    pub(super) fn release(&mut self, file: &File, length: u64) {
        if self.until > length {
            let _ = file.set_len(length);
            self.until = length;
        }
    }
}

#[cfg(target_os = "linux")]
fn reserved(file: &File, from: u64, length: u64) -> bool {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::KEEP_SIZE, from, length).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn reserved(_: &File, _: u64, _: u64) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    /// How much of the disk a file has.
    fn taken(file: &File) -> u64 {
        file.metadata().map_or(u64::MAX, |metadata| metadata.blocks() * 512)
    }

    #[test]
    fn a_hostile_size_reserves_no_more_than_a_step_and_shows_in_no_length() {
        let file = tempfile::tempfile().unwrap();
        let mut reserve = Reserve::of(Some(u64::MAX), 0);
        reserve.ahead_of(&file, 1);
        reserve.ahead_of(&file, 2);
        assert!(taken(&file) <= AHEAD + MIB, "{} bytes are taken", taken(&file));
        assert_eq!(file.metadata().unwrap().len(), 0);
    }

    #[test]
    fn what_was_reserved_is_given_back_where_the_file_ends() {
        let file = tempfile::tempfile().unwrap();
        let mut reserve = Reserve::of(Some(8 * MIB), 0);
        reserve.ahead_of(&file, 1);
        file.set_len(1).unwrap();
        reserve.release(&file, 1);
        assert_eq!(file.metadata().unwrap().len(), 1);
        assert!(taken(&file) < MIB, "{} bytes are taken", taken(&file));
    }

    #[test]
    fn nothing_is_reserved_beyond_the_size_nor_for_a_file_of_unknown_size() {
        for size in [None, Some(5)] {
            let file = tempfile::tempfile().unwrap();
            let mut reserve = Reserve::of(size, 0);
            reserve.ahead_of(&file, 5);
            reserve.ahead_of(&file, 50);
            assert_eq!(taken(&file), 0);
        }
    }
}
