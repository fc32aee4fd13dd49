//! Every test of Balcony's behaviour at its boundaries, in reading order.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod architecture;
