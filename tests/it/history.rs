//! What was said before: it is there again, opens where it was left, goes on above while one scrolls, and stands there
//! once.

use std::process::Command as Program;
use std::time::Duration;

use balcony::demo::plan::{PASSWORD, Plan};
use balcony::demo::{Server, options};
use balcony::engine::command::Command;
use balcony::engine::event::{ArchiveNews, Author, ChatMessage, Event, Reply, SessionEvent};
use balcony::engine::history::{Clock, Conversation, Hints, Line, Page, Said, What, told};
use balcony::store::database::Database;
use balcony::store::history::conversations;
use balcony::tui::msg::Msg;
use balcony::{client, tui};
use jid::BareJid;
use proptest::prelude::*;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cli::home::Home;
use crate::messages::{about, correction, reactions, theirs};
use crate::support::screen::{Screen, line, minute};
use crate::support::terminal::{Terminal, has_line};

mod files;

const JULIET: &str = "juliet@capulet.lit";
const ROMEO: &str = "romeo@montague.lit";

/// The commands about the history among all that was caused.
fn asked(screen: &mut Screen) -> Vec<Command> {
    let commands = screen.caused().into_iter().filter_map(|effect| match effect {
        tui::effect::Effect::Command(_, command) => Some(command),
        _ => None,
    });
    let about_history = |command: &Command| {
        matches!(command, Command::LoadHistory { .. } | Command::MarkRead { .. } | Command::KeepDraft { .. })
    };
    commands.filter(about_history).collect()
}

fn romeo() -> BareJid {
    ROMEO.parse().unwrap()
}

fn page(before: Option<u64>) -> Command {
    Command::LoadHistory { with: romeo(), before: before.map(minute), most: 100 }
}

#[test]
fn a_conversation_opens_with_the_first_unread_message_on_top_and_is_read_then() {
    let mut screen = Screen::online(80, 24);
    screen.known_from_earlier(200, 150);
    assert!(screen.picture().contains("33"), "how many are unread is shown before it is opened");
    screen.keys("<Alt-1>");
    assert_eq!(asked(&mut screen), [page(None)]);
    screen.past(None, 100..200, true);
    let picture = screen.picture();
    assert!(picture.contains("new messages") && picture.contains("message number 151"), "{picture}");
    assert!(!picture.contains("message number 199") && picture.contains("below"), "{picture}");
    assert!(picture.contains("What satisfaction"), "the draft is there");
    assert!(picture.contains("begun earlier · Ctrl-C drops it"), "{picture}");
    assert_eq!(asked(&mut screen), [Command::MarkRead { with: romeo(), at: minute(199) }]);
    assert!(!screen.keys(" c").picture().contains("begun earlier"), "who goes on with it knows");
    screen.keys("<Alt-/>");
    assert!(!screen.picture().contains("33"), "it was seen");
}

#[test]
fn scrolling_up_goes_on_into_what_is_older_until_its_beginning() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 100..200, true);
    assert!(screen.picture().contains("message number 199"));
    screen.caused();
    for _ in 0..6 {
        screen.keys("<PgUp>");
    }
    assert_eq!(asked(&mut screen), [page(Some(100))], "it is asked for once");
    let before = screen.picture();
    screen.past(Some(100), 0..100, false);
    assert!(rows(&screen.picture()).ends_with(&rows(&before)[1..]), "what is looked at stays where it is");
    for _ in 0..12 {
        screen.keys("<PgUp>");
    }
    assert!(screen.picture().contains("message number 0"));
    assert_eq!(asked(&mut screen), [], "there is nothing before that");
}

/// What is said on a screen, without how much is below.
fn rows(picture: &str) -> Vec<&str> {
    picture.lines().filter(|line| line.contains("message number")).collect()
}

