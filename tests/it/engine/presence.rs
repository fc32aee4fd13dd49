//! RFC 6121 §3 and §4: who may see whom, who is there, and that we are.

use balcony::engine::command::{Command, SubscriptionAnswer};
use balcony::engine::context::Settings;
use balcony::engine::event::{Contact, Event, Show};
use jid::BareJid;

use crate::support::engine::{Subject, written};

const INFO: &str = "http://jabber.org/protocol/disco#info";
const ROMEO: &str = "<item jid='romeo@montague.lit' subscription='both'/>";

/// The resources in the only event, the likeliest first.
#[track_caller]
fn resources(juliet: &mut Subject) -> Vec<String> {
    match juliet.event() {
        Event::Contact(Contact { resources, .. }) => {
            resources.into_iter().map(|resource| resource.jid.resource().to_string()).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn our_presence_goes_out_after_the_roster_came_and_carries_our_capabilities() {
    let mut juliet = Subject::juliet();
    juliet.log_in();
    assert!(juliet.sent().iter().all(|stanza| stanza.name() != "presence"));
    juliet.log_in();
    juliet.answer("jabber:iq:roster", "<query xmlns='jabber:iq:roster'/>");
    let presence = juliet.sent().into_iter().find(|stanza| stanza.name() == "presence").unwrap();
    assert!(presence.has_child("c", "http://jabber.org/protocol/caps"));
}

#[test]
fn what_the_user_wants_to_show_outlives_the_session() {
    let mut juliet = Subject::online("");
    juliet.command(Command::SetPresence { show: Show::Away, status: Some("asleep".into()) });
    let presence = String::from(&juliet.sent_one());
    assert!(presence.contains("<show>away</show>") && presence.contains("asleep"), "{presence}");

    juliet.lose_connection();
    juliet.command(Command::SetPresence { show: Show::DoNotDisturb, status: None });
    assert!(juliet.sent().is_empty());
    juliet.resume();
    assert!(String::from(&juliet.sent_one()).contains("<show>dnd</show>"));
}

#[test]
fn of_programs_as_likely_the_most_recent_goes_first_in_whatever_order_a_server_tells() {
    let stamped = |name: &str, minute: u32| {
        format!(
            "<presence from='romeo@montague.lit/{name}'>\
             <delay xmlns='urn:xmpp:delay' stamp='1970-01-01T00:0{minute}:00Z'/></presence>"
        )
    };
    for order in [["older", "newer"], ["newer", "older"]] {
        let mut juliet = Subject::online(ROMEO);
        for name in order {
            juliet.receive(&stamped(name, if name == "older" { 1 } else { 2 }));
            resources(&mut juliet);
        }
        juliet.receive("<presence from='romeo@montague.lit/here'/>");
        assert_eq!(resources(&mut juliet), ["here", "newer", "older"]);
    }
    for order in [["a", "b"], ["b", "a"]] {
        let mut juliet = Subject::online(ROMEO);
        let told = order.map(|name| {
            juliet.receive(&stamped(name, 1));
            resources(&mut juliet)
        });
        assert_eq!(told[1], ["a", "b"]);
    }
}

#[test]
fn that_we_are_gone_is_contradicted_once() {
    let mut juliet = Subject::online(ROMEO);
    let gone = "<presence from='juliet@capulet.lit/balcony' type='unavailable'/>";
    juliet.receive(gone);
    let said = String::from(&juliet.sent_one());
    assert!(said.starts_with("<presence") && !said.contains("unavailable"), "{said}");
    juliet.receive(gone);
    assert_eq!(juliet.sent().len(), 0);
}

#[test]
fn resources_are_told_the_likeliest_first() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/low'><priority>-1</priority></presence>");
    assert_eq!(resources(&mut juliet), ["low"]);
    juliet.receive("<presence from='romeo@montague.lit/away'><show>away</show></presence>");
    assert_eq!(resources(&mut juliet), ["away", "low"]);
    juliet.receive("<presence from='romeo@montague.lit/older'/>");
    assert_eq!(resources(&mut juliet), ["older", "away", "low"]);
    juliet.receive("<presence from='romeo@montague.lit/newer'/>");
    assert_eq!(resources(&mut juliet), ["newer", "older", "away", "low"]);
    juliet.receive("<presence from='romeo@montague.lit/older' type='unavailable'/>");
    assert_eq!(resources(&mut juliet), ["newer", "away", "low"]);
    juliet.receive("<presence from='romeo@montague.lit' type='unavailable'/>");
    assert!(resources(&mut juliet).is_empty());
}

#[test]
fn a_lost_connection_hides_everybody_and_a_resumed_session_brings_them_back() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.look();
    juliet.lose_connection();
    let gone =
        juliet.events().into_iter().find_map(|event| if let Event::Contact(it) = event { Some(it) } else { None });
    assert!(gone.unwrap().resources.is_empty());
    juliet.resume();
    let back =
        juliet.events().into_iter().find_map(|event| if let Event::Contact(it) = event { Some(it) } else { None });
    assert_eq!(back.unwrap().resources.len(), 1);
}

#[test]
fn a_new_session_starts_with_nobody_there() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    juliet.lose_connection();
    juliet.log_in();
    juliet.events();
    juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{ROMEO}</query>"));
    let Event::Contact(romeo) = juliet.events().remove(0) else { panic!("no contact") };
    assert!(romeo.resources.is_empty());
}

