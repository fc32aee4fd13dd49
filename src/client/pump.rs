//! Bytes between a file and a socket, at the speed of the slower of the two.
//!
//! While one block is on its way through the socket the next is read from the file, or the last written to it; no more
//! than two blocks exist. Dropping the future stops it at once. It knows neither stanzas nor handshakes.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use super::files::FileLease;
use crate::engine::{FileError, Flow};

/// Large enough that switching between file and socket costs nothing, small enough to stay in the processor's cache.
const BLOCK: usize = 256 * 1024;

/// How often progress is told; faster than that nobody reads.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// How long the receiver may take to close after the last byte: as long as a slow link needs for what the kernel holds.
const LINGER: Duration = Duration::from_secs(10);

/// How much the kernel may hold unsent: more would be told as progress although it has not left the machine.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 256 * 1024;

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

/// Moves bytes until all are moved or the sender closes; returns how many. `report` is told the sum now and then.
pub(super) async fn run(
    mut stream: TcpStream,
    file: &FileLease,
    flow: Flow,
    report: impl Fn(u64),
) -> Result<u64, Halt> {
    let moved = AtomicU64::new(0);
    let copying = async {
        match flow {
            Flow::Send { offset, length } => send(&mut stream, file, offset, length, &moved).await,
            Flow::Receive { prefix, length } => receive(&mut stream, file, prefix, length, &moved).await,
        }
    };
    tokio::pin!(copying);
    let mut ticks = interval(PROGRESS_EVERY);
    let mut told = 0;
    loop {
        tokio::select! {
            done = &mut copying => return done.map(|()| moved.load(Ordering::Relaxed)),
            _ = ticks.tick() => {
                let bytes = moved.load(Ordering::Relaxed);
                if bytes != told {
                    told = bytes;
                    report(bytes);
                }
            }
        }
    }
}

async fn send(
    stream: &mut TcpStream,
    file: &FileLease,
    offset: u64,
    length: u64,
    moved: &AtomicU64,
) -> Result<(), Halt> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&*stream).set_tcp_notsent_lowat(UNSENT)?;
    let end = offset.saturating_add(length);
    let mut at = offset;
    let mut block = Vec::new();
    let mut spare = Vec::new();
    while at < end || !block.is_empty() {
        let ahead = read_ahead(file, at, end, std::mem::take(&mut spare));
        let (next, ()) = futures::try_join!(ahead, write_counted(stream, &block, moved))?;
        at += next.len() as u64;
        spare = std::mem::replace(&mut block, next);
    }
    stream.shutdown().await?;
    linger(stream).await
}

async fn read_ahead(file: &FileLease, at: u64, end: u64, buffer: Vec<u8>) -> Result<Vec<u8>, Halt> {
    let length = at_most_a_block(end - at);
    if length == 0 {
        return Ok(Vec::new());
    }
    let block = file.read(at, length, buffer).await?;
    if block.is_empty() { Err(Halt::File(FileError::Changed)) } else { Ok(block) }
}

async fn write_counted(stream: &mut TcpStream, mut block: &[u8], moved: &AtomicU64) -> Result<(), Halt> {
    while !block.is_empty() {
        let count = stream.write(block).await?;
        moved.fetch_add(count as u64, Ordering::Relaxed);
        block = &block[count..];
    }
    Ok(())
}

/// Waits for the receiver to close: closing first, while it still sends, would throw away what it has not read yet.
async fn linger(stream: &mut TcpStream) -> Result<(), Halt> {
    let mut scratch = [0; 1024];
    let closed = timeout(LINGER, async {
        while stream.read(&mut scratch).await? != 0 {}
        Ok(())
    });
    closed.await.unwrap_or(Ok(()))
}

async fn receive(
    stream: &mut TcpStream,
    file: &FileLease,
    mut prefix: Vec<u8>,
    length: u64,
    moved: &AtomicU64,
) -> Result<(), Halt> {
    prefix.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    let mut left = length - prefix.len() as u64;
    let mut arrived = prefix;
    let mut spare = Vec::new();
    loop {
        let ahead = read_block(stream, std::mem::take(&mut spare), left);
        let (next, emptied) = futures::try_join!(ahead, append_counted(file, arrived, moved))?;
        if next.is_empty() {
            return Ok(());
        }
        left -= next.len() as u64;
        arrived = next;
        spare = emptied;
    }
}

async fn append_counted(file: &FileLease, block: Vec<u8>, moved: &AtomicU64) -> Result<Vec<u8>, Halt> {
    if block.is_empty() {
        return Ok(block);
    }
    let count = block.len() as u64;
    let emptied = file.append(block).await?;
    moved.fetch_add(count, Ordering::Relaxed);
    Ok(emptied)
}

/// Reads what is there, at least one byte unless the sender closed, and never beyond `left`.
async fn read_block(stream: &mut TcpStream, mut block: Vec<u8>, left: u64) -> Result<Vec<u8>, Halt> {
    block.clear();
    block.reserve(at_most_a_block(left));
    let mut limited = stream.take(left);
    if left == 0 || limited.read_buf(&mut block).await? == 0 {
        return Ok(block);
    }
    while block.len() < BLOCK {
        match limited.read_buf(&mut block).now_or_never() {
            Some(Ok(1..)) => {}
            Some(Ok(0)) | None => break,
            Some(Err(why)) => return Err(why.into()),
        }
    }
    Ok(block)
}

fn at_most_a_block(length: u64) -> usize {
    usize::try_from(length).unwrap_or(BLOCK).min(BLOCK)
}
