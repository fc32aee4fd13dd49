#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod client;
pub mod demo;
pub mod doctor;
pub mod engine;
pub mod store;
pub mod tui;
pub mod xep;
