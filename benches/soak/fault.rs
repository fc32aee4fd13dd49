//! What happens to them.

use std::fmt;
use std::thread::sleep;
use std::time::Duration;

use super::ground::Names;
use super::person::{Pair, Person};
use super::support::daemon::own::OwnProsody;
use super::support::netns::internet::{Host, Internet};
use super::support::process::send_signal;

/// What they have in common. What lives inside of something else stands before it, so that it ends first.
pub(crate) struct Surroundings {
    pub(crate) prosody: OwnProsody,
    pub(crate) names: Names,
    pub(crate) server: Host,
    pub(crate) internet: Internet,
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing, for once.
    Nothing,
    ServerDies,
    ServerFreezes,
    RomeoIsCutOff,
    JulietIsCutOff,
    RomeoFreezes,
    JulietFreezes,
    JulietIsKilled,
    RomeosLineIsSlow,
    JulietsLineIsSlow,
    NamesAreSilent,
    NamesLie,
    RomeosDiskIsFull,
    JulietsDiskIsFull,
    RomeosClockIsAhead,
    JulietsClockIsBehind,
    CertificateChanges,
}

/// Each once in as many rounds.
pub(crate) const FAULTS: [Fault; 17] = [
    Fault::Nothing,
    Fault::ServerDies,
    Fault::ServerFreezes,
    Fault::RomeoIsCutOff,
    Fault::JulietIsCutOff,
    Fault::RomeoFreezes,
    Fault::JulietFreezes,
    Fault::JulietIsKilled,
    Fault::RomeosLineIsSlow,
    Fault::JulietsLineIsSlow,
    Fault::NamesAreSilent,
    Fault::NamesLie,
    Fault::RomeosDiskIsFull,
    Fault::JulietsDiskIsFull,
    Fault::RomeosClockIsAhead,
    Fault::JulietsClockIsBehind,
    Fault::CertificateChanges,
];

/// A quarter of a megabyte a second: slow enough for a queue, fast enough for the file to come while somebody waits.
const SLOW: &str = "rate 2mbit burst 16kb latency 400ms";

impl Fault {
    /// It strikes, lasts for so long, and is over.
    pub(crate) fn strike(self, people: &mut Pair, around: &mut Surroundings, lasts: Duration) {
        let Surroundings { prosody, names, server, internet } = around;
        match self {
            Fault::Nothing => {}
            Fault::ServerDies => {
                prosody.die();
                sleep(lasts);
                prosody.come_back();
            }
            Fault::ServerFreezes => {
                prosody.signal("STOP");
                sleep(lasts);
                prosody.signal("CONT");
            }
            Fault::RomeoIsCutOff => cut_off(&people.romeo, internet, lasts),
            Fault::JulietIsCutOff => cut_off(&people.juliet, internet, lasts),
            Fault::RomeoFreezes => freeze(&people.romeo, lasts),
            Fault::JulietFreezes => freeze(&people.juliet, lasts),
            Fault::JulietIsKilled => {
                people.juliet.die();
                sleep(lasts);
                people.juliet.come_back(&people.romeo);
            }
            Fault::RomeosLineIsSlow => slow_down(&people.romeo, lasts),
            Fault::JulietsLineIsSlow => slow_down(&people.juliet, lasts),
            Fault::NamesAreSilent => {
                prosody.die();
                names.fall_silent();
                prosody.come_back();
                sleep(lasts);
                names.say(server, server.address());
            }
            Fault::NamesLie => {
                prosody.die();
                names.say(server, people.romeo.host.address());
                prosody.come_back();
                sleep(lasts);
                names.say(server, server.address());
            }
            Fault::RomeosDiskIsFull => fill_disk(&people.romeo, lasts),
            Fault::JulietsDiskIsFull => fill_disk(&people.juliet, lasts),
            Fault::RomeosClockIsAhead => set_clock(&people.romeo, "+1d", lasts),
            Fault::JulietsClockIsBehind => set_clock(&people.juliet, "-1d", lasts),
            Fault::CertificateChanges => {
                prosody.die();
                prosody.change_certificate();
                prosody.come_back();
                people.romeo.accept_certificate();
                people.juliet.accept_certificate();
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Nothing => "nothing",
            Fault::ServerDies => "the server is killed and comes back",
            Fault::ServerFreezes => "the server freezes",
            Fault::RomeoIsCutOff => "Romeo is cut off",
            Fault::JulietIsCutOff => "Juliet is cut off",
            Fault::RomeoFreezes => "Romeo's Balcony is stopped",
            Fault::JulietFreezes => "Juliet's Balcony is stopped",
            Fault::JulietIsKilled => "Juliet's Balcony is killed and started again",
            Fault::RomeosLineIsSlow => "Romeo's line is slow",
            Fault::JulietsLineIsSlow => "Juliet's line is slow",
            Fault::NamesAreSilent => "the server comes back, and nobody knows where it is",
            Fault::NamesLie => "the server comes back, and names lead elsewhere",
            Fault::RomeosDiskIsFull => "Romeo's disk is full",
            Fault::JulietsDiskIsFull => "Juliet's disk is full",
            Fault::RomeosClockIsAhead => "Romeo's clock is a day ahead",
            Fault::JulietsClockIsBehind => "Juliet's clock is a day behind",
            Fault::CertificateChanges => "the server shows another certificate, which both accept",
        })
    }
}

fn cut_off(person: &Person, internet: &Internet, lasts: Duration) {
    person.host.unplug(internet);
    sleep(lasts);
    internet.stop_filtering();
}

fn freeze(person: &Person, lasts: Duration) {
    let process = person.process();
    send_signal("STOP", &process);
    sleep(lasts);
    send_signal("CONT", &process);
}

fn fill_disk(person: &Person, lasts: Duration) {
    person.disk.fill();
    sleep(lasts);
    person.disk.clear();
}

fn set_clock(person: &Person, offset: &str, lasts: Duration) {
    person.clock.set(offset);
    sleep(lasts);
    person.clock.set("+0");
}

fn slow_down(person: &Person, lasts: Duration) {
    person.host.place.run(&format!("tc qdisc add dev wan root tbf {SLOW}"));
    sleep(lasts);
    person.host.place.run("tc qdisc del dev wan root");
}
