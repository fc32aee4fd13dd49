//! Files whose receiver tells how much has arrived, also past a proxy that forgets the last bytes.

use tokio::time::timeout;

use super::*;
use crate::client::sockets::Key;
use crate::engine::TlsEnd;

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
