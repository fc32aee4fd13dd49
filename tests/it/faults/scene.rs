//! Juliet and Romeo, each at a screen on a machine of their own, and their server.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::support::balcony::Balcony;
use crate::support::daemon::own::{OwnProsody, jid};
use crate::support::netns::internet::{Host, Internet};
use crate::support::sample::Sample;
use crate::support::terminal::{Terminal, has_line};

pub(super) const DIRECT: &str = "SOCKS5 direct";
pub(super) const IN_BAND: &str = "in-band";
/// What a finished transfer says in whatever way it went.
pub(super) const SOMEHOW: &str = "verified";

/// Everybody and everything. What lives inside of something else stands before it, so that it ends first.
pub(super) struct Scene {
    pub(super) juliet: Person,
    pub(super) romeo: Person,
    pub(super) prosody: OwnProsody,
    pub(super) _server: Host,
    pub(super) internet: Internet,
}

/// Somebody at a screen.
pub(super) struct Person {
    pub(super) screen: Terminal,
    pub(super) balcony: Balcony,
    pub(super) host: Host,
}

impl Scene {
    /// Everybody on a good network, and online.
    pub(super) async fn new() -> Self {
        with_juliet_by_way_of(&[]).await
    }

    /// On these machines, and with Juliet's Balcony started by way of these programs.
    pub(super) async fn with(internet: Internet, juliet: Host, romeo: Host, by_way_of: &[&str]) -> Self {
        let server = internet.host("server");
        let prosody = OwnProsody::start(&server.place, server.addresses());
        let juliet = Person::sit_down("juliet", juliet, &prosody, server.address(), by_way_of).await;
        let romeo = Person::sit_down("romeo", romeo, &prosody, server.address(), &[]).await;
        Scene { juliet, romeo, prosody, _server: server, internet }.open().await
    }

    /// Both look at their conversation with each other.
    pub(super) async fn open(self) -> Self {
        self.romeo.screen.say(&format!("/query {}", jid("juliet")));
        self.juliet.screen.say(&format!("/query {}", jid("romeo")));
        self.romeo.sees(&["juliet1@capulet.lit ●", "balcony"]).await;
        self.juliet.sees(&["romeo1@capulet.lit ●", "balcony"]).await;
        self
    }

    /// Either says something, the other reads it, and the first sees that it arrived.
    pub(super) async fn they_talk(&self) {
        for (speaker, listener, text) in [
            (&self.romeo, &self.juliet, "Lady, by yonder blessed moon I swear"),
            (&self.juliet, &self.romeo, "O, swear not by the moon"),
        ] {
            speaker.screen.say(text);
            listener.sees(&[text]).await;
            speaker.sees(&[text, "✓"]).await;
        }
    }

    /// Romeo offers Juliet a file, and she accepts it.
    pub(super) async fn send(&self, sample: &Sample) {
        self.romeo.screen.say(&format!("/send {}", sample.path().display()));
        self.juliet.screen.answer_offer(sample.name(), "F3").await;
    }

    /// The file is there, whole, and both are told so.
    pub(super) async fn arrives(&self, sample: &Sample, via: &str) {
        for person in [&self.juliet, &self.romeo] {
            person.sees(&[sample.name(), "✓", via]).await;
        }
        sample.assert_same(&self.juliet.downloaded(sample));
    }

    /// Both begin a page without what was said and done so far, and let go of what is finished.
    pub(super) async fn clear(&self) {
        for person in [&self.juliet, &self.romeo] {
            person.screen.tidy();
            person.screen.until("an empty page", |screen| !screen.contains('✓')).await;
        }
    }

    /// They talk, and a file of this size arrives in that way.
    pub(super) async fn all_is_well(&self, size: usize, via: &str) {
        self.they_talk().await;
        let sample = Sample::of(size);
        self.send(&sample).await;
        self.arrives(&sample, via).await;
    }
}

/// On a good network, with Juliet's Balcony started by way of these programs.
pub(super) async fn with_juliet_by_way_of(programs: &[&str]) -> Scene {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.host("juliet"), internet.host("romeo"));
    Scene::with(internet, juliet, romeo, programs).await
}

impl Person {
    /// Waits until somebody is online with Balcony, by way of these programs.
    pub(super) async fn sit_down(
        name: &str,
        host: Host,
        prosody: &OwnProsody,
        server: IpAddr,
        by_way_of: &[&str],
    ) -> Person {
        let person = Self::try_to_sit_down(name, host, &prosody.account(name, &prosody.route(server)), by_way_of);
        person.sees(&[&jid(name), "●", "online"]).await;
        person
    }

    /// Starts it with that account.
    pub(super) fn try_to_sit_down(name: &str, host: Host, account: &str, by_way_of: &[&str]) -> Person {
        let config = format!("{account}[transfers]\ndownloads = \"~/downloads\"\n");
        let mut way: Vec<String> = host.place.way_in().into();
        way.extend(by_way_of.iter().map(|word| (*word).to_owned()));
        let balcony = Balcony::new(&jid(name), &config, &way);
        Person { screen: balcony.sit_down(), balcony, host }
    }

    /// Waits until one line of the screen has all of these words.
    pub(super) async fn sees(&self, words: &[&str]) {
        self.screen.until_line(words).await;
    }

    /// Waits until what was said stands there, as something that nobody got yet.
    pub(super) async fn sees_undelivered(&self, text: &str) {
        let is_there = |screen: &str| has_line(screen, &["me ", text]) && !has_line(screen, &["me ", text, "✓"]);
        self.screen.until("what was said, without a sign that it arrived", is_there).await;
    }

    /// Quits while something is on the way, and does not wait for the end.
    pub(super) async fn leave_in_the_middle(&self) {
        self.screen.press("C-q");
        self.sees(&["quitting stops that"]).await;
        self.screen.press("Enter");
    }

    /// Starts the program once more, whether or not the old one has ended: its screen is returned.
    pub(super) fn start_again(&mut self) -> Terminal {
        std::mem::replace(&mut self.screen, self.balcony.sit_down())
    }

    /// Their Balcony gets no chance to do anything about it.
    pub(super) async fn dies(&self) {
        self.screen.kill().await;
    }

    /// It is started once more.
    pub(super) fn comes_back(&mut self) {
        self.screen = self.balcony.sit_down();
    }

    pub(super) fn downloaded(&self, sample: &Sample) -> PathBuf {
        self.balcony.downloads().join(sample.name())
    }
}
