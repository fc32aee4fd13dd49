//! Balcony as lines of text, for screen readers: what happens is said once, in order, and scrolls away by itself; what is
//! being written stands on the last line. No boxes, no bars, nothing that counts.
//!
//! The model, the keys and the commands are those of the screen; only what is told of them differs. [`Reader`] compares
//! the model with what it has said already and says the rest. Panes and dialogs are drawn where nobody sees them and
//! read out: the line that keys are about is the one that is drawn reversed.

mod lines;
mod messages;
mod transfers;

use std::collections::BTreeMap;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::draw::row;
use super::keymap::{Action, Context};
use super::layers;
use super::model::account::Session;
use super::model::conversation::{Entry, EntryNumber, FileMark, Scroll};
use super::model::{AccountId, Focus, Model, Page};
use super::pane::{chat, composer, offers, roster, transfers as transfers_pane};
use super::update::stop_sentence;
use super::widget::text;
use crate::engine::history::FileNews;
pub(super) use lines::Lines;
use messages::{Said, again, place, sentence};
use transfers::Told;

/// So much of what was said before is read when a conversation opens.
const CONTEXT: EntryNumber = 5;

/// Panes are read from a paper of this size.
const PAPER: Rect = Rect { x: 0, y: 0, width: 100, height: 40 };

/// What has been said already.
#[derive(Debug, Default)]
pub struct Reader {
    sessions: BTreeMap<AccountId, String>,
    /// The next entry of each page.
    next: BTreeMap<Page, EntryNumber>,
    page: Option<Page>,
    /// Nothing of what was said earlier has been read on this page.
    wants_context: bool,
    scroll: Scroll,
    messages: Said,
    transfers: Told,
    focus: Option<Focus>,
    selected: Option<String>,
    dialog: Vec<String>,
    /// The line of the dialog that keys are about.
    chosen: Option<String>,
    search: String,
    flash: Option<String>,
}

/// The last lines: what is being written, and where.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) rows: Vec<String>,
    /// Row and column.
    pub(super) cursor: (usize, usize),
}

impl Reader {
    /// What is to be said.
    pub fn news(&mut self, model: &Model) -> Vec<String> {
        let mut said = Vec::new();
        self.sessions(model, &mut said);
        self.pages(model, &mut said);
        self.entries(model, &mut said);
        self.transfers.happened(model, &mut said);
        self.transfers.offer(model, &mut said);
        self.scrolled(model, &mut said);
        self.places(model, &mut said);
        self.dialogs(model, &mut said);
        let search = composer::title(model);
        if !search.is_empty() && search != self.search {
            said.push(search.clone());
        }
        self.search = search;
        let flash = model.flash.as_ref().map(|flash| flash.text.clone());
        said.extend(flash.clone().filter(|_| flash != self.flash));
        self.flash = flash;
        let lines = said.iter().map(|line| model.look.symbols.spell(line));
        lines.flat_map(|line| text::visible_lines(&line).collect::<Vec<_>>()).collect()
    }

    fn sessions(&mut self, model: &Model, said: &mut Vec<String>) {
        for (id, account) in &model.accounts {
            let state = match &account.session {
                Session::Idle => "not connected; /connect goes online".to_owned(),
                Session::Connecting => "connecting".to_owned(),
                Session::Online { security, .. } => format!("online, {security}"),
                Session::Offline { why, .. } => format!("offline: {why}; it tries again by itself"),
                Session::Stopped(why) => stop_sentence(model, account, why),
            };
            let line = format!("{}: {state}", account.title());
            if self.sessions.get(id) != Some(&line) {
                said.push(line.clone());
                self.sessions.insert(*id, line);
            }
        }
    }

    fn pages(&mut self, model: &Model, said: &mut Vec<String>) {
        if self.page.as_ref() != Some(&model.page) {
            said.push(match &model.page {
                Page::Home if self.page.is_none() => {
                    let key = |action| model.keymap.key(Context::Everywhere, action).unwrap_or_default();
                    format!(
                        "Balcony. {} is help, {} goes from pane to pane, {} quits. /help lists the commands.",
                        key(Action::Help),
                        key(Action::NextPane),
                        key(Action::Quit)
                    )
                }
                Page::Home => "The first page".to_owned(),
                Page::With(_) => format!("Conversation with {}", chat::title(model)),
            });
            self.page = Some(model.page.clone());
            self.wants_context = true;
            self.scroll = model.current().scroll;
        }
        let current = model.current();
        let next = self.next.get(&model.page).copied().unwrap_or(0);
        let first = current.start().max(next - CONTEXT);
        if self.wants_context && first < next {
            self.wants_context = false;
            let earlier = (first..next).filter_map(|number| current.entry(number));
            said.extend(earlier.map(|entry| again(model, &model.page, entry)));
        }
    }

