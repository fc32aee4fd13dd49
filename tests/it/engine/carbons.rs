//! XEP-0280: what our other devices said and heard, and nothing that others make up.

use balcony::engine::event::{Author, ChatMessage, Event};
use balcony::engine::history::What;
use jid::BareJid;

use crate::support::engine::Subject;

const CARBONS: &str = "urn:xmpp:carbons:2";
const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";

/// What our server makes of a message that another device sent or received.
fn copy(wrapper: &str, from: &str, message: &str) -> String {
    let forwarded = format!("<forwarded xmlns='urn:xmpp:forward:0'>{message}</forwarded>");
    format!("<message {from}><{wrapper} xmlns='{CARBONS}'>{forwarded}</{wrapper}></message>")
}

fn heard(id: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit/phone' type='chat' \
         id='{id}'><body>O</body><request xmlns='urn:xmpp:receipts'/></message>"
    )
}

const SAID: &str = "<message xmlns='jabber:client' from='juliet@capulet.lit/phone' to='romeo@montague.lit' type='chat' \
                    id='said'><body>Ay me</body></message>";

#[track_caller]
fn message(juliet: &mut Subject) -> ChatMessage {
    match juliet.event() {
        Event::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_new_session_asks_for_copies_and_a_refusal_is_all_right() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    let request = juliet.take_request(CARBONS);
    juliet.look();
    juliet.receive(&format!("<iq type='error' id='{}'/>", request.attr("id").unwrap()));
    assert_eq!(juliet.events(), []);
}

#[test]
fn what_another_device_sent_is_shown_as_ours() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&copy("sent", "from='juliet@capulet.lit'", SAID));
    let told = message(&mut juliet);
    assert_eq!(told.with, BareJid::new("romeo@montague.lit").unwrap());
    assert_eq!((told.author, told.body.as_str()), (Author::MyOtherDevice, "Ay me"));
    juliet.receive(
        "<message from='romeo@montague.lit/x' id='r'><received xmlns='urn:xmpp:receipts' id='said'/></message>",
    );
    assert!(matches!(juliet.event(), Event::Receipt { id, .. } if id == "said"));
}

const RECEIPT: &str = "<message xmlns='jabber:client' from='romeo@montague.lit/x' to='juliet@capulet.lit/phone' \
                       type='chat' id='r'><received xmlns='urn:xmpp:receipts' id='said'/></message>";

#[test]
fn a_receipt_that_another_device_got_marks_what_that_had_sent() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&copy("sent", "from='juliet@capulet.lit'", SAID));
    juliet.look();
    juliet.receive(&copy("received", "from='juliet@capulet.lit'", RECEIPT));
    assert!(matches!(juliet.event(), Event::Receipt { id, .. } if id == "said"));
}

#[test]
fn a_receipt_of_what_this_run_knows_out_of_the_archive_alone_is_told() {
    let to_us = RECEIPT.replace(" xmlns='jabber:client'", "").replace("/phone", "/balcony");
    for receipt in [copy("received", "from='juliet@capulet.lit'", RECEIPT), to_us] {
        let mut juliet = Subject::online(ROMEO);
        juliet.receive(&receipt);
        let Event::Amended(said) = juliet.event() else { panic!("nothing is told of it") };
        assert_eq!((said.with.as_str(), said.what), ("romeo@montague.lit", What::Receipt { of: "said".to_owned() }));
    }
    let mut juliet = Subject::online("");
    juliet.receive(&copy("received", "from='juliet@capulet.lit'", RECEIPT));
    assert_eq!(juliet.events(), [], "it is no stranger's to give");
}

#[test]
fn what_another_device_heard_is_shown_and_not_answered() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&copy("received", "from='juliet@capulet.lit'", &heard("1")));
    assert!(matches!(message(&mut juliet).author, Author::Contact(_)));
    assert!(juliet.sent().is_empty(), "the device it was sent to gives the receipt");
}

#[test]
fn a_copy_of_anybody_but_our_own_bare_address_is_dropped() {
    let mut juliet = Subject::online(ROMEO);
    for from in ["romeo@montague.lit", "tybalt@capulet.lit/alley", "juliet@capulet.lit/phone", "capulet.lit"] {
        for (wrapper, inner) in [("sent", SAID), ("received", &heard("1"))] {
            juliet.receive(&copy(wrapper, &format!("from='{from}'"), inner));
            assert_eq!(juliet.events(), [], "{wrapper} of {from}");
        }
    }
}

#[test]
fn a_wrapper_in_a_wrapper_is_not_opened() {
    let mut juliet = Subject::online(ROMEO);
    let inner = copy("sent", "xmlns='jabber:client' from='romeo@montague.lit/x' to='juliet@capulet.lit'", SAID);
    juliet.receive(&copy("received", "from='juliet@capulet.lit'", &inner));
    assert_eq!(juliet.events(), []);
}

#[test]
fn a_message_that_comes_both_ways_is_shown_once() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&heard("1"));
    message(&mut juliet);
    juliet.receive(&copy("received", "from='juliet@capulet.lit'", &heard("1")));
    assert_eq!(juliet.events(), []);
}

#[test]
fn two_messages_with_one_id_are_two() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&heard("1"));
    juliet.receive(&heard("1"));
    assert_eq!(juliet.events().len(), 2, "there are programs that count from one");
}

#[test]
fn what_its_sender_says_once_more_is_shown_once_and_answered_again() {
    let mut juliet = Subject::online(ROMEO);
    let name = "5a9c0d3e-77aa-4f6b-9d0e-0123456789ab";
    let asks = "<request xmlns='urn:xmpp:receipts'/>";
    let said = |resource: &str, body: &str| {
        format!(
            "<message from='romeo@montague.lit/{resource}' type='chat' id='{name}'><body>{body}</body>{asks}</message>"
        )
    };
    juliet.receive(&said("orchard", "O"));
    message(&mut juliet);
    let receipt = |juliet: &mut Subject| {
        let sent = juliet.sent();
        sent.iter().filter(|stanza| stanza.has_child("received", "urn:xmpp:receipts")).count()
    };
    assert_eq!(receipt(&mut juliet), 1);
    juliet.receive(&said("balcony", "O"));
    assert_eq!((juliet.events(), receipt(&mut juliet)), (vec![], 1), "his next run was not sure");
    juliet.receive(&said("orchard", "another"));
    assert_eq!(message(&mut juliet).body, "another", "a program that gives each message that name says two things");
}

#[test]
fn a_long_name_that_is_the_same_each_time_names_two_messages() {
    let mut juliet = Subject::online(ROMEO);
    for _ in 0..2 {
        juliet.receive(&heard("monitoring-alert-of-the-nurse"));
        message(&mut juliet);
    }
}

#[test]
fn an_empty_wrapper_is_dropped() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive(&format!("<message from='juliet@capulet.lit'><sent xmlns='{CARBONS}'/></message>"));
    juliet.receive(&copy("sent", "from='juliet@capulet.lit'", "<message/>"));
    assert_eq!(juliet.events(), []);
}
