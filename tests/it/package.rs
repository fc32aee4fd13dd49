//! The Debian package: made, looked through by Debian's own eyes, installed into a folder of the test's in place of an older
//! one, tried, and removed without a trace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

#[test]
fn the_debian_package_installs_runs_and_goes_away() {
    let package = make_package();
    lint(&package);
    let root = tempfile::tempdir().unwrap();
    let inside = |path: &str| root.path().join(path);
    prepare(&root);
    install(&older_than(&package, &root), &root);
    assert!(inside("usr/share/balcony/outdated").exists());
    install(&package, &root);
    assert!(!inside("usr/share/balcony").exists(), "what the older one had stays");

    let version = run(Command::new(inside("usr/bin/balcony")).arg("--version"));
    assert_eq!(String::from_utf8_lossy(&version.stdout), format!("balcony {}\n", env!("CARGO_PKG_VERSION")));
    run(Command::new("desktop-file-validate").arg(inside("usr/share/applications/balcony.desktop")));
    completes(&inside("usr/share"));
    let manual = run(Command::new("zcat").arg(inside("usr/share/man/man1/balcony.1.gz")));
    assert!(String::from_utf8_lossy(&manual.stdout).contains(".SH \"EXIT STATUS\""));
    let log = run(Command::new("zcat").arg(inside("usr/share/doc/balcony/changelog.Debian.gz")));
    assert!(String::from_utf8_lossy(&log.stdout).starts_with(&format!("balcony ({}-1) ", env!("CARGO_PKG_VERSION"))));
    assert_leads_somewhere(&inside("usr/share/doc/balcony"));
    assert!(inside("usr/share/doc/balcony/copyright").is_file());

    run(dpkg(&root).args(["--purge", "balcony"]));
    for part in ["bin/balcony", "share/doc/balcony", "share/applications/balcony.desktop"] {
        assert!(!inside("usr").join(part).exists(), "{part} stays");
    }
}

/// Debian's rules are kept. The one that is left out is of uploads to Debian itself, which say which wish they grant.
fn lint(package: &Path) {
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning", "--suppress-tags", "initial-upload-closes-no-bugs"]);
    let output = lintian.arg(package).output();
    let output = output.unwrap_or_else(|why| panic!("lintian does not start ({why}); tests/run installs it"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Each shell has its own completion, loads it without a word, and offers what begins like that.
fn completes(share: &Path) {
    let (bash, fish) = ("bash-completion/completions/balcony", "fish/vendor_completions.d/balcony.fish");
    let bash = format!(
        "source '{}'; COMP_WORDS=(balcony rec) COMP_CWORD=1; _balcony balcony rec balcony; echo \"${{COMPREPLY[@]}}\"",
        share.join(bash).display()
    );
    let fish = format!("source '{}'; complete --do-complete 'balcony rec'", share.join(fish).display());
    let zsh = format!(
        "fpath=('{0}' $fpath); autoload -Uz compinit; compinit -u -D; \
         [ $_comps[balcony] = _balcony ] && source '{0}/_balcony' && functions _balcony_commands",
        share.join("zsh/vendor-completions").display()
    );
    let shells = [("bash", "--norc", bash), ("fish", "--no-config", fish), ("zsh", "-f", zsh)];
    for (shell, alone, script) in shells {
        let output = run(Command::new(shell).args([alone, "-c", &script]).env("HOME", share));
        let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("receive"), "{shell} offers {said:?}");
        assert_eq!(complaint, "", "{shell} complains");
    }
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

/// The same package of an earlier version, with a file that the later one has not.
fn older_than(package: &Path, root: &TempDir) -> PathBuf {
    let (tree, older) = (root.path().join("older"), root.path().join("older.deb"));
    run(Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&tree));
    let control = tree.join("DEBIAN/control");
    let said = fs::read_to_string(&control).unwrap();
    let version = format!("Version: {}-1\n", env!("CARGO_PKG_VERSION"));
    assert!(said.contains(&version), "{said}");
    fs::write(&control, said.replace(&version, "Version: 0.0.1-1\n")).unwrap();
    fs::create_dir_all(tree.join("usr/share/balcony")).unwrap();
    fs::write(tree.join("usr/share/balcony/outdated"), "").unwrap();
    run(Command::new("dpkg-deb").args(["--root-owner-group", "--build"]).arg(&tree).arg(&older));
    older
}

/// A machine with nothing but Debian's list of what is installed, which is empty.
fn prepare(root: &TempDir) {
    let lists = root.path().join("var/lib/dpkg");
    fs::create_dir_all(lists.join("updates")).unwrap();
    fs::create_dir_all(lists.join("info")).unwrap();
    fs::write(lists.join("status"), "").unwrap();
}

fn install(package: &Path, root: &TempDir) {
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
