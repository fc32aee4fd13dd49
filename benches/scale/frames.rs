//! What is measured frame by frame.

use std::time::{Duration, Instant};

use balcony::engine::command::Command;
use balcony::engine::event::Event;
use balcony::engine::history::{Query, Term};
use balcony::store::history::{Search, page, search};
use balcony::tui::effect::Effect;

use super::Measured;
use super::archive::{Archive, CONTACTS, MESSAGES, juliet, romeo};
use super::scene::{Scene, contact, message};

/// A sixtieth of a second.
const FRAME: Duration = Duration::from_millis(16);

/// A letter, and half a second for all conversations: what is looked up beside the screen may take longer than a frame.
const LOOK_UP: Duration = Duration::from_millis(500);

/// How often each is measured.
const TIMES: u64 = 400;

/// A line: its name, and what measures it.
type Line = (&'static str, fn(&str) -> Measured);

/// Every line, in the order of the table.
pub(crate) const LINES: &[Line] = &[
    ("open a conversation of 100,000 messages", opening),
    ("scroll it a page up", scrolling),
    ("a page of older ones comes", paging),
    ("a message comes", coming),
    ("a key in the composer", typing),
    ("a row down among 10,000 contacts", walking),
    ("to the last contact and back", leaping),
    ("filter the roster by one more letter", filtering),
    ("a contact comes or goes", presence),
    ("look a word up in 100,000 messages (beside the screen)", looking),
];

fn measured(what: &str, times: Vec<Duration>) -> Measured {
    Measured { what: what.to_owned(), times, most: Some(FRAME) }
}

/// From Enter to the last messages on the screen, each time with somebody else, the look-up included.
fn opening(what: &str) -> Measured {
    let (archive, mut scene) = (Archive::new(), Scene::set());
    let times = (1..=TIMES).map(|number| {
        scene.press(&format!("/query {number}@montague.lit"));
        let key = scene.frame_of_key("Enter");
        let began = Instant::now();
        let page = page(&archive.database, &juliet(), &romeo(), None, 100).unwrap();
        let looked_up = began.elapsed();
        let with = format!("{number}@montague.lit").parse().unwrap();
        key + looked_up + scene.frame_of(Event::History { with, before: None, page })
    });
    measured(what, times.collect())
}

fn scrolling(what: &str) -> Measured {
    measured(what, climb().0)
}

fn paging(what: &str) -> Measured {
    measured(what, climb().1)
}

/// Far up a conversation, page by page: what each key and each page of the history took.
fn climb() -> (Vec<Duration>, Vec<Duration>) {
    let (archive, mut scene) = (Archive::new(), Scene::set());
    scene.press("/query romeo@montague.lit<Enter>");
    let (mut keys, mut pages) = (Vec::new(), Vec::new());
    for _ in 0..TIMES * 4 {
        for effect in std::mem::take(&mut scene.effects) {
            if let Effect::Command(_, Command::LoadHistory { with, before, most }) = effect {
                let page = page(&archive.database, &juliet(), &with, before, most).unwrap();
                pages.push(scene.frame_of(Event::History { with, before, page }));
            }
        }
        keys.push(scene.frame_of_key("PgUp"));
    }
    (keys, pages)
}

/// The conversation on the screen, with as many messages as came since the program began.
fn talked() -> Scene {
    let mut scene = Scene::set();
    scene.press("/query romeo@montague.lit<Enter>");
    for number in 0..MESSAGES {
        scene.take(Event::Message(message(number)));
    }
    scene
}

fn coming(what: &str) -> Measured {
    let mut scene = talked();
    measured(what, (0..TIMES).map(|number| scene.frame_of(Event::Message(message(MESSAGES + number)))).collect())
}

fn typing(what: &str) -> Measured {
    let mut scene = talked();
    let times = (0..TIMES).map(|number| {
        if number.is_multiple_of(200) {
            scene.press("<Ctrl-U>");
        }
        scene.frame_of_key(["a", "b", "Space", "c"][usize::try_from(number % 4).unwrap()])
    });
    measured(what, times.collect())
}

fn walking(what: &str) -> Measured {
    let mut scene = talked();
    scene.press("<F7>");
    measured(what, (0..TIMES).map(|_| scene.frame_of_key("Down")).collect())
}

fn leaping(what: &str) -> Measured {
    let mut scene = talked();
    scene.press("<F7>");
    measured(what, (0..TIMES).map(|number| scene.frame_of_key(["End", "Home"][usize::from(number % 2 == 1)])).collect())
}

/// From those with one letter to a few and back, letter by letter.
fn filtering(what: &str) -> Measured {
    let mut scene = talked();
    scene.press("<F7>/m");
    let keys = ["o", "n", "t", "9", "Backspace", "Backspace", "Backspace", "Backspace"];
    let times = (0..TIMES).map(|number| scene.frame_of_key(keys[usize::try_from(number).unwrap() % keys.len()]));
    measured(what, times.collect())
}

fn presence(what: &str) -> Measured {
    let mut scene = talked();
    let times = (0..TIMES).map(|number| {
        let (who, is_there) = (number * 7 % CONTACTS, number.is_multiple_of(3));
        scene.frame_of(Event::Contact(contact(who, is_there)))
    });
    measured(what, times.collect())
}

fn looking(what: &str) -> Measured {
    let archive = Archive::new();
    let words = ["light", "l", "東京", "99999", "nothing", "fair sun"];
    let times = (0..TIMES / 4).map(|number| {
        let word = words[usize::try_from(number).unwrap() % words.len()];
        let query = Query { terms: vec![Term::Word(word.to_owned())], ..Query::default() };
        let began = Instant::now();
        search(&archive.database, &Search { account: juliet(), query, after: None, most: 50 }).unwrap();
        began.elapsed()
    });
    Measured { what: what.to_owned(), times: times.collect(), most: Some(LOOK_UP) }
}
