//! From what users write to the files they mean: patterns that no shell has expanded; and whether those can be sent.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::store::paths;

mod pattern;

use pattern::{fitting, is_pattern};

/// The most files that one pattern may find.
const MOST: usize = 10_000;

/// What users mean by some words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Each file and folder once, wherever this program is started the next time.
    pub paths: Vec<PathBuf>,
    /// What patterns fit and cannot be sent, with the reason.
    pub stays: Vec<String>,
}

impl Found {
    /// What stays here, as a sentence.
    pub fn remark(&self) -> Option<String> {
        match self.stays.as_slice() {
            [] => None,
            [only] => Some(format!("without {only}")),
            [first, others @ ..] => Some(format!("without {first}, and without {} more", others.len())),
        }
    }
}

/// The files and folders that words mean. A word that names one which cannot be sent is an error, and so is a pattern
/// that fits none; the error is a sentence.
pub fn find(words: &[PathBuf]) -> Result<Found, String> {
    let (mut found, mut known) = (Found::default(), HashSet::new());
    for word in words {
        let (paths, stays) = meant(word)?;
        for path in paths {
            let path = std::path::absolute(&path).unwrap_or(path);
            if known.insert(path.clone()) {
                found.paths.push(path);
            }
        }
        found.stays.extend(stays);
    }
    Ok(found)
}

/// What one word means, sorted: the file of that very name, or those that the pattern fits.
fn meant(word: &Path) -> Result<(Vec<PathBuf>, Vec<String>), String> {
    let sendable = |path: &Path| check(path).map_err(|why| format!("{}: {why}", path.display()));
    let text = word.to_string_lossy();
    if word.exists() || !is_pattern(&text) {
        sendable(word)?;
        return Ok((vec![word.to_owned()], Vec::new()));
    }
    let fitting = fitting(word, MOST + 1).map_err(|why| format!("{text} is no pattern: {why}"))?;
    let (mut paths, mut stays) = (Vec::new(), Vec::new());
    for path in fitting {
        match path.and_then(|path| sendable(&path).map(|()| path)) {
            Ok(path) => paths.push(path),
            Err(why) => stays.push(why),
        }
    }
    match paths.len() {
        _ if paths.len() + stays.len() > MOST => Err(format!("{text} fits more than {MOST} files")),
        0 => Err(stays.into_iter().next().unwrap_or_else(|| format!("{text} fits no file"))),
        _ => Ok((paths, stays)),
    }
}

/// Why a file or a folder cannot be sent, as far as that can be seen beforehand; or is not, since nobody means it: a path
/// that was typed by half.
fn check(path: &Path) -> Result<(), String> {
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

/// Why a file cannot be read, in words: without the number that the system gives it.
pub(super) fn told(why: &io::Error) -> String {
    if why.kind() == io::ErrorKind::NotFound {
        "there is no such file".to_owned()
    } else if why.kind() == io::ErrorKind::PermissionDenied {
        "you may not read it".to_owned()
    } else {
        why.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn names(found: Result<Found, String>) -> Vec<String> {
        let paths = found.unwrap().paths;
        paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_a_pattern_fits_and_cannot_be_sent_stays_here_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "c.jpg"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        std::os::unix::fs::symlink("nowhere", folder.path().join("b.jpg")).unwrap();
        let words = ["c.jpg", "*.jpg", "a.jpg"].map(|word| folder.path().join(word));
        let found = find(&words);
        assert_eq!(names(found.clone()), ["c.jpg", "a.jpg"], "each once, in the order of the words");
        let remark = found.unwrap().remark().unwrap();
        assert!(remark.starts_with("without ") && remark.ends_with("b.jpg: there is no such file"), "{remark}");
        assert!(find(&[folder.path().join("b*")]).unwrap_err().ends_with("b.jpg: there is no such file"));
    }

    #[test]
    fn what_is_found_stays_found_from_everywhere() {
        assert!(find(&[PathBuf::from("Cargo.toml")]).unwrap().paths[0].is_absolute());
    }

    #[test]
    fn a_pattern_finds_what_a_shell_would() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b c.jpg", "a.jpg", ".hidden.jpg", "a.png", "[1].jpg"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let find = |pattern: &str| find(&[folder.path().join(pattern)]);
        assert_eq!(names(find("*.jpg")), ["[1].jpg", "a.jpg", "b c.jpg"]);
        assert_eq!(names(find("a.???")), ["a.jpg", "a.png"]);
        assert_eq!(names(find("[1].jpg")), ["[1].jpg"], "a name counts for more than a pattern");
        assert!(find("missing").unwrap_err().ends_with("missing: there is no such file"));
        assert!(find("*.gif").unwrap_err().ends_with("*.gif fits no file"));
        assert!(find("[").unwrap_err().contains("is no pattern"));
    }

    #[test]
    fn names_that_are_no_text_are_found_and_break_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let bad = OsStr::from_bytes(b"bad\xff.jpg");
        for name in [bad, OsStr::new("a.jpg"), OsStr::new("b.png")] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        let found = find(&[folder.path().join("*.jpg")]).unwrap();
        assert_eq!(found.paths, [folder.path().join("a.jpg"), folder.path().join(bad)]);
        fs::create_dir(folder.path().join(OsStr::from_bytes(b"\xfe"))).unwrap();
        fs::write(folder.path().join(OsStr::from_bytes(b"\xfe/c.jpg")), b"").unwrap();
        assert_eq!(find(&[folder.path().join("**/*.jpg")]).unwrap().paths.len(), 3);
        assert_eq!(find(&[folder.path().join("?/c*")]).unwrap().paths.len(), 1);
    }

    #[test]
    fn folders_within_folders_are_gone_through_but_for_hidden_ones_and_links() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "one/a.jpg", "one/two/a.jpg", ".hidden/a.jpg", "one/.hidden.jpg"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), folder.path().join("one/back")).unwrap();
        let found = |pattern: &str| find(&[folder.path().join(pattern)]).unwrap().paths;
        assert_eq!(found("**/*.jpg"), ["a.jpg", "one/a.jpg", "one/two/a.jpg"].map(|name| folder.path().join(name)));
        assert_eq!(found("*/*/*.jpg").len(), 2, "the link is one that was named");
        assert_eq!(found("o?e/.h*"), [folder.path().join("one/.hidden.jpg")]);
        assert_eq!(found("one/../o*/[!b]*").len(), 2, "what leads back does so in the middle too");
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
