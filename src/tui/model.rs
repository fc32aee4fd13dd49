//! What is true: everything the user interface knows. Only [`update`](super::update::update) changes it.
//!
//! It is keyed by account, and a conversation is with somebody or in a room, from the first day. Panes find here what
//! they draw; what they own themselves is scroll and selection, kept in `view` fields.

pub(crate) mod account;
mod accounts;
pub(crate) mod configuration;
pub(crate) mod conversation;
pub(crate) mod finder;
pub(crate) mod input;
mod look;
pub(crate) mod message;
pub(crate) mod notify;
mod part;
pub(crate) mod search;
pub(crate) mod transfer;
mod transfers;
mod view;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jid::{BareJid, FullJid};
use ratatui::layout::Size;

use self::account::{Account, Session};
pub use self::accounts::AccountId;
use self::configuration::Configuration;
use self::conversation::{Conversation, Entry, Writing};
use self::finder::Finder;
use self::input::Input;
pub use self::look::Appearance;
pub(crate) use self::look::Look;
use self::notify::NotifySettings;
use self::transfer::TransferKey;
use self::transfers::Transfers;
pub use self::view::RosterOrder;
pub(crate) use self::view::{ConversationId, Flash, Focus, Idle, OffersView, Page, Peer, Prompt};
use super::keymap::{Keymap, KeymapError};
use super::layers::Layer;
use super::pane::roster::RosterView;
use super::theme::{Colours, Theme};
use super::update::news::Notices;
use super::update::{client_state, drafts, idle};
use super::widget::text;
use crate::engine::Moment;
use crate::engine::event::Contact;
use crate::engine::history::Fate;
use crate::store::config::Palette;
use crate::store::rules::Rule;

/// Fast enough to look alive, slow enough to cost nothing.
const FRAME: Duration = Duration::from_millis(125);

/// More than anybody has; strangers can begin any number.
const MOST_CONVERSATIONS: usize = 500;

/// Which offers are answered without the user.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// In the order of the configuration.
    pub list: Vec<Rule>,
    /// Where they are kept; without, they hold until the program ends.
    pub file: Option<PathBuf>,
}

/// Everything the user interface knows.
pub struct Model {
    pub(crate) now: Moment,
    pub(crate) size: Size,
    pub(crate) look: Look,
    pub(crate) keymap: Keymap,
    pub(crate) configuration: Configuration,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    /// The account that commands mean where there is no conversation.
    pub(crate) chosen: Option<AccountId>,
    pub(crate) page: Page,
    pub(crate) last_page: Page,
    pub(crate) home: Conversation,
    pub(crate) conversations: BTreeMap<ConversationId, Conversation>,
    pub(crate) opened: Vec<ConversationId>,
    pub(crate) transfers: Transfers,
    pub(crate) offers: OffersView,
    pub(crate) rules: Rules,
    pub(crate) roster: RosterView,
    pub(crate) notify: NotifySettings,
    pub(crate) idle: Idle,
    pub(crate) input: Input,
    /// The search in the conversation on the screen.
    pub(crate) finder: Option<Finder>,
    pub(crate) focus: Focus,
    pub(crate) layers: Vec<Layer>,
    /// Which program of somebody's got the last file, where there were several.
    pub(crate) programs: BTreeMap<(AccountId, BareJid), FullJid>,
    /// How often the user had each reaction.
    pub(crate) reacted: BTreeMap<String, u32>,
    /// What whoever looks elsewhere is to be told.
    pub(crate) notices: Notices,
    /// What is said in the hint line.
    pub(crate) flash: Option<Flash>,
}

