//! Juliet's engine with the history that it has, and a server that keeps an archive (XEP-0313): all in virtual time.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use balcony::engine::command::Command;
use balcony::engine::context::Settings;
use balcony::engine::event::{ArchiveNews, Event};
use balcony::engine::history::{Answer, Line, Order, ReadPlace, Unsent};
use balcony::engine::{Input, Output};
use balcony::store::database::Database;
use balcony::store::history;
use balcony::xep::{date, ns};
use jid::BareJid;
use minidom::Element;
use tempfile::TempDir;

use super::engine::Subject;

const FEATURES: &str = "<feature var='urn:xmpp:mam:2'/><feature var='urn:xmpp:sid:0'/>";

/// Whatever is to be answered is within so many rounds; without an end there is a bug.
const MOST_ROUNDS: usize = 10_000;

pub(crate) fn juliet() -> BareJid {
    BareJid::new("juliet@capulet.lit").unwrap()
}

pub(crate) fn romeo() -> BareJid {
    BareJid::new("romeo@montague.lit").unwrap()
}

/// The history as the client's thread keeps it, without the thread.
pub(crate) struct Keeper {
    _folder: TempDir,
    database: Database,
    /// What the server does not have yet, as far as is known.
    pub(crate) unsent: Vec<Unsent>,
}

impl Keeper {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let opened = Database::open(&folder.path().join("balcony.db")).unwrap();
        Keeper { _folder: folder, database: opened.database, unsent: Vec::new() }
    }

    fn perform(&mut self, order: Order) -> Option<Answer> {
        let me = juliet();
        let database = &mut self.database;
        match order {
            Order::Keep(said) => {
                database.write(|tables| history::keep(tables, &me, &said)).unwrap();
                None
            }
            Order::KeepAndTell(said) => {
                let is_new = database.write(|tables| history::keep(tables, &me, &said)).unwrap();
                is_new.then_some(Answer::New(said))
            }
            Order::Read { with, at } => {
                let at = database.write(|tables| history::read_up_to(tables, &me, &with, at)).unwrap();
                let archived = database.read(|tables| history::archived_before(tables, &me, &with, at)).unwrap();
                Some(Answer::Read { with, at, archived, place: ReadPlace::Here })
            }
            Order::ReadElsewhere { with, message } => {
                let read = database.write(|tables| history::read_up_to_message(tables, &me, &with, &message)).unwrap();
                read.map(|at| Answer::Read { with, at, archived: None, place: ReadPlace::Elsewhere })
            }
            Order::Page { with, before, most } => {
                let page = history::page(database, &me, &with, before, most).unwrap();
                let floor = database.read(|tables| history::floor(tables, &me, &with)).unwrap();
                let floor = floor.filter(|_| !page.has_older);
                Some(Answer::Page { with, before, page, floor })
            }
            Order::Horizon => Some(Answer::Horizon(database.read(|tables| history::horizon(tables, &me)).unwrap())),
            Order::MoveHorizon(edge) => {
                database.write(|tables| history::move_horizon(tables, &me, &edge)).unwrap();
                Some(Answer::Horizon(Some(edge)))
            }
            Order::Wait(unsent) => {
                self.unsent.push(unsent);
                None
            }
            Order::NoLongerWait { id } => {
                self.unsent.retain(|unsent| unsent.id != id);
                None
            }
            Order::Conversations => Some(Answer::Conversations(self.conversations())),
            _ => None,
        }
    }

    fn conversations(&self) -> Vec<balcony::engine::history::Conversation> {
        history::conversations(&self.database, &juliet()).unwrap()
    }

    /// Everything that is kept of the conversation with Romeo.
    pub(crate) fn lines(&self) -> Vec<Line> {
        history::page(&self.database, &juliet(), &romeo(), None, 10_000).unwrap().lines
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.lines().into_iter().filter_map(|line| line.body).collect()
    }

    /// How many of Romeo's messages are unread.
    pub(crate) fn unread(&self) -> u64 {
        self.conversations().iter().map(|one| one.unread).sum()
    }
}

/// What a server's archive is like.
pub(crate) struct Archive {
    /// The messages, with their stamps in seconds after the first moment; numbered from 1.
    messages: Vec<(u64, String)>,
    /// So many at most in a page, whatever is asked for.
    pub(crate) most: usize,
    /// Messages up to that number are gone.
    pub(crate) forgotten: usize,
    /// How it answers in place of what it should.
    pub(crate) habit: Habit,
}

