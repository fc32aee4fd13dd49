//! XEP-0184 and XEP-0085: that a message arrived, and what somebody is doing.

use std::time::Duration;

use balcony::engine::command::{ChatState, ClientState, Command};
use balcony::engine::event::Event;
use jid::BareJid;
use minidom::Element;

use crate::support::engine::Subject;

const RECEIPTS: &str = "urn:xmpp:receipts";
const STATES: &str = "http://jabber.org/protocol/chatstates";
const INFO: &str = "http://jabber.org/protocol/disco#info";
const ROMEO: &str =
    "<item jid='romeo@montague.lit' subscription='both'/><item jid='paris@verona.lit' subscription='to'/>";

fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

fn say(juliet: &mut Subject, to: &str) -> Element {
    juliet.command(Command::SendMessage { to: to.parse().unwrap(), body: "O".into() });
    juliet.events();
    juliet.sent_one()
}

fn state(juliet: &mut Subject, state: ChatState) {
    juliet.command(Command::SetChatState { to: romeo(), state });
}

/// The states of the stanzas sent since the last look.
fn states(juliet: &mut Subject) -> Vec<String> {
    let sent = juliet.sent();
    let states = sent.iter().flat_map(Element::children).filter(|child| child.has_ns(STATES));
    states.map(|state| state.name().to_owned()).collect()
}

fn receive(juliet: &mut Subject, from: &str, payload: &str) {
    juliet.receive(&format!("<message from='{from}' type='chat' id='theirs'>{payload}</message>"));
}

#[test]
fn a_receipt_is_asked_of_contacts_alone() {
    let mut juliet = Subject::online(ROMEO);
    assert!(say(&mut juliet, "romeo@montague.lit").has_child("request", RECEIPTS));
    assert!(!say(&mut juliet, "stranger@verona.lit").has_child("request", RECEIPTS));
}

#[test]
fn a_receipt_is_not_asked_of_a_program_known_to_give_none() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.answer(INFO, &format!("<query xmlns='{INFO}'/>"));
    assert!(!say(&mut juliet, "romeo@montague.lit/orchard").has_child("request", RECEIPTS));
    assert!(say(&mut juliet, "romeo@montague.lit").has_child("request", RECEIPTS));
}

#[test]
fn a_receipt_counts_once_and_only_from_whom_the_message_went_to() {
    let mut juliet = Subject::online(ROMEO);
    let id = say(&mut juliet, "romeo@montague.lit").attr("id").unwrap().to_owned();
    let receipt = format!("<received xmlns='{RECEIPTS}' id='{id}'/>");
    receive(&mut juliet, "paris@verona.lit/church", &receipt);
    assert_eq!(juliet.events(), []);
    receive(&mut juliet, "romeo@montague.lit/orchard", &receipt);
    assert_eq!(juliet.event(), Event::Receipt { with: romeo(), id });
    receive(&mut juliet, "romeo@montague.lit/phone", &receipt);
    assert_eq!(juliet.events(), []);
}

#[test]
fn a_receipt_is_given_to_who_may_see_us_and_to_nobody_else() {
    let mut juliet = Subject::online(ROMEO);
    let asking = format!("<body>O</body><request xmlns='{RECEIPTS}'/>");
    receive(&mut juliet, "romeo@montague.lit/orchard", &asking);
    let receipt = juliet.sent_one();
    assert_eq!((receipt.attr("to"), receipt.attr("type")), (Some("romeo@montague.lit/orchard"), Some("chat")));
    assert_eq!(receipt.get_child("received", RECEIPTS).unwrap().attr("id"), Some("theirs"));
    assert_eq!(receipt.children().count(), 1);
    for from in ["paris@verona.lit/church", "stranger@verona.lit/x"] {
        receive(&mut juliet, from, &asking);
        assert!(juliet.sent().is_empty(), "{from} would learn that we are here");
    }
}

