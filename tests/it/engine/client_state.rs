//! XEP-0352: the server learns whether anybody looks, if it wants to know.

use balcony::engine::command::{ClientState, Command};
use balcony::engine::{Input, Session};
use jid::FullJid;

use crate::support::engine::Subject;

/// What the server was told.
fn told(juliet: &mut Subject) -> Vec<String> {
    let told = juliet.sent().into_iter().filter(|sent| sent.ns() == "urn:xmpp:csi:0");
    told.map(|sent| sent.name().to_owned()).collect()
}

#[test]
fn what_changes_is_told_once() {
    let mut juliet = Subject::online("");
    for state in [ClientState::Active, ClientState::Inactive, ClientState::Inactive, ClientState::Active] {
        juliet.command(Command::SetClientState(state));
    }
    assert_eq!(told(&mut juliet), ["inactive", "active"]);
}

#[test]
fn whoever_is_inactive_says_so_in_every_session_and_in_one_that_goes_on() {
    let mut juliet = Subject::online("");
    juliet.command(Command::SetClientState(ClientState::Inactive));
    told(&mut juliet);
    juliet.lose_connection();
    juliet.resume();
    assert_eq!(told(&mut juliet), ["inactive"]);
    juliet.lose_connection();
    juliet.command(Command::SetClientState(ClientState::Active));
    juliet.log_in();
    assert_eq!(told(&mut juliet), Vec::<String>::new(), "that is what the server takes for granted");
}

#[test]
fn a_server_that_does_not_ask_is_told_nothing() {
    let mut juliet = Subject::juliet();
    juliet.feed(Input::Session(Session::Online {
        jid: FullJid::new("juliet@capulet.lit/balcony").unwrap(),
        resumed: false,
        security: "TLS 1.3".to_owned(),
        local: None,
        largest_stanza: 250_000,
        client_state: false,
        roster_versions: false,
    }));
    juliet.command(Command::SetClientState(ClientState::Inactive));
    assert_eq!(told(&mut juliet), Vec::<String>::new());
}
