//! The table of settings.

use std::path::Path;
use std::time::Duration;

use toml::Value;

use super::{Applies, Kind, Setting};
use crate::engine::command::{Encryption, Via};
use crate::store::config::Config;
use crate::store::config::roster::Order;
use crate::store::config::size::Rate;
use crate::store::config::ui::{ColoursWish, Shown, Symbols, ThemeWish};

const METHODS: &[&str] = &[Via::Socks5Direct.word(), Via::Socks5Proxy.word(), Via::InBand.word()];

const fn setting(
    name: &'static str,
    kind: Kind,
    applies: Applies,
    value: fn(&Config) -> Value,
    copy: fn(&mut Config, &Config),
) -> Setting {
    Setting { name, kind, applies, value, copy }
}

/// Every setting, in the order of `assets/config.toml`.
pub static SETTINGS: &[Setting] = &[
    setting(
        "transfers.downloads",
        Kind::Text,
        Applies::NextTransfer,
        |config| folder(config.transfers.downloads.as_deref()),
        |to, from| to.transfers.downloads.clone_from(&from.transfers.downloads),
    ),
    setting(
        "transfers.methods",
        Kind::List(METHODS),
        Applies::NextTransfer,
        |config| list(config.transfers.methods.iter().map(|via| via.word())),
        |to, from| to.transfers.methods.clone_from(&from.transfers.methods),
    ),
    setting(
        "transfers.proxies",
        Kind::List(&[]),
        Applies::NextConnection,
        |config| list(&config.transfers.proxies),
        |to, from| to.transfers.proxies.clone_from(&from.transfers.proxies),
    ),
    setting(
        "transfers.listen",
        Kind::Text,
        Applies::NextConnection,
        |config| config.transfers.listen.to_string().into(),
        |to, from| to.transfers.listen = from.transfers.listen,
    ),
    setting(
        "transfers.advertise",
        Kind::List(&[]),
        Applies::NextTransfer,
        |config| list(&config.transfers.advertise),
        |to, from| to.transfers.advertise.clone_from(&from.transfers.advertise),
    ),
    setting(
        "transfers.parallel",
        Kind::Number,
        Applies::NextTransfer,
        |config| number(config.transfers.parallel),
        |to, from| to.transfers.parallel = from.transfers.parallel,
    ),
    setting(
        "transfers.map_ports",
        Kind::Switch,
        Applies::NextConnection,
        |config| config.transfers.map_ports.into(),
        |to, from| to.transfers.map_ports = from.transfers.map_ports,
    ),
    setting(
        "transfers.encryption",
        Kind::Word(&["preferred", "required", "off"]),
        Applies::NextTransfer,
        |config| match config.transfers.encryption {
            Encryption::Preferred => "preferred".into(),
            Encryption::Required => "required".into(),
            Encryption::Off => "off".into(),
        },
        |to, from| to.transfers.encryption = from.transfers.encryption,
    ),
    setting(
        "transfers.limit_up",
        Kind::Text,
        Applies::AtOnce,
        |config| Rate(config.transfers.limit_up).to_string().into(),
        |to, from| to.transfers.limit_up = from.transfers.limit_up,
    ),
    setting(
        "transfers.limit_down",
        Kind::Text,
        Applies::AtOnce,
        |config| Rate(config.transfers.limit_down).to_string().into(),
        |to, from| to.transfers.limit_down = from.transfers.limit_down,
    ),
    setting(
        "transfers.journal_days",
        Kind::Number,
        Applies::NextConnection,
        |config| days(config.transfers.journal),
        |to, from| to.transfers.journal = from.transfers.journal,
    ),
    setting(
        "history.keep",
        Kind::Switch,
        Applies::NextConnection,
        |config| config.history.keep.into(),
        |to, from| to.history.keep = from.history.keep,
    ),
    setting(
        "history.days",
        Kind::Number,
        Applies::NextConnection,
        |config| days(config.history.span.unwrap_or_default()),
        |to, from| to.history.span = from.history.span,
    ),
    setting(
        "chat.send_receipts",
        Kind::Switch,
        Applies::NextConnection,
        |config| config.chat.send_receipts.into(),
        |to, from| to.chat.send_receipts = from.chat.send_receipts,
    ),
    setting(
        "chat.send_markers",
        Kind::Switch,
        Applies::NextConnection,
        |config| config.chat.send_markers.into(),
        |to, from| to.chat.send_markers = from.chat.send_markers,
    ),
    setting(
        "roster.order",
        Kind::Word(&["presence", "name", "recent"]),
        Applies::AtOnce,
        |config| match config.roster.order {
            Order::Presence => "presence".into(),
            Order::Name => "name".into(),
            Order::Recent => "recent".into(),
        },
        |to, from| to.roster.order = from.roster.order,
    ),
    setting(
        "roster.tell_idle",
        Kind::Switch,
        Applies::AtOnce,
        |config| config.roster.tell_idle.into(),
        |to, from| to.roster.tell_idle = from.roster.tell_idle,
    ),
    setting(
        "ui.bell",
        Kind::Switch,
        Applies::AtOnce,
        |config| config.ui.bell.into(),
        |to, from| to.ui.bell = from.ui.bell,
    ),
    setting(
        "ui.mouse",
        Kind::Switch,
        Applies::AtOnce,
        |config| config.ui.mouse.into(),
        |to, from| to.ui.mouse = from.ui.mouse,
    ),
    setting("ui.vi", Kind::Switch, Applies::AtOnce, |config| config.ui.vi.into(), |to, from| to.ui.vi = from.ui.vi),
    setting(
        "ui.links",
        Kind::Switch,
        Applies::AtOnce,
        |config| config.ui.links.into(),
        |to, from| to.ui.links = from.ui.links,
    ),
    setting(
        "ui.screen_reader",
        Kind::Switch,
        Applies::NextStart,
        |config| (config.ui.shown == Shown::Lines).into(),
        |to, from| to.ui.shown = from.ui.shown,
    ),
    setting(
        "ui.symbols",
        Kind::Word(&["unicode", "ascii"]),
        Applies::AtOnce,
        |config| match config.ui.symbols {
            Symbols::Unicode => "unicode".into(),
            Symbols::Ascii => "ascii".into(),
        },
        |to, from| to.ui.symbols = from.ui.symbols,
    ),
    setting(
        "ui.theme",
        Kind::Word(&["auto", "terminal", "dark", "light", "high-contrast"]),
        Applies::AtOnce,
        |config| match &config.ui.theme {
            ThemeWish::Auto => "auto".into(),
            ThemeWish::Named(name) => name.as_str().into(),
        },
        |to, from| to.ui.theme.clone_from(&from.ui.theme),
    ),
    setting(
        "ui.colours",
        Kind::Word(&["auto", "none", "16", "256", "true"]),
        Applies::AtOnce,
        |config| match config.ui.colours {
            ColoursWish::Auto => "auto".into(),
            ColoursWish::None => "none".into(),
            ColoursWish::Sixteen => "16".into(),
            ColoursWish::Indexed => "256".into(),
            ColoursWish::True => "true".into(),
        },
        |to, from| to.ui.colours = from.ui.colours,
    ),
    setting(
        "notifications.desktop",
        Kind::Word(&["auto", "on", "off"]),
        Applies::AtOnce,
        |config| config.notifications.desktop.word().into(),
        |to, from| to.notifications.desktop = from.notifications.desktop,
    ),
    setting(
        "notifications.terminal",
        Kind::Word(&["auto", "9", "777", "off"]),
        Applies::AtOnce,
        |config| config.notifications.terminal.word().into(),
        |to, from| to.notifications.terminal = from.notifications.terminal,
    ),
    setting(
        "notifications.preview",
        Kind::Switch,
        Applies::AtOnce,
        |config| config.notifications.preview.into(),
        |to, from| to.notifications.preview = from.notifications.preview,
    ),
    setting(
        "notifications.when_focused",
        Kind::Switch,
        Applies::AtOnce,
        |config| config.notifications.when_focused.into(),
        |to, from| to.notifications.when_focused = from.notifications.when_focused,
    ),
    setting(
        "notifications.quiet",
        Kind::Text,
        Applies::AtOnce,
        |config| config.notifications.quiet.map(|hours| hours.to_string()).unwrap_or_default().into(),
        |to, from| to.notifications.quiet = from.notifications.quiet,
    ),
];

fn number(number: impl TryInto<i64>) -> Value {
    number.try_into().unwrap_or(i64::MAX).into()
}

fn days(span: Duration) -> Value {
    number(span.as_secs() / (24 * 3600))
}

pub(super) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> Value {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().into()
}

/// Without one, the user's own, wherever that is.
fn folder(path: Option<&Path>) -> Value {
    path.unwrap_or(Path::new("~/Downloads")).to_string_lossy().into_owned().into()
}
