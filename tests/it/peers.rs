//! Balcony and other people's clients, on real servers, both directions.
//!
//! Each table says what is possible with a client and what is not; the reasons are that client's and stand beside the
//! lines. What is impossible has to end too, on our side, and in the words that fit.

use std::fs;
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use super::support::balcony::{Balcony, DEAD_STREAMHOST};
use super::support::contact::{Contact, Ending, Library};
use super::support::daemon::{Kind, Server};
use super::support::sample::{MIB, Sample};

const DIRECT: &str = "socks5-direct";
const PROXY: &str = "socks5-proxy";
const IN_BAND: &str = "in-band";

/// What the sender offers, and what comes of it.
struct Case {
    offered: &'static [&'static str],
    streamhosts: Streamhosts,
    sizes: &'static [usize],
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Streamhosts {
    Alive,
    /// Nobody listens where the sender says.
    Dead,
}

#[derive(Clone, Copy)]
enum Then {
    /// The file is whole and both sides say so; this is the method that carried it.
    Arrives(&'static str),
    /// Balcony tells this result.
    Ends(&'static str),
}

use Streamhosts::{Alive, Dead};
use Then::{Arrives, Ends};

const fn case(offered: &'static [&'static str], streamhosts: Streamhosts, sizes: &'static [usize], then: Then) -> Case {
    Case { offered, streamhosts, sizes, then }
}

#[test]
fn contacts_with_other_clients_reach_each_other() {
    for kind in [Kind::Prosody, Kind::Ejabberd] {
        for (sender, receiver) in [
            (Library::Libpurple, Library::Xmpp4r),
            (Library::Xmpp4r, Library::Slixmpp),
            (Library::Slixmpp, Library::Libpurple),
        ] {
            let (couple, sample) = (Server::shared(kind).couple(), Sample::of(MIB));
            let mut juliet = Contact::who_receives(receiver, &couple.juliet);
            let mut romeo = Contact::who_sends(sender, &couple.romeo, &sample, juliet.jid(), &["--methods", PROXY]);
            juliet.receives(&sample);
            assert!(matches!(romeo.ending(), Ending::Done(_)));
        }
    }
}

#[test]
fn files_to_libpurple() {
    send_to(
        Library::Libpurple,
        &[
            case(&[DIRECT], Alive, &[1, MIB], Arrives(DIRECT)),
            case(&[PROXY], Alive, &[1, MIB], Arrives(PROXY)),
            case(&[IN_BAND], Alive, &[0, 1, MIB], Arrives(IN_BAND)),
            case(&[DIRECT, PROXY, IN_BAND], Alive, &[MIB], Arrives(DIRECT)),
            // It says that no streamhost can be reached, and takes an <open/> with the same sid for 30 s.
            case(&[DIRECT, IN_BAND], Dead, &[MIB], Arrives(IN_BAND)),
            case(&[DIRECT], Dead, &[MIB], Ends("unreachable")),
        ],
    );
}

#[test]
fn files_from_libpurple() {
    receive_from(
        Library::Libpurple,
        &[
            case(&[DIRECT], Alive, &[1, MIB], Arrives(DIRECT)),
            case(&[PROXY], Alive, &[MIB], Arrives(PROXY)),
            case(&[IN_BAND], Alive, &[1, MIB], Arrives(IN_BAND)),
            // It sends <open/> with the same sid as soon as we say that no streamhost can be reached.
            case(&[DIRECT, IN_BAND], Dead, &[MIB], Arrives(IN_BAND)),
        ],
    );
}

#[test]
fn files_to_slixmpp() {
    send_to(
        Library::Slixmpp,
        &[
            case(&[DIRECT], Alive, &[0, 1, MIB], Arrives(DIRECT)),
            case(&[PROXY], Alive, &[0, 1, MIB], Arrives(PROXY)),
            case(&[IN_BAND], Alive, &[0, 1, MIB], Arrives(IN_BAND)),
            // It prefers in-band to everything else.
            case(&[DIRECT, PROXY, IN_BAND], Alive, &[MIB], Arrives(IN_BAND)),
            case(&[DIRECT, IN_BAND], Dead, &[MIB], Arrives(IN_BAND)),
        ],
    );
}

#[test]
fn files_from_slixmpp() {
    receive_from(
        Library::Slixmpp,
        &[
            // It has no listener of its own, so there is no direct way.
            case(&[PROXY], Alive, &[0, 1, MIB], Arrives(PROXY)),
            case(&[IN_BAND], Alive, &[0, 1, MIB], Arrives(IN_BAND)),
            // It gives up when no streamhost can be reached.
            case(&[PROXY, IN_BAND], Dead, &[MIB], Ends("unreachable")),
        ],
    );
}

#[test]
fn files_to_xmpp4r() {
    send_to(
        Library::Xmpp4r,
        &[
            case(&[DIRECT], Alive, &[0, 1, MIB], Arrives(DIRECT)),
            case(&[PROXY], Alive, &[0, 1, MIB], Arrives(PROXY)),
            // It understands in-band data in messages alone, as XEP-0047 1.x had it, and says nothing to ours.
            case(&[IN_BAND], Alive, &[1], Ends("interrupted")),
            // It takes no <open/> after a SOCKS5 bytestream that failed, then a second offer, and then no block.
            case(&[DIRECT, IN_BAND], Dead, &[1], Ends("interrupted")),
        ],
    );
}

#[test]
fn files_from_xmpp4r() {
    receive_from(
        Library::Xmpp4r,
        &[
            case(&[DIRECT], Alive, &[0, 1, MIB], Arrives(DIRECT)),
            case(&[PROXY], Alive, &[0, 1, MIB], Arrives(PROXY)),
            // In messages that nobody acknowledges, base64 broken into lines.
            case(&[IN_BAND], Alive, &[0, 1, MIB], Arrives(IN_BAND)),
            // It gives up when no streamhost can be reached.
            case(&[DIRECT, IN_BAND], Dead, &[MIB], Ends("unreachable")),
        ],
    );
}

/// They do not unpack it, but whoever has it can: what comes out is what was sent.
#[test]
fn a_folder_arrives_elsewhere_as_a_tar_that_unpacks_to_the_same() {
    for library in [Library::Libpurple, Library::Slixmpp] {
        for method in [DIRECT, IN_BAND] {
            let couple = Server::shared(Kind::Prosody).couple();
            let (mut romeo, juliet) = (Contact::who_receives(library, &couple.romeo), Balcony::of(&couple.juliet));
            let (home, there) = (sonnets(), tempfile::tempdir().unwrap());
            let mut sending = juliet.send_from(&home.path().join("sonnets"), romeo.jid(), &["--via", method]);
            romeo.offered();
            sending.completes(method);
            let Ending::Done(path) = romeo.ending() else { romeo.fail("received nothing") };
            assert_eq!(path.file_name().unwrap(), "sonnets.tar");
            let unpacked = Command::new("tar").arg("-xf").arg(&path).arg("-C").arg(there.path()).status().unwrap();
            assert!(unpacked.success(), "{library:?}: tar does not unpack it");
            let compared = Command::new("diff").arg("-r").arg(home.path()).arg(there.path()).output().unwrap();
            assert!(compared.status.success(), "{library:?}: {}", String::from_utf8_lossy(&compared.stdout));
        }
    }
}

/// A folder of that name with files, a folder in it, an empty file and names that need care.
fn sonnets() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let inner = home.path().join("sonnets/dark lady");
    fs::create_dir_all(&inner).unwrap();
    fs::write(home.path().join("sonnets/1.txt"), "From fairest creatures we desire increase").unwrap();
    fs::write(home.path().join("sonnets/empty"), "").unwrap();
    fs::write(inner.join(format!("{} ü.txt", "long ".repeat(30))), vec![7; MIB / 3]).unwrap();
    home
}

