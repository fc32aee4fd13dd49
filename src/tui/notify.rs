//! Who looks elsewhere is told, in one of several ways: one pure decision, and texts that nothing obeys.
//!
//! [`decide`] knows what happened, to whom it belongs, where the user looks, what is configured and what time it is.
//! Nothing rings or shows anything here; that is an [`Effect`](super::effect::Effect).

mod escape;

use std::ffi::OsStr;

use super::links::are_borne;
use crate::store::config::{Attention, DesktopWish, NotificationsConfig, TerminalWish};
pub(crate) use escape::escape;

/// What the environment says of the terminal and of where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Where the user sits.
    pub seat: Seat,
    /// The sequence that the terminal is known for.
    pub known: Option<Osc>,
    /// What stands between us and the terminal.
    pub between: Between,
    /// What the terminal does with links.
    pub links: Links,
}

/// Where the user sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Seat {
    /// Nobody knows; no desktop is asked.
    #[default]
    Unknown,
    /// At this machine.
    Here,
    /// At another one, over SSH.
    Far,
}

/// What a terminal does with links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Links {
    /// It shows or ignores them.
    #[default]
    Borne,
    /// It stumbles over them.
    Feared,
}

/// The ways by which the user can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ways {
    /// The terminal's bell.
    pub(crate) bell: Option<Bell>,
    /// The desktop, and what to say if it cannot be told.
    pub(crate) desktop: Desktop,
    /// The terminal's own.
    pub(crate) terminal: Option<Osc>,
}

/// It may ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bell;

/// Whether a desktop is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Desktop {
    /// No.
    #[default]
    None,
    /// It is, if it is there.
    Perhaps,
    /// It is, and if it is not there the user is told so.
    Surely,
}

/// An escape sequence that shows a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Osc {
    /// OSC 9: a text.
    Nine,
    /// OSC 777: a title and a text.
    Seven,
}

/// What stands between us and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Between {
    /// Nothing.
    #[default]
    Nothing,
    /// tmux, which passes on only what is wrapped.
    Tmux,
}

/// Where the terminal has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Focused {
    /// It does not tell.
    #[default]
    Unknown,
    Yes,
    No,
}

/// Where the user looks, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) focused: Focused,
    /// Whether what happened is on the screen.
    pub(crate) place: Place,
    /// Since midnight, where the user is.
    pub(crate) minute: u16,
}

/// Where what happened is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In what the screen shows.
    Shown,
    /// Elsewhere.
    Elsewhere,
}

/// How the user is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Bell,
    Desktop,
    Osc(Osc),
}

/// Terminals that know one of the sequences, by what they call themselves.
const KNOWN: [(&str, Osc); 7] = [
    ("kitty", Osc::Nine),
    ("ghostty", Osc::Nine),
    ("wezterm", Osc::Nine),
    ("iterm", Osc::Nine),
    ("foot", Osc::Seven),
    ("rxvt", Osc::Seven),
    ("contour", Osc::Seven),
];

impl Surroundings {
    /// What the environment says.
    pub fn of_environment<T: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<T>) -> Self {
        let word = |name: &str| variable(name).and_then(|value| value.as_ref().to_str().map(str::to_lowercase));
        let named = ["TERM_PROGRAM", "LC_TERMINAL", "TERM"].map(|name| word(name).unwrap_or_default());
        let known = KNOWN.iter().find(|(known, _)| named.iter().any(|name| name.contains(known)));
        Surroundings {
            seat: if word("SSH_CONNECTION").is_some() { Seat::Far } else { Seat::Here },
            known: known.map(|(_, osc)| *osc),
            between: if word("TMUX").is_some() { Between::Tmux } else { Between::Nothing },
            links: if are_borne(&variable) { Links::Borne } else { Links::Feared },
        }
    }
}

impl Ways {
    /// What is configured, where that makes sense.
    pub(crate) fn new(config: &NotificationsConfig, bell: Option<Bell>, around: Surroundings) -> Self {
        Ways {
            bell,
            desktop: match (config.desktop, around.seat) {
                (DesktopWish::Auto, Seat::Here) => Desktop::Perhaps,
                (DesktopWish::On, _) => Desktop::Surely,
                (DesktopWish::Auto, Seat::Far | Seat::Unknown) | (DesktopWish::Off, _) => Desktop::None,
            },
            terminal: match config.terminal {
                TerminalWish::Auto => around.known.filter(|_| around.seat == Seat::Far),
                TerminalWish::Osc9 => Some(Osc::Nine),
                TerminalWish::Osc777 => Some(Osc::Seven),
                TerminalWish::Off => None,
            },
        }
    }
}