/// What an archive does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    Honest,
    Silent,
    Refuses,
    SaysMoreOfNothing,
    Repeats,
    SendsTooMuch,
    SendsNonsense,
    Endless,
}

impl Habit {
    /// Those of archives that one page is enough to give up.
    pub(crate) const ODD: [Habit; 6] = [
        Habit::Silent,
        Habit::Refuses,
        Habit::SaysMoreOfNothing,
        Habit::Repeats,
        Habit::SendsTooMuch,
        Habit::SendsNonsense,
    ];
}

/// A page, as stanzas.
struct Page {
    results: Vec<String>,
    answer: String,
}

impl Archive {
    fn new() -> Self {
        Archive { messages: Vec::new(), most: 50, forgotten: 0, habit: Habit::Honest }
    }

    /// Takes a message in; how it calls it.
    pub(crate) fn take(&mut self, second: u64, message: &str) -> String {
        self.messages.push((second, message.to_owned()));
        format!("archive-{}", self.messages.len())
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    /// What the messages say.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let body = |(_, message): &(u64, String)| {
            let message: Element = message.parse().unwrap();
            message.get_child("body", ns::CLIENT).map(Element::text).unwrap_or_default()
        };
        self.messages.iter().map(body).collect()
    }

    /// Answers a query.
    fn answer(&self, query: &Element) -> Page {
        let field = |name: &str| {
            let form = query.get_child("x", ns::DATA_FORMS)?;
            let field = form.children().find(|field| field.attr("var") == Some(name))?;
            Some(field.get_child("value", ns::DATA_FORMS)?.text())
        };
        let (with, start, end) = (field("with"), field("start"), field("end"));
        let text = field("{urn:xmpp:fulltext:0}fulltext").or_else(|| field("withtext"));
        let fits = |number: &usize| {
            let (second, message) = &self.messages[*number - 1];
            let stamp = stamp(*second);
            let is_with = with.as_ref().is_none_or(|with| message.contains(&format!("'{with}")));
            *number > self.forgotten
                && is_with
                && text.as_ref().is_none_or(|text| message.contains(text.as_str()))
                && start.as_ref().is_none_or(|start| stamp >= *start)
                && end.as_ref().is_none_or(|end| stamp <= *end)
        };
        let all: Vec<usize> = (1..=self.messages.len()).filter(fits).collect();
        self.page(query, &all)
    }

    fn page(&self, query: &Element, all: &[usize]) -> Page {
        let set = query.get_child("set", ns::RSM).unwrap();
        let edge = |name: &str| set.get_child(name, ns::RSM).map(Element::text);
        let most = edge("max").map_or(self.most, |most| most.parse::<usize>().unwrap().min(self.most));
        let place = |name: String| {
            let number = name.strip_prefix("archive-").and_then(|number| number.parse().ok());
            number.and_then(|number: usize| all.iter().position(|one| *one == number))
        };
        let (page, is_complete) = match (edge("before"), edge("after")) {
            (Some(before), _) => {
                let end = if before.is_empty() { Some(all.len()) } else { place(before) };
                let Some(end) = end else { return Page::refused("item-not-found") };
                let begin = end.saturating_sub(most);
                (&all[begin..end], begin == 0)
            }
            (None, after) => {
                let begin = match after {
                    Some(after) => place(after).map(|place| place + 1),
                    None => Some(0),
                };
                let Some(begin) = begin else { return Page::refused("item-not-found") };
                let end = all.len().min(begin + most);
                (&all[begin..end], end == all.len())
            }
        };
        self.written(query.attr("queryid").unwrap(), page, is_complete)
    }

    fn written(&self, query: &str, page: &[usize], is_complete: bool) -> Page {
        let results = page.iter().map(|number| {
            let (second, message) = &self.messages[*number - 1];
            result(query, &format!("archive-{number}"), &stamp(*second), message)
        });
        let mut set = String::new();
        if let (Some(first), Some(last)) = (page.first(), page.last()) {
            write!(set, "<first>archive-{first}</first><last>archive-{last}</last>").unwrap();
        }
        let complete = if is_complete { "complete='true'" } else { "" };
        let answer = format!("<fin xmlns='urn:xmpp:mam:2' {complete}><set xmlns='{}'>{set}</set></fin>", ns::RSM);
        Page { results: results.collect(), answer }
    }
}

