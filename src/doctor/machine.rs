//! What Balcony stands on: its files, and the terminal. It looks, and changes nothing.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Display, Path, PathBuf};

use super::{Finding, Section};
use crate::engine::amount;
use crate::store::config::{Config, ConfigError};
use crate::store::database::Database;
use crate::store::paths::free_space;

/// Less than this is soon used up by a film.
const LITTLE_SPACE: u64 = 200 * 1024 * 1024;

/// The mode of what others than its owner may write.
const WRITING: u32 = 0o022;

/// Where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The configuration, if there is to be one.
    pub config: Option<PathBuf>,
    /// The database, if one is kept.
    pub database: Option<PathBuf>,
    /// Where received files go.
    pub downloads: PathBuf,
}

/// What is known of the terminal from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Screen {
    /// In how many colours is drawn, in words.
    pub colours: String,
    /// Columns and rows, if there is a terminal.
    pub size: Option<(u16, u16)>,
}

/// How the configuration is read by whoever goes by it.
pub type Load = fn(&Path) -> Result<Option<Config>, ConfigError>;

/// The machine's parts of the report. It reads the disk.
pub fn sections(places: &Places, screen: &Screen, load: Load) -> Vec<Section> {
    let files = [
        places.config.as_deref().map(|path| config(path, load)),
        Some(places.database.as_deref().map_or_else(|| Finding::known("database", "none is kept"), database)),
        Some(downloads(&places.downloads)),
    ];
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    vec![
        Section { title: "Files".to_owned(), findings: files.into_iter().flatten().collect() },
        Section { title: "Terminal".to_owned(), findings: terminal(screen, &variable) },
    ]
}

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

fn config(path: &Path, load: Load) -> Finding {
    let shown = path.display();
    match mode(path) {
        None => Finding::known("config", format!("{shown} is not there; Balcony makes it with the first account")),
        Some(mode) if mode & 0o077 != 0 => {
            let done = if mode & WRITING != 0 { "written" } else { "read" };
            let says = format!("{shown} can be {done} by others ({mode:03o})");
            Finding::wrong("config", says, format!("chmod 600 {shown}"))
        }
        Some(mode) => match load(path) {
            Ok(_) => Finding::good("config", format!("{shown} ({mode:03o})")),
            Err(fault) => unusable(&shown, &fault),
        },
    }
}

/// Says where the fault is and not what stands there: that may be a password.
fn unusable(shown: &Display, fault: &ConfigError) -> Finding {
    let advice = "until that is mended Balcony goes by what it read before; saving the file says what is wrong";
    match fault {
        ConfigError::Wrong { at, .. } => Finding::wrong("config", format!("{shown} makes no sense at {at}"), advice),
        ConfigError::Unreadable { why, .. } | ConfigError::Unwritable { why, .. } => {
            Finding::wrong("config", format!("{shown} cannot be read: {why}"), advice)
        }
    }
}

fn database(path: &Path) -> Finding {
    if !path.exists() {
        return Finding::known("database", format!("{} is not there yet", path.display()));
    }
    let folder = path.parent().and_then(|folder| Some((folder.display(), mode(folder)?)));
    if let Some((folder, mode)) = folder.filter(|(_, mode)| mode & WRITING != 0) {
        let says = format!("{folder}, where it is, can be written by others ({mode:03o})");
        return Finding::wrong("database", says, format!("chmod 700 {folder}"));
    }
    match Database::examine(path) {
        Ok(()) => {
            let size = amount::bytes(taken_by(path));
            Finding::good("database", format!("{} is sound ({size})", path.display()))
        }
        Err(fault) => {
            let advice = "see to its folder and the space on its disk; a damaged one is put aside at the next start";
            Finding::wrong("database", fault.to_string(), advice)
        }
    }
}

/// What a database takes on the disk, with what SQLite has beside it until that is put in: the log of what was written.
fn taken_by(path: &Path) -> u64 {
    let log = |kind: &str| PathBuf::from(format!("{}{kind}", path.display()));
    let sizes =
        [path.to_owned(), log("-wal"), log("-shm")].map(|file| fs::metadata(file).map_or(0, |about| about.len()));
    sizes.iter().sum()
}

