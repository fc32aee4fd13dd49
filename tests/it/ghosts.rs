//! What becomes of a program at the server that was killed: the next one stands where it stood, and nobody sees both. Who
//! runs beside it, or from a copy of its files, is another.

use std::path::Path;
use std::time::SystemTime;

use balcony::client::{Limiter, Limits, Options};
use balcony::demo;
use balcony::engine::command::Command;
use balcony::engine::event::{Event, Outcome, Resource, Verified};
use balcony::store::account::{self, HostPort, Secret, Tls};
use jid::{BareJid, Jid};
use tempfile::TempDir;

use super::support::balcony::Balcony;
use super::support::daemon::{Account, Couple, Kind, Server};
use super::support::person::Person;
use super::support::sample::{MIB, Sample};

/// The servers, as they are when they were just installed.
const SERVERS: [Kind; 2] = [Kind::Prosody, Kind::Ejabberd];

/// Romeo, who sees Juliet.
struct Romeo {
    person: Person,
    _folder: TempDir,
    couple: Couple,
}

impl Romeo {
    async fn at(kind: Kind) -> Self {
        Self::with(kind, Limits::default()).await
    }

    async fn with(kind: Kind, limits: Limits) -> Self {
        let couple = Server::shared(kind).couple();
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(&couple.romeo, folder.path());
        options.limiter = Limiter::new(limits);
        let person = Person::enter(options).await;
        Romeo { person, _folder: folder, couple }
    }

    /// Juliet's Balcony, whose configuration names no resource.
    fn juliet(&self) -> Balcony {
        Balcony::unnamed(&self.couple.juliet)
    }

    fn juliets(&self) -> BareJid {
        BareJid::new(&self.couple.juliet.jid).unwrap()
    }

    /// Waits until he sees a program of hers that came later than that, and tells which he sees then.
    async fn sees_after(&mut self, before: SystemTime) -> Vec<Resource> {
        let juliets = self.juliets();
        let has_come = |event: &Event| match event {
            Event::Contact(contact) if contact.jid == juliets => {
                contact.resources.iter().any(|resource| resource.since > before).then(|| contact.resources.clone())
            }
            _ => None,
        };
        self.person.until("somebody to come", has_come).await
    }

    fn offer(&self, sample: &Sample) {
        self.offer_to(self.juliets().into(), sample);
    }

    fn offer_to(&self, to: Jid, sample: &Sample) {
        let path = sample.path().to_owned();
        self.person.send(Command::OfferFile { to, path, description: None, via: Vec::new() });
    }

    /// What he offers arrives in that Balcony.
    async fn arrives(&mut self, sample: &Sample, juliet: &Balcony) {
        let juliets = self.juliets();
        let (transfer, _) = self.person.until_offer(&juliets).await;
        let (attempts, outcome) = self.person.until_end(transfer).await;
        let is_proven = matches!(outcome, Outcome::Completed { verified: Verified::Sha256, .. });
        assert!(is_proven, "{outcome:?} after {attempts:?}");
        sample.assert_same(&juliet.downloads().join(sample.name()));
    }
}

/// How a client in this process is set up.
fn options(who: &Account, folder: &Path) -> Options {
    let address = BareJid::new(&who.jid).unwrap().with_resource_str("orchard").unwrap();
    let place = HostPort { host: "127.0.0.1".to_owned(), port: who.server.port() };
    let account = account::Account {
        name: "test".to_owned(),
        jid: address.clone().into(),
        password: Secret::new(who.password.clone()),
        server: Some(place),
        tls: Tls::StartTls,
        pin: None,
        extra_ca: Some(who.server.authority()),
    };
    let nowhere = ([127, 0, 0, 1], who.server.port()).into();
    Options { account, ..demo::options(&address, nowhere, folder.join("received")) }
}

