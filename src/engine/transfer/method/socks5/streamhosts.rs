//! Which streamhosts a requester lists, and which of a list a target tries; pure.

use std::net::{IpAddr, SocketAddr};

use jid::Jid;

use super::manners::Manner;
use crate::engine::command::Via;
use crate::engine::premises::{Sphere, sphere};
use crate::xep::bytestreams::StreamHost;

/// How many of our own addresses are listed. Peers try them one after the other, seconds each; a machine with more is
/// reached at its first few or not at all.
const OWN_LISTED: usize = 4;

/// How many of our own proxies are listed, configured ones and our server's. With the others a list has seven places at
/// most: a QXmpp that finds all but the last dead is at the end of it within a minute.
pub(super) const OUR_PROXIES_LISTED: usize = 2;

/// How many proxies of the peer's server are listed, besides.
pub(super) const OTHERS_PROXIES_LISTED: usize = 1;

/// How many of the requester's own addresses are tried one after the other. Each gets its share of the whole step's
/// time, and a share below half a second is shorter than a connection and two answers may take across the world.
const OWN_TRIED: usize = 6;

/// How many proxies are tried one after the other.
const PROXIES_TRIED: usize = 2;

/// How many of each kind run beside each other: more than an honest list has, and no flood if the list is not honest.
const RACED: usize = 8;

/// The addresses of this machine that a peer may reach it at, the likeliest first.
///
/// The one that our connection to the server uses is surely on a network that leads somewhere. Loopback counts only if
/// that connection is on loopback too: then everything is on one machine. A link-local address means nothing to others.
pub(super) fn own_addresses(found: &[IpAddr], advertised: &[IpAddr], local: Option<SocketAddr>) -> Vec<IpAddr> {
    if !advertised.is_empty() {
        return distinct(advertised.iter().copied(), OWN_LISTED);
    }
    let local = local.map(|address| address.ip().to_canonical());
    let on_one_machine = local.is_some_and(|ip| ip.is_loopback());
    let mut usable: Vec<IpAddr> = found.iter().map(IpAddr::to_canonical).collect();
    usable.retain(|ip| !is_unusable(*ip) && (on_one_machine || !ip.is_loopback()));
    usable.sort_by_key(|ip| (Some(*ip) != local, !on_one_machine || !ip.is_loopback(), is_private(*ip)));
    distinct(usable.into_iter(), OWN_LISTED)
}

/// Where our listener can be found, the likeliest place first: with a public address of our own there, else from
/// outside of our network, for most people are not in the same house.
pub(super) fn own_places(inside: Vec<SocketAddr>, outside: Option<SocketAddr>) -> Vec<SocketAddr> {
    let mut places = inside;
    if let Some(outside) = outside.filter(|outside| !places.contains(outside)) {
        let first = places.iter().take_while(|place| place.is_ipv4() && is_global(place.ip())).count();
        places.insert(first, outside);
    }
    places.truncate(OWN_LISTED);
    places
}

/// Whether an address means the same everywhere, as far as it can be seen from it.
pub(super) fn is_global(ip: IpAddr) -> bool {
    sphere(ip) == Sphere::Internet
}

/// A link-local, multicast or unspecified address.
fn is_unusable(ip: IpAddr) -> bool {
    matches!(sphere(ip), Sphere::Nobody | Sphere::Link)
}

fn is_private(ip: IpAddr) -> bool {
    sphere(ip) == Sphere::House
}

fn distinct(addresses: impl Iterator<Item = IpAddr>, most: usize) -> Vec<IpAddr> {
    let mut kept = Vec::new();
    for address in addresses {
        if kept.len() < most && !kept.contains(&address) {
            kept.push(address);
        }
    }
    kept
}

/// By which way a streamhost is reached.
pub(super) fn via(host: &StreamHost, requester: &Jid) -> Via {
    if is_of(host, requester) { Via::Socks5Direct } else { Via::Socks5Proxy }
}

/// Whether a streamhost is the requester itself; some leave out their resource.
pub(super) fn is_of(host: &StreamHost, requester: &Jid) -> bool {
    host.jid == *requester || (host.jid.resource().is_none() && host.jid.to_bare() == requester.to_bare())
}

/// What a target tries of a list, in its order: no place twice, and not so many that none would get a fair share of time.
pub(super) fn worth_trying(listed: Vec<StreamHost>, requester: &Jid, vias: &[Via], manner: Manner) -> Vec<StreamHost> {
    let mut kept: Vec<StreamHost> = Vec::new();
    for host in listed {
        let via = via(&host, requester);
        let same_kind = kept.iter().filter(|other| self::via(other, requester) == via).count();
        let is_new = kept.iter().all(|other| place(other) != place(&host));
        if vias.contains(&via) && is_new && same_kind < most(via, manner) {
            kept.push(host);
        }
    }
    kept
}

fn most(via: Via, manner: Manner) -> usize {
    match (manner, via) {
        (Manner::Race, _) => RACED,
        (Manner::OneAtATime, Via::Socks5Direct) => OWN_TRIED,
        (Manner::OneAtATime, Via::Socks5Proxy | Via::InBand | Via::Http) => PROXIES_TRIED,
    }
}

/// Where a connection really goes.
pub(super) type Place = (String, u16);

/// Where one to that streamhost does: one place can be written in several ways.
pub(super) fn place(host: &StreamHost) -> Place {
    let bare = host.host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&host.host);
    let written = match bare.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().to_string(),
        Err(_) => bare.trim_end_matches('.').to_ascii_lowercase(),
    };
    (written, host.port)
}

