//! The shell at its boundaries: a session with a server that does what a test says, sockets, files.
//!
//! Time is real here, and nothing sleeps: a test waits for what it waits for, and fails when that does not come.

mod certificates;
mod hostile;
mod keeping;
mod login;
mod logout;
mod names;
mod resuming;
pub(crate) mod support;
