//! What terminals obey, and what makes a text read differently from what it is, in every field that is ever drawn: it is
//! shown, never sent. And names that want to pass for others.

use std::fs;

use tempfile::TempDir;

use super::scene::Scene;
use super::streams::{IBB, data, offer};
use crate::support::balcony::Balcony;
use crate::support::daemon::foreign::Foreign;
use crate::support::daemon::{Kind, Server};

/// The controls that XML can carry, as XML: a colour, marks that turn text round, a title, a new line.
const EVIL: &str = "&#x9b;31m&#x202e;lived&#x9d;0;owned&#x9c;&#x85;&#x2066;&#x200f;&#x7f;";

/// How the first of them is shown.
const SHOWN: &str = "<U+009B>31m";

const TYBALT: &str = "tybalt/sword";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// A scene of which every byte that reaches the terminal is kept.
struct Recorded {
    scene: Scene,
    folder: TempDir,
}

impl Recorded {
    async fn new() -> Self {
        let (scene, folder) = (Scene::new().await, tempfile::tempdir().unwrap());
        scene.screen.record(&folder.path().join("bytes"));
        Recorded { scene, folder }
    }

    /// Waits until these words stand somewhere.
    async fn sees(&self, words: &str) {
        self.scene.screen.until(words, |screen| screen.contains(words)).await;
    }

    /// Nothing has reached the terminal that it would obey and Balcony did not mean.
    fn nothing_was_obeyed(&self) {
        let bytes = fs::read(self.folder.path().join("bytes")).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains(SHOWN), "nothing of it was drawn");
        let is_deceptive = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
        if let Some(at) = text.find(is_deceptive) {
            let around: String = text[text.floor_char_boundary(at.saturating_sub(80))..].chars().take(120).collect();
            panic!("the terminal got {around:?}");
        }
        assert!(!self.scene.screen.ask("#{pane_title}").contains("owned"));
    }

    /// A refusal with such words.
    fn refuse(&mut self, request: &minidom::Element) {
        let attribute = |name| request.attr(name).unwrap().to_owned();
        let (id, from, to) = (attribute("id"), attribute("to"), attribute("from"));
        let name = request.name();
        self.scene.foreign.say(&format!(
            "<{name} type='error' id='{id}' from='{from}' to='{to}'><error type='cancel'><bad-request xmlns='{STANZAS}'/>\
             <text xmlns='{STANZAS}'>{EVIL}</text></error></{name}>"
        ));
    }
}

#[tokio::test]
async fn nothing_in_messages_is_obeyed() {
    let mut recorded = Recorded::new().await;
    recorded.scene.look_at("tybalt").await;
    let foreign = &mut recorded.scene.foreign;
    foreign.message(TYBALT, "id='one'", &format!("<subject>{EVIL}</subject><body>body {EVIL}</body>"));
    recorded.sees(SHOWN).await;
    let foreign = &mut recorded.scene.foreign;
    let about = "<replace xmlns='urn:xmpp:message-correct:0' id='one'/>";
    foreign.message(TYBALT, "id='two'", &format!("<body>corrected {EVIL}</body>{about}"));
    recorded.sees("corrected").await;
    let foreign = &mut recorded.scene.foreign;
    let reaction = format!("<reactions xmlns='urn:xmpp:reactions:0' id='one'><reaction>{EVIL}</reaction></reactions>");
    foreign.message(TYBALT, "", &reaction);
    let reply = "<reply xmlns='urn:xmpp:reply:0' id='one'/>";
    foreign.message(TYBALT, "id='three'", &format!("<body>an answer</body>{reply}"));
    recorded.sees("an answer").await;
    let foreign = &mut recorded.scene.foreign;
    foreign.message(
        TYBALT,
        "",
        &format!("<body>styled *{EVIL}* _{EVIL}_ `{EVIL}`\n&gt; {EVIL}\n```\n{EVIL}\n```</body>"),
    );
    let link = format!("<x xmlns='jabber:x:oob'><url>https://a.example/{EVIL}</url><desc>a link {EVIL}</desc></x>");
    foreign.message(TYBALT, "", &format!("<body>https://a.example/{EVIL}</body>{link}"));
    recorded.sees("a link").await;
    let published = format!(
        "<sipub xmlns='http://jabber.org/protocol/sipub' id='p' profile='http://jabber.org/protocol/si/profile/file-transfer'>\
         <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='published{EVIL}' size='1'>\
         <desc>{EVIL}</desc></file></sipub>"
    );
    recorded.scene.foreign.message(TYBALT, "", &format!("<body>here</body>{published}"));
    recorded.sees("has published").await;
    let headline = format!(
        "<message type='headline' from='{}' to='{}'><body>news {EVIL}</body></message>",
        recorded.scene.foreign.jid(TYBALT),
        recorded.scene.foreign.juliet
    );
    recorded.scene.foreign.say(&headline);
    recorded.sees("news").await;
    recorded.scene.screen.say("what is this?");
    let said = recorded.scene.foreign.until_said_to("tybalt");
    recorded.refuse(&said);
    recorded.sees("not delivered").await;
    recorded.nothing_was_obeyed();
    recorded.scene.a_friend_is_heard_and_answered().await;
}

