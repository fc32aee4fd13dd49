//! What the report on what is wrong looks like.

use balcony::doctor::{Finding, Section, Verdict};
use balcony::engine::event::Event;
use balcony::engine::login::{Login, Sasl};
use balcony::tui::msg::Msg;

use super::looks_right;
use crate::support::screen::Screen;

/// A report with a hostile server in it.
pub(crate) fn reported(width: u16, height: u16) -> Screen {
    let mut screen = Screen::online(width, height);
    let login = Login {
        directions: "SRV records of capulet.lit: xmpp.capulet.lit:5222, \x1b[31mx.capulet.lit:5223 (direct TLS)"
            .to_owned(),
        place: Some("xmpp.capulet.lit:5222".to_owned()),
        address: "192.0.2.7:5222".parse().ok(),
        sasl: Some(Sasl { offered: vec!["PLAIN".to_owned()], chosen: Some("PLAIN".to_owned()), bound: false }),
        ..Login::default()
    };
    screen.event(Event::Login(Box::new(login))).keys("/doctor<Enter>");
    let says = "/home/juliet/.config/balcony/config.toml can be read by others (644)".to_owned();
    let advice = Some("chmod 600 /home/juliet/.config/balcony/config.toml".to_owned());
    let findings = vec![Finding { verdict: Verdict::Wrong, about: "config", says, advice }];
    screen.msg(Msg::Machine(vec![Section { title: "Files".to_owned(), findings }]));
    screen
}

#[test]
fn the_report_on_what_is_wrong() {
    looks_right("doctor", reported);
}
