//! Juliet has two Balconies, Romeo has profanity, and the server keeps an archive: whoever of them was offline, killed or
//! away, in the end all three know the same conversation, each message once and in order.
//!
//! What the programs *know* is compared: Balcony's by `balcony export --json`, profanity's by its database, its receipts by
//! the stanzas in its log. profanity's window is not: it asks the archive when a window is opened and shows what comes
//! of that beside what it had, its own words twice at ejabberd. Its database has a row for each copy too, so those
//! with the same name count once, a correction in place of what it corrects, all in the order in which they came.
//! At Prosody it finds no archive, for it asks the server and not the account about one; there it lives on what the
//! server keeps for those who are away. Balcony's screens do show each message once, and are read as well.
//!
//! Whether a message of Juliet's has arrived, both her Balconies know, though profanity's receipts have no type, and
//! Prosody sends no carbons of such: the archive has them. And Romeo knows it of what he said while both were killed.

use std::time::Duration;

use tokio::time::{interval, timeout};

use super::support::balcony::Balcony;
use super::support::daemon::{Couple, Kind, Server};
use super::support::profanity::Profanity;
use super::support::terminal::Terminal;

/// How long a program may take to know something: no measure of speed, only the end of a wait for what never comes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often it is asked.
const GLANCE: Duration = Duration::from_millis(100);

/// So many of the newest messages are on Balcony's screen whatever else is.
const ON_THE_SCREEN: usize = 8;

/// What the head of the conversation says of somebody who is blocked.
const SHUT_OUT: &str = "· blocked";

/// What Romeo says while he is blocked.
const REFUSED: &str = "wherefore";

#[tokio::test]
async fn three_programs_agree_with_the_archive_of_prosody() {
    agree(&Server::shared(Kind::Prosody).couple()).await;
}

#[tokio::test]
async fn three_programs_agree_with_the_archive_of_ejabberd() {
    agree(&Server::shared(Kind::Ejabberd).couple()).await;
}

/// The three programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Desk,
    Sofa,
    Romeo,
}

const EVERYBODY: [Who; 3] = [Who::Desk, Who::Sofa, Who::Romeo];

/// How somebody leaves.
#[derive(Debug, Clone, Copy)]
enum Way {
    Killed,
    Offline,
}

/// Whose words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Juliet,
    Romeo,
}

/// A message as it is known in the end.
type Said = (Side, String);

/// One of Juliet's devices, and who sits there.
struct Device {
    balcony: Balcony,
    terminal: Terminal,
}

/// Everybody, and what was said so far.
struct Scene<'a> {
    couple: &'a Couple,
    desk: Device,
    sofa: Device,
    profanity: Profanity,
    said: Vec<Said>,
}

async fn agree(couple: &Couple) {
    let mut scene = Scene::begin(couple).await;
    scene.talk(&EVERYBODY).await;
    for away in EVERYBODY {
        for way in [Way::Killed, Way::Offline] {
            let others: Vec<Who> = EVERYBODY.into_iter().filter(|who| *who != away).collect();
            scene.leave(away, way).await;
            scene.talk(&others).await;
            scene.come_back(away, way).await;
            scene.agree(&EVERYBODY).await;
        }
    }
    scene.block().await;
    scene.agree_on_receipts().await;
    scene.speak_to_nobody().await;
    scene.agree_on_receipts().await;
}

impl Device {
    async fn new(couple: &Couple, name: &str) -> Self {
        let balcony = Balcony::beside(&couple.juliet, name);
        let terminal = sit_down(&balcony, &couple.romeo.jid).await;
        Device { balcony, terminal }
    }

    /// What is kept: whose it is, what was said, and whether it arrived.
    fn kept(&self, with: &str) -> Vec<(Said, bool)> {
        let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let lines = self.balcony.export(with).into_iter().map(|line| {
            let side = if word(&line["from"]).starts_with(with) { Side::Romeo } else { Side::Juliet };
            ((side, word(&line["body"])), line["state"] == "arrived")
        });
        lines.collect()
    }
}

