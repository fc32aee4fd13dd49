//! Romeo and Juliet, each with a Balcony in this process, on a server of the tests.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use balcony::client::Options;
use balcony::demo;
use balcony::engine::command::{Command, Via};
use balcony::engine::context::Pacing;
use balcony::engine::event::Outcome;
use balcony::store::account::{self, HostPort, Secret, Tls};
use jid::{BareJid, FullJid};
use tempfile::TempDir;

use crate::support::daemon::{Account, Couple, Kind, Server};
use crate::support::person::Person;

/// Two people who see each other online.
pub(crate) struct Town {
    pub(crate) romeo: Person,
    pub(crate) juliet: Person,
    pub(crate) addresses: Addresses,
    folder: TempDir,
    _couple: Couple,
}

/// Where they are reached.
pub(crate) struct Addresses {
    pub(crate) romeo: FullJid,
    pub(crate) juliet: FullJid,
}

impl Town {
    /// Both log in.
    pub(crate) async fn on(kind: Kind) -> Self {
        Self::paced(kind, Pacing::Measured).await
    }

    /// Both log in; blocks go in-band at this pace.
    pub(crate) async fn paced(kind: Kind, pacing: Pacing) -> Self {
        Self::set_up(kind, |sender| sender.engine.in_band = pacing).await
    }

    /// Both log in; who sends is set up like that.
    pub(crate) async fn set_up(kind: Kind, how: impl FnOnce(&mut Options)) -> Self {
        let couple = Server::shared(kind).couple();
        let addresses = Addresses { romeo: address_of(&couple.romeo), juliet: address_of(&couple.juliet) };
        let folder = tempfile::tempdir().unwrap();
        let mut juliet = Person::enter(options(&couple.juliet, folder.path())).await;
        let mut sender = options(&couple.romeo, folder.path());
        how(&mut sender);
        let mut romeo = Person::enter(sender).await;
        juliet.until_there(&addresses.romeo.to_bare()).await;
        romeo.until_there(&addresses.juliet.to_bare()).await;
        Town { romeo, juliet, addresses, folder, _couple: couple }
    }

    /// Romeo sends Juliet a file: from his wish until she has it in its place, hashed, compared and on the disk.
    pub(crate) async fn send(&mut self, file: &Path, via: Via) -> Duration {
        let (to, path) = (self.addresses.juliet.clone().into(), file.to_owned());
        let began = Instant::now();
        self.romeo.send(Command::OfferFile { to, path, description: None, via: vec![via] });
        let (transfer, _) = self.juliet.until_offer(&self.addresses.romeo.to_bare()).await;
        self.juliet.send(Command::AcceptOffer { transfer, save_as: None });
        let (attempts, outcome) = self.juliet.until_end(transfer).await;
        let took = began.elapsed();
        let Outcome::Completed { path: Some(path), .. } = outcome else { panic!("{outcome:?} after {attempts:?}") };
        fs::remove_file(path).unwrap();
        let (sent, _) = self.romeo.until_offer(&self.addresses.juliet.to_bare()).await;
        self.romeo.until_end(sent).await;
        took
    }

    /// A folder of theirs, on the disk where files arrive.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// How a client of that account is set up: everything on loopback.
pub(crate) fn options(who: &Account, folder: &Path) -> Options {
    let server = (Ipv4Addr::LOCALHOST, who.server.port()).into();
    Options { account: account_of(who), ..demo::options(&address_of(who), server, folder.join("received")) }
}

/// What the client logs in with.
pub(crate) fn account_of(who: &Account) -> account::Account {
    account::Account {
        name: "bench".to_owned(),
        jid: address_of(who).into(),
        password: Secret::new(who.password.clone()),
        server: Some(HostPort { host: Ipv4Addr::LOCALHOST.to_string(), port: who.server.port() }),
        tls: Tls::StartTls,
        pin: None,
        extra_ca: Some(who.server.authority()),
    }
}

/// The full JID.
pub(crate) fn address_of(who: &Account) -> FullJid {
    BareJid::new(&who.jid).unwrap().with_resource_str("balcony").unwrap()
}
