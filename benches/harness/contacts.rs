//! What other clients do with the same file on the same server.
//!
//! It is measured from the moment when the receiver knows of the file until he says that he has it. Nobody's start of a
//! program, login or connection to a server counts, and whether they hash or wait for the disk is their affair.

use std::time::{Duration, Instant};

use balcony::engine::command::Via;

use crate::support::contact::{Contact, Library};
use crate::support::daemon::{Kind, Server};
use crate::support::sample::Sample;

/// From one contact to another, both with that library, by that method alone.
pub(crate) fn between(kind: Kind, library: Library, via: Via, sample: &Sample) -> Duration {
    let couple = Server::shared(kind).couple();
    let mut juliet = Contact::who_receives(library, &couple.juliet);
    let _romeo = Contact::who_sends(library, &couple.romeo, sample, juliet.jid(), &["--methods", via.word()]);
    juliet.offered();
    let began = Instant::now();
    let ending = juliet.ending();
    let took = began.elapsed();
    assert!(format!("{ending:?}").starts_with("Done"), "{library:?} by {via:?}: {ending:?}");
    took
}
