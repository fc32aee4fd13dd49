//! What is done about earlier messages: answers (XEP-0461), corrections (XEP-0308), retractions (XEP-0424), reactions
//! (XEP-0444), marks (XEP-0333); sent, received, forged.

use balcony::engine::Output;
use balcony::engine::command::{Command, Quoted};
use balcony::engine::context::Settings;
use balcony::engine::event::{Author, ChatMessage, Event, Reply};
use balcony::engine::history::{Line, Order, Said, Unsent, What, told};
use balcony::xep::ns;
use jid::BareJid;
use minidom::Element;

use crate::support::engine::Subject;

const ROMEO: &str =
    "<item jid='romeo@montague.lit' subscription='both'/><item jid='paris@verona.lit' subscription='to'/>";
const INFO: &str = "http://jabber.org/protocol/disco#info";

fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

fn quoted(id: &str) -> Quoted {
    Quoted { id: id.to_owned(), author: Some(romeo().into()), body: "But soft! what light?".to_owned() }
}

/// Sends what a command makes.
fn sent(juliet: &mut Subject, command: Command) -> Element {
    juliet.command(command);
    juliet.sent_one()
}

fn body(stanza: &Element) -> Option<String> {
    stanza.get_child("body", "jabber:client").map(Element::text)
}

fn receive(juliet: &mut Subject, from: &str, id: &str, payload: &str) {
    juliet.receive(&format!("<message from='{from}' type='chat' id='{id}'>{payload}</message>"));
}

/// What was given to be kept since the last look.
fn kept(juliet: &mut Subject) -> Vec<Said> {
    let orders = juliet.others().into_iter().filter_map(|output| match output {
        Output::History(Order::Keep(said)) => Some(*said),
        _ => None,
    });
    orders.collect()
}

/// The only message told since the last look.
#[track_caller]
fn message(juliet: &mut Subject) -> ChatMessage {
    let mut told = juliet.news().into_iter().filter_map(|event| match event {
        Event::Message(message) => Some(message),
        _ => None,
    });
    let message = told.next().unwrap();
    assert_eq!(told.next(), None);
    message
}

/// The only fact about an earlier message told since the last look.
#[track_caller]
fn amended(juliet: &mut Subject) -> Said {
    match &juliet.news()[..] {
        [Event::Amended(said)] => (**said).clone(),
        other => panic!("{other:#?}"),
    }
}

#[test]
fn an_answer_quotes_for_who_does_not_know_answers_and_is_kept_without_the_quotation() {
    let mut juliet = Subject::online(ROMEO);
    let reply = Command::Reply { to: romeo().into(), about: quoted("r1"), body: "The east 🌅".to_owned() };
    let stanza = sent(&mut juliet, reply);
    assert_eq!(body(&stanza).unwrap(), "> But soft! what light?\nThe east 🌅");
    let reply = stanza.get_child("reply", "urn:xmpp:reply:0").unwrap();
    assert_eq!((reply.attr("id"), reply.attr("to")), (Some("r1"), Some("romeo@montague.lit")));
    let fallback = stanza.get_child("fallback", "urn:xmpp:fallback:0").unwrap();
    let range = fallback.children().next().unwrap();
    assert_eq!((range.attr("start"), range.attr("end")), (Some("0"), Some("24")));
    let told = message(&mut juliet);
    assert_eq!(told.body, "The east 🌅");
    assert_eq!(told.reply.unwrap().to, "r1");
    let [Said { what: What::Message { body, reply_to, .. }, .. }] = &kept(&mut juliet)[..] else { panic!() };
    assert_eq!((body.as_str(), reply_to.as_deref()), ("The east 🌅", Some("r1")));
}

#[test]
fn an_answer_that_came_is_told_without_the_quotation_and_with_what_it_answers() {
    let mut juliet = Subject::online(ROMEO);
    let payload = "<body>&gt; Who's there?\nNay, answer me</body><reply xmlns='urn:xmpp:reply:0' id='j1'/>\
                   <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='15'/></fallback>";
    receive(&mut juliet, "romeo@montague.lit/orchard", "r1", payload);
    let told = message(&mut juliet);
    assert_eq!(told.body, "Nay, answer me");
    assert_eq!(told.reply, Some(Reply { to: "j1".to_owned(), quoted: Some("Who's there?".to_owned()) }));
}

