//! Two Balconies on real servers, over TLS: every method, from nothing to a hundred mebibytes; SOCKS5 broken on purpose;
//! and what a script learns from the exit code.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::json;

use super::support::balcony::{Balcony, DEAD_STREAMHOST};
use super::support::daemon::{Kind, Server};
use super::support::sample::{MIB, Sample};

const DIRECT: &str = "socks5-direct";
const PROXY: &str = "socks5-proxy";
const IN_BAND: &str = "in-band";
/// From nothing to what does not fit into any buffer on the way.
const BY_SOCKS5: [usize; 4] = [0, 1, MIB, 100 * MIB];
const BY_IN_BAND: [usize; 3] = [0, 1, 8 * MIB];

#[test]
fn prosody_lets_files_pass_directly() {
    carries(Kind::Prosody, DIRECT, &BY_SOCKS5);
}

#[test]
fn the_proxy_of_prosody_carries_files() {
    carries(Kind::Prosody, PROXY, &BY_SOCKS5);
}

#[test]
fn prosody_carries_files_in_band() {
    carries(Kind::Prosody, IN_BAND, &BY_IN_BAND);
}

#[test]
fn ejabberd_lets_files_pass_directly() {
    carries(Kind::Ejabberd, DIRECT, &BY_SOCKS5);
}

#[test]
fn the_proxy_of_ejabberd_carries_files() {
    carries(Kind::Ejabberd, PROXY, &BY_SOCKS5);
}

#[test]
fn ejabberd_carries_files_in_band() {
    carries(Kind::Ejabberd, IN_BAND, &BY_IN_BAND);
}

#[test]
fn a_server_that_allows_ten_kilobytes_a_second_slows_in_band_alone() {
    for (method, size) in [(DIRECT, MIB), (PROXY, MIB), (IN_BAND, 64 * 1024)] {
        carries(Kind::SlowProsody, method, &[size]);
    }
}

#[test]
fn tls_from_the_first_byte_works_too() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (romeo, juliet) = (Balcony::over_direct_tls(&couple.romeo), Balcony::over_direct_tls(&couple.juliet));
    arrives(&romeo, &juliet, &[], &Sample::of(MIB), DIRECT);
}

#[test]
fn in_band_takes_over_when_nobody_listens_at_the_streamhost() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let couple = Server::shared(kind).couple();
        let romeo = Balcony::with(&couple.romeo, DEAD_STREAMHOST);
        let juliet = Balcony::of(&couple.juliet);
        falls_back(&romeo, &juliet, &["--via", DIRECT, "--via", IN_BAND], IN_BAND);
    }
}

#[test]
fn in_band_takes_over_when_the_streamhost_never_says_a_word() {
    let couple = Server::shared(Kind::Prosody).couple();
    // The system accepts connections here, and nobody ever looks at them.
    let silent = TcpListener::bind("127.0.0.9:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let transfers = format!("listen = \"127.0.0.1:{port}\"\nadvertise = [\"127.0.0.9\"]\n");
    let (romeo, juliet) = (Balcony::with(&couple.romeo, &transfers), Balcony::of(&couple.juliet));
    falls_back(&romeo, &juliet, &["--via", DIRECT, "--via", IN_BAND], IN_BAND);
}

#[test]
fn the_proxy_takes_over_when_nobody_listens_at_the_streamhost() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let couple = Server::shared(kind).couple();
        let romeo = Balcony::with(&couple.romeo, DEAD_STREAMHOST);
        let juliet = Balcony::of(&couple.juliet);
        falls_back(&romeo, &juliet, &[], PROXY);
    }
}

#[test]
fn in_band_takes_over_when_the_receiver_has_turned_the_rest_off() {
    let couple = Server::shared(Kind::Prosody).couple();
    let juliet = Balcony::with(&couple.juliet, "methods = [\"in-band\"]\n");
    arrives(&Balcony::of(&couple.romeo), &juliet, &[], &Sample::of(MIB), IN_BAND);
}

#[test]
fn a_declined_file_exits_with_3() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (romeo, juliet) = (Balcony::of(&couple.romeo), Balcony::of(&couple.juliet));
    let sample = Sample::of(MIB);
    let mut receiving = juliet.receive(&["--once", "--decline"]);
    let mut sending = romeo.send(&sample, juliet.jid(), &[]);
    for running in [&mut sending, &mut receiving] {
        running.outcome("declined");
        running.exits_with(3);
    }
}

