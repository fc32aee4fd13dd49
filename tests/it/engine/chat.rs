//! One-to-one messages: sent, received, delayed, lost, bounced.

use std::time::{Duration, SystemTime};

use balcony::engine::command::Command;
use balcony::engine::event::{Author, ChatMessage, Event};
use balcony::engine::history::{Answer, Fate, Hints, Line, Order, Page, Unsent};
use balcony::engine::{Input, Output};
use balcony::xep::ns;
use jid::{BareJid, Jid};
use minidom::Element;

use crate::support::engine::{Subject, written};

const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";

fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

fn say(juliet: &mut Subject, body: &str) {
    juliet.command(Command::SendMessage { to: romeo().into(), body: body.into() });
}

/// The only message among the events.
#[track_caller]
fn message(juliet: &mut Subject) -> ChatMessage {
    let mut events = juliet.news();
    events.retain(|event| matches!(event, Event::Message(_)));
    match (events.len(), events.pop()) {
        (1, Some(Event::Message(message))) => message,
        (count, _) => panic!("{count} messages"),
    }
}

fn body(stanza: &Element) -> String {
    stanza.get_child("body", "jabber:client").map(Element::text).unwrap_or_default()
}

/// The messages sent since the last look.
fn messages(juliet: &mut Subject) -> Vec<Element> {
    juliet.sent().into_iter().filter(|stanza| stanza.name() == "message").collect()
}

fn bodies(stanzas: &[Element]) -> Vec<String> {
    stanzas.iter().map(body).collect()
}

/// The session was lost with these, and a new one begins at a server that keeps no archive.
fn lose_session_with(juliet: &mut Subject, lost: Vec<Element>) {
    juliet.lose_connection();
    juliet.feed(Input::Undelivered(lost));
    juliet.log_in();
    juliet.answer(ns::DISCO_INFO, &format!("<query xmlns='{}'/>", ns::DISCO_INFO));
}

/// The server has that message.
fn acknowledge(juliet: &mut Subject, stanza: &Element) {
    juliet.feed(Input::Acknowledged(vec![stanza.attr("id").unwrap().to_owned()]));
}

fn is_delayed(stanza: &Element) -> bool {
    stanza.has_child("delay", "urn:xmpp:delay")
}

#[test]
fn a_message_is_told_and_sent_under_the_same_id() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "Art thou not Romeo?");
    let told = message(&mut juliet);
    let sent = juliet.sent_one();
    assert_eq!(told.id.as_deref(), sent.attr("id"));
    assert_eq!((told.with, told.author, told.delayed), (romeo(), Author::Me, false));
    assert_eq!((sent.attr("to"), sent.attr("type")), (Some("romeo@montague.lit"), Some("chat")));
    assert_eq!(body(&sent), "Art thou not Romeo?");
    assert!(!is_delayed(&sent));
}

#[test]
fn a_message_is_received() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(
        "<message from='romeo@montague.lit/orchard' type='chat' id='1'><body>Neither, fair saint</body></message>",
    );
    let told = ChatMessage {
        with: romeo(),
        author: Author::Contact(Jid::new("romeo@montague.lit/orchard").unwrap()),
        id: Some("1".into()),
        body: "Neither, fair saint".into(),
        at: juliet.wall(),
        delayed: false,
        reply: None,
        hints: Hints::default(),
    };
    assert_eq!(juliet.event(), Event::Message(told));
}

#[test]
fn a_message_of_no_type_or_an_unknown_one_is_a_message_too() {
    let mut juliet = Subject::online(ROMEO);
    for kind in ["", "type='normal'", "type='serenade'"] {
        juliet.receive(&format!("<message from='romeo@montague.lit/orchard' {kind}><body>O</body></message>"));
        assert_eq!(message(&mut juliet).body, "O");
    }
}

#[test]
fn what_a_room_says_is_not_shown_as_a_conversation() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<message from='garden@rooms.lit/romeo' type='groupchat'><body>O</body></message>");
    assert_eq!(juliet.events(), []);
}

#[test]
fn a_headline_of_our_server_is_a_notice_of_a_contact_theirs_and_of_a_stranger_nothing() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<message from='capulet.lit' type='headline'><body>We close at noon</body></message>");
    assert_eq!(juliet.event(), Event::Notice("capulet.lit: We close at noon".into()));
    juliet.receive("<message from='romeo@montague.lit/x' type='headline'><body>A feast</body></message>");
    let from = BareJid::new("romeo@montague.lit").unwrap();
    assert_eq!(juliet.event(), Event::Headline { from, text: "A feast".into() });
    juliet.receive("<message from='spam@verona.lit' type='headline'><body>Buy</body></message>");
    assert_eq!(juliet.events(), []);
}

