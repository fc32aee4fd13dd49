//! Accounts come and go, and one of them is meant.

use super::account::{Account, Engagement};
use super::{Model, Page};
use crate::store::config::AccountConfig;

/// One of the accounts that are open, for as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId(pub usize);

impl Model {
    /// An account whose events will come.
    pub fn add_account(&mut self, name: &str) -> AccountId {
        let id = AccountId(self.accounts.keys().next_back().map_or(0, |last| last.0 + 1));
        self.accounts.insert(id, Account::new(name));
        self.roster.stale = true;
        id
    }

    /// An account as it is configured, at rest.
    pub fn add_configured(&mut self, configured: &AccountConfig) -> AccountId {
        let id = self.add_account(&configured.name);
        if let Some(account) = self.accounts.get_mut(&id) {
            account.jid = Some(configured.jid.to_bare());
            account.engagement = Engagement::None;
        }
        id
    }

    /// Everything that belongs to an account goes with it.
    pub(crate) fn drop_account(&mut self, id: AccountId) {
        self.accounts.remove(&id);
        self.transfers.forget_all_of(id);
        self.opened.retain(|conversation| conversation.account != id);
        self.conversations.retain(|conversation, _| conversation.account != id);
        self.programs.retain(|(account, _), _| *account != id);
        self.notify.retain(|(account, _), _| *account != id);
        self.chosen = self.chosen.filter(|chosen| *chosen != id);
        for page in [&mut self.page, &mut self.last_page] {
            if matches!(page, Page::With(conversation) if conversation.account == id) {
                *page = Page::Home;
            }
        }
        self.roster.stale = true;
    }

    /// The account that commands mean: that of the conversation, else the chosen one, else the only one.
    pub(crate) fn account_here(&self) -> Option<AccountId> {
        let mut all = self.accounts.keys().copied();
        let only = all.next().filter(|_| all.next().is_none());
        match &self.page {
            Page::With(id) => Some(id.account),
            Page::Home => self.chosen.or(only),
        }
    }

    /// The same, or a sentence about what there is to choose from.
    pub(crate) fn account_meant(&self) -> Result<AccountId, String> {
        self.account_here().ok_or_else(|| match self.account_names() {
            none if none.is_empty() => "There is no account: /account add".to_owned(),
            names => format!("Which account, {names}? /account NAME chooses one"),
        })
    }

    /// The account of that name.
    pub(crate) fn account_named(&self, name: &str) -> Option<AccountId> {
        self.accounts.iter().find(|(_, account)| account.name == name).map(|(id, _)| *id)
    }

    /// `home or work`.
    pub(crate) fn account_names(&self) -> String {
        let names: Vec<&str> = self.accounts.values().map(|account| account.name.as_str()).collect();
        names.join(" or ")
    }

    /// `[work]`, where there is more than one account.
    pub(crate) fn tag(&self, account: AccountId) -> Option<String> {
        let account = self.accounts.get(&account).filter(|_| self.accounts.len() > 1)?;
        Some(format!("[{}]", account.name))
    }
}