impl Model {
    /// Nothing but how it looks; accounts come with [`Model::add_account`].
    pub fn new(appearance: Appearance, size: (u16, u16), now: Moment) -> Result<Self, KeymapError> {
        let keymap = Keymap::new(&appearance.keys)?;
        let (roster, tell_idle, vi) = (appearance.roster, appearance.tell_idle, appearance.vi);
        Ok(Model {
            now,
            size: Size::new(size.0, size.1),
            look: Look::of(appearance),
            keymap,
            configuration: Configuration::default(),
            accounts: BTreeMap::new(),
            chosen: None,
            page: Page::Home,
            last_page: Page::Home,
            home: Conversation::default(),
            conversations: BTreeMap::new(),
            opened: Vec::new(),
            transfers: Transfers::default(),
            rules: Rules::default(),
            offers: OffersView { shown: None, since: now.instant, unreturned: None, waiting: 0 },
            roster: RosterView::new(roster),
            idle: Idle { wanted: tell_idle, since: now, told: false },
            notify: NotifySettings::new(),
            input: Input::new(vi),
            finder: None,
            focus: Focus::Composer,
            layers: Vec::new(),
            programs: BTreeMap::new(),
            reacted: BTreeMap::new(),
            notices: Notices::default(),
            flash: None,
        })
    }

    /// How everything is configured.
    pub fn configure(&mut self, configuration: Configuration) {
        self.configuration = configuration;
    }

    /// From here on these rules answer offers.
    pub fn set_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// From here on the screen is drawn with these colours.
    pub fn set_theme(&mut self, palette: &Palette, colours: Colours) {
        self.look.theme = Theme::new(palette, colours);
        self.look.colours = colours;
    }

    /// Asks for the account of the first run.
    pub fn ask_for_account(&mut self) {
        self.layers.push(Layer::first_steps());
    }

    /// The conversation on the screen; home if there is none.
    pub(crate) fn current(&self) -> &Conversation {
        self.conversation(&self.page)
    }

    pub(crate) fn current_mut(&mut self) -> &mut Conversation {
        match &self.page {
            Page::With(id) => self.conversations.get_mut(id).unwrap_or(&mut self.home),
            Page::Home => &mut self.home,
        }
    }

    pub(crate) fn conversation(&self, page: &Page) -> &Conversation {
        match page {
            Page::With(id) => self.conversations.get(id).unwrap_or(&self.home),
            Page::Home => &self.home,
        }
    }

    /// The conversation with somebody, made if there was none.
    pub(crate) fn conversation_with(
        &mut self,
        account: AccountId,
        jid: &BareJid,
    ) -> (ConversationId, &mut Conversation) {
        let id = ConversationId { account, peer: Peer::Direct(jid.clone()) };
        if !self.conversations.contains_key(&id) {
            self.make_room();
            self.opened.push(id.clone());
            self.roster.look_at(account, jid);
        }
        let conversation = self.conversations.entry(id.clone()).or_default();
        (id, conversation)
    }

    /// Closes the oldest conversation that nobody would miss, if there are too many.
    fn make_room(&mut self) {
        if self.opened.len() < MOST_CONVERSATIONS {
            return;
        }
        let is_idle = |id: &&ConversationId| {
            let is_here = matches!(&self.page, Page::With(here) if here == *id);
            !is_here && self.conversations.get(id).is_none_or(|conversation| conversation.draft.is_empty())
        };
        if let Some(oldest) = self.opened.iter().find(is_idle).cloned() {
            self.opened.retain(|id| *id != oldest);
            self.conversations.remove(&oldest);
            self.roster.look_at(oldest.account, oldest.peer.jid());
        }
    }

    /// What the user calls somebody; without that `~` and what they call themselves; without that the start of the
    /// address.
    pub(crate) fn name_of(&self, account: AccountId, jid: &BareJid) -> String {
        let contact = self.accounts.get(&account).and_then(|account| account.contacts.get(jid));
        let given = contact.and_then(|contact| contact.name.clone()).filter(|name| !name.trim().is_empty());
        let own = || self.accounts.get(&account)?.own_name_of(jid).map(|name| format!("~{name}"));
        let node = || text::address(jid.node().map_or_else(|| jid.domain().as_str(), |node| node.as_str()));
        given.or_else(own).unwrap_or_else(node)
    }

    /// What whoever a page is with is called.
    pub(crate) fn other_side(&self, page: &Page) -> String {
        match page {
            Page::With(id) => self.name_of(id.account, id.peer.jid()),
            Page::Home => String::new(),
        }
    }