#[test]
fn strangers_are_neither_told_nor_asked_nor_kept_without_end() {
    let mut juliet = Subject::online("");
    for number in 0..1000 {
        juliet.receive(&format!("<presence from='stranger{number}@verona.lit/market'/>"));
    }
    assert_eq!(juliet.events(), []);
    let sent = juliet.sent();
    assert!(sent.is_empty(), "{}", written(&sent));
}

#[test]
fn a_contact_cannot_grow_resources_without_end() {
    let mut juliet = Subject::online(ROMEO);
    for number in 0..1000 {
        juliet.receive(&format!("<presence from='romeo@montague.lit/{number}'/>"));
    }
    let most = juliet.events().into_iter().map(|event| match event {
        Event::Contact(contact) => contact.resources.len(),
        other => panic!("{other:?}"),
    });
    assert_eq!(most.max(), Some(32));
}

#[test]
fn somebody_who_asks_to_see_us_is_told_once_and_answered_by_the_user() {
    let mut juliet = Subject::online("");
    let paris = BareJid::new("paris@verona.lit").unwrap();
    let asks = "<presence type='subscribe' from='paris@verona.lit'><status>My lady</status></presence>";
    juliet.receive(asks);
    juliet.receive(asks);
    let request = Event::SubscriptionRequest { from: paris.clone(), text: Some("My lady".into()), nick: None };
    assert_eq!(juliet.event(), request);
    juliet.command(Command::AnswerSubscription { contact: paris, answer: SubscriptionAnswer::Deny });
    let answer = juliet.sent_one();
    assert_eq!((answer.attr("type"), answer.attr("to")), (Some("unsubscribed"), Some("paris@verona.lit")));
    juliet.receive(asks);
    assert_eq!(juliet.event(), request, "who asks again is told again");
}

#[test]
fn a_request_to_see_somebody_that_comes_back_is_told() {
    let mut juliet = Subject::online("<item jid='romeo@mantua.lit' ask='subscribe'/>");
    juliet.receive(
        "<presence type='error' from='romeo@mantua.lit'><error type='cancel'>
         <remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>",
    );
    assert_eq!(juliet.event(), Event::Notice("romeo@mantua.lit was not asked: there is no such server".into()));
}

#[test]
fn what_comes_back_from_one_program_of_a_contact_leaves_the_others_there() {
    let mut juliet = Subject::online(ROMEO);
    juliet.receive("<presence from='romeo@montague.lit/orchard'/>");
    assert_eq!(resources(&mut juliet), ["orchard"]);
    juliet.receive("<presence from='romeo@montague.lit/balcony'/>");
    assert_eq!(resources(&mut juliet), ["balcony", "orchard"]);
    let returned = |from: &str, condition: &str| {
        format!(
            "<presence type='error' from='{from}'><error type='cancel'>
             <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"
        )
    };
    juliet.receive(&returned("romeo@montague.lit", "service-unavailable"));
    juliet.receive(&returned("romeo@montague.lit/orchard", "recipient-unavailable"));
    assert_eq!(resources(&mut juliet), ["balcony"]);
    juliet.receive(&returned("romeo@montague.lit", "remote-server-timeout"));
    assert!(resources(&mut juliet).is_empty(), "nobody of a server that is gone is there");
}

/// What Gabble says that it can.
const GABBLE: &str = "<query xmlns='http://jabber.org/protocol/disco#info'>\
    <feature var='http://telepathy.freedesktop.org/xmpp/file-transfer-metadata'/></query>";

/// To whom presence went, and with which priority.
fn shown(subject: &mut Subject) -> Vec<(String, i8)> {
    let presence = subject.sent().into_iter().filter(|stanza| stanza.name() == "presence");
    let shown = presence.map(|stanza| {
        let priority = stanza.get_child("priority", "jabber:client").map_or(0, |it| it.text().parse().unwrap());
        (stanza.attr("to").unwrap_or("everybody").to_owned(), priority)
    });
    shown.collect()
}

#[test]
fn who_offers_nothing_to_a_negative_priority_is_shown_another_one_and_nobody_else_is() {
    let gone = "<presence from='romeo@montague.lit/gabble' type='unavailable'/>";
    let there = "<presence from='romeo@montague.lit/gabble'/>";
    for priority_for_offers in [Some(0), None] {
        let account = BareJid::new("juliet@capulet.lit").unwrap();
        let mut juliet = Subject::new(Settings { priority: -1, priority_for_offers, ..Settings::new(account) });
        juliet.log_in();
        juliet.answer("jabber:iq:roster", &format!("<query xmlns='jabber:iq:roster'>{ROMEO}</query>"));
        assert_eq!(shown(&mut juliet), [("everybody".to_owned(), -1)]);

        juliet.receive("<presence from='romeo@montague.lit/psi'/>");
        juliet.answer(INFO, &GABBLE.replace("telepathy.freedesktop.org", "psi-im.org"));
        assert!(shown(&mut juliet).is_empty());

        let invited: Vec<_> =
            priority_for_offers.map(|it| ("romeo@montague.lit/gabble".to_owned(), it)).into_iter().collect();
        for _ in 0..2 {
            juliet.receive(there);
            juliet.answer(INFO, GABBLE);
            assert_eq!(shown(&mut juliet), invited);
            juliet.receive(there);
            assert!(shown(&mut juliet).is_empty());
            juliet.receive(gone);
        }

        juliet.receive(there);
        juliet.answer(INFO, GABBLE);
        juliet.look();
        juliet.command(Command::SetPresence { show: Show::Away, status: None });
        let all: Vec<_> = [("everybody".to_owned(), -1)].into_iter().chain(invited).collect();
        assert_eq!(shown(&mut juliet), all);
    }
}
