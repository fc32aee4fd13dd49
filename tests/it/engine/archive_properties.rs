//! Whatever was live, a carbon, kept for later, lost and sent again, or fetched from the archive in whatever pages, over
//! whatever gaps and restarts: in the end it is the same conversation, each message once and in order. Where there is no
//! archive, in order all the same, whatever the clocks say.

use std::time::Duration;

use balcony::engine::Input;
use balcony::engine::command::Command;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::archive::{Habit, Home, romeo};

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody says something.
    Say(Speaker),
    /// She is cut off, and has another session after a while.
    LogIn,
    /// She is cut off.
    Lose,
    /// The old session goes on.
    Resume,
    /// Her program is killed, and starts again without a connection.
    Restart,
    /// The archive is like that until the next login.
    Archive(Habit),
    /// She scrolls up.
    Scroll,
    /// Time passes.
    Pass(u64),
}

#[derive(Debug, Clone, Copy)]
enum Speaker {
    /// Romeo, to all of her devices.
    Romeo,
    /// Romeo, to another of her devices: she gets a copy.
    RomeoElsewhere,
    /// She, on another device.
    Phone,
    /// She, here.
    Juliet,
    /// Romeo, whose program names nothing.
    RomeoNameless,
}

/// What happens where there is no archive: what is said to others while she is away, nobody keeps.
fn step_without_archive() -> impl Strategy<Value = Step> {
    use Speaker::{Juliet, Romeo, RomeoNameless};
    prop_oneof![
        10 => proptest::sample::select(&[Romeo, Juliet, RomeoNameless][..]).prop_map(Step::Say),
        2 => Just(Step::LogIn),
        2 => Just(Step::Lose),
        1 => Just(Step::Resume),
        1 => Just(Step::Restart),
        3 => (0_u64..1000).prop_map(Step::Pass),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    use Speaker::{Juliet, Phone, Romeo, RomeoElsewhere, RomeoNameless};
    let speaker = proptest::sample::select(&[Romeo, RomeoElsewhere, Phone, Juliet, RomeoNameless][..]);
    prop_oneof![
        10 => speaker.prop_map(Step::Say),
        2 => Just(Step::LogIn),
        2 => Just(Step::Lose),
        1 => Just(Step::Resume),
        1 => Just(Step::Restart),
        1 => proptest::sample::select(&[Habit::Silent, Habit::Refuses, Habit::Honest][..]).prop_map(Step::Archive),
        1 => Just(Step::Scroll),
        3 => (0_u64..3).prop_map(Step::Pass),
    ]
}

/// The world beside her home.
struct Story {
    home: Home,
    is_online: bool,
    /// Whether there is a session that could be resumed.
    is_resumable: bool,
    /// What the server keeps for a session that may be resumed.
    unacknowledged: Vec<String>,
    /// What it keeps for the next session.
    kept_for_later: Vec<String>,
    /// Seconds by the server's clock.
    second: u64,
    truth: Vec<String>,
}

impl Story {
    fn at(second: u64, home: Home) -> Self {
        Story {
            home,
            is_online: false,
            is_resumable: false,
            unacknowledged: Vec::new(),
            kept_for_later: Vec::new(),
            second,
            truth: Vec::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Say(speaker) => self.say(*speaker),
            Step::LogIn => self.log_in(),
            Step::Lose => {
                self.home.juliet.lose_connection();
                self.is_online = false;
            }
            Step::Resume if !self.is_online && self.is_resumable => {
                self.home.juliet.resume();
                self.is_online = true;
                for stanza in std::mem::take(&mut self.unacknowledged) {
                    self.home.juliet.receive(&stanza);
                }
                self.home.settle();
            }
            Step::Resume => {}
            Step::Restart => {
                self.home.settle();
                self.home.restart();
                (self.is_online, self.is_resumable) = (false, false);
                self.expire();
            }
            Step::Archive(habit) => self.home.archive.habit = *habit,
            Step::Scroll => {
                self.home.scroll_up();
            }
            Step::Pass(seconds) => self.pass(*seconds),
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.second += seconds;
        self.home.juliet.pass(Duration::from_secs(seconds));
        self.home.settle();
    }

    /// What a session that is lost took with it is kept for the next one.
    fn expire(&mut self) {
        self.kept_for_later.append(&mut self.unacknowledged);
    }

    fn log_in(&mut self) {
        self.expire();
        self.home.log_in();
        (self.is_online, self.is_resumable) = (true, true);
        for stanza in std::mem::take(&mut self.kept_for_later) {
            self.home.juliet.receive(&stanza);
        }
        self.home.settle();
        self.home.archive.habit = Habit::Honest;
    }

    fn say(&mut self, speaker: Speaker) {
        let body = format!("number {}", self.truth.len());
        if let Speaker::Juliet = speaker {
            return self.say_here(&body);
        }
        let (from, to, id) = match speaker {
            Speaker::Romeo | Speaker::RomeoElsewhere => ("romeo@montague.lit/orchard", "juliet@capulet.lit", true),
            Speaker::RomeoNameless => ("romeo@montague.lit/orchard", "juliet@capulet.lit", false),
            Speaker::Phone | Speaker::Juliet => ("juliet@capulet.lit/phone", "romeo@montague.lit", true),
        };
        let id = if id { format!("id='{}'", self.truth.len() % 4) } else { String::new() };
        let head = format!("<message xmlns='jabber:client' from='{from}' to='{to}' type='chat' {id}>");
        let plain = format!("{head}<body>{body}</body></message>");
        let name = self.home.archive.take(self.second, &plain);
        self.truth.push(body.clone());
        let stanza_id = format!("<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.lit' id='{name}'/>");
        let stamp = crate::support::archive::stamp(self.second);
        let delay = format!("<delay xmlns='urn:xmpp:delay' from='capulet.lit' stamp='{stamp}'/>");
        let copy = |more: &str| {
            let inner = format!("{head}<body>{body}</body>{stanza_id}{more}</message>");
            match speaker {
                Speaker::Romeo | Speaker::RomeoNameless | Speaker::Juliet => inner,
                Speaker::RomeoElsewhere => carbon("received", &inner),
                Speaker::Phone => carbon("sent", &inner),
            }
        };
        if self.is_online {
            self.home.juliet.receive(&copy(""));
            self.home.settle();
        } else if matches!(speaker, Speaker::Romeo | Speaker::RomeoNameless) {
            self.unacknowledged.push(copy(&delay));
        }
    }

    /// She says something here; without a connection it is another day's.
    fn say_here(&mut self, body: &str) {
        if !self.is_online {
            return;
        }
        self.home.said.clear();
        self.home.juliet.command(Command::SendMessage { to: romeo().into(), body: body.to_owned() });
        self.home.settle();
        let is_it = |stanza: &minidom::Element| stanza.name() == "message" && stanza.has_child("body", "jabber:client");
        let mut stanza = self.home.said.iter().find(|stanza| is_it(stanza)).unwrap().clone();
        balcony::xep::stanza::set(&mut stanza, "from", "juliet@capulet.lit/balcony");
        self.home.archive.take(self.second, &String::from(&stanza).replace('"', "'"));
        self.home.juliet.feed(Input::Acknowledged(vec![stanza.attr("id").unwrap().to_owned()]));
        self.truth.push(body.to_owned());
    }

    /// Everything is well again, and she scrolls to the beginning.
    fn come_to_rest(&mut self) {
        self.home.archive.habit = Habit::Honest;
        self.log_in();
        self.home.juliet.pass(Duration::from_mins(3));
        self.log_in();
        while self.home.scroll_up() {}
    }
}

fn carbon(wrapper: &str, inner: &str) -> String {
    format!(
        "<message from='juliet@capulet.lit'><{wrapper} xmlns='urn:xmpp:carbons:2'>\
         <forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{wrapper}></message>"
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn however_it_comes_it_is_the_same_conversation(
        before in 0_usize..40,
        steps in vec(step(), 0..40),
        page in 1_usize..6,
        server in proptest::sample::select(&[50, 300_000][..]),
        ahead in prop_oneof![3 => 0_u64..100, 1 => 200_000_u64..400_000],
    ) {
        let mut home = Home::new();
        home.archive.most = page;
        // Her clock is ahead of the server's, or behind, by days at worst.
        home.juliet.pass(Duration::from_secs(ahead));
        let mut story = Story::at(server, home);
        for _ in 0..before {
            story.say(Speaker::Phone);
        }
        story.log_in();
        for step in steps {
            story.take(&step);
        }
        story.come_to_rest();
        prop_assert_eq!(story.home.keeper.bodies(), story.truth);
    }

    #[test]
    fn without_an_archive_what_comes_while_she_is_away_stands_behind_what_was_said_before(
        steps in vec(step_without_archive(), 0..40),
        server in proptest::sample::select(&[5_000, 300_000][..]),
        ahead in prop_oneof![3 => 0_u64..10_000, 1 => 200_000_u64..400_000],
    ) {
        let mut home = Home::new();
        home.features = "";
        // Her clock is ahead of the server's, or behind, by more than an hour or by days.
        home.juliet.pass(Duration::from_secs(ahead));
        let mut story = Story::at(server, home);
        story.log_in();
        for step in steps {
            story.take(&step);
        }
        story.log_in();
        prop_assert_eq!(story.home.keeper.bodies(), story.truth);
    }
}
