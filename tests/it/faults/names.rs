//! Names that lead to the server, to nobody, or astray.

use std::fs;

use tempfile::TempDir;

use super::scene::Person;
use crate::support::daemon::own::OwnProsody;
use crate::support::netns::internet::{Host, Internet};
use crate::support::process::Process;

/// The server's host, Juliet's, and one that gives names to all of them.
struct Verona {
    juliet: Person,
    internet: Internet,
    _dns: Process,
    _folder: TempDir,
    _prosodies: Vec<OwnProsody>,
    _hosts: Vec<Host>,
}

impl Verona {
    /// Juliet has no server in her configuration: the DNS says where it is. It lies if that is wanted. At first it says
    /// nothing, if so wanted.
    fn new(lies: bool, is_silent: bool) -> Self {
        let internet = Internet::new();
        let (server, stranger, juliet) = (internet.host("server"), internet.host("stranger"), internet.host("juliet"));
        let prosody = OwnProsody::start(&server.place, server.addresses());
        let impostor = OwnProsody::start(&stranger.place, stranger.addresses());
        let folder = tempfile::tempdir().unwrap();
        let resolver = folder.path().join("resolv.conf");
        fs::write(&resolver, format!("nameserver {}\n", server.address())).unwrap();
        let dns = start_dns(&server, if lies { &stranger } else { &server });
        if is_silent {
            internet.filter("udp dport 53 drop");
        }
        let script = format!(r#"mount --bind {} /etc/resolv.conf; exec "$0" "$@""#, resolver.display());
        let by_way_of = ["unshare", "--mount", "sh", "-e", "-c", &script];
        let juliet = Person::try_to_sit_down("juliet", juliet, &prosody.account("juliet", ""), &by_way_of);
        let (prosodies, hosts) = (vec![prosody, impostor], vec![server, stranger]);
        Verona { juliet, internet, _dns: dns, _folder: folder, _prosodies: prosodies, _hosts: hosts }
    }
}

/// Starts what answers at one host for the domain, and says that its server is at another.
fn start_dns(place: &Host, server: &Host) -> Process {
    let mut command = place.place.command("dnsmasq");
    command.args(["--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file="]);
    command.args(["--conf-file=/dev/null", "--srv-host=_xmpp-client._tcp.capulet.lit,xmpp.capulet.lit,5222"]);
    command.arg(format!("--listen-address={}", place.address()));
    command.arg(format!("--address=/xmpp.capulet.lit/{}", server.address()));
    Process::start("dnsmasq", command)
}

#[tokio::test]
async fn names_lead_to_the_server() {
    let verona = Verona::new(false, false);
    verona.juliet.sees(&["juliet1@capulet.lit", "online"]).await;
}

#[tokio::test]
async fn nobody_answers_for_names_until_somebody_does() {
    let verona = Verona::new(false, true);
    verona.juliet.sees(&["offline", "cannot reach capulet.lit"]).await;
    verona.internet.stop_filtering();
    verona.juliet.sees(&["juliet1@capulet.lit", "online"]).await;
}

#[tokio::test]
async fn names_that_lead_astray_lead_to_a_certificate_that_is_not_trusted() {
    let verona = Verona::new(true, false);
    verona.juliet.sees(&["stopped: the certificate of capulet.lit CHANGED"]).await;
}
