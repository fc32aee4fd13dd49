//! Transfers between two engines in virtual time, one behaviour a file.

mod arrives;
mod details;
mod ends;
mod falls_back;
mod meets_peers;
mod refuses;
mod resumes;