#[test]
fn a_message_of_our_server_without_from_is_shown() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<message><body>Welcome</body></message>");
    assert_eq!(message(&mut juliet).with, BareJid::new("capulet.lit").unwrap());
}

#[test]
fn a_delayed_message_is_of_the_time_it_was_written_and_never_of_the_future() {
    let mut juliet = Subject::online(ROMEO);
    let delayed = |stamp: &str| {
        let delay = format!("<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>");
        format!("<message from='romeo@montague.lit/orchard' type='chat'><body>O</body>{delay}</message>")
    };
    juliet.receive(&delayed("2001-09-09T00:00:00Z"));
    let told = message(&mut juliet);
    assert!(told.delayed);
    assert_eq!(juliet.wall().duration_since(told.at).unwrap(), Duration::from_secs(6400));
    juliet.receive(&delayed("2999-01-01T00:00:00Z"));
    assert_eq!(message(&mut juliet).at, juliet.wall());
}

#[test]
fn nobody_says_something_before_what_was_said() {
    let mut juliet = Subject::online(ROMEO);
    let said = |body: &str, more: &str| {
        format!("<message from='romeo@montague.lit/orchard' type='chat'><body>{body}</body>{more}</message>")
    };
    juliet.receive(&said("Peace!", ""));
    let first = message(&mut juliet).at;
    for more in ["", " from='romeo@montague.lit'", " from='montague.lit'"] {
        let delay = format!("<delay xmlns='urn:xmpp:delay' stamp='2000-01-01T00:00:00Z'{more}/>");
        juliet.receive(&said("long ago", &delay));
        assert!(message(&mut juliet).at > first, "{more}");
    }
}

#[test]
fn messages_written_without_a_connection_go_in_order_and_say_when_they_were_written() {
    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    say(&mut juliet, "one");
    juliet.pass(Duration::from_mins(1));
    say(&mut juliet, "two");
    assert!(juliet.sent().is_empty());
    juliet.resume();
    let sent = juliet.sent();
    assert_eq!(sent.iter().map(body).collect::<Vec<_>>(), ["one", "two"]);
    assert!(sent.iter().all(is_delayed));
    let stamp = sent[0].get_child("delay", "urn:xmpp:delay").unwrap().attr("stamp").unwrap();
    assert_eq!(stamp, "2001-09-09T01:46:40Z");
}

#[test]
fn messages_written_before_the_first_connection_wait_for_it() {
    let mut juliet = Subject::juliet();
    say(&mut juliet, "one");
    juliet.log_in();
    assert!(juliet.sent().iter().any(|stanza| body(stanza) == "one"));
}

#[test]
fn a_message_lost_with_its_session_is_sent_again_under_its_id_and_told_once() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    message(&mut juliet);
    let lost = juliet.sent_one();
    juliet.pass(Duration::from_mins(1));
    juliet.look();
    lose_session_with(&mut juliet, vec![lost.clone()]);
    let again = messages(&mut juliet).remove(0);
    assert_eq!((again.attr("id"), body(&again)), (lost.attr("id"), "one".into()));
    let stamp = again.get_child("delay", "urn:xmpp:delay").unwrap().attr("stamp");
    assert_eq!(stamp, Some("2001-09-09T01:46:40Z"), "when it was written, not when it was lost");
    assert!(!juliet.events().iter().any(|event| matches!(event, Event::Message(_))));
}

#[test]
fn lost_messages_go_before_those_written_since() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    let lost = juliet.sent();
    juliet.lose_connection();
    say(&mut juliet, "two");
    lose_session_with(&mut juliet, lost);
    assert_eq!(bodies(&messages(&mut juliet)), ["one", "two"]);
}

#[test]
fn a_message_that_ends_every_session_is_given_up() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "the poison");
    for _ in 0..10 {
        let lost = messages(&mut juliet);
        lose_session_with(&mut juliet, lost);
    }
    assert!(juliet.events().iter().any(|event| matches!(event, Event::MessageFailed { .. })));
    assert!(messages(&mut juliet).is_empty());
    let (waiting, gone) = kept_waiting(&mut juliet);
    assert_eq!(gone, [waiting[0].id.clone()], "nor does the next run try");
}