#[test]
fn what_came_while_the_program_ran_stands_there_once() {
    let mut screen = Screen::online(80, 24);
    let live = |screen: &mut Screen, delayed| {
        let mut message = screen.message("romeo@montague.lit/orchard", "message number 199");
        message.id = Some("past 199".to_owned());
        message.delayed = delayed;
        screen.event(Event::Message(message));
    };
    live(&mut screen, false);
    screen.keys("/query romeo<Enter>").past(None, 190..200, false);
    assert_eq!(screen.picture().matches("message number 199").count(), 1);
    live(&mut screen, true);
    assert_eq!(screen.picture().matches("message number 199").count(), 1, "the server kept what it had delivered");
    live(&mut screen, false);
    assert_eq!(screen.picture().matches("message number 199").count(), 2, "some programs count from one");
}

#[test]
fn what_the_archive_had_is_put_in_its_place_once() {
    let mut screen = Screen::online(80, 24);
    screen.event(Event::Archive(ArchiveNews::CatchingUp));
    assert!(screen.picture().contains("catching up"));
    screen.keys("/query romeo<Enter>").past(None, 190..195, false);
    screen.caused();
    screen.event(Event::Archive(ArchiveNews::CaughtUp { with: vec![romeo()] }));
    assert_eq!(asked(&mut screen), [Command::LoadHistory { with: romeo(), before: None, most: 1000 }]);
    screen.past(None, 188..200, false);
    let picture = screen.picture();
    assert!(!picture.contains("catching up"), "{picture}");
    let places: Vec<usize> =
        (188..200).map(|number| picture.find(&format!("message number {number}")).unwrap()).collect();
    assert!(places.is_sorted() && picture.matches("message number").count() == 12, "{picture}");
}

#[test]
fn what_was_written_without_a_connection_stands_where_the_archive_has_it() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 190..195, false);
    screen.me("past 198", "message number 198").wait(60_000);
    let mut late = screen.message("romeo@montague.lit/orchard", "message number 196");
    (late.id, late.delayed) = (Some("past 196".to_owned()), true);
    screen.event(Event::Message(late));
    screen.keys("<Up>");
    screen.event(Event::Archive(ArchiveNews::CaughtUp { with: vec![romeo()] }));
    screen.past(None, 190..200, false);
    let picture = screen.picture();
    let places: Vec<usize> =
        (190..200).map(|number| picture.find(&format!("message number {number}")).unwrap()).collect();
    assert!(places.is_sorted() && picture.matches("message number").count() == 10, "{picture}");
    assert!(picture.lines().any(|row| row.contains('›') && row.contains("number 196")), "it is still selected");
}

/// What was said between Romeo and us, and about what was said, as the archive has it: a minute apart.
fn evening() -> Vec<Said> {
    let of = |id: &str| id.to_owned();
    let says = |body: &str, reply_to: Option<&str>| What::Message {
        body: body.to_owned(),
        reply_to: reply_to.map(str::to_owned),
        hints: Hints::default(),
    };
    let said = [
        (theirs(), says("But soft", None)),
        (Author::Me, says("Who's there?", None)),
        (theirs(), What::Receipt { of: of("said 1") }),
        (theirs(), correction("said 0", "But soft!")),
        (theirs(), says("But soft", None)),
        (Author::Me, reactions("said 4", &["❤"])),
        (theirs(), reactions("said 1", &["🎉", "❤"])),
        (theirs(), correction("said 3", "But soft! what light")),
        (Author::Me, says("O, speak again", Some("said 0"))),
        (theirs(), What::Retraction { of: of("said 4") }),
        (Author::MyOtherDevice, says("Ay me", Some("said 4"))),
        (Author::Me, correction("said 1", "Who is there?")),
        (theirs(), What::Displayed { of: of("said 8") }),
        (theirs(), says("It is my lady", None)),
    ];
    let fact = |(number, (author, what)): (u64, (Author, What))| Said {
        with: romeo(),
        author,
        id: Some(format!("said {number}")),
        archived: Some(format!("archive {number}")),
        at: minute(number),
        clock: Clock::Archives,
        what,
    };
    (0..).zip(said).map(fact).collect()
}

