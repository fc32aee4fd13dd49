//! What the embedded server starts with: accounts, their rosters, proxies. Values only.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;

use super::server::roster::Item;

/// A town: who lives in it, and by which proxies files travel.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Who can log in. The server serves the domains of their addresses.
    pub accounts: Vec<AccountPlan>,
    /// SOCKS5 proxies (XEP-0065), each announced by the domain it is a subdomain of.
    pub proxies: Vec<ProxyPlan>,
}

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub struct AccountPlan {
    /// The address.
    pub jid: BareJid,
    /// The password.
    pub password: String,
    /// The contacts.
    pub roster: BTreeMap<BareJid, Item>,
}

/// A SOCKS5 proxy.
#[derive(Debug, Clone)]
pub struct ProxyPlan {
    /// Its address: `proxy.capulet.lit` is announced by `capulet.lit`.
    pub jid: BareJid,
    /// How it behaves.
    pub manner: Manner,
}

/// How a proxy behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// As XEP-0065 says.
    Relays,
    /// It accepts connections and never says a word.
    Silent,
}

/// The password of everybody in [`Plan::of_friends`]: tests have no secrets.
pub const PASSWORD: &str = "wherefore";

impl Plan {
    /// Everybody in everybody's roster, seeing each other, all with the same [`PASSWORD`].
    pub fn of_friends(everybody: &[BareJid]) -> Self {
        let accounts = everybody.iter().map(|jid| AccountPlan {
            jid: jid.clone(),
            password: PASSWORD.to_owned(),
            roster: everybody
                .iter()
                .filter(|other| *other != jid)
                .map(|other| (other.clone(), Item::mutual()))
                .collect(),
        });
        Plan { accounts: accounts.collect(), proxies: Vec::new() }
    }

    /// The same with one more proxy.
    #[must_use]
    pub fn with_proxy(mut self, jid: BareJid, manner: Manner) -> Self {
        self.proxies.push(ProxyPlan { jid, manner });
        self
    }

    /// Every domain that somebody lives at.
    pub(super) fn domains(&self) -> BTreeSet<String> {
        self.accounts.iter().map(|account| account.jid.domain().to_string()).collect()
    }
}
