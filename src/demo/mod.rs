//! An XMPP server and contacts in the process, for the demo and the tests.
//!
//! Everything is on loopback, and real: the [`Server`] speaks XMPP over TCP, the contacts are clients with engines of
//! their own, and what fails between them fails because nobody listens or nobody answers. Only what people say is
//! [written down](script).

mod contacts;
mod link;
pub mod plan;
mod player;
pub mod script;
pub mod server;
mod stage;

pub use link::{Pace, Server};
pub use stage::{Stage, options};
