//! Streams of those to whom they do not belong, and blocks that are not what was agreed on.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use minidom::Element;

use super::scene::{Scene, is_part};
use crate::support::daemon::foreign::Foreign;

pub(super) const IBB: &str = "http://jabber.org/protocol/ibb";
const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
const TYBALT: &str = "tybalt/sword";

/// An offer of a file that would come in-band; everything in it as it is.
pub(super) fn offer(sid: &str, name: &str, size: &str, description: &str) -> String {
    offer_with(sid, name, size, description, "")
}

/// With more than a file in it.
pub(super) fn offer_with(sid: &str, name: &str, size: &str, description: &str, more: &str) -> String {
    format!(
        "<si xmlns='http://jabber.org/protocol/si' id='{sid}' profile='http://jabber.org/protocol/si/profile/file-transfer'>\
         <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='{name}' size='{size}'>\
         <desc>{description}</desc></file>{more}\
         <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
         <field var='stream-method' type='list-single'><option><value>{IBB}</value></option></field></x></feature></si>"
    )
}

pub(super) fn open(sid: &str) -> String {
    format!("<open xmlns='{IBB}' sid='{sid}' block-size='4096'/>")
}

pub(super) fn data(sid: &str, seq: u32, bytes: &[u8]) -> String {
    format!("<data xmlns='{IBB}' sid='{sid}' seq='{seq}'>{}</data>", BASE64.encode(bytes))
}

pub(super) fn close(sid: &str) -> String {
    format!("<close xmlns='{IBB}' sid='{sid}'/>")
}

/// Whether an answer is a yes.
pub(super) fn is_granted(answer: &Element) -> bool {
    answer.attr("type") == Some("result")
}

/// Has Tybalt offer a file that is taken, and open the stream for it.
fn begin(foreign: &mut Foreign, sid: &str, name: &str, size: &str) {
    assert!(is_granted(&foreign.ask(TYBALT, "set", &offer(sid, name, size, ""))), "{name} is taken");
    assert!(is_granted(&foreign.ask(TYBALT, "set", &open(sid))), "the stream of {name} is opened");
}

#[tokio::test]
async fn a_stream_is_its_owners_alone_whoever_knows_its_name() {
    let mut scene = Scene::trusting().await;
    let foreign = &mut scene.foreign;
    assert!(is_granted(&foreign.ask(TYBALT, "set", &offer("s1", "rapier.txt", "6", ""))));
    let hosts =
        format!("<query xmlns='{BYTESTREAMS}' sid='s1'><streamhost jid='x@y' host='127.0.0.1' port='9'/></query>");
    let others = ["benvolio/cap", "tybalt/dagger", "tybalt/sword2", "capulet1/x"];
    let is_kept_out = |foreign: &mut Foreign| {
        for other in others {
            for payload in [open("s1"), data("s1", 0, b"theirs"), hosts.clone(), close("s1")] {
                assert!(!is_granted(&foreign.ask(other, "set", &payload)), "{other} says {payload}");
            }
            foreign.message(other, "", &data("s1", 0, b"theirs"));
        }
    };
    is_kept_out(foreign);
    assert!(is_granted(&foreign.ask(TYBALT, "set", &open("s1"))));
    is_kept_out(foreign);
    assert!(!is_granted(&foreign.ask(TYBALT, "set", &offer("s1", "again.txt", "6", ""))), "the name is taken");
    assert!(is_granted(&foreign.ask(TYBALT, "set", &data("s1", 0, b"mine!!"))));
    assert!(is_granted(&foreign.ask(TYBALT, "set", &close("s1"))));
    scene.screen.until("the file", |_| scene.balcony.downloads().join("rapier.txt").exists()).await;
    is_kept_out(&mut scene.foreign);
    scene.foreign.ask(TYBALT, "set", &data("s1", 1, b"late"));
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.files(), ["downloads/rapier.txt"]);
    assert_eq!(fs::read(scene.balcony.downloads().join("rapier.txt")).unwrap(), b"mine!!");
}