#[test]
fn what_else_was_lost_is_not_sent_again() {
    let mut juliet = Subject::online(ROMEO);
    juliet.command(Command::RemoveContact { contact: romeo() });
    let mut lost = juliet.sent();
    lost.push(crate::support::engine::parse("<presence/>"));
    lost.push(crate::support::engine::parse("<nonsense/>"));
    juliet.feed(Input::Undelivered(lost));
    let sent = juliet.sent();
    assert!(sent.is_empty(), "{}", written(&sent));
}

#[test]
fn a_request_to_see_somebody_that_was_lost_is_sent_again() {
    let mut juliet = Subject::online("");
    juliet.command(Command::AddContact { contact: romeo(), name: None, groups: vec![] });
    let lost = juliet.sent();
    juliet.feed(Input::Undelivered(lost));
    assert_eq!(juliet.sent_one().attr("type"), Some("subscribe"));
}

/// What was given to be kept since the last look: what waits by its name, and what waits no more.
fn kept_waiting(juliet: &mut Subject) -> (Vec<Unsent>, Vec<String>) {
    let (mut waiting, mut gone) = (Vec::new(), Vec::new());
    for output in juliet.others() {
        match output {
            Output::History(Order::Wait(unsent)) => waiting.push(unsent),
            Output::History(Order::NoLongerWait { id }) => gone.push(id),
            _ => {}
        }
    }
    (waiting, gone)
}

#[test]
fn whatever_is_written_is_kept_until_the_server_has_it() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "Parting is such sweet sorrow");
    let lost = juliet.sent();
    juliet.lose_connection();
    say(&mut juliet, "that I shall say good night");
    let (written, gone) = kept_waiting(&mut juliet);
    let names: Vec<&str> = written.iter().map(|unsent| unsent.id.as_str()).collect();
    assert_eq!((Some(names[0]), names.len(), gone), (lost[0].attr("id"), 2, vec![]));
    lose_session_with(&mut juliet, lost);
    let sent = messages(&mut juliet);
    assert_eq!(kept_waiting(&mut juliet), (vec![], vec![]), "the server did not say yet that it has them");
    acknowledge(&mut juliet, &sent[1]);
    acknowledge(&mut juliet, &sent[0]);
    acknowledge(&mut juliet, &sent[0]);
    assert_eq!(kept_waiting(&mut juliet).1, [names[1], names[0]]);
}

#[test]
fn that_the_server_has_a_message_is_told_once_and_not_after_the_receipt() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    say(&mut juliet, "two");
    let sent = juliet.sent();
    let [one, two] = [0, 1].map(|place: usize| sent[place].attr("id").unwrap().to_owned());
    juliet.events();
    acknowledge(&mut juliet, &sent[0]);
    assert_eq!(juliet.event(), Event::MessageSent { with: romeo(), id: one });
    acknowledge(&mut juliet, &sent[0]);
    let receipt = format!("<received xmlns='urn:xmpp:receipts' id='{two}'/>");
    juliet.receive(&format!("<message from='romeo@montague.lit/balcony' type='chat'>{receipt}</message>"));
    acknowledge(&mut juliet, &sent[1]);
    assert_eq!(juliet.event(), Event::Receipt { with: romeo(), id: two.clone() });
    assert_eq!(kept_waiting(&mut juliet).1.last(), Some(&two));
}

#[test]
fn a_bounce_ends_the_waiting_for_the_servers_word() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    let id = juliet.sent_one().attr("id").unwrap().to_owned();
    let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    juliet.receive(&format!("<message type='error' from='romeo@montague.lit' id='{id}'>{error}</message>"));
    assert_eq!(kept_waiting(&mut juliet).1, [id]);
}

#[test]
fn what_is_written_while_an_earlier_message_is_in_doubt_goes_behind_it_and_to_others_at_once() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    let lost = juliet.sent();
    juliet.lose_connection();
    juliet.feed(Input::Undelivered(lost));
    juliet.log_in();
    say(&mut juliet, "two");
    let nurse = BareJid::new("nurse@capulet.lit").unwrap();
    juliet.command(Command::SendMessage { to: nurse.into(), body: "Anon, good nurse".into() });
    juliet.answer(ns::DISCO_INFO, &format!("<query xmlns='{}'/>", ns::DISCO_INFO));
    assert_eq!(bodies(&messages(&mut juliet)), ["Anon, good nurse", "one", "two"]);
}