    fn entries(&mut self, model: &Model, said: &mut Vec<String>) {
        let pages = model.conversations.iter().map(|(id, conversation)| (Page::With(id.clone()), conversation));
        for (page, conversation) in pages.chain([(Page::Home, &model.home)]) {
            let next = self.next.get(&page).copied().unwrap_or(0).max(conversation.start());
            let prefix = if page == model.page { String::new() } else { place(model, &page) };
            if page == model.page && next < conversation.end() {
                self.wants_context = false;
            }
            for number in next..conversation.end() {
                let Some(entry) = conversation.entry(number) else { continue };
                if tells_an_end(entry) {
                    // A small file is there before anything was said of its way.
                    self.transfers.happened(model, said);
                }
                said.push(format!("{prefix}{}", sentence(model, &page, entry)));
            }
            self.messages.changes(model, (&page, conversation), &prefix, said);
            // While an older part is shown, what comes is at the end of the newest.
            if !conversation.is_aside() {
                self.next.insert(page, conversation.end());
            }
        }
    }

    /// Who scrolls hears what they look at.
    fn scrolled(&mut self, model: &Model, said: &mut Vec<String>) {
        let scroll = model.current().scroll;
        if scroll != self.scroll && scroll != Scroll::Following {
            let read = read(model, PAPER, |buf| chat::draw(model, Rect { height: 12, ..PAPER }, buf));
            said.extend(read.into_iter().map(|line| line.text));
        }
        self.scroll = scroll;
    }

    /// Which pane has the keys, and which line of it they are about.
    fn places(&mut self, model: &Model, said: &mut Vec<String>) {
        let paper = |draw: &dyn Fn(&mut Buffer)| read(model, PAPER, draw);
        let (title, lines) = match model.focus {
            Focus::Composer => ("Writing".to_owned(), Vec::new()),
            Focus::Messages => ("Messages".to_owned(), messages::selected(model).into_iter().collect()),
            Focus::Roster => (roster::title(model), paper(&|buf| roster::draw(model, PAPER, buf))),
            Focus::Offers => (offers::title(model), paper(&|buf| offers::draw(model, PAPER, buf))),
            Focus::Transfers => (transfers_pane::title(model), paper(&|buf| transfers_pane::draw(model, PAPER, buf))),
        };
        if self.focus.replace(model.focus).is_some_and(|before| before != model.focus) {
            said.push(title);
            self.selected = None;
        }
        if !model.layers.is_empty() {
            return;
        }
        let line = lines.iter().find(|line| line.is_selected).or(lines.first()).map(|line| line.text.clone());
        // What counts by itself in the line of a transfer makes it no other one.
        let selected = line.as_ref().map(|line| match model.focus {
            Focus::Composer | Focus::Messages | Focus::Roster => line.clone(),
            Focus::Offers => format!("{:?}", model.offers.shown),
            Focus::Transfers => format!("{:?}", model.transfers.selected),
        });
        said.extend(line.filter(|_| selected != self.selected));
        self.selected = selected;
    }

    fn dialogs(&mut self, model: &Model, said: &mut Vec<String>) {
        let area = Rect::new(0, 0, model.size.width, model.size.height);
        let mut cursor = None;
        let lines = if model.layers.is_empty() {
            Vec::new()
        } else {
            read(model, area, |buf| cursor = layers::draw(model, buf).map(|at| at.y))
        };
        let was_open = !self.dialog.is_empty();
        // The row that is being written in is the prompt.
        let is_prompt = |line: &Line| was_open && cursor == Some(line.row);
        let is_new = |line: &&Line| !is_prompt(line) && !self.dialog.contains(&line.text);
        let new: Vec<String> = lines.iter().filter(is_new).map(|line| line.text.clone()).collect();
        let selected = lines.iter().find(|line| line.is_selected).map(|line| line.text.clone());
        if was_open && new.is_empty() && selected != self.chosen {
            said.extend(selected.clone());
        }
        said.extend(new);
        self.chosen = selected;
        self.dialog = lines.into_iter().map(|line| line.text).collect();
    }
}

