//! The only reader of clocks.

use std::time::{Instant, SystemTime};

use crate::engine::Moment;

/// What time it is, by both clocks.
#[expect(clippy::disallowed_methods, reason = "this is the place where time is read and given to everybody else")]
pub fn now() -> Moment {
    Moment { instant: Instant::now(), wall: SystemTime::now() }
}
