//! Types of files, as rules name them: by MIME type, or by the ending of the name.

use std::fmt;
use std::str::FromStr;

/// A type of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileType {
    /// `image/png`, or `image/*` for all of them; in lower case.
    Mime {
        /// What stands before the slash.
        top: String,
        /// What stands behind it, unless that does not matter.
        sub: Option<String>,
    },
    /// `.pdf`: how the name ends, in lower case, without the dot.
    Ending(String),
}

/// That is no type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no type of file; types look like \"image/*\", \"application/pdf\" or \".pdf\"")]
pub struct UnknownType(String);

impl FromStr for FileType {
    type Err = UnknownType;

    fn from_str(word: &str) -> Result<Self, UnknownType> {
        let unknown = || UnknownType(word.to_owned());
        let lower = word.trim().to_lowercase();
        if let Some(ending) = lower.strip_prefix('.') {
            let is_one = !ending.is_empty() && !ending.contains(['/', '\\', '*']) && !ending.starts_with('.');
            return if is_one { Ok(FileType::Ending(ending.to_owned())) } else { Err(unknown()) };
        }
        match lower.split_once('/') {
            Some((top, sub)) if is_token(top) && sub == "*" => Ok(FileType::Mime { top: top.to_owned(), sub: None }),
            Some((top, sub)) if is_token(top) && is_token(sub) => {
                Ok(FileType::Mime { top: top.to_owned(), sub: Some(sub.to_owned()) })
            }
            Some(_) | None => Err(unknown()),
        }
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileType::Mime { top, sub } => write!(f, "{top}/{}", sub.as_deref().unwrap_or("*")),
            FileType::Ending(ending) => write!(f, ".{ending}"),
        }
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c))
}

/// Whether a file is of one of these types: by what the sender called it, and by its name; nothing by what says nothing.
pub(super) fn verdicts(types: &[FileType], name: &str, stated: Option<&str>) -> impl Iterator<Item = bool> {
    let lower = name.to_lowercase();
    let by_ending = types.iter().any(|kind| kind.is_ending_of(&lower));
    let guessed = mime_guess::from_path(&lower).first_raw();
    let is_one_of = |mime: &str| types.iter().any(|kind| kind.includes(mime));
    let by_name = match guessed {
        Some(mime) => Some(by_ending || is_one_of(mime)),
        None => by_ending.then_some(true),
    };
    // What is known by its ending alone needs no word of the sender's, and what says "some bytes" says nothing.
    let by_word = stated.map(essence).filter(|mime| mime != "application/octet-stream").and_then(|mime| {
        let names_mime = types.iter().any(|kind| matches!(kind, FileType::Mime { .. }));
        (names_mime && !by_ending).then(|| is_one_of(&mime))
    });
    by_name.into_iter().chain(by_word)
}

/// A MIME type without its parameters.
fn essence(mime: &str) -> String {
    mime.split(';').next().unwrap_or_default().trim().to_lowercase()
}

impl FileType {
    fn includes(&self, mime: &str) -> bool {
        let (mime_top, mime_sub) = mime.split_once('/').unwrap_or((mime, ""));
        match self {
            FileType::Mime { top, sub } => top == mime_top && sub.as_deref().is_none_or(|sub| sub == mime_sub),
            FileType::Ending(_) => false,
        }
    }

    fn is_ending_of(&self, lower_name: &str) -> bool {
        match self {
            FileType::Mime { .. } => false,
            FileType::Ending(ending) => {
                let stem = lower_name.strip_suffix(ending.as_str()).and_then(|rest| rest.strip_suffix('.'));
                stem.is_some_and(|stem| !stem.is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(types: &[&str], name: &str, stated: Option<&str>, expected: &[bool]) {
        let types: Vec<FileType> = types.iter().map(|word| word.parse().unwrap()).collect();
        assert_eq!(verdicts(&types, name, stated).collect::<Vec<_>>(), expected, "{types:?} {name} {stated:?}");
    }

    #[test]
    fn types_are_read_and_written_the_same() {
        for word in ["image/*", "application/pdf", "image/svg+xml", ".pdf", ".tar.gz"] {
            assert_eq!(word.parse::<FileType>().unwrap().to_string(), word);
        }
        assert_eq!("Image/PNG".parse::<FileType>().unwrap().to_string(), "image/png");
        for word in ["", ".", "pdf", "*/*", "image/", "/png", "image/a b", ".a/b", "..", "image/\u{1b}[2J"] {
            assert!(word.parse::<FileType>().is_err(), "{word}");
        }
    }

    #[test]
    fn a_file_speaks_by_its_name_and_by_the_senders_word() {
        check(&["image/*"], "a.png", Some("image/png"), &[true, true]);
        check(&["image/*"], "a.PNG", None, &[true]);
        check(&["image/*"], "a.exe", Some("image/png"), &[false, true]);
        check(&["image/*"], "a.png", Some("text/html"), &[true, false]);
        check(&["image/*"], "nothing", None, &[]);
        check(&["image/*"], "nothing", Some("image/png; q=1"), &[true]);
        check(&["image/*"], "a.png", Some("application/octet-stream"), &[true]);
    }

    #[test]
    fn an_ending_is_the_end_of_a_name_behind_a_dot() {
        check(&[".gz"], "a.tar.gz", Some("application/gzip"), &[true]);
        check(&[".tar.gz"], "a.tar.gz", None, &[true]);
        check(&[".pdf"], "apdf", None, &[]);
        check(&[".pdf"], ".pdf", None, &[]);
        check(&[".pdf"], "a.pdf.exe", None, &[false]);
    }
}
