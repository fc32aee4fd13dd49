//! Too much of everything: memory and descriptors stay within bounds, and the screen tells it once.

use std::fmt::Write as _;

use super::scene::Scene;
use crate::support::sample::Sample;

/// Not to be kept by the server, which is not what is tried here.
const UNKEPT: &str = "<no-store xmlns='urn:xmpp:hints'/>";
const FILES: &str = "http://jabber.org/protocol/si/profile/file-transfer";
const SIPUB: &str = "http://jabber.org/protocol/sipub";
const NICK: &str = "http://jabber.org/protocol/nick";
const STATES: &str = "http://jabber.org/protocol/chatstates";

/// Says something for each of so many numbers, in pieces that are larger than a packet.
fn flood(scene: &mut Scene, numbers: usize, of_number: impl Fn(usize) -> String) {
    let mut text = String::new();
    for number in 0..numbers {
        text += &of_number(number);
        if text.len() > 64 * 1024 {
            scene.foreign.say(&text);
            text.clear();
        }
    }
    scene.foreign.say(&text);
}

#[tokio::test]
async fn a_contact_who_never_stops_talking_fills_no_memory() {
    let mut scene = Scene::new().await;
    let (from, to) = (scene.foreign.jid("tybalt/sword"), scene.foreign.juliet.clone());
    let before = scene.used();
    flood(&mut scene, 800, |number| {
        let state = ["active", "composing", "paused", "gone"][number % 4];
        format!(
            "<message type='chat' from='{from}' to='{to}' id='m{number}'><body>Turn thee, Benvolio, {number}</body>\
             <{state} xmlns='{STATES}'/>{UNKEPT}</message>\
             <message type='chat' from='{from}' to='{to}'><{state} xmlns='{STATES}'/>{UNKEPT}</message>"
        )
    });
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 48).await;
}

#[tokio::test]
async fn bodies_and_corrections_as_large_as_servers_take_fill_no_memory() {
    let mut scene = Scene::new().await;
    let (from, to) = (scene.foreign.jid("tybalt/sword"), scene.foreign.juliet.clone());
    let before = scene.used();
    flood(&mut scene, 40, |number| {
        let body = format!("{number} {}", "villain ".repeat(25_000));
        let of = number - number % 20;
        let replaces = format!("<replace xmlns='urn:xmpp:message-correct:0' id='m{of}'/>");
        let replaces = if number == of { "" } else { &replaces };
        format!(
            "<message type='chat' from='{from}' to='{to}' id='m{number}'><body>{body}</body>{replaces}{UNKEPT}</message>"
        )
    });
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 24).await;
}

#[tokio::test]
async fn a_domain_full_of_strangers_is_told_of_once_and_keeps_nobody_from_a_friend() {
    let mut scene = Scene::new().await;
    let (domain, to) = (scene.foreign.name.clone(), scene.foreign.juliet.clone());
    let account = scene.couple.juliet.jid.clone();
    let before = scene.used();
    let status = "a rapier ".repeat(1000);
    flood(&mut scene, 200, |number| {
        let from = format!("capulet{number}@{domain}/{}", "x".repeat(500));
        let bare = format!("capulet{number}@{domain}");
        format!(
            "<presence from='{from}' to='{to}'><status>{status}</status></presence>\
             <presence type='subscribe' from='{bare}' to='{account}'><status>hark</status></presence>\
             <message type='chat' from='{from}' to='{to}'><body>hark {number}</body>{UNKEPT}</message>\
             <message type='chat' from='{from}' to='{to}'><composing xmlns='{STATES}'/>{UNKEPT}</message>\
             <message type='headline' from='{from}' to='{to}'><body>cheap swords</body></message>"
        )
    });
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 64).await;
    assert_eq!(scene.lines_with(&["cheap swords"]), 0);
}

#[tokio::test]
async fn of_a_thousand_offers_of_a_contact_some_wait_and_the_rest_is_told_once() {
    let mut scene = Scene::new().await;
    let before = scene.used();
    let requests = offers(&mut scene, "tybalt/sword", 1000);
    let refused = requests.iter().skip(100).filter(|id| is_refused(&mut scene, id)).count();
    assert_eq!(refused, 900);
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&["offers more files than can wait"]), 1);
    scene.uses_little_more_than(&before, 48).await;
}

#[tokio::test]
async fn offers_of_strangers_neither_fill_the_screen_nor_take_the_place_of_a_contacts() {
    let mut scene = Scene::new().await;
    let before = scene.used();
    let mut requests = Vec::new();
    for number in 0..150 {
        requests.extend(offers(&mut scene, &format!("capulet{number}/x"), 2));
    }
    assert!(requests.iter().skip(100).all(|id| is_refused(&mut scene, id)));
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&["offers", "F3 accept"]), 0);
    offers(&mut scene, "tybalt/sword", 1);
    scene.screen.until_line(&["offers", "rapier-0", "F3 accept"]).await;
    scene.uses_little_more_than(&before, 48).await;
}

