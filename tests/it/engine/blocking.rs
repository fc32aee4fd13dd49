//! XEP-0191 and XEP-0377: whom the server keeps from us, who may say so, and what it is told of them.

use std::collections::BTreeSet;

use balcony::engine::command::{ChatState, Command, Reason, Report};
use balcony::engine::context::Settings;
use balcony::engine::event::Event;
use jid::{BareJid, Jid};

use crate::support::engine::{Subject, written};

const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";

fn push(from: &str, change: &str) -> String {
    format!("<iq type='set' id='push' {from}>{change}</iq>")
}

fn block(who: &str) -> String {
    format!("<block xmlns='urn:xmpp:blocking'><item jid='{who}'/></block>")
}

fn blocked(who: &[&str]) -> Event {
    Event::Blocked(who.iter().map(|jid| Jid::new(jid).unwrap()).collect::<BTreeSet<Jid>>())
}

fn jid(text: &str) -> Jid {
    Jid::new(text).unwrap()
}

#[test]
fn a_new_session_asks_who_is_blocked_and_tells_if_somebody_is() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    juliet.events();
    juliet.answer(
        "urn:xmpp:blocking",
        "<blocklist xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.lit'/></blocklist>",
    );
    assert_eq!(juliet.event(), blocked(&["tybalt@verona.lit"]));
    juliet.lose_connection();
    juliet.look();
    juliet.resume();
    let sent = juliet.sent();
    assert!(!written(&sent).contains("blocklist"), "a resumed session missed nothing: {}", written(&sent));
}

#[test]
fn a_push_of_our_own_server_changes_the_list() {
    let mut juliet = Subject::online("");
    juliet.receive(&push("from='juliet@capulet.lit'", &block("tybalt@verona.lit")));
    assert_eq!(juliet.sent_one().attr("type"), Some("result"));
    assert_eq!(juliet.event(), blocked(&["tybalt@verona.lit"]));
    juliet.receive(&push("", &block("montague.lit")));
    assert_eq!(juliet.event(), blocked(&["montague.lit", "tybalt@verona.lit"]));
    juliet.receive(&push("", "<unblock xmlns='urn:xmpp:blocking'><item jid='tybalt@verona.lit'/></unblock>"));
    assert_eq!(juliet.event(), blocked(&["montague.lit"]));
    juliet.receive(&push("", "<unblock xmlns='urn:xmpp:blocking'/>"));
    assert_eq!(juliet.event(), blocked(&[]));
}

#[test]
fn a_push_of_anybody_else_is_refused_and_changes_nothing() {
    let mut juliet = Subject::online(ROMEO);
    for from in ["romeo@montague.lit/orchard", "romeo@montague.lit", "juliet@capulet.lit/other", "montague.lit"] {
        for change in [block("nurse@capulet.lit"), "<unblock xmlns='urn:xmpp:blocking'/>".to_owned()] {
            juliet.receive(&push(&format!("from='{from}'"), &change));
            assert_eq!(juliet.sent_one().attr("type"), Some("error"), "{from}");
            assert_eq!(juliet.events(), [], "{from}");
        }
    }
}

#[test]
fn nothing_that_blocked_people_send_is_told_however_they_are_blocked() {
    for who in ["romeo@montague.lit", "montague.lit", "romeo@montague.lit/orchard", "montague.lit/orchard"] {
        let mut juliet = Subject::online(ROMEO);
        juliet.receive(&push("", &block(who)));
        juliet.look();
        let from = "from='romeo@montague.lit/orchard'";
        juliet.receive(&format!("<message {from} type='chat'><body>But soft!</body></message>"));
        juliet.receive(&format!("<presence {from}/>"));
        juliet.receive("<presence from='romeo@montague.lit/orchard' type='subscribe'/>");
        assert_eq!(juliet.events(), [], "{who}");
        juliet.receive(&format!("<iq type='get' id='1' {from}><query xmlns='jabber:iq:version'/></iq>"));
        assert_eq!(juliet.sent_one().attr("type"), Some("error"), "{who}");
    }
}

#[test]
fn what_is_said_to_somebody_blocked_is_marked_when_the_server_returns_it() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&push("", &block("romeo@montague.lit")));
    juliet.look();
    let with = BareJid::new("romeo@montague.lit").unwrap();
    juliet.command(Command::SendMessage { to: with.clone().into(), body: "Art thou there?".into() });
    let id = juliet.sent_one().attr("id").unwrap().to_owned();
    juliet.events();
    juliet.receive(&format!(
        "<message type='error' from='romeo@montague.lit' id='{id}'><error type='cancel'>\
         <not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
         <blocked xmlns='urn:xmpp:blocking:errors'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>You have blocked this JID</text></error></message>"
    ));
    assert_eq!(juliet.event(), Event::MessageFailed { with, id, why: "you have blocked them".to_owned() });
}

const UNBLOCK_ALL: &str = "<unblock xmlns='urn:xmpp:blocking'/>";

