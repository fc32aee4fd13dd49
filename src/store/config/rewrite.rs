//! Changes `config.toml` when the user asks for it: what they did not ask for stays, byte by byte.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Config, ConfigError, EXAMPLE};
use crate::store::paths::private_folder;

/// Appends a table to the file, or makes the file with it. Returns what the file says after that.
pub(super) fn append(path: &Path, table: &str) -> Result<Config, ConfigError> {
    let is_there = Config::load(path)?.is_some();
    let text = if is_there { fs::read_to_string(path).map_err(unwritable(path))? } else { EXAMPLE.to_owned() };
    replace(path, &format!("{}\n\n{table}", text.trim_end())).map_err(unwritable(path))?;
    Ok(Config::load(path)?.unwrap_or_default())
}

/// Why a file could not be changed.
pub(super) fn unwritable(path: &Path) -> impl Fn(io::Error) -> ConfigError + use<> {
    let path = path.to_owned();
    move |why| ConfigError::Unwritable { path: path.clone(), why }
}

/// A string as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Writes beside the file and renames, so that no crash leaves half of it; only its owner can read it after that. A
/// symbolic link stays one, its target is replaced.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder)?;
    }
    let fresh = beside(&target);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| fs::rename(&fresh, &target)).inspect_err(|_| {
        let _ = fs::remove_file(&fresh);
    })
}

fn beside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    name.into()
}
