//! What only our own server or account may say, said by others; and what others say about messages that are not theirs.

use super::scene::Scene;
use crate::support::daemon::foreign::body;

/// What must be nowhere.
const FORGED: &str = "FORGED";
const FORWARD: &str = "urn:xmpp:forward:0";
const EVENT: &str = "http://jabber.org/protocol/pubsub#event";

/// A message of somebody, put into a wrapper.
fn forwarded(from: &str, to: &str) -> String {
    format!(
        "<forwarded xmlns='{FORWARD}'><delay xmlns='urn:xmpp:delay' stamp='2024-01-01T00:00:00Z'/>\
         <message xmlns='jabber:client' type='chat' id='forged' from='{from}' to='{to}'><body>{FORGED}</body></message>\
         </forwarded>"
    )
}

#[tokio::test]
async fn copies_and_archives_of_anybody_but_our_own_account_are_not_believed() {
    let mut scene = Scene::new().await;
    let juliet = scene.couple.juliet.jid.clone();
    let benvolio = scene.foreign.jid("benvolio/cap");
    for from in ["tybalt/sword", "tybalt", "capulet1/x", "capulet1", "juliet"] {
        for (wrapper, namespace) in [("received", "urn:xmpp:carbons:2"), ("sent", "urn:xmpp:carbons:2")] {
            for copy in [forwarded(&benvolio, &juliet), forwarded(&juliet, &benvolio)] {
                let wrapped = format!("<{wrapper} xmlns='{namespace}'>{copy}</{wrapper}>");
                scene.foreign.message(from, "", &wrapped);
                scene.foreign.message(from, "", &format!("<body>what is mine</body>{wrapped}"));
                // A wrapper in a wrapper is none of ours either.
                let twice = wrapped.replace("<body>", &format!("{wrapped}<body>"));
                scene.foreign.message(from, "", &twice);
            }
        }
        for queryid in ["", "queryid='f'", "queryid='0000000000000000'"] {
            let copy = forwarded(&benvolio, &juliet);
            let result = format!("<result xmlns='urn:xmpp:mam:2' {queryid} id='28482-98726-73623'>{copy}</result>");
            scene.foreign.message(from, "", &result);
        }
    }
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&[FORGED]), 0);
    for conversation in ["tybalt", "benvolio"] {
        scene.look_at(conversation).await;
        assert_eq!(scene.lines_with(&[FORGED]), 0, "in the conversation with {conversation}");
    }
    scene.is_nowhere_in_the_history(FORGED);
}

#[tokio::test]
async fn nobody_but_our_own_server_changes_roster_and_blocks() {
    let mut scene = Scene::new().await;
    let (benvolio, juliet) = (scene.foreign.jid("benvolio"), scene.foreign.juliet.clone());
    let pushes = [
        format!("<query xmlns='jabber:iq:roster'><item jid='{FORGED}@verona.lit' subscription='both'/></query>"),
        format!("<query xmlns='jabber:iq:roster'><item jid='{benvolio}' subscription='remove'/></query>"),
        format!("<query xmlns='jabber:iq:roster'><item jid='{benvolio}' name='{FORGED}' subscription='both'/></query>"),
        format!("<block xmlns='urn:xmpp:blocking'><item jid='{benvolio}'/></block>"),
        "<unblock xmlns='urn:xmpp:blocking'/>".to_owned(),
    ];
    for from in ["tybalt/sword", "tybalt", "capulet1/x"] {
        for push in &pushes {
            let answer = scene.foreign.ask(from, "set", push);
            assert_eq!(answer.attr("type"), Some("error"), "{from} pushes {push}");
        }
    }
    let name = scene.foreign.name.clone();
    for push in &pushes {
        scene.foreign.say(&format!("<iq type='set' id='domain' from='{name}' to='{juliet}'>{push}</iq>"));
        assert_eq!(scene.foreign.answer("domain").attr("type"), Some("error"));
    }
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&[&FORGED.to_lowercase()]) + scene.lines_with(&[FORGED]), 0);
    scene.screen.until_line(&[&benvolio, "●", "cap"]).await;
}

