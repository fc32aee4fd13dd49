//! A small internet: hosts around a router in the middle, some with an address of their own, some behind a NAT.
//!
//! ```text
//!   home 192.168.1.2 ── NAT ── 203.0.113.6 ──┐
//!                                          middle ── 203.0.113.2 server
//!   home 192.168.2.2 ── NAT ── 203.0.113.10 ─┘
//! ```

use std::cell::Cell;
use std::net::Ipv4Addr;

use super::Namespace;

/// The router that everything meets at. Private addresses lead nowhere from here, and nobody says so.
pub(crate) struct Internet {
    pub(crate) middle: Namespace,
    hosts: Cell<u8>,
}

/// A machine.
pub(crate) struct Host {
    pub(crate) place: Namespace,
    pub(crate) address: Ipv4Addr,
    /// What others see as its address.
    pub(crate) seen_as: Ipv4Addr,
    /// Between it and the internet, where it has no address of its own.
    _router: Option<Namespace>,
}

impl Internet {
    pub(crate) fn new() -> Self {
        let middle = Namespace::new("middle");
        middle.run(
            "echo 1 > /proc/sys/net/ipv4/ip_forward
             ip route add blackhole 192.168.0.0/16
             nft add table inet filter
             nft add chain inet filter forward '{ type filter hook forward priority 0; }'",
        );
        Internet { middle, hosts: Cell::new(0) }
    }

    /// A host that everybody can reach.
    pub(crate) fn host(&self, role: &str) -> Host {
        let place = Namespace::new(role);
        let address = self.attach(&place);
        Host { place, address, seen_as: address, _router: None }
    }

    /// A host in a private network, whose router lets nothing in that was not asked for.
    pub(crate) fn home(&self, role: &str) -> Host {
        let (place, router) = (Namespace::new(role), Namespace::new("nat"));
        let seen_as = self.attach(&router);
        let [.., number] = self.network();
        let (gateway, address) = (Ipv4Addr::new(192, 168, number, 1), Ipv4Addr::new(192, 168, number, 2));
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
        Host { place, address, seen_as, _router: Some(router) }
    }

    /// Has the middle do this, in the words of nftables, with what passes through it.
    pub(crate) fn filter(&self, rule: &str) {
        self.middle.run(&format!("nft insert rule inet filter forward {rule}"));
    }

    /// Gives the namespace a cable `wan` to the middle, and an address.
    fn attach(&self, place: &Namespace) -> Ipv4Addr {
        self.hosts.set(self.hosts.get() + 1);
        let [a, b, c, network] = self.network();
        let (gateway, address) = (Ipv4Addr::new(a, b, c, network + 1), Ipv4Addr::new(a, b, c, network + 2));
        let interface = format!("to{}", self.hosts.get());
        self.middle.connect(&interface, place, "wan");
        self.middle.run(&format!("ip address add {gateway}/30 dev {interface}"));
        place.run(&format!("ip address add {address}/30 dev wan; ip route add default via {gateway}"));
        address
    }

    /// The network of the last host that was attached: four addresses of those that are for examples.
    fn network(&self) -> [u8; 4] {
        [203, 0, 113, self.hosts.get() * 4]
    }
}
