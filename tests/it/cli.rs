//! The program as a script sees it: arguments, configuration, exit codes, what goes to which output.

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

mod chat;
mod configuration;
mod doctor;
mod export;
pub(crate) mod home;
mod log;
mod scripts;
mod transfers;

use home::Home;

const ACCOUNT: &str = "[accounts.home]\njid = \"juliet@capulet.lit\"\npassword = \"but soft\"\n";

#[test]
fn help_and_version_are_results() {
    let home = Home::new();
    let version = home.run(&["--version"]);
    assert_eq!((version.code, version.stdout), (Some(0), format!("balcony {}\n", env!("CARGO_PKG_VERSION"))));
    let help = home.run(&["send", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("socks5-direct, socks5-proxy, in-band"), "{}", help.stdout);
}

#[test]
fn a_wrong_command_line_is_code_2_and_told_on_stderr() {
    let home = Home::new();
    let lines: &[&[&str]] = &[
        &["sned"],
        &["send"],
        &["send", "romeo@montague.lit"],
        &["send", "file", "@@"],
        &["send", "--via", "smoke", "file", "romeo@montague.lit"],
        &["receive", "--from", "@@"],
        &["completions", "tcsh"],
    ];
    for line in lines {
        let ran = home.run(line);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{line:?}");
        assert!(ran.stderr.starts_with("error: "), "{line:?}: {}", ran.stderr);
    }
}

#[test]
fn a_fault_in_the_configuration_is_code_2_with_line_and_column() {
    let home = Home::new();
    home.configure("[transfers]\nlisten = \"0.0.0.0:0\"\nmethod = []\n");
    let ran = home.run(&["receive"]);
    assert_eq!(ran.code, Some(2));
    let place = home.path().join(".config/balcony/config.toml");
    let told = format!("balcony: {}:3:1: no key is called method here; did you mean methods?\n", place.display());
    assert_eq!(ran.stderr, told);
}

#[test]
fn no_tls_to_another_machine_is_refused_where_it_stands() {
    let home = Home::new();
    home.configure(&format!("{ACCOUNT}server = \"192.0.2.1:5222\"\ntls = \"none\"\n"));
    let ran = home.run(&["receive"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("config.toml:5:7: tls = \"none\" is only for loopback addresses"), "{}", ran.stderr);
}

#[test]
fn a_password_that_others_can_read_is_refused() {
    let home = Home::new();
    home.configure(ACCOUNT);
    let file = home.path().join(".config/balcony/config.toml");
    fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
    let ran = home.run(&["receive"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains(":3:12: ") && ran.stderr.contains("chmod 600"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("but soft"));
}

#[test]
fn a_configuration_that_is_named_is_the_one_that_is_read() {
    let home = Home::new();
    home.configure("nonsense");
    fs::write(home.path().join("other.toml"), "[transfers]\n").unwrap();
    let told = [("missing.toml", "there is no such file, so no account"), ("other.toml", "no account")];
    for (named, told) in told {
        let ran = home.run(&["receive", "--config", named]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.stderr.starts_with(&format!("balcony: {named}: {told} is configured; ")), "{}", ran.stderr);
    }
}

#[test]
fn a_screen_without_a_terminal_says_what_needs_none() {
    let ran = Home::new().run(&["demo"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("no terminal") && ran.stderr.contains("balcony send"), "{}", ran.stderr);
}

#[test]
fn the_log_keeps_what_its_filter_lets_through_and_what_is_none_is_refused() {
    let home = Home::new();
    home.configure(&format!("{ACCOUNT}server = \"127.0.0.1:1\"\ntls = \"none\"\n"));
    fs::write(home.path().join("file"), "words").unwrap();
    let run = |filter: &str| {
        let _ = fs::remove_file(home.path().join("log"));
        let mut send = home.command(&["send", "--log", "log", "file", "romeo@montague.lit"]);
        let output = send.env("BALCONY_LOG", filter).output().unwrap();
        (home::Ran::from(output), fs::read_to_string(home.path().join("log")).unwrap_or_default())
    };
    let kept = [
        ("", ["DEBUG", "INFO"].as_slice()),
        ("trace", &["DEBUG", "INFO"]),
        ("tokio=debug,balcony=info", &["INFO"]),
        ("tokio=debug", &[]),
    ];
    for (filter, levels) in kept {
        let (ran, log) = run(filter);
        let found: Vec<_> = ["DEBUG", "INFO"].into_iter().filter(|level| log.contains(level)).collect();
        assert_eq!((ran.code, found.as_slice()), (Some(5), levels), "{filter}: {}{log}", ran.stderr);
    }
    let (ran, log) = run("balcony=loud");
    assert_eq!((ran.code, log.as_str()), (Some(2), ""));
    assert!(ran.stderr.starts_with("balcony: BALCONY_LOG is no filter: "), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("write error, warn, info, debug or trace\n"), "{}", ran.stderr);
}

#[test]
fn an_account_that_is_not_there_is_told_with_those_that_are() {
    let home = Home::new();
    home.configure(ACCOUNT);
    let ran = home.run(&["receive", "--account", "work"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.ends_with("config.toml: no account is called work; there is: home\n"), "{}", ran.stderr);
}

#[test]
fn a_password_command_that_fails_is_a_failed_login() {
    let home = Home::new();
    home.configure("[accounts.home]\njid = \"juliet@capulet.lit\"\npassword_command = \"echo hush; false\"\n");
    let ran = home.run(&["receive"]);
    assert_eq!(ran.code, Some(5));
    assert!(ran.stderr.contains("password_command of account home failed with exit status: 1"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_read_is_told_before_the_login() {
    let home = Home::new();
    home.configure(ACCOUNT);
    for file in ["missing", "/dev/null"] {
        let ran = home.run(&["send", file, "romeo@montague.lit"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.stderr.starts_with("balcony: cannot send "), "{}", ran.stderr);
    }
}

#[test]
fn nobody_sends_the_whole_disk() {
    let home = Home::new();
    home.configure(ACCOUNT);
    let ran = home.run(&["send", "/", "romeo@montague.lit"]);
    assert_eq!(ran.code, Some(1));
    let why = "balcony: cannot send /: that is the whole disk; name what in it you want to send";
    assert!(ran.stderr.starts_with(why), "{}", ran.stderr);
}

#[test]
fn the_manual_tells_what_scripts_rely_on() {
    let manual = Home::new().run(&["man"]).stdout;
    for (exit, meaning) in balcony::cli::EXITS {
        assert!(manual.contains(&format!("\\fB{}\\fR\n{meaning}", *exit as u8)), "{meaning}");
    }
    for (event, _) in balcony::cli::EVENTS {
        assert!(manual.contains(&format!("\\fB{event}\\fR")), "{event}");
    }
    assert!(manual.contains("password_command") && manual.contains("BALCONY_LOG"));
}

#[test]
fn completions_know_the_subcommands() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Home::new().run(&["completions", shell]);
        assert_eq!(ran.code, Some(0));
        assert!(ran.stdout.contains("receive"), "{shell}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = Home::new().command(&["man"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut told = String::new();
    child.stderr.unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told, "");
}

#[test]
fn nothing_is_written_by_asking_for_the_manual() {
    let home = Home::new();
    home.run(&["man"]);
    home.run(&["--help"]);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
