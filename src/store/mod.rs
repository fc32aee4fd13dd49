//! What outlives the process: where things are, the configuration, the account.

pub mod account;
pub mod config;
pub mod paths;