/// Has somebody make so many offers; under what names the answers will come.
fn offers(scene: &mut Scene, from: &str, count: usize) -> Vec<String> {
    let description = "of the very first house ".repeat(100);
    (0..count)
        .map(|number| {
            let file = format!("rapier-{number}");
            let offer = super::streams::offer(&format!("sid-{number}"), &file, "1000", &description);
            scene.foreign.request(from, "set", &offer)
        })
        .collect()
}

fn is_refused(scene: &mut Scene, id: &str) -> bool {
    scene.foreign.answer(id).attr("type") == Some("error")
}

#[tokio::test]
async fn a_contact_with_a_thousand_programs_that_come_and_go_is_one_contact() {
    let mut scene = Scene::new().await;
    let (tybalt, to) = (scene.foreign.jid("tybalt"), scene.foreign.juliet.clone());
    let before = scene.used();
    flood(&mut scene, 1000, |number| {
        let (name, status) = ("s".repeat(900), "alla stoccata ".repeat(100));
        let caps =
            format!("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n{number}' ver='v{number}'/>");
        let mut text = format!(
            "<presence from='{tybalt}/{number}{name}' to='{to}'><status>{status}</status>{caps}\
             <priority>{}</priority></presence>",
            number % 127
        );
        if number % 3 == 0 {
            write!(text, "<presence type='unavailable' from='{tybalt}/{number}{name}' to='{to}'/>").unwrap();
        }
        text
    });
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 48).await;
}

#[tokio::test]
async fn thousands_of_requests_are_each_answered_and_leave_nothing() {
    let mut scene = Scene::new().await;
    let before = scene.used();
    let requests: Vec<String> = (0..2000)
        .map(|number| {
            let (kind, payload) = match number % 5 {
                0 => ("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
                1 => ("get", "<ping xmlns='urn:xmpp:ping'/>"),
                2 => ("set", "<open xmlns='http://jabber.org/protocol/ibb' sid='no' block-size='4096'/>"),
                3 => ("set", "<data xmlns='http://jabber.org/protocol/ibb' sid='no' seq='0'>AAAA</data>"),
                _ => ("get", "<query xmlns='urn:x-of-mercutio'/>"),
            };
            scene.foreign.request(&format!("capulet{number}/x"), kind, payload)
        })
        .collect();
    for id in requests {
        scene.foreign.answer(&id);
    }
    scene.a_friend_is_heard_and_answered().await;
    scene.uses_little_more_than(&before, 32).await;
}

#[tokio::test]
async fn what_a_flood_took_is_given_back_when_it_is_over() {
    let mut scene = Scene::new().await;
    let (tybalt, to) = (scene.foreign.jid("tybalt"), scene.foreign.juliet.clone());
    let held = scene.held();
    flood(&mut scene, 600, |number| {
        let (from, many) = (format!("{tybalt}/{number}"), "<a/>".repeat(4000));
        let caps = format!("<c xmlns='http://jabber.org/protocol/caps' hash='x' node='n' ver='{number}'/>");
        format!(
            "<presence from='{from}' to='{to}'>{caps}</presence>\
             <message type='chat' from='{from}' to='{to}'><body>{}</body><x xmlns='urn:x-of-mercutio'>{many}</x>{UNKEPT}\
             </message>",
            "villain ".repeat(1000)
        )
    });
    // What his programs can would fill half a gigabyte, if all of it were kept.
    let features = (0..1000).fold(String::new(), |mut text, number| {
        write!(text, "<feature var='{}{number}'/>", "y".repeat(240)).unwrap();
        text
    });
    for _ in 0..30 {
        let question = scene.foreign.asked_for("http://jabber.org/protocol/disco#info");
        let answer = format!("<query xmlns='http://jabber.org/protocol/disco#info'>{features}</query>");
        scene.foreign.grant(&question, &answer);
    }
    scene.a_friend_is_heard_and_answered().await;
    scene.gives_back_all_but(held, 12).await;
}

#[tokio::test]
async fn rooms_that_nobody_entered_neither_speak_nor_fill_memory() {
    let mut scene = Scene::new().await;
    let to = scene.foreign.juliet.clone();
    let before = scene.used();
    let domain = scene.foreign.name.clone();
    flood(&mut scene, 400, |number| {
        let (room, name) = (format!("room{}@{domain}", number % 50), format!("mask{number}"));
        let user = "<x xmlns='http://jabber.org/protocol/muc#user'>";
        format!(
            "<message type='groupchat' from='{room}/{name}' to='{to}'><body>a masque {number}</body>{UNKEPT}</message>\
             <message type='groupchat' from='{room}' to='{to}'><subject>a feast {number}</subject>{UNKEPT}</message>\
             <presence from='{room}/{name}' to='{to}'>{user}<item affiliation='none' role='visitor'/></x></presence>\
             <presence type='unavailable' from='{room}/{name}' to='{to}'>{user}<destroy/></x></presence>\
             <message from='{room}' to='{to}'>{user}<invite from='tybalt@{domain}'><reason>come {number}</reason></invite>\
             </x>{UNKEPT}</message>\
             <message from='tybalt@{domain}/sword' to='{to}'><x xmlns='jabber:x:conference' jid='{room}' \
             reason='come {number}'/>{UNKEPT}</message>"
        )
    });
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&["a masque"]) + scene.lines_with(&["a feast"]) + scene.lines_with(&["mask1"]), 0);
    for room in 0..3 {
        let kept = scene.balcony.export(&format!("room{room}@{domain}"));
        assert!(kept.is_empty(), "{kept:?}");
    }
    scene.look_at("tybalt").await;
    assert_eq!(scene.lines_with(&["come 1"]), 0);
    scene.uses_little_more_than(&before, 32).await;
}

