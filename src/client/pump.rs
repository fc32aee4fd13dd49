//! Bytes between a file and a socket, at the speed of the slower of the two.
//!
//! While one block is on its way through the socket the next is read from the file, or the last written to it; no more
//! than two blocks exist. Dropping the future stops it at once. It knows neither stanzas nor handshakes.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt;
use socket2::SockRef;
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
    SockRef::from(&*stream).set_tcp_notsent_lowat(UNSENT)?;
    // Given up, it breaks at once instead of trickling on and then closing as if the file had ended.
    SockRef::from(&*stream).set_linger(Some(Duration::ZERO))?;
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
    SockRef::from(&*stream).set_linger(None)?;
    stream.shutdown().await?;
    linger(stream).await
}

async fn read_ahead(file: &FileLease, at: u64, end: u64, buffer: Vec<u8>) -> Result<Vec<u8>, Halt> {
    let length = at_most_a_block(end - at);
    if length == 0 {
        return Ok(Vec::new());
    }
    let length = file.gate().piece(length);
    file.gate().pay(length).await;
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
        let most = file.gate().piece(at_most_a_block(left));
        let ahead = read_block(stream, std::mem::take(&mut spare), most);
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
    let count = block.len();
    let emptied = file.append(block).await?;
    moved.fetch_add(count as u64, Ordering::Relaxed);
    file.gate().pay(count).await;
    Ok(emptied)
}

