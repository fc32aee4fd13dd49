//! A file to a socket: blocks are read ahead while others are sent.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::Halt;
use super::ring::{Ahead, Behind, at_most_a_block, ring};
use crate::client::files::FileLease;
use crate::client::sockets::Stream;
use crate::engine::FileError;

/// How long the receiver may take to close after the last byte: as long as a slow link needs for what the kernel holds.
const LINGER: Duration = Duration::from_secs(10);

/// How much the kernel may hold unsent: more would be told as progress although it has not left the machine.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 256 * 1024;

/// Sends that part of the file, and waits for the receiver to close.
pub(super) async fn send(
    stream: &mut Stream,
    file: &FileLease,
    offset: u64,
    length: u64,
    moved: &AtomicU64,
) -> Result<(), Halt> {
    #[cfg(target_os = "linux")]
    SockRef::from(stream.tcp()).set_tcp_notsent_lowat(UNSENT)?;
    // Given up, it breaks at once instead of trickling on and then closing as if the file had ended.
    SockRef::from(stream.tcp()).set_linger(Some(Duration::ZERO))?;
    let (ahead, behind) = ring();
    let part = offset..offset.saturating_add(length);
    futures::try_join!(read_ahead(file, part, ahead), write_all(stream, behind, moved))?;
    SockRef::from(stream.tcp()).set_linger(None)?;
    stream.finish().await?;
    linger(stream).await
}

/// Has the file read, as far ahead as there are free blocks.
async fn read_ahead(file: &FileLease, mut part: Range<u64>, mut ahead: Ahead) -> Result<(), Halt> {
    while !part.is_empty() {
        let Some(block) = ahead.spare().await else { return Ok(()) };
        let length = file.gate().piece(at_most_a_block(part.end - part.start));
        file.gate().pay(length).await;
        ahead.put(file.read(part.start, length, block));
        part.start += length as u64;
    }
    Ok(())
}

async fn write_all(stream: &mut Stream, mut behind: Behind, moved: &AtomicU64) -> Result<(), Halt> {
    while let Some(block) = behind.next().await {
        let block = block?;
        if block.is_empty() {
            return Err(Halt::File(FileError::Changed));
        }
        write_counted(stream, &block, moved).await?;
        behind.give_back(block);
    }
    Ok(())
}

async fn write_counted(stream: &mut Stream, mut block: &[u8], moved: &AtomicU64) -> io::Result<()> {
    while !block.is_empty() {
        let count = stream.write(block).await?;
        moved.fetch_add(count as u64, Ordering::Relaxed);
        block = &block[count..];
    }
    Ok(())
}

/// Waits for the receiver to close: closing first, while it still sends, would throw away what it has not read yet.
async fn linger(stream: &mut Stream) -> Result<(), Halt> {
    let mut scratch = [0; 1024];
    let closed = timeout(LINGER, async {
        loop {
            match stream.read(&mut scratch).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                // Within TLS a close without a farewell is told as an error; every byte had arrived.
                Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(why) => return Err(Halt::Socket(why)),
            }
        }
    });
    closed.await.unwrap_or(Ok(()))
}
