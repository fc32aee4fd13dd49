//! One round: they talk, a file is on its way, something fails, everything arrives.

use std::time::{Duration, Instant};

use super::dice::Dice;
use super::fault::{FAULTS, Fault, Surroundings};
use super::ground::Names;
use super::person::{Pair, Person};
use super::process::Usage;
use super::support::daemon::own::OwnProsody;
use super::support::netns::internet::Internet;
use super::support::sample::Sample;
use super::trend::Trend;

/// By which methods a file may go, in words and as they are named to `/send`. In-band is always among them: what is cut
/// off while nothing else may be tried is rightly told to be out of reach.
const WAYS: [&str; 3] = ["socks5-direct in-band", "socks5-proxy in-band", "in-band"];

/// Files from a few blocks to what takes a moment, in bytes.
const SIZES: std::ops::Range<u64> = 10_000..6_000_000;

/// A fault is over before anybody gives up, after so many seconds.
const LASTS: std::ops::Range<u64> = 1..20;

/// Everybody and everything. What lives inside of something else stands before it, so that it ends first.
pub(crate) struct World {
    people: Pair,
    around: Surroundings,
    dice: Dice,
    /// What is to come before anything comes again.
    faults: Vec<Fault>,
    rounds: u64,
    bytes: u64,
    sent_again: u64,
    began: Instant,
    trend: Trend,
}

/// What a round was like.
pub(crate) struct Round {
    number: u64,
    at: Duration,
    took: Duration,
    fault: Fault,
    way: &'static str,
    size: u64,
    romeo: Usage,
    juliet: Usage,
}

impl World {
    /// Both sit down and see each other.
    pub(crate) fn new(dice: Dice) -> Self {
        let internet = Internet::new();
        let [server, juliet, romeo] = ["server", "juliet", "romeo"].map(|role| internet.host(role));
        let prosody = OwnProsody::start(&server.place, server.addresses());
        let names = Names::of(&server);
        let juliet = Person::sit_down("juliet", "romeo", juliet, &prosody, &names);
        let romeo = Person::sit_down("romeo", "juliet", romeo, &prosody, &names);
        romeo.turn_to(juliet.jid());
        juliet.turn_to(romeo.jid());
        let (people, began, trend) = (Pair { romeo, juliet }, Instant::now(), Trend::default());
        World {
            people,
            around: Surroundings { prosody, names, server, internet },
            dice,
            faults: vec![],
            rounds: 0,
            bytes: 0,
            sent_again: 0,
            began,
            trend,
        }
    }

    /// One round, from the first word until all is well.
    pub(crate) fn round(&mut self) -> Round {
        let (at, began, number) = (self.began.elapsed(), Instant::now(), self.rounds + 1);
        let fault = self.next_fault();
        // Its name comes from its size, and no two may have the same.
        let size = self.dice.within(SIZES) / 10_000 * 10_000 + number % 10_000;
        let way = self.dice.one_of(&WAYS);
        let sample = Sample::of(usize::try_from(size).unwrap());
        self.talk("before", number);
        let is_again = self.play(&sample, way, fault);
        self.talk("after", number);
        self.all_is_well();
        (self.rounds, self.bytes) = (number, self.bytes + size);
        let (romeo, juliet) = (self.people.romeo.usage(), self.people.juliet.usage());
        self.trend.add(romeo);
        self.sent_again += u64::from(is_again);
        Round { number, at, took: began.elapsed(), fault, way, size, romeo, juliet }
    }

    fn next_fault(&mut self) -> Fault {
        if self.faults.is_empty() {
            self.faults = self.dice.shuffled(&FAULTS);
        }
        self.faults.pop().expect("there are faults")
    }

    fn talk(&mut self, when: &str, number: u64) {
        let Pair { romeo, juliet } = &mut self.people;
        let (to_romeo, to_juliet) = (romeo.jid().to_owned(), juliet.jid().to_owned());
        romeo.say(&format!("Romeo, {when} the blow, round {number}"), &to_juliet);
        juliet.say(&format!("Juliet, {when} the blow, round {number}"), &to_romeo);
    }

    /// A file begins to arrive, the fault strikes, and the file is there; whether it had to be sent again.
    fn play(&mut self, sample: &Sample, way: &str, fault: Fault) -> bool {
        let lasts = Duration::from_secs(self.dice.within(LASTS));
        let is_romeos = self.dice.within(0..2) == 0;
        let Pair { romeo, juliet } = &self.people;
        let (sender, receiver) = if is_romeos { (romeo, juliet) } else { (juliet, romeo) };
        sender.send(sample, way);
        receiver.begins_to_receive(sample);
        fault.strike(&mut self.people, &mut self.around, lasts);
        let Pair { romeo, juliet } = &self.people;
        let (sender, receiver) = if is_romeos { (romeo, juliet) } else { (juliet, romeo) };
        receiver.has_received(sample, sender, way)
    }

    fn all_is_well(&self) {
        let Pair { romeo, juliet } = &self.people;
        romeo.has_heard(juliet);
        juliet.has_heard(romeo);
        romeo.tidy();
        juliet.tidy();
    }

    /// Both leave. Stops unless Romeo's process stayed as it was.
    pub(crate) fn end(self) {
        let Pair { romeo, juliet } = &self.people;
        romeo.leave();
        juliet.leave();
        let World { rounds, bytes, sent_again, .. } = &self;
        println!("\n{rounds} rounds: {} messages and {rounds} files of {bytes} bytes in all.", rounds * 4);
        println!(
            "Nothing was lost, nothing came twice; {sent_again} files failed, as both were told, and were sent again."
        );
        self.trend.judge();
    }
}

/// Prints what stands above the lines.
pub(crate) fn print_head() {
    println!("| round | at | took | what failed | file by | bytes | Romeo: memory, descriptors, threads | Juliet's |");
    println!("| ---: | ---: | ---: | --- | --- | ---: | ---: | ---: |");
}

impl Round {
    /// Prints one line.
    pub(crate) fn print(&self) {
        let Round { number, at, took, fault, way, size, romeo, juliet } = self;
        let (at, took) = (at.as_secs(), took.as_secs());
        let told = |usage: &Usage| format!("{} KiB, {}, {}", usage.memory / 1024, usage.descriptors, usage.threads);
        println!("| {number} | {at} s | {took} s | {fault} | {way} | {size} | {} | {} |", told(romeo), told(juliet));
    }
}
