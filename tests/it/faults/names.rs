//! Names that lead to the server, to nobody, or astray.

use std::fs;

use tempfile::TempDir;

use super::scene::{DIRECT, Person, Scene};
use crate::support::daemon::own::{OwnProsody, jid};
use crate::support::netns::internet::{Families, Host, Internet};
use crate::support::process::Process;
use crate::support::sample::MIB;

/// The server's host, Juliet's, and one that gives names to all of them.
struct Verona {
    juliet: Person,
    internet: Internet,
    _names: Names,
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
        let names = Names::given_by(&server, if lies { &stranger } else { &server });
        if is_silent {
            internet.filter("udp dport 53 drop");
        }
        let juliet = names.sit_down("juliet", juliet, &prosody);
        let (prosodies, hosts) = (vec![prosody, impostor], vec![server, stranger]);
        Verona { juliet, internet, _names: names, _prosodies: prosodies, _hosts: hosts }
    }
}

/// What gives names, and the file that leads there.
struct Names {
    _dns: Process,
    folder: TempDir,
}

impl Names {
    /// Starts what answers at one host for the domain, and says that its server is at another, at every address of it.
    fn given_by(place: &Host, server: &Host) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("resolv.conf"), format!("nameserver {}\n", place.address())).unwrap();
        let mut command = place.place.command("dnsmasq");
        command.args(["--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root", "--pid-file="]);
        command.args(["--conf-file=/dev/null", "--srv-host=_xmpp-client._tcp.capulet.lit,xmpp.capulet.lit,5222"]);
        command.arg(format!("--listen-address={}", place.address()));
        command.args(server.addresses().iter().map(|address| format!("--address=/xmpp.capulet.lit/{address}")));
        Names { _dns: Process::start("dnsmasq", command), folder }
    }

    /// Starts somebody's program on their host, where these names are known and no other.
    fn sit_down(&self, name: &str, host: Host, prosody: &OwnProsody) -> Person {
        let resolver = self.folder.path().join("resolv.conf");
        let script = format!(r#"mount --bind {} /etc/resolv.conf; exec "$0" "$@""#, resolver.display());
        let by_way_of = ["unshare", "--mount", "sh", "-e", "-c", &script];
        Person::try_to_sit_down(name, host, &prosody.account(name, ""), &by_way_of)
    }
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

/// The server's name leads to IPv6 first, as names do where there is any, and what is sent there is lost without a word.
#[tokio::test]
async fn names_and_machines_have_ipv6_too_and_it_leads_nowhere() {
    let internet = Internet::new();
    internet.filter("meta nfproto ipv6 drop");
    both_are_well_by_name(internet, Families::Both).await;
}

#[tokio::test]
async fn names_have_ipv6_too_and_no_machine_has_it() {
    both_are_well_by_name(Internet::new(), Families::V4).await;
}

/// Both have only the server's name, which leads to all addresses that it has; theirs are of these families.
async fn both_are_well_by_name(internet: Internet, families: Families) {
    let server = internet.host_with("server", Families::Both);
    let prosody = OwnProsody::start(&server.place, server.addresses());
    let names = Names::given_by(&server, &server);
    let [juliet, romeo] =
        ["juliet", "romeo"].map(|name| names.sit_down(name, internet.host_with(name, families), &prosody));
    for (person, name) in [(&juliet, "juliet"), (&romeo, "romeo")] {
        person.sees(&[&jid(name), "●", "online"]).await;
    }
    Scene { juliet, romeo, prosody, _server: server, internet }.open().await.all_is_well(MIB, DIRECT).await;
}