impl Page {
    fn refused(condition: &str) -> Page {
        let answer = format!("<error type='cancel'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
        Page { results: Vec::new(), answer }
    }
}

/// A `<result/>`, in a message of nobody.
pub(crate) fn result(query: &str, id: &str, stamp: &str, message: &str) -> String {
    format!(
        "<message><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='{id}'><forwarded xmlns='urn:xmpp:forward:0'>\
         <delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>{message}</forwarded></result></message>"
    )
}

/// So many seconds after the first moment, as servers write it that know whole seconds.
pub(crate) fn stamp(second: u64) -> String {
    date::write(super::engine::first_moment().wall + Duration::from_secs(second)).unwrap()
}

/// Juliet's home: what she runs, what she keeps, and her server.
pub(crate) struct Home {
    pub(crate) juliet: Subject,
    pub(crate) keeper: Keeper,
    pub(crate) archive: Archive,
    /// What the server says that the account can.
    pub(crate) features: &'static str,
    /// What she was told.
    pub(crate) events: Vec<Event>,
    /// What she sent that is no question to her server.
    pub(crate) said: Vec<Element>,
    /// The queries that the archive got.
    pub(crate) queries: Vec<Element>,
    /// What is published of how far conversations were read: the items of the node.
    pub(crate) items: String,
    /// What she published.
    pub(crate) published: Vec<Element>,
    /// How the archive answers what it can.
    pub(crate) form: &'static str,
    started: BTreeSet<&'static str>,
    runs: u32,
}

impl Home {
    /// Offline, with an archive that is empty.
    pub(crate) fn new() -> Self {
        Home {
            juliet: Subject::juliet(),
            keeper: Keeper::new(),
            archive: Archive::new(),
            features: FEATURES,
            events: Vec::new(),
            said: Vec::new(),
            queries: Vec::new(),
            items: String::new(),
            published: Vec::new(),
            form: "",
            started: BTreeSet::new(),
            runs: 0,
        }
    }

    /// Online, as it was once before anything was said.
    pub(crate) fn that_was_online() -> Self {
        let mut home = Home::new();
        home.log_in();
        home.events.clear();
        home.queries.clear();
        home
    }

    /// Her program begins anew, with what it has kept.
    pub(crate) fn restart(&mut self) {
        let wall = self.juliet.wall();
        self.runs += 1;
        self.juliet = Subject::in_run(self.runs, Settings::new(juliet()));
        let passed = wall.duration_since(self.juliet.wall()).unwrap_or_default();
        self.juliet.pass(passed);
        self.started.clear();
    }

    /// Her program is told what it has kept.
    pub(crate) fn begin(&mut self) {
        if self.started.insert("history") {
            let known = Answer::Conversations(self.keeper.conversations());
            self.juliet.feed(Input::History(known));
            self.juliet.feed(Input::History(Answer::Unsent(self.keeper.unsent.clone())));
        }
    }

    /// A new session, and everything that comes of it.
    pub(crate) fn log_in(&mut self) {
        self.begin();
        self.juliet.log_in();
        self.settle();
    }

    /// Answers all that is asked, until nothing is.
    pub(crate) fn settle(&mut self) {
        for _ in 0..MOST_ROUNDS {
            if !self.round() {
                self.juliet.pass(Duration::from_millis(150));
                if !self.round() {
                    return;
                }
            }
        }
        panic!("this does not end");
    }

    /// One round of questions and answers; whether there was one.
    pub(crate) fn round(&mut self) -> bool {
        self.events.extend(self.juliet.events());
        let mut was_busy = false;
        for output in self.juliet.others() {
            if let Output::History(order) = output
                && let Some(answer) = self.keeper.perform(order)
            {
                self.juliet.feed(Input::History(answer));
                was_busy = true;
            }
        }
        for stanza in self.juliet.sent() {
            was_busy |= self.answer(stanza);
        }
        self.events.extend(self.juliet.events());
        was_busy
    }