/// Its address has a resource, which not every client expects.
#[test]
fn everybody_gets_along_with_the_proxy_of_ejabberd() {
    let case = case(&[PROXY], Alive, &[], Arrives(PROXY));
    for library in Library::ALL {
        send_one(Kind::Ejabberd, library, &case, &Sample::of(MIB));
        receive_one(Kind::Ejabberd, library, &case, &Sample::of(MIB));
    }
}

#[test]
fn everybody_understands_a_no_of_ours() {
    for library in Library::ALL {
        let couple = Server::shared(Kind::Prosody).couple();
        let (juliet, sample) = (Balcony::of(&couple.juliet), Sample::of(1));
        let mut receiving = juliet.receive(&["--once", "--decline"]);
        let mut romeo = Contact::who_sends(library, &couple.romeo, &sample, &receiving.jid(), &[]);
        receiving.outcome("declined");
        assert!(matches!(romeo.ending(), Ending::Error(_)), "{library:?} did not understand");
    }
}

#[test]
fn we_understand_everybodys_no() {
    for library in Library::ALL {
        let couple = Server::shared(Kind::Prosody).couple();
        let romeo = Contact::who_declines(library, &couple.romeo);
        let (juliet, sample) = (Balcony::of(&couple.juliet), Sample::of(1));
        let mut sending = juliet.send(&sample, romeo.jid(), &[]);
        sending.outcome("declined");
        sending.exits_with(3);
    }
}

