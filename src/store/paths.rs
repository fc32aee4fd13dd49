//! Where things are, by the XDG rules, and who may look: folders 0700, files 0600.
//!
//! Nothing is made before it is needed: looking where a file would be leaves no trace.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs, UserDirs};

/// Where this user's things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`.
    pub config: PathBuf,
    /// What should outlive the process: the log, the database.
    pub state: PathBuf,
    /// What may be lost at any time.
    pub cache: PathBuf,
    /// Where received files go unless the configuration says otherwise.
    pub downloads: PathBuf,
}

/// Nobody says where this user's files are.
#[derive(Debug, thiserror::Error)]
#[error("this user has no home folder; set HOME")]
pub struct NoHome;

impl Paths {
    /// Asks the environment. Makes nothing.
    pub fn find() -> Result<Self, NoHome> {
        let project = ProjectDirs::from("", "", "balcony").ok_or(NoHome)?;
        let user = UserDirs::new().ok_or(NoHome)?;
        Ok(Paths {
            config: project.config_dir().join("config.toml"),
            state: project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_owned(),
            cache: project.cache_dir().to_owned(),
            downloads: user.download_dir().map_or_else(|| user.home_dir().join("Downloads"), Path::to_owned),
        })
    }

    /// The file of [`database`](super::database).
    pub fn database(&self) -> PathBuf {
        self.state.join("balcony.db")
    }
}

/// The home folder, if this user has one.
pub fn home() -> Option<PathBuf> {
    BaseDirs::new().map(|base| base.home_dir().to_owned())
}

/// Replaces a leading `~` by the home folder; `~somebody` is a name like any other.
pub fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        (Err(_), _) | (_, None) => path.to_owned(),
    }
}

/// Makes a folder that only its owner may enter, and the folders above it; leaves one that exists as it is.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens a file to append to that only its owner may read, and makes its folder.
pub fn append_private(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// How many bytes are free where a folder is, or will be.
pub fn free_space(folder: &Path) -> Option<u64> {
    folder.ancestors().find_map(|folder| fs4::available_space(folder).ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_a_lone_tilde_in_front_is_home() {
        let home = BaseDirs::new().unwrap().home_dir().to_owned();
        assert_eq!(expand_home(Path::new("~/Downloads")), home.join("Downloads"));
        assert_eq!(expand_home(Path::new("~")), home);
        assert_eq!(expand_home(Path::new("~romeo/x")), Path::new("~romeo/x"));
        assert_eq!(expand_home(Path::new("/srv/~")), Path::new("/srv/~"));
    }

    #[test]
    fn what_is_made_belongs_to_its_owner_alone() {
        let top = tempfile::tempdir().unwrap();
        let file = top.path().join("state/balcony/log");
        append_private(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&top.path().join("state")), 0o700);
        assert_eq!(mode(&top.path().join("state/balcony")), 0o700);
    }
}
