//! Two people behind NATs: what is tried between them, the verdict on each try, and that the file arrives all the same.
//!
//! Server and proxy have public addresses. A private address leads nowhere, and mostly nobody would say so: where it is in
//! no network of the receiver's machine, that is known without a try.

use super::support::balcony::Balcony;
use super::support::daemon::own::{OwnProsody, jid};
use super::support::netns::internet::{Host, Internet};
use super::support::sample::{MIB, Sample};

const DIRECT: &str = "socks5-direct";
const PROXY: &str = "socks5-proxy";
const IN_BAND: &str = "in-band";

const NOBODY_ANSWERS: &str = "no answer";
const HER_NETWORK_IS_ANOTHER: &str = "not tried: in no network of this machine";
const REFUSED: &str = "refused";
const SHE_COULD_NOT: &str = "juliet1 could not connect";
const HE_GAVE_IT_UP: &str = "romeo1 gave it up";
const SHE_TOOK_THE_PROXY: &str = "juliet1 took the proxy";

/// How long a try may take, in seconds. The most patient is a sender's, who waits for its own proxy for ten.
const IN_ITS_TIME: f64 = 15.0;

/// What becomes of a file.
struct Course<'a> {
    via: &'a str,
    /// The tries that failed before, and why: as Romeo tells it, who sends, and as Juliet does.
    romeo: &'a [(&'a str, &'a str)],
    juliet: &'a [(&'a str, &'a str)],
}

#[test]
fn who_is_behind_a_nat_can_still_connect_to_a_sender_who_is_not() {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.home("juliet"), internet.host("romeo"));
    assert_course(&internet, &romeo, &juliet, &Course { via: DIRECT, romeo: &[], juliet: &[] });
}

#[test]
fn behind_two_nats_the_direct_way_fails_and_the_proxy_carries_the_file() {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.home("juliet"), internet.home("romeo"));
    let course =
        Course { via: PROXY, romeo: &[(DIRECT, SHE_TOOK_THE_PROXY)], juliet: &[(DIRECT, HER_NETWORK_IS_ANOTHER)] };
    assert_course(&internet, &romeo, &juliet, &course);
}

#[test]
fn behind_two_nats_and_with_a_proxy_that_nobody_reaches_the_file_comes_in_band() {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.home("juliet"), internet.home("romeo"));
    internet.filter("tcp dport 5000 drop");
    let course = Course {
        via: IN_BAND,
        romeo: &[(DIRECT, SHE_COULD_NOT), (PROXY, SHE_COULD_NOT)],
        juliet: &[(DIRECT, HER_NETWORK_IS_ANOTHER), (PROXY, NOBODY_ANSWERS)],
    };
    assert_course(&internet, &romeo, &juliet, &course);
}

#[test]
fn a_proxy_that_refuses_is_told_so_and_a_private_address_is_not_even_tried() {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.home("juliet"), internet.home("romeo"));
    internet.filter("tcp dport 5000 reject with tcp reset");
    let course = Course {
        via: IN_BAND,
        romeo: &[(PROXY, REFUSED), (DIRECT, SHE_COULD_NOT)],
        juliet: &[(DIRECT, HER_NETWORK_IS_ANOTHER)],
    };
    assert_course(&internet, &romeo, &juliet, &course);
}

#[test]
fn a_proxy_that_the_sender_alone_cannot_reach_is_given_up_for_in_band() {
    let internet = Internet::new();
    let (juliet, romeo) = (internet.home("juliet"), internet.home("romeo"));
    internet.filter(&format!("ip saddr {} tcp dport 5000 drop", romeo.seen_as()));
    let course = Course {
        via: IN_BAND,
        romeo: &[(DIRECT, SHE_TOOK_THE_PROXY), (PROXY, NOBODY_ANSWERS)],
        juliet: &[(DIRECT, HER_NETWORK_IS_ANOTHER), (PROXY, HE_GAVE_IT_UP)],
    };
    assert_course(&internet, &romeo, &juliet, &course);
}

/// Romeo sends Juliet a file, and it takes this course.
fn assert_course(internet: &Internet, romeo: &Host, juliet: &Host, course: &Course) {
    let server = internet.host("server");
    let prosody = OwnProsody::start(&server.place, &[server.address()]);
    let at_home = |name: &str, host: &Host| {
        let account = prosody.account(name, &prosody.route(server.address()));
        Balcony::new(&jid(name), &account, &host.place.way_in())
    };
    let (romeo, juliet) = (at_home("romeo", romeo), at_home("juliet", juliet));
    let sample = Sample::of(MIB);
    let mut receiving = juliet.receive(&["--once"]);
    let mut sending = romeo.send(&sample, juliet.jid(), &[]);
    for running in [&mut sending, &mut receiving] {
        running.completes(course.via);
    }
    sending.failed(course.romeo, IN_ITS_TIME);
    receiving.failed(course.juliet, IN_ITS_TIME);
    sample.assert_same(&juliet.downloads().join(sample.name()));
}
