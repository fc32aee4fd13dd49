//! The mouse: what it opens, selects and scrolls.

use balcony::tui::msg::{Mouse, Msg};

use super::{MIB, accept, decline};
use crate::support::screen::Screen;

#[test]
fn the_mouse_opens_selects_and_scrolls() {
    let mut screen = Screen::online(100, 30);
    let picture = screen.picture();
    let row = picture.lines().position(|row| row.contains("Romeo")).unwrap();
    screen.msg(Msg::Mouse(Mouse::Click(6, u16::try_from(row).unwrap())));
    assert!(screen.picture().contains("romeo@montague.lit ●"));
    for number in 1..=100 {
        screen.romeo(&format!("line {number}."));
    }
    screen.msg(Msg::Mouse(Mouse::WheelUp(60, 10)));
    assert!(screen.picture().contains("↓ 3 below"));
}

/// Where on the screen these words begin, where they are lowest.
fn place_of(screen: &mut Screen, words: &str) -> (u16, u16) {
    let picture = screen.picture();
    let rows: Vec<(&str, u16)> = picture.lines().zip(0..).collect();
    let found = rows.iter().rev().find_map(|(row, y)| Some((row.split_once(words)?.0.chars().count(), *y)));
    let (x, y) = found.unwrap_or_else(|| panic!("{words:?} is not on the screen:\n{picture}"));
    (u16::try_from(x).unwrap(), y)
}

fn click_on(screen: &mut Screen, words: &str) {
    let (x, y) = place_of(screen, words);
    screen.wait(500).msg(Msg::Mouse(Mouse::Click(x + 1, y)));
}

#[test]
fn the_keys_in_the_offers_bar_can_be_clicked() {
    let offering = || {
        let mut screen = Screen::online(120, 30);
        screen.offered(1, "sonnet.pdf", MIB);
        screen.caused();
        screen
    };
    let mut screen = offering();
    click_on(&mut screen, "F3 accept");
    assert_eq!(screen.commands(), [accept(1)]);
    let mut screen = offering();
    click_on(&mut screen, "F4 decline");
    assert_eq!(screen.commands(), [decline(1)]);
    let mut screen = offering();
    click_on(&mut screen, "offers sonnet.pdf");
    assert_eq!(screen.commands(), [], "beside the keys a click only goes there");
    screen.keys("d");
    assert_eq!(screen.commands(), [decline(1)], "and the keys work there");
}

#[test]
fn the_wheel_moves_what_it_is_over_and_leaves_the_keys_where_they_are() {
    let mut screen = Screen::online(100, 30);
    for number in 1..=9 {
        screen.offering(number, &format!("file{number}.png"), MIB).answered(number);
    }
    screen.keys("/query romeo<Enter>half a sentence");
    let (x, y) = place_of(&mut screen, "↑ file");
    let before = screen.picture();
    for _ in 0..8 {
        screen.msg(Msg::Mouse(Mouse::WheelDown(x, y)));
    }
    let scrolled = screen.picture();
    assert_ne!(scrolled, before, "the transfers have moved");
    assert!(scrolled.contains("half a sentence"));
    screen.keys(", and the rest");
    assert!(screen.picture().contains("half a sentence, and the rest"), "{}", screen.picture());
    for _ in 0..8 {
        screen.msg(Msg::Mouse(Mouse::WheelUp(x, y)));
    }
    assert!(screen.picture().contains("file9.png") || screen.picture().contains("file1.png"));
    let (x, y) = place_of(&mut screen, "Tybalt");
    screen.msg(Msg::Mouse(Mouse::Click(x, y)));
    assert!(screen.picture().contains("tybalt@capulet.lit"), "{}", screen.picture());
}

#[test]
fn the_wheel_scrolls_a_dialog() {
    let mut screen = Screen::online(80, 24);
    screen.keys("<F1>");
    let top = screen.picture();
    screen.msg(Msg::Mouse(Mouse::WheelDown(40, 12)));
    assert_ne!(screen.picture(), top);
    screen.msg(Msg::Mouse(Mouse::WheelUp(40, 12)));
    assert_eq!(screen.picture(), top);
    screen.msg(Msg::Mouse(Mouse::Click(40, 12)));
    assert_eq!(screen.picture(), top, "a click in a dialog does nothing");
}
