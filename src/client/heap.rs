//! Memory that was let go of goes back to the system.
//!
//! A roster of ten thousand contacts comes as one stanza, and its elements take forty megabytes for a moment. The C
//! library keeps them for later, because what stays of the roster lies in their midst; there is no later. So it is asked,
//! once after each roster, each folder that was unpacked and each [`Tide`] of stanzas, to give back what nobody uses. No
//! other allocator that was tried did so by itself.
//!
//! The only unsafe code of Balcony: the call of a C function that takes a number and touches nothing of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
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

/// Fewer stanzas leave little behind, however large they are.
const MANY: usize = 64;

/// Stanzas that come, whoever sends them: what a flood of them took is given back once it is over. While nothing comes
/// nothing is done, and nobody wakes.
#[derive(Default)]
pub(super) struct Tide {
    came: Arc<AtomicUsize>,
    since: usize,
    watch: Option<JoinHandle<()>>,
}

impl Tide {
    /// One more comes.
    pub(super) fn rise(&mut self) {
        let came = self.came.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let is_watched = self.watch.as_ref().is_some_and(|watch| !watch.is_finished());
        if came.wrapping_sub(self.since) >= MANY && !is_watched {
            self.since = came;
            self.watch = Some(tokio::spawn(give_back_at_ebb(Arc::clone(&self.came))));
        }
    }
}

/// Gives back what is free as soon as nothing comes for a moment.
async fn give_back_at_ebb(came: Arc<AtomicUsize>) {
    let mut before = None;
    while before != Some(came.load(Ordering::Relaxed)) {
        before = Some(came.load(Ordering::Relaxed));
        sleep(SOON).await;
    }
    give_back();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_trickle_wakes_nobody_and_a_flood_is_watched_once() {
        let mut tide = Tide::default();
        for _ in 1..MANY {
            tide.rise();
        }
        assert!(tide.watch.is_none());
        tide.rise();
        let watch = tide.watch.as_ref().unwrap().id();
        for _ in 0..MANY * 3 {
            tide.rise();
        }
        assert_eq!(tide.watch.unwrap().id(), watch);
    }
}
