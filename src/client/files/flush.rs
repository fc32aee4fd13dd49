//! What is received goes to the disk while more arrives: a large file does not stall at its end, a slow disk slows its
//! sender instead of filling the memory, and progress means what it says.

use std::fs::File;
use std::io;
use std::thread::{self, JoinHandle};

/// How much is written before the disk is told to begin: what that costs no longer counts then.
const STEP: u64 = 64 * 1024 * 1024;

/// How much may wait for a disk that is slower than the network: what is left at the end is about as much at most.
const MOST_BEHIND: u64 = 4 * STEP;

/// What is on its way to the disk.
#[derive(Default)]
pub(super) struct Flush {
    /// Written, and not yet told to go to the disk.
    waiting: u64,
    going: Option<JoinHandle<io::Result<()>>>,
}

impl Flush {
    /// So many bytes more are written. Waits only for a disk that has fallen behind; an error is the disk's.
    pub(super) fn wrote(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        self.waiting += bytes;
        let is_idle = self.going.as_ref().is_none_or(JoinHandle::is_finished);
        if self.waiting < STEP || !is_idle && self.waiting < MOST_BEHIND {
            return Ok(());
        }
        self.settle()?;
        let file = file.try_clone()?;
        self.going = Some(thread::Builder::new().name("flush".to_owned()).spawn(move || file.sync_data())?);
        self.waiting = 0;
        Ok(())
    }

    /// Waits for what is on its way. The system tells an error of the disk once, to whoever asks first.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        match self.going.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(flushed)) => flushed,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_begins_after_a_step_and_not_before() {
        let file = tempfile::tempfile().unwrap();
        let mut flush = Flush::default();
        flush.wrote(&file, STEP - 1).unwrap();
        assert!(flush.going.is_none());
        flush.wrote(&file, 1).unwrap();
        assert!(flush.going.is_some());
        flush.settle().unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_the_disk_refuses_is_told() {
        let (_reader, writer) = io::pipe().unwrap();
        let no_disk = File::from(std::os::fd::OwnedFd::from(writer));
        let mut flush = Flush::default();
        flush.wrote(&no_disk, STEP).unwrap();
        assert!(flush.wrote(&no_disk, MOST_BEHIND).is_err());
        flush.wrote(&no_disk, STEP).unwrap();
        assert!(flush.settle().is_err());
    }
}