#[test]
fn a_file_that_no_method_carries_exits_with_4_and_leaves_nothing() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (romeo, juliet) = (Balcony::with(&couple.romeo, DEAD_STREAMHOST), Balcony::of(&couple.juliet));
    let sample = Sample::of(MIB);
    let mut receiving = juliet.receive(&["--once"]);
    let mut sending = romeo.send(&sample, juliet.jid(), &["--via", DIRECT]);
    for running in [&mut sending, &mut receiving] {
        running.outcome("unreachable");
        running.exits_with(4);
    }
    assert_eq!(juliet.downloaded(), Vec::<PathBuf>::new());
}

#[test]
fn a_wrong_password_exits_with_5() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let mut couple = Server::shared(kind).couple();
        couple.romeo.password = "but hard".to_owned();
        let (romeo, sample) = (Balcony::of(&couple.romeo), Sample::of(1));
        romeo.send(&sample, &couple.juliet.jid, &[]).exits_with(5);
    }
}

#[test]
fn the_log_tells_of_all_that_passes_and_neither_passwords_nor_what_is_in_it() {
    let couple = Server::shared(Kind::Prosody).couple();
    let all = ["env".to_owned(), "BALCONY_LOG=trace".to_owned()];
    let folder = tempfile::tempdir().unwrap();
    let [file, sent, received] = ["letter.txt", "sent.log", "received.log"].map(|name| folder.path().join(name));
    fs::write(&file, "what nobody else may read").unwrap();
    let [romeo, juliet] =
        [&couple.romeo, &couple.juliet].map(|who| Balcony::by_way_of(who, "listen = \"127.0.0.1:0\"\n", &all));
    let mut receiving = juliet.receive(&["--once", "--log", received.to_str().unwrap()]);
    let arguments = ["--via", IN_BAND, "--log", sent.to_str().unwrap()];
    romeo.send_from(&file, juliet.jid(), &arguments).completes(IN_BAND);
    receiving.completes(IN_BAND);
    for log in [sent, received] {
        let log = fs::read_to_string(log).unwrap();
        assert!(log.contains("TRACE") && log.contains("http://jabber.org/protocol/ibb"), "{log}");
        // The beginning of the file is in Base64 what it is.
        for secret in [&couple.romeo.password, &couple.juliet.password, "d2hhdCBub2JvZHkgZWxzZSBt"] {
            assert!(!log.contains(secret), "{secret}: {log}");
        }
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused_with_5() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let couple = Server::shared(kind).couple();
        let (romeo, sample) = (Balcony::trusting_nobody(&couple.romeo), Sample::of(1));
        romeo.send(&sample, &couple.juliet.jid, &[]).exits_with(5);
    }
}

#[test]
fn the_authority_that_the_user_trusts_vouches() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        let couple = Server::shared(kind).couple();
        // Returns once it is online.
        Balcony::trusting_the_authority(&couple.romeo).receive(&["--once"]);
    }
}

/// Sends a file of each size by the one method.
fn carries(kind: Kind, method: &str, sizes: &[usize]) {
    let couple = Server::shared(kind).couple();
    let (romeo, juliet) = (Balcony::of(&couple.romeo), Balcony::of(&couple.juliet));
    for size in sizes {
        arrives(&romeo, &juliet, &["--via", method], &Sample::of(*size), method);
    }
}

/// The direct way fails and the file comes by `method` all the same.
fn falls_back(romeo: &Balcony, juliet: &Balcony, arguments: &[&str], method: &str) {
    let failed = arrives(romeo, juliet, arguments, &Sample::of(MIB), method);
    assert!(failed.contains(&DIRECT.to_owned()), "direct was tried: {failed:?}");
}

/// Sends the file and checks what both sides tell, and that it is the same file. Returns the methods that failed, as the
/// sender saw them.
fn arrives(romeo: &Balcony, juliet: &Balcony, arguments: &[&str], sample: &Sample, method: &str) -> Vec<String> {
    let mut receiving = juliet.receive(&["--once"]);
    let mut sending = romeo.send(sample, juliet.jid(), arguments);
    for running in [&mut sending, &mut receiving] {
        let offer = running.event("offer");
        assert_eq!((&offer["name"], &offer["size"]), (&json!(sample.name()), &json!(sample.size())));
        assert_eq!(offer["si_multiple"], true);
        assert_eq!(running.completes(method)["bytes"], sample.size());
    }
    let arrived = juliet.downloads().join(sample.name());
    sample.assert_same(&arrived);
    assert_eq!(juliet.downloaded().len(), 1);
    fs::remove_file(arrived).unwrap();
    sending.attempts("failed")
}
