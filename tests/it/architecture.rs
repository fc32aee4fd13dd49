//! The direction of dependencies and the purity of the core, as `src/ARCHITECTURE.md` states them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room of the house and the words that must not stand in its source.
struct Room {
    path: &'static str,
    forbidden: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room {
        path: "src/xep",
        forbidden: &[
            "crate::engine",
            "crate::client",
            "crate::store",
            "crate::tui",
            "crate::cli",
            "crate::demo",
            "tokio",
            "ratatui",
            "crossterm",
            "async fn",
            "Instant",
            "std::fs",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "ToSocketAddrs",
        ],
    },
    Room {
        path: "src/engine",
        forbidden: &[
            "crate::client",
            "crate::store",
            "crate::tui",
            "crate::cli",
            "crate::demo",
            "tokio",
            "ratatui",
            "crossterm",
            "async fn",
            "std::fs",
            "HashMap",
            "HashSet",
            "TcpStream",
            "TcpListener",
            "getrandom",
            "Instant::now",
            "SystemTime::now",
        ],
    },
    Room {
        path: "src/engine/transfer/method",
        forbidden: &[
            "transfer::negotiation",
            "transfer::profile",
            "super::super::negotiation",
            "super::super::profile",
        ],
    },
    Room { path: "src/engine/transfer/profile", forbidden: &["transfer::method", "super::super::method"] },
    Room { path: "src/client", forbidden: &["crate::tui", "crate::cli", "crate::demo", "ratatui", "crossterm"] },
    Room {
        path: "src/store",
        forbidden: &["crate::client", "crate::tui", "crate::cli", "crate::demo", "tokio_xmpp", "ratatui", "crossterm"],
    },
    Room {
        path: "src/tui",
        forbidden: &[
            "crate::xep",
            "crate::demo",
            "crate::cli",
            "tokio_xmpp",
            "xmpp_parsers",
            "minidom",
            "tokio::net",
            "std::net",
        ],
    },
    Room { path: "src/cli", forbidden: &["crate::xep", "tokio_xmpp", "xmpp_parsers", "minidom", "ratatui"] },
];

#[test]
fn no_room_names_what_it_must_not_know() {
    let mut broken = Vec::new();
    for room in ROOMS {
        for file in rust_files(Path::new(room.path)) {
            let source = fs::read_to_string(&file).unwrap();
            for (number, line) in source.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                for word in room.forbidden.iter().filter(|word| contains_word(code, word)) {
                    broken.push(format!("{}:{}: {word}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "what these lines name belongs to another room:\n{}", broken.join("\n"));
}

/// Of the engine, what the rooms behind it may name: what it is told and tells, not how it works.
const PARTS: &[(&str, &[&str])] = &[
    ("src/store", &["amount", "command", "event", "history", "journal", "roster"]),
    ("src/tui", &["amount", "command", "event", "history", "journal", "sentence", "watch"]),
    ("src/cli", &["amount", "command", "context", "event", "history", "journal", "reach", "sentence"]),
];

#[test]
fn of_the_engine_only_its_words_are_named_behind_it() {
    for (room, parts) in PARTS {
        let mut named = BTreeSet::new();
        for file in rust_files(Path::new(room)) {
            let source = fs::read_to_string(&file).unwrap();
            let code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
            let paths = code.flat_map(|code| code.split("crate::engine::").skip(1));
            named.extend(
                paths.map(|path| path.split(|c: char| c != '_' && !c.is_ascii_lowercase()).next().unwrap().to_owned()),
            );
        }
        // Types of the engine itself begin with a capital or a brace, and leave nothing.
        named.remove("");
        assert!(named.iter().map(String::as_str).eq(parts.iter().copied()), "{room} names {named:?}");
    }
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let silent: Vec<_> = rust_files(Path::new("src"))
        .into_iter()
        .filter(|file| {
            let source = fs::read_to_string(file).unwrap();
            !source.starts_with("//!") && !source.starts_with("#![doc")
        })
        .collect();
    assert!(silent.is_empty(), "these files start without a word about themselves: {silent:?}");
}

#[test]
fn every_room_stands_on_the_map() {
    let page = fs::read_to_string("src/ARCHITECTURE.md").unwrap();
    let (_, map) = page.split_once("## 2. Tree").unwrap();
    let (map, _) = map.split_once("## 3.").unwrap();
    let rooms: BTreeSet<PathBuf> =
        rust_files(Path::new("src")).iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
    let is_missing = |room: &&PathBuf| {
        let name = room.file_name().unwrap().to_string_lossy();
        name != "tests" && !contains_word(map, &name)
    };
    let missing: Vec<_> = rooms.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "the map of src/ARCHITECTURE.md does not have {missing:?}");
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "assets",
        "tests",
        "benches",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        ".ci",
        ".git",
        ".gitignore",
        ".clippy.toml",
        ".rustfmt.toml",
        "target",
        "proptest-regressions",
    ];
    let strangers: Vec<_> = fs::read_dir(".")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !allowed.contains(&name.as_str()))
        .collect();
    assert!(strangers.is_empty(), "at the top level: {strangers:?}");
}

/// Whether `word` stands in `code` and not as a part of a longer name.
fn contains_word(code: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
