//! Bytes between a file and a socket, at the speed of the slower of the two.
//!
//! A few blocks go around in a [`ring`]: while some are on their way through the socket, the next are read from the file,
//! or the last written to it, by the file's task. Dropping the future stops it at once. It knows neither stanzas nor
//! handshakes.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::interval;

use super::files::FileLease;
use super::sockets::Stream;
use crate::engine::{FileError, Flow};

mod alive;
mod prompt;
mod receive;
mod ring;
mod send;
mod tally;

use alive::{Alive, Look};

/// How often progress is told; faster than that nobody reads.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// What stopped a pump.
#[derive(Debug)]
pub(super) enum Halt {
    /// The connection broke.
    Socket(io::Error),
    /// The file cannot be read or written.
    File(FileError),
}

impl From<FileError> for Halt {
    fn from(why: FileError) -> Self {
        Halt::File(why)
    }
}

impl From<io::Error> for Halt {
    fn from(why: io::Error) -> Self {
        Halt::Socket(why)
    }
}

/// What is to be received: so many bytes, of which these came before.
struct Awaited {
    prefix: Vec<u8>,
    length: u64,
}

/// Moves bytes until all are moved or the sender closes; returns how many. `report` is told the sum now and then: when it
/// grew, and while the other end takes nothing and is there all the same, so that nobody takes it for gone.
pub(super) async fn run(mut stream: Stream, file: &FileLease, flow: Flow, report: impl Fn(u64)) -> Result<u64, Halt> {
    let moved = AtomicU64::new(0);
    let mut alive = Alive::watch(stream.tcp());
    let copying = async {
        match flow {
            Flow::Send { offset, length, tally } => {
                let part = offset..offset.saturating_add(length);
                send::send(&mut stream, file, part, tally, &moved).await
            }
            Flow::Receive { prefix, length, tally } => {
                receive::receive(&mut stream, file, Awaited { prefix, length }, tally, &moved).await
            }
        }
    };
    tokio::pin!(copying);
    let mut ticks = interval(PROGRESS_EVERY);
    let mut told = 0;
    loop {
        tokio::select! {
            done = &mut copying => {
                let bytes = moved.load(Ordering::Relaxed);
                // What moved since the last report counts, also if it was the last that did.
                if bytes != told {
                    report(bytes);
                }
                return done.map(|()| bytes);
            }
            _ = ticks.tick() => {
                let bytes = moved.load(Ordering::Relaxed);
                let look = if bytes == told { alive.rested() } else { alive.moved() }?;
                if bytes != told || look == Look::Held {
                    told = bytes;
                    report(bytes);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
