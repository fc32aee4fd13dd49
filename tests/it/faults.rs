//! Two people at their screens, and everything that happens to networks, servers, disks and processes: chat goes through
//! and files arrive, or a true sentence says why not.
//!
//! Every condition is made for real, in network namespaces of the test's own, and everything is judged by what stands on
//! the screens and lies on the disks.

mod breaks;
mod disk;
mod lines;
mod messages;
mod names;
pub(crate) mod process;
mod scene;
mod server;
