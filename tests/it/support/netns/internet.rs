//! A small internet: hosts around a router in the middle, some with an address of their own, some behind a NAT.
//!
//! ```text
//!   home 192.168.8.2 ──── NAT ── 203.0.113.10 ──┐
//!                                             middle ── 203.0.113.6 server
//!   home 192.168.12.2 ─── NAT ── 203.0.113.14 ──┘
//! ```

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Namespace;
use super::line::{Habits, Line};

/// The router that everything meets at. Private addresses lead nowhere from here, and nobody says so.
pub(crate) struct Internet {
    pub(crate) middle: Namespace,
    hosts: Cell<u8>,
}

/// A machine. It is on the internet by its interface `wan`.
pub(crate) struct Host {
    pub(crate) place: Namespace,
    /// The middle's end of its cable.
    pub(crate) interface: String,
    /// Its own, or its NAT's.
    public: Vec<IpAddr>,
    private: Option<Ipv4Addr>,
    /// Between it and the internet, where it has no address of its own.
    _router: Option<Namespace>,
    /// What lies between it and the middle, if that is no cable.
    _line: Option<Line>,
}

/// Which addresses a host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Families {
    /// And not even a loopback address of IPv6.
    V4,
    V6,
    Both,
}

impl Internet {
    pub(crate) fn new() -> Self {
        let middle = Namespace::new("middle");
        middle.run(
            "echo 1 > /proc/sys/net/ipv4/ip_forward
             echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
             ip route add blackhole 192.168.0.0/16
             nft add table inet filter
             nft add chain inet filter forward '{ type filter hook forward priority 0; }'",
        );
        Internet { middle, hosts: Cell::new(0) }
    }

    /// A host that everybody can reach.
    pub(crate) fn host(&self, role: &str) -> Host {
        self.host_with(role, Families::V4)
    }

    /// One with these addresses.
    pub(crate) fn host_with(&self, role: &str, families: Families) -> Host {
        let (place, interface) = (Namespace::new(role), self.next_interface());
        if families == Families::V4 {
            place.run("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
        }
        self.middle.connect(&interface, &place, "wan");
        let public = self.address(&place, &interface, families);
        Host { place, interface, public, private: None, _router: None, _line: None }
    }

    /// One whose cable has habits.
    pub(crate) fn host_on_line(&self, role: &str, habits: &Habits) -> Host {
        let (place, interface) = (Namespace::new(role), self.next_interface());
        let line = Line::lay(&self.middle, &interface, &place, "wan", habits);
        let public = self.address(&place, &interface, Families::V4);
        Host { place, interface, public, private: None, _router: None, _line: Some(line) }
    }

    /// A host in a private network, whose router lets nothing in that was not asked for.
    pub(crate) fn home(&self, role: &str) -> Host {
        let Host { place: router, interface, public, .. } = self.host("nat");
        let place = Namespace::new(role);
        let network = self.hosts.get();
        let (gateway, address) = (Ipv4Addr::new(192, 168, network, 1), Ipv4Addr::new(192, 168, network, 2));
        router.connect("lan", &place, "wan");
        router.run(&format!(
            "echo 1 > /proc/sys/net/ipv4/ip_forward
             ip address add {gateway}/24 dev lan
             nft add table inet nat
             nft add chain inet nat leaving '{{ type nat hook postrouting priority srcnat; }}'
             nft add rule inet nat leaving oifname wan masquerade
             nft add chain inet nat through '{{ type filter hook forward priority filter; }}'
             nft add rule inet nat through iifname wan ct state new drop"
        ));
        place.run(&format!("ip address add {address}/24 dev wan; ip route add default via {gateway}"));
        Host { place, interface, public, private: Some(address), _router: Some(router), _line: None }
    }

    /// Has the middle do this, in the words of nftables, with what passes through it.
    pub(crate) fn filter(&self, rule: &str) {
        self.middle.run(&format!("nft 'insert rule inet filter forward {rule}'"));
    }

    /// How many packets were lost to [`Host::unplug`].
    pub(crate) fn lost(&self) -> u64 {
        let rules = self.middle.run("nft list chain inet filter forward");
        rules.lines().filter(|rule| rule.contains("drop")).map(|rule| counted(rule)[0]).sum()
    }

    /// Takes back all that was said by [`Self::filter`].
    pub(crate) fn stop_filtering(&self) {
        self.middle.run("nft flush chain inet filter forward");
    }

    fn next_interface(&self) -> String {
        self.hosts.set(self.hosts.get() + 1);
        format!("to{}", self.hosts.get())
    }

    /// Gives both ends of the last cable their addresses, from those that are for examples.
    fn address(&self, place: &Namespace, interface: &str, families: Families) -> Vec<IpAddr> {
        let number = self.hosts.get();
        let mut public = Vec::new();
        if families != Families::V6 {
            let [gateway, address] = [1, 2].map(|end| Ipv4Addr::new(203, 0, 113, number * 4 + end));
            self.middle.run(&format!("ip address add {gateway}/30 dev {interface}"));
            place.run(&format!("ip address add {address}/30 dev wan; ip route add default via {gateway}"));
            public.push(address.into());
        }
        if families != Families::V4 {
            let [gateway, address] = [1, 2].map(|end| Ipv6Addr::new(0x2001, 0xdb8, u16::from(number), 0, 0, 0, 0, end));
            self.middle.run(&format!("ip address add {gateway}/64 dev {interface} nodad"));
            place.run(&format!("ip address add {address}/64 dev wan nodad; ip route add default via {gateway}"));
            public.push(address.into());
        }
        public
    }
}

impl Host {
    /// Its first address.
    pub(crate) fn address(&self) -> IpAddr {
        self.private.map_or(self.public[0], IpAddr::from)
    }

    /// What others see as its first address.
    pub(crate) fn seen_as(&self) -> IpAddr {
        self.public[0]
    }

    /// All that it can be reached at.
    pub(crate) fn addresses(&self) -> &[IpAddr] {
        &self.public
    }

    /// Moves it to another network, as a laptop that is carried away: nothing gets to its old address any more.
    pub(crate) fn move_elsewhere(&self, internet: &Internet) {
        internet.middle.run(&format!("ip address add 198.51.100.1/24 dev {}", self.interface));
        self.place.run(
            "ip address flush dev wan
             ip address add 198.51.100.2/24 dev wan
             ip route add default via 198.51.100.1",
        );
    }

    /// Pulls the plug. Its own programs do not see that, as it is the middle that no longer knows it.
    pub(crate) fn unplug(&self, internet: &Internet) {
        for direction in ["iifname", "oifname"] {
            internet.filter(&format!("{direction} {} counter drop", self.interface));
        }
    }
}

/// The packets and bytes of the first counter in what nftables lists.
pub(crate) fn counted(listing: &str) -> [u64; 2] {
    let words: Vec<&str> = listing.split_whitespace().collect();
    ["packets", "bytes"].map(|unit| {
        let at = words.iter().position(|word| *word == unit).expect("a counter");
        words[at + 1].parse().unwrap()
    })
}
