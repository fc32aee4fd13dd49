//! What the benchmarks stand on: two Balconies on a real server, and runs that take turns.
//!
//! A benchmark declares this module and, as `support`, that of the tests, whose servers and contacts it borrows.

pub(crate) mod contacts;
pub(crate) mod pairs;
pub(crate) mod town;

pub(crate) const MIB: u64 = 1024 * 1024;
