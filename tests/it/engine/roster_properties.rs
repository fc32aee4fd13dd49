//! Two Balconies keep one roster in one file, and are cut off and killed in any instant; the server changes it meanwhile.
//! Whatever they know after a login is what the server has.

use std::collections::{BTreeMap, VecDeque};

use balcony::engine::context::Settings;
use balcony::engine::event::Event;
use balcony::engine::history::{Answer, Order};
use balcony::engine::{Input, Output};
use balcony::store::database::Database;
use balcony::store::roster;
use jid::BareJid;
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::support::engine::Subject;

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Somebody in the roster is called otherwise, is new, or is no more; whoever is online hears of it.
    Change { contact: u8, name: Option<u8>, push: Push },
    /// A new session begins.
    LogIn(usize),
    /// The session is lost.
    Lose(usize),
    /// So much of what is to be kept is written.
    Write(usize, usize),
    /// The program is killed before the rest is, begins anew, and logs in.
    Kill(usize),
}

/// How a server says that its roster changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Push {
    Versioned,
    Unversioned,
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0_usize..2;
    let push = prop_oneof![9 => Just(Push::Versioned), 1 => Just(Push::Unversioned)];
    prop_oneof![
        4 => (0..4_u8, proptest::option::of(0..3_u8), push)
            .prop_map(|(contact, name, push)| Step::Change { contact, name, push }),
        2 => who().prop_map(Step::LogIn),
        1 => who().prop_map(Step::Lose),
        6 => (who(), 1..3_usize).prop_map(|(who, most)| Step::Write(who, most)),
        1 => who().prop_map(Step::Kill),
    ]
}

/// One of the two programs.
struct Program {
    subject: Subject,
    is_online: bool,
    /// What it wants kept, and is not yet.
    unwritten: VecDeque<Order>,
}

struct World {
    _folder: TempDir,
    database: Database,
    programs: [Program; 2],
    runs: u32,
    /// What the server has: names by addresses, and the number of changes.
    roster: BTreeMap<String, String>,
    version: u32,
}

fn juliet() -> BareJid {
    BareJid::new("juliet@capulet.lit").unwrap()
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("balcony.db")).unwrap().database;
        let program = |run| Program {
            subject: Subject::in_run(run, Settings::new(juliet())),
            is_online: false,
            unwritten: VecDeque::new(),
        };
        let programs = [program(0), program(1)];
        World { _folder: folder, database, programs, runs: 1, roster: BTreeMap::new(), version: 1 }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Change { contact, name, push } => self.change(contact, name, push),
            Step::LogIn(who) => self.log_in(who),
            Step::Lose(who) => {
                self.programs[who].subject.lose_connection();
                self.programs[who].is_online = false;
            }
            Step::Write(who, most) => self.write(who, most),
            Step::Kill(who) => {
                self.kill(who);
                self.log_in(who);
            }
        }
    }

    fn change(&mut self, contact: u8, name: Option<u8>, push: Push) {
        let jid = format!("contact{contact}@montague.lit");
        let item = if let Some(name) = name {
            self.roster.insert(jid.clone(), format!("name {name}"));
            format!("<item jid='{jid}' name='name {name}' subscription='both'/>")
        } else {
            self.roster.remove(&jid);
            format!("<item jid='{jid}' subscription='remove'/>")
        };
        self.version += 1;
        let version = match push {
            Push::Versioned => format!("ver='{}'", self.version),
            Push::Unversioned => String::new(),
        };
        let push = format!("<iq type='set' id='push'><query xmlns='jabber:iq:roster' {version}>{item}</query></iq>");
        for who in 0..2 {
            if self.programs[who].is_online {
                self.programs[who].subject.receive(&push);
                self.collect(who);
            }
        }
    }

    /// A session begins; what the program is told then is what there is.
    fn log_in(&mut self, who: usize) {
        let version = self.version.to_string();
        let subject = &mut self.programs[who].subject;
        subject.log_in();
        subject.events();
        let request = subject.take_request("jabber:iq:roster");
        let known = request.children().next().unwrap().attr("ver").unwrap();
        let items =
            self.roster.iter().map(|(jid, name)| format!("<item jid='{jid}' name='{name}' subscription='both'/>"));
        let whole = format!("<query xmlns='jabber:iq:roster' ver='{version}'>{}</query>", items.collect::<String>());
        let answer = if known == version { String::new() } else { whole };
        subject.receive(&format!("<iq type='result' id='{}'>{answer}</iq>", request.attr("id").unwrap()));
        let told = subject.events().into_iter().filter_map(|event| match event {
            Event::Contact(contact) => Some((contact.jid.to_string(), contact.name.unwrap_or_default())),
            _ => None,
        });
        assert_eq!(told.collect::<BTreeMap<_, _>>(), self.roster, "it named version {known:?} of {version}");
        self.programs[who].is_online = true;
        self.collect(who);
    }

    fn collect(&mut self, who: usize) {
        let program = &mut self.programs[who];
        let orders = program.subject.others().into_iter().filter_map(|output| match output {
            Output::History(order) => Some(order),
            _ => None,
        });
        program.unwritten.extend(orders);
        program.subject.look();
    }

    fn write(&mut self, who: usize, most: usize) {
        let many = most.min(self.programs[who].unwritten.len());
        for order in self.programs[who].unwritten.drain(..many) {
            let me = juliet();
            let written = match &order {
                Order::KeepRoster(edition) => self.database.write(|tables| roster::keep(tables, &me, edition)),
                Order::ReviseRoster(revision) => self.database.write(|tables| roster::revise(tables, &me, revision)),
                Order::ForgetRoster => self.database.write(|tables| roster::forget(tables, &me)),
                _ => Ok(()),
            };
            written.unwrap();
        }
    }

    fn kill(&mut self, who: usize) {
        self.runs += 1;
        let mut subject = Subject::in_run(self.runs, Settings::new(juliet()));
        if let Some(edition) = roster::kept(&self.database, &juliet()).unwrap() {
            subject.feed(Input::History(Answer::Roster(edition)));
        }
        self.programs[who] = Program { subject, is_online: false, unwritten: VecDeque::new() };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_roster_that_is_kept_is_the_servers_or_none(steps in vec(step(), 0..40)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        for who in [0, 1] {
            world.kill(who);
            world.log_in(who);
        }
    }
}
