//! Arguments as shells take them: quotes, backslashes, `~`; and what a terminal pastes when a file is dropped on it.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// Longer texts are no paths; some thousand dropped files are.
const LONGEST_PASTE: usize = 64 * 1024;

/// The words of a line. An open quote ends with the line.
pub(crate) fn split(line: &str) -> Vec<String> {
    spans(line).into_iter().map(|span| unquoted(&line[span])).collect()
}

/// Where the last word of a line begins.
pub(crate) fn last_start(line: &str) -> usize {
    spans(line).pop().filter(|last| last.end == line.len()).map_or(line.len(), |last| last.start)
}

/// Where the words of a line stand, with their quotes.
pub(crate) fn spans(line: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        let is_end = quote.is_none() && c.is_whitespace();
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None | Some('"'), '\\') => {
                chars.next();
            }
            (None | Some(_), _) => {}
        }
        if is_end {
            spans.extend(start.take().map(|start| start..at));
        } else {
            start.get_or_insert(at);
        }
    }
    spans.extend(start.map(|start| start..line.len()));
    spans
}

/// What a word says.
fn unquoted(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut quote = None;
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None | Some('"'), '\\') => out.push(chars.next().unwrap_or('\\')),
            (None | Some(_), _) => out.push(c),
        }
    }
    out
}

/// A word as it has to be typed.
pub(crate) fn escape(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_whitespace() || matches!(c, '\\' | '"' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The path that a word means.
pub(crate) fn path(word: &str, home: Option<&Path>) -> PathBuf {
    match (word.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        (Some(_) | None, _) => PathBuf::from(word),
    }
}

/// The files that pasted text names, if it looks like that: terminals paste the paths of dropped files, quoted in their
/// ways, one a line or all in one.
pub(crate) fn pasted_paths(text: &str, home: Option<&Path>) -> Option<Vec<PathBuf>> {
    let text = text.trim();
    if text.len() > LONGEST_PASTE {
        return None;
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let paths: Vec<Vec<PathBuf>> = lines.map(|line| paths_in(line, home)).collect::<Option<_>>()?;
    Some(paths.concat()).filter(|paths| !paths.is_empty())
}

/// Every word is a path, or the whole line is one, with spaces that nobody quoted.
fn paths_in(line: &str, home: Option<&Path>) -> Option<Vec<PathBuf>> {
    let words: Option<Vec<PathBuf>> = split(line).iter().map(|word| pasted_path(word, home)).collect();
    words.or_else(|| line.starts_with('/').then(|| vec![PathBuf::from(line)]))
}

fn pasted_path(word: &str, home: Option<&Path>) -> Option<PathBuf> {
    if let Some(url) = word.strip_prefix("file://") {
        let from_root = url.find('/')?;
        return Some(PathBuf::from(percent_decoded(&url[from_root..])?));
    }
    (word.starts_with('/') || word.starts_with("~/")).then(|| path(word, home))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_shells_do() {
        assert_eq!(split(r#"a\ b "c d" 'e"f' g"#), ["a b", "c d", "e\"f", "g"]);
        assert_eq!(split("  "), Vec::<String>::new());
        assert_eq!(split("''"), [""]);
        assert_eq!(split("\"open"), ["open"]);
        assert_eq!(split("end\\"), ["end\\"]);
    }

    #[test]
    fn what_is_escaped_is_one_word_again() {
        for word in ["a b", "it's", "back\\slash", "\"", "東 京"] {
            assert_eq!(split(&escape(word)), [word]);
            assert_eq!(last_start(&format!("/send {}", escape(word))), 6);
        }
    }

    #[test]
    fn a_dropped_file_is_recognised_however_the_terminal_quotes_it() {
        let home = Some(Path::new("/home/juliet"));
        for text in ["/tmp/a b.pdf", r"/tmp/a\ b.pdf", "'/tmp/a b.pdf'", "file:///tmp/a%20b.pdf\n"] {
            assert_eq!(pasted_paths(text, home), Some(vec![PathBuf::from("/tmp/a b.pdf")]), "{text}");
        }
        assert_eq!(pasted_paths("~/x", home), Some(vec![PathBuf::from("/home/juliet/x")]));
        for text in ["hello", "a/b", "/tmp/a\nand more", "file:///%zz", "", "file://"] {
            assert_eq!(pasted_paths(text, home), None, "{text}");
        }
    }

    #[test]
    fn several_dropped_files_are_several() {
        let both = Some(vec![PathBuf::from("/tmp/a b"), PathBuf::from("/tmp/c")]);
        for text in
            ["'/tmp/a b' '/tmp/c'", "/tmp/a\\ b /tmp/c", "/tmp/a\\ b\r\n/tmp/c\r\n", "file:///tmp/a%20b\nfile:///tmp/c"]
        {
            assert_eq!(pasted_paths(text, None), both, "{text}");
        }
    }
}
