//! The engine's features, one engine at a time: the test plays its server.

mod disco;
mod iq;
mod presence;
mod roster;
