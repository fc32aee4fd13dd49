//! Two accounts at three sizes.

use balcony::engine::event::{Event, SessionEvent, StopReason};
use balcony::tui::msg::{AccountAnswer, Msg};

use super::{BOTH, both_online, configured, online, stopped};
use crate::screens::looks_right;

#[test]
fn two_accounts_one_of_which_cannot_log_in() {
    looks_right("accounts", |width, height| {
        let (mut screen, ids) = configured(width, height, BOTH);
        screen.event_of(ids[0], online("juliet@capulet.lit"));
        screen.event_of(ids[0], super::knows("romeo@montague.lit", "Romeo")).event_of(ids[0], Event::RosterComplete);
        screen.event_of(ids[1], stopped("the server does not accept the password"));
        screen
    });
}

#[test]
fn one_contact_of_two_accounts() {
    looks_right("accounts-one-contact", |width, height| {
        let (mut screen, home, work) = both_online(width, height);
        for (id, body) in [(home, "Come to the orchard"), (work, "The minutes of the meeting")] {
            let message = screen.message("romeo@montague.lit/orchard", body);
            screen.event_of(id, Event::Message(message));
        }
        screen.keys("<Alt-2>");
        screen.account = work;
        screen.offered(1, "minutes.pdf", 123_456);
        screen
    });
}

#[test]
fn one_more_account() {
    looks_right("accounts-add", |width, height| {
        let (mut screen, _, _) = both_online(width, height);
        screen.keys("/account add juliet@mantua.lit<Enter>");
        screen
    });
}

#[test]
fn one_account_less() {
    looks_right("accounts-remove", |width, height| {
        let (mut screen, _, _) = both_online(width, height);
        let lines = "[accounts.work]\njid = \"j.capulet@verona.lit\"\npassword = \"y\"\n".to_owned();
        screen.msg(Msg::Account(AccountAnswer::Stands("work".to_owned(), Some(lines))));
        screen
    });
}

#[test]
fn a_certificate_that_nobody_knows() {
    looks_right("accounts-certificate", |width, height| {
        let (mut screen, _, work) = both_online(width, height);
        screen.event_of(work, super::untrusted(&format!("sha256:{}", "0123456789abcdef".repeat(4))));
        screen.keys("/connect work<Enter>");
        screen
    });
}

#[test]
fn a_server_that_is_not_what_it_was() {
    let stopped = |width, height, why: StopReason| {
        let (mut screen, _, work) = both_online(width, height);
        screen.event_of(work, Event::Session(SessionEvent::Stopped { why })).keys("/connect work<Enter>");
        screen
    };
    looks_right("accounts-certificate-changed", |width, height| {
        let (pinned, shown) = (format!("sha256:{}", "0".repeat(64)), format!("sha256:{}", "1".repeat(64)));
        let domain = "montague.lit".to_owned();
        stopped(width, height, StopReason::CertificateChanged { domain, pinned, shown })
    });
    looks_right("accounts-password-wanted", |width, height| {
        stopped(width, height, StopReason::PasswordWanted { domain: "montague.lit".to_owned() })
    });
}

#[test]
fn a_configuration_that_is_wrong() {
    looks_right("accounts-configuration", |width, height| {
        let (mut screen, _, _) = both_online(width, height);
        screen.keys("/set ui.vi<Enter>");
        let why = "/home/juliet/.config/balcony/config.toml:9:1: no key is called symbls here; did you mean symbols?";
        screen.msg(Msg::Configured(Err(why.to_owned())));
        screen
    });
}
