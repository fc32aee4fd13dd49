//! Writing by keys: completion, what was written before, pasting, drafts, the editor, vi.

use balcony::engine::command::Command;
use balcony::tui::Appearance;
use balcony::tui::effect::Effect;
use balcony::tui::msg::{Folder, Msg};

use crate::support::screen::Screen;

#[test]
fn drafts_stay_with_their_conversation() {
    let mut screen = Screen::online(100, 30);
    screen.keys("/query romeo<Enter>to Romeo").keys("<Alt-/>/query nurse<Enter>to Nurse<Alt-1>");
    assert!(screen.picture().contains("▎ to Romeo"));
    screen.keys("<Alt-2>");
    assert!(screen.picture().contains("▎ to Nurse"));
}

#[test]
fn tab_completes_commands_contacts_and_paths_and_moves_when_there_is_nothing() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/tra<Tab>");
    assert!(screen.picture().contains("▎ /transfers"));
    screen.keys("<Ctrl-U>/msg ro<Tab>hi");
    assert!(screen.picture().contains("▎ /msg romeo@montague.lit hi"));
    screen.keys("<Ctrl-U>/send ~/My\\ F<Tab>");
    let asked = screen.caused();
    let Some(Effect::ListFolder { text, start, typed, folder, prefix }) = asked.last().cloned() else {
        panic!("{asked:?}")
    };
    assert_eq!((folder.to_str(), prefix.as_str()), (Some("/home/juliet/"), "My F"));
    screen.msg(Msg::Folder(Folder { text, start, typed, prefix, names: vec!["My Files/".to_owned()] }));
    assert!(screen.picture().contains("▎ /send ~/My\\ Files/"));
    screen.keys("<Ctrl-U><Tab><Enter>");
    assert!(screen.picture().contains("nurse@capulet.lit ◐"), "the roster had the focus");
}

#[test]
fn input_history_is_walked_and_searched() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>one fine day<Enter>two<Enter>draft");
    screen.keys("<Up>");
    assert!(screen.picture().contains("▎ two"));
    screen.keys("<Down>");
    assert!(screen.picture().contains("▎ draft"));
    screen.keys("<Ctrl-R>fine");
    assert!(screen.picture().contains("▎ one fine day"));
    assert!(screen.picture().contains("search what you typed: fine"));
    screen.keys("<Esc>");
    assert!(screen.picture().contains("▎ draft"));
    screen.keys("<Ctrl-R>fine<Enter><Enter>");
    let body = "one fine day".to_owned();
    assert!(screen.commands().contains(&Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body }));
}

#[test]
fn a_search_that_finds_nothing_says_so_and_leaves_what_is_being_written() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>one fine day<Enter>draft").commands();
    screen.keys("<Ctrl-R>fine");
    assert!(screen.picture().contains("▎ one fine day") && !screen.picture().contains("nothing found"));
    screen.keys("st");
    let picture = screen.picture();
    assert!(picture.contains("search what you typed: finest · nothing found"), "{picture}");
    assert!(picture.contains("▎ draft"), "{picture}");
    screen.keys("<Ctrl-R><Enter>");
    assert!(screen.picture().contains("▎ draft") && !screen.picture().contains("search what"), "{}", screen.picture());
    screen.keys("<Ctrl-R>finest<Backspace><Backspace><Enter>");
    assert!(screen.picture().contains("▎ one fine day"), "what is found again is taken: {}", screen.picture());
}

#[test]
fn a_pasted_text_is_text_and_a_pasted_file_asks() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").msg(Msg::Paste("two\r\nlines \u{1b}[31m".to_owned()));
    assert!(screen.picture().contains("▎ two") && screen.picture().contains("▎ lines [31m"));
    screen.keys("<Enter>").commands();
    screen.msg(Msg::Paste("/etc/hosts".to_owned()));
    let (text, path) = ("/etc/hosts".to_owned(), std::path::PathBuf::from("/etc/hosts"));
    assert!(screen.caused().contains(&Effect::CheckFiles { text: text.clone(), paths: vec![path.clone()] }));
    screen.msg(Msg::PastedFiles { text: text.clone(), paths: vec![path.clone()], size: None });
    assert!(screen.picture().contains("▎ /etc/hosts"), "no such file: it is text");
    screen.keys("<Ctrl-U>").msg(Msg::PastedFiles { text, paths: vec![path.clone()], size: Some(7) }).keys("<Enter>");
    let to = "romeo@montague.lit".parse().unwrap();
    let offer = Command::OfferFile { to, path, description: None, via: Vec::new() };
    assert_eq!(screen.commands(), [offer]);
}

#[test]
fn what_was_changed_is_taken_back_and_changed_again() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come, gentle<Ctrl-W><Ctrl-_>");
    assert!(screen.picture().contains("Come, gentle"));
    screen.keys("<Ctrl-X Ctrl-U><Ctrl-X Ctrl-U>");
    assert!(!screen.picture().contains("Come,"));
    screen.keys("<Alt-_>");
    assert!(screen.picture().contains("Come,"));
}

