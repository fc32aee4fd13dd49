//! The report on what is wrong, by keys.

use balcony::engine::command::Command;
use balcony::tui::effect::Effect;

use crate::screens::doctor::reported;

#[test]
fn the_report_asks_every_account_is_copied_without_names_and_shows_them_when_wanted() {
    let mut screen = reported(80, 24);
    assert_eq!(screen.commands(), [Command::Examine]);
    assert!(!screen.picture().contains("│ juliet@"), "{}", screen.picture());
    screen.effects.clear();
    screen.keys("y");
    let Some(Effect::Copy(text)) = screen.effects.first() else { panic!("{:?}", screen.effects) };
    assert!(text.contains("(account)@capulet.lit") && text.contains("chmod 600 ~/.config"), "{text}");
    screen.keys("v");
    assert!(screen.picture().contains("│ juliet@capulet.lit"), "{}", screen.picture());
    screen.keys("r<Esc>");
    assert_eq!(screen.commands(), [Command::Examine]);
    assert!(!screen.picture().contains("Doctor:"));
}
