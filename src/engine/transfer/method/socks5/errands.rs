//! How many places somebody may have us connect to: so many within a minute, however many offers they make.
//!
//! What is counted are connections that led to no stream. A place that took us as a streamhost does is one, and tells who
//! named it nothing that they did not know: whoever is really there sends as many files as they like.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use jid::BareJid;

use super::streamhosts::{Place, place};
use crate::xep::bytestreams::StreamHost;

/// More than somebody's dozens of files name that are sent at once, each with a port of its own; to feel for every port of
/// one machine at that rate takes most of a day.
const MOST: usize = 64;

/// In this time.
const LATELY: Duration = Duration::from_mins(1);

/// Where each contact had us connect to lately.
#[derive(Debug, Default)]
pub(super) struct Errands(BTreeMap<BareJid, VecDeque<(Instant, Place)>>);

impl Errands {
    /// Whether there is room for a connection to that streamhost; one that was tried lately costs nothing.
    pub(super) fn admit(&mut self, contact: &BareJid, host: &StreamHost, now: Instant) -> bool {
        self.0.retain(|_, places| {
            places.retain(|(then, _)| now.saturating_duration_since(*then) < LATELY);
            !places.is_empty()
        });
        let place = place(host);
        let lately = self.0.entry(contact.clone()).or_default();
        let is_known = lately.iter().any(|(_, known)| *known == place);
        if !is_known && lately.len() < MOST {
            lately.push_back((now, place));
            return true;
        }
        is_known
    }

    /// There is a streamhost: that errand was none.
    pub(super) fn pay_back(&mut self, contact: &BareJid, host: &StreamHost) {
        let place = place(host);
        if let Some(lately) = self.0.get_mut(contact) {
            lately.retain(|(_, known)| *known != place);
        }
    }
}
