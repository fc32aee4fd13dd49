//! The Debian package: made, installed into a folder of the test's, tried, and removed without a trace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

#[test]
fn the_debian_package_installs_runs_and_goes_away() {
    let package = make_package();
    let root = tempfile::tempdir().unwrap();
    install(&package, &root);
    let inside = |path: &str| root.path().join(path);

    let version = run(Command::new(inside("usr/bin/balcony")).arg("--version"));
    assert_eq!(String::from_utf8_lossy(&version.stdout), format!("balcony {}\n", env!("CARGO_PKG_VERSION")));
    run(Command::new("desktop-file-validate").arg(inside("usr/share/applications/balcony.desktop")));
    run(Command::new("bash").arg("-n").arg(inside("usr/share/bash-completion/completions/balcony")));
    let manual = run(Command::new("zcat").arg(inside("usr/share/man/man1/balcony.1.gz")));
    assert!(String::from_utf8_lossy(&manual.stdout).contains(".SH \"EXIT STATUS\""));
    let log = run(Command::new("zcat").arg(inside("usr/share/doc/balcony/changelog.Debian.gz")));
    assert!(String::from_utf8_lossy(&log.stdout).starts_with(&format!("balcony ({}-1) ", env!("CARGO_PKG_VERSION"))));
    assert_leads_somewhere(&inside("usr/share/doc/balcony"));
    for file in ["zsh/vendor-completions/_balcony", "fish/vendor_completions.d/balcony.fish", "doc/balcony/copyright"] {
        assert!(inside("usr/share").join(file).is_file(), "{file} is missing");
    }

    run(dpkg(&root).args(["--purge", "balcony"]));
    assert!(!inside("usr/bin/balcony").exists());
}

/// What the README names beside it is there.
fn assert_leads_somewhere(documentation: &Path) {
    let text = fs::read_to_string(documentation.join("README.md")).unwrap();
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let beside: Vec<&str> = links.filter(|link| !link.contains("://") && !link.starts_with('#')).collect();
    assert!(beside.len() > 3, "{beside:?}");
    for link in beside {
        assert!(documentation.join(link).exists(), "README.md names {link}, which is not in the package");
    }
}

/// Packs what was built for the tests.
fn make_package() -> PathBuf {
    let tools = fs::canonicalize("target/tools/bin").expect("cargo-deb, which tests/run installs into target/tools");
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let made = run(Command::new("assets/package").arg("dev").env("PATH", path));
    let said = String::from_utf8_lossy(&made.stdout);
    PathBuf::from(said.lines().last().expect("the package's path").trim())
}

/// A machine with nothing but Debian's list of what is installed, which is empty.
fn install(package: &Path, root: &TempDir) {
    let lists = root.path().join("var/lib/dpkg");
    fs::create_dir_all(lists.join("updates")).unwrap();
    fs::create_dir_all(lists.join("info")).unwrap();
    fs::write(lists.join("status"), "").unwrap();
    run(dpkg(root).args(["--force-depends", "--install"]).arg(package));
}

fn dpkg(root: &TempDir) -> Command {
    let mut dpkg = Command::new("dpkg");
    dpkg.arg(format!("--root={}", root.path().display())).args(["--force-not-root", "--log=/dev/null"]);
    dpkg
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}
