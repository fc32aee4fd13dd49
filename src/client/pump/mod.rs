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
mod tests {
    use std::path::{Path, PathBuf};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    use super::ring::BLOCK;
    use super::*;
    use crate::client::files::Files;
    use crate::client::limits::Limiter;
    use crate::client::sockets::Key;
    use crate::engine::{FileEvent, FileId, FileOrder, Input, Partial, Place, Tally, TlsEnd};

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
        Flow::Send { offset: 0, length: length as u64, tally: Tally::Untold }
    }

    fn all_of(length: usize) -> Flow {
        Flow::Receive { prefix: Vec::new(), length: length as u64, tally: Tally::Untold }
    }

    #[tokio::test]
    async fn a_file_arrives_as_it_was_sent() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, LARGE] {
            let (content, folder) = (content(length), tempfile::tempdir().unwrap());
            let file = file_with(&content);
            let (from, to) = (Open::for_sending(file.path()).await, Open::for_receiving(folder.path()).await);
            let (ours, theirs) = two_ends().await;
            let (sent, received) = tokio::join!(
                run(Stream::Clear(ours), &from.lease, whole(length), |_| {}),
                run(Stream::Clear(theirs), &to.lease, all_of(length), |_| {}),
            );
            assert_eq!((sent.unwrap(), received.unwrap()), (length as u64, length as u64));
            assert!(to.commit().await == content, "{length} bytes arrived as others");
        }
    }

    #[tokio::test]
    async fn a_file_arrives_while_its_receiver_tells_how_much_has() {
        for length in [1, BLOCK + 1, LARGE] {
            let (content, folder) = (content(length), tempfile::tempdir().unwrap());
            let file = file_with(&content);
            let (from, to) = (Open::for_sending(file.path()).await, Open::for_receiving(folder.path()).await);
            let (ours, theirs) = two_ends().await;
            let (tally, length) = (Tally::Told, length as u64);
            let (sent, received) = tokio::join!(
                run(Stream::Clear(ours), &from.lease, Flow::Send { offset: 0, length, tally }, |_| {}),
                run(Stream::Clear(theirs), &to.lease, Flow::Receive { prefix: Vec::new(), length, tally }, |_| {}),
            );
            assert_eq!((sent.unwrap(), received.unwrap()), (length, length));
            assert!(to.commit().await == content, "{length} bytes arrived as others");
        }
    }

    #[tokio::test]
    async fn to_a_receiver_that_tells_nothing_yet_less_than_a_megabyte_is_sent() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let flow = Flow::Send { offset: 0, length: LARGE as u64, tally: Tally::Told };
        let told = std::sync::Mutex::new(Vec::new());
        let receive = async {
            let mut first = vec![0; 640 * 1024];
            theirs.read_exact(&mut first).await.unwrap();
            assert_eq!(theirs.try_read(&mut [0]).map_err(|why| why.kind()), Err(io::ErrorKind::WouldBlock));
            theirs.write_all(&1000_u64.to_be_bytes()).await.unwrap();
            theirs.read_exact(&mut [0; 1000]).await.unwrap();
            drop(theirs);
        };
        let (sent, ()) =
            tokio::join!(run(Stream::Clear(ours), &from.lease, flow, |sum| told.lock().unwrap().push(sum)), receive);
        assert!(matches!(sent, Err(Halt::Socket(_))));
        assert_eq!(*told.lock().unwrap(), [1000], "what has arrived is the progress, not what was sent");
    }

    /// A piece after which nothing came for this long is kept until more comes.
    const LULL: Duration = Duration::from_millis(50);

    /// Passes everything on but one piece, which it keeps to itself as soon as nothing follows, until it hears more; what
    /// is left when the sender closes is thrown away.
    async fn forgetful(mut left: TcpStream, mut right: TcpStream) {
        let (mut forth, mut back, mut kept, mut passed) = ([0; 4096], [0; 4096], None, 0);
        loop {
            tokio::select! {
                count = left.read(&mut forth) => {
                    let count = count.unwrap();
                    if count == 0 {
                        return;
                    }
                    passed += count;
                    if kept.is_none() && passed > LARGE - 4096 && timeout(LULL, left.readable()).await.is_err() {
                        kept = Some(forth[..count].to_vec());
                    } else {
                        right.write_all(&kept.as_mut().map(std::mem::take).unwrap_or_default()).await.unwrap();
                        right.write_all(&forth[..count]).await.unwrap();
                    }
                }
                count = right.read(&mut back) => match count {
                    Ok(0) | Err(_) => return,
                    Ok(count) => left.write_all(&back[..count]).await.unwrap(),
                },
            }
        }
    }

    /// Sends a file past that relay; what has arrived is whole.
    async fn passes_by_a_forgetful_proxy(ends: impl AsyncFnOnce(TcpStream, TcpStream) -> (Stream, Stream)) {
        let (content, folder) = (content(LARGE), tempfile::tempdir().unwrap());
        let file = file_with(&content);
        let (from, to) = (Open::for_sending(file.path()).await, Open::for_receiving(folder.path()).await);
        let ((ours, left), (right, theirs)) = (two_ends().await, two_ends().await);
        let relay = tokio::spawn(forgetful(left, right));
        let (ours, theirs) = ends(ours, theirs).await;
        let (tally, length) = (Tally::Told, LARGE as u64);
        let (sent, received) = tokio::join!(
            run(ours, &from.lease, Flow::Send { offset: 0, length, tally }, |_| {}),
            run(theirs, &to.lease, Flow::Receive { prefix: Vec::new(), length, tally }, |_| {}),
        );
        assert_eq!((sent.unwrap(), received.unwrap()), (length, length));
        relay.await.unwrap();
        assert!(to.commit().await == content);
    }

    #[tokio::test]
    async fn a_proxy_that_forgets_the_last_bytes_is_woken_before_anything_is_closed() {
        passes_by_a_forgetful_proxy(async |ours, theirs| (Stream::Clear(ours), Stream::Clear(theirs))).await;
    }

    #[tokio::test]
    async fn a_proxy_that_forgets_the_last_bytes_of_tls_is_woken_before_anything_is_closed() {
        let (romeo, juliet) = (Key::make().unwrap(), Key::make().unwrap());
        let seal = async |ours, theirs| {
            let (ours, theirs) = tokio::join!(
                romeo.seal(ours, TlsEnd::Client, juliet.fingerprint()),
                juliet.seal(theirs, TlsEnd::Server, romeo.fingerprint()),
            );
            (ours.unwrap(), theirs.unwrap())
        };
        passes_by_a_forgetful_proxy(seal).await;
    }

    #[tokio::test]
    async fn a_range_is_sent_and_nothing_else() {
        let file = file_with(b"0123456789");
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let mut arrived = Vec::new();
        let flow = Flow::Send { offset: 3, length: 4, tally: Tally::Untold };
        let receive = async {
            theirs.read_to_end(&mut arrived).await.unwrap();
            drop(theirs);
        };
        let (sent, ()) = tokio::join!(run(Stream::Clear(ours), &from.lease, flow, |_| {}), receive);
        assert_eq!((sent.unwrap(), arrived.as_slice()), (4, b"3456".as_slice()));
    }

    #[tokio::test]
    async fn bytes_that_came_with_the_handshake_are_the_first_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        theirs.write_all(b"rest, and more than was promised").await.unwrap();
        let flow = Flow::Receive { prefix: b"first, ".to_vec(), length: 11, tally: Tally::Untold };
        assert_eq!(run(Stream::Clear(ours), &to.lease, flow, |_| {}).await.unwrap(), 11);
        assert_eq!(to.commit().await, b"first, rest");
    }

    #[tokio::test]
    async fn a_prefix_that_is_longer_than_the_file_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, _theirs) = two_ends().await;
        let flow = Flow::Receive { prefix: b"all of it".to_vec(), length: 3, tally: Tally::Untold };
        assert_eq!(run(Stream::Clear(ours), &to.lease, flow, |_| {}).await.unwrap(), 3);
        assert_eq!(to.commit().await, b"all");
    }

    #[tokio::test]
    async fn a_sender_that_closes_early_leaves_what_arrived() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        theirs.write_all(b"half").await.unwrap();
        drop(theirs);
        assert_eq!(run(Stream::Clear(ours), &to.lease, all_of(99), |_| {}).await.unwrap(), 4);
        assert_eq!(to.commit().await, b"half");
    }

    #[tokio::test]
    async fn a_receiver_that_goes_away_is_the_sockets_fault_and_a_changed_file_the_files() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, theirs) = two_ends().await;
        drop(theirs);
        assert!(matches!(run(Stream::Clear(ours), &from.lease, whole(LARGE), |_| {}).await, Err(Halt::Socket(_))));

        let (ours, mut theirs) = two_ends().await;
        file.as_file().set_len(100).unwrap();
        let drain = async { theirs.read_to_end(&mut Vec::new()).await };
        let (sent, _) = tokio::join!(run(Stream::Clear(ours), &from.lease, whole(LARGE), |_| {}), drain);
        assert!(matches!(sent, Err(Halt::File(FileError::Changed))));
    }

    /// It takes some seconds: so often it is looked.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_receiver_that_takes_nothing_is_told_to_be_there() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, _theirs) = two_ends().await;
        let (teller, mut told) = mpsc::unbounded_channel();
        let report = move |bytes| teller.send(bytes).unwrap_or_default();
        let twice = async {
            let mut last = 0;
            while let Some(sum) = told.recv().await {
                if std::mem::replace(&mut last, sum) == sum {
                    break;
                }
            }
        };
        tokio::select! {
            ended = run(Stream::Clear(ours), &from.lease, whole(LARGE), report) => panic!("{ended:?}"),
            () = twice => {}
        }
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
        let (sent, first) = tokio::join!(run(Stream::Clear(ours), &from.lease, whole(LARGE), report), receive);
        assert!(first > 0 && first < LARGE as u64);
        assert_eq!(sent.unwrap(), LARGE as u64);
    }

    #[tokio::test]
    async fn a_sender_that_is_dropped_breaks_at_once_and_does_not_look_done() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let pump = Box::pin(run(Stream::Clear(ours), &from.lease, whole(LARGE), |_| {}));
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

    #[tokio::test]
    async fn what_dribbles_in_and_has_no_known_end_arrives_whole() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let dribble = async {
            for byte in content(1000).chunks(1) {
                theirs.write_all(byte).await.unwrap();
                tokio::task::yield_now().await;
            }
            drop(theirs);
        };
        let flow = Flow::Receive { prefix: b"so: ".to_vec(), length: u64::MAX, tally: Tally::Untold };
        let (received, ()) = tokio::join!(run(Stream::Clear(ours), &to.lease, flow, |_| {}), dribble);
        assert_eq!(received.unwrap(), 1004);
        assert_eq!(to.commit().await, [b"so: ".as_slice(), &content(1000)].concat());
    }

    #[tokio::test]
    async fn what_had_arrived_when_the_connection_broke_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let to = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let (teller, mut told) = mpsc::unbounded_channel();
        let report = move |bytes| teller.send(bytes).unwrap_or_default();
        let content = content(LARGE);
        let break_off = async {
            theirs.write_all(&content).await.unwrap();
            while told.recv().await.unwrap() < LARGE as u64 {}
            theirs.write_all(b"more").await.unwrap();
            socket2::SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).unwrap();
            drop(theirs);
        };
        let (received, ()) = tokio::join!(run(Stream::Clear(ours), &to.lease, all_of(2 * LARGE), report), break_off);
        assert!(matches!(received, Err(Halt::Socket(why)) if why.kind() == io::ErrorKind::ConnectionReset));
        assert!(to.commit().await.starts_with(&content));
    }

    #[tokio::test]
    async fn a_file_that_grew_is_not_sent_to_its_end() {
        let file = file_with(&content(LARGE));
        let from = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        file.as_file().set_len(2 * LARGE as u64).unwrap();
        let mut arrived = Vec::new();
        let receive = async { theirs.read_to_end(&mut arrived).await.map_err(|why| why.kind()) };
        let (sent, end) = tokio::join!(run(Stream::Clear(ours), &from.lease, whole(LARGE), |_| {}), receive);
        assert!(matches!(sent, Err(Halt::File(FileError::Changed))));
        assert_eq!(end, Err(io::ErrorKind::ConnectionReset));
        assert!(arrived.len() < LARGE);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_ends_a_pump_whose_sender_says_nothing() {
        let file = file_with(b"a file to read from");
        let not_for_writing = Open::for_sending(file.path()).await;
        let (ours, mut theirs) = two_ends().await;
        theirs.write_all(b"something").await.unwrap();
        let received = run(Stream::Clear(ours), &not_for_writing.lease, all_of(LARGE), |_| {}).await;
        assert!(matches!(received, Err(Halt::File(FileError::Unwritable(_)))));
    }

    #[tokio::test]
    async fn a_receiver_that_is_dropped_leaves_neither_file_nor_task() {
        let folder = tempfile::tempdir().unwrap();
        let Open { lease, mut files, mut tasks, inputs: _inputs } = Open::for_receiving(folder.path()).await;
        let (ours, mut theirs) = two_ends().await;
        let pump = Box::pin(run(Stream::Clear(ours), &lease, all_of(LARGE), |_| {}));
        let content = content(LARGE);
        let half = Box::pin(theirs.write_all(&content[..LARGE / 2]));
        match futures::future::select(pump, half).await {
            futures::future::Either::Left(_) => panic!("the other half was never sent"),
            futures::future::Either::Right((_, pump)) => drop(pump),
        }
        files.perform(FileId(1), FileOrder::Close { partial: Partial::Remove }, &mut tasks);
        drop(lease);
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(theirs.read(&mut [0]).await.map_err(|why| why.kind()).unwrap_or_default(), 0);
    }

    #[tokio::test]
    async fn several_at_once_do_not_mix_their_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let moved = (1..=5_usize).map(|number| {
            let folder = folder.path().join(number.to_string());
            async move {
                let content = content(number * LARGE / 5);
                let file = file_with(&content);
                let (from, to) = (Open::for_sending(file.path()).await, Open::for_receiving(&folder).await);
                let (ours, theirs) = two_ends().await;
                let (sent, received) = tokio::join!(
                    run(Stream::Clear(ours), &from.lease, whole(content.len()), |_| {}),
                    run(Stream::Clear(theirs), &to.lease, all_of(content.len()), |_| {}),
                );
                assert_eq!((sent.unwrap(), received.unwrap()), (content.len() as u64, content.len() as u64));
                assert!(to.commit().await == content, "file {number} arrived as another");
            }
        });
        futures::future::join_all(moved).await;
    }
}
