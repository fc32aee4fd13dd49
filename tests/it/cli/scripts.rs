//! What a script can rely on when something does not work: a reason, an exit code, an end, and nothing told twice.

use std::collections::BTreeSet;
use std::fs;

use super::transfers::{JULIET, ROMEO, Running, Town, events, last};

/// A file of Juliet's that takes a while.
fn epic(town: &mut Town) {
    let pace = 40_000.try_into().unwrap();
    let slow = town.runtime.block_on(town.server.slow_address(pace)).unwrap();
    let config = town.config("juliet@capulet.lit", balcony::demo::plan::PASSWORD);
    town.juliet.configure(&config.replace(&town.server.address().to_string(), &slow.to_string()));
    fs::write(town.juliet.path().join("epic"), vec![7; 4_000_000]).unwrap();
}

#[test]
fn that_nobody_is_online_is_told_in_json_too() {
    let town = Town::new();
    fs::write(town.juliet.path().join("sonnet"), "Shall I").unwrap();
    let juliet = town.send(&["sonnet", ROMEO]);
    assert_eq!(juliet.code, Some(4), "{}", juliet.stderr);
    let told = events(&juliet);
    let stopped = last(&told, "stopped");
    assert_eq!(stopped["exit"], 4);
    let reason = stopped["reason"].as_str().unwrap();
    assert!(reason.starts_with("romeo@montague.lit is not online"), "{reason}");
    assert!(juliet.stderr.trim_end().ends_with(reason), "{}", juliet.stderr);
}

#[test]
fn who_is_not_there_is_code_4_however_they_were_named() {
    let town = Town::new();
    fs::write(town.juliet.path().join("sonnet"), "Shall I").unwrap();
    let (_romeo, jid) = town.receive(&["--once"]);
    let own = town.juliet.run(&["send", "--json", "sonnet", JULIET]);
    let stranger = town.send(&["sonnet", "proxy.capulet.lit/none"]);
    let nobody = town.send(&["sonnet", "nurse@capulet.lit/none"]);
    for (ran, who) in [(own, "the own account"), (stranger, "a service"), (nobody, "nobody")] {
        assert_eq!(ran.code, Some(4), "{who}: {}", ran.stderr);
        assert_eq!(last(&events(&ran), "outcome")["result"], "unreachable", "{who}");
    }
    assert_eq!(town.send(&["sonnet", &jid]).code, Some(0));
}

#[test]
fn why_a_file_was_not_sent_is_the_last_line_on_stderr_with_json_as_well() {
    let town = Town::new();
    fs::write(town.juliet.path().join("sonnet"), "Shall I").unwrap();
    let (_romeo, jid) = town.receive(&["--once", "--decline"]);
    let juliet = town.send(&["sonnet", &jid]);
    let said = format!("balcony: not sent: sonnet to {jid}: declined by the other side");
    assert_eq!(juliet.stderr.lines().last(), Some(&*said));
}

#[test]
fn a_file_where_a_folder_is_needed_is_refused_at_once() {
    let town = Town::new();
    fs::write(town.romeo.path().join("letters"), "").unwrap();
    let romeo = town.romeo.run(&["receive", "--json", "--dir", "letters"]);
    assert_eq!(romeo.code, Some(2));
    assert!(romeo.stderr.trim_end().ends_with("letters is no folder"), "{}", romeo.stderr);
    assert_eq!(last(&events(&romeo), "stopped")["exit"], 2);
}

#[test]
fn what_stands_still_is_given_up_after_as_long_as_was_said_and_goes_on_when_it_is_sent_again() {
    let mut town = Town::new();
    epic(&mut town);
    let (mut romeo, jid) = town.receive(&[]);
    let send = ["send", "--json", "--wait", "0", "--via", "in-band", "epic", &jid];
    let mut juliet = Running::start(town.juliet.command(&send));
    romeo.until("progress");
    romeo.kill();
    let interrupted = juliet.until("interrupted");
    assert_ne!(interrupted["waits"], "user");
    let outcome = juliet.until("outcome");
    assert_eq!(outcome["result"], "interrupted", "{outcome}");
    let (code, stderr) = juliet.end();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("--wait 0") && stderr.contains("not sent: epic"), "{stderr}");
}

#[test]
fn each_attempt_is_told_once_in_each_of_its_states_and_a_signal_is_called_one() {
    let mut town = Town::new();
    epic(&mut town);
    let (mut romeo, jid) = town.receive(&[]);
    let mut juliet = Running::start(town.juliet.command(&["send", "--json", "--via", "in-band", "epic", &jid]));
    for side in [&mut juliet, &mut romeo] {
        let mut told = BTreeSet::new();
        for event in side.up_to("progress").into_iter().filter(|event| event["event"] == "attempt") {
            let of = |field: &str| event[field].to_string();
            assert!(told.insert((of("method"), of("streamhost"), of("state"))), "{event}");
        }
        assert!(!told.is_empty());
    }
    juliet.interrupt();
    let outcome = juliet.until("outcome");
    assert_eq!((&outcome["result"], &outcome["reason"]), (&"interrupted".into(), &"interrupted by a signal".into()));
    assert_eq!(juliet.end().0, Some(130));
}
