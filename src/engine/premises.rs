//! Where others may have us connect: pure decisions, asked for every address that a streamhost turns out to be.
//!
//! Whoever offers a file names the places where it can be had, and learns from our answer whether one of them let us in.
//! Nobody shall have this machine feel for open doors inside its own house, not even somebody whose files are accepted by
//! a rule. So there is one table:
//!
//! | address | is tried | because |
//! | --- | --- | --- |
//! | unspecified, broadcast, multicast | never | nobody in particular is there |
//! | loopback, link-local | where our connection to the server is of that kind, too | then everybody is on this machine, or on this wire; otherwise it would be ours, and theirs was meant |
//! | private | in networks that this machine is in; in the private block of a tunnel; on the same site of RFC 4193 | all others lead nowhere, or astray |
//! | any in a network of ours | at ports from 1024 on | what users' programs listen at is there; below are services |
//! | any on the internet | at ports from 1024 on, 80 and 443 | proxies hide there; mail servers and the like shall not hear from us |
//!
//! What our own user or our own server names is not asked about here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Below are the ports of services, which only a system's own programs listen at.
const FIRST_OF_USERS: u16 = 1024;

/// Where proxies listen for people behind firewalls that let only the web pass.
const OF_THE_WEB: [u16; 2] = [80, 443];

/// The blocks of private addresses (RFC 1918), and the one that providers and VPNs share (RFC 6598).
const PRIVATE_BLOCKS: [Network; 4] = [
    Network { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), prefix: 8 },
    Network { address: IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), prefix: 12 },
    Network { address: IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), prefix: 16 },
    Network { address: IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), prefix: 10 },
];

/// How many bits all addresses of one site share among the private ones (RFC 4193).
const SITE: u8 = 48;

/// How far an address means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sphere {
    /// Nobody in particular has it.
    Nobody,
    /// On this machine.
    Machine,
    /// On this wire.
    Link,
    /// In this house, or behind this provider.
    House,
    /// Everywhere.
    Internet,
}

/// A network that this machine is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Our address there.
    pub address: IpAddr,
    /// How many bits of it all of the network share.
    pub prefix: u8,
}

impl Network {
    /// Whether somebody is in it.
    pub fn contains(&self, other: IpAddr) -> bool {
        match (self.address.to_canonical(), other.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                share(ours.to_bits().into(), theirs.to_bits().into(), 32, self.prefix)
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => share(ours.to_bits(), theirs.to_bits(), 128, self.prefix),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Whether it leads to somebody with a private address who is not in it. A tunnel, whose end has a network of its own,
    /// leads to all of its private block; the networks of a site (RFC 4193) lead to each other.
    fn leads_to(&self, other: IpAddr) -> bool {
        match self.address.to_canonical() {
            IpAddr::V4(_) if self.prefix == 32 => {
                PRIVATE_BLOCKS.iter().any(|block| block.contains(self.address) && block.contains(other))
            }
            IpAddr::V4(_) => false,
            IpAddr::V6(_) => Network { address: self.address, prefix: SITE }.contains(other),
        }
    }
}

/// Whether two addresses of so many bits begin with the same ones.
fn share(one: u128, other: u128, bits: u8, prefix: u8) -> bool {
    let behind = bits.saturating_sub(prefix);
    (one ^ other).checked_shr(behind.into()).unwrap_or(0) == 0
}

/// How far an address means the same.
pub fn sphere(ip: IpAddr) -> Sphere {
    match ip.to_canonical() {
        IpAddr::V4(ip) => sphere_of_v4(ip),
        IpAddr::V6(ip) => embedded(ip).map_or_else(|| sphere_of_v6(ip), sphere_of_v4),
    }
}

fn sphere_of_v4(ip: Ipv4Addr) -> Sphere {
    match ip.octets()[0] {
        0 | 224.. => Sphere::Nobody,
        127 => Sphere::Machine,
        _ if ip.is_link_local() => Sphere::Link,
        _ if PRIVATE_BLOCKS.iter().any(|block| block.contains(ip.into())) => Sphere::House,
        _ => Sphere::Internet,
    }
}

fn sphere_of_v6(ip: Ipv6Addr) -> Sphere {
    let is_of_a_site = ip.segments()[0] & 0xffc0 == 0xfec0;
    match ip {
        _ if ip.is_loopback() => Sphere::Machine,
        _ if ip.is_unspecified() || ip.is_multicast() => Sphere::Nobody,
        _ if ip.is_unicast_link_local() => Sphere::Link,
        _ if ip.is_unique_local() || is_of_a_site => Sphere::House,
        _ => Sphere::Internet,
    }
}

/// The address of the old internet that one of the new only stands for: by 6to4, by NAT64, or by a form that is given up.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match ip.segments() {
        [0x2002, high, low, ..] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => of(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) != (0, 0) && (high, low) != (0, 1) => of(high, low),
        _ => None,
    }
}

