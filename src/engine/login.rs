//! What was found on the way to a session: where the server is, how far it is to be trusted, how the login went.
//!
//! The shell tells it after every try, also after one that failed: then it says how far that came. Nothing in it is
//! secret; no password and nothing that was made of one ever gets here.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::SystemTime;

/// One try to log in, as far as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// How it was decided where the server is, as a sentence.
    pub directions: String,
    /// Places that were tried in vain, and why.
    pub in_vain: Vec<(String, String)>,
    /// `host:port` of the place that was tried last.
    pub place: Option<String>,
    /// Which address of it answered.
    pub address: Option<SocketAddr>,
    /// What TLS came to; none without it.
    pub tls: Option<Tls>,
    /// Whether the password was only ever proved before (SCRAM), and is not told therefore.
    pub proves: bool,
    /// What SASL came to.
    pub sasl: Option<Sasl>,
    /// Namespaces of everything that the server offered on the stream, before the login or after.
    pub offered: BTreeSet<String>,
    /// Why there is no session.
    pub fault: Option<String>,
}

/// What TLS came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// `TLS 1.3`; none if it came to nothing.
    pub version: Option<String>,
    /// Whom we would trust, in words.
    pub trust: String,
    /// The certificate that was shown.
    pub certificate: Option<Certificate>,
}

/// A server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// `sha256:…`, what `pin` takes.
    pub fingerprint: String,
    /// For which hosts it is.
    pub names: Vec<String>,
    /// From when until when it holds, if it can be read.
    pub validity: Option<(SystemTime, SystemTime)>,
}

/// What SASL came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sasl {
    /// What the server offers.
    pub offered: Vec<String>,
    /// What we took.
    pub chosen: Option<String>,
    /// Whether the login was bound to the TLS connection.
    pub bound: bool,
}

impl Sasl {
    /// Whether the password was proved and not told.
    pub fn proves(&self) -> bool {
        self.chosen.as_ref().is_some_and(|name| name.starts_with("SCRAM"))
    }
}
