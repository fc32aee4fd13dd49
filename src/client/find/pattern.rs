//! The files that a pattern fits, as in a shell: `*`, `?` and `[…]` within a name, `**` for folders within folders. What
//! is hidden is fitted by a pattern alone that begins with a dot, too.
//!
//! Names need not be text. Each is matched as it is shown, and stays what it is.

use std::fs;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern, PatternError};

const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// Whether a word may mean several files, or none.
pub(super) fn is_pattern(word: &str) -> bool {
    word.contains(['*', '?', '['])
}

/// What a pattern fits, in order, and the folders that could not be looked into, each with the reason; of both together
/// no more than so many.
pub(super) fn fitting(pattern: &Path, most: usize) -> Result<Vec<Result<PathBuf, String>>, PatternError> {
    let mut reached = vec![PathBuf::new()];
    let mut failed = Vec::new();
    for component in pattern.components() {
        let name = component.as_os_str().to_string_lossy();
        reached = match component {
            Component::Normal(_) if name == "**" => reached.into_iter().flat_map(folders_within).collect(),
            Component::Normal(_) if is_pattern(&name) => {
                let pattern = Pattern::new(&name)?;
                let fits = |path: &Path| path.file_name().is_some_and(|name| is_fit(&pattern, &name.to_string_lossy()));
                let mut fitting = Vec::new();
                for folder in reached {
                    match entries(&folder) {
                        Ok(entries) => fitting.extend(entries.into_iter().filter(|path| fits(path))),
                        Err(why) => failed.push(why),
                    }
                }
                fitting
            }
            Component::Normal(_)
            | Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => {
                let there = reached.into_iter().map(|folder| folder.join(component));
                there.filter(|path| path.symlink_metadata().is_ok()).collect()
            }
        };
    }
    Ok(reached.into_iter().map(Ok).chain(failed.into_iter().map(Err)).take(most).collect())
}

fn is_fit(pattern: &Pattern, name: &str) -> bool {
    pattern.matches_with(name, OPTIONS)
}

/// What is in a folder, in order; nothing, if it is none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !place.is_dir() {
        return Ok(Vec::new());
    }
    let read = fs::read_dir(place).map_err(|why| format!("{}: {}", place.display(), super::told(&why)))?;
    let mut entries: Vec<_> = read.flatten().map(|entry| folder.join(entry.file_name())).collect();
    entries.sort_unstable();
    Ok(entries)
}

/// A folder, and all folders within it that are not hidden. Links may lead back, and are not followed.
fn folders_within(folder: PathBuf) -> Vec<PathBuf> {
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let is_folder = |path: &PathBuf| path.symlink_metadata().is_ok_and(|about| about.is_dir()) && !is_hidden(path);
    let (mut found, mut next) = (vec![folder], 0);
    while let Some(folder) = found.get(next) {
        let within = entries(folder).unwrap_or_default();
        found.extend(within.into_iter().filter(is_folder));
        next += 1;
    }
    found
}
