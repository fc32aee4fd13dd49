//! What can be said of files: by which ways they go, in which order, and which one is meant.

use std::str::FromStr;

/// How many files move at a time unless the user says otherwise: more than one, so that a small file overtakes a large
/// one; few, so that they do not slow each other down.
pub const USUAL_PARALLEL: usize = 3;

/// Who goes first where not all can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    /// After everybody else.
    Low,
    /// In the order in which they came.
    #[default]
    Normal,
    /// Before everybody else.
    High,
}

impl Priority {
    /// The next one up.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Priority::Low => Priority::Normal,
            Priority::Normal | Priority::High => Priority::High,
        }
    }

    /// The next one down.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Priority::High => Priority::Normal,
            Priority::Normal | Priority::Low => Priority::Low,
        }
    }
}

/// Which published file is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The only one that was announced.
    Only,
    /// The one that was announced under this number.
    Number(u64),
    /// The one of this address, `xmpp:…?recvfile;sid=…`.
    Uri(String),
}

/// Which address is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedLink {
    /// The only one that was named.
    Only,
    /// The one that was named under this number.
    Number(u64),
    /// This one, written by the user.
    Address(String),
}

/// What becomes of a file that did not arrive whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepPartial {
    /// It stays beside where it was to be, as `.part`.
    Yes,
    /// It is removed.
    No,
}

/// A way of moving a file's bytes, as users configure and see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// A TCP connection from one side to the other (XEP-0065).
    Socks5Direct,
    /// Two TCP connections that meet at a proxy (XEP-0065).
    Socks5Proxy,
    /// In stanzas (XEP-0047).
    InBand,
    /// Fetched from the web (XEP-0066). We never send this way.
    Http,
}

impl Via {
    /// Every one by which we send, in the order of preference: the fastest first.
    pub const ALL: [Via; 3] = [Via::Socks5Direct, Via::Socks5Proxy, Via::InBand];

    /// Its word in configuration files, on the command line and in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Via::Socks5Direct => "socks5-direct",
            Via::Socks5Proxy => "socks5-proxy",
            Via::InBand => "in-band",
            Via::Http => "http",
        }
    }

    /// The one of that word.
    pub fn named(word: &str) -> Option<Self> {
        Via::ALL.into_iter().chain([Via::Http]).find(|via| via.word() == word)
    }

    /// Its name on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Via::Socks5Direct => "SOCKS5 direct",
            Via::Socks5Proxy => "SOCKS5 proxy",
            Via::InBand => "in-band",
            Via::Http => "HTTP",
        }
    }

    /// The same where there is little room.
    pub fn short_title(self) -> &'static str {
        match self {
            Via::Socks5Direct => "direct",
            Via::Socks5Proxy => "proxy",
            Via::InBand => "in-band",
            Via::Http => "HTTP",
        }
    }
}

/// No way of moving bytes has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no method; there are socks5-direct, socks5-proxy and in-band")]
pub struct UnknownMethod(String);

impl FromStr for Via {
    type Err = UnknownMethod;

    fn from_str(word: &str) -> Result<Self, UnknownMethod> {
        Via::ALL.into_iter().find(|via| via.word() == word).ok_or_else(|| UnknownMethod(word.to_owned()))
    }
}

/// Whether the bytes of a SOCKS5 stream pass through TLS. In-band they are protected as messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// With everybody who can.
    #[default]
    Preferred,
    /// With everybody: who cannot gets and sends files in-band alone.
    Required,
    /// With nobody.
    Off,
}

/// No such word for [`Encryption`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no choice; there are preferred, required and off")]
pub struct UnknownEncryption(String);

impl FromStr for Encryption {
    type Err = UnknownEncryption;

    fn from_str(word: &str) -> Result<Self, UnknownEncryption> {
        match word {
            "preferred" => Ok(Encryption::Preferred),
            "required" => Ok(Encryption::Required),
            "off" => Ok(Encryption::Off),
            other => Err(UnknownEncryption(other.to_owned())),
        }
    }
}