/// Whether it tells how a transfer ended.
fn tells_an_end(entry: &Entry) -> bool {
    matches!(entry, Entry::File { about: Some(FileMark { news: FileNews::Ended, .. }), .. })
}

/// A line that was drawn where nobody sees it.
#[derive(Debug)]
struct Line {
    row: u16,
    text: String,
    is_selected: bool,
}

/// Draws on paper and reads what stands there, without the borders.
fn read(model: &Model, area: Rect, draw: impl FnOnce(&mut Buffer)) -> Vec<Line> {
    let mut buf = Buffer::empty(area);
    draw(&mut buf);
    let lines = (area.y..area.bottom()).map(|y| {
        let text = row(&buf, y);
        let is_selected = (area.x..area.right()).any(|x| is_selected(model, &buf[(x, y)]));
        let text = text.trim_matches(|c: char| c.is_whitespace() || "|+-".contains(c)).to_owned();
        Line { row: y, text, is_selected }
    });
    lines.filter(|line| !line.text.is_empty()).collect()
}

fn is_selected(model: &Model, cell: &Cell) -> bool {
    let Style { bg, add_modifier, .. } = model.look.theme.selected;
    let has_ground = bg.is_some_and(|bg| bg != Color::Reset && cell.bg == bg);
    has_ground || (add_modifier.contains(Modifier::REVERSED) && cell.modifier.contains(Modifier::REVERSED))
}

/// What stands on the last lines.
pub(super) fn prompt(model: &Model) -> Prompt {
    let width = usize::from(model.size.width.max(20)) - 1;
    if !model.layers.is_empty() {
        return dialog_prompt(model);
    }
    let head = format!("{}> ", text::cut(&text::visible(&place_of_keys(model)), width / 3, ""));
    if model.focus != Focus::Composer {
        let column = text::width(&head);
        return Prompt { rows: vec![head], cursor: (0, column) };
    }
    let indent = text::width(&head);
    let drawn = composer::field(model).drawn(composer::text_width(model).min(width - indent));
    let rows = drawn.rows.iter().enumerate().map(|(index, row)| match index {
        0 => format!("{head}{row}"),
        _ => format!("{}{row}", " ".repeat(indent)),
    });
    Prompt { rows: rows.collect(), cursor: (drawn.cursor.0, drawn.cursor.1 + indent) }
}

fn place_of_keys(model: &Model) -> String {
    match (&model.focus, &model.page) {
        (Focus::Messages, _) => "messages".to_owned(),
        (Focus::Roster, _) => model.roster.filter.as_ref().map_or("roster".to_owned(), |filter| format!("/{filter}")),
        (Focus::Offers, _) => "offers".to_owned(),
        (Focus::Transfers, _) => "transfers".to_owned(),
        (Focus::Composer, Page::Home) => String::new(),
        (Focus::Composer, Page::With(id)) => model.name_of(id.account, id.peer.jid()),
    }
}

/// The row of a dialog that is written in; nothing where nothing is.
fn dialog_prompt(model: &Model) -> Prompt {
    let area = Rect::new(0, 0, model.size.width, model.size.height);
    let mut buf = Buffer::empty(area);
    let Some(Position { x, y }) = layers::draw(model, &mut buf) else {
        return Prompt { rows: vec!["> ".to_owned()], cursor: (0, 2) };
    };
    let row = row(&buf, y);
    let start = row.len() - row.trim_start_matches(|c: char| c.is_whitespace() || c == '|').len();
    let text = row[start..].trim_end_matches(|c: char| c.is_whitespace() || c == '|');
    let column = usize::from(x).saturating_sub(text::width(&row[..start]));
    Prompt { rows: vec![text::pad(text, column.max(text::width(text)), "")], cursor: (0, column) }
}

#[cfg(test)]
mod tests {
    use jid::BareJid;

    use super::*;
    use crate::client::clock;
    use crate::engine::event::{Author, ChatMessage, Event};
    use crate::engine::history::Hints;
    use crate::tui::msg::Msg;
    use crate::tui::{Appearance, Glyphs, update};

    fn pressed(model: &mut Model, keys: &[&str]) {
        for key in keys {
            update(model, clock::now(), Msg::Key(key.parse().unwrap()));
        }
    }

    fn model() -> Model {
        let appearance = Appearance { glyphs: Glyphs::Words, ..Appearance::default() };
        let mut model = Model::new(appearance, (80, 24), clock::now()).unwrap();
        model.add_account("home");
        model
    }