/// Something is heard as it is said.
fn hear(screen: &mut Screen, said: &Said) {
    let now = screen.message(ROMEO, "").at;
    let Said { with, author, id, what, .. } = said.clone();
    screen.event(match what {
        What::Message { body, reply_to, hints } => {
            let reply = reply_to.map(|to| Reply { to, quoted: None });
            Event::Message(ChatMessage { with, author, id, body, at: now, delayed: false, reply, hints })
        }
        What::Receipt { of } => Event::Receipt { with, id: of },
        _ => Event::Amended(Box::new(Said { at: now, clock: Clock::Ours, archived: None, ..said.clone() })),
    });
    screen.wait(1000);
}

/// The rows of the conversation.
fn conversation(screen: &mut Screen) -> Vec<String> {
    let picture = screen.picture();
    picture.lines().filter_map(|row| row.split('│').nth(2)).map(str::to_owned).collect()
}

proptest! {
    #[test]
    fn whatever_was_heard_as_it_was_said_the_screen_shows_what_the_history_has(
        heard in proptest::collection::vec(any::<bool>(), 14),
    ) {
        let page = || Event::History {
            with: romeo(),
            before: None,
            page: Page { lines: told(&evening()), ..Page::default() },
        };
        let mut anew = Screen::online(80, 40);
        anew.keys("/query romeo<Enter>").event(page());

        let mut screen = Screen::online(80, 40);
        screen.keys("/query romeo<Enter>").past(None, 0..0, false);
        for (said, _) in evening().iter().zip(heard).filter(|(_, is_heard)| *is_heard) {
            hear(&mut screen, said);
        }
        screen.event(Event::Archive(ArchiveNews::CaughtUp { with: vec![romeo()] })).event(page());
        prop_assert_eq!(conversation(&mut screen), conversation(&mut anew));
    }
}

#[test]
fn where_the_archive_had_more_than_a_page_what_was_shown_before_is_older() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 0..10, false);
    screen.event(Event::Archive(ArchiveNews::CaughtUp { with: vec![romeo()] }));
    screen.caused();
    screen.past(None, 100..200, true);
    assert!(screen.picture().contains("message number 199"));
    for _ in 0..6 {
        screen.keys("<PgUp>");
    }
    assert_eq!(asked(&mut screen).last(), Some(&page(Some(100))), "nothing is left out");
}

#[test]
fn what_is_seen_on_another_device_is_not_new_here() {
    let mut screen = Screen::online(80, 24);
    screen.known_from_earlier(200, 150);
    screen.event(Event::ReadElsewhere { with: romeo(), at: minute(199) });
    assert!(!screen.picture().contains("33"));
}

#[test]
fn what_was_taken_back_in_the_meantime_is_not_unread_when_the_archive_tells_of_it() {
    let mut screen = Screen::online(80, 24);
    screen.known_from_earlier(2, 1);
    assert!(screen.picture().contains("1 unread"));
    let told = |unread| Conversation {
        with: romeo(),
        last: minute(1),
        read: minute(1) - Duration::from_secs(1),
        unread,
        draft: String::new(),
    };
    screen.event(Event::Conversations(vec![told(0)]));
    assert!(!screen.picture().contains("unread"), "{}", screen.picture());
    screen.romeo("But soft!").event(Event::Conversations(vec![told(0)]));
    assert!(screen.picture().contains("1 unread"), "what came after that was counted is not lost");
}

#[test]
fn what_is_not_at_hand_and_taken_back_is_looked_up_and_the_rest_counted() {
    let mut screen = Screen::online(80, 24);
    screen.known_from_earlier(6, 4).caused();
    about(&mut screen, theirs(), "x", What::Retraction { of: "past 4".to_owned() });
    assert_eq!(asked(&mut screen), [Command::LoadHistory { with: romeo(), before: None, most: 22 }]);
    let mut lines: Vec<Line> = (0..6).map(line).collect();
    lines[4].body = None;
    let page = Page { lines, files: Vec::new(), has_older: false };
    screen.event(Event::History { with: romeo(), before: None, page });
    assert!(screen.picture().lines().any(|row| row.contains("Romeo") && row.contains("1 │")), "{}", screen.picture());
    assert!(asked(&mut screen).is_empty(), "nobody has read the other one");
    screen.keys("<Alt-1>");
    let picture = screen.picture();
    let place = |text: &str| picture.find(text).unwrap();
    assert!(place("message retracted") < place("new messages") && place("new messages") < place("number 5"));
}