fn names(resources: &[Resource]) -> Vec<String> {
    resources.iter().map(|resource| resource.jid.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_killed_is_replaced_by_the_next_one_and_no_ghost_of_it_stays() {
    for kind in SERVERS {
        let mut romeo = Romeo::at(kind).await;
        let juliet = romeo.juliet();
        let mut killed = juliet.receive(&[]);
        let address = killed.address();
        let first = romeo.sees_after(SystemTime::UNIX_EPOCH).await;
        assert_eq!(names(&first), std::slice::from_ref(&address));
        killed.die();
        let mut next = juliet.receive(&[]);
        assert_eq!(next.address(), address, "{kind:?}");
        let seen = romeo.sees_after(first[0].since).await;
        assert_eq!(names(&seen), std::slice::from_ref(&address), "{kind:?}");
        let sample = Sample::of(MIB);
        romeo.offer_to(address.parse().unwrap(), &sample);
        romeo.arrives(&sample, &juliet).await;
        // A server may tell late that the old one is gone, which the new one contradicts.
        let last = romeo.person.last_seen(&romeo.juliets()).and_then(|contact| contact.last_seen);
        if let Some(gone) = last.filter(|gone| *gone > seen[0].since) {
            assert_eq!(names(&romeo.sees_after(gone).await), [address], "{kind:?}");
        }
        next.die();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_a_killed_program_left_without_an_answer_is_made_to_the_next_one() {
    for kind in SERVERS {
        let mut romeo = Romeo::at(kind).await;
        let juliet = romeo.juliet();
        let screen = juliet.sit_down();
        romeo.sees_after(SystemTime::UNIX_EPOCH).await;
        let sample = Sample::of(MIB);
        romeo.offer(&sample);
        screen.until_line(&["offers", sample.name()]).await;
        screen.kill().await;
        let screen = juliet.sit_down();
        screen.answer_offer(sample.name(), "F3").await;
        romeo.arrives(&sample, &juliet).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_on_its_way_to_a_killed_program_goes_on_to_the_next_one() {
    for kind in SERVERS {
        let limits = Limits { up: Some(2 * MIB as u64), down: None };
        let mut romeo = Romeo::with(kind, limits).await;
        let juliet = romeo.juliet();
        let mut killed = juliet.receive(&["--once"]);
        romeo.sees_after(SystemTime::UNIX_EPOCH).await;
        let sample = Sample::of(6 * MIB);
        romeo.offer(&sample);
        killed.reaches(2 * MIB as u64);
        killed.die();
        let mut next = juliet.receive(&["--once"]);
        romeo.arrives(&sample, &juliet).await;
        next.outcome("completed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_beside_another_throws_nobody_out_whether_or_not_the_user_chose_a_name() {
    for configured in [Balcony::unnamed, Balcony::of] {
        let mut romeo = Romeo::at(Kind::Prosody).await;
        let juliet = configured(&romeo.couple.juliet);
        let mut one = juliet.receive(&["--once"]);
        let first = romeo.sees_after(SystemTime::UNIX_EPOCH).await;
        assert_eq!(names(&first), [one.address()]);
        let mut other = juliet.receive(&[]);
        let both = romeo.sees_after(first[0].since).await;
        assert_eq!(names(&both), [other.address(), one.address()], "the one that has just come is the likelier");
        let besides = other.address();
        other.die();
        let (_, said) = juliet.doctor(&[]);
        assert!(said.contains("logged in"), "{said}");
        let next = juliet.receive(&[]);
        assert_eq!(next.address(), besides);
        let sample = Sample::of(MIB);
        romeo.offer_to(one.address().parse().unwrap(), &sample);
        romeo.arrives(&sample, &juliet).await;
        one.outcome("completed");
        assert_eq!(one.addresses().len(), 1, "{:?}", one.addresses());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_with_copies_of_the_same_files_part_and_do_not_throw_each_other_out_again() {
    for kind in SERVERS {
        let juliet = Romeo::at(kind).await.juliet();
        let mut one = juliet.receive(&[]);
        let copy = juliet.copied();
        let mut other = copy.receive(&[]);
        assert_eq!(other.address(), one.address());
        one.event("online");
        assert_ne!(other.address(), one.addresses()[1]);
        one.die();
        other.die();
        let (one, other) = (juliet.receive(&[]), copy.receive(&[]));
        assert_ne!(one.address(), other.address());
    }
}
