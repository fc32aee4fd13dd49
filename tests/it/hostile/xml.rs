//! XML that no honest program writes: through an honest server, and from a server that is out of its mind.

use std::fmt::Write as _;

use super::scene::Scene;
use crate::client::support::{BIND_AND_SM, PASSWORD, Peer, Server};
use crate::support::balcony::Balcony;
use crate::support::terminal::Terminal;

#[tokio::test]
async fn stanzas_without_measure_cost_memory_for_a_moment_and_nothing_else() {
    let mut scene = Scene::new().await;
    let before = scene.used();
    let deep = format!("{}{}", "<a>".repeat(3000), "</a>".repeat(3000));
    let wide = "<a/>".repeat(10_000);
    let long = format!("<a x='{}'/>", "y".repeat(50_000));
    let many = (0..1000).fold(String::new(), |mut text, number| {
        write!(text, " a{number}='{number}'").unwrap();
        text
    });
    let foreign_names = (0..1000).fold(String::new(), |mut text, number| {
        write!(text, "<n{number}:a xmlns:n{number}='urn:x:{number}'/>").unwrap();
        text
    });
    let quoted = format!("<body><![CDATA[{}]]></body>", "]] &gt; <b> &lol; ".repeat(2_000));
    let lines = format!("<body>{}</body>", "\n".repeat(40_000));
    let marks = format!("<body>z{}</body>", "\u{301}".repeat(20_000));
    for payload in [&deep, &wide, &long, &format!("<a{many}/>"), &foreign_names, &quoted, &lines, &marks] {
        for from in ["tybalt/sword", "capulet1/x"] {
            scene.foreign.message(from, "", &format!("{payload}<no-store xmlns='urn:xmpp:hints'/>"));
            let wrapped = format!("<query xmlns='urn:x-of-mercutio'>{payload}</query>");
            assert_eq!(scene.foreign.ask(from, "get", &wrapped).attr("type"), Some("error"));
            let (from, to) = (scene.foreign.jid(from), scene.foreign.juliet.clone());
            scene.foreign.say(&format!("<presence from='{from}' to='{to}'>{payload}</presence>"));
        }
    }
    scene.a_friend_is_heard_and_answered().await;
    scene.look_at("tybalt").await;
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 64).await;
}

/// Juliet at a server that does what a test says.
struct Asylum {
    server: Server,
    _balcony: Balcony,
    screen: Terminal,
}

impl Asylum {
    async fn enter() -> (Self, Peer) {
        let server = Server::listen().await;
        let config = format!(
            "[accounts.home]\njid = \"juliet@capulet.lit/balcony\"\npassword = \"{PASSWORD}\"\n\
             server = \"127.0.0.1:{}\"\ntls = \"none\"\n",
            server.port
        );
        let balcony = Balcony::new("juliet@capulet.lit", &config, &[]);
        let screen = balcony.sit_down();
        let peer = server.accept_online(BIND_AND_SM).await;
        screen.until_line(&["juliet@capulet.lit", "online"]).await;
        (Asylum { server, _balcony: balcony, screen }, peer)
    }

    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.screen.process())).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        resident.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// The server lets a friend be heard, and Juliet's answer comes.
    async fn a_friend_is_heard(&self, peer: &mut Peer, words: &str) {
        peer.say(&format!("<message type='chat' from='romeo@montague.lit/x'><body>{words}</body></message>")).await;
        self.screen.say("/query romeo@montague.lit");
        self.screen.until_line(&[words]).await;
        self.screen.say(&format!("I hear {words}"));
        peer.hear(&format!("I hear {words}")).await;
    }
}

#[tokio::test]
async fn entities_and_document_types_end_the_session_and_the_next_one_works() {
    for insanity in [
        "<!DOCTYPE lolz [<!ENTITY lol 'lol'><!ENTITY lol2 '&lol;&lol;&lol;'>]><message><body>&lol2;</body></message>",
        "<message><body>&xxe;</body></message>",
        "<message><body>&#0;</body></message>",
        "<message><body>&#x1b;[31m</body></message>",
        "<?xml-stylesheet href='file:///etc/passwd'?><message><body>x</body></message>",
    ] {
        let (asylum, mut peer) = Asylum::enter().await;
        asylum.a_friend_is_heard(&mut peer, "before").await;
        peer.say(insanity).await;
        let mut peer = asylum.server.accept_online(BIND_AND_SM).await;
        asylum.screen.until_line(&["juliet@capulet.lit", "online"]).await;
        asylum.a_friend_is_heard(&mut peer, "after").await;
    }
}

#[tokio::test]
async fn a_server_that_never_comes_to_an_end_is_cut_short() {
    let (asylum, mut peer) = Asylum::enter().await;
    asylum.a_friend_is_heard(&mut peer, "before").await;
    let before = asylum.memory();
    let piece = "x".repeat(64 * 1024);
    for (begin, end) in [
        ("<message from='a@b/c'><body>", "</body></message>"),
        ("<message from='a@b/c' id='", "'/>"),
        ("<message from='a@b/c'><body><![CDATA[", "]]></body></message>"),
        ("<message from='a@b/c'><a b='", "'/></message>"),
    ] {
        peer.say(begin).await;
        for _ in 0..400 {
            peer.say(&piece).await;
        }
        peer.say(end).await;
    }
    asylum.a_friend_is_heard(&mut peer, "after").await;
    let now = asylum.memory();
    assert!(now <= before + 96, "{before} MiB before, {now} MiB now");
}

#[tokio::test]
async fn nobody_has_us_decompress_anything() {
    let (asylum, mut peer) = Asylum::enter().await;
    for unasked in [
        "<compressed xmlns='http://jabber.org/protocol/compress'/>",
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        "<failed xmlns='urn:xmpp:sm:3'/>",
    ] {
        peer.say(unasked).await;
    }
    asylum.a_friend_is_heard(&mut peer, "all the same").await;
}