#[test]
fn a_command_that_is_not_done_is_there_again_to_be_put_right() {
    let refused = [
        "/msg paris good night",
        "/sned x",
        "/win 9",
        "/status asleep",
        "/remove tybald",
        "/help sned",
        "/set colour blue",
    ];
    for typed in refused {
        let mut screen = Screen::online(80, 24);
        screen.keys("/query romeo<Enter>").keys(typed).keys("<Enter>");
        assert!(screen.picture().contains(&format!("▎ {typed}")), "{typed}: {}", screen.picture());
    }
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romoe<Enter><Backspace><Backspace>eo<Enter>");
    let picture = screen.picture();
    assert!(picture.contains("romeo@montague.lit ●") && !picture.contains("▎ /query"), "{picture}");
    screen.keys("/status away<Enter>");
    assert!(!screen.picture().contains("▎ /"), "what is done is gone: {}", screen.picture());
}

#[test]
fn two_keys_in_a_row_open_the_users_own_editor_with_what_is_written() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>Come, <Ctrl-X>");
    assert!(screen.picture().contains("Ctrl-X, and then?"));
    screen.keys("<Ctrl-E>");
    assert!(screen.caused().contains(&Effect::EditOutside("Come, ".to_owned())));
    screen.msg(Msg::Edited("Come, gentle night,\ncome\n".to_owned())).keys("<Enter>");
    let body = "Come, gentle night,\ncome".to_owned();
    assert_eq!(screen.commands(), [Command::SendMessage { to: "romeo@montague.lit".parse().unwrap(), body }]);
    screen.keys("<Ctrl-X>q");
    assert!(!screen.picture().contains("▎ q"), "a second key that means nothing types nothing");
}

#[test]
fn a_long_text_is_not_pasted_by_accident() {
    let mut screen = Screen::online(80, 24);
    let long = "line after line\n".repeat(40);
    screen.keys("/query romeo<Enter>").msg(Msg::Paste(long.clone()));
    assert!(screen.picture().contains("40 lines, 640 B."));
    screen.keys("<Esc>");
    assert!(!screen.picture().contains("line after line"));
    screen.msg(Msg::Paste(long)).keys("<Enter>");
    assert!(screen.picture().contains("line after line"));
}

#[test]
fn lines_that_end_as_terminals_paste_them_are_lines() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").msg(Msg::Paste("one\rtwo\r".to_owned()));
    assert!(screen.picture().contains("▎ one ") && screen.picture().contains("▎ two "), "{}", screen.picture());
    screen.keys("<Ctrl-C>").msg(Msg::Paste("line\r".repeat(40)));
    assert!(screen.picture().contains("40 lines, 200 B."), "{}", screen.picture());
}

#[test]
fn what_has_no_room_in_a_message_is_said_before_it_is_left_out() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").msg(Msg::Paste("word ".repeat(20_000)));
    assert!(screen.picture().contains("One line, 97.6 KiB."), "{}", screen.picture());
    assert!(screen.picture().contains("is room for 64.0 KiB"), "{}", screen.picture());
}

#[test]
fn what_is_being_put_differently_is_no_draft() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>").me("j1", "Ay me").keys("/correct<Enter>").wait(10_000);
    assert!(screen.picture().contains("▎ Ay me"), "{}", screen.picture());
    let kept = |screen: &mut Screen| {
        let effects = screen.caused().into_iter();
        effects.filter(|effect| matches!(effect, Effect::Command(_, Command::KeepDraft { .. }))).count()
    };
    screen.keys("!!").wait(10_000);
    assert_eq!(kept(&mut screen), 0);
    screen.keys("<Esc>half a word").wait(10_000);
    assert_eq!(kept(&mut screen), 1);
}

#[test]
fn shortcodes_become_emoji() {
    let mut screen = Screen::online(80, 24);
    screen.keys("/query romeo<Enter>see :nail_c<Tab>");
    assert!(screen.picture().contains("see 💅"), "{}", screen.picture());
    screen.keys("<Ctrl-U>:heart<Tab>");
    assert!(screen.picture().contains(":heart_eyes:"), "{}", screen.picture());
    screen.keys(":<Tab>");
    assert!(screen.picture().contains("❤"), "{}", screen.picture());
}

#[test]
fn vi_has_its_modes_and_enter_sends_from_both() {
    let mut screen = Screen::with(80, 24, Appearance { vi: true, ..Appearance::default() });
    screen.log_in();
    screen.keys("/query romeo<Enter>Come, gentle night<Esc>");
    assert!(screen.picture().contains("normal mode"));
    screen.keys("0dwu<Ctrl-R>u<Enter>");
    assert_eq!(screen.commands().len(), 1);
    assert!(!screen.picture().contains("normal mode"), "a new message begins in insert mode");
    screen.keys("dd");
    assert!(screen.picture().contains("▎ dd"));
}
