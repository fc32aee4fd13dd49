//! Where a fetch may be led: pure decisions, asked for every redirect and for every address that a name resolves to.
//!
//! The user agreed to one address. What it leads to is chosen by others, who must not turn this machine into their hand
//! inside its own network: nothing private is asked unless the address that the user saw names it itself, by number or as
//! `localhost`, or the user wrote the address. A name in somebody else's address that merely resolves there is not enough.
//! No other host is asked without the user.

use std::net::{IpAddr, Ipv6Addr};

use url::Host;

use super::Chosen;
use crate::xep::oob::WebAddress;

/// Every server that exists gets by with fewer.
const MOST_REDIRECTS: usize = 5;

/// What comes of a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Led {
    /// It stays with the host that the user agreed to: it is followed.
    Further(WebAddress),
    /// It leads to another host: the user is asked.
    Elsewhere(WebAddress),
    /// It is not followed, for this reason.
    Nowhere(String),
}

/// What comes of a redirect to `location`, after so many others.
pub fn led(from: &WebAddress, location: Option<&str>, taken: usize) -> Led {
    if taken >= MOST_REDIRECTS {
        return Led::Nowhere(format!("more than {MOST_REDIRECTS} redirects"));
    }
    let Some(location) = location else { return Led::Nowhere("a redirect to nowhere".to_owned()) };
    match from.join(location) {
        Err(malformed) => Led::Nowhere(format!("a redirect that cannot be followed: {malformed}")),
        Ok(to) if from.is_https() && !to.is_https() => Led::Nowhere(format!("a redirect from https to http: {to}")),
        // A server that protects itself: the same host, both by their usual ports or both by the same.
        Ok(to) if to.authority() == from.authority() => Led::Further(to),
        Ok(to) => Led::Elsewhere(to),
    }
}

/// Whether to connect to what the host of an address turned out to be.
pub fn may_ask(found: IpAddr, address: &WebAddress, chosen: Chosen) -> Result<(), String> {
    let found = found.to_canonical();
    let is_named = match address.host() {
        Host::Ipv4(named) => IpAddr::V4(named) == found,
        Host::Ipv6(named) => IpAddr::V6(named).to_canonical() == found,
        Host::Domain(name) => name == "localhost" && found.is_loopback(),
    };
    if is_named || chosen == Chosen::Written || is_public(found) {
        return Ok(());
    }
    Err(format!("its name leads to {found}, which is not on the internet: only an address that you write yourself may"))
}

/// Whether an address is one of the internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            let is_shared = first == 100 && second & 0xc0 == 64;
            let is_benchmark = first == 198 && second & 0xfe == 18;
            let is_assignment = (first, second, third) == (192, 0, 0);
            let is_inside = address.is_private() || address.is_loopback() || address.is_link_local() || is_shared;
            let is_none = first == 0 || first >= 224 || address.is_documentation() || is_benchmark || is_assignment;
            !is_inside && !is_none
        }
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Global unicast, without what embeds an address of the old internet, which may be any.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_documentation = first == 0x2001 && second == 0xdb8;
    let embeds = first == 0x2002 || (first == 0x2001 && second == 0);
    is_global && !is_documentation && !embeds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> WebAddress {
        WebAddress::read(text).unwrap()
    }

    fn led_to(from: &str, location: &str) -> Led {
        led(&address(from), Some(location), 0)
    }

    #[test]
    fn a_redirect_within_a_host_is_followed_up_but_never_down() {
        let further = |to| Led::Further(address(to));
        assert_eq!(led_to("https://a.example/b/c", "../d"), further("https://a.example/d"));
        assert_eq!(led_to("http://a.example/", "https://a.example/"), further("https://a.example/"));
        assert_eq!(led_to("http://a.example:81/", "http://A.example:81/x"), further("http://a.example:81/x"));
        let down = Led::Nowhere("a redirect from https to http: http://a.example/".to_owned());
        assert_eq!(led_to("https://a.example/", "http://a.example/"), down);
    }

    #[test]
    fn a_redirect_to_another_host_or_port_is_for_the_user_to_decide() {
        for elsewhere in ["//b.example/", "https://a.example.evil/", "https://a.example:444/", "https://127.0.0.1/"] {
            assert!(matches!(led_to("https://a.example/", elsewhere), Led::Elsewhere(_)), "{elsewhere}");
        }
        assert!(matches!(led_to("http://a.example:80/", "http://a.example:8080/"), Led::Elsewhere(_)));
    }

    #[test]
    fn a_redirect_leads_to_the_web_and_not_in_circles() {
        for odd in ["ftp://a.example/", "file:///etc/passwd", "http://user:secret@a.example/", "http://"] {
            assert!(matches!(led_to("http://a.example/", odd), Led::Nowhere(_)), "{odd}");
        }
        let from = address("http://a.example/");
        assert!(matches!(led(&from, None, 0), Led::Nowhere(_)));
        assert!(matches!(led(&from, Some("/"), 4), Led::Further(_)));
        assert_eq!(led(&from, Some("/"), 5), Led::Nowhere("more than 5 redirects".to_owned()));
    }

    #[test]
    fn nothing_inside_is_asked_through_somebody_elses_name() {
        let seen = address("http://a.example/");
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.170",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::a00:1",
            "ff02::1",
        ] {
            let inside = inside.parse().unwrap();
            assert!(may_ask(inside, &seen, Chosen::Shown).is_err(), "{inside}");
            assert_eq!(may_ask(inside, &seen, Chosen::Written), Ok(()), "{inside}");
        }
        for outside in ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"] {
            assert_eq!(may_ask(outside.parse().unwrap(), &seen, Chosen::Shown), Ok(()), "{outside}");
        }
    }

    #[test]
    fn what_the_user_saw_by_number_is_asked_and_nothing_beside_it() {
        let inside: IpAddr = "192.168.1.1".parse().unwrap();
        let ask = |found, seen| may_ask(found, &address(seen), Chosen::Shown);
        assert_eq!(ask(inside, "http://192.168.1.1:8080/a"), Ok(()));
        assert!(ask(inside, "http://192.168.1.2/a").is_err());
        assert_eq!(ask("::1".parse().unwrap(), "http://localhost/a"), Ok(()));
        assert!(ask(inside, "http://localhost/a").is_err());
        assert_eq!(ask("fd12::1".parse().unwrap(), "http://[fd12::1]/"), Ok(()));
    }
}
