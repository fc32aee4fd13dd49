//! A socket to a file: blocks are received while others are written.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use tokio::io::AsyncReadExt;

use super::Halt;
use super::ring::{Ahead, Behind, at_most_a_block, ring};
use crate::client::files::FileLease;
use crate::client::sockets::Stream;

/// Receives so many bytes, those that came before included, or fewer if the sender closes. What had arrived when the
/// connection breaks is in the file before that is told.
pub(super) async fn receive(
    stream: &mut Stream,
    file: &FileLease,
    prefix: Vec<u8>,
    length: u64,
    moved: &AtomicU64,
) -> Result<(), Halt> {
    let (ahead, behind) = ring();
    let reading = read_all(stream, file, prefix, length, ahead).map(Ok);
    let (read, ()) = futures::try_join!(reading, count_written(behind, moved))?;
    Ok(read?)
}

async fn read_all(
    stream: &mut Stream,
    file: &FileLease,
    mut prefix: Vec<u8>,
    length: u64,
    mut ahead: Ahead,
) -> io::Result<()> {
    prefix.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    let mut left = length - prefix.len() as u64;
    ahead.put(file.append(prefix));
    while let Some(mut block) = ahead.spare().await {
        let most = file.gate().piece(at_most_a_block(left));
        let read = read_block(stream, &mut block, most).await;
        let count = block.len();
        if count == 0 {
            return read;
        }
        left -= count as u64;
        ahead.put(file.append(block));
        read?;
        file.gate().pay(count).await;
    }
    Ok(())
}

/// Reads what is there, at least one byte unless the sender closed, and never more than `most`.
async fn read_block(stream: &mut Stream, block: &mut Vec<u8>, most: usize) -> io::Result<()> {
    block.clear();
    block.reserve(most);
    let mut limited = stream.take(most as u64);
    if most == 0 || limited.read_buf(block).await? == 0 {
        return Ok(());
    }
    while block.len() < most {
        match limited.read_buf(block).now_or_never() {
            Some(Ok(1..)) => {}
            Some(Ok(0)) | None => break,
            Some(Err(why)) => return Err(why),
        }
    }
    Ok(())
}

async fn count_written(mut behind: Behind, moved: &AtomicU64) -> Result<(), Halt> {
    while let Some(block) = behind.next().await {
        let block = block?;
        moved.fetch_add(block.len() as u64, Ordering::Relaxed);
        behind.give_back(block);
    }
    Ok(())
}