#[test]
fn a_correction_names_the_first_message_and_is_whole_in_itself() {
    let mut juliet = Subject::online(ROMEO);
    let correct = Command::Correct { to: romeo().into(), id: "j1".to_owned(), body: "O Romeo".to_owned(), about: None };
    let stanza = sent(&mut juliet, correct);
    assert_eq!(body(&stanza).unwrap(), "O Romeo");
    assert_eq!(stanza.get_child("replace", "urn:xmpp:message-correct:0").unwrap().attr("id"), Some("j1"));
    let said = amended(&mut juliet);
    assert_eq!(said.author, Author::Me);
    assert!(matches!(&said.what, What::Correction { of, body, .. } if of == "j1" && body == "O Romeo"));
    assert_eq!(kept(&mut juliet), [said]);
    let about = Some(quoted("r1"));
    let correct = Command::Correct { to: romeo().into(), id: "j2".to_owned(), body: "Ay me".to_owned(), about };
    let stanza = sent(&mut juliet, correct);
    assert!(stanza.has_child("reply", "urn:xmpp:reply:0") && stanza.has_child("replace", "urn:xmpp:message-correct:0"));
    assert!(matches!(&amended(&mut juliet).what, What::Correction { body, .. } if body == "Ay me"));
}

#[test]
fn a_retraction_says_what_it_is_to_who_does_not_know_it_and_asks_no_receipt() {
    let mut juliet = Subject::online(ROMEO);
    let stanza = sent(&mut juliet, Command::Retract { to: romeo().into(), id: "j1".to_owned() });
    assert_eq!(stanza.get_child("retract", "urn:xmpp:message-retract:1").unwrap().attr("id"), Some("j1"));
    assert!(body(&stanza).unwrap().contains("back"));
    assert_eq!(
        stanza.get_child("fallback", "urn:xmpp:fallback:0").unwrap().attr("for"),
        Some("urn:xmpp:message-retract:1")
    );
    assert!(stanza.has_child("store", "urn:xmpp:hints"));
    assert!(!stanza.has_child("request", "urn:xmpp:receipts"));
    assert_eq!(amended(&mut juliet).what, What::Retraction { of: "j1".to_owned() });
}

#[test]
fn what_nobody_got_is_taken_back_here_alone() {
    let mut juliet = Subject::online(ROMEO);
    juliet.command(Command::Discard { to: romeo().into(), id: "j1".to_owned() });
    let said = amended(&mut juliet);
    assert_eq!(said.what, What::Retraction { of: "j1".to_owned() });
    assert_eq!(kept(&mut juliet), [said]);
    assert!(juliet.sent().is_empty());
}

#[test]
fn reactions_have_words_only_for_who_may_not_know_them() {
    let mut juliet = Subject::online(ROMEO);
    let react = |emoji: &[&str]| {
        let emoji = emoji.iter().map(|one| (*one).to_owned()).collect();
        Command::React { to: romeo().into(), about: quoted("r1"), emoji }
    };
    let stanza = sent(&mut juliet, react(&["❤", "👍"]));
    assert_eq!(body(&stanza).unwrap(), "> But soft! what light?\n❤ 👍");
    assert_eq!(stanza.get_child("fallback", "urn:xmpp:fallback:0").unwrap().attr("for"), Some("urn:xmpp:reactions:0"));
    let reactions = stanza.get_child("reactions", "urn:xmpp:reactions:0").unwrap();
    assert_eq!(reactions.attr("id"), Some("r1"));
    assert_eq!(reactions.children().map(Element::text).collect::<Vec<_>>(), ["❤", "👍"]);
    assert!(matches!(&amended(&mut juliet).what, What::Reactions { emoji, .. } if emoji.len() == 2));
    assert_eq!(body(&sent(&mut juliet, react(&[]))), None, "there is nothing to say about none");
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.answer(INFO, &format!("<query xmlns='{INFO}'><feature var='urn:xmpp:reactions:0'/></query>"));
    juliet.look();
    let stanza = sent(&mut juliet, react(&["❤"]));
    assert_eq!(body(&stanza), None);
    assert!(stanza.has_child("store", "urn:xmpp:hints"));
    juliet.receive("<presence from='romeo@montague.lit/phone'/>");
    juliet.answer(INFO, &format!("<query xmlns='{INFO}'/>"));
    juliet.look();
    assert!(body(&sent(&mut juliet, react(&["❤"]))).is_some(), "his phone knows none");
}

