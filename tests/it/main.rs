//! Every test of Balcony's behaviour at its boundaries, in reading order.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test names what it expects and stops at everything else")]

mod accounts;
mod actions;
mod architecture;
mod archive;
mod cli;
mod client;
mod demo;
mod docs;
mod engine;
mod faults;
mod fuzz;
mod ghosts;
mod history;
mod hostile;
mod keys;
mod kills;
mod links;
mod manners;
mod messages;
mod nat;
mod package;
mod peers;
mod people;
mod properties;
mod rules;
mod screens;
mod search;
mod servers;
mod session;
mod store;
mod support;
mod terminal;
mod transfer;
mod vectors;
mod wire;
