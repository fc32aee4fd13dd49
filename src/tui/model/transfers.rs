//! The transfers, as the pane lists them: what clients tell of them goes to the one that it is about.

use std::collections::BTreeMap;
use std::time::Instant;

use super::AccountId;
use super::transfer::{Stage, Transfer, TransferKey};
use crate::engine::command::Command;
use crate::engine::event::{AttemptState, OfferInfo, TransferChange, Waits};

/// Finished transfers beyond these leave the list, the oldest first.
const MOST_ENDED: usize = 200;

/// Every transfer that is running or was not purged.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    entries: BTreeMap<TransferKey, Transfer>,
    next: u64,
    pub(crate) selected: Option<TransferKey>,
    /// The one that the wheel went to while the keys went elsewhere.
    pub(crate) shown: Option<TransferKey>,
}

impl Transfers {
    pub(crate) fn get(&self, key: TransferKey) -> Option<&Transfer> {
        self.entries.get(&key)
    }

    pub(crate) fn get_mut(&mut self, key: TransferKey) -> Option<&mut Transfer> {
        self.entries.get_mut(&key)
    }

    /// Every one.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Transfer> {
        self.entries.values()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.values().all(|transfer| transfer.held)
    }

    /// As the pane lists them: running ones, offers that wait for us, finished ones; the newest of each first.
    pub(crate) fn listed(&self) -> Vec<(TransferKey, &Transfer)> {
        let shown = self.entries.iter().filter(|(_, transfer)| !transfer.held);
        let mut listed: Vec<_> = shown.map(|(key, transfer)| (*key, transfer)).collect();
        listed.sort_by_key(|(_, transfer)| {
            (transfer.is_over(), transfer.waits_for_us(), std::cmp::Reverse(transfer.order))
        });
        listed
    }

    /// Offers that wait for our answer, in the order in which they came; those held back are not among them.
    pub(crate) fn offers(&self) -> Vec<TransferKey> {
        self.waiting(|transfer| !transfer.held)
    }

    /// Offers of strangers that nobody asked to see, in the order in which they came.
    pub(crate) fn held(&self) -> Vec<TransferKey> {
        self.waiting(|transfer| transfer.held)
    }

    fn waiting(&self, is_meant: impl Fn(&Transfer) -> bool) -> Vec<TransferKey> {
        let waiting = self.entries.iter().filter(|(_, transfer)| transfer.waits_for_us() && is_meant(transfer));
        let mut waiting: Vec<_> = waiting.map(|(key, it)| (it.order, *key)).collect();
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, key)| key).collect()
    }

    /// Forgets an offer that nobody saw.
    pub(crate) fn forget(&mut self, key: TransferKey) {
        self.entries.remove(&key);
    }

    /// Forgets what was told of an account's transfers.
    pub(crate) fn forget_all_of(&mut self, account: AccountId) {
        self.entries.retain(|key, _| key.account != account);
    }

    /// Transfers that are neither over nor merely offered to us.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Transfer> {
        self.entries.values().filter(|transfer| transfer.is_running())
    }

    /// Whether one of the account is running.
    pub(crate) fn is_busy(&self, account: AccountId) -> bool {
        self.entries.iter().any(|(key, transfer)| key.account == account && transfer.is_running())
    }

    /// What stops each that is running; it goes on when Balcony is started again.
    pub(crate) fn stopping(&self) -> impl Iterator<Item = (AccountId, Command)> {
        let running = self.entries.iter().filter(|(_, transfer)| transfer.is_running());
        running.map(|(key, _)| (key.account, Command::LeaveTransfer { transfer: key.id }))
    }

    /// Whether a number on the screen changes with time: an attempt's age, a rate.
    pub(crate) fn counting(&self) -> bool {
        let is_waiting = |transfer: &Transfer| match &transfer.stage {
            Stage::Interrupted(interruption, _) => matches!(interruption.waits, Waits::Time(_)),
            Stage::Offered | Stage::Agreed(_) | Stage::Ended(_) => false,
        };
        let mut attempts = self.running().flat_map(|transfer| &transfer.attempts);
        self.running().any(is_waiting)
            || attempts.any(|tried| match tried.attempt.state {
                AttemptState::Trying { .. } | AttemptState::Active { .. } => true,
                AttemptState::Failed { .. } => false,
            })
    }

    /// A transfer began or changed.
    pub(crate) fn change(&mut self, key: TransferKey, change: TransferChange, now: Instant) {
        if let TransferChange::Offered(info) = change {
            return self.begin(key, *info);
        }
        let is_end = matches!(change, TransferChange::Ended(_));
        if let Some(transfer) = self.entries.get_mut(&key) {
            transfer.change(change, now);
        }
        if is_end {
            self.drop_oldest();
        }
    }

    fn begin(&mut self, key: TransferKey, info: OfferInfo) {
        if let Some(transfer) = self.entries.get_mut(&key) {
            transfer.offered_again(info);
        } else {
            self.entries.insert(key, Transfer::offered(self.next, info));
            self.next += 1;
        }
    }

    /// Removes what is over.
    pub(crate) fn purge(&mut self) {
        self.entries.retain(|_, transfer| !transfer.is_over());
    }

    fn drop_oldest(&mut self) {
        let mut ended: Vec<_> =
            self.entries.iter().filter(|(_, transfer)| transfer.is_over()).map(|(key, it)| (it.order, *key)).collect();
        ended.sort_unstable();
        for (_, key) in ended.iter().take(ended.len().saturating_sub(MOST_ENDED)) {
            self.entries.remove(key);
        }
    }
}
