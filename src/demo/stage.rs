//! The stage: the server, the players on it, and the folder of the evening.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jid::{BareJid, FullJid};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};

use super::contacts::{Act, play};
use super::link::Server;
use super::plan::{AccountPlan, Manner, PASSWORD, Plan};
use super::player::Player;
use super::script::{CAST, GOOD_PROXY, JULIET, Network, PARIS, Prop, SILENT_PROXY, THIN_LINE};
use super::server::roster::Item;
use crate::client::{HistoryOptions, JournalOptions, Limiter, Options, Timings, clock, entropy};
use crate::engine::context::Settings;
use crate::store::account::{Account, HostPort, Secret, Tls};
use crate::store::journal::Claim;

/// Where a player with a broken network says that they can be reached: an address of this machine where nobody listens.
const WRONG_DOOR: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A play that is going on. Dropping it ends it.
pub struct Stage {
    folder: Folder,
    /// Everybody's: another user of this machine reaches the server, and shall not act in the play.
    password: Secret,
    address: SocketAddr,
    _server: Server,
    _players: JoinSet<()>,
}

impl Stage {
    /// Raises the curtain, on the current tokio runtime. The folder of the evening is made in `temporary`.
    pub async fn start(temporary: &Path) -> io::Result<Stage> {
        let folder = Folder::make(temporary)?;
        let password = Secret::new(format!("{:016x}", entropy::entropy()()));
        let mut server = Server::start(&plan(&password)?).await?;
        let (near, far) = (server.address(), server.slow_address(THIN_LINE).await?);
        let (act, _) = watch::channel(Act::First);
        let mut players = JoinSet::new();
        for part in CAST {
            let address = match part.network {
                Network::Healthy => near,
                Network::Broken => far,
            };
            let prop = part.prop.map(|prop| (prop, folder.backstage.join(prop.name)));
            let mut options = options(&full_jid(part.jid, part.resource)?, address, folder.backstage.clone());
            options.account.password = password.clone();
            if part.network == Network::Broken {
                options.engine.advertise = vec![WRONG_DOOR];
            }
            let path = prop.as_ref().map(|(_, path)| path.clone());
            let player = Player::new(part, jid(JULIET)?, path, clock::now().instant);
            let act = act.clone();
            players.spawn(async move {
                if let Some((prop, path)) = prop {
                    put(prop, path).await;
                }
                play(part, options, player, act).await;
            });
        }
        Ok(Stage { folder, password, address: near, _server: server, _players: players })
    }

    /// How Juliet's client is set up.
    pub fn juliet(&self) -> io::Result<Options> {
        let mut options = options(&full_jid(JULIET, "balcony")?, self.address, self.folder.front.clone());
        options.account.password = self.password.clone();
        let database = self.folder.backstage.join("balcony.db");
        options.journal = Some(JournalOptions { database: database.clone(), claim: Claim::All, keep: EVENING });
        options.history = Some(HistoryOptions { database, keep: None });
        Ok(options)
    }

    /// Where what Juliet receives goes. It stays if anything is in it; everything else is cleared away.
    pub fn downloads(&self) -> &Path {
        &self.folder.front
    }

    /// Brings the curtain down; where what Juliet received lies, if there is anything.
    pub fn end(self) -> Option<PathBuf> {
        let front = self.folder.front.clone();
        drop(self);
        front.exists().then_some(front)
    }
}

/// Longer than anybody watches; with the folder the journal goes too, and the history.
const EVENING: Duration = Duration::from_hours(24);

/// The folder of the evening.
struct Folder {
    /// What Juliet receives.
    front: PathBuf,
    /// What the players offer and receive.
    backstage: PathBuf,
}

impl Folder {
    fn make(temporary: &Path) -> io::Result<Self> {
        let front = temporary.join(format!("balcony-demo-{:08x}", entropy::entropy()() >> 32));
        let backstage = front.join(".backstage");
        for folder in [&front, &backstage] {
            make_private(folder)?;
        }
        Ok(Folder { front, backstage })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.backstage);
        let _ = fs::remove_dir(&self.front);
    }
}

/// Puts a file where its player finds it, while the screen comes up.
async fn put(prop: &'static Prop, path: PathBuf) {
    let written = spawn_blocking(move || fs::write(path, prop.content())).await;
    if let Ok(Err(why)) = written {
        tracing::warn!(%why, "{} is missing", prop.name);
    }
}

/// Makes a folder that nobody else may look into; an error if there is something of that name.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The town of the play.
fn plan(password: &Secret) -> io::Result<Plan> {
    let account =
        |jid: &BareJid, roster| AccountPlan { jid: jid.clone(), password: password.reveal().to_owned(), roster };
    let juliet = jid(JULIET)?;
    let mut hers = BTreeMap::from([(jid(PARIS)?, Item::mutual().called("Paris", "Friends"))]);
    let mut accounts = vec![account(&jid(PARIS)?, BTreeMap::from([(juliet.clone(), Item::mutual())]))];
    for part in CAST {
        let player = jid(part.jid)?;
        let mut theirs = BTreeMap::new();
        if let Some(group) = part.group {
            hers.insert(player.clone(), Item::mutual().called(part.name, group));
            theirs.insert(juliet.clone(), Item::mutual());
        }
        accounts.push(account(&player, theirs));
    }
    accounts.push(account(&juliet, hers));
    let plan = Plan { accounts, proxies: Vec::new() };
    Ok(plan.with_proxy(jid(GOOD_PROXY)?, Manner::Relays).with_proxy(jid(SILENT_PROXY)?, Manner::Silent))
}

/// How a client is set up whose account is in a [`Plan::of_friends`]: everything on loopback.
pub fn options(who: &FullJid, server: SocketAddr, downloads: PathBuf) -> Options {
    let account = Account {
        name: "demo".to_owned(),
        jid: who.clone().into(),
        password: Secret::new(PASSWORD),
        server: Some(HostPort { host: server.ip().to_string(), port: server.port() }),
        tls: Tls::None,
        pin: None,
        extra_ca: None,
    };
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    Options {
        account,
        engine: Settings { advertise: vec![loopback], ..Settings::new(who.to_bare()) },
        downloads,
        listen: SocketAddr::from((loopback, 0)),
        limiter: Limiter::default(),
        berths: None,
        journal: None,
        history: None,
        timings: Timings::default(),
    }
}

fn full_jid(bare: &str, resource: &str) -> io::Result<FullJid> {
    jid(bare)?.with_resource_str(resource).map_err(io::Error::other)
}

fn jid(jid: &str) -> io::Result<BareJid> {
    BareJid::new(jid).map_err(io::Error::other)
}