#[tokio::test]
async fn nothing_that_people_are_called_or_say_of_themselves_is_obeyed() {
    let mut recorded = Recorded::new().await;
    let foreign = &mut recorded.scene.foreign;
    let (tybalt, to) = (foreign.jid(TYBALT), foreign.juliet.clone());
    let nick = format!("<nick xmlns='http://jabber.org/protocol/nick'>cat {EVIL}</nick>");
    let event = format!(
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='http://jabber.org/protocol/nick'>\
         <item id='current'>{nick}</item></items></event>"
    );
    foreign.message("tybalt", "", &event);
    foreign.say(&format!("<presence from='{tybalt}' to='{to}'><status>status {EVIL}</status>{nick}</presence>"));
    foreign.say(&format!(
        "<presence type='subscribe' from='{}' to='{}'><status>let me {EVIL}</status>{nick}</presence>",
        foreign.jid("capulet1"),
        recorded.scene.couple.juliet.jid
    ));
    recorded.sees("asks to see").await;
    recorded.scene.look_at("tybalt").await;
    recorded.sees("status").await;
    recorded.scene.screen.say("/whois");
    for _ in 0..3 {
        let is_card = |stanza: &minidom::Element| {
            stanza.children().any(|child| {
                child.has_ns("vcard-temp")
                    || child.has_ns("jabber:iq:version")
                    || child.has_ns("http://jabber.org/protocol/pubsub")
            })
        };
        let question = recorded.scene.foreign.until("a question about Tybalt", is_card);
        let answer = match question.children().next().unwrap().ns().as_str() {
            "vcard-temp" => format!(
                "<vCard xmlns='vcard-temp'><FN>full {EVIL}</FN><NICKNAME>{EVIL}</NICKNAME><NOTE>noted {EVIL}</NOTE><URL>{EVIL}</URL></vCard>"
            ),
            "jabber:iq:version" => format!(
                "<query xmlns='jabber:iq:version'><name>client {EVIL}&#10;Nickname  Benvolio</name>\
                 <version>1&#10;&#10;2&#9;3 {EVIL}</version><os>{EVIL}&#13;&#10;x</os></query>"
            ),
            _ => {
                recorded.refuse(&question);
                continue;
            }
        };
        recorded.scene.foreign.grant(&question, &answer);
    }
    recorded.sees("Nickname").await;
    recorded.sees("client").await;
    // What looks like a line of its own is none.
    assert_eq!(recorded.scene.lines_with(&["Nickname", "Benvolio"]), recorded.scene.lines_with(&["client"]));
    recorded.nothing_was_obeyed();
    recorded.scene.screen.press("Escape");
    recorded.scene.a_friend_is_heard_and_answered().await;
}