/// Nothing stops anybody from saying it again, so saying it again is nothing.
#[tokio::test]
async fn a_file_that_is_announced_again_and_again_is_told_once() {
    let mut scene = Scene::new().await;
    let owner = scene.foreign.jid("tybalt/sword");
    let before = scene.used();
    scene.look_at("tybalt").await;
    for _ in 0..300 {
        let named = format!("xmpp:{owner}?recvfile;sid=gold;name=gold.txt");
        let published = format!(
            "<sipub xmlns='http://jabber.org/protocol/sipub' id='gold' from='{owner}' profile='{FILES}'>\
             <file xmlns='{FILES}' name='gold.txt' size='4'/></sipub>"
        );
        let all = published.repeat(20);
        scene.foreign.message("tybalt/sword", "", &format!("<subject>{named}</subject>{all}{UNKEPT}"));
    }
    scene.a_friend_is_heard_and_answered().await;
    scene.look_at("tybalt").await;
    scene.screen.until_line(&["gold.txt", "for you"]).await;
    assert_eq!(scene.lines_with(&["gold.txt", "for you"]), 1, "{}", scene.screen.screen());
    scene.uses_little_more_than(&before, 48).await;
}

#[tokio::test]
async fn a_published_file_that_is_asked_for_again_and_again_is_given_so_often_and_told_in_a_few_lines() {
    const MOST: usize = 64;
    let mut scene = Scene::new().await;
    let before = scene.used();
    let sample = Sample::of(8);
    scene.look_at("tybalt").await;
    scene.screen.say(&format!("/publish {}", sample.path().display()));
    let announced = scene.foreign.until_said_to("tybalt");
    let id = announced.get_child("sipub", SIPUB).unwrap().attr("id").unwrap().to_owned();
    let start = format!("<start xmlns='{SIPUB}' id='{id}'/>");
    let asked: Vec<String> = (0..400).map(|_| scene.foreign.request("tybalt/sword", "get", &start)).collect();
    let granted = asked.iter().filter(|id| scene.foreign.answer(id).attr("type") == Some("result")).count();
    assert!((1..=MOST).contains(&granted), "{granted} of 400 were granted");
    for stranger in ["capulet1/x", "benvolio/cap"] {
        assert_eq!(scene.foreign.ask(stranger, "get", &start).attr("type"), Some("error"), "it is not for {stranger}");
    }
    scene.a_friend_is_heard_and_answered().await;
    scene.look_at("tybalt").await;
    let told = scene.lines_with(&[sample.name()]);
    assert!(told <= 20, "{told} lines:\n{}", scene.screen.screen());
    let now = scene.descriptors();
    assert!(now <= before.descriptors + MOST + 8, "{} before, {now} now", before.descriptors);
    let (from, to) = (scene.foreign.jid("tybalt/sword"), scene.foreign.juliet.clone());
    scene.foreign.say(&format!("<presence type='unavailable' from='{from}' to='{to}'/>"));
    scene.uses_little_more_than(&before, 48).await;
}

#[tokio::test]
async fn what_people_call_themselves_and_say_of_themselves_fills_neither_the_screen_nor_memory() {
    let mut scene = Scene::new().await;
    let (domain, to) = (scene.foreign.name.clone(), scene.foreign.juliet.clone());
    let account = scene.couple.juliet.jid.clone();
    let before = scene.used();
    flood(&mut scene, 300, |number| {
        let nick = format!("<nick xmlns='{NICK}'>Prince {number} {}</nick>", "of Cats ".repeat(400));
        let event = format!(
            "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{NICK}'>\
             <item id='current'>{nick}</item></items></event>"
        );
        format!(
            "<message from='tybalt@{domain}' to='{to}'>{event}</message>\
             <presence from='tybalt@{domain}/sword' to='{to}'><status>{}</status>{nick}</presence>\
             <presence type='subscribe' from='capulet{number}@{domain}' to='{account}'>{nick}</presence>\
             <message type='chat' from='capulet{number}@{domain}/x' to='{to}'><body>hark</body>{nick}{UNKEPT}</message>",
            "good king of cats ".repeat(100)
        )
    });
    scene.a_friend_is_heard_and_answered().await;
    assert!(scene.lines_with(&["of Cats"]) <= 3, "{}", scene.screen.screen());
    scene.uses_little_more_than(&before, 64).await;
}