/// `host:port` as people write it.
pub(super) fn title(host: &StreamHost) -> String {
    match host.host.parse::<IpAddr>() {
        Ok(ip) => SocketAddr::new(ip, host.port).to_string(),
        Err(_) => format!("{}:{}", host.host, host.port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(addresses: &[&str]) -> Vec<IpAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    fn check(found: &[&str], local: &str, expected: &[&str]) {
        let local = SocketAddr::new(local.parse().unwrap(), 4711);
        assert_eq!(own_addresses(&ips(found), &[], Some(local)), ips(expected), "{found:?} from {local}");
    }

    #[test]
    fn the_address_that_the_server_sees_comes_first() {
        check(
            &["172.17.0.1", "192.168.1.5", "2001:db8::5"],
            "192.168.1.5",
            &["192.168.1.5", "2001:db8::5", "172.17.0.1"],
        );
    }

    #[test]
    fn addresses_that_lead_nowhere_are_left_out() {
        check(&["127.0.0.1", "::1", "fe80::1", "169.254.3.4", "0.0.0.0", "10.0.0.2"], "10.0.0.2", &["10.0.0.2"]);
    }

    #[test]
    fn loopback_counts_where_the_server_is_on_this_machine() {
        check(&["10.0.0.2", "::1", "127.0.0.1"], "127.0.0.1", &["127.0.0.1", "::1", "10.0.0.2"]);
    }

    #[test]
    fn configured_addresses_replace_those_of_the_machine() {
        assert_eq!(own_addresses(&ips(&["10.0.0.2"]), &ips(&["192.0.2.1"]), None), ips(&["192.0.2.1"]));
    }

    #[test]
    fn no_more_than_a_few_are_listed() {
        let many: Vec<IpAddr> = (1..=50).map(|last| IpAddr::from([192, 0, 2, last])).collect();
        assert_eq!(own_addresses(&many, &[], None).len(), OWN_LISTED);
    }

    fn check_places(inside: &[&str], outside: &str, expected: &[&str]) {
        let places = |written: &[&str]| written.iter().map(|place| place.parse().unwrap()).collect::<Vec<_>>();
        assert_eq!(own_places(places(inside), Some(outside.parse().unwrap())), places(expected), "{inside:?}");
    }

    #[test]
    fn the_place_outside_comes_before_those_that_only_neighbours_reach() {
        let outside = "203.0.113.5:4711";
        check_places(&["192.168.1.5:5000"], outside, &[outside, "192.168.1.5:5000"]);
        check_places(&["198.51.100.1:5000"], outside, &["198.51.100.1:5000", outside]);
        check_places(&[outside], outside, &[outside]);
        check_places(&[], outside, &[outside]);
        let many = ["10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1", "10.0.0.4:1"];
        check_places(&many, outside, &[outside, many[0], many[1], many[2]]);
    }

    #[test]
    fn an_address_behind_a_router_is_not_global() {
        let check = |address: &str, expected| assert_eq!(is_global(address.parse().unwrap()), expected, "{address}");
        for address in ["10.1.2.3", "192.168.0.1", "100.64.0.1", "100.127.9.9", "127.0.0.1", "fe80::1", "fd00::1"] {
            check(address, false);
        }
        for address in ["203.0.113.5", "100.128.0.1", "2001:db8::1"] {
            check(address, true);
        }
    }

    fn host(jid: &str, host: &str) -> StreamHost {
        StreamHost { jid: Jid::new(jid).unwrap(), host: host.to_owned(), port: 5086 }
    }

    #[test]
    fn a_proxy_at_the_end_of_a_long_list_is_tried_and_no_place_twice() {
        let requester = Jid::new("romeo@montague.lit/orchard").unwrap();
        let mut listed: Vec<_> = (0..20).map(|i| host(requester.as_str(), &format!("192.0.2.{i}"))).collect();
        listed.push(host("proxy.montague.lit", "192.0.2.0"));
        listed.push(host("proxy.montague.lit", "198.51.100.7"));
        let tried = worth_trying(listed, &requester, &Via::ALL, Manner::OneAtATime);
        assert_eq!(tried.len(), OWN_TRIED + 1);
        assert_eq!(tried.last().map(title).as_deref(), Some("198.51.100.7:5086"));
    }

    #[test]
    fn one_place_in_many_spellings_is_one_place() {
        let requester = Jid::new("romeo@montague.lit/orchard").unwrap();
        let spellings = ["192.0.2.1", "::ffff:192.0.2.1", "[::ffff:c000:201]", "EXAMPLE.org", "example.org."];
        let listed = spellings.map(|spelling| host(requester.as_str(), spelling)).to_vec();
        let tried = worth_trying(listed, &requester, &Via::ALL, Manner::Race);
        assert_eq!(tried.iter().map(title).collect::<Vec<_>>(), ["192.0.2.1:5086", "EXAMPLE.org:5086"]);
    }

    #[test]
    fn a_way_that_is_turned_off_is_not_tried() {
        let requester = Jid::new("romeo@montague.lit/orchard").unwrap();
        let listed = vec![host(requester.as_str(), "192.0.2.1"), host("proxy.montague.lit", "192.0.2.2")];
        let tried = worth_trying(listed, &requester, &[Via::Socks5Proxy], Manner::Race);
        assert_eq!(tried.iter().map(title).collect::<Vec<_>>(), ["192.0.2.2:5086"]);
    }
}