impl<'a> Scene<'a> {
    /// All of them are there.
    async fn begin(couple: &'a Couple) -> Self {
        let desk = Device::new(couple, "desk").await;
        let sofa = Device::new(couple, "sofa").await;
        let profanity = Profanity::sit_down(&couple.romeo).await;
        let scene = Scene { couple, desk, sofa, profanity, said: Vec::new() };
        scene.open_window();
        scene
    }

    fn terminal(&self, who: Who) -> &Terminal {
        match who {
            Who::Desk => &self.desk.terminal,
            Who::Sofa => &self.sofa.terminal,
            Who::Romeo => &self.profanity,
        }
    }

    fn device(&mut self, who: Who) -> Option<&mut Device> {
        match who {
            Who::Desk => Some(&mut self.desk),
            Who::Sofa => Some(&mut self.sofa),
            Who::Romeo => None,
        }
    }

    /// Romeo looks at what Juliet says.
    fn open_window(&self) {
        self.profanity.say(&format!("/msg {}", self.couple.juliet.jid));
    }

    /// Each of them says something and puts it right; the others hear it before anybody goes on.
    async fn talk(&mut self, those: &[Who]) {
        for who in those {
            let number = self.said.len() + 1;
            let side = if *who == Who::Romeo { Side::Romeo } else { Side::Juliet };
            for (command, words) in [("", format!("slip {number:02}")), ("/correct ", format!("line {number:02}"))] {
                self.terminal(*who).say(&format!("{command}{words}"));
                self.said.truncate(number - 1);
                self.said.push((side, words));
                self.agree(those).await;
            }
        }
    }

    async fn leave(&self, who: Who, way: Way) {
        let terminal = self.terminal(who);
        match (way, who) {
            (Way::Killed, _) => terminal.kill().await,
            (Way::Offline, Who::Romeo) => self.profanity.disconnect().await,
            (Way::Offline, Who::Desk | Who::Sofa) => {
                terminal.say("/disconnect");
                terminal.until_line(&["/connect"]).await;
            }
        }
    }

    async fn come_back(&mut self, who: Who, way: Way) {
        let romeo = self.couple.romeo.jid.as_str();
        match (way, self.device(who)) {
            (Way::Killed, Some(device)) => device.terminal = sit_down(&device.balcony, romeo).await,
            (Way::Offline, Some(device)) => {
                device.terminal.say("/connect");
                device.terminal.until_line(&["● ", "online"]).await;
            }
            (Way::Killed, None) => {
                self.profanity.start_again().await;
                self.open_window();
            }
            (Way::Offline, None) => {
                self.profanity.connect().await;
                self.open_window();
            }
        }
    }

    /// Those know what was said, all of it and nothing else.
    async fn agree(&self, those: &[Who]) {
        for who in those {
            let what = format!("{who:?} to know {:#?}", self.said);
            until(&what, || self.known_by(*who), |known| *known == self.said).await;
        }
        for who in those.iter().filter(|who| **who != Who::Romeo) {
            let newest = &self.said[self.said.len().saturating_sub(ON_THE_SCREEN)..];
            show(self.terminal(*who), newest).await;
        }
    }

    fn known_by(&self, who: Who) -> Vec<Said> {
        let romeo = self.couple.romeo.jid.as_str();
        match who {
            Who::Desk => self.desk.kept(romeo).into_iter().map(|(said, _)| said).collect(),
            Who::Sofa => self.sofa.kept(romeo).into_iter().map(|(said, _)| said).collect(),
            Who::Romeo => self.known_by_profanity().into_iter().map(|(_, said)| said).collect(),
        }
    }

    /// What profanity knows, each message with its name; without what nobody else can know.
    fn known_by_profanity(&self) -> Vec<(String, Said)> {
        let mut known: Vec<(String, Said)> = Vec::new();
        for row in self.profanity.kept() {
            let side = if row.from == self.couple.romeo.jid { Side::Romeo } else { Side::Juliet };
            let name = row.corrects.as_ref().unwrap_or(&row.id);
            match known.iter_mut().find(|(id, _)| id == name) {
                Some((_, said)) if row.corrects.is_some() => *said = (side, row.body),
                Some(_) => {}
                None => known.push((row.id, (side, row.body))),
            }
        }
        known.retain(|(_, (_, words))| words != REFUSED);
        known
    }