/// What is impossible ends by our own patience: while that lasts, what is possible is tried one after the other.
fn send_to(library: Library, cases: &[Case]) {
    let try_each = |case: &Case| {
        for size in case.sizes {
            send_one(Kind::Prosody, library, case, &Sample::of(*size));
        }
    };
    let (impossible, possible): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| matches!(case.then, Ends(_)));
    thread::scope(|scope| {
        for case in impossible {
            scope.spawn(move || try_each(case));
        }
        possible.into_iter().for_each(try_each);
    });
}

fn send_one(server: Kind, library: Library, case: &Case, sample: &Sample) {
    let couple = Server::shared(server).couple();
    let mut romeo = Contact::who_receives(library, &couple.romeo);
    let juliet = match case.streamhosts {
        Alive => Balcony::of(&couple.juliet),
        Dead => Balcony::with(&couple.juliet, DEAD_STREAMHOST),
    };
    let mut options: Vec<&str> = case.offered.iter().flat_map(|method| ["--via", method]).collect();
    // What cannot arrive breaks as often as it is begun anew.
    options.extend(matches!(case.then, Ends(_)).then_some("--no-resume"));
    let mut sending = juliet.send(sample, romeo.jid(), &options);
    match case.then {
        Arrives(method) => {
            sending.completes(method);
            romeo.receives(sample);
        }
        Ends(result) => {
            sending.outcome(result);
        }
    }
}

fn receive_from(library: Library, cases: &[Case]) {
    for case in cases {
        for size in case.sizes {
            receive_one(Kind::Prosody, library, case, &Sample::of(*size));
        }
    }
}

fn receive_one(server: Kind, library: Library, case: &Case, sample: &Sample) {
    let couple = Server::shared(server).couple();
    let juliet = Balcony::of(&couple.juliet);
    let mut receiving = juliet.receive(&["--once"]);
    let methods = case.offered.join(",");
    let mut arguments = vec!["--methods", &methods];
    if case.streamhosts == Dead {
        arguments.push("--dead-streamhosts");
    }
    let mut romeo = Contact::who_sends(library, &couple.romeo, sample, &receiving.jid(), &arguments);
    match case.then {
        Arrives(method) => {
            receiving.completes(method);
            sample.assert_same(&juliet.downloads().join(sample.name()));
            if let Ending::Error(reason) = romeo.ending() {
                romeo.fail(&format!("did not see that all arrived: {reason}"));
            }
        }
        Ends(result) => {
            receiving.outcome(result);
        }
    }
}
