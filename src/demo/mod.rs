//! An XMPP server and contacts in the process, for the demo and the tests.

mod link;
pub mod plan;
pub mod server;

pub use link::{Pace, Server};
