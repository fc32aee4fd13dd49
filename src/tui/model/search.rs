//! A search through the history while its results are looked at: asked of each account, page by page.

use std::collections::BTreeMap;

use super::AccountId;
use crate::engine::command::Command;
use crate::engine::history::{Found, Hit, Place, Query};
use crate::tui::effect::{Effect, Effects};

/// As many as fill the largest screen.
pub(crate) const PAGE: u32 = 50;

/// What is looked for, and what is found so far.
#[derive(Debug)]
pub(crate) struct Search {
    query: Query,
    /// The newest first.
    pub(crate) hits: Vec<(AccountId, Hit)>,
    rest: BTreeMap<AccountId, Rest>,
    /// Among how many messages nothing was found.
    pub(crate) among: u64,
}

/// What is known of the rest in an account.
#[derive(Debug, PartialEq, Eq)]
enum Rest {
    Asked(Option<Place>),
    More(Place),
    Nothing,
    Unreadable(String),
}

impl Search {
    /// Asks these accounts.
    pub(crate) fn begin(query: Query, accounts: impl IntoIterator<Item = AccountId>) -> (Search, Effects) {
        let rest: BTreeMap<_, _> = accounts.into_iter().map(|account| (account, Rest::Asked(None))).collect();
        let asked = rest.keys().map(|account| ask(*account, &query, None)).collect();
        (Search { query, hits: Vec::new(), rest, among: 0 }, asked)
    }

    pub(crate) fn query(&self) -> &Query {
        &self.query
    }

    /// Asks for what is older than what was found, where there may be some.
    pub(crate) fn more(&mut self) -> Effects {
        let mut asked = Effects::new();
        for (account, rest) in &mut self.rest {
            if let Rest::More(place) = *rest {
                *rest = Rest::Asked(Some(place));
                asked.push(ask(*account, &self.query, Some(place)));
            }
        }
        asked
    }

    /// Takes an answer in; `false` if it is one to something else.
    pub(crate) fn answered(
        &mut self,
        account: AccountId,
        query: &Query,
        after: Option<Place>,
        found: Result<Found, String>,
    ) -> bool {
        let Some(rest) = self.rest.get_mut(&account) else { return false };
        if *rest != Rest::Asked(after) || self.query != *query {
            return false;
        }
        match found {
            Ok(Found { hits, next, among }) => {
                *rest = next.map_or(Rest::Nothing, Rest::More);
                self.among += among;
                self.hits.extend(hits.into_iter().map(|hit| (account, hit)));
                self.hits.sort_by_key(|(_, hit)| std::cmp::Reverse(hit.line.at));
            }
            Err(why) => *rest = Rest::Unreadable(why),
        }
        true
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.rest.values().any(|rest| matches!(rest, Rest::Asked(_)))
    }

    /// Whether there may be more than what was found so far.
    pub(crate) fn is_open(&self) -> bool {
        self.rest.values().any(|rest| matches!(rest, Rest::Asked(_) | Rest::More(_)))
    }

    /// Why somewhere nothing can be found.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.rest.values().find_map(|rest| match rest {
            Rest::Unreadable(why) => Some(why.as_str()),
            Rest::Asked(_) | Rest::More(_) | Rest::Nothing => None,
        })
    }
}

fn ask(account: AccountId, query: &Query, after: Option<Place>) -> Effect {
    Effect::Command(account, Command::SearchHistory { query: Box::new(query.clone()), after, most: PAGE })
}
