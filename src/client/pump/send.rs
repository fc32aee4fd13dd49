//! A file to a socket: blocks are read ahead while others are sent.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::timeout;

use super::Halt;
use super::prompt::Prompt;
use super::ring::{Ahead, Behind, at_most_a_block, ring};
use super::tally::Window;
use crate::client::files::FileLease;
use crate::client::sockets::Stream;
use crate::engine::{FileError, Tally};

/// How long the receiver may take to close after the last byte: as long as a slow link needs for what the kernel holds.
const LINGER: Duration = Duration::from_secs(10);

/// How many of the last bytes go by a proxy only when all others have arrived. Prosody's keeps some kilobytes that it has
/// read from us to itself until it hears more: then one of these after the other is what it hears.
const HELD_BACK: u64 = 20;

/// How long the receiver is silent, at least, until a proxy hears more: on one machine an answer takes a third of that.
const LEAST_SILENT: Duration = Duration::from_millis(3);

/// No silence is longer: there is something to be heard for nearly as long as is waited at all.
const MOST_SILENT: Duration = Duration::from_millis(500);

/// How much the kernel may hold unsent: more would be told as progress although it has not left the machine.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 256 * 1024;

/// Sends that part of the file, and waits for the receiver to close.
pub(super) async fn send(
    stream: &mut Stream,
    file: &FileLease,
    part: Range<u64>,
    tally: Tally,
    moved: &AtomicU64,
) -> Result<(), Halt> {
    #[cfg(target_os = "linux")]
    SockRef::from(stream.tcp()).set_tcp_notsent_lowat(UNSENT)?;
    // Given up, it breaks at once instead of trickling on and then closing as if the file had ended.
    SockRef::from(stream.tcp()).set_linger(Some(Duration::ZERO))?;
    match tally {
        Tally::Untold => {
            let (ahead, behind) = ring();
            futures::try_join!(read_ahead(file, part, ahead), write_all(stream, behind, moved))?;
            close(stream).await
        }
        Tally::Told => send_tallied(stream, file, part, moved).await,
    }
}

/// Sends while the receiver tells how much has arrived. A proxy that hears it after the sender has closed may throw away
/// what it has not passed on yet, so nothing is closed before everything has arrived.
async fn send_tallied(stream: &mut Stream, file: &FileLease, part: Range<u64>, moved: &AtomicU64) -> Result<(), Halt> {
    let length = part.end - part.start;
    let (ahead, behind) = ring();
    let mut window = Window::new();
    let writing = write_within(&mut window, stream, behind, length.saturating_sub(HELD_BACK), moved);
    let ((), last) = futures::try_join!(read_ahead(file, part, ahead), writing)?;
    let is_over = hear_out(&mut window, stream, &last, moved).await?;
    // What was not told is for the checksum to prove.
    moved.store(length, Ordering::Relaxed);
    match is_over {
        Heard::AllOrTheEnd => Ok(SockRef::from(stream.tcp()).set_linger(None)?),
        Heard::Silence => close(stream).await,
    }
}

/// Says that nothing follows, and waits for the receiver to close.
async fn close(stream: &mut Stream) -> Result<(), Halt> {
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
        let block = unchanged(block?)?;
        write_counted(stream, &block, moved).await?;
        behind.give_back(block);
    }
    Ok(())
}

fn unchanged(block: Vec<u8>) -> Result<Vec<u8>, Halt> {
    if block.is_empty() { Err(Halt::File(FileError::Changed)) } else { Ok(block) }
}

async fn write_counted(stream: &mut Stream, mut block: &[u8], moved: &AtomicU64) -> io::Result<()> {
    while !block.is_empty() {
        let count = stream.write(block).await?;
        moved.fetch_add(count as u64, Ordering::Relaxed);
        block = &block[count..];
    }
    Ok(())
}

/// Sends so many bytes, and no more at a time than the window lets through; returns the others. What counts is what has
/// arrived.
async fn write_within(
    window: &mut Window,
    stream: &mut Stream,
    mut behind: Behind,
    mut most: u64,
    moved: &AtomicU64,
) -> Result<Vec<u8>, Halt> {
    let (mut back, mut forth) = split(stream);
    let mut last = Vec::new();
    while let Some(block) = behind.next().await {
        let block = unchanged(block?)?;
        let (mut left, others) = block.split_at(usize::try_from(most).unwrap_or(usize::MAX).min(block.len()));
        most -= left.len() as u64;
        let mut is_flushed = false;
        while !left.is_empty() {
            let most = window.room(left.len());
            tokio::select! {
                biased;
                arrived = window.hear(&mut back) => moved.store(arrived?, Ordering::Relaxed),
                count = push(&mut forth, &left[..most]), if most > 0 || !is_flushed => {
                    let count = count?;
                    window.sent(count);
                    (left, is_flushed) = (&left[count..], count == 0);
                }
            }
        }
        last.extend_from_slice(others);
        behind.give_back(block);
    }
    forth.flush().await?;
    Ok(last)
}

/// Writes what the connection takes. With nothing to write it sees off what TLS still holds, for that has to arrive before
/// there is room again.
async fn push(forth: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        return forth.flush().await.map(|()| 0);
    }
    forth.write(bytes).await
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

/// What came of waiting for the receiver's last word.
enum Heard {
    /// It has everything, or has closed.
    AllOrTheEnd,
    /// It says nothing any more.
    Silence,
}

/// Waits until everything has arrived, then sends the last bytes and waits for them, for as long as more and more do. What
/// breaks after the very last one broke when everything was sent: what has arrived the checksum proves. Each silence is
/// twice as long as the one before it, for a path that is only slow has little use for the last bytes.
async fn hear_out(window: &mut Window, stream: &mut Stream, mut last: &[u8], moved: &AtomicU64) -> Result<Heard, Halt> {
    let mut patience = window.quickest().saturating_mul(2).clamp(LEAST_SILENT, MOST_SILENT);
    let mut silence = Duration::ZERO;
    loop {
        if window.is_empty() && last.is_empty() {
            return Ok(Heard::AllOrTheEnd);
        }
        if window.is_empty() {
            say(window, stream, &mut last, usize::MAX).await?;
        }
        match timeout(patience, window.hear(&mut Prompt::after(stream, 0))).await {
            Ok(Ok(arrived)) => {
                moved.store(arrived, Ordering::Relaxed);
                silence = Duration::ZERO;
            }
            Ok(Err(why)) if last.is_empty() && is_end(&why) => return Ok(Heard::AllOrTheEnd),
            Ok(Err(why)) => return Err(Halt::Socket(why)),
            Err(_) if silence >= LINGER => {
                say(window, stream, &mut last, usize::MAX).await?;
                return Ok(Heard::Silence);
            }
            Err(_) => {
                silence += patience;
                patience = (2 * patience).min(MOST_SILENT);
                say(window, stream, &mut last, 1).await?;
            }
        }
    }
}

/// Sends so many of the last bytes at most.
async fn say(window: &mut Window, stream: &mut Stream, last: &mut &[u8], most: usize) -> io::Result<()> {
    let (next, others) = last.split_at(most.min(last.len()));
    if !next.is_empty() {
        stream.write_all(next).await?;
        stream.flush().await?;
        window.sent(next.len());
        *last = others;
    }
    Ok(())
}

/// TLS tells a close without a farewell as an end too early, and a proxy may reset what it has passed on.
fn is_end(why: &io::Error) -> bool {
    matches!(why.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
}