#[tokio::test]
async fn nothing_about_files_is_obeyed() {
    let mut recorded = Recorded::new().await;
    recorded.scene.look_at("tybalt").await;
    recorded.scene.foreign.request(TYBALT, "set", &typed("e", &format!("rapier{EVIL}.txt")));
    recorded.sees("F3 accept").await;
    recorded.scene.screen.press("F2");
    let is_open = |screen: &str| {
        // A key that comes right after an offer has appeared does nothing, by design.
        recorded.scene.screen.press("v");
        screen.contains("Offered as")
    };
    recorded.scene.screen.until("the dialog of the offer", is_open).await;
    recorded.nothing_was_obeyed();
    recorded.scene.screen.press("Escape");
    recorded.scene.screen.press("Escape");
    recorded.scene.screen.answer_offer("rapier", "F4").await;
    recorded.scene.a_friend_is_heard_and_answered().await;
    // What refuses a file of ours, and where another would have us connect.
    let sample = crate::support::sample::Sample::of(8);
    recorded.scene.look_at("tybalt").await;
    recorded.scene.screen.say(&format!(
        "/send {} --to {}",
        sample.path().display(),
        recorded.scene.foreign.jid("tybalt")
    ));
    let request = recorded.scene.foreign.asked_for("http://jabber.org/protocol/si");
    recorded.refuse(&request);
    recorded.sees("tybalt refused").await;
    recorded.scene.screen.press("C-t");
    recorded.nothing_was_obeyed();
    recorded.scene.screen.press("Escape");
    let with_hosts = offer("h", "hosts.txt", "4", "").replace(IBB, "http://jabber.org/protocol/bytestreams");
    let offered = recorded.scene.foreign.request(TYBALT, "set", &with_hosts);
    recorded.scene.screen.answer_offer("hosts.txt", "F3").await;
    recorded.scene.foreign.answer(&offered);
    let hosts = format!(
        "<query xmlns='http://jabber.org/protocol/bytestreams' sid='h'>\
         <streamhost jid='{}' host='{EVIL}' port='9'/><streamhost jid='{}' host='127.0.0.9' port='9'/></query>",
        recorded.scene.foreign.jid(TYBALT),
        recorded.scene.foreign.jid(TYBALT)
    );
    recorded.scene.foreign.ask(TYBALT, "set", &hosts);
    recorded.sees("could not reach tybalt").await;
    recorded.scene.screen.press("C-t");
    // The newest stands above what was selected before.
    recorded.scene.screen.press("Up");
    recorded.scene.screen.press("Enter");
    recorded.sees("127.0.0.9").await;
    recorded.nothing_was_obeyed();
}

#[tokio::test]
async fn a_name_that_looks_like_another_ones_is_told_from_it() {
    let mut scene = Scene::new().await;
    // With a Cyrillic letter each: addresses, and names.
    for (from, nick) in [("b\u{435}nvolio/cap", "Benvоlio"), ("capulet1/x", "Bеnvolio")] {
        let nick = format!("<nick xmlns='http://jabber.org/protocol/nick'>{nick}</nick>");
        let (bare, full) = (from.split_once('/').unwrap().0, scene.foreign.jid(from));
        let (jid, to) = (scene.foreign.jid(bare), scene.couple.juliet.jid.clone());
        scene.foreign.say(&format!("<presence type='subscribe' from='{jid}' to='{to}'>{nick}</presence>"));
        let to = scene.foreign.juliet.clone();
        scene
            .foreign
            .say(&format!("<message type='chat' from='{full}' to='{to}'><body>trust me</body>{nick}</message>"));
    }
    scene.a_friend_is_heard_and_answered().await;
    let screen = scene.screen.screen();
    assert!(!screen.contains("b\u{435}nvolio") && screen.contains("b<U+0435>nvolio"), "{screen}");
    assert!(!screen.contains("Bеnvolio") && !screen.contains("Benvоlio"), "{screen}");
}

