//! The web as it is, on loopback: servers that lie, break off, lead away, pack what nobody asked to be packed.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::client::files::Files;
use crate::client::limits::Limiter;
use crate::engine::{Chosen, Fetch, FetchError, FileError, FileEvent, FileId, FileOrder, Input, Partial, Place, Rest};
use crate::xep::oob::WebAddress;

const FILE: FileId = FileId(1);

/// Ends its answer by closing.
const CLOSES: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n";

/// A server that gives each connection the next of its answers, and tells what it was asked.
struct Server {
    port: u16,
    asked: mpsc::UnboundedReceiver<String>,
}

impl Server {
    async fn answering(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (teller, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut question = Vec::new();
                while !question.ends_with(b"\r\n\r\n") {
                    question.push(stream.read_u8().await.unwrap());
                }
                let _ = teller.send(String::from_utf8(question).unwrap());
                // One who has heard enough may close first.
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        });
        Server { port, asked }
    }

    fn address(&self) -> WebAddress {
        WebAddress::read(&format!("http://127.0.0.1:{}/a", self.port)).unwrap()
    }

    async fn was_asked(&mut self) -> String {
        self.asked.recv().await.unwrap().to_lowercase()
    }
}

/// Where files arrive, and one that has been made.
struct Desk {
    folder: tempfile::TempDir,
    files: Files,
    tasks: JoinSet<()>,
    inputs: mpsc::Receiver<Input>,
}

impl Desk {
    async fn with(content: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (teller, inputs) = mpsc::channel(64);
        let files = Files::new(folder.path().to_owned(), Limiter::default(), teller);
        let mut desk = Desk { folder, files, tasks: JoinSet::new(), inputs };
        let place = Place::Downloads { name: "a".to_owned() };
        desk.order(FileOrder::Create { place, size: None });
        assert!(matches!(desk.event().await, FileEvent::Created { .. }));
        desk.order(FileOrder::Append { bytes: content.to_vec() });
        assert!(matches!(desk.event().await, FileEvent::Written { .. }));
        desk
    }

    fn order(&mut self, order: FileOrder) {
        self.files.perform(FILE, order, &mut self.tasks);
    }

    async fn event(&mut self) -> FileEvent {
        match self.inputs.recv().await {
            Some(Input::File(FILE, event)) => event,
            other => panic!("{other:?}"),
        }
    }

    fn fetch(&mut self, address: WebAddress, chosen: Chosen, rest: Option<Rest>) {
        self.order(FileOrder::Fetch(Box::new(Fetch { address, chosen, rest })));
    }

    /// What was found, and how it ended.
    #[expect(clippy::wildcard_enum_match_arm, reason = "anything else fails the test")]
    async fn outcome(&mut self) -> (Option<(Option<u64>, Option<String>)>, Result<(), FetchError>) {
        let mut found = None;
        loop {
            match self.event().await {
                FileEvent::Found { size, validator } => found = Some((size, validator)),
                FileEvent::Written { .. } => {}
                FileEvent::Fetched(outcome) => return (found, outcome),
                other => panic!("{other:?}"),
            }
        }
    }

    fn part(&self) -> PathBuf {
        self.folder.path().join("a.part")
    }

    fn content(&self) -> Vec<u8> {
        std::fs::read(self.part()).unwrap()
    }
}

/// What comes of fetching that answer into an empty file, and what is in that.
async fn fetched(answer: impl Into<Vec<u8>>) -> (Result<(), FetchError>, Vec<u8>) {
    let server = Server::answering(vec![answer.into()]).await;
    let mut desk = Desk::with(b"").await;
    desk.fetch(server.address(), Chosen::Shown, None);
    let (_, outcome) = desk.outcome().await;
    (outcome, desk.content())
}

fn broken(why: &str) -> FetchError {
    FetchError::Broken(why.to_owned())
}

