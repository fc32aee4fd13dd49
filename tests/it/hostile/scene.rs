//! Juliet at her screen, and the domain where Tybalt and Benvolio are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::balcony::Balcony;
use crate::support::daemon::foreign::{Foreign, body};
use crate::support::daemon::{Account, Couple, Kind, Server};
use crate::support::terminal::{Terminal, has_line};

const TRANSFERS: &str = "downloads = \"~/downloads\"\nlisten = \"127.0.0.1:0\"\nadvertise = [\"127.0.0.1\"]\n";

const DISCO: &str = "http://jabber.org/protocol/disco#info";

/// What the programs of Tybalt and Benvolio say they can.
const FEATURES: &str = "<identity category='client' type='pc'/>\
     <feature var='http://jabber.org/protocol/si'/>\
     <feature var='http://jabber.org/protocol/si/profile/file-transfer'/>\
     <feature var='http://jabber.org/protocol/bytestreams'/><feature var='http://jabber.org/protocol/ibb'/>";

/// Descriptors that come with the first thing that is kept or looked up, and stay: three for each way to the database.
const KEPT: usize = 12;

/// Room that the kernel has made for descriptors, which it doubles, when everything is in use that anybody may take.
const SLOTS: usize = 256;

/// What a program uses: mebibytes that are resident, and descriptors that are open.
pub(super) struct Used {
    pub(super) memory: u64,
    /// The most there ever was, since it was last asked about by [`Scene::used`].
    peak: u64,
    pub(super) descriptors: usize,
    /// How many the kernel has made room for, which never becomes less.
    slots: usize,
}

/// Whether a file is one that is not whole.
pub(super) fn is_part(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "part")
}

/// Everybody. What ends first stands first.
pub(super) struct Scene {
    pub(super) screen: Terminal,
    pub(super) foreign: Foreign,
    pub(super) balcony: Balcony,
    pub(super) couple: Couple,
    said: usize,
}

impl Scene {
    /// Juliet looks at her conversation with Benvolio; she and her contacts see each other.
    pub(super) async fn new() -> Self {
        Self::with(&[], |_| String::new()).await
    }

    /// The same, and what Tybalt offers is accepted without a word.
    pub(super) async fn trusting() -> Self {
        Self::with(&[], |tybalt| format!("[[rules]]\naction = \"accept\"\nfrom = [\"{tybalt}\"]\n")).await
    }

    /// The same, and Romeo's account is in the same program.
    pub(super) async fn of_both() -> Self {
        Self::with_couple(&[], |couple, tybalt| {
            let Account { jid, password, server } = &couple.romeo;
            format!(
                "[[rules]]\naction = \"accept\"\nfrom = [\"{tybalt}\"]\n[accounts.his]\njid = \"{jid}/balcony\"\n\
                 password = \"{password}\"\nserver = \"127.0.0.1:{}\"\ntls = \"starttls\"\npin = \"{}\"\n",
                server.port(),
                server.pin()
            )
        })
        .await
    }

    /// With Balcony started by way of these programs.
    pub(super) async fn by_way_of(programs: &[String]) -> Self {
        Self::with(programs, |_| String::new()).await
    }

    /// With more configuration, given Tybalt's address.
    async fn with(programs: &[String], config: impl Fn(&str) -> String) -> Self {
        Self::with_couple(programs, |_, tybalt| config(tybalt)).await
    }

    async fn with_couple(programs: &[String], config: impl Fn(&Couple, &str) -> String) -> Self {
        let couple = Server::shared(Kind::OpenProsody).couple();
        let mut foreign = Foreign::of(&couple);
        let config = format!("{TRANSFERS}{}", config(&couple, &foreign.jid("tybalt")));
        let balcony = Balcony::by_way_of(&couple.juliet, &config, programs);
        let screen = balcony.sit_down();
        let juliet = foreign.juliet.clone();
        foreign
            .until("Juliet's presence", |stanza| stanza.name() == "presence" && stanza.attr("from") == Some(&juliet));
        for name in ["tybalt/sword", "benvolio/cap"] {
            let presence = format!("<presence from='{}' to='{juliet}'/>", foreign.jid(name));
            foreign.say(&presence);
        }
        for _ in 0..2 {
            let question = foreign.asked_for(DISCO);
            foreign.grant(&question, &format!("<query xmlns='{DISCO}'>{FEATURES}</query>"));
        }
        screen.say(&format!("/query {}", foreign.jid("benvolio")));
        screen.until_line(&[&foreign.jid("benvolio"), "●", "cap"]).await;
        Scene { screen, foreign, balcony, couple, said: 0 }
    }

