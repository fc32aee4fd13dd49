//! How soon in-band begins where SOCKS5 comes to nothing: its streamhost refuses, or takes the connection and is silent.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use balcony::client::Options;
use balcony::engine::command::{Command, TransferId, Via};
use balcony::engine::event::{AttemptState, Event, TransferChange};

use crate::harness::pairs::median;
use crate::harness::town::Town;
use crate::idle;
use crate::support::daemon::Kind;
use crate::support::sample::Sample;

/// Odd, for a median that was measured.
const RUNS: usize = 7;

/// On this machine, and nobody listens there unless we do.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Prints how long Juliet waits for the first byte: after the refusal, and after she accepted what is silent.
pub(crate) async fn print(name: &str, kind: Kind) {
    let file = Sample::of(64 * 1024);
    let mut town = Town::set_up(kind, |sender| sender.engine.advertise = vec![ELSEWHERE.into()]).await;
    let (mut trips, mut waits) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        trips.push(idle(&mut town).await);
        waits.push(send(&mut town, &file).await.after_failure.as_secs_f64() * 1000.0);
    }
    let (trip, wait) = (median(trips.into_iter()), median(waits.into_iter()));
    println!("{name}: first byte {wait:.1} ms after SOCKS5 was refused: {:.1} round trips of a message", wait / trip);

    let silence = TcpListener::bind((ELSEWHERE, 0)).unwrap();
    let port = silence.local_addr().unwrap().port();
    let mut town = Town::set_up(kind, |sender| advertise_silence(sender, port)).await;
    let waited = send(&mut town, &file).await.after_acceptance.as_secs_f64();
    println!("{name}: first byte {waited:.2} s after a file was accepted whose streamhost is silent");
}

fn advertise_silence(sender: &mut Options, port: u16) {
    sender.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    sender.engine.advertise = vec![ELSEWHERE.into()];
}

/// How long the first byte took.
struct FirstByte {
    after_acceptance: Duration,
    after_failure: Duration,
}

async fn send(town: &mut Town, file: &Sample) -> FirstByte {
    let [romeo, juliet] = [&town.addresses.romeo, &town.addresses.juliet].map(|it| it.to_bare());
    let (to, path) = (town.addresses.juliet.clone().into(), file.path().to_owned());
    town.romeo.send(Command::OfferFile { to, path, description: None, via: vec![Via::Socks5Direct, Via::InBand] });
    let (sending, _) = town.romeo.until_offer(&juliet).await;
    let (receiving, _) = town.juliet.until_offer(&romeo).await;
    town.juliet.send(Command::AcceptOffer { transfer: receiving, save_as: None });
    let accepted = Instant::now();
    town.juliet.until("that SOCKS5 fails", |event| has_failed(event, receiving).then_some(())).await;
    let failed = Instant::now();
    town.juliet.until("the first byte", |event| has_bytes(event, receiving).then_some(())).await;
    let came = Instant::now();
    town.juliet.until_end(receiving).await;
    town.romeo.until_end(sending).await;
    FirstByte { after_acceptance: came - accepted, after_failure: came - failed }
}

fn has_failed(event: &Event, transfer: TransferId) -> bool {
    match event {
        Event::Transfer { id, change: TransferChange::Attempt(attempt) } => {
            let has_failed = matches!(attempt.state, AttemptState::Failed { .. });
            *id == transfer && attempt.via == Via::Socks5Direct && has_failed
        }
        _ => false,
    }
}

fn has_bytes(event: &Event, transfer: TransferId) -> bool {
    match event {
        Event::Transfer { id, change: TransferChange::Progress(progress) } => *id == transfer && progress.bytes > 0,
        _ => false,
    }
}
