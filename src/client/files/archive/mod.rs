//! Folders, and several files at once, as one stream.
//!
//! # Theory of operation
//!
//! What travels is a tar archive that nobody ever stores on the sending side: [`pack`] lists the members, sorted, knows
//! from their sizes where each begins, and makes the bytes at any offset when they are asked for. As long as no file
//! changes, the same offset gives the same bytes, so ranges, checksums and a second try work as for any file; a file that
//! changed is noticed and ends the transfer. Every member lies in one folder that carries the offer's name.
//!
//! To other programs that is a `.tar`, which every system unpacks. A Balcony reads in the offer that it is a folder, and
//! has it in a `.part` like any file until the last byte is there and its checksum fits; an interrupted one is resumed
//! like any file. Then [`unpack`] reads every header before it writes anything: one member that is no file and no folder,
//! or whose path leads anywhere else, more of them than the offer said, or more than any honest archive of that length
//! takes on the disk, and the archive is kept as it is, with a sentence. What is packed keeps to the same bounds, for both
//! sides ask [`names`]. The folder grows beside the archive under a name like its own and gets its name when all of it is
//! on the disk; only then the archive goes. So it needs the space twice for a moment, and nothing that fails or is killed
//! on the way leaves less than the archive.

mod names;
pub(super) mod pack;
mod tar;
pub(in crate::client) mod unpack;
