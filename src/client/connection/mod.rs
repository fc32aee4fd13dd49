//! The session with the server: find it, trust it, log in, stay connected, lose nothing.
//!
//! # Theory of operation
//!
//! One task, [`Session`], lives as long as the client. [`Order`]s come in; what happens goes out as the engine's
//! inputs. Between a `Connect` and a `Disconnect` it keeps a connection, by going around this circle:
//!
//! ```text
//! routes ─► dial ─► (StartTLS) ─► guard ─► features ─► SASL ─► resume or bind ─► exchange ─┐
//!   ▲       connector, srv, tls             login, scram        establish                  │ lost
//!   └──────────────────────────────── back-off ◄───────────────────────────────────────────┘
//! ```
//!
//! What trying again does not mend ([`Loss::Stop`]: a wrong password, a certificate that is not to be trusted, another
//! program with our resource) ends the circle with a sentence; everything else goes around with growing pauses.
//!
//! Stanzas wait in two [`lanes`] so that chat overtakes bulk, and after they were sent in [`management`] until the
//! server acknowledged them (XEP-0198). A stream that goes on sends them again; if the server has forgotten it, they
//! are handed back to the engine, which knows what is worth repeating.
//!
//! Everything the server sends passes the [`guard`] before the XML parser sees it. It reads neither messages nor files:
//! stanzas are the engine's.

use minidom::Element;

use crate::engine::Lane;
use crate::engine::event::StopReason;
use crate::engine::feature::Xep;

mod backoff;
mod certificate;
mod connector;
mod establish;
mod exchange;
mod features;
pub(super) mod guard;
mod lanes;
mod login;
mod management;
mod outbox;
mod outgoing;
mod scram;
mod session;
mod sketch;
mod srv;
mod stream;
mod tls;
mod transport;

pub use session::Session;

/// What the session implements, for the list in the README; the engine's features name their own.
pub static XEPS: &[Xep] = &[
    Xep { number: "0198", title: "Stream Management", version: "1.6.3" },
    Xep { number: "0368", title: "SRV records for XMPP over TLS", version: "1.1.0" },
    Xep { number: "0440", title: "SASL Channel-Binding Type Capability", version: "0.4.0" },
    Xep { number: "0478", title: "Stream Limits Advertisement", version: "0.2.0" },
    Xep { number: "RFC 6120", title: "Extensible Messaging and Presence Protocol: Core", version: "2011" },
];

/// What a session is told to do.
#[derive(Debug)]
pub enum Order {
    /// Connect and stay connected; at once, if it is waiting to try again.
    Connect,
    /// From the next login on the server may be told the password again, and not only proved that it is known.
    TellPassword,
    /// Log out.
    Disconnect {
        /// What to tell as the reason.
        why: StopReason,
    },
    /// Send a stanza, now or as soon as there is a connection. What cannot be sent comes back as an error stanza.
    Send {
        /// The stanza.
        stanza: Element,
        /// In which queue it waits.
        lane: Lane,
    },
}

/// Why there is no connection, or none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Loss {
    /// Trying again may help; as a sentence.
    Retry(String),
    /// Trying again may help, but not with the same stream: what it would repeat is what broke it.
    Restart(String),
    /// Only the user can help.
    Stop(StopReason),
}

impl Loss {
    /// It, as a sentence.
    fn words(&self) -> String {
        match self {
            Loss::Retry(why) | Loss::Restart(why) => why.clone(),
            Loss::Stop(why) => why.to_string(),
        }
    }
}