/// Reads what is there, at least one byte unless the sender closed, and never more than `most`.
async fn read_block(stream: &mut TcpStream, mut block: Vec<u8>, most: usize) -> Result<Vec<u8>, Halt> {
    block.clear();
    block.reserve(most);
    let mut limited = stream.take(most as u64);
    if most == 0 || limited.read_buf(&mut block).await? == 0 {
        return Ok(block);
    }
    while block.len() < most {
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

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use tokio::net::TcpListener;
    use tokio::sync::mpsc;
    use tokio::task::JoinSet;

    use super::*;
    use crate::client::files::Files;
    use crate::client::limits::Limiter;
    use crate::engine::{FileEvent, FileId, FileOrder, Input, Place};

    /// More than fits into the buffers of two sockets.
    const LARGE: usize = 16 * 1024 * 1024 + 17;

    /// A file that is open, and what keeps it so.
    struct Open {
        lease: FileLease,
        files: Files,
        tasks: JoinSet<()>,
        inputs: mpsc::Receiver<Input>,
    }

    impl Open {
        async fn by(order: FileOrder, downloads: PathBuf) -> Self {
            let (teller, mut inputs) = mpsc::channel(8);
            let (mut files, mut tasks) = (Files::new(downloads, Limiter::default(), teller), JoinSet::new());
            files.perform(FileId(1), order, &mut tasks);
            let opened = inputs.recv().await.unwrap();
            assert!(matches!(opened, Input::File(_, FileEvent::Opened { .. } | FileEvent::Created { .. })));
            Open { lease: files.lease(FileId(1)).unwrap(), files, tasks, inputs }
        }

        async fn for_sending(path: &Path) -> Self {
            Open::by(FileOrder::Open { path: path.to_owned() }, PathBuf::new()).await
        }

        async fn for_receiving(folder: &Path) -> Self {
            let place = Place::Downloads { name: "arrived".to_owned() };
            Open::by(FileOrder::Create { place, size: None }, folder.to_owned()).await
        }

        async fn commit(mut self) -> Vec<u8> {
            self.files.perform(FileId(1), FileOrder::Commit, &mut self.tasks);
            let told = self.inputs.recv().await.unwrap();
            let Input::File(_, FileEvent::Committed { path, .. }) = told else { panic!("{told:?}") };
            std::fs::read(path).unwrap()
        }
    }

    async fn two_ends() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (ours.unwrap(), theirs.unwrap().0)
    }

    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|index| u8::try_from(index * 31 % 251).unwrap()).collect()
    }

    fn file_with(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    fn whole(length: usize) -> Flow {
        Flow::Send { offset: 0, length: length as u64 }
    }

    fn all_of(length: usize) -> Flow {
        Flow::Receive { prefix: Vec::new(), length: length as u64 }
    }

    #[tokio::test]
    async fn a_file_arrives_as_it_was_sent() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, LARGE] {
            let (content, folder) = (content(length), tempfile::tempdir().unwrap());
            let file = file_with(&content);
            let (from, to) = (Open::for_sending(file.path()).await, Open::for_receiving(folder.path()).await);
            let (ours, theirs) = two_ends().await;
            let (sent, received) = tokio::join!(
                run(ours, &from.lease, whole(length), |_| {}),
                run(theirs, &to.lease, all_of(length), |_| {}),
            );
            assert_eq!((sent.unwrap(), received.unwrap()), (length as u64, length as u64));
            assert!(to.commit().await == content, "{length} bytes arrived as others");
        }
    }

    #[tokio::test]
    async fn a_range_is_sent_and_nothing_else() {
        let file = file_with(b"0123456789");
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let mut arrived = Vec::new();
        let flow = Flow::Send { offset: 3, length: 4 };
        let receive = async {
            theirs.read_to_end(&mut arrived).await.unwrap();
            drop(theirs);
        };
        let (sent, ()) = tokio::join!(run(ours, &from.lease, flow, |_| {}), receive);
        assert_eq!((sent.unwrap(), arrived.as_slice()), (4, b"3456".as_slice()));
    }

    #[tokio::test]
    async fn bytes_that_came_with_the_handshake_are_the_first_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        theirs.write_all(b"rest, and more than was promised").await.unwrap();
        let flow = Flow::Receive { prefix: b"first, ".to_vec(), length: 11 };
        assert_eq!(run(ours, &to.lease, flow, |_| {}).await.unwrap(), 11);
        assert_eq!(to.commit().await, b"first, rest");
    }

    #[tokio::test]
    async fn a_prefix_that_is_longer_than_the_file_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, _theirs) = two_ends().await;
        let flow = Flow::Receive { prefix: b"all of it".to_vec(), length: 3 };
        assert_eq!(run(ours, &to.lease, flow, |_| {}).await.unwrap(), 3);
        assert_eq!(to.commit().await, b"all");
    }

    #[tokio::test]
    async fn a_sender_that_closes_early_leaves_what_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        theirs.write_all(b"half").await.unwrap();
        drop(theirs);
        assert_eq!(run(ours, &to.lease, all_of(99), |_| {}).await.unwrap(), 4);
        assert_eq!(to.commit().await, b"half");
    }

    #[tokio::test]
    async fn a_receiver_that_goes_away_is_the_sockets_fault_and_a_changed_file_the_files() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, theirs) = two_ends().await;
        drop(theirs);
        assert!(matches!(run(ours, &from.lease, whole(LARGE), |_| {}).await, Err(Halt::Socket(_))));

        let (ours, mut theirs) = two_ends().await;
        file.as_file().set_len(100).unwrap();
        let drain = async { theirs.read_to_end(&mut Vec::new()).await };
        let (sent, _) = tokio::join!(run(ours, &from.lease, whole(LARGE), |_| {}), drain);
        assert!(matches!(sent, Err(Halt::File(FileError::Changed))));
    }

    #[tokio::test]
    async fn progress_is_told_while_the_other_side_is_slow() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let (teller, mut told) = mpsc::unbounded_channel();
        let receive = async {
            // Nothing is read before progress was told.
            let first = told.recv().await.unwrap();
            theirs.read_to_end(&mut Vec::new()).await.unwrap();
            drop(theirs);
            first
        };
        let report = move |bytes| teller.send(bytes).unwrap_or_default();
        let (sent, first) = tokio::join!(run(ours, &from.lease, whole(LARGE), report), receive);
        assert!(first > 0 && first < LARGE as u64);
        assert_eq!(sent.unwrap(), LARGE as u64);
    }

    #[tokio::test]
    async fn a_sender_that_is_dropped_breaks_at_once_and_does_not_look_done() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let pump = Box::pin(run(ours, &from.lease, whole(LARGE), |_| {}));
        let first = theirs.read_u8();
        match futures::future::select(pump, Box::pin(first)).await {
            futures::future::Either::Left(_) => panic!("nobody has read the file"),
            futures::future::Either::Right((_, pump)) => drop(pump),
        }
        let mut rest = Vec::new();
        let end = theirs.read_to_end(&mut rest).await.map_err(|why| why.kind());
        assert_eq!(end, Err(io::ErrorKind::ConnectionReset));
        assert!(rest.len() < LARGE - 1);
    }
}
