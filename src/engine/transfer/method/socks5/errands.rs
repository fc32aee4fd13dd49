//! How many places somebody may have us connect to: so many within a minute, however many offers they make.

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
    /// The streamhosts that there is room for; one that was tried lately costs nothing.
    pub(super) fn admit(&mut self, contact: &BareJid, mut hosts: Vec<StreamHost>, now: Instant) -> Vec<StreamHost> {
        self.0.retain(|_, places| {
            places.retain(|(then, _)| now.saturating_duration_since(*then) < LATELY);
            !places.is_empty()
        });
        let lately = self.0.entry(contact.clone()).or_default();
        hosts.retain(|host| {
            let place = place(host);
            let is_known = lately.iter().any(|(_, known)| *known == place);
            if !is_known && lately.len() < MOST {
                lately.push_back((now, place));
                return true;
            }
            is_known
        });
        hosts
    }
}
