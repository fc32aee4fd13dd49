//! An account: who logs in, where, with which secret, under which protection.

use std::fmt;
use std::path::PathBuf;

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
