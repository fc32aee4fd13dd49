//! From what users write to the files they mean: patterns that no shell has expanded; and whether those can be sent.

use std::path::{Path, PathBuf};
use std::{fs, io};

use glob::MatchOptions;

use crate::store::paths;

/// The most files that one pattern may find.
const MOST: usize = 10_000;

/// Whether a word may mean several files, or none.
pub fn is_pattern(word: &str) -> bool {
    word.contains(['*', '?', '['])
}

/// The files and folders that a path means, sorted: the one of that very name, or those that the pattern fits. The error
/// is a sentence.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, String> {
    let text = path.to_string_lossy();
    if path.exists() || !is_pattern(&text) {
        return Ok(vec![path.to_owned()]);
    }
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let found = glob::glob_with(&text, options).map_err(|why| format!("{text} is no pattern: {why}"))?;
    let found: Vec<PathBuf> = found.filter_map(Result::ok).take(MOST + 1).collect();
    match found.len() {
        0 => Err(format!("{text} fits no file")),
        1..=MOST => Ok(found),
        _ => Err(format!("{text} fits more than {MOST} files")),
    }
}

/// Why a file or a folder cannot be sent, as far as that can be seen beforehand; or is not, since nobody means it: a path
/// that was typed by half.
pub fn check(path: &Path) -> Result<(), String> {
    let about = fs::metadata(path).map_err(|why| told(&why))?;
    if about.is_dir() {
        is_meant(path, paths::home().as_deref())?;
        fs::read_dir(path).map(drop).map_err(|why| told(&why))
    } else if about.is_file() {
        fs::File::open(path).map(drop).map_err(|why| told(&why))
    } else {
        Err("it is neither file nor folder".to_owned())
    }
}

/// Whether a folder is less than everything that the user has, under whatever name.
fn is_meant(folder: &Path, home: Option<&Path>) -> Result<(), String> {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (folder, home) = (real(folder), home.map(real));
    let all_of_it = match &home {
        _ if folder.parent().is_none() => "that is the whole disk",
        Some(home) if *home == folder => "that is your whole home folder",
        Some(home) if home.starts_with(&folder) => "your whole home folder is in it",
        Some(_) | None => return Ok(()),
    };
    Err(format!("{all_of_it}; name what in it you want to send"))
}

fn told(why: &io::Error) -> String {
    if why.kind() == io::ErrorKind::NotFound {
        "there is no such file".to_owned()
    } else if why.kind() == io::ErrorKind::PermissionDenied {
        "you may not read it".to_owned()
    } else {
        why.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_finds_what_a_shell_would() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b c.jpg", "a.jpg", ".hidden.jpg", "a.png", "[1].jpg"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let find = |pattern: &str| find(&folder.path().join(pattern));
        let names = |found: Result<Vec<PathBuf>, String>| -> Vec<String> {
            found.unwrap().iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(find("*.jpg")), ["[1].jpg", "a.jpg", "b c.jpg"]);
        assert_eq!(names(find("a.???")), ["a.jpg", "a.png"]);
        assert_eq!(names(find("[1].jpg")), ["[1].jpg"], "a name counts for more than a pattern");
        assert_eq!(names(find("missing")), ["missing"], "who opens it says what is wrong");
        assert!(find("*.gif").unwrap_err().ends_with("*.gif fits no file"));
        assert!(find("[").unwrap_err().contains("is no pattern"));
    }

    #[test]
    fn what_cannot_be_sent_is_known_before_it_is_offered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        fs::write(&file, b"").unwrap();
        assert_eq!((check(&file), check(folder.path())), (Ok(()), Ok(())));
        assert_eq!(check(&folder.path().join("b.txt")), Err("there is no such file".to_owned()));
        assert_eq!(check(Path::new("/dev/null")), Err("it is neither file nor folder".to_owned()));
    }

    #[test]
    fn everything_at_once_is_not_sent_under_whatever_name() {
        let outside = tempfile::tempdir().unwrap();
        let home = outside.path().join("juliet");
        let link = outside.path().join("link");
        fs::create_dir_all(home.join("poems")).unwrap();
        std::os::unix::fs::symlink(&home, &link).unwrap();
        let refused = |folder: &Path| is_meant(folder, Some(&home)).unwrap_err();
        assert_eq!(refused(Path::new("/")), "that is the whole disk; name what in it you want to send");
        for whole in [&home, &home.join("."), &home.join("poems/.."), &link] {
            assert_eq!(refused(whole), "that is your whole home folder; name what in it you want to send");
        }
        assert!(refused(outside.path()).starts_with("your whole home folder is in it"));
        assert_eq!(is_meant(&home.join("poems"), Some(&home)), Ok(()));
        assert_eq!(is_meant(outside.path(), None), Ok(()), "a user without a home has nothing there");
        assert!(check(&paths::home().unwrap()).is_err() && check(Path::new("/")).is_err());
    }
}