    /// What the user calls somebody, told apart from who is called the same with another account.
    pub(crate) fn label_of(&self, account: AccountId, jid: &BareJid) -> String {
        let name = self.name_of(account, jid);
        self.tag(account).map_or_else(|| name.clone(), |tag| format!("{name} {tag}"))
    }

    /// Answers where the user is.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        let at = self.now.wall;
        let text = text.into();
        self.current_mut().push(Entry::Notice { at, text });
    }

    /// Answers in the hint line.
    pub(crate) fn flash(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash { text: text.into(), until: self.now.instant + Flash::SPAN });
    }

    /// When the hint line has its hints back by itself; never where it asks for the rest of a key.
    fn flash_ends(&self) -> Option<Instant> {
        self.flash.as_ref().filter(|_| !self.input.is_prefixed).map(|flash| flash.until)
    }

    /// Lets go of a sentence that was there long enough.
    pub(crate) fn end_flash(&mut self) {
        if self.flash_ends().is_some_and(|end| self.now.instant >= end) {
            self.flash = None;
        }
    }

    /// Shows a page and takes note of the one before.
    pub(crate) fn show(&mut self, page: Page) {
        if page != self.page {
            self.current_mut().leave();
            self.last_page = std::mem::replace(&mut self.page, page);
        }
        self.input.forget_place();
        self.finder = None;
        self.current_mut().unread = 0;
    }

    /// When the screen changes although nothing happens: something counts, up or down. None while it rests.
    pub fn next_wake(&self) -> Option<Duration> {
        let counting = self.transfers.counting().then_some(FRAME);
        let retrying = self.accounts.values().any(|account| matches!(account.session, Session::Offline { .. }));
        let retrying = retrying.then_some(Duration::from_secs(1));
        let typing = match self.current().writing {
            Writing::Until(until) => Some(until.saturating_duration_since(self.now.instant)),
            Writing::Nothing | Writing::Paused => None,
        };
        let telling = self.notices.due().map(|due| due.saturating_duration_since(self.now.instant));
        let flashing = self.flash_ends().map(|end| end.saturating_duration_since(self.now.instant));
        let own = [counting, retrying, typing, telling, flashing];
        let others = [idle::next_wake(self), client_state::next_wake(self), drafts::next_wake(self)];
        own.into_iter().chain(others).flatten().min()
    }

    /// Everything that waits for a yes or a no, files first.
    pub(crate) fn prompts(&self) -> Vec<Prompt> {
        let offers = self.transfers.offers().into_iter().map(Prompt::Offer);
        let asking = |(id, account): (&AccountId, &Account)| {
            account.requests.keys().map(|who| Prompt::Request(*id, who.clone())).collect::<Vec<_>>()
        };
        offers.chain(self.unreturned()).chain(self.accounts.iter().flat_map(asking)).collect()
    }

    /// Whether we want to see whom we let see us, as long as that is open.
    fn unreturned(&self) -> Option<Prompt> {
        let (id, who) = self.offers.unreturned.as_ref()?;
        let account = self.accounts.get(id)?;
        let is_seen = account.contacts.get(who).is_some_and(Contact::is_seen_or_asked);
        (!is_seen && !account.is_blocked(who)).then(|| Prompt::Return(*id, who.clone()))
    }

    /// The file that the bar offers.
    pub(crate) fn shown_offer(&self) -> Option<TransferKey> {
        match self.offers.shown {
            Some(Prompt::Offer(key)) => Some(key),
            Some(Prompt::Request(..) | Prompt::Return(..)) | None => None,
        }
    }

    pub(crate) fn is_online(&self, account: AccountId) -> bool {
        self.accounts.get(&account).is_some_and(Account::is_online)
    }

    /// How many of our messages the server does not have yet.
    pub(crate) fn unsent(&self) -> usize {
        let messages = |one: &Conversation| {
            let all = (one.start()..one.end()).filter_map(|number| one.message(number));
            all.filter(|message| message.line.fate == Fate::OnItsWay).count()
        };
        self.conversations.values().map(messages).sum()
    }

    /// How many conversations hold something unread.
    pub(crate) fn unread(&self) -> usize {
        self.conversations.values().filter(|conversation| conversation.unread > 0).count()
    }
}