/// Makes the payload of a block for the stream of that name.
type Block = fn(&str) -> String;

#[tokio::test]
async fn blocks_that_are_not_the_next_end_their_stream_and_make_no_file() {
    let mut scene = Scene::trusting().await;
    let before = scene.used();
    let wrong: [(&str, Block); 8] = [
        ("out of order", |sid| data(sid, 2, b"next")),
        ("twice", |sid| data(sid, 0, b"once")),
        ("the last number of all", |sid| data(sid, 65_535, b"wrap")),
        ("a number that is none", |sid| data(sid, 65_537, b"wrap")),
        ("too long", |sid| data(sid, 1, &[b'x'; 4097])),
        ("more than was offered", |sid| data(sid, 1, &[b'x'; 4000])),
        ("no base64", |sid| data(sid, 1, b"").replace("></data>", ">?!</data>")),
        ("no number", |sid| data(sid, 1, b"next").replace("seq='1'", "seq='-1'")),
    ];
    for (number, (how, block)) in wrong.into_iter().enumerate() {
        let (sid, name) = (format!("w{number}"), format!("wrong-{number}.txt"));
        begin(&mut scene.foreign, &sid, &name, "2000");
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &data(&sid, 0, b"once"))));
        assert!(!is_granted(&scene.foreign.ask(TYBALT, "set", &block(&sid))), "a block is {how}");
        // What the other side takes for its own stream is none any more.
        scene.foreign.ask(TYBALT, "set", &data(&sid, 1, b"on and on"));
        scene.foreign.ask(TYBALT, "set", &close(&sid));
    }
    scene.a_friend_is_heard_and_answered().await;
    let left = scene.files();
    assert!(left.iter().all(|name| name.starts_with("downloads/wrong-") && is_part(name)), "{left:?}");
    for name in left {
        let length = fs::metadata(scene.balcony.downloads().parent().unwrap().join(&name)).unwrap().len();
        assert!(length <= 4, "{length} bytes in {name}");
    }
    scene.uses_little_more_than(&before, 32).await;
}

#[tokio::test]
async fn a_size_that_is_a_lie_never_makes_a_file_of_another() {
    let mut scene = Scene::trusting().await;
    let sizes = [
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999",
        "9223372036854775808",
        "-1",
        "-9223372036854775808",
        "1e9",
        "0x10",
        "",
    ];
    for (number, size) in sizes.into_iter().enumerate() {
        let sid = format!("z{number}");
        let answer = scene.foreign.ask(TYBALT, "set", &offer(&sid, &format!("lie-{number}.txt"), size, ""));
        if is_granted(&answer) {
            scene.foreign.ask(TYBALT, "set", &open(&sid));
            scene.foreign.ask(TYBALT, "set", &data(&sid, 0, b"four"));
            scene.foreign.ask(TYBALT, "set", &close(&sid));
        }
    }
    for (sid, size) in [("short", "3"), ("long", "5")] {
        begin(&mut scene.foreign, sid, &format!("{sid}.txt"), size);
        let answer = scene.foreign.ask(TYBALT, "set", &data(sid, 0, b"four"));
        assert_eq!(is_granted(&answer), sid == "long");
        scene.foreign.ask(TYBALT, "set", &close(sid));
    }
    scene.a_friend_is_heard_and_answered().await;
    let whole: Vec<String> = scene.files().into_iter().filter(|name| !is_part(name)).collect();
    for name in &whole {
        // Without a size that is one there is none to compare with.
        assert!(name.starts_with("downloads/lie-"), "{whole:?}");
        let content = fs::read(scene.balcony.downloads().parent().unwrap().join(name)).unwrap();
        assert_eq!(content, b"four", "{name}");
    }
}