/// Whether to connect to a place that somebody else names; `local` is our side of the connection to our server.
pub fn may_dial(place: SocketAddr, local: Option<IpAddr>, networks: &[Network]) -> Result<(), &'static str> {
    let (ip, port) = (place.ip().to_canonical(), place.port());
    let sphere = sphere(ip);
    let is_ours = networks.iter().any(|network| network.contains(ip));
    match sphere {
        Sphere::Nobody => Err("not tried: nobody in particular is there"),
        Sphere::Machine | Sphere::Link if local.map(self::sphere) != Some(sphere) => {
            Err("not tried: it means another machine from here")
        }
        Sphere::House if !networks.iter().any(|network| network.contains(ip) || network.leads_to(ip)) => {
            Err("not tried: in no network of this machine")
        }
        Sphere::Internet if !is_ours && OF_THE_WEB.contains(&port) => Ok(()),
        Sphere::Machine | Sphere::Link | Sphere::House | Sphere::Internet if port < FIRST_OF_USERS => {
            Err("not tried: a port of services")
        }
        Sphere::Machine | Sphere::Link | Sphere::House | Sphere::Internet => Ok(()),
    }
}

/// Whether how soon a place fails is nobody's business: it may be inside, and not everybody is on this machine. What a
/// name leads to is known too late to tell.
pub fn is_sheltered(host: &str, local: Option<IpAddr>) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let is_open = bare.parse().is_ok_and(|ip| sphere(ip) == Sphere::Internet);
    !is_open && local.map(sphere) != Some(Sphere::Machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_HOME: &str = "192.168.1.5";

    fn may(place: &str, local: &str) -> bool {
        let networks =
            [("192.168.1.5", 24), ("127.0.0.1", 8), ("2001:db8:1::5", 64), ("fd00:1::5", 64), ("fe80::5", 64)]
                .map(|(address, prefix)| Network { address: address.parse().unwrap(), prefix });
        may_dial(place.parse().unwrap(), local.parse().ok(), &networks).is_ok()
    }

    fn check(places: &[&str], local: &str, expected: bool) {
        for place in places {
            assert_eq!(may(place, local), expected, "{place} from {local}");
        }
    }

    #[test]
    fn streamhosts_of_honest_people_are_tried() {
        let honest = [
            "192.168.1.77:5086",
            "[fd00:1::77]:49152",
            "[2001:db8:1::77]:1080",
            "203.0.113.9:7777",
            "203.0.113.9:443",
            "203.0.113.9:80",
            "[2a00:1::9]:5000",
            "[64:ff9b::cb00:7109]:5000",
        ];
        check(&honest, AT_HOME, true);
    }

    #[test]
    fn nothing_on_this_machine_is_felt_for_unless_everybody_is_on_it() {
        let here = ["127.0.0.1:5086", "127.9.9.9:6379", "[::1]:5086", "[::ffff:127.0.0.1]:5086"];
        check(&here, AT_HOME, false);
        check(&here, "203.0.113.5", false);
        check(&here, "unknown", false);
        check(&here, "127.0.0.1", true);
        check(&here, "::1", true);
        check(&["127.0.0.1:22", "[::1]:25", "192.168.1.5:22"], "127.0.0.1", false);
    }

    #[test]
    fn other_networks_inside_and_the_doors_of_neighbours_are_left_alone() {
        let inside = [
            "169.254.169.254:80",
            "169.254.169.254:8080",
            "[fe80::1]:5086",
            "10.0.0.1:5086",
            "172.17.0.1:5086",
            "100.64.0.1:5086",
            "[fd00:2::1]:5086",
            "[2002:7f00:1::]:5086",
            "[64:ff9b::7f00:1]:5086",
            "[64:ff9b::a00:1]:5086",
            "[::127.0.0.1]:5086",
        ];
        check(&inside, AT_HOME, false);
        check(&["192.168.1.1:80", "192.168.1.1:443", "192.168.1.77:22", "[2001:db8:1::77]:443"], AT_HOME, false);
        check(&["203.0.113.9:25", "203.0.113.9:22", "203.0.113.9:0", "[2a00:1::9]:53"], AT_HOME, false);
        check(&["169.254.3.4:5086", "[fe80::1]:5086"], "169.254.3.3", true);
    }

    #[test]
    fn what_is_behind_a_tunnel_or_on_our_site_is_tried() {
        check(&["[fd00:1:0:9::1]:5086"], AT_HOME, true);
        check(&["192.168.2.1:5086", "[fd00:1:0:9::1]:443", "[fd00:2::1]:5086"], AT_HOME, false);
        let tunnel = [Network { address: "100.101.102.103".parse().unwrap(), prefix: 32 }];
        let may = |place: &str| may_dial(place.parse().unwrap(), AT_HOME.parse().ok(), &tunnel).is_ok();
        assert!(may("100.64.9.9:5086") && !may("10.0.0.1:5086") && !may("192.168.1.1:5086"));
        assert!(!may("100.64.9.9:443"));
    }

    #[test]
    fn nobody_in_particular_is_never_tried() {
        let nobody =
            ["0.0.0.0:5086", "[::]:5086", "255.255.255.255:5086", "224.0.0.1:5086", "[ff02::1]:5086", "0.1.2.3:5086"];
        check(&nobody, AT_HOME, false);
        check(&nobody, "127.0.0.1", false);
    }

    #[test]
    fn networks_of_any_width_contain_who_is_in_them() {
        let contains = |address: &str, prefix, other: &str| {
            Network { address: address.parse().unwrap(), prefix }.contains(other.parse().unwrap())
        };
        assert!(contains("192.168.1.5", 24, "192.168.1.255") && !contains("192.168.1.5", 24, "192.168.2.5"));
        assert!(contains("10.0.0.1", 0, "192.0.2.1") && !contains("10.0.0.1", 32, "10.0.0.2"));
        assert!(contains("fd00::1", 128, "fd00::1") && contains("fd00::1", 0, "2001::1"));
        assert!(!contains("fd00::1", 0, "10.0.0.1"));
    }

    #[test]
    fn what_may_be_inside_is_sheltered_and_what_anybody_can_reach_is_not() {
        let local = Some("192.168.1.5".parse().unwrap());
        for inside in ["192.168.1.77", "[fd00:1::7]", "127.0.0.1", "localhost", "nas.example"] {
            assert!(is_sheltered(inside, local) && is_sheltered(inside, None), "{inside}");
            assert!(!is_sheltered(inside, Some("127.0.0.1".parse().unwrap())), "{inside}");
        }
        assert!(!is_sheltered("203.0.113.9", local) && !is_sheltered("[2a00:1::9]", local));
    }
}