#[test]
fn what_a_contact_does_about_messages_is_told_and_kept_as_the_fact_it_is() {
    let mut juliet = Subject::online(ROMEO);
    let payloads = [
        "<body>But soft!</body><replace xmlns='urn:xmpp:message-correct:0' id='r1'/>",
        "<retract xmlns='urn:xmpp:message-retract:1' id='r1'/><body>taken back</body>",
        "<reactions xmlns='urn:xmpp:reactions:0' id='j1'><reaction>❤</reaction></reactions>",
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='j1'/>",
    ];
    for (number, payload) in payloads.into_iter().enumerate() {
        receive(&mut juliet, "romeo@montague.lit/orchard", &format!("r{number}"), payload);
        let said = amended(&mut juliet);
        assert_eq!((said.speaker(), &said.with), (Some(romeo()), &romeo()));
        assert_eq!(kept(&mut juliet), [said]);
    }
}

#[test]
fn what_another_device_of_ours_does_is_ours_and_nobody_else_can_say_it_was() {
    let mut juliet = Subject::online(ROMEO);
    let carbon = |from: &str| {
        format!(
            "<message from='{from}'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
             <message xmlns='jabber:client' from='juliet@capulet.lit/phone' to='romeo@montague.lit' type='chat' id='p1'>\
             <retract xmlns='urn:xmpp:message-retract:1' id='j1'/></message></forwarded></sent></message>"
        )
    };
    juliet.receive(&carbon("romeo@montague.lit"));
    assert_eq!(juliet.news(), []);
    juliet.receive(&carbon("juliet@capulet.lit"));
    let said = amended(&mut juliet);
    assert_eq!((said.author, said.with), (Author::MyOtherDevice, romeo()));
}

/// What a conversation looks like by what was kept of it.
fn conversation(juliet: &mut Subject) -> Vec<Line> {
    told(&kept(juliet).into_iter().filter(|said| said.with == romeo()).collect::<Vec<_>>())
}

#[test]
fn nobody_changes_what_somebody_else_said() {
    let mut juliet = Subject::online(ROMEO);
    let stanza = sent(&mut juliet, Command::SendMessage { to: romeo().into(), body: "Wherefore art thou".into() });
    let mine = stanza.attr("id").unwrap();
    receive(&mut juliet, "romeo@montague.lit/orchard", "r1", "<body>Shall I hear more?</body>");
    for (from, of) in [("romeo@montague.lit/orchard", mine), ("paris@verona.lit/church", "r1")] {
        let forged = format!("<body>forged</body><replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>");
        receive(&mut juliet, from, "x1", &forged);
        receive(&mut juliet, from, "x2", &format!("<retract xmlns='urn:xmpp:message-retract:1' id='{of}'/>"));
    }
    let reactions = "<reactions xmlns='urn:xmpp:reactions:0' id='r1'><reaction>❤</reaction></reactions>";
    receive(&mut juliet, "paris@verona.lit/church", "x3", reactions);
    let lines = conversation(&mut juliet);
    let bodies: Vec<_> = lines.iter().map(|line| line.body.as_deref().unwrap()).collect();
    assert_eq!(bodies, ["Wherefore art thou", "Shall I hear more?", "forged"], "his words stand by themselves");
    assert!(lines[..2].iter().all(|line| !line.is_corrected && line.reactions.is_empty()));
}

#[test]
fn strangers_have_words_but_no_say_about_what_was_said() {
    let mut juliet = Subject::online(ROMEO);
    for payload in [
        "<reactions xmlns='urn:xmpp:reactions:0' id='j1'><reaction>❤</reaction></reactions>",
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='j1'/>",
    ] {
        receive(&mut juliet, "stranger@verona.lit/x", "s1", payload);
        assert_eq!((juliet.news(), kept(&mut juliet)), (vec![], vec![]));
    }
}

