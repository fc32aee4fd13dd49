//! Who is told that nobody is here: contacts if the user wants that, the server in any case.

use balcony::engine::command::{ClientState, Command};
use balcony::engine::event::{Outcome, Side};
use balcony::tui::msg::Msg;

use crate::support::screen::Screen;

#[test]
fn contacts_learn_that_nobody_is_here_only_if_the_user_wants_that() {
    for wanted in [true, false] {
        let mut screen = Screen::with(80, 24, balcony::tui::Appearance { tell_idle: wanted, ..Default::default() });
        screen.log_in();
        screen.keys("x").wait(299_000);
        assert!(screen.commands().is_empty());
        screen.wait(2_000).wait(60_000);
        let told = told_to_contacts(&mut screen);
        assert_eq!(matches!(told.as_slice(), [Command::SetIdle { since: Some(_) }]), wanted, "{told:?}");
        screen.keys("x");
        assert_eq!(told_to_contacts(&mut screen), vec![Command::SetIdle { since: None }; usize::from(wanted)]);
    }
}

fn told_to_contacts(screen: &mut Screen) -> Vec<Command> {
    screen.commands().into_iter().filter(|command| !matches!(command, Command::SetClientState(_))).collect()
}

/// What the server is told of whether anybody looks.
fn states(screen: &mut Screen) -> Vec<ClientState> {
    let states = screen.commands().into_iter().filter_map(|command| match command {
        Command::SetClientState(state) => Some(state),
        _ => None,
    });
    states.collect()
}

#[test]
fn the_server_learns_that_nobody_looks_and_at_once_that_somebody_does() {
    let mut screen = Screen::online(80, 24);
    screen.keys("x").caused();
    screen.msg(Msg::FocusLost).wait(29_000);
    screen.msg(Msg::FocusGained).wait(29_000);
    assert_eq!(states(&mut screen), [], "a glance at another window is none away from here");
    screen.msg(Msg::FocusLost).wait(31_000);
    assert_eq!(states(&mut screen), [ClientState::Inactive]);
    screen.wait(60_000).msg(Msg::FocusGained);
    assert_eq!(states(&mut screen), [ClientState::Active]);
    screen.wait(301_000);
    assert_eq!(states(&mut screen), [ClientState::Inactive], "no key for five minutes");
    screen.keys("x");
    assert_eq!(states(&mut screen), [ClientState::Active]);
}

#[test]
fn an_account_that_moves_files_stays_active() {
    let mut screen = Screen::online(80, 24);
    screen.offering(1, "a.pdf", 1024).answered(1);
    screen.commands();
    screen.msg(Msg::FocusLost).wait(600_000);
    assert_eq!(states(&mut screen), []);
    screen.ended(1, Outcome::Declined { by: Side::Peer });
    assert_eq!(states(&mut screen), [ClientState::Inactive]);
    screen.msg(Msg::Started(screen.account));
    assert_eq!(states(&mut screen), [ClientState::Inactive], "a client that begins anew believes to be active");
}
