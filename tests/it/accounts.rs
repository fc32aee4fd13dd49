//! Several accounts, and a configuration that changes while they are there.

mod configuration;
mod keys;
mod real;
mod screens;

use balcony::engine::event::{Contact, Event, SessionEvent, Show, StopReason};
use balcony::store::config::Config;
use balcony::tui::msg::Msg;
use balcony::tui::{AccountId, Configuration};

use crate::support::screen::{Screen, contact};

/// Two accounts in the file; each can be found by the name of its table.
const BOTH: &str = "[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = \"x\"\n\n\
                    [accounts.work]\njid = \"j.capulet@verona.lit\"\npassword = \"y\"\n";

/// What a file says that nobody but its owner can read.
fn config(text: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    Config::load(&path).unwrap().unwrap()
}

/// A screen with what the file says, and a client for each account.
fn configured(width: u16, height: u16, text: &str) -> (Screen, Vec<AccountId>) {
    let mut screen = Screen::without_account(width, height, balcony::tui::Appearance::default());
    let config = config(text);
    let file = Some("/home/juliet/.config/balcony/config.toml".into());
    screen.model.configure(Configuration::new(config.clone(), file, "/home/juliet/Downloads".into()));
    let ids: Vec<_> = config.accounts.iter().map(|account| screen.model.add_configured(account)).collect();
    for id in &ids {
        screen.msg(Msg::Started(*id));
    }
    screen.caused();
    (screen, ids)
}

fn online(jid: &str) -> Event {
    let jid = format!("{jid}/balcony").parse().unwrap();
    Event::Session(SessionEvent::Online { jid, resumed: false, security: "TLS 1.3".to_owned() })
}

fn stopped(why: &str) -> Event {
    Event::Session(SessionEvent::Stopped { why: StopReason::Login(why.to_owned()) })
}

fn untrusted(fingerprint: &str) -> Event {
    let why = "it is signed by itself".to_owned();
    Event::Session(SessionEvent::Stopped { why: StopReason::Certificate { why, fingerprint: fingerprint.to_owned() } })
}

fn knows(jid: &str, name: &str) -> Event {
    Event::Contact(Contact { ..contact(jid, name, "", Some(Show::Available)) })
}

/// Both accounts are online; Romeo is in both rosters, the Nurse and Friar Laurence in one.
fn both_online(width: u16, height: u16) -> (Screen, AccountId, AccountId) {
    let (mut screen, ids) = configured(width, height, BOTH);
    let (home, work) = (ids[0], ids[1]);
    for (id, jid, others) in [
        (home, "juliet@capulet.lit", [("romeo@montague.lit", "Romeo"), ("nurse@capulet.lit", "Nurse")]),
        (work, "j.capulet@verona.lit", [("romeo@montague.lit", "Romeo"), ("friar@verona.lit", "Friar Laurence")]),
    ] {
        screen.event_of(id, online(jid));
        for (contact, name) in others {
            screen.event_of(id, knows(contact, name));
        }
        screen.event_of(id, Event::RosterComplete);
    }
    screen.account = home;
    (screen, home, work)
}