#[tokio::test]
async fn files_that_a_rule_accepts_and_nobody_sends_hold_few_descriptors() {
    const MOST: usize = 64;
    let mut scene = Scene::trusting().await;
    let before = scene.used();
    let offered: Vec<String> = (0..150)
        .map(|number| {
            let offer = offer(&format!("l{number}"), &format!("left-{number}.txt"), "100000", "");
            scene.foreign.request(TYBALT, "set", &offer)
        })
        .collect();
    // Which of them find a place depends on how soon the rule has accepted those before.
    let mut granted = Vec::new();
    for (number, id) in offered.iter().enumerate() {
        granted.extend(is_granted(&scene.foreign.answer(id)).then_some(number));
    }
    assert!((1..=MOST).contains(&granted.len()), "{granted:?}");
    for number in granted {
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &open(&format!("l{number}")))));
    }
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&["offers more files than can wait"]), 1);
    let now = scene.descriptors();
    assert!(now <= before.descriptors + MOST + 8, "{} before, {now} now", before.descriptors);
    let (from, to) = (scene.foreign.jid(TYBALT), scene.foreign.juliet.clone());
    scene.foreign.say(&format!("<presence type='unavailable' from='{from}' to='{to}'/>"));
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 32).await;
}

#[tokio::test]
async fn whoever_breaks_off_file_after_file_leaves_a_few_dozen_and_is_told_of_in_a_few_lines() {
    const MOST: usize = 64;
    let mut scene = Scene::trusting().await;
    let before = scene.used();
    for number in 0..150 {
        let sid = format!("b{number}");
        begin(&mut scene.foreign, &sid, &format!("broken-{number}.txt"), "2000");
        assert!(is_granted(&scene.foreign.ask(TYBALT, "set", &data(&sid, 0, b"some"))));
        assert!(!is_granted(&scene.foreign.ask(TYBALT, "set", &data(&sid, 9, b"more"))));
    }
    scene.a_friend_is_heard_and_answered().await;
    let are_few = |_: &str| scene.files().len() <= MOST;
    scene.screen.until("most of it to be removed", are_few).await;
    assert_eq!(scene.files().len(), MOST);
    assert_eq!(scene.lines_with(&["breaks off more files"]), 1);
    scene.look_at("tybalt").await;
    scene.screen.until_line(&["more lines about files"]).await;
    assert_eq!(scene.lines_with(&["more lines about files"]), 1);
    scene.uses_little_more_than(&before, 32).await;
}

#[tokio::test]
async fn a_stream_belongs_to_one_account_though_another_of_the_same_program_is_asked_for_it() {
    let mut scene = Scene::of_both().await;
    let romeo = format!("{}/balcony", scene.couple.romeo.jid);
    scene.screen.until_line(&["● online", "his ●"]).await;
    let foreign = &mut scene.foreign;
    assert!(is_granted(&foreign.ask(TYBALT, "set", &offer("x1", "rapier.txt", "6", ""))));
    let juliet = std::mem::replace(&mut foreign.juliet, romeo.clone());
    for payload in [open("x1"), data("x1", 0, b"theirs"), close("x1")] {
        assert!(!is_granted(&foreign.ask(TYBALT, "set", &payload)), "{payload}");
    }
    foreign.juliet.clone_from(&juliet);
    assert!(is_granted(&foreign.ask(TYBALT, "set", &open("x1"))));
    foreign.juliet = romeo;
    assert!(!is_granted(&foreign.ask(TYBALT, "set", &data("x1", 0, b"theirs"))));
    foreign.juliet = juliet;
    assert!(is_granted(&foreign.ask(TYBALT, "set", &data("x1", 0, b"mine!!"))));
    assert!(is_granted(&foreign.ask(TYBALT, "set", &close("x1"))));
    scene.screen.until("the file", |_| scene.balcony.downloads().join("rapier.txt").exists()).await;
    assert_eq!(fs::read(scene.balcony.downloads().join("rapier.txt")).unwrap(), b"mine!!");
}
