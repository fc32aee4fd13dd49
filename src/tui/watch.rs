//! Tells when `config.toml` was saved, without ever looking by itself: the system does.
//!
//! Editors replace a file by another of its name, so it is the folder that is watched, and where the file is a link the
//! folder of what it leads to as well. What a program does while it saves comes as several events; the file is read once
//! they have been over for a moment.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use super::config;
use super::msg::Msg;
use crate::store::config::Config;
use crate::store::paths::private_folder;

/// Between the first and the last thing that an editor does to save a file lies less.
const QUIET: Duration = Duration::from_millis(150);

/// Watches the file for as long as the result lives; none if the system does not let us.
pub(super) fn watch(file: &Path, answer: UnboundedSender<Msg>) -> Option<RecommendedWatcher> {
    let (teller, saves) = mpsc::unbounded_channel();
    let begun = begin(file, teller).inspect_err(|why| tracing::warn!(%why, "the configuration is not watched"));
    let watcher = begun.ok()?;
    tokio::spawn(read_when_saved(file.to_owned(), saves, answer));
    Some(watcher)
}

fn begin(file: &Path, teller: UnboundedSender<()>) -> notify::Result<RecommendedWatcher> {
    let file = std::path::absolute(file)?;
    let target = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
    let folders: BTreeSet<PathBuf> =
        [&file, &target].into_iter().filter_map(|path| path.parent().map(Path::to_owned)).collect();
    let names = [file.file_name().map(ToOwned::to_owned), target.file_name().map(ToOwned::to_owned)];
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let is_ours = |path: &PathBuf| path.file_name().is_some_and(|name| names.iter().flatten().any(|it| it == name));
        if event.is_ok_and(|event| changes(event.kind) && event.paths.iter().any(is_ours)) {
            // Without a receiver nobody wants to know any more.
            let _ = teller.send(());
        }
    })?;
    for folder in folders {
        private_folder(&folder)?;
        watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// Our own reading is told as well, and changes nothing.
fn changes(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Any | EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Other => true,
    }
}

async fn read_when_saved(file: PathBuf, mut saves: UnboundedReceiver<()>, answer: UnboundedSender<Msg>) {
    while saves.recv().await.is_some() {
        while let Ok(Some(())) = timeout(QUIET, saves.recv()).await {}
        let path = file.clone();
        let Ok(config) = tokio::task::spawn_blocking(move || read(&path)).await else { return };
        if answer.send(Msg::Configured(config)).is_err() {
            return;
        }
    }
}

/// What the file says, or why that cannot be.
pub(super) fn read(file: &Path) -> Result<Box<Config>, String> {
    let gone = || format!("{} is gone", file.display());
    config::load(file).map_err(|why| why.to_string())?.map(Box::new).ok_or_else(gone)
}

#[cfg(test)]
mod tests {
    use tokio::time::Duration;

    use super::*;

    /// The end of a wait for what never comes, and no measure of speed.
    const PATIENCE: Duration = Duration::from_mins(1);

    struct Desk {
        folder: tempfile::TempDir,
        told: UnboundedReceiver<Msg>,
        _watcher: RecommendedWatcher,
    }

    impl Desk {
        fn new(prepare: impl Fn(&Path)) -> Self {
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            let (answer, told) = mpsc::unbounded_channel();
            let watcher = watch(&folder.path().join("config.toml"), answer).unwrap();
            Desk { folder, told, _watcher: watcher }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// What is told of the bell, or what is wrong.
        async fn bell(&mut self) -> Result<bool, String> {
            match timeout(PATIENCE, self.told.recv()).await {
                Ok(Some(Msg::Configured(config))) => config.map(|config| config.ui.bell),
                other => panic!("told was {other:?}"),
            }
        }
    }

    fn write(path: &Path, bell: &str) {
        fs::write(path, format!("[ui]\nbell = {bell}\n")).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_written_in_place_or_replaced_is_read_again() {
        let mut desk = Desk::new(|folder| write(&folder.join("config.toml"), "true"));
        write(&desk.path("config.toml"), "false");
        assert_eq!(desk.bell().await, Ok(false));
        write(&desk.path(".config.toml.swp"), "true");
        fs::rename(desk.path(".config.toml.swp"), desk.path("config.toml")).unwrap();
        assert_eq!(desk.bell().await, Ok(true));
    }

    #[tokio::test]
    async fn a_file_that_comes_later_is_read() {
        let mut desk = Desk::new(|_| ());
        write(&desk.path("config.toml"), "false");
        assert_eq!(desk.bell().await, Ok(false));
    }

    #[tokio::test]
    async fn what_a_link_leads_to_is_watched() {
        let mut desk = Desk::new(|folder| {
            fs::create_dir(folder.join("dotfiles")).unwrap();
            write(&folder.join("dotfiles/balcony.toml"), "true");
            std::os::unix::fs::symlink(folder.join("dotfiles/balcony.toml"), folder.join("config.toml")).unwrap();
        });
        write(&desk.path("dotfiles/balcony.toml"), "false");
        assert_eq!(desk.bell().await, Ok(false));
    }

    #[tokio::test]
    async fn what_is_wrong_with_it_is_told_with_its_place() {
        let mut desk = Desk::new(|folder| write(&folder.join("config.toml"), "true"));
        let place = desk.path("config.toml").display().to_string();
        write(&desk.path("config.toml"), "loud");
        assert!(desk.bell().await.unwrap_err().starts_with(&format!("{place}:2:8: ")));
        fs::write(desk.path("config.toml"), "[keys]\n\n  qiut = [\"F10\"]\n").unwrap();
        let told = desk.bell().await.unwrap_err();
        assert!(told.starts_with(&format!("{place}:3:3: ")), "{told}");
        fs::remove_file(desk.path("config.toml")).unwrap();
        assert_eq!(desk.bell().await.unwrap_err(), format!("{place} is gone"));
    }
}
