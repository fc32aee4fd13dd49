//! Files that do not get to their end: what has arrived stays, and nothing looks as if it were whole.

use super::*;

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