#[test]
fn what_is_done_without_a_connection_goes_once_there_is_one_and_once_more_if_a_session_is_lost() {
    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    let emoji = vec!["❤".to_owned()];
    juliet.command(Command::React { to: romeo().into(), about: quoted("r1"), emoji });
    juliet.command(Command::Retract { to: romeo().into(), id: "j1".to_owned() });
    assert!(juliet.sent().is_empty());
    juliet.resume();
    let sent = juliet.sent();
    let names: Vec<bool> = sent.iter().map(|stanza| stanza.has_child("delay", "urn:xmpp:delay")).collect();
    assert_eq!(names, [true, true], "they say when they were written");
    juliet.lose_connection();
    juliet.feed(balcony::engine::Input::Undelivered(sent.clone()));
    juliet.log_in();
    juliet.answer(ns::DISCO_INFO, &format!("<query xmlns='{}'/>", ns::DISCO_INFO));
    let again = juliet.sent().into_iter().filter(|stanza| stanza.name() == "message");
    let again: Vec<_> = again.map(|stanza| stanza.attr("id").map(str::to_owned)).collect();
    assert_eq!(again, sent.iter().map(|stanza| stanza.attr("id").map(str::to_owned)).collect::<Vec<_>>());
}

/// Writes something while there is no connection; what is kept of it for the next run.
fn write_offline(juliet: &mut Subject, body: &str) -> Unsent {
    juliet.command(Command::SendMessage { to: romeo().into(), body: body.to_owned() });
    let mut orders = juliet.others().into_iter();
    let kept = orders.find_map(|output| match output {
        Output::History(Order::Wait(unsent)) => Some(unsent),
        _ => None,
    });
    kept.unwrap()
}

#[test]
fn what_is_taken_back_before_it_went_is_never_sent_and_nobody_is_told() {
    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    let first = write_offline(&mut juliet, "I hate thee").id;
    write_offline(&mut juliet, "Wherefore art thou");
    let about = Quoted { body: "I hate thee".to_owned(), ..quoted(&first) };
    juliet.command(Command::React { to: romeo().into(), about, emoji: vec!["💀".to_owned()] });
    juliet.look();
    juliet.command(Command::Retract { to: romeo().into(), id: first.clone() });
    let outputs = juliet.others();
    let gone = |output: &&Output| matches!(output, Output::History(Order::NoLongerWait { .. }));
    assert_eq!(outputs.iter().filter(gone).count(), 2, "the next run sends neither it nor what was felt about it");
    assert!(outputs.iter().any(|output| matches!(output, Output::History(Order::NoLongerWait { id }) if *id == first)));
    assert!(!outputs.iter().any(|output| matches!(output, Output::History(Order::Wait(_)))));
    juliet.resume();
    assert_eq!(juliet.sent().iter().filter_map(body).collect::<Vec<_>>(), ["Wherefore art thou"]);
}

#[test]
fn what_is_put_differently_before_it_went_goes_in_its_new_words_alone_and_in_its_place() {
    let mut juliet = Subject::online(ROMEO);
    juliet.lose_connection();
    let first = write_offline(&mut juliet, "O Remeo");
    write_offline(&mut juliet, "Wherefore art thou");
    let id = first.id.clone();
    juliet.command(Command::Correct { to: romeo().into(), id, body: "O Romeo".to_owned(), about: None });
    let waits = juliet.others().into_iter().find_map(|output| match output {
        Output::History(Order::Wait(unsent)) => Some(unsent),
        _ => None,
    });
    let waits = waits.unwrap();
    assert_eq!((&waits.id, waits.written), (&first.id, first.written));
    assert!(waits.stanza.contains("O Romeo") && !waits.stanza.contains("<replace"), "{}", waits.stanza);
    juliet.resume();
    let sent = juliet.sent();
    assert_eq!(sent.iter().filter_map(body).collect::<Vec<_>>(), ["O Romeo", "Wherefore art thou"]);
    assert_eq!(sent[0].attr("id"), Some(first.id.as_str()));
    let origin = sent[0].get_child("origin-id", "urn:xmpp:sid:0").unwrap();
    assert_eq!(origin.attr("id"), Some(first.id.as_str()));
    assert!(!sent[0].has_child("replace", "urn:xmpp:message-correct:0"));
}

