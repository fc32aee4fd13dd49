//! What several tests stand on.

pub(crate) mod archive;
pub(crate) mod balcony;
pub(crate) mod contact;
pub(crate) mod daemon;
pub(crate) mod engine;
pub(crate) mod netns;
pub(crate) mod network;
pub(crate) mod pair;
pub(crate) mod peers;
pub(crate) mod person;
pub(crate) mod process;
pub(crate) mod profanity;
pub(crate) mod sample;
pub(crate) mod screen;
pub(crate) mod server;
pub(crate) mod terminal;
