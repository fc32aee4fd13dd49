//! What outlives the process: where things are, the configuration, the account, the database.

pub mod account;
pub mod config;
pub mod database;
pub mod journal;
pub mod paths;
pub mod running;
