//! File transfer = negotiation × profile × method.

use super::context::Settings;
use super::feature::{Feature, FeatureEntry};

/// The transfer feature's line in the registry.
pub(super) const FEATURE: FeatureEntry =
    FeatureEntry { name: "file transfer", xeps: &[], advertises: &[], new: |_: &Settings| Box::new(Transfers) };

struct Transfers;

impl Feature for Transfers {}
