//! Whoever dies while a file moves, and whenever: it arrives whole, and what had arrived does not come again.
//!
//! Usually each method meets each blow once, with files that take seconds. With `BALCONY_MATRIX=full` in the environment
//! each meets every one at the beginning, in the middle and at the end of 200 MiB; `--nocapture` shows what was sent twice.

mod moments;

use std::{env, thread};

use super::support::balcony::{Balcony, Running};
use super::support::daemon::own::{OwnProsody, jid};
use super::support::netns::Namespace;
use super::support::netns::internet::{Host, Internet, counted};
use super::support::sample::{MIB, Sample};

const DIRECT: &str = "socks5-direct";
const PROXY: &str = "socks5-proxy";
const IN_BAND: &str = "in-band";

/// How much may be sent again of what was sent before.
const MOST_TWICE: u64 = MIB as u64;

/// So many packets are lost before a path that was cut is whole again: each is a try to go on.
const LOST_ON_THE_WAY: u64 = 6;

/// How much of the file passes around the moment of the blow: so little that the blow is dealt before the next hundredth is
/// there, also on a busy machine.
const HUNDREDTHS_A_SECOND: u64 = 1;

/// So many bytes leave the sender's machine for ten thousand of the file, besides IP's and TCP's headers: by SOCKS5 in
/// TLS, whose records have 16 KiB and 22 bytes around them; in-band they are base64 in XML in TLS, about, for blocks are as
/// large as the way bears: there the server counts what of the file comes to it.
const SENT_BY_SOCKS5: u64 = 10_014;
const SENT_IN_BAND: u64 = 13_800;

/// IP's and TCP's, with the timestamps that Linux sends.
const HEADERS: u64 = 52;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    SenderDies,
    ReceiverDies,
    ServerDies,
    SenderIsCutOff,
    ReceiverIsCutOff,
}

/// All of them, and when each is dealt in the usual run. A sender that dies at the very end may have handed everything over
/// already: then the receiver has its file and leaves, and nobody is there to tell the sender so.
const BLOWS: [(Blow, u64); 5] = [
    (Blow::SenderDies, 50),
    (Blow::ReceiverDies, 50),
    (Blow::ServerDies, 1),
    (Blow::SenderIsCutOff, 50),
    (Blow::ReceiverIsCutOff, 99),
];

/// When, in hundredths of the file that have arrived.
const MOMENTS: [u64; 3] = [1, 50, 99];

/// One file, one method, one blow.
struct Case<'a> {
    method: &'static str,
    sample: &'a Sample,
    blow: Blow,
    percent: u64,
}

/// Where it happens: Romeo sends, Juliet receives.
struct World<'a> {
    internet: &'a Internet,
    hosts: [&'a Host; 2],
    server: &'a Host,
    prosody: OwnProsody,
}

#[test]
fn direct_files_arrive_whoever_dies() {
    survive(DIRECT, 24 * MIB);
}

#[test]
fn files_by_proxy_arrive_whoever_dies() {
    survive(PROXY, 24 * MIB);
}

#[test]
fn files_in_band_arrive_whoever_dies() {
    survive(IN_BAND, 6 * MIB);
}

/// A file by that method, of that size unless all is wanted, meets every blow. One that fails does not keep the rest from
/// being seen.
fn survive(method: &'static str, size: usize) {
    let is_full = env::var_os("BALCONY_MATRIX").is_some_and(|matrix| matrix == "full");
    let sample = Sample::of(if is_full { 200 * MIB } else { size });
    let mut failed = Vec::new();
    for (blow, usually) in BLOWS {
        let moments = if is_full { MOMENTS.to_vec() } else { vec![usually] };
        for percent in moments {
            let case = Case { method, sample: &sample, blow, percent };
            if thread::scope(|scope| scope.spawn(|| case.play()).join()).is_err() {
                failed.push(case.title());
            }
        }
    }
    assert!(failed.is_empty(), "failed: {failed:?}");
}