#[test]
fn what_of_a_page_the_server_does_not_have_yet_is_marked() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    let sent = juliet.sent_one();
    let fate = |juliet: &mut Subject| {
        juliet.events();
        let line = Line { fate: Fate::Unknown, ..Line::from(said(sent.attr("id"))) };
        let page = Page { lines: vec![line], ..Page::default() };
        juliet.feed(Input::History(Answer::Page { with: romeo(), before: None, page, floor: None }));
        match juliet.event() {
            Event::History { page, .. } => page.lines[0].fate.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fate(&mut juliet), Fate::OnItsWay);
    acknowledge(&mut juliet, &sent);
    assert_eq!(fate(&mut juliet), Fate::Unknown);
}

fn said(id: Option<&str>) -> ChatMessage {
    ChatMessage {
        with: romeo(),
        author: Author::Me,
        id: id.map(str::to_owned),
        body: "one".to_owned(),
        at: SystemTime::UNIX_EPOCH,
        delayed: false,
        reply: None,
        hints: Hints::default(),
    }
}

#[test]
fn what_an_earlier_run_could_not_send_goes_with_the_first_connection_and_says_when_it_was_written() {
    let mut before = Subject::online(ROMEO);
    before.feed(Input::History(Answer::Unsent(Vec::new())));
    before.lose_connection();
    before.look();
    say(&mut before, "till it be morrow");
    let (unsent, _) = kept_waiting(&mut before);
    before.stop();
    assert!(!before.events().iter().any(|event| matches!(event, Event::MessageFailed { .. })), "it goes later");

    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    juliet.look();
    let nonsense = Unsent { id: "x".to_owned(), stanza: "<message".to_owned(), written: unsent[0].written };
    juliet.feed(Input::History(Answer::Unsent(vec![nonsense, unsent[0].clone()])));
    assert_eq!((juliet.sent(), juliet.news()), (vec![], vec![]));
    juliet.log_in();
    juliet.answer(ns::DISCO_INFO, &format!("<query xmlns='{}'/>", ns::DISCO_INFO));
    let sent = messages(&mut juliet).remove(0);
    assert_eq!((body(&sent).as_str(), sent.attr("id")), ("till it be morrow", Some(unsent[0].id.as_str())));
    assert!(is_delayed(&sent));
    acknowledge(&mut juliet, &sent);
    assert_eq!(kept_waiting(&mut juliet), (vec![], vec!["x".to_owned(), unsent[0].id.clone()]));
}

#[test]
fn messages_that_wait_when_the_session_ends_for_good_have_failed_where_nothing_is_kept() {
    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    say(&mut juliet, "one");
    juliet.events();
    juliet.stop();
    assert!(matches!(juliet.news().as_slice(), [Event::MessageFailed { .. }, ..]));
}

#[test]
fn a_bounce_says_which_message_failed_and_why() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    let id = message(&mut juliet).id.unwrap();
    let bounce = |from: &str| {
        let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        format!("<message type='error' from='{from}' id='{id}'><body>one</body>{error}</message>")
    };
    juliet.receive(&bounce("tybalt@capulet.lit"));
    assert_eq!(juliet.events(), [], "only whom it was sent to can bounce it");
    juliet.receive(&bounce("romeo@montague.lit"));
    let why = "nobody is there to get it".to_owned();
    assert_eq!(juliet.event(), Event::MessageFailed { with: romeo(), id: id.clone(), why });
    juliet.receive(&bounce("romeo@montague.lit"));
    assert_eq!(juliet.events(), []);
}

#[test]
fn what_arrived_with_one_program_of_theirs_has_not_failed_when_it_comes_back_from_another() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, "one");
    let id = message(&mut juliet).id.unwrap();
    let receipt = format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>");
    juliet.receive(&format!("<message from='romeo@montague.lit/balcony' type='chat'>{receipt}</message>"));
    assert_eq!(juliet.event(), Event::Receipt { with: romeo(), id: id.clone() });
    let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    juliet.receive(&format!("<message type='error' from='romeo@montague.lit' id='{id}'>{error}</message>"));
    assert_eq!(juliet.events(), []);
}

#[test]
fn a_message_longer_than_servers_carry_fails_at_once() {
    let mut juliet = Subject::online(ROMEO);
    say(&mut juliet, &"&".repeat(20_000));
    assert!(matches!(juliet.events().as_slice(), [Event::Message(_), Event::MessageFailed { .. }]));
    assert!(juliet.sent().is_empty());
    say(&mut juliet, &"x".repeat(60_000));
    assert_eq!(juliet.sent().len(), 1);
}