#[test]
fn clear_empties_the_screen_and_not_the_history() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 100..200, true).keys("/clear<Enter>");
    assert!(!screen.picture().contains("message number"));
    screen.caused();
    screen.keys("<PgUp>");
    assert_eq!(asked(&mut screen), [page(None)]);
    screen.past(None, 100..200, true);
    assert!(screen.picture().contains("message number 199"));
}

#[test]
fn what_was_cleared_stays_away_when_the_archive_has_more_and_comes_when_the_user_scrolls_up() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 100..200, true).keys("/clear<Enter>");
    assert!(screen.picture().contains("Cleared; PgUp brings back what was said."), "{}", screen.picture());
    screen.caused();
    screen.event(Event::Archive(ArchiveNews::CaughtUp { with: vec![romeo()] }));
    screen.past(None, 0..203, false);
    let picture = screen.picture();
    assert_eq!(picture.matches("message number").count(), 3, "only what nobody has seen: {picture}");
    assert!(picture.contains("message number 200") && picture.contains("message number 202"), "{picture}");
    screen.keys("<Up><Up><Up>");
    assert!(!asked(&mut screen).contains(&page(None)), "looking at what is new is no wish for more");
    screen.keys("<Esc><PgUp>");
    assert_eq!(asked(&mut screen), [page(None)]);
    screen.past(None, 103..203, true);
    let picture = screen.picture();
    assert!(picture.contains("message number 199") && picture.matches("message number 201").count() == 1, "{picture}");
}

#[test]
fn what_was_said_before_the_screen_was_cleared_and_never_shown_is_shown() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 0..3, false).keys("/clear<Enter>");
    screen.romeo("and now").event(Event::Archive(ArchiveNews::CaughtUp { with: vec![romeo()] }));
    screen.past(None, 0..5, false);
    let picture = screen.picture();
    assert!(picture.find("message number 3") < picture.find("and now"), "{picture}");
    assert_eq!(picture.matches("message number").count(), 2, "{picture}");
    screen.keys("<Up><Up><Up>").caused();
    screen.keys("<Up>");
    assert_eq!(asked(&mut screen), [page(None)], "whoever goes on above the first message wants to see more");
}

#[test]
fn a_draft_is_kept_when_one_goes_elsewhere_and_forgotten_when_it_is_sent() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 0..0, false);
    screen.caused();
    screen.keys("Come, gentle night<Alt-/>");
    let kept = |text: &str| Command::KeepDraft { with: romeo(), text: text.to_owned() };
    assert_eq!(asked(&mut screen), [kept("Come, gentle night")]);
    screen.keys("<Alt-1><Enter>");
    assert_eq!(asked(&mut screen), [kept("")]);
}

#[test]
fn what_is_being_written_is_kept_at_every_lull_and_once_a_second_and_nothing_wakes_up_afterwards() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").past(None, 0..0, false).msg(Msg::FocusLost).wait(120_000);
    asked(&mut screen);
    let kept = |text: &str| Command::KeepDraft { with: romeo(), text: text.to_owned() };
    let rests = screen.model.next_wake();
    screen.fast_keys("Come").wait(200).fast_keys(",").wait(299);
    assert_eq!(asked(&mut screen), []);
    assert!(screen.model.next_wake().is_some_and(|wake| wake <= Duration::from_millis(1)));
    screen.wait(1);
    assert_eq!(asked(&mut screen), [kept("Come,")]);
    for letter in ["g", "e", "n", "t", "l", "e"] {
        screen.fast_keys(letter).wait(200);
    }
    assert_eq!(asked(&mut screen), [kept("Come,gentl")], "who never stops loses a second's work");
    screen.fast_keys("<Ctrl-U>").wait(300);
    assert_eq!(asked(&mut screen), [kept("")]);
    screen.wait(600_000);
    assert_eq!((asked(&mut screen), screen.model.next_wake()), (vec![], rests));
}

/// Juliet's Balcony on a terminal, as she starts it each day.
fn juliet(home: &Home) -> Terminal {
    let mut command = Program::new(env!("CARGO_BIN_EXE_balcony"));
    command.env_clear().env("HOME", home.path()).env("LANG", "C.UTF-8");
    Terminal::start(&command)
}

