//! Somebody at a screen, on a machine of their own.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::ground::{Clock, Disk, Names};
use super::process::Usage;
use super::support::balcony::Balcony;
use super::support::daemon::own::{OwnProsody, jid};
use super::support::netns::internet::Host;
use super::support::process::send_signal;
use super::support::sample::Sample;
use super::support::terminal::{Terminal, has_line};

/// tmux wakes a program of its own that is stopped, but not what runs below that.
const BELOW_A_SHELL: [&str; 3] = ["sh", "-c", r#""$0" "$@"; exit"#];

/// The longest wait for a new try to connect is a minute, and a file may need several.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often somebody looks.
const GLANCE: Duration = Duration::from_millis(200);

pub(crate) struct Person {
    pub(crate) host: Host,
    pub(crate) clock: Clock,
    pub(crate) disk: Disk,
    balcony: Balcony,
    screen: Terminal,
    /// What they said, in order.
    said: Vec<String>,
}

/// The two of them.
pub(crate) struct Pair {
    pub(crate) romeo: Person,
    pub(crate) juliet: Person,
}

impl Person {
    /// Starts Balcony on an account of the server that names lead to; what the other offers is accepted.
    pub(crate) fn sit_down(name: &str, other: &str, host: Host, prosody: &OwnProsody, names: &Names) -> Person {
        let account = prosody.account(name, "");
        let config = format!(
            "{account}[transfers]\ndownloads = \"~/downloads\"\n[[rules]]\naction = \"accept\"\nfrom = [\"{}\"]\n",
            jid(other)
        );
        let mut way: Vec<String> = host.place.way_in().into();
        let clock = Clock::new();
        way.extend(names.way_in());
        way.extend(clock.way_in());
        way.extend(BELOW_A_SHELL.map(str::to_owned));
        let balcony = Balcony::new(&jid(name), &config, &way);
        let disk = Disk::under(balcony.downloads().parent().unwrap());
        let screen = balcony.sit_down();
        Person { host, clock, disk, balcony, screen, said: Vec::new() }
    }

    /// Waits until both are online and looks at the conversation.
    pub(crate) fn turn_to(&self, other: &str) {
        self.until("to be online", || has_line(&self.screen.screen(), &["● online"]));
        self.screen.say(&format!("/query {other}"));
        self.until("to see the other", || has_line(&self.screen.screen(), &[other, "●", "balcony"]));
    }

    pub(crate) fn jid(&self) -> &str {
        self.balcony.jid()
    }

    /// The process that is Balcony.
    pub(crate) fn process(&self) -> String {
        let shell = self.screen.process();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.trim().to_owned()
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage::of(&self.process())
    }

    /// Says something, and sees it kept: from then on it must not be lost.
    pub(crate) fn say(&mut self, text: &str, to: &str) {
        // The pane of transfers may have gone while keys for it were pressed.
        self.screen.say_alone(text);
        self.said.push(text.to_owned());
        self.until("to have kept what they said", || self.kept(to, self.jid()) == self.said);
    }

    /// Offers a file, by these methods alone.
    pub(crate) fn send(&self, sample: &Sample, way: &str) {
        let methods = way.replace(' ', " --via ");
        self.screen.say(&format!("/send {} --via {methods}", sample.path().display()));
    }

    /// Waits until a file begins to arrive, or is there.
    pub(crate) fn begins_to_receive(&self, sample: &Sample) {
        let is_it = |path: &PathBuf| path.to_string_lossy().contains(sample.name());
        self.until("a file to begin", || self.balcony.downloaded().iter().any(is_it));
    }

    /// Waits until all is there that the other said, each once and in order.
    pub(crate) fn has_heard(&self, other: &Person) {
        self.until("to have heard everything", || self.kept(other.jid(), other.jid()) == other.said);
    }

    /// Waits until the file has its name; it is what was sent, and nothing else came. Whether it had to be sent again,
    /// because both were told that it failed: a server that dies takes along what it had on its way, and who accepted
    /// an offer then waits for nobody.
    pub(crate) fn has_received(&self, sample: &Sample, sender: &Person, way: &str) -> bool {
        let path = self.balcony.downloads().join(sample.name());
        let has_failed = || has_line(&self.screen.screen(), &[sample.name(), "✗"]);
        let waits = || self.screen.screen().contains("r goes on");
        self.until("to have the file, or to be told that it failed", || path.exists() || has_failed() || waits());
        if waits() {
            self.screen.say_alone("/retry");
            self.until("the file to go on", || path.exists() || has_failed());
        }
        let is_again = !path.exists();
        if is_again {
            sender.send(sample, way);
            self.until("to have the file that was sent again", || path.exists());
        }
        sample.assert_same(&path);
        self.until("to be through with the file", || self.balcony.downloaded() == [path.clone()]);
        fs::remove_file(path).unwrap();
        is_again
    }

    /// Lets go of what is finished and said on the screen.
    pub(crate) fn tidy(&self) {
        // Once more where the archive tells at that moment what was missed: then the page is looked up anew.
        self.until("an empty page", || {
            self.screen.tidy();
            // A letter that follows the last key, Escape, at once would make another one of it.
            sleep(GLANCE);
            !self.screen.screen().contains('✓')
        });
    }

    /// Is told that the server shows another certificate, and accepts it.
    pub(crate) fn accept_certificate(&self) {
        self.until("to hear of the certificate", || self.screen.screen().contains("CHANGED"));
        self.screen.say_alone("/connect");
        self.until("to be asked", || self.screen.screen().contains("THE CERTIFICATE CHANGED"));
        self.screen.press("y");
        self.until("to be online", || has_line(&self.screen.screen(), &["● online"]));
    }

    /// Is killed on the spot.
    pub(crate) fn die(&self) {
        send_signal("KILL", &self.process());
    }

    /// Starts again with what is on the disk.
    pub(crate) fn come_back(&mut self, other: &Person) {
        self.screen = self.balcony.sit_down();
        self.turn_to(other.jid());
    }

    /// Leaves in good order.
    pub(crate) fn leave(&self) {
        self.screen.press("C-q");
        self.until("to end", || self.screen.exit_code().is_some());
        assert_eq!(self.screen.exit_code().as_deref(), Some("0"), "{} does not end well", self.jid());
    }

    /// What `whose` said in the conversation with that contact, as it is kept here.
    fn kept(&self, with: &str, whose: &str) -> Vec<String> {
        let mut kept = self.balcony.export(with);
        kept.retain(|line| line["from"].as_str().is_some_and(|from| from.split('/').next() == Some(whose)));
        kept.iter().map(|line| line["body"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(
                began.elapsed() < PATIENCE,
                "{} waits in vain {what}; said: {:?}\ndownloads: {:#?}\nthe screen is\n{}",
                self.jid(),
                self.said,
                self.balcony.downloaded(),
                self.screen.screen()
            );
            sleep(GLANCE);
        }
    }
}