#[tokio::test]
async fn what_a_server_has_is_in_the_file_and_nothing_was_said_but_the_question() {
    let content: Vec<u8> = (0..300_000_u32).map(|index| index.to_le_bytes()[1]).collect();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"x1\"\r\n\r\n", content.len());
    let mut server = Server::answering(vec![[head.as_bytes(), &content].concat()]).await;
    let mut desk = Desk::with(b"").await;
    desk.fetch(server.address(), Chosen::Shown, None);
    let found = (Some(300_000), Some("\"x1\"".to_owned()));
    assert_eq!(desk.outcome().await, (Some(found), Ok(())));
    assert!(desk.content() == content);
    let question = server.was_asked().await;
    assert!(question.starts_with("get /a http/1.1\r\n"), "{question}");
    assert!(question.contains("accept-encoding: identity"), "{question}");
    for word in ["cookie", "referer", "authorization", "range", "juliet"] {
        assert!(!question.contains(word), "{word} in {question}");
    }
}

#[tokio::test]
async fn a_file_of_unknown_length_ends_where_the_server_says() {
    assert_eq!(fetched(format!("{CLOSES}\r\nhello")).await, (Ok(()), b"hello".to_vec()));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert_eq!(fetched(chunked).await, (Ok(()), b"hello".to_vec()));
    assert_eq!(fetched("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await, (Ok(()), Vec::new()));
}

#[tokio::test]
async fn less_than_was_said_is_no_file_and_more_is_not_read() {
    let (outcome, content) = fetched("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").await;
    assert!(matches!(outcome, Err(FetchError::Broken(_))), "{outcome:?}");
    assert_eq!(content, b"hello");
    let cut = fetched("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello").await;
    assert!(matches!(cut.0, Err(FetchError::Broken(_))), "{cut:?}");
    let more = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello";
    assert_eq!(fetched(more).await, (Ok(()), b"hel".to_vec()));
}

#[tokio::test]
async fn a_file_that_is_larger_than_the_disk_is_not_begun() {
    let server =
        Server::answering(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n".to_vec()]).await;
    let mut desk = Desk::with(b"").await;
    desk.fetch(server.address(), Chosen::Shown, None);
    let event = desk.event().await;
    assert!(matches!(event, FileEvent::Failed(FileError::Full { .. })), "{event:?}");
}

#[tokio::test]
async fn what_is_packed_without_being_asked_for_is_refused_and_never_unpacked() {
    let bomb = format!("{CLOSES}Content-Encoding: gzip\r\n\r\n\u{1f}\u{8b}");
    let (outcome, content) = fetched(bomb).await;
    let why = "the server sends it packed, which was not asked for".to_owned();
    assert_eq!((outcome, content), (Err(FetchError::Refused(why)), Vec::new()));
}

#[tokio::test]
async fn no_redirect_is_followed_by_itself() {
    let led = |location: &str| Err(FetchError::Led { location: Some(location.to_owned()) });
    let answer = |code: &str| format!("HTTP/1.1 {code}\r\nLocation: http://192.0.2.1/b\r\nContent-Length: 0\r\n\r\n");
    for code in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        assert_eq!(fetched(answer(code)).await.0, led("http://192.0.2.1/b"), "{code}");
    }
    let nowhere = fetched("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await.0;
    assert_eq!(nowhere, Err(FetchError::Led { location: None }));
}

#[tokio::test]
async fn a_server_that_has_it_not_is_not_asked_again_and_one_that_is_busy_is() {
    let answer = |code: &str| format!("HTTP/1.1 {code}\r\nContent-Length: 4\r\n\r\nsour");
    for code in ["404 Not Found", "403 Forbidden", "410 Gone", "401 Unauthorized"] {
        assert_eq!(fetched(answer(code)).await, (Err(FetchError::Refused(code.to_owned())), Vec::new()));
    }
    for code in ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests"] {
        assert_eq!(fetched(answer(code)).await, (Err(broken(code)), Vec::new()));
    }
}

#[tokio::test]
async fn what_is_no_web_server_is_told_as_such() {
    let endless = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", "X-Header: and more of it\r\n".repeat(10_000));
    for noise in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "", "HTTP/1.1\r\n\r\n", &endless] {
        let (outcome, content) = fetched(noise).await;
        assert!(outcome.is_err() && content.is_empty(), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_rest_is_asked_for_by_its_mark_and_put_behind_what_is_here() {
    let rest = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-10/11\r\nContent-Length: 6\r\n\r\n world";
    let mut server = Server::answering(vec![rest.as_bytes().to_vec()]).await;
    let mut desk = Desk::with(b"hello").await;
    let validator = "\"x1\"".to_owned();
    desk.fetch(server.address(), Chosen::Shown, Some(Rest { offset: 5, validator }));
    assert_eq!(desk.outcome().await, (Some((Some(11), None)), Ok(())));
    assert_eq!(desk.content(), b"hello world");
    let question = server.was_asked().await;
    assert!(question.contains("range: bytes=5-\r\n") && question.contains("if-range: \"x1\"\r\n"), "{question}");
}

#[tokio::test]
async fn another_file_or_another_part_is_never_put_behind_what_is_here() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 4-10/11\r\nContent-Length: 7\r\n\r\no world",
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 6\r\n\r\n world",
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Server::answering(vec![answer.as_bytes().to_vec()]).await;
        let mut desk = Desk::with(b"hello").await;
        desk.fetch(server.address(), Chosen::Shown, Some(Rest { offset: 5, validator: "\"x1\"".to_owned() }));
        assert_eq!(desk.outcome().await, (None, Err(FetchError::NotTheSame)), "{answer}");
        assert_eq!(desk.content(), b"hello");
    }
    let unasked = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/11\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(fetched(unasked).await, (Err(FetchError::NotTheSame), Vec::new()));
}

#[tokio::test]
async fn a_weak_mark_is_none_and_a_date_is_one() {
    for (header, expected) in [
        ("ETag: W/\"x\"\r\n", None),
        ("ETag: W/\"x\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n", Some("Wed, 21 Oct 2015 07:28:00 GMT")),
        ("", None),
    ] {
        let server = Server::answering(vec![format!("{CLOSES}{header}\r\nx").into_bytes()]).await;
        let mut desk = Desk::with(b"").await;
        desk.fetch(server.address(), Chosen::Shown, None);
        assert_eq!(desk.outcome().await.0, Some((None, expected.map(str::to_owned))), "{header}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_asked() {
    // A name for this machine that is not `localhost` itself and needs no name server.
    let inside = |port| WebAddress::read(&format!("http://x.localhost:{port}/a")).unwrap();
    let mut server = Server::answering(vec![format!("{CLOSES}\r\nhello").into_bytes()]).await;
    let mut desk = Desk::with(b"").await;
    desk.fetch(inside(server.port), Chosen::Shown, None);
    let (_, outcome) = desk.outcome().await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert!(server.asked.try_recv().is_err(), "it was asked");
}

#[tokio::test]
async fn where_nobody_listens_it_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = WebAddress::read(&format!("http://{}/a", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let mut desk = Desk::with(b"").await;
    desk.fetch(address, Chosen::Shown, None);
    assert_eq!(desk.outcome().await, (None, Err(broken("refused"))));
}

#[tokio::test]
async fn a_fetch_ends_when_its_file_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = WebAddress::read(&format!("http://{}/a", listener.local_addr().unwrap())).unwrap();
    let mut desk = Desk::with(b"").await;
    desk.fetch(address, Chosen::Shown, None);
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(format!("{CLOSES}\r\nhello").as_bytes()).await.unwrap();
    while !matches!(desk.event().await, FileEvent::Written { total: 5 }) {}
    desk.order(FileOrder::Close { partial: Partial::Remove });
    let Desk { tasks, folder, files, inputs: _inputs } = desk;
    tokio::time::timeout(Duration::from_secs(30), files.finish(tasks)).await.unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