#[tokio::test]
async fn what_is_published_counts_for_its_publisher_alone() {
    let mut scene = Scene::new().await;
    let benvolio = scene.foreign.jid("benvolio");
    let nick = format!("<nick xmlns='http://jabber.org/protocol/nick'>{FORGED}</nick>");
    let displayed = format!(
        "<displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='{benvolio}' id='x'/></displayed>"
    );
    for (node, item, payload) in [
        ("http://jabber.org/protocol/nick", "current".to_owned(), nick),
        ("urn:xmpp:mds:displayed:0", benvolio.clone(), displayed),
        (
            "urn:xmpp:bookmarks:1",
            benvolio.clone(),
            format!("<conference xmlns='urn:xmpp:bookmarks:1' name='{FORGED}' autojoin='true'/>"),
        ),
    ] {
        for from in ["tybalt/sword", "capulet1", "capulet1/x"] {
            for publisher in ["", &format!(" publisher='{benvolio}'")] {
                let event = format!(
                    "<event xmlns='{EVENT}'><items node='{node}'><item id='{item}'{publisher}>{payload}</item></items></event>"
                );
                scene.foreign.message(from, "", &event);
            }
        }
    }
    scene.a_friend_is_heard_and_answered().await;
    assert_eq!(scene.lines_with(&[FORGED]), 0);
}

#[tokio::test]
async fn nobody_changes_confirms_or_takes_back_what_others_said() {
    let mut scene = Scene::new().await;
    let (mine, theirs) = ("Art thou gone so?", "It is, it is; hie hence");
    scene.screen.say(mine);
    let said = scene.foreign.until_said_to("benvolio");
    assert_eq!(body(&said), mine);
    let id = said.attr("id").unwrap().to_owned();
    scene.foreign.message("benvolio/cap", "id='theirs'", &format!("<body>{theirs}</body>"));
    scene.screen.until_line(&[theirs]).await;
    for from in ["tybalt/sword", "tybalt", "capulet1/x"] {
        for of in [id.as_str(), "theirs"] {
            for about in [
                format!("<received xmlns='urn:xmpp:receipts' id='{of}'/>"),
                format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{of}'/>"),
                format!("<body>{FORGED}</body><replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>"),
                format!("<retract xmlns='urn:xmpp:message-retract:1' id='{of}'/>"),
                format!("<reactions xmlns='urn:xmpp:reactions:0' id='{of}'><reaction>💩</reaction></reactions>"),
                format!(
                    "<error type='cancel'><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{FORGED}</text>\
                     <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
                ),
            ] {
                let kind = if about.starts_with("<error") { "error" } else { "chat" };
                let (from, to) = (scene.foreign.jid(from), scene.foreign.juliet.clone());
                scene
                    .foreign
                    .say(&format!("<message type='{kind}' id='{of}' from='{from}' to='{to}'>{about}</message>"));
            }
        }
    }
    scene.a_friend_is_heard_and_answered().await;
    scene.look_at("benvolio").await;
    for (words, signs) in [(mine, ["✓", "💩", "not delivered"]), (theirs, ["💩", "edited", FORGED])] {
        scene.screen.until_line(&[words]).await;
        assert_eq!(scene.lines_with(&[words]), 1, "{words}");
        assert!(signs.iter().all(|sign| scene.lines_with(&[words, sign]) == 0), "{}", scene.screen.screen());
    }
    assert_eq!(scene.lines_with(&[FORGED]) + scene.lines_with(&["💩"]), 0, "{}", scene.screen.screen());
    // Those to whom it was said may say so.
    scene.foreign.message("benvolio/cap", "", &format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>"));
    scene.screen.until_line(&[mine, "✓"]).await;
    assert!(scene.balcony.export(&scene.foreign.jid("benvolio")).iter().all(|line| !line.to_string().contains(FORGED)));
}

#[tokio::test]
async fn a_message_under_another_ones_name_is_neither_swallowed_nor_taken_for_it() {
    let mut scene = Scene::new().await;
    let juliet = scene.couple.juliet.jid.clone();
    let named = format!(
        "<stanza-id xmlns='urn:xmpp:sid:0' by='{juliet}' id='1'/><origin-id xmlns='urn:xmpp:sid:0' id='same'/>"
    );
    scene.foreign.message("tybalt/sword", "id='same'", &format!("<body>Boy, this shall not excuse</body>{named}"));
    scene.foreign.message(
        "benvolio/cap",
        "id='same'",
        &format!("<body>We talk here in the public haunt</body>{named}"),
    );
    scene.foreign.message("benvolio/cap", "id='same'", &format!("<body>Here all eyes gaze on us</body>{named}"));
    scene.a_friend_is_heard_and_answered().await;
    scene.screen.until_line(&["We talk here in the public haunt"]).await;
    scene.screen.until_line(&["Here all eyes gaze on us"]).await;
    scene.look_at("tybalt").await;
    scene.screen.until_line(&["Boy, this shall not excuse"]).await;
}