    /// What Romeo says while he is blocked reaches neither of them, nor does it come out of the archive later.
    async fn block(&mut self) {
        let romeo = self.couple.romeo.jid.as_str();
        self.desk.terminal.say(&format!("/block {romeo}"));
        self.desk.terminal.until_line(&["Block them"]).await;
        self.desk.terminal.press("Enter");
        for device in [&self.desk, &self.sofa] {
            device.terminal.until_line(&[romeo, SHUT_OUT]).await;
        }
        self.profanity.say(REFUSED);
        let name = || self.profanity.kept().into_iter().find(|row| row.body == REFUSED).map(|row| row.id);
        let is_refused =
            |_: &str| name().is_some_and(|name| self.profanity.heard(&["<message", "type=\"error\"", &name]) > 0);
        self.profanity.until("the server to refuse that", is_refused).await;
        self.leave(Who::Sofa, Way::Killed).await;
        self.come_back(Who::Sofa, Way::Killed).await;
        self.desk.terminal.say(&format!("/unblock {romeo}"));
        for device in [&self.desk, &self.sofa] {
            let is_free = |screen: &str| !screen.lines().any(|line| line.contains(romeo) && line.contains(SHUT_OUT));
            device.terminal.until("the end of the block", is_free).await;
        }
        self.talk(&EVERYBODY).await;
    }

    /// What Romeo says while nobody is there comes out of the archive alone.
    async fn speak_to_nobody(&mut self) {
        for who in [Who::Desk, Who::Sofa] {
            self.leave(who, Way::Killed).await;
        }
        self.talk(&[Who::Romeo]).await;
        for who in [Who::Desk, Who::Sofa] {
            self.come_back(who, Way::Killed).await;
        }
        self.agree(&EVERYBODY).await;
    }

    /// What Juliet said has arrived, says each of her Balconies, and what Romeo said, says profanity.
    async fn agree_on_receipts(&self) {
        let romeo = self.couple.romeo.jid.as_str();
        for device in [&self.desk, &self.sofa] {
            let waiting = || device.kept(romeo).into_iter().filter(|((side, _), _)| *side == Side::Juliet);
            until("Juliet's to have arrived", || waiting().collect(), |all: &Vec<_>| all.iter().all(|(_, is)| *is))
                .await;
        }
        for (id, said) in self.known_by_profanity() {
            let receipts = || self.profanity.heard(&["<received", &id]);
            if said.0 == Side::Romeo {
                until(&format!("a receipt of {said:?}"), receipts, |count| *count > 0).await;
            }
        }
    }
}

/// Juliet sits down at one of her Balconies, and looks at what Romeo says.
async fn sit_down(balcony: &Balcony, romeo: &str) -> Terminal {
    let terminal = balcony.sit_down();
    terminal.until_line(&["● ", "online"]).await;
    terminal.say(&format!("/query {romeo}"));
    terminal
}

/// Asks until the answer is as wanted.
async fn until<T: std::fmt::Debug>(what: &str, ask: impl Fn() -> T, wanted: impl Fn(&T) -> bool) {
    let mut glances = interval(GLANCE);
    let asking = async {
        loop {
            glances.tick().await;
            if wanted(&ask()) {
                return;
            }
        }
    };
    let found = timeout(PATIENCE, asking).await;
    found.unwrap_or_else(|_| panic!("waited in vain for {what}; it is {:#?}", ask()));
}

/// The screen shows these once, one below the other.
async fn show(screen: &Terminal, said: &[Said]) {
    let shown = |screen: &str| {
        let places: Vec<usize> = said.iter().filter_map(|(_, words)| screen.find(words)).collect();
        let is_once = said.iter().all(|(_, words)| screen.matches(words).count() == 1);
        places.len() == said.len() && places.is_sorted() && is_once
    };
    screen.until(&format!("{said:?}, each once and in order"), shown).await;
}
