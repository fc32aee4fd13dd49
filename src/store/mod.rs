//! What outlives the process: where things are, the configuration, the account, the rules for offers, the database.

pub mod account;
pub mod berth;
mod column;
pub mod config;
pub mod database;
pub mod habit;
pub mod history;
pub mod journal;
pub mod paths;
pub mod people;
pub mod roster;
pub mod rules;
pub mod running;