/// Juliet, who sees Romeo there and is told that he writes; his program understands chat states.
fn with_romeo_there() -> Subject {
    let settings = Settings { send_markers: true, ..Settings::new(BareJid::new("juliet@capulet.lit").unwrap()) };
    let mut juliet = Subject::new(settings);
    juliet.log_in();
    juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{ROMEO}</query>"));
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.receive(
        "<message from='romeo@montague.lit/orchard' type='chat'>\
         <composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    );
    juliet.look();
    juliet
}

#[test]
fn who_is_blocked_is_not_there_as_far_as_we_see_however_they_are_blocked() {
    for who in ["romeo@montague.lit", "montague.lit", "romeo@montague.lit/orchard", "montague.lit/orchard"] {
        let mut juliet = with_romeo_there();
        juliet.receive(&push("", &block(who)));
        let events = juliet.events();
        let [Event::Contact(romeo), Event::Blocked(_)] = &events[..] else { panic!("{who}: {events:?}") };
        assert!(romeo.resources.is_empty(), "{who}");
    }
    let mut juliet = with_romeo_there();
    juliet.receive(&push("", &block("romeo@montague.lit/garden")));
    assert_eq!(juliet.events().len(), 1, "another program of his is there still");
}

#[test]
fn who_is_not_blocked_any_more_is_looked_for_if_they_let_us_see_them() {
    let seen = format!("{ROMEO}<item jid='paris@verona.lit' subscription='from'/>");
    for who in ["romeo@montague.lit", "romeo@montague.lit/orchard", "montague.lit"] {
        let mut juliet = Subject::online(&seen);
        juliet.receive(&push("", &block(who)));
        juliet.receive(&push("", &block("verona.lit")));
        juliet.look();
        juliet.receive(&push("", UNBLOCK_ALL));
        let sent = juliet.sent();
        let probes: Vec<_> = sent.iter().filter(|stanza| stanza.attr("type") == Some("probe")).collect();
        assert_eq!((probes.len(), probes[0].attr("to")), (1, Some("romeo@montague.lit")), "{}", written(&sent));
        juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
        assert!(juliet.events().iter().any(|event| matches!(event, Event::Contact(it) if it.resources.len() == 1)));
    }
}

#[test]
fn who_is_blocked_is_not_told_that_we_write_nor_that_we_have_seen_something() {
    let romeo = || BareJid::new("romeo@montague.lit").unwrap();
    let tell = |juliet: &mut Subject| {
        juliet.command(Command::SetChatState { to: romeo(), state: ChatState::Composing });
        juliet.command(Command::MarkDisplayed { with: romeo(), id: "1".into() });
        juliet.sent().len()
    };
    assert_eq!(tell(&mut with_romeo_there()), 2);
    let mut juliet = with_romeo_there();
    juliet.receive(&push("", &block("romeo@montague.lit")));
    juliet.look();
    assert_eq!(tell(&mut juliet), 0);
}

#[test]
fn neighbours_of_the_blocked_are_heard() {
    let mut juliet = Subject::online("");
    juliet.receive(&push("", &block("romeo@montague.lit/orchard")));
    juliet.receive(&push("", &block("verona.lit")));
    juliet.look();
    for from in ["romeo@montague.lit/garden", "paris@sub.verona.lit/market", "tybalt@montague.lit/orchard"] {
        juliet.receive(&format!("<message from='{from}' type='chat'><body>Peace</body></message>"));
        assert!(matches!(juliet.event(), Event::Message(_)), "{from}");
    }
}

#[test]
fn blocking_asks_the_server_and_a_refusal_is_told() {
    let mut juliet = Subject::online("");
    juliet.command(Command::Block { who: jid("tybalt@verona.lit"), report: None });
    let request = juliet.take_request("urn:xmpp:blocking");
    assert_eq!(juliet.events(), [], "the push will tell");
    juliet.receive(&format!(
        "<iq type='error' id='{}'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        request.attr("id").unwrap()
    ));
    let Event::Notice(notice) = juliet.event() else { panic!("no notice") };
    assert!(notice.contains("tybalt@verona.lit") && notice.contains("not-acceptable"), "{notice}");
}

#[test]
fn what_the_server_did_is_said_and_not_before() {
    let mut juliet = Subject::online("");
    let spammers = jid("spam.example");
    let block = Command::Block { who: spammers.clone(), report: None };
    for (command, said) in [(block, "is blocked"), (Command::Unblock { who: spammers }, "is not blocked any more")] {
        juliet.command(command);
        assert_eq!(juliet.events(), []);
        juliet.answer("urn:xmpp:blocking", "");
        assert_eq!(juliet.event(), Event::Notice(format!("spam.example {said}")));
    }
}

#[test]
fn a_report_goes_to_a_server_that_takes_reports_and_to_no_other() {
    let spam = || Report { reason: Reason::Spam, words: Some("cheap poison".into()) };
    for (features, wanted) in [("<feature var='urn:xmpp:reporting:1'/>", true), ("", false)] {
        let mut juliet = Subject::online("");
        juliet.command(Command::Block { who: jid("apothecary@mantua.lit"), report: Some(spam()) });
        let disco = "http://jabber.org/protocol/disco#info";
        juliet.answer(disco, &format!("<query xmlns='{disco}'>{features}</query>"));
        let asked = juliet.take_request("urn:xmpp:blocking");
        let request = String::from(&asked);
        assert!(request.contains("apothecary@mantua.lit"));
        assert_eq!(request.contains("urn:xmpp:reporting:spam"), wanted, "{request}");
        assert_eq!(request.contains("cheap poison"), wanted, "{request}");
        assert_eq!(juliet.events(), []);
        juliet.receive(&format!("<iq type='result' id='{}'/>", asked.attr("id").unwrap()));
        let Event::Notice(notice) = juliet.event() else { panic!("no notice") };
        assert_eq!(notice.contains("takes no reports"), !wanted, "{notice}");
    }
}

#[test]
fn without_a_connection_nobody_is_blocked_and_that_is_said() {
    let mut juliet = Subject::online("");
    juliet.lose_connection();
    juliet.look();
    juliet.command(Command::Block { who: jid("tybalt@verona.lit"), report: None });
    assert!(juliet.sent().is_empty());
    assert!(matches!(juliet.event(), Event::Notice(_)));
}