#[test]
fn a_receipt_is_not_given_for_a_receipt_nor_for_what_has_no_id() {
    let mut juliet = Subject::online(ROMEO);
    let both = format!("<received xmlns='{RECEIPTS}' id='x'/><request xmlns='{RECEIPTS}'/>");
    receive(&mut juliet, "romeo@montague.lit/orchard", &both);
    juliet.receive(&format!(
        "<message from='romeo@montague.lit/orchard'><body>O</body><request xmlns='{RECEIPTS}'/></message>"
    ));
    assert!(juliet.sent().is_empty());
}

#[test]
fn a_state_alone_goes_to_who_is_known_to_understand_it_and_never_twice() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.look();
    state(&mut juliet, ChatState::Composing);
    assert!(states(&mut juliet).is_empty(), "nothing is known of him");
    receive(&mut juliet, "romeo@montague.lit/orchard", &format!("<composing xmlns='{STATES}'/>"));
    assert_eq!(juliet.event(), Event::ChatState { from: romeo(), state: ChatState::Composing });
    state(&mut juliet, ChatState::Composing);
    state(&mut juliet, ChatState::Composing);
    state(&mut juliet, ChatState::Paused);
    assert_eq!(states(&mut juliet), ["composing", "paused"]);
}

/// Romeo writes, at a program that is there.
fn who_hears_romeo_write() -> Subject {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    receive(&mut juliet, "romeo@montague.lit/orchard", &format!("<composing xmlns='{STATES}'/>"));
    juliet.look();
    juliet
}

fn writes_no_more() -> Event {
    Event::ChatState { from: romeo(), state: ChatState::Active }
}

#[test]
fn who_writes_and_is_not_heard_of_again_writes_no_more_after_two_minutes() {
    let mut juliet = who_hears_romeo_write();
    juliet.pass(Duration::from_secs(100));
    receive(&mut juliet, "romeo@montague.lit/orchard", &format!("<paused xmlns='{STATES}'/>"));
    juliet.look();
    juliet.pass(Duration::from_secs(119));
    assert_eq!(juliet.events(), []);
    juliet.pass(Duration::from_secs(1));
    assert_eq!(juliet.event(), writes_no_more());
    juliet.pass(Duration::from_mins(10));
    assert_eq!(juliet.events(), []);
}

#[test]
fn nobody_is_believed_to_write_while_the_server_holds_back_what_would_end_it() {
    let mut juliet = who_hears_romeo_write();
    juliet.command(Command::SetClientState(ClientState::Inactive));
    assert_eq!(juliet.event(), writes_no_more());
    juliet.command(Command::SetClientState(ClientState::Active));
    receive(&mut juliet, "romeo@montague.lit/orchard", &format!("<composing xmlns='{STATES}'/>"));
    assert_eq!(juliet.event(), Event::ChatState { from: romeo(), state: ChatState::Composing });
}

#[test]
fn a_program_that_says_it_understands_states_gets_them() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.answer(INFO, &format!("<query xmlns='{INFO}'><feature var='{STATES}'/></query>"));
    state(&mut juliet, ChatState::Composing);
    assert_eq!(states(&mut juliet), ["composing"]);
}

#[test]
fn a_message_carries_active_until_an_answer_comes_without_a_state() {
    let mut juliet = Subject::online(ROMEO);
    assert!(say(&mut juliet, "romeo@montague.lit").has_child("active", STATES));
    receive(&mut juliet, "romeo@montague.lit/orchard", "<body>O</body>");
    assert!(!say(&mut juliet, "romeo@montague.lit").has_child("active", STATES));
    receive(&mut juliet, "romeo@montague.lit/orchard", &format!("<body>O</body><active xmlns='{STATES}'/>"));
    assert!(say(&mut juliet, "romeo@montague.lit").has_child("active", STATES));
}

#[test]
fn a_state_of_a_stranger_or_of_long_ago_is_not_told() {
    let mut juliet = Subject::online(ROMEO);
    receive(&mut juliet, "stranger@verona.lit/x", &format!("<composing xmlns='{STATES}'/>"));
    let delay = "<delay xmlns='urn:xmpp:delay' stamp='2001-09-09T00:00:00Z'/>";
    receive(&mut juliet, "romeo@montague.lit/orchard", &format!("<composing xmlns='{STATES}'/>{delay}"));
    assert_eq!(juliet.events(), []);
}