/// How the user is told of something, if at all. It never rings for what they look at.
pub(crate) fn decide(config: &NotificationsConfig, ways: Ways, attention: Attention, moment: Moment) -> Vec<Channel> {
    let is_seen = moment.place == Place::Shown && moment.focused != Focused::No;
    let is_quiet = config.quiet.is_some_and(|hours| hours.include(moment.minute)) && attention == Attention::Usual;
    if attention == Attention::Never || is_seen || is_quiet {
        return Vec::new();
    }
    let wants_more = moment.focused != Focused::Yes || config.when_focused || attention == Attention::Always;
    let bell = ways.bell.map(|Bell| Channel::Bell);
    let desktop = (ways.desktop != Desktop::None).then_some(Channel::Desktop);
    let more = [desktop, ways.terminal.map(Channel::Osc)].into_iter().flatten().filter(|_| wants_more);
    bell.into_iter().chain(more).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const EVERYTHING: Ways = Ways { bell: Some(Bell), desktop: Desktop::Perhaps, terminal: Some(Osc::Nine) };

    const ALL: [Channel; 3] = [Channel::Bell, Channel::Desktop, Channel::Osc(Osc::Nine)];

    fn at(focused: Focused, place: Place) -> Moment {
        Moment { focused, place, minute: 12 * 60 }
    }

    fn told(config: &NotificationsConfig, moment: Moment) -> Vec<Channel> {
        decide(config, EVERYTHING, Attention::Usual, moment)
    }

    #[test]
    fn what_is_seen_disturbs_nobody() {
        let config = NotificationsConfig { when_focused: true, ..NotificationsConfig::default() };
        assert_eq!(told(&config, at(Focused::Yes, Place::Shown)), []);
        assert_eq!(told(&config, at(Focused::Unknown, Place::Shown)), []);
        assert_eq!(told(&config, at(Focused::No, Place::Shown)), ALL, "a screen that nobody looks at shows nothing");
    }

    #[test]
    fn while_the_terminal_has_the_focus_it_only_rings() {
        let config = NotificationsConfig::default();
        assert_eq!(told(&config, at(Focused::Yes, Place::Elsewhere)), [Channel::Bell]);
        assert_eq!(told(&config, at(Focused::No, Place::Elsewhere)), ALL);
        assert_eq!(told(&config, at(Focused::Unknown, Place::Elsewhere)), ALL);
        let loud = NotificationsConfig { when_focused: true, ..config };
        assert_eq!(told(&loud, at(Focused::Yes, Place::Elsewhere)), ALL);
    }

    #[test]
    fn quiet_hours_and_contacts_are_respected() {
        let config = NotificationsConfig { quiet: "22:00-07:00".parse().ok(), ..NotificationsConfig::default() };
        let night = Moment { minute: 23 * 60, ..at(Focused::No, Place::Elsewhere) };
        let day = at(Focused::No, Place::Elsewhere);
        assert_eq!(told(&config, night), []);
        assert_eq!(decide(&config, EVERYTHING, Attention::Always, night), ALL);
        assert_eq!(decide(&config, EVERYTHING, Attention::Never, day), []);
        let focused = at(Focused::Yes, Place::Elsewhere);
        assert_eq!(decide(&config, EVERYTHING, Attention::Always, focused), ALL);
    }

    #[test]
    fn what_is_turned_off_or_not_there_is_left_alone() {
        let config = NotificationsConfig::default();
        let moment = at(Focused::No, Place::Elsewhere);
        let silent = Ways { bell: None, ..EVERYTHING };
        assert_eq!(decide(&config, silent, Attention::Usual, moment), ALL[1..]);
        assert_eq!(decide(&config, Ways::default(), Attention::Usual, moment), []);
    }

    fn ways(config: &NotificationsConfig, variables: &[(&str, &str)]) -> Ways {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        Ways::new(config, None, Surroundings::of_environment(|name| variables.get(name).copied()))
    }

    #[test]
    fn from_afar_the_terminal_tells_and_here_the_desktop() {
        let config = NotificationsConfig::default();
        let here = ways(&config, &[("TERM", "xterm-kitty")]);
        assert_eq!((here.desktop, here.terminal), (Desktop::Perhaps, None));
        let there = ways(&config, &[("TERM", "xterm-kitty"), ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]);
        assert_eq!((there.desktop, there.terminal), (Desktop::None, Some(Osc::Nine)));
        let unknown = ways(&config, &[("TERM", "xterm"), ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")]);
        assert_eq!((unknown.desktop, unknown.terminal), (Desktop::None, None));
    }

    #[test]
    fn who_wishes_gets_it_anywhere() {
        let config = NotificationsConfig {
            desktop: DesktopWish::On,
            terminal: TerminalWish::Osc777,
            ..NotificationsConfig::default()
        };
        let there = ways(&config, &[("SSH_CONNECTION", "x")]);
        assert_eq!(there, Ways { bell: None, desktop: Desktop::Surely, terminal: Some(Osc::Seven) });
    }
}