/// A server with Juliet's account in a home of her own, and Romeo at his client.
struct Verona {
    home: Home,
    romeo: client::Handle,
    _server: Server,
    _events: UnboundedReceiver<Event>,
}

impl Verona {
    async fn begin() -> Self {
        let friends = [JULIET, ROMEO].map(|jid| BareJid::new(jid).unwrap());
        let server = Server::start(&Plan::of_friends(&friends)).await.unwrap();
        let home = Home::new();
        home.configure(&format!(
            "[accounts.home]\njid = \"{JULIET}\"\npassword = \"{PASSWORD}\"\nserver = \"{}\"\ntls = \"none\"\n",
            server.address()
        ));
        let who = romeo().with_resource_str("orchard").unwrap();
        let (romeo, mut events) = client::start(options(&who, server.address(), home.path().to_owned()));
        romeo.send(Command::Connect);
        while !matches!(events.recv().await.unwrap(), Event::Session(SessionEvent::Online { .. })) {}
        Verona { home, romeo, _server: server, _events: events }
    }

    /// Romeo writes to Juliet.
    fn romeo_says(&self, body: &str) {
        self.romeo.send(Command::SendMessage { to: JULIET.parse().unwrap(), body: body.to_owned() });
    }
}

/// What Juliet's Balcony has kept of what she is writing.
fn drafts(home: &Home) -> Vec<String> {
    let database = Database::open(&home.path().join(".local/state/balcony/balcony.db")).unwrap().database;
    let all = conversations(&database, &JULIET.parse().unwrap()).unwrap();
    all.into_iter().map(|one| one.draft).filter(|draft| !draft.is_empty()).collect()
}

#[tokio::test]
async fn what_was_begun_before_a_kill_is_there_again_and_marked() {
    let verona = Verona::begin().await;
    let today = juliet(&verona.home);
    today.until_line(&["Roster", "1/1"]).await;
    today.say("/query romeo@montague.lit");
    today.until_line(&["romeo@montague.lit", "orchard"]).await;
    today.write("What satisfaction canst thou have");
    today.until("the draft to be kept", |_| drafts(&verona.home) == ["What satisfaction canst thou have"]).await;
    today.kill().await;

    let again = juliet(&verona.home);
    again.until_line(&["romeo", "✎"]).await;
    again.press("M-1");
    again.until_line(&["▎ What satisfaction canst thou have"]).await;
}

/// Looks away from every conversation.
async fn go_home(terminal: &Terminal) {
    terminal.say("/win 0");
    terminal.until("the first page", |screen| screen.contains("files that arrive")).await;
}

#[tokio::test]
async fn the_next_day_yesterdays_words_are_there() {
    let verona = Verona::begin().await;

    let today = juliet(&verona.home);
    today.until_line(&["Roster", "1/1"]).await;
    today.say("/msg romeo@montague.lit Good night, good night!");
    today.until_line(&["me", "Good night, good night!", "✓"]).await;
    go_home(&today).await;
    verona.romeo_says("Sleep dwell upon thine eyes");
    today.until_line(&["● romeo", "1"]).await;
    today.press("M-1");
    today.until_line(&["romeo", "Sleep dwell upon thine eyes"]).await;
    go_home(&today).await;
    verona.romeo_says("peace in thy breast");
    today.until_line(&["● romeo", "1"]).await;
    today.press("C-q");
    today.until("the end", |screen| !screen.contains("Roster")).await;

    let tomorrow = juliet(&verona.home);
    tomorrow.until_line(&["● romeo", "1"]).await;
    tomorrow.press("M-1");
    tomorrow
        .until("yesterday, with what is new", |screen| {
            let order = ["Good night, good night!", "Sleep dwell", "new messages", "peace in thy breast"];
            let places: Vec<_> = order.iter().filter_map(|words| screen.find(words)).collect();
            places.len() == order.len() && places.is_sorted() && has_line(screen, &["me", "Good night", "✓"])
        })
        .await;
}
