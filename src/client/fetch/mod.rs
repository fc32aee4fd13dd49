//! Files from the web: one thread each that [asks](question) and reads, and a task that hands what came to the file.
//!
//! One address is asked, and nothing that it leads to: redirects are told and decided in the engine. Where its name may lead
//! is decided by [`may_ask`](crate::engine::web::may_ask) for every address that it resolves to, after that: the very
//! addresses that were looked at are connected to, so a name that changes its mind in between gains nothing.
//!
//! The thread is no task of the runtime: one that waits for a silent server must not keep the program from ending. It
//! notices at the next block, or when its patience with the server ends, that nobody listens any more.

use std::io::Read;

use tokio::sync::mpsc;
use ureq::Body;

use super::files::FileLease;
use crate::engine::{Fetch, FetchError, FileError, FileEvent, FileId, Input};

mod question;
#[cfg(test)]
mod tests;

use question::{Answer, ask};

/// How much is read at once.
const BLOCK: usize = 64 * 1024;

/// Blocks that are read ahead of the disk.
const AHEAD: usize = 4;

/// What the thread tells.
enum Told {
    Found { size: Option<u64>, validator: Option<String> },
    Block(Vec<u8>),
}

/// Fetches a file and tells how that goes; every block is written before it is told.
pub(super) async fn fetch(file: FileId, fetch: Fetch, lease: FileLease, inputs: mpsc::Sender<Input>) {
    let event = match carry(file, fetch, &lease, &inputs).await {
        Ok(()) => FileEvent::Fetched(Ok(())),
        Err(Halt::Web(why)) => FileEvent::Fetched(Err(why)),
        Err(Halt::File(why)) => FileEvent::Failed(why),
    };
    let _ = inputs.send(Input::File(file, event)).await;
}

/// Why a fetch ends before its end.
enum Halt {
    Web(FetchError),
    File(FileError),
}

async fn carry(file: FileId, fetch: Fetch, lease: &FileLease, inputs: &mpsc::Sender<Input>) -> Result<(), Halt> {
    let mut total = fetch.rest.as_ref().map_or(0, |rest| rest.offset);
    let (teller, mut told) = mpsc::channel(AHEAD);
    let thread = std::thread::Builder::new().name("fetch".to_owned());
    let broken = |why: std::io::Error| Halt::Web(FetchError::Broken(why.to_string()));
    thread.spawn(move || read_all(&fetch, &teller)).map_err(broken)?;
    while let Some(news) = told.recv().await {
        let event = match news.map_err(Halt::Web)? {
            Told::Found { size, validator } => {
                lease.expect(size).done().await.map_err(Halt::File)?;
                FileEvent::Found { size, validator }
            }
            Told::Block(bytes) => {
                total += append(lease, bytes).await.map_err(Halt::File)?;
                FileEvent::Written { total }
            }
        };
        let _ = inputs.send(Input::File(file, event)).await;
    }
    Ok(())
}

/// Writes a block, as fast as the limit lets it pass.
async fn append(lease: &FileLease, mut bytes: Vec<u8>) -> Result<u64, FileError> {
    let length = bytes.len() as u64;
    while !bytes.is_empty() {
        let rest = bytes.split_off(lease.gate().piece(bytes.len()));
        lease.gate().pay(bytes.len()).await;
        lease.append(bytes).done().await?;
        bytes = rest;
    }
    Ok(length)
}

/// Tells what the server has, block after block, and in the end what went wrong, if anything did.
fn read_all(fetch: &Fetch, teller: &mpsc::Sender<Result<Told, FetchError>>) {
    let read = ask(fetch).and_then(|Answer { body, size, validator, rest }| {
        let _ = teller.blocking_send(Ok(Told::Found { size, validator }));
        read_body(body, rest, teller)
    });
    if let Err(why) = read {
        let _ = teller.blocking_send(Err(why));
    }
}

/// Everything the server has, and not less than it said.
fn read_body(
    body: Body,
    stated: Option<u64>,
    teller: &mpsc::Sender<Result<Told, FetchError>>,
) -> Result<(), FetchError> {
    let mut reader = body.into_with_config().limit(u64::MAX).reader();
    let mut total = 0;
    loop {
        let mut block = vec![0; BLOCK];
        let count = reader.read(&mut block).map_err(|why| FetchError::Broken(question::io_words(&why)))?;
        if count == 0 {
            break;
        }
        total += count as u64;
        block.truncate(count);
        if teller.blocking_send(Ok(Told::Block(block))).is_err() {
            return Ok(());
        }
    }
    if stated.is_some_and(|stated| total < stated) {
        return Err(FetchError::Broken("the server closed too early".to_owned()));
    }
    Ok(())
}
