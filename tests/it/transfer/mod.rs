//! Transfers between two engines in virtual time, one behaviour a file.

mod ancient;
mod arrives;
mod closes;
mod details;
mod ends;
mod falls_back;
mod folders;
mod guests;
mod hands_over;
mod hesitates;
mod leaves;
mod meets_peers;
mod names;
mod paced;
mod published;
mod queues;
mod races;
mod reaches;
mod recovers;
mod refuses;
mod reoffers;
mod resumes;
mod returns;
mod sealed;
mod verifies;