    fn answer(&mut self, stanza: Element) -> bool {
        let Some(payload) = stanza.children().next().cloned().filter(|_| stanza.name() == "iq") else {
            self.said.push(stanza);
            return true;
        };
        let id = stanza.attr("id").unwrap().to_owned();
        let from = stanza.attr("to").map(|to| format!("from='{to}'")).unwrap_or_default();
        let answer = |content: &str| format!("<iq type='result' id='{id}' {from}>{content}</iq>");
        if payload.is("query", ns::MAM) && stanza.attr("type") == Some("set") {
            self.queries.push(payload.clone());
            return self.query(&id, &payload);
        }
        if payload.is("pubsub", ns::PUBSUB) && stanza.attr("type") == Some("set") {
            self.published.push(payload.clone());
        }
        let content = if payload.is("pubsub", ns::PUBSUB) {
            let items = format!("<items node='{}'>{}</items>", ns::DISPLAYED, self.items);
            format!("<pubsub xmlns='{}'>{items}</pubsub>", ns::PUBSUB)
        } else if payload.is("query", ns::MAM) {
            format!("<query xmlns='urn:xmpp:mam:2'>{}</query>", self.form)
        } else if payload.is("query", ns::DISCO_INFO) {
            format!("<query xmlns='{}'>{}</query>", ns::DISCO_INFO, self.features)
        } else if payload.is("query", ns::ROSTER) {
            let item = "<item jid='romeo@montague.lit' subscription='both'/>";
            format!("<query xmlns='jabber:iq:roster'>{item}</query>")
        } else {
            String::new()
        };
        self.juliet.receive(&answer(&content));
        true
    }

    fn query(&mut self, id: &str, query: &Element) -> bool {
        let name = query.attr("queryid").unwrap();
        let mut page = self.archive.answer(query);
        match self.archive.habit {
            Habit::Honest => {}
            Habit::Silent => return false,
            Habit::Refuses => page = Page::refused("internal-server-error"),
            Habit::SaysMoreOfNothing => page = self.archive.written(name, &[], false),
            Habit::Repeats => page = self.archive.written(name, &[1], false),
            Habit::SendsTooMuch => {
                let many: Vec<usize> = (1..=self.archive.len()).collect();
                page = self.archive.written(name, &many, true);
            }
            Habit::SendsNonsense => page = Page { results: vec!["<message/>".to_owned()], answer: "<fin/>".to_owned() },
            Habit::Endless => {
                let (count, message) = (self.queries.len(), &self.archive.messages[0].1);
                page.results = vec![result(name, &format!("endless-{count}"), &stamp(1), message)];
                page.answer = format!("<fin xmlns='urn:xmpp:mam:2'><set xmlns='{}'/></fin>", ns::RSM);
            }
        }
        for result in page.results {
            self.juliet.receive(&result);
        }
        let kind = if page.answer.starts_with("<error") { "error" } else { "result" };
        self.juliet.receive(&format!("<iq type='{kind}' id='{id}'>{}</iq>", page.answer));
        true
    }

    /// Romeo said something while she was away.
    pub(crate) fn missed(&mut self, second: u64, body: &str) -> String {
        self.archive.take(second, &from_romeo(body, ""))
    }

    /// Somebody scrolls to the beginning of what is shown.
    pub(crate) fn scroll_up(&mut self) -> bool {
        let before = self.keeper.lines().first().map(|line| line.at);
        self.juliet.command(Command::LoadHistory { with: romeo(), before, most: 100 });
        self.settle();
        let page = self.events.iter().rev().find_map(|event| match event {
            Event::History { page, .. } => Some(page.clone()),
            _ => None,
        });
        page.is_some_and(|page| !page.lines.is_empty())
    }

    /// How often she was told a message, rather than finding it in the history.
    pub(crate) fn told(&self) -> Vec<&str> {
        let told = self.events.iter().filter_map(|event| match event {
            Event::Message(message) => Some(message.body.as_str()),
            _ => None,
        });
        told.collect()
    }

    /// The sentences that she was told.
    pub(crate) fn notices(&self) -> Vec<&str> {
        let notices = self.events.iter().filter_map(|event| match event {
            Event::Notice(text) => Some(text.as_str()),
            _ => None,
        });
        notices.collect()
    }

    /// In which conversations more is known than was told, as she was told last.
    pub(crate) fn caught_up(&self) -> Option<Vec<BareJid>> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Archive(ArchiveNews::CaughtUp { with }) => Some(with.clone()),
            _ => None,
        })
    }
}

/// Something that Romeo says; what bears no name is named by its words.
pub(crate) fn from_romeo(body: &str, more: &str) -> String {
    format!(
        "<message xmlns='jabber:client' from='romeo@montague.lit/orchard' to='juliet@capulet.lit' type='chat' \
         id='id of {body}'><body>{body}</body>{more}</message>"
    )
}
