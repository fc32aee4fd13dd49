//! Memory that was let go of goes back to the system.
//!
//! A roster of ten thousand contacts comes as one stanza, and its elements take forty megabytes for a moment. The C
//! library keeps them for later, because what stays of the roster lies in their midst; there is no later. So it is asked,
//! once after each roster and each folder that was unpacked, to give back what nobody uses. No other allocator that was
//! tried did so by itself.
//!
//! The only unsafe code of Balcony: the call of a C function that takes a number and touches nothing of ours.

use std::time::Duration;

use tokio::time::sleep;

/// By then the user interface has taken everybody in.
const SOON: Duration = Duration::from_secs(2);

/// Gives back what is free in a moment.
pub(super) fn give_back_soon() {
    tokio::spawn(async {
        sleep(SOON).await;
        give_back();
    });
}

/// Gives back what is free.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library alone can do it, and this function of it asks nothing of its caller")]
pub(super) fn give_back() {
    // SAFETY: malloc_trim(3) may be called by any thread at any time; whether it found something does not matter.
    let _ = unsafe { libc::malloc_trim(0) };
}

/// Nothing is known to be kept elsewhere.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn give_back() {}
