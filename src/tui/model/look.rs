//! How everything looks: what was wished for, and what is drawn with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::RosterOrder;
use crate::store::config::{NotificationsConfig, Palette, Shown};
use crate::tui::notify::{Bell, Surroundings, Ways};
use crate::tui::theme::{Colours, Glyphs, Symbols, Theme};

/// How Balcony looks and where it is; everything about it that does not change while it runs.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own in the file, on or off")]
pub struct Appearance {
    /// Which colours there should be.
    pub palette: Palette,
    /// Which colours may be used.
    pub colours: Colours,
    /// Whether addresses on the screen are links.
    pub links: bool,
    /// Which characters may be used.
    pub glyphs: Glyphs,
    /// As panes or as lines.
    pub shown: Shown,
    /// What tells of news, and how.
    pub notifications: NotificationsConfig,
    /// Whether an offer or a message rings.
    pub bell: bool,
    /// Where the terminal is, and what it can.
    pub surroundings: Surroundings,
    /// Whether messages are written with vi's keys.
    pub vi: bool,
    /// In which order contacts stand.
    pub roster: RosterOrder,
    /// Whether contacts are told since when nobody has touched Balcony.
    pub tell_idle: bool,
    /// The time zone of the user; none is UTC.
    pub zone: Option<TimeZone>,
    /// What `~` stands for.
    pub home: Option<PathBuf>,
    /// Where files go, to be shown.
    pub downloads: PathBuf,
    /// Other keys for the names in [`BINDINGS`](crate::tui::keymap::BINDINGS).
    pub keys: BTreeMap<String, Vec<String>>,
}

/// How things are drawn.
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) colours: Colours,
    pub(crate) symbols: &'static Symbols,
    pub(crate) shown: Shown,
    pub(crate) links: bool,
    pub(crate) notifications: NotificationsConfig,
    pub(crate) ways: Ways,
    pub(crate) surroundings: Surroundings,
    pub(crate) zone: TimeZone,
    pub(crate) home: Option<PathBuf>,
    pub(crate) downloads: PathBuf,
}

impl Look {
    pub(super) fn of(appearance: Appearance) -> Self {
        let bell = appearance.bell.then_some(Bell);
        let ways = Ways::new(&appearance.notifications, bell, appearance.surroundings);
        Look {
            theme: Theme::new(&appearance.palette, appearance.colours),
            colours: appearance.colours,
            symbols: Symbols::of(appearance.glyphs),
            shown: appearance.shown,
            links: appearance.links,
            notifications: appearance.notifications,
            ways,
            surroundings: appearance.surroundings,
            zone: appearance.zone.unwrap_or(TimeZone::UTC),
            home: appearance.home,
            downloads: appearance.downloads,
        }
    }

    /// A path as the user would write it.
    pub(crate) fn short_path(&self, path: &Path) -> String {
        let inside = self.home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        match inside {
            Some(inside) if inside.as_os_str().is_empty() => "~".to_owned(),
            Some(inside) => format!("~/{}", inside.display()),
            None => path.display().to_string(),
        }
    }
}
