//! How one account's engine is set up: what the shell hands in when it begins, and the user changes meanwhile.

use std::net::IpAddr;

use jid::{BareJid, Jid};

use crate::engine::Fingerprint;
use crate::engine::command::{Encryption, Preferences, USUAL_PARALLEL, Via};

/// Which interrupted transfers go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovers {
    /// All, also those of earlier runs.
    All,
    /// All, and of earlier runs those that were being received.
    Received,
    /// All, and of earlier runs those of which the same file is offered to the same contact again.
    Named,
    /// None: what breaks has failed.
    None,
}

/// How one account's engine is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose engine it is.
    pub account: BareJid,
    /// Methods in order of preference; one left out is turned off.
    pub methods: Vec<Via>,
    /// Proxies (XEP-0065) besides those that the server names.
    pub proxies: Vec<Jid>,
    /// Addresses to offer as streamhosts instead of those that the machine has.
    pub advertise: Vec<IpAddr>,
    /// The listener's port, if the user chose it: a router may forward that one.
    pub port: Option<u16>,
    /// Whether the router may be asked to pass connections on to the listener.
    pub map_ports: bool,
    /// The priority of our presence (RFC 6121 §4.7.2.3). Below 0, messages to the account go elsewhere or wait.
    pub priority: i8,
    /// The one that programs are shown instead that offer files to nobody of a negative priority.
    pub priority_for_offers: Option<i8>,
    /// How many files move at a time; the others wait.
    pub parallel: usize,
    /// Which interrupted transfers go on.
    pub recovers: Recovers,
    /// Whether SOCKS5 streams pass through TLS.
    pub encryption: Encryption,
    /// The key that the shell has for that; without one nothing can.
    pub key: Option<Fingerprint>,
    /// How blocks are paced in-band.
    pub in_band: Pacing,
    /// Whether contacts are told that their messages arrived (XEP-0184).
    pub send_receipts: bool,
    /// Whether contacts are told that their messages were seen (XEP-0333).
    pub send_markers: bool,
}

/// How blocks are paced in-band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pacing {
    /// By what is measured on the way.
    #[default]
    Measured,
    /// Not at all: always the same, whatever comes of it. It is what measuring is measured against.
    Fixed {
        /// Bytes in a block.
        block: u16,
        /// Blocks that are not acknowledged at a time.
        window: u16,
    },
}

impl Settings {
    /// Every method, and nobody asked for anything.
    pub fn new(account: BareJid) -> Self {
        Settings {
            account,
            methods: Via::ALL.to_vec(),
            proxies: Vec::new(),
            advertise: Vec::new(),
            priority: 0,
            priority_for_offers: None,
            parallel: USUAL_PARALLEL,
            port: None,
            map_ports: false,
            recovers: Recovers::All,
            encryption: Encryption::default(),
            key: None,
            in_band: Pacing::default(),
            send_receipts: true,
            send_markers: false,
        }
    }

    /// From here on it is set up differently.
    pub(super) fn prefer(&mut self, preferences: Preferences) {
        let Preferences { methods, advertise, encryption, parallel, downloads: _ } = preferences;
        (self.methods, self.advertise, self.encryption, self.parallel) = (methods, advertise, encryption, parallel);
    }
}