    #[test]
    fn what_was_said_is_not_said_again() {
        let (mut model, mut reader) = (model(), Reader::default());
        assert!(reader.news(&model)[0].starts_with("home: not connected"));
        assert_eq!(reader.news(&model), Vec::<String>::new());
        model.say("two\x1b[2Jlines");
        let news = reader.news(&model);
        assert!(news.len() == 1 && news[0].ends_with("two^[[2Jlines"), "{news:?}");
        assert_eq!(reader.news(&model), Vec::<String>::new());
    }

    #[test]
    fn what_waits_for_a_connection_is_said_to_do_so() {
        let (mut model, mut reader) = (model(), Reader::default());
        reader.news(&model);
        let account = *model.accounts.keys().next().unwrap();
        let message = ChatMessage {
            with: "romeo@montague.lit".parse().unwrap(),
            author: Author::Me,
            id: Some("1".to_owned()),
            body: "Good night".to_owned(),
            at: clock::now().wall,
            delayed: false,
            reply: None,
            hints: Hints::default(),
        };
        update(&mut model, clock::now(), Msg::Client(account, Event::Message(message)));
        let news = reader.news(&model);
        assert!(news.iter().any(|line| line.ends_with("waits for a connection: me: Good night")), "{news:?}");
    }

    #[test]
    fn who_is_there_and_what_arrived_is_said_in_words() {
        let (mut model, mut reader) = (model(), Reader::default());
        let account = *model.accounts.keys().next().unwrap();
        let with: BareJid = "romeo@montague.lit".parse().unwrap();
        let happens = |model: &mut Model, event| drop(update(model, clock::now(), Msg::Client(account, event)));
        for id in ["1", "2", "3", "4"] {
            let body = format!("line {id}");
            let message = ChatMessage {
                with: with.clone(),
                author: Author::Me,
                id: Some(id.to_owned()),
                body,
                at: clock::now().wall,
                delayed: false,
                reply: None,
                hints: Hints::default(),
            };
            happens(&mut model, Event::Message(message));
        }
        reader.news(&model);
        let id = |id: &str| id.to_owned();
        happens(&mut model, Event::MessageSent { with: with.clone(), id: id("1") });
        happens(&mut model, Event::Receipt { with: with.clone(), id: id("2") });
        happens(&mut model, Event::MessageFailed { with: with.clone(), id: id("4"), why: "it was refused".to_owned() });
        reader.news(&model);
        for key in "/query romeo@montague.lit".chars() {
            pressed(&mut model, &[&key.to_string().replace(' ', "Space")]);
        }
        pressed(&mut model, &["Enter"]);
        let news = reader.news(&model);
        let says = |end: &str| assert!(news.iter().any(|line| line.ends_with(end)), "{end}: {news:?}");
        says("me: line 1 (sent)");
        says("me: line 2 (arrived)");
        says("waits for a connection: me: line 3");
        says("me: line 4 (not delivered)");
        assert!(news.iter().any(|line| line == "Conversation with romeo@montague.lit offline"), "{news:?}");
    }

    #[test]
    fn a_dialog_is_read_when_it_opens_and_then_what_changes_in_it() {
        let (mut model, mut reader) = (model(), Reader::default());
        reader.news(&model);
        pressed(&mut model, &["F1"]);
        let news = reader.news(&model);
        assert!(news.len() > 5 && news.iter().all(|line| !line.starts_with(['|', '+'])), "{news:?}");
        assert_eq!(reader.news(&model), Vec::<String>::new());
        pressed(&mut model, &["Esc"]);
        assert_eq!(reader.news(&model), Vec::<String>::new());
    }

    #[test]
    fn the_prompt_shows_what_is_being_written_and_where() {
        let mut model = model();
        pressed(&mut model, &["h", "東", "Left"]);
        assert_eq!(prompt(&model), Prompt { rows: vec!["> h東".to_owned()], cursor: (0, 3) });
        pressed(&mut model, &["F7"]);
        assert_eq!(prompt(&model).rows, ["roster> "]);
    }

    #[test]
    fn a_field_of_a_dialog_is_the_prompt() {
        let mut model = model();
        model.ask_for_account();
        pressed(&mut model, &["j", "@"]);
        let prompt = prompt(&model);
        assert!(prompt.rows[0].contains("j@"), "{prompt:?}");
        assert_eq!(prompt.cursor.1, text::width(&prompt.rows[0]));
    }
}
