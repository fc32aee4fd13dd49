//! How large programs are, what they stand on, and how long ours takes to be built.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use balcony::engine::amount;

use super::programs::POEZIO;

/// Prints a line for each program that is chosen.
pub(crate) fn print(is_chosen: impl Fn(&str) -> bool) {
    println!("| program | its file | libraries it loads | with them | packages it is built of |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let ours = format!("{} crates", crates());
    let programs = [
        ("balcony", env!("CARGO_BIN_EXE_balcony"), ours.as_str()),
        ("profanity", "/usr/bin/profanity", ""),
        ("mcabber", "/usr/bin/mcabber", ""),
        ("finch", "/usr/bin/finch", ""),
    ];
    for (name, path, built_of) in programs.into_iter().filter(|(name, ..)| is_chosen(name)) {
        let libraries = libraries(path);
        let file = size(path);
        let all = file + libraries.iter().map(|library| size(library)).sum::<u64>();
        let (file, all) = (amount::bytes(file), amount::bytes(all));
        println!("| {name} | {file} | {} | {all} | {built_of} |", libraries.len());
    }
    if is_chosen("poezio") {
        let (packages, bytes) = python_packages(Path::new(POEZIO));
        println!("| poezio | | | {} and Python | {packages} Python packages |", amount::bytes(bytes));
    }
}

/// Builds Balcony from nothing, as `cargo install` does, and prints how long it took.
pub(crate) fn print_build() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let status = cargo().args(["build", "--release", "--locked", "--target-dir"]).arg(folder.path()).status().unwrap();
    assert!(status.success(), "cargo build: {status}");
    println!("Built of {} crates in {} s.", crates(), began.elapsed().as_secs());
}

fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// Those that are in the program, ourselves excluded.
fn crates() -> usize {
    let listed = ["tree", "--edges", "normal", "--no-dedupe", "--prefix", "none", "--format", "{p}"];
    let tree = cargo().args(listed).output().unwrap();
    let text = String::from_utf8(tree.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).collect::<BTreeSet<_>>().len() - 1
}

/// The shared libraries that the loader finds for a program.
fn libraries(program: &str) -> BTreeSet<String> {
    let found = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8(found.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(str::to_owned)
        .collect()
}

fn size(path: &str) -> u64 {
    fs::metadata(path).unwrap_or_else(|why| panic!("{path}: {why}")).len()
}

/// How many were installed beside that program in its environment, and what they take on the disk.
fn python_packages(program: &Path) -> (usize, u64) {
    let libraries = program.parent().unwrap().join("../lib");
    let python = fs::read_dir(&libraries).unwrap_or_else(|why| panic!("{}: {why}", libraries.display()));
    let packages = python.map(|entry| entry.unwrap().path().join("site-packages")).next().unwrap();
    let names = fs::read_dir(&packages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_ours = |name: &String| !name.starts_with("pip") && !name.starts_with("setuptools") && !name.starts_with('_');
    let names: Vec<String> = names.filter(is_ours).collect();
    let count = names.iter().filter(|name| name.ends_with(".dist-info")).count();
    (count, names.iter().map(|name| bytes_below(&packages.join(name))).sum())
}

fn bytes_below(path: &Path) -> u64 {
    let about = fs::symlink_metadata(path).unwrap();
    if !about.is_dir() {
        return about.len();
    }
    fs::read_dir(path).unwrap().map(|entry| bytes_below(&entry.unwrap().path())).sum()
}