fn downloads(folder: &Path) -> Finding {
    let shown = folder.display();
    let is_shut = fs::metadata(folder).is_ok_and(|about| !about.is_dir() || about.permissions().readonly());
    match free_space(folder) {
        _ if is_shut => {
            Finding::wrong("downloads", format!("{shown} is no folder to write in"), "set `downloads` to another one")
        }
        None => Finding::known("downloads", format!("{shown}, where space cannot be measured")),
        Some(free) if free < LITTLE_SPACE => {
            Finding::wrong("downloads", format!("{} left in {shown}", amount::bytes(free)), "make room there")
        }
        Some(free) if !folder.exists() => {
            let says =
                format!("{shown} is not there; Balcony makes it with the first file ({} left)", amount::bytes(free));
            Finding::known("downloads", says)
        }
        Some(free) => Finding::good("downloads", format!("{} left in {shown}", amount::bytes(free))),
    }
}

fn terminal(screen: &Screen, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let term = variable("TERM");
    let size = screen.size.map_or_else(|| "no terminal".to_owned(), |(width, height)| format!("{width}x{height}"));
    findings.push(match term.as_deref() {
        None | Some("dumb") if screen.size.is_some() => {
            Finding::wrong("terminal", format!("TERM is {}", term.as_deref().unwrap_or("not set")), "set TERM")
        }
        named => Finding::known("terminal", format!("{}, {size}, {}", named.unwrap_or("no TERM"), screen.colours)),
    });
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name));
    let says = locale.clone().unwrap_or_else(|| "no locale is set".to_owned());
    let is_utf8 = locale.is_some_and(|locale| locale.to_lowercase().replace('-', "").contains("utf8"));
    findings.push(if is_utf8 {
        Finding::good("letters", says)
    } else {
        Finding::wrong("letters", says, "set LANG to one in UTF-8, such as C.UTF-8, or symbols = \"ascii\"")
    });
    if variable("TMUX").is_some() {
        findings.push(
            Finding::known("copying", "goes through tmux").but("tmux passes it on with `set -g set-clipboard on`"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn a_configuration_that_others_can_read_is_wrong() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, verdict) in [(0o600, Verdict::Good), (0o644, Verdict::Wrong), (0o660, Verdict::Wrong)] {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(config(file.path(), Config::load).verdict, verdict, "{mode:o}");
        }
        assert_eq!(config(Path::new("/nowhere/config.toml"), Config::load).verdict, Verdict::Known);
    }

    #[test]
    fn a_configuration_that_makes_no_sense_is_wrong_at_a_place_that_is_told_without_what_stands_there() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = 1234\n").unwrap();
        let found = config(file.path(), Config::load);
        assert_eq!(found.verdict, Verdict::Wrong);
        assert!(found.says.contains("3:") && !found.says.contains("1234"), "{}", found.says);
    }

    #[test]
    fn a_database_where_others_can_put_another_one_in_its_place_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("balcony.db");
        drop(Database::open(&path).unwrap());
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let found = database(&path);
        assert_eq!(found.verdict, Verdict::Wrong);
        assert!(found.says.ends_with("can be written by others (777)"), "{}", found.says);
    }

    #[test]
    fn a_damaged_database_is_told_and_left_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("balcony.db");
        assert_eq!(database(&path).verdict, Verdict::Known);
        drop(Database::open(&path).unwrap());
        assert_eq!(database(&path).verdict, Verdict::Good);
        fs::write(folder.path().join("balcony.db-wal"), vec![0; 3 << 20]).unwrap();
        assert!(taken_by(&path) > 3 << 20, "what is not put in yet counts too");
        fs::write(&path, "no database".repeat(1000)).unwrap();
        assert_eq!(database(&path).verdict, Verdict::Wrong);
        assert_eq!(fs::read(&path).unwrap(), "no database".repeat(1000).into_bytes());
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_no_place_where_space_is_left() {
        let home = tempfile::tempdir().unwrap();
        let told = downloads(&home.path().join("Downloads"));
        assert!(told.says.contains("is not there; Balcony makes it"), "{told:?}");
    }

    #[test]
    fn a_terminal_without_utf8_is_told_how_to_get_it() {
        let of = |pairs: &'static [(&str, &str)]| {
            let find = move |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, is)| (*is).to_owned());
            let screen = Screen { colours: "256 colours".to_owned(), size: Some((80, 24)) };
            terminal(&screen, &find).iter().map(|finding| finding.verdict).collect::<Vec<_>>()
        };
        assert_eq!(of(&[("TERM", "xterm"), ("LANG", "C.UTF-8")]), [Verdict::Known, Verdict::Good]);
        assert_eq!(of(&[("TERM", "dumb"), ("LC_ALL", "C")]), [Verdict::Wrong, Verdict::Wrong]);
        assert_eq!(of(&[("TERM", "tmux"), ("LANG", "de_DE.utf8"), ("TMUX", "x")]).len(), 3);
    }
}
