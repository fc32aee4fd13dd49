//! A socket to a file: blocks are received while others are written.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncReadExt, split};
use tokio::sync::watch;

use super::prompt::Prompt;
use super::ring::{Ahead, Behind, at_most_a_block, ring};
use super::tally::{STEP, tell};
use super::{Awaited, Halt};
use crate::client::files::FileLease;
use crate::client::sockets::Stream;
use crate::engine::Tally;

/// Receives what is awaited, or less if the sender closes. What had arrived when the connection breaks is in the file
/// before that is told.
pub(super) async fn receive(
    stream: &mut Stream,
    file: &FileLease,
    awaited: Awaited,
    tally: Tally,
    moved: &AtomicU64,
) -> Result<(), Halt> {
    let (ahead, behind) = ring();
    let (written, length) = (watch::Sender::new(0), awaited.length);
    let read = match tally {
        Tally::Untold => {
            let reading = read_all(stream, file, awaited, ahead).map(Ok);
            futures::try_join!(reading, count_written(behind, written, moved))?.0
        }
        Tally::Told => {
            let (mut back, mut forth) = split(Prompt::after(stream, length.saturating_sub(STEP)));
            let reading = read_all(&mut back, file, awaited, ahead).map(Ok);
            let telling = tell(&mut forth, written.subscribe(), length).map(Ok);
            futures::try_join!(reading, count_written(behind, written, moved), telling)?.0
        }
    };
    Ok(read?)
}

async fn read_all(
    stream: &mut (impl AsyncRead + Unpin),
    file: &FileLease,
    Awaited { mut prefix, length }: Awaited,
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
async fn read_block(stream: &mut (impl AsyncRead + Unpin), block: &mut Vec<u8>, most: usize) -> io::Result<()> {
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

async fn count_written(mut behind: Behind, written: watch::Sender<u64>, moved: &AtomicU64) -> Result<(), Halt> {
    while let Some(block) = behind.next().await {
        let block = block?;
        written.send_modify(|sum| *sum += block.len() as u64);
        moved.store(*written.borrow(), Ordering::Relaxed);
        behind.give_back(block);
    }
    Ok(())
}
