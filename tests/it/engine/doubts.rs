//! A message that was on its way when a session was lost, or the program killed: it gets to the server, and once.

use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::Command;
use balcony::engine::event::Event;
use minidom::Element;
use proptest::prelude::*;

use crate::support::archive::{Habit, Home, romeo};

/// Juliet at home, and whatever of hers the server has not acknowledged.
struct Scene {
    home: Home,
    unacknowledged: Vec<Element>,
    seconds: u64,
}

impl Scene {
    fn new() -> Self {
        let mut home = Home::new();
        home.log_in();
        Scene { home, unacknowledged: Vec::new(), seconds: 0 }
    }

    fn without_archive() -> Self {
        let mut home = Home::new();
        home.features = "";
        home.log_in();
        Scene { home, unacknowledged: Vec::new(), seconds: 0 }
    }

    fn say(&mut self, body: &str) {
        self.home.juliet.command(Command::SendMessage { to: romeo().into(), body: body.to_owned() });
        self.home.settle();
    }

    /// The messages that went out since the last look.
    fn sent(&mut self) -> Vec<Element> {
        let sent: Vec<Element> = self.home.said.drain(..).filter(|stanza| stanza.name() == "message").collect();
        self.unacknowledged.extend(sent.iter().cloned());
        sent
    }

    fn sent_bodies(&mut self) -> Vec<String> {
        self.sent().iter().map(body).collect()
    }

    /// The server takes what went out, and may say so.
    fn server_takes(&mut self, says_so: bool) {
        for message in self.sent() {
            self.seconds += 1;
            let (id, body) = (message.attr("id").unwrap(), body(&message));
            self.home.archive.take(
                self.seconds,
                &format!(
                    "<message xmlns='jabber:client' from='juliet@capulet.lit/balcony' to='romeo@montague.lit' \
                     type='chat' id='{id}'><body>{body}</body></message>"
                ),
            );
        }
        if says_so {
            let ids = self.unacknowledged.drain(..).map(|stanza| stanza.attr("id").unwrap().to_owned());
            let ids = ids.collect();
            self.home.juliet.feed(Input::Acknowledged(ids));
            self.home.settle();
        }
    }

    /// The session is gone with what was on its way, and nothing takes its place yet.
    fn lose_session(&mut self) {
        self.sent();
        self.home.juliet.lose_connection();
        let lost = std::mem::take(&mut self.unacknowledged);
        if !lost.is_empty() {
            self.home.juliet.feed(Input::Undelivered(lost));
        }
        self.home.settle();
    }

    /// The program is killed, and begins anew.
    fn kill(&mut self) {
        self.sent();
        self.unacknowledged.clear();
        self.home.restart();
        self.home.begin();
    }

    /// What Juliet was told to have failed: it was sent as often as anything is.
    fn failed(&self) -> Vec<String> {
        let names = self.home.events.iter().filter_map(|event| match event {
            Event::MessageFailed { id, .. } => Some(id),
            _ => None,
        });
        let names: Vec<&String> = names.collect();
        let bodies = self.home.events.iter().filter_map(|event| match event {
            Event::Message(message) if names.contains(&message.id.as_ref()?) => Some(message.body.clone()),
            _ => None,
        });
        bodies.collect()
    }
}

fn body(stanza: &Element) -> String {
    stanza.get_child("body", "jabber:client").map(Element::text).unwrap_or_default()
}

#[test]
fn what_the_server_got_unnoticed_is_not_sent_again_after_the_session_was_lost_nor_after_the_program_was_killed() {
    for lose in [Scene::lose_session, Scene::kill] {
        let mut scene = Scene::new();
        scene.say("O happy dagger");
        scene.server_takes(false);
        lose(&mut scene);
        scene.home.log_in();
        assert_eq!(scene.sent_bodies(), Vec::<String>::new());
        let is_told = |event: &Event| matches!(event, Event::MessageSent { .. });
        assert_eq!(scene.home.events.iter().filter(|event| is_told(event)).count(), 1);
        assert_eq!(scene.home.keeper.bodies(), ["O happy dagger"]);
        assert!(scene.home.keeper.unsent.is_empty());
    }
}

#[test]
fn what_the_server_never_got_is_sent_under_its_id_once_the_archive_was_asked() {
    for lose in [Scene::lose_session, Scene::kill] {
        let mut scene = Scene::new();
        scene.say("O happy dagger");
        let first = scene.sent();
        lose(&mut scene);
        scene.home.queries.clear();
        scene.home.log_in();
        assert!(!scene.home.queries.is_empty());
        let again = scene.sent();
        assert_eq!((again.len(), again[0].attr("id")), (1, first[0].attr("id")));
        assert!(again[0].has_child("delay", "urn:xmpp:delay"), "it says when it was written");
        assert_eq!(scene.home.keeper.bodies(), ["O happy dagger"], "and is one message here");
    }
}

#[test]
fn without_an_archive_it_is_sent_again_as_soon_as_that_is_known() {
    let mut scene = Scene::without_archive();
    scene.say("O happy dagger");
    scene.kill();
    scene.home.log_in();
    assert_eq!(scene.sent_bodies(), ["O happy dagger"]);
}

#[test]
fn it_is_found_among_much_that_other_devices_said_since() {
    let mut scene = Scene::new();
    scene.say("O happy dagger");
    scene.server_takes(false);
    for number in 0..180 {
        scene.home.missed(2, &format!("number {number}"));
    }
    scene.kill();
    scene.home.log_in();
    assert_eq!(scene.sent_bodies(), Vec::<String>::new());
}

#[test]
fn an_archive_that_makes_no_sense_holds_nothing_back_for_long() {
    for habit in Habit::ODD.into_iter().chain([Habit::Endless]) {
        let mut scene = Scene::new();
        scene.home.missed(1, "long ago");
        scene.say("O happy dagger");
        scene.kill();
        scene.home.archive.habit = habit;
        scene.home.log_in();
        scene.home.juliet.pass(Duration::from_mins(2));
        scene.home.settle();
        assert_eq!(scene.sent_bodies(), ["O happy dagger"], "{habit:?}");
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Say,
    ServerTakes { says_so: bool },
    LoseSession,
    Kill,
    LogIn,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Say),
        2 => any::<bool>().prop_map(|says_so| Step::ServerTakes { says_so }),
        1 => Just(Step::LoseSession),
        1 => Just(Step::Kill),
        2 => Just(Step::LogIn),
    ]
}

proptest! {
    #[test]
    fn whatever_breaks_each_message_gets_to_the_server_once_and_in_order(
        steps in proptest::collection::vec(step(), 0..25),
    ) {
        let mut scene = Scene::new();
        let mut said = Vec::new();
        for step in steps {
            match step {
                Step::Say => {
                    said.push(format!("number {}", said.len()));
                    scene.say(said.last().unwrap());
                }
                Step::ServerTakes { says_so } => scene.server_takes(says_so),
                Step::LoseSession => scene.lose_session(),
                Step::Kill => scene.kill(),
                Step::LogIn => {
                    scene.lose_session();
                    scene.home.log_in();
                }
            }
        }
        for _ in 0..5 {
            scene.lose_session();
            scene.home.log_in();
            scene.server_takes(true);
        }
        let failed = scene.failed();
        said.retain(|body| !failed.contains(body));
        prop_assert_eq!(scene.home.archive.bodies(), said);
        prop_assert!(scene.home.keeper.unsent.is_empty());
    }
}
