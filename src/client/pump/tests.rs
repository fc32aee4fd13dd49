//! Files that are moved over loopback: whole, in part, with what came before, slowly and several at once.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::ring::BLOCK;
use super::{Halt, run};
use crate::client::files::{FileLease, Files};
use crate::client::limits::Limiter;
use crate::client::sockets::Stream;
use crate::engine::{FileError, FileEvent, FileId, FileOrder, Flow, Input, Partial, Place, Tally};

mod broken;
mod tallied;

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
