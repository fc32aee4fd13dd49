//! Killed at moments and places of their own: in the middle at another server, while a folder is unpacked, while a file
//! is paused.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::IN_BAND;
use crate::support::balcony::{Balcony, Running};
use crate::support::daemon::{Couple, Kind, Server};
use crate::support::sample::{MIB, Sample};
use crate::support::terminal::Terminal;

/// So slow that a file of some mebibytes is not there before it is struck.
const SLOW: &str = "listen = \"127.0.0.1:0\"\nadvertise = [\"127.0.0.1\"]\nlimit_up = \"1 MiB\"\n";

/// So many files take a while to be written to the disk for good, each by itself.
const FILES: usize = 4000;

/// More than are told while the key is pressed that pauses a file.
const MOST_EVENTS: usize = 60;

/// Romeo, who sends slowly, and Juliet.
fn at_home(couple: &Couple) -> (Balcony, Balcony) {
    (Balcony::with(&couple.romeo, SLOW), Balcony::of(&couple.juliet))
}

/// The file is there, and proven; not much of it came twice.
fn arrives<'a>(sending: &mut Running<'a>, receiving: &mut Running<'a>, sample: &Sample, juliet: &Balcony) {
    for running in [sending, receiving] {
        assert_eq!(running.outcome("completed")["verified"], "sha-256");
        running.exits_with(0);
        running.told_no_lies(sample.size());
    }
    sample.assert_same(&juliet.downloads().join(sample.name()));
}

#[test]
fn whoever_dies_at_ejabberd_in_the_middle_goes_on_from_there() {
    let sample = Sample::of(6 * MIB);
    let half = sample.size() / 2;
    for sender_dies in [true, false] {
        let couple = Server::shared(Kind::Ejabberd).couple();
        let (romeo, juliet) = at_home(&couple);
        let arguments = ["--via", IN_BAND];
        let mut receiving = juliet.receive(&["--once"]);
        let mut sending = romeo.send(&sample, juliet.jid(), &arguments);
        receiving.reaches(half);
        if sender_dies {
            sending.die();
            sending = romeo.send(&sample, juliet.jid(), &arguments);
        } else {
            receiving.die();
            receiving = juliet.receive(&["--once"]);
        }
        let first = loop {
            let bytes = sending.event("progress")["bytes"].as_u64().unwrap();
            if sender_dies || bytes > half {
                break bytes;
            }
        };
        assert!(first + MIB as u64 >= half, "it goes on at {first}, not from where it was");
        arrives(&mut sending, &mut receiving, &sample, &juliet);
    }
}

#[test]
fn a_receiver_that_dies_while_it_unpacks_has_the_folder_whole_when_it_is_back() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (romeo, juliet) = (Balcony::of(&couple.romeo), Balcony::of(&couple.juliet));
    let home = tempfile::tempdir().unwrap();
    let kit = home.path().join("kit");
    fs::create_dir(&kit).unwrap();
    for number in 0..FILES {
        fs::write(kit.join(number.to_string()), number.to_string()).unwrap();
    }
    let mut receiving = juliet.receive(&["--once"]);
    let mut sending = romeo.send_from(&kit, juliet.jid(), &[]);
    assert_eq!(receiving.event("finishing")["state"], "unpacking");
    receiving.die();
    let unpacked = juliet.downloads().join("kit");
    assert!(!unpacked.exists(), "it has its name only when it is whole");
    assert!(juliet.downloads().join("kit.part").is_file(), "{:?}", juliet.downloaded());

    let mut receiving = juliet.receive(&["--once"]);
    for running in [&mut sending, &mut receiving] {
        assert_eq!(running.outcome("completed")["verified"], "sha-256");
        running.exits_with(0);
    }
    assert_eq!(juliet.downloaded(), std::slice::from_ref(&unpacked), "nothing else is left");
    for number in 0..FILES {
        assert_eq!(fs::read(unpacked.join(number.to_string())).unwrap(), number.to_string().as_bytes());
    }
}

#[tokio::test]
async fn a_sender_that_dies_while_it_pauses_a_file_pauses_it_when_it_is_back_and_both_know() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (romeo, juliet) = at_home(&couple);
    let sample = Sample::of(8 * MIB);
    let mut receiving = juliet.receive(&["--once"]);
    let screen = romeo.sit_down();
    screen.until_line(&["● juliet"]).await;
    screen.say(&format!("/send {} --to {}", sample.path().display(), juliet.jid()));
    receiving.reaches(MIB as u64);
    screen.say("/pause");
    is_paused(&mut receiving);
    is_written_down(&romeo, &screen).await;
    screen.kill().await;

    let screen = romeo.sit_down();
    is_paused(&mut receiving);
    screen.until_line(&[sample.name(), "paused"]).await;
    screen.say("/pause");
    let outcome = receiving.outcome("completed");
    assert_eq!(outcome["verified"], "sha-256");
    let moved = outcome["secs"].as_f64().unwrap();
    assert!(moved > 0.0, "{outcome}");
    sample.assert_same(&juliet.downloads().join(sample.name()));
}

/// It is told that the other side paused the file. What is paused still breathes, so silence would not tell.
fn is_paused(running: &mut Running) {
    let says_so = |event: &Value| event["by"] == "peer" && event["turn"] == "paused";
    let mut told = std::iter::repeat_with(|| running.either(&["turn", "progress", "outcome"])).take(MOST_EVENTS);
    assert!(told.any(|event| says_so(&event)), "nobody said that it is paused");
}

/// The other side may be told earlier than the disk has it, and what the disk does not have is forgotten by a kill.
async fn is_written_down(balcony: &Balcony, screen: &Terminal) {
    let is_paused = |_: &str| balcony.journal().first().is_some_and(|past| past.entry.is_paused);
    screen.until("the pause to be written down", is_paused).await;
}

#[tokio::test]
async fn a_receiver_that_dies_while_it_pauses_a_file_pauses_it_when_it_is_back_and_both_know() {
    let couple = Server::shared(Kind::Prosody).couple();
    let (romeo, juliet) = (Balcony::with(&couple.romeo, SLOW), Balcony::unnamed(&couple.juliet));
    let sample = Sample::of(8 * MIB);
    let screen = juliet.sit_down();
    screen.until_line(&["online", "TLS"]).await;
    let mut sending = romeo.send(&sample, juliet.jid(), &[]);
    screen.answer_offer(sample.name(), "F3").await;
    sending.reaches(MIB as u64);
    screen.say("/pause");
    is_paused(&mut sending);
    is_written_down(&juliet, &screen).await;
    screen.kill().await;

    let screen = juliet.sit_down();
    is_paused(&mut sending);
    screen.until_line(&[sample.name(), "paused"]).await;
    screen.say("/pause");
    assert_eq!(sending.outcome("completed")["verified"], "sha-256");
    screen.until_line(&[sample.name(), "✓"]).await;
    sample.assert_same(&arrived(&juliet, sample.name()));
}

fn arrived(juliet: &Balcony, name: &str) -> PathBuf {
    Path::new(&juliet.downloads()).join(name)
}