#[tokio::test]
async fn an_address_that_looks_like_another_one_says_where_it_leads_before_anything_is_opened() {
    let mut scene = Scene::new().await;
    scene.look_at("tybalt").await;
    // With Cyrillic letters, a stroke that ends no host, a host that is none, and a mark that turns the rest round.
    let deceptive = [
        ("https://c\u{430}pulet.example/gold", "xn--cpulet-3nf.example"),
        ("https://capulet.example\u{2044}a.evil.example/", ".evil.example"),
        ("https://capulet.example@evil.example/", "evil.example, which is told"),
        ("https://\u{202e}elpmaxe.telupac/", "nowhere that can be understood"),
        ("xmpp:benv\u{43e}lio@verona.lit?message", "benv<U+043E>lio@verona.lit"),
        ("xmpp:benvolio@\u{202e}verona.lit", "nowhere that can be understood"),
    ];
    let is_asked = |screen: &str| screen.contains("Open this address?");
    for (number, (address, leads)) in deceptive.into_iter().enumerate() {
        scene.foreign.message(TYBALT, "", &format!("<body>look {number} {address}</body>"));
        scene.screen.until_line(&[&format!("look {number} ")]).await;
        // The newest of the messages, from writing as from among them.
        for key in ["Up", "End", "o"] {
            scene.screen.press(key);
        }
        scene.screen.until("the question", is_asked).await;
        scene.screen.until_line(&["REALLY LEADS TO", leads]).await;
        scene.screen.press("Escape");
        scene.screen.until("the end of the question", |screen| !is_asked(screen)).await;
    }
    scene.screen.press("Escape");
    // What Balcony itself would fetch is shown as it would be asked.
    let link = "<x xmlns='jabber:x:oob'><url>https://c\u{430}pulet.example/gold</url></x>";
    scene.foreign.message(TYBALT, "", &format!("<body>gold</body>{link}"));
    scene.screen.until_line(&["link 1: https://xn--cpulet-3nf.example/gold"]).await;
    scene.a_friend_is_heard_and_answered().await;
}

/// An offer of which everything that is words is evil: its type and its date, too.
fn typed(sid: &str, name: &str) -> String {
    let file = format!("mime-type='text/plain{EVIL}' date='2026-11-22T00:00:00Z{EVIL}' hash='{EVIL}' name=");
    offer(sid, name, "4", EVIL).replacen("name=", &file, 1)
}

#[tokio::test]
async fn nothing_that_passes_in_the_console_is_obeyed() {
    let mut recorded = Recorded::new().await;
    recorded.scene.screen.say("/xml");
    recorded.sees("Nothing has passed since").await;
    recorded.scene.foreign.message(
        TYBALT,
        "id='one'",
        &format!("<body>passing {EVIL}</body><x xmlns='{EVIL}'>{EVIL}</x>"),
    );
    recorded.sees("passing").await;
    recorded.nothing_was_obeyed();
    recorded.scene.screen.press("Escape");
    recorded.scene.a_friend_is_heard_and_answered().await;
}

#[tokio::test]
async fn nothing_that_is_told_to_scripts_and_to_people_without_a_screen_is_obeyed_by_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for form in [&["--once"][..], &["--once", "--json"]] {
        let couple = Server::shared(Kind::OpenProsody).couple();
        let (mut foreign, balcony) = (Foreign::of(&couple), Balcony::of(&couple.juliet));
        let all = folder.path().join("all");
        let mut running = balcony.receive_in_words(form, &all);
        let juliet = foreign.juliet.clone();
        let is_here = |stanza: &minidom::Element| {
            stanza.name() == "presence" && stanza.attr("from") == Some(&juliet) && stanza.attr("type").is_none()
        };
        foreign.until("Juliet's presence", is_here);
        let sid = "s";
        foreign.request(TYBALT, "set", &typed(sid, &format!("rapier{EVIL}.txt")));
        foreign.request(TYBALT, "set", &format!("<open xmlns='{IBB}' sid='{sid}' block-size='4096'/>"));
        foreign.message(TYBALT, "", &format!("<body>{EVIL}</body>"));
        foreign.request(TYBALT, "set", &data(sid, 0, b"four"));
        foreign.request(TYBALT, "set", &format!("<close xmlns='{IBB}' sid='{sid}'>{EVIL}</close>"));
        running.wait();
        let written = fs::read_to_string(&all).unwrap();
        let acts = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(written.contains("rapier") && !written.contains(acts), "{form:?}: {written:?}");
    }
}
