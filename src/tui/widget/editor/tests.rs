//! Keys at the editor, and what stands there afterwards.

use super::*;

fn typed(text: &str) -> Editor {
    let mut editor = Editor::default();
    editor.insert(text);
    editor
}

#[test]
fn a_family_is_one_step_and_one_backspace() {
    let mut editor = typed("a👩‍👩‍👧‍👦e\u{301}");
    editor.left();
    editor.backspace();
    assert_eq!(editor.text(), "ae\u{301}");
    assert_eq!(editor.before(), "a");
}

#[test]
fn a_mark_that_nobody_sees_is_no_step_of_its_own() {
    let mut editor = typed("a\u{5d0}\u{200f}!");
    editor.left();
    editor.left();
    assert_eq!(editor.before(), "a");
    editor.right();
    assert_eq!(editor.before(), "a\u{5d0}\u{200f}");
    editor.backspace();
    assert_eq!(editor.text(), "a!");
}

#[test]
fn words_are_killed_and_yanked() {
    let mut editor = typed("Come, gentle night");
    editor.kill_word_left();
    assert_eq!(editor.text(), "Come, gentle ");
    editor.line_start();
    editor.yank();
    assert_eq!(editor.text(), "nightCome, gentle ");
    editor.word_right();
    editor.kill_to_end();
    assert_eq!(editor.text(), "nightCome");
}

#[test]
fn cuts_in_a_row_are_pasted_as_one() {
    let mut editor = typed("Come, gentle night; come, loving");
    editor.kill_word_left();
    editor.kill_word_left();
    editor.yank();
    assert_eq!(editor.text(), "Come, gentle night; come, loving");
    editor.kill_word_left();
    editor.insert("my ");
    editor.kill_word_left();
    editor.yank();
    assert_eq!(editor.text(), "Come, gentle night; come, my ");
    editor.line_start();
    editor.kill_word_right();
    editor.kill_to_end();
    editor.kill_to_end();
    editor.yank();
    assert_eq!(editor.text(), "Come, gentle night; come, my ");
}

#[test]
fn control_characters_do_not_get_in() {
    assert_eq!(typed("a\x1b[31m\r\nb\tc\0").text(), "a[31m\nb    c");
}

#[test]
fn the_cursor_moves_between_lines_and_stays_in_its_column() {
    let mut editor = typed("東京都\nab");
    assert!(editor.up(9));
    assert_eq!(editor.before(), "東");
    assert!(!editor.up(9));
    assert!(editor.down(9));
    assert_eq!(editor.before(), "東京都\nab");
    assert!(!editor.down(9));
}

#[test]
fn a_line_that_is_wrapped_is_several_rows_for_the_cursor_too() {
    let mut editor = typed("Come, gentle night, come");
    assert!(editor.up(12));
    assert_eq!(editor.before(), "Come, gentl", "rows: Come, gentle | night, come");
    assert!(!editor.up(12));
    assert!(editor.down(12));
    assert_eq!(editor.before(), "Come, gentle night, come");
    let mut family = typed("👩‍👩‍👧‍👦 e\u{301}e\u{301} xx");
    assert!(family.up(6));
    assert_eq!(family.before(), "👩‍👩‍👧‍👦");
}

#[test]
fn what_nobody_may_read_is_masked() {
    assert_eq!(typed("pass").masked(10, "•").rows, ["••••"]);
}

#[test]
fn words_are_taken_back_one_by_one_and_come_again() {
    let mut editor = Editor::default();
    for letter in "Come, gentle night".chars() {
        editor.insert(letter.encode_utf8(&mut [0; 4]));
    }
    editor.undo();
    assert_eq!(editor.text(), "Come, gentle");
    editor.undo();
    assert_eq!(editor.text(), "Come,");
    editor.redo();
    assert_eq!(editor.text(), "Come, gentle");
    editor.insert("!");
    editor.redo();
    assert_eq!(editor.text(), "Come, gentle!", "what was typed since has replaced it");
}

#[test]
fn what_was_cut_replaced_or_pasted_is_one_step() {
    let mut editor = typed("Come, night");
    editor.kill_all();
    editor.undo();
    assert_eq!((editor.text(), editor.before()), ("Come, night", "Come, night"));
    editor.replace("older input");
    editor.undo();
    editor.insert(", gentle night");
    editor.undo();
    assert_eq!(editor.text(), "Come, night");
    editor.undo();
    editor.undo();
    assert_eq!(editor.text(), "");
}

#[test]
fn what_is_pasted_is_bounded() {
    assert_eq!(typed(&"語".repeat(LONGEST)).text().len(), LONGEST / 3 * 3);
}