impl Case<'_> {
    /// Sends the file, strikes, and sees it arrive.
    #[expect(clippy::print_stdout, reason = "who wants to see all of it uses --nocapture")]
    fn play(&self) {
        let internet = Internet::new();
        let (server, juliet, romeo) = (internet.host("server"), internet.host("juliet"), internet.host("romeo"));
        let prosody = OwnProsody::start(&server.place, server.addresses());
        let at_home = |name: &str, host: &Host| {
            let account = prosody.account(name, &prosody.route(server.address()));
            Balcony::new(&jid(name), &account, &host.place.way_in())
        };
        let (at_romeos, at_juliets) = (at_home("romeo", &romeo), at_home("juliet", &juliet));
        let mut world = World { internet: &internet, hosts: [&romeo, &juliet], server: &server, prosody };
        world.count_what_leaves_romeo(self.method);
        let (place, interface) = self.slow_down(&world);
        let receiving = at_juliets.receive(&["--once"]);
        let mut running = [self.send(&at_romeos), receiving];
        running[1].reaches(self.sample.size() * self.percent / 100);
        self.strike(&mut world, [&at_romeos, &at_juliets], &mut running);
        place.run(&format!("tc qdisc del dev {interface} root"));
        self.arrives(&mut running);
        self.sample.assert_same(&at_juliets.downloads().join(self.sample.name()));
        let twice = self.sent_in_all(&world).saturating_sub(self.sample.size());
        println!("{}: {} KiB of {} MiB were sent twice", self.title(), twice / 1024, self.sample.size() / MIB as u64);
        assert!(twice <= MOST_TWICE, "{}: {twice} bytes were sent twice", self.title());
    }

    fn title(&self) -> String {
        format!("{} {:?} at {} %", self.method, self.blow, self.percent)
    }

    fn send<'a>(&'a self, romeo: &'a Balcony) -> Running<'a> {
        romeo.send(self.sample, &jid("juliet"), &["--via", self.method])
    }

    /// How much of the file, and of parts of it once more.
    fn sent_in_all(&self, world: &World) -> u64 {
        if self.method == IN_BAND { world.prosody.counted_in_band() } else { world.left_romeo() * 10_000 / self.sent() }
    }

    /// For ten thousand bytes of the file.
    fn sent(&self) -> u64 {
        if self.method == IN_BAND { SENT_IN_BAND } else { SENT_BY_SOCKS5 }
    }

    /// Lets the file pass quickly up to shortly before its moment, then so slowly that the moment is not missed; where
    /// that is, is returned. It is where Romeo's line begins, but if a receiver dies behind a proxy: there it is where
    /// hers begins, and what lies in the proxy is lost with her.
    fn slow_down<'a>(&self, world: &World<'a>) -> (&'a Namespace, &'a str) {
        let [romeo, juliet] = world.hosts;
        let is_behind = self.method == PROXY && self.blow == Blow::ReceiverDies;
        let (place, interface) =
            if is_behind { (&world.internet.middle, juliet.interface.as_str()) } else { (&romeo.place, "wan") };
        let hundredth = self.sample.size() / 100;
        let at_once = (self.percent.saturating_sub(2) * hundredth * self.sent() / 10_000).max(100_000);
        let rate = hundredth * self.sent() / 10_000 * HUNDREDTHS_A_SECOND;
        place.run(&format!("tc qdisc add dev {interface} root tbf rate {rate}bps burst {at_once} limit 100000"));
        (place, interface)
    }

    /// The blow, and what comes after it: who died comes back.
    fn strike<'a>(&'a self, world: &mut World, people: [&'a Balcony; 2], running: &mut [Running<'a>; 2]) {
        let [romeo, juliet] = people;
        let [sending, receiving] = running;
        match self.blow {
            Blow::SenderDies => {
                sending.die();
                *sending = self.send(romeo);
            }
            Blow::ReceiverDies => {
                receiving.die();
                *receiving = juliet.receive(&["--once"]);
            }
            Blow::ServerDies => {
                world.prosody.die();
                world.prosody.come_back();
            }
            Blow::SenderIsCutOff => world.cut_off(0, running),
            Blow::ReceiverIsCutOff => world.cut_off(1, running),
        }
    }

    /// Both come to a good end, by that method and proven; what they told on the way there was true.
    fn arrives(&self, running: &mut [Running; 2]) {
        for running in running {
            let outcome = running.outcome("completed");
            let told = (&outcome["via"], &outcome["bytes"]);
            assert_eq!(told, (&self.method.into(), &self.sample.size().into()), "{}", self.title());
            assert_eq!(outcome["verified"], "sha-256", "{}: {outcome}", self.title());
            running.exits_with(0);
            running.told_no_lies(self.sample.size());
        }
    }
}

impl World<'_> {
    /// Counts, in the middle, what the file's way takes from Romeo.
    fn count_what_leaves_romeo(&self, method: &str) {
        let [romeo, juliet] = self.hosts.map(Host::address);
        let way = match method {
            DIRECT => format!("ip daddr {juliet}"),
            PROXY => format!("ip daddr {} tcp dport 5000", self.server.address()),
            _ => format!("ip daddr {} tcp dport 5222", self.server.address()),
        };
        self.internet.middle.run(&format!(
            "nft add table inet account
             nft add chain inet account forward '{{ type filter hook forward priority 10; }}'
             nft 'add rule inet account forward ip saddr {romeo} {way} counter'"
        ));
    }

    /// How much that was, without the headers.
    fn left_romeo(&self) -> u64 {
        let [packets, bytes] = counted(&self.internet.middle.run("nft list chain inet account forward"));
        bytes.saturating_sub(packets * HEADERS)
    }

    /// Nothing gets through to one of the two, nor from there, until so many packets are lost.
    fn cut_off(&self, who: usize, running: &mut [Running; 2]) {
        self.hosts[who].unplug(self.internet);
        while self.internet.lost() < LOST_ON_THE_WAY {
            assert!(!running.iter_mut().all(Running::has_ended), "the file was there before anything was lost");
        }
        self.internet.stop_filtering();
    }
}
