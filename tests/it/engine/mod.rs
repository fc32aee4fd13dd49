//! The engine's features, one engine at a time: the test plays its server.

mod actions;
mod archive;
mod archive_properties;
mod archive_receipts;
mod blocking;
mod bounds;
mod carbons;
mod chat;
mod checkup;
mod client_state;
mod disco;
mod displayed;
mod doubts;
mod iq;
mod linked;
mod oob;
mod people;
mod pointed;
mod presence;
mod properties;
mod receipts;
mod roster;
mod roster_properties;
mod sipub;
