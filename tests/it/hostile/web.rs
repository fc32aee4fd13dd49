//! Addresses of the web that others name: nothing is asked before the user says so, and none of them makes this machine
//! the hand of a stranger inside its own network.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use super::scene::{Scene, is_part};
use super::streams::is_granted;
use crate::support::terminal::has_line;

const TYBALT: &str = "tybalt/sword";

/// A server inside, which only Juliet should ever ask, and what it answers. It counts who comes.
struct Inside {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Inside {
    fn open(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, came) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&came);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                while lines.next().is_some_and(|line| !line.is_empty()) {}
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Inside { port, came }
    }

    /// With a secret.
    fn with_gold() -> Self {
        Self::open("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngold".to_owned())
    }

    /// That sends whoever comes elsewhere.
    fn leading_to(address: &str) -> Self {
        Self::open(format!(
            "HTTP/1.1 302 Found\r\nLocation: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ))
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// A scene where these names lead to this machine, for Juliet's Balcony alone.
async fn where_names_lie(names: &[&str]) -> (Scene, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    let lines: Vec<String> = names.iter().map(|name| format!("127.0.0.1 {name}\n")).collect();
    fs::write(&hosts, format!("127.0.0.1 localhost\n{}", lines.concat())).unwrap();
    let mount = format!("mount --bind {} /etc/hosts && exec \"$0\" \"$@\"", hosts.display());
    let programs = ["unshare", "--mount", "sh", "-c", &mount].map(str::to_owned);
    (Scene::by_way_of(&programs).await, folder)
}

/// Juliet looks at what is offered, reads where it is, and says yes. A key that comes right after an offer has appeared
/// does nothing, by design, so it is pressed again.
async fn agree(scene: &Scene) {
    let is_read = |screen: &str| screen.contains("Protected");
    let open = |screen: &str| {
        if !is_read(screen) {
            scene.screen.press("F3");
        }
        is_read(screen)
    };
    scene.screen.until("the dialog of the offer", open).await;
    scene.screen.press("a");
    scene.screen.until("the end of the dialog", |screen| !is_read(screen)).await;
}

#[tokio::test]
async fn an_address_whose_name_leads_inside_is_not_asked_though_the_user_agrees() {
    let inside = Inside::with_gold();
    let (mut scene, _folder) = where_names_lie(&["palace.example"]).await;
    let address = format!("http://palace.example:{}/gold.txt", inside.port);
    let query = format!("<query xmlns='jabber:iq:oob'><url>{address}</url><desc>a gift</desc></query>");
    scene.look_at("tybalt").await;
    let offered = scene.foreign.request(TYBALT, "set", &query);
    agree(&scene).await;
    assert!(!is_granted(&scene.foreign.answer(&offered)));
    scene.foreign.message(
        TYBALT,
        "",
        &format!("<body>{address}</body><x xmlns='jabber:x:oob'><url>{address}</url></x>"),
    );
    scene.screen.until_line(&["link 1", "palace.example"]).await;
    scene.screen.say("/fetch 1");
    let refusals = |screen: &str| screen.lines().filter(|line| has_line(line, &["gold.txt:", "could not"])).count();
    scene.screen.until("a second refusal", |screen| refusals(screen) >= 2).await;
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(inside.came(), 0);
    assert_eq!(scene.files(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_inside_is_not_followed() {
    let inside = Inside::with_gold();
    let (mut scene, _folder) = where_names_lie(&["palace.example"]).await;
    for (number, host) in ["palace.example", "127.0.0.1", "[::1]", "localhost", "2130706433"].iter().enumerate() {
        let outside = Inside::leading_to(&format!("http://{host}:{}/gold-{number}.txt", inside.port));
        scene.screen.say(&format!("/fetch http://127.0.0.1:{}/start-{number}.txt", outside.port));
        // The user is asked about another host, and says no more.
        scene.screen.until(&format!("somebody to ask for {host}"), |_| outside.came() > 0).await;
    }
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(inside.came(), 0);
    let is_empty =
        |name: &String| fs::metadata(scene.balcony.downloads().parent().unwrap().join(name)).unwrap().len() == 0;
    assert!(scene.files().iter().all(|name| is_part(name) && is_empty(name)), "{:?}", scene.files());
}

#[tokio::test]
async fn nothing_is_asked_before_the_user_says_so_however_often_it_is_named() {
    let inside = Inside::with_gold();
    let mut scene = Scene::new().await;
    let before = scene.used();
    let hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0", "10.0.0.1"];
    for number in 0..100 {
        let address = format!("http://{}:{}/{number}", hosts[number % hosts.len()], inside.port);
        let link = format!("<x xmlns='jabber:x:oob'><url>{address}</url></x>").repeat(20);
        scene.foreign.message(TYBALT, "", &format!("<body>{address}</body>{link}"));
        let query = format!("<query xmlns='jabber:iq:oob'><url>{address}</url></query>");
        scene.foreign.request(TYBALT, "set", &query);
        scene.foreign.message(
            TYBALT,
            "",
            &format!(
                "<body>xmpp:{}?sipub;action=retrieve;id={number}</body>\
                 <sipub xmlns='http://jabber.org/protocol/sipub' id='{number}' \
                 profile='http://jabber.org/protocol/si/profile/file-transfer'>\
                 <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='n' size='1'/></sipub>",
                scene.foreign.jid(TYBALT)
            ),
        );
    }
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(inside.came(), 0);
    // What is really asked is what the user is shown, however it was written.
    scene.look_at("tybalt").await;
    assert_eq!(scene.lines_with(&["2130706433", "fetches it"]) + scene.lines_with(&["0x7f", "fetches it"]), 0);
    scene.uses_little_more_than(&before, 48).await;
}
