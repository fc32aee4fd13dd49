//! A search through the history while its results are looked at: asked of each account, page by page; and of the
//! servers' archives, once the user wants that.

use std::collections::{BTreeMap, BTreeSet};

use jid::BareJid;

use super::AccountId;
use crate::engine::command::Command;
use crate::engine::event::ArchivePage;
use crate::engine::history::{Found, Hit, Place, Query};
use crate::tui::effect::{Effect, Effects};

/// As many as fill the largest screen.
pub(crate) const PAGE: u32 = 50;

/// What is looked for, and what is found so far.
#[derive(Debug)]
pub(crate) struct Search {
    /// What each account is asked: the same, but for who is meant by a name.
    queries: BTreeMap<AccountId, Query>,
    /// The newest first.
    pub(crate) hits: Vec<Match>,
    rest: BTreeMap<AccountId, Rest<Place>>,
    /// Of the archives that were asked.
    archives: BTreeMap<AccountId, Rest<String>>,
    /// Among how many messages nothing was found.
    pub(crate) among: u64,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) account: AccountId,
    pub(crate) hit: Hit,
    pub(crate) source: Source,
}

/// Who found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    History,
    Archive,
}

/// What is known of the rest in an account: what comes from that place on.
#[derive(Debug, PartialEq, Eq)]
enum Rest<P> {
    Asked(Option<P>),
    More(P),
    Nothing,
    Unreadable(String),
}

impl Match {
    /// Whether the archive has found what the history found as well.
    fn is_same(&self, other: &Match) -> bool {
        let (one, two) = (&self.hit.line, &other.hit.line);
        let is_named_alike = one.archived.is_some() && one.archived == two.archived;
        let is_sent_alike = one.id.is_some() && one.id == two.id && one.body == two.body;
        self.account == other.account && self.hit.with == other.hit.with && (is_named_alike || is_sent_alike)
    }
}

impl Search {
    /// Asks these accounts.
    pub(crate) fn begin(queries: impl IntoIterator<Item = (AccountId, Query)>) -> (Search, Effects) {
        let queries: BTreeMap<_, _> = queries.into_iter().collect();
        let rest = queries.keys().map(|account| (*account, Rest::Asked(None))).collect();
        let asked = queries.iter().map(|(account, query)| ask(*account, query, None)).collect();
        (Search { queries, hits: Vec::new(), rest, archives: BTreeMap::new(), among: 0 }, asked)
    }

    /// What is looked for, in one of the accounts.
    pub(crate) fn query(&self) -> Option<&Query> {
        self.queries.values().next()
    }

    /// In whose conversations; nobody's in particular, if nobody is named.
    pub(crate) fn people(&self) -> BTreeSet<&BareJid> {
        self.queries.values().filter_map(|query| query.with.as_ref()).collect()
    }

    /// Asks for what is older than what was found, where there may be some.
    pub(crate) fn more(&mut self) -> Effects {
        let mut asked = Effects::new();
        for (account, rest) in &mut self.rest {
            if let Rest::More(place) = *rest {
                *rest = Rest::Asked(Some(place));
                asked.extend(self.queries.get(account).map(|query| ask(*account, query, Some(place))));
            }
        }
        for (account, rest) in &mut self.archives {
            if let Rest::More(before) = rest {
                let before = Some(before.clone());
                asked.extend(self.queries.get(account).map(|query| ask_archive(*account, query, before.clone())));
                *rest = Rest::Asked(before);
            }
        }
        asked
    }

    /// Whose archives could be asked as well.
    pub(crate) fn unasked(&self) -> impl Iterator<Item = AccountId> {
        self.rest.keys().copied().filter(|account| !self.archives.contains_key(account))
    }

    /// Asks the archives of these accounts too.
    pub(crate) fn ask_archives(&mut self, accounts: &[AccountId]) -> Effects {
        self.archives.extend(accounts.iter().map(|account| (*account, Rest::Asked(None))));
        let of_these = self.queries.iter().filter(|(account, _)| accounts.contains(account));
        of_these.map(|(account, query)| ask_archive(*account, query, None)).collect()
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
        if *rest != Rest::Asked(after) || self.queries.get(&account) != Some(query) {
            return false;
        }
        match found {
            Ok(Found { hits, next, among }) => {
                *rest = next.map_or(Rest::Nothing, Rest::More);
                self.among += among;
                self.put_in(account, hits, Source::History);
            }
            Err(why) => *rest = Rest::Unreadable(why),
        }
        true
    }

    /// Takes an answer of an archive in.
    pub(crate) fn answered_by_archive(
        &mut self,
        account: AccountId,
        query: &Query,
        before: Option<String>,
        found: Result<ArchivePage, String>,
    ) {
        let Some(rest) = self.archives.get_mut(&account) else { return };
        if *rest != Rest::Asked(before) || self.queries.get(&account) != Some(query) {
            return;
        }
        match found {
            Ok(ArchivePage { hits, next }) => {
                *rest = next.map_or(Rest::Nothing, Rest::More);
                self.put_in(account, hits, Source::Archive);
            }
            Err(why) => *rest = Rest::Unreadable(why),
        }
    }

    /// What the history has is shown as it has it, whoever found it first.
    fn put_in(&mut self, account: AccountId, hits: Vec<Hit>, source: Source) {
        for hit in hits {
            let new = Match { account, hit, source };
            match self.hits.iter_mut().find(|known| known.is_same(&new)) {
                Some(known) if known.source == Source::Archive => *known = new,
                Some(_) => {}
                None => self.hits.push(new),
            }
        }
        self.hits.sort_by_key(|found| std::cmp::Reverse(found.hit.line.at));
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.rest.values().any(|rest| matches!(rest, Rest::Asked(_))) || self.is_asked_of_archives()
    }

    /// Whether an archive is to answer.
    pub(crate) fn is_asked_of_archives(&self) -> bool {
        self.archives.values().any(|rest| matches!(rest, Rest::Asked(_)))
    }

    /// Whether archives were asked too.
    pub(crate) fn has_asked_archives(&self) -> bool {
        !self.archives.is_empty()
    }

    /// Whether there may be more than what was found so far.
    pub(crate) fn is_open(&self) -> bool {
        self.rest.values().any(Rest::is_open) || self.archives.values().any(Rest::is_open)
    }

    /// Why somewhere nothing can be found.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.rest.values().find_map(Rest::fault).or_else(|| self.archives.values().find_map(Rest::fault))
    }
}

impl<P> Rest<P> {
    fn is_open(&self) -> bool {
        matches!(self, Rest::Asked(_) | Rest::More(_))
    }

    fn fault(&self) -> Option<&str> {
        match self {
            Rest::Unreadable(why) => Some(why),
            Rest::Asked(_) | Rest::More(_) | Rest::Nothing => None,
        }
    }
}

fn ask(account: AccountId, query: &Query, after: Option<Place>) -> Effect {
    Effect::Command(account, Command::SearchHistory { query: Box::new(query.clone()), after, most: PAGE })
}

fn ask_archive(account: AccountId, query: &Query, before: Option<String>) -> Effect {
    Effect::Command(account, Command::SearchArchive { query: Box::new(query.clone()), before })
}