    /// Juliet looks at her conversation with somebody of the domain.
    pub(super) async fn look_at(&self, name: &str) {
        let jid = self.foreign.jid(name);
        self.screen.say(&format!("/query {jid}"));
        self.screen.until_line(&[&format!("{jid} ")]).await;
    }

    /// Benvolio says something, Juliet reads it, answers, and he reads that. All that was sent before has been dealt with
    /// then.
    pub(super) async fn a_friend_is_heard_and_answered(&mut self) {
        // An answer to something simple comes after all that was asked before, however long that takes.
        self.foreign.ask("benvolio/cap", "get", "<ping xmlns='urn:xmpp:ping'/>");
        self.said += 1;
        let (words, answer) = (format!("part, fools {}", self.said), format!("peace, good Benvolio {}", self.said));
        self.foreign.message("benvolio/cap", "id='friend'", &format!("<body>{words}</body>"));
        self.screen.say(&format!("/query {}", self.foreign.jid("benvolio")));
        self.screen.until_line(&[&words]).await;
        self.screen.say(&answer);
        while body(&self.foreign.until_said_to("benvolio")) != answer {}
    }

    /// What Juliet's Balcony uses now.
    pub(super) fn used(&self) -> Used {
        let process = PathBuf::from("/proc").join(self.screen.process());
        let status = fs::read_to_string(process.join("status")).unwrap();
        let of = |what: &str| status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        let mebibytes = |what| of(what).trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024;
        let used = Used {
            memory: mebibytes("VmRSS:"),
            peak: mebibytes("VmHWM:"),
            descriptors: self.descriptors(),
            slots: of("FDSize:").trim().parse().unwrap(),
        };
        fs::write(process.join("clear_refs"), "5").unwrap();
        used
    }

    /// How many descriptors it has open now.
    pub(super) fn descriptors(&self) -> usize {
        fs::read_dir(PathBuf::from("/proc").join(self.screen.process()).join("fd")).unwrap().count()
    }

    /// Since then it never used more than so many mebibytes more, nor many more descriptors at a time; and it comes back
    /// to as many as before.
    pub(super) async fn uses_little_more_than(&self, before: &Used, mebibytes: u64) {
        let now = self.used();
        assert!(now.peak <= before.memory + mebibytes, "{} MiB before, at most {} MiB then", before.memory, now.peak);
        let slots = before.slots.max(SLOTS);
        assert!(now.slots <= slots, "{} descriptors had room before, {} then", before.slots, now.slots);
        let most = before.descriptors + KEPT;
        self.screen.until(&format!("no more than {most} descriptors"), |_| self.descriptors() <= most).await;
    }

    /// In a moment it holds no more than so many mebibytes more than before that nobody else could use.
    pub(super) async fn gives_back_all_but(&self, before: u64, mebibytes: u64) {
        let most = before + mebibytes;
        self.screen.until(&format!("no more than {most} MiB"), |_| self.held() <= most).await;
    }

    /// Mebibytes that Juliet's Balcony holds of its own: without the program itself, which comes from the disk.
    pub(super) fn held(&self) -> u64 {
        let status = fs::read_to_string(PathBuf::from("/proc").join(self.screen.process()).join("status")).unwrap();
        let held = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        held.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    }

    /// On how many lines of the screen there are all of these words.
    pub(super) fn lines_with(&self, words: &[&str]) -> usize {
        self.screen.screen().lines().filter(|line| has_line(line, words)).count()
    }

    /// Everything in Juliet's home that is neither Balcony's own nor a download, and every download, by their paths from
    /// there.
    pub(super) fn files(&self) -> Vec<String> {
        let home = self.balcony.downloads().parent().unwrap().to_owned();
        let mut found = Vec::new();
        let mut folders = vec![home.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                let name = path.strip_prefix(&home).unwrap().to_str().unwrap().to_owned();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(path);
                } else if !["config", "state", "data", "cache", "runtime"].iter().any(|own| name.starts_with(own)) {
                    found.push(name);
                }
            }
        }
        found.sort();
        found
    }

    /// What is kept of what was said does not have these words in it.
    pub(super) fn is_nowhere_in_the_history(&self, words: &str) {
        for with in ["tybalt", "benvolio", "capulet1", "juliet"] {
            let kept = self.balcony.export(&self.foreign.jid(with));
            assert!(kept.iter().all(|line| !line.to_string().contains(words)), "{kept:?}");
        }
    }
}
