//! An XMPP server and contacts in the process, for the demo and the tests.

pub mod plan;
pub mod server;