#[test]
fn what_may_have_gone_is_corrected_and_taken_back_in_so_many_words() {
    let mut juliet = Subject::online(ROMEO);
    let stanza = sent(&mut juliet, Command::SendMessage { to: romeo().into(), body: "O Remeo".into() });
    let id = stanza.attr("id").unwrap().to_owned();
    juliet.lose_connection();
    juliet.feed(balcony::engine::Input::Undelivered(vec![stanza]));
    let body = "O Romeo".to_owned();
    juliet.command(Command::Correct { to: romeo().into(), id: id.clone(), body, about: None });
    juliet.command(Command::Retract { to: romeo().into(), id });
    juliet.log_in();
    juliet.answer(ns::DISCO_INFO, &format!("<query xmlns='{}'/>", ns::DISCO_INFO));
    let messages: Vec<Element> = juliet.sent().into_iter().filter(|stanza| stanza.name() == "message").collect();
    let has = |place: usize, name: &str, namespace: &str| messages[place].has_child(name, namespace);
    assert_eq!(messages.len(), 3);
    assert!(has(1, "replace", "urn:xmpp:message-correct:0") && has(2, "retract", "urn:xmpp:message-retract:1"));
}

#[test]
fn a_change_that_came_back_has_changed_nothing() {
    let mut juliet = Subject::online(ROMEO);
    let stanza = sent(&mut juliet, Command::SendMessage { to: romeo().into(), body: "O Romeo".into() });
    let id = stanza.attr("id").unwrap().to_owned();
    let react = Command::React { to: romeo().into(), about: quoted(&id), emoji: vec!["❤".to_owned()] };
    let reaction = sent(&mut juliet, react).attr("id").unwrap().to_owned();
    juliet.receive(&format!(
        "<message from='romeo@montague.lit' type='error' id='{reaction}'><error type='modify'>\
         <not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    ));
    assert!(conversation(&mut juliet)[0].reactions.is_empty());
}

fn with_markers() -> Subject {
    let settings = Settings { send_markers: true, ..Settings::new(BareJid::new("juliet@capulet.lit").unwrap()) };
    let mut juliet = Subject::new(settings);
    juliet.log_in();
    juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{ROMEO}</query>"));
    juliet.look();
    juliet
}

#[test]
fn a_mark_is_sent_only_if_it_is_wanted_to_who_may_see_us_and_once() {
    let seen = |with: &str| Command::MarkDisplayed { with: BareJid::new(with).unwrap(), id: "r1".to_owned() };
    let mut silent = Subject::online(ROMEO);
    silent.command(seen("romeo@montague.lit"));
    assert!(silent.sent().is_empty(), "nobody wanted it");
    let mut juliet = with_markers();
    juliet.command(seen("paris@verona.lit"));
    juliet.command(seen("stranger@verona.lit"));
    assert!(juliet.sent().is_empty(), "they may not know that we are here");
    let mark = sent(&mut juliet, seen("romeo@montague.lit"));
    assert_eq!((mark.attr("to"), mark.attr("type")), (Some("romeo@montague.lit"), Some("chat")));
    assert_eq!(mark.get_child("displayed", "urn:xmpp:chat-markers:0").unwrap().attr("id"), Some("r1"));
    assert_eq!(body(&mark), None);
    juliet.command(seen("romeo@montague.lit"));
    assert!(juliet.sent().is_empty());
    assert_eq!(juliet.events(), [], "it is nothing that the user said");
}

#[test]
fn a_mark_is_asked_of_contacts_and_what_asks_for_one_is_told_so() {
    let mut juliet = Subject::online(ROMEO);
    let say = |to: &str| Command::SendMessage { to: to.parse().unwrap(), body: "O".into() };
    assert!(sent(&mut juliet, say("romeo@montague.lit")).has_child("markable", "urn:xmpp:chat-markers:0"));
    assert!(!sent(&mut juliet, say("stranger@verona.lit")).has_child("markable", "urn:xmpp:chat-markers:0"));
    juliet.look();
    let asks = "<body>O</body><markable xmlns='urn:xmpp:chat-markers:0'/>";
    receive(&mut juliet, "romeo@montague.lit/orchard", "r1", asks);
    assert!(message(&mut juliet).hints.markable);
}

#[test]
fn receipts_are_given_only_if_the_user_gives_any() {
    let settings = Settings { send_receipts: false, ..Settings::new(BareJid::new("juliet@capulet.lit").unwrap()) };
    let mut juliet = Subject::new(settings);
    juliet.log_in();
    juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{ROMEO}</query>"));
    juliet.look();
    receive(&mut juliet, "romeo@montague.lit/orchard", "r1", "<body>O</body><request xmlns='urn:xmpp:receipts'/>");
    assert!(juliet.sent().is_empty());
}
