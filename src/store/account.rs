//! An account: who logs in, where, with which secret, under which protection.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use jid::Jid;

/// How to log in.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name in `[accounts.NAME]`.
    pub name: String,
    /// Bare, or with the resource to ask for.
    pub jid: Jid,
    /// The password.
    pub password: Secret,
    /// `host:port` instead of what SRV says.
    pub server: Option<HostPort>,
    /// How the connection is protected.
    pub tls: Tls,
    /// Accept exactly this certificate: its SHA-256.
    pub pin: Option<[u8; 32]>,
    /// Roots to trust besides the system's: a PEM file.
    pub extra_ca: Option<PathBuf>,
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A host name or an address.
    pub host: String,
    /// A port.
    pub port: u16,
}

impl HostPort {
    /// Whether nobody but this machine can be meant.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

/// Whether a host is this machine by its name alone: a loopback address, or `localhost` (RFC 6761 §6.3).
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}

/// Why a word is no host and port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHostPort {
    /// It ends with the host.
    #[error("{0:?} names no port; write {host}:5222", host = .0.trim_end_matches(':'))]
    Port(String),
    /// What stands behind the colon is none.
    #[error("{0:?} ends with no port: a port is a number from 1 to 65535")]
    Range(String),
    /// It has no host, or an IPv6 address without brackets.
    #[error("{0:?} is no HOST:PORT; an IPv6 address stands in brackets: [::1]:5222")]
    Host(String),
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HostPort { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl FromStr for HostPort {
    type Err = NoHostPort;

    fn from_str(word: &str) -> Result<Self, NoHostPort> {
        let no_host = || NoHostPort::Host(word.to_owned());
        let no_port = || NoHostPort::Port(word.to_owned());
        let (host, port) = match word.strip_prefix('[') {
            Some(bracketed) => {
                let (host, rest) = bracketed.split_once(']').ok_or_else(no_host)?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| no_host())?;
                (host, rest.strip_prefix(':').ok_or_else(no_port)?)
            }
            None => word.split_once(':').ok_or_else(no_port)?,
        };
        if host.is_empty() || host.contains(char::is_whitespace) || port.contains(':') {
            return Err(no_host());
        }
        if port.is_empty() {
            return Err(no_port());
        }
        let no_number = || NoHostPort::Range(word.to_owned());
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(no_number)?;
        Ok(HostPort { host: host.to_owned(), port })
    }
}

/// How the connection to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// What SRV says: StartTLS or direct, never none.
    #[default]
    Auto,
    /// StartTLS (RFC 6120 §5).
    StartTls,
    /// Direct TLS (XEP-0368).
    Direct,
    /// None; only to loopback addresses.
    None,
}

/// No protection has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no protection; there are auto, starttls, direct and none")]
pub struct UnknownTls(String);

impl FromStr for Tls {
    type Err = UnknownTls;

    fn from_str(word: &str) -> Result<Self, UnknownTls> {
        match word {
            "auto" => Ok(Tls::Auto),
            "starttls" => Ok(Tls::StartTls),
            "direct" => Ok(Tls::Direct),
            "none" => Ok(Tls::None),
            unknown => Err(UnknownTls(unknown.to_owned())),
        }
    }
}

/// The SHA-256 of a certificate, as `pin` takes it: `sha256:` and 64 hexadecimal digits, in pairs with colons or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin(pub [u8; 32]);

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// That is no pin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pin is \"sha256:\" and the 64 hexadecimal digits of the certificate's fingerprint")]
pub struct NoPin;

impl FromStr for Pin {
    type Err = NoPin;

    fn from_str(word: &str) -> Result<Self, NoPin> {
        let digits = word.strip_prefix("sha256:").ok_or(NoPin)?.replace(':', "");
        if digits.len() != 64 || !digits.is_ascii() {
            return Err(NoPin);
        }
        let mut hash = [0; 32];
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| NoPin)?;
        }
        Ok(Pin(hash))
    }
}

/// A password, kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(secret: impl Into<String>) -> Self {
        Secret(secret.into())
    }

    /// The secret itself; for the login alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_port_is_read_with_and_without_brackets() {
        let read = |word: &str| word.parse::<HostPort>().map(|place| (place.host, place.port));
        assert_eq!(read("capulet.lit:5222"), Ok(("capulet.lit".to_owned(), 5222)));
        assert_eq!(read("[::1]:5222"), Ok(("::1".to_owned(), 5222)));
        for word in ["capulet.lit", "capulet.lit:", "[::1]", "[::1]5222"] {
            assert!(matches!(read(word), Err(NoHostPort::Port(_))), "{word}");
        }
        for word in [":5222", "::1:5222", "[capulet]:5222", "[::1:5222", "capulet lit:5222"] {
            assert!(matches!(read(word), Err(NoHostPort::Host(_))), "{word}");
        }
    }

    #[test]
    fn a_port_that_is_none_is_told_what_ports_are() {
        for word in ["foo:99999", "foo:0", "foo:-1", "foo:xmpp", "foo: 5222", "[::1]:65536"] {
            let told = word.parse::<HostPort>().unwrap_err().to_string();
            assert_eq!(told, format!("{word:?} ends with no port: a port is a number from 1 to 65535"));
        }
        let told = |word: &str| word.parse::<HostPort>().unwrap_err().to_string();
        assert_eq!(told("capulet.lit:"), "\"capulet.lit:\" names no port; write capulet.lit:5222");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LocalHost"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["192.0.2.1", "::", "localhost.example", "capulet.lit", "127.0.0.1.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_pin_is_read_in_both_common_spellings() {
        let plain = format!("sha256:{}", "0a".repeat(32));
        let colons = format!("sha256:{}", vec!["0A"; 32].join(":"));
        assert_eq!(plain.parse(), Ok(Pin([10; 32])));
        assert_eq!(colons.parse(), Ok(Pin([10; 32])));
        let fault = |word: &str| word.parse::<Pin>() == Err(NoPin);
        assert!(fault(&"0a".repeat(32)) && fault("sha256:0a") && fault(&format!("sha256:{}", "é".repeat(32))));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::new("balcony")), "Secret(…)");
    }
}
