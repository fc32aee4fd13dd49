//! What a contact, a stranger, or the server of another domain can do to somebody who sits at Balcony: nobody gets in
//! where they don't belong, nothing grows without a bound, who is told is told once, and a friend is still heard and
//! answered in the end.
//!
//! Everything is real: the program on a terminal, Prosody, and whatever the other side says comes through that from a
//! [domain of its own](crate::support::daemon::foreign). What is shown is read from the terminal, what is used is asked
//! of the kernel, what is kept is read from the disk.

mod escapes;
mod files;
mod floods;
mod forgeries;
mod listener;
mod scene;
mod streamhosts;
mod streams;
mod web;
mod xml;
