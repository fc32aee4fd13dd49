//! `balcony` and `balcony demo`: from the configuration, or from the stage, to the screen.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, IsTerminal};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::BaseDirs;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::exit::{Exit, Stop};
use super::setup::{Setup, unlock};
use super::theme;
use crate::client::{self, Options};
use crate::demo::Stage;
use crate::engine::command::Link;
use crate::engine::event::{Event, SessionEvent};
use crate::store::account::{Account, Pin, Tls};
use crate::store::config::{self, AccountConfig, Config, Prompts, RosterConfig, Shown, add_account, themes};
use crate::tui::effect::NewAccount;
use crate::tui::keymap;
use crate::tui::{
    self, Appearance, Background, Client, Configuration, Glyphs, RosterOrder, Rules, Surroundings, UiOptions,
};

/// The screen with every configured account, at what a link is about; without any account, it asks for one. How it is
/// shown may be said otherwise than configured.
pub(super) async fn run(setup: Setup, link: Option<Link>, shown: Option<Shown>) -> Result<Exit, Stop> {
    look_for_terminal()?;
    let folder = Some(themes(&setup.paths.config));
    let background = theme::background(&setup.config.ui);
    let paint = painter(folder.clone(), background);
    let downloads = setup.downloads()?;
    let shown = suited(shown.unwrap_or(setup.config.ui.shown));
    let appearance = appearance(&setup.config, shown, folder.as_deref(), background, downloads)?;
    let keys = keymap::wished(&setup.config.keys);
    let appearance = Appearance { keys, ..of_roster(setup.config.roster, appearance) };
    let mouse = setup.config.ui.mouse;
    let (clients, locked) = unlocked(&setup)?;
    let file = Some(setup.paths.config.clone());
    let configuration = Configuration::new(setup.config.clone(), file, setup.paths.downloads.clone());
    let limiter = setup.limiter.clone();
    let rules = Rules { list: setup.config.rules.clone(), file: Some(setup.paths.config.clone()) };
    let journal = Some(setup.paths.database());
    let starter = setup.clone();
    let start: tui::Start = Arc::new(move |account, config| start_by(&starter, account, config));
    let set_up: tui::SetUp = Box::new(move |new| try_account(&setup, new));
    let options = UiOptions {
        appearance,
        mouse,
        limiter,
        rules,
        configuration,
        locked,
        paint: Some(paint),
        start: Some(start),
        journal,
        link,
        set_up: Some(set_up),
    };
    show(clients, options).await
}

/// The clients of the accounts that connect by themselves, and why some of them have none. One password that is not to
/// be had keeps no other account from its work, unless there is no other.
fn unlocked(setup: &Setup) -> Result<(Vec<Client>, BTreeMap<String, String>), Stop> {
    let (mut clients, mut locked) = (Vec::new(), BTreeMap::new());
    for account in setup.config.accounts.iter().filter(|account| account.autoconnect) {
        match unlock(account) {
            Ok(unlocked) => clients.push(start(&account.name, setup.options(unlocked)?)),
            Err(stop) if setup.config.accounts.len() == 1 => return Err(stop),
            Err(stop) => {
                locked.insert(account.name.clone(), stop.why);
            }
        }
    }
    Ok((clients, locked))
}

/// Starts a client while the screen is there: by that configuration, which may not be the one of the start any more.
fn start_by(setup: &Setup, account: &AccountConfig, config: &Config) -> Result<Client, String> {
    let account = account.unlock(Prompts::Elsewhere).map_err(|why| why.to_string())?;
    let setup = Setup { config: config.clone(), ..setup.clone() };
    let options = setup.options(account).map_err(|stop| stop.why)?;
    Ok(start(&options.account.name.clone(), options))
}

/// The screen with the demo's juliet. Nothing is configured and nothing is kept but the files that were received.
pub(super) async fn demo(shown: Shown) -> Result<Exit, Stop> {
    look_for_terminal()?;
    let shown = suited(shown);
    let cannot_start = |why| Stop::new(Exit::Failed, format!("cannot start the demo: {why}"));
    let stage = Stage::start(&env::temp_dir()).await.map_err(cannot_start)?;
    let options = stage.juliet().map_err(cannot_start)?;
    let limiter = options.limiter.clone();
    let journal = options.journal.as_ref().map(|journal| journal.database.clone());
    let juliet = start("demo", options);
    let mut config = Config::default();
    let background = theme::background(&config.ui);
    let appearance = appearance(&config, shown, None, background, stage.downloads().to_owned())?;
    let mouse = config.ui.mouse;
    config.transfers.advertise.push(Ipv4Addr::LOCALHOST.into());
    let configuration = Configuration::new(config, None, stage.downloads().to_owned());
    let paint = Some(painter(None, background));
    let options = UiOptions { appearance, mouse, limiter, configuration, paint, journal, ..UiOptions::default() };
    let shown = show(vec![juliet], options).await;
    if let Some(folder) = stage.end() {
        let sentence = format!("What came in the demo is in {}", folder.display());
        // Whoever took the terminal away does not read it.
        let _ = super::print(|out| writeln!(out, "{sentence}"));
    }
    shown
}

/// Before anything is begun that would have to be ended.
fn look_for_terminal() -> Result<(), Stop> {
    let why = "there is no terminal to draw on; `balcony send` and `balcony receive` need none";
    if io::stdout().is_terminal() { Ok(()) } else { Err(Stop::new(Exit::Usage, why)) }
}

/// How everything is shown on this terminal: one that says that nothing can be drawn on it is written to.
fn suited(shown: Shown) -> Shown {
    match env::var("TERM").as_deref() {
        Ok("" | "dumb") | Err(_) => Shown::Lines,
        Ok(_) => shown,
    }
}

async fn show(clients: Vec<Client>, options: UiOptions) -> Result<Exit, Stop> {
    let broken = |why| Stop::new(Exit::Failed, format!("the screen is gone: {why}"));
    tui::run(clients, options).await.map_err(broken)?;
    Ok(Exit::Done)
}

fn start(name: &str, options: Options) -> Client {
    let (handle, events) = client::start(options);
    Client { name: name.to_owned(), handle, events }
}

/// How other themes are come by: the user's own from that folder.
fn painter(folder: Option<PathBuf>, background: Option<Background>) -> tui::Paint {
    Box::new(move |ui| theme::paint(ui, folder.as_deref(), background).map_err(|why| why.to_string()))
}

fn appearance(
    config: &Config,
    shown: Shown,
    themes: Option<&Path>,
    background: Option<Background>,
    downloads: PathBuf,
) -> Result<Appearance, Stop> {
    let (ui, notifications) = (&config.ui, &config.notifications);
    let painted = theme::paint(ui, themes, background);
    let (palette, colours) = painted.map_err(|why| Stop::new(Exit::Usage, why.to_string()))?;
    Ok(Appearance {
        palette,
        colours,
        links: ui.links,
        glyphs: Glyphs::wanted(ui.symbols, shown),
        shown,
        bell: ui.bell,
        notifications: notifications.clone(),
        surroundings: Surroundings::of_environment(|name| env::var_os(name)),
        vi: ui.vi,
        roster: RosterOrder::default(),
        tell_idle: false,
        zone: TimeZone::try_system().ok(),
        home: BaseDirs::new().map(|base| base.home_dir().to_owned()),
        downloads,
        keys: BTreeMap::new(),
    })
}

/// The same, with the roster as it is wanted.
fn of_roster(roster: RosterConfig, appearance: Appearance) -> Appearance {
    Appearance { roster: roster.order.into(), tell_idle: roster.tell_idle, ..appearance }
}

/// Starts a client with what the first-run dialog asked for. The account is written down once it has logged in: a
/// mistyped password leaves nothing behind.
fn try_account(setup: &Setup, new: NewAccount) -> Result<Client, String> {
    let pin = new.pin.as_deref().map(str::parse::<Pin>).transpose().map_err(|why| why.to_string())?;
    let account = Account {
        name: new.jid.to_string(),
        jid: new.jid.clone().into(),
        password: new.password.clone(),
        server: new.server.clone(),
        tls: Tls::Auto,
        pin: pin.map(|Pin(hash)| hash),
        extra_ca: None,
    };
    let mut client = start(&account.name.clone(), setup.options(account).map_err(|stop| stop.why)?);
    let new = config::NewAccount { jid: new.jid, password: new.password, server: new.server, pin };
    client.events = write_down_once_online(client.events, setup.paths.config.clone(), new);
    Ok(client)
}

/// Passes the events on, and writes the account down at the first login.
fn write_down_once_online(
    mut events: UnboundedReceiver<Event>,
    config: PathBuf,
    new: config::NewAccount,
) -> UnboundedReceiver<Event> {
    let (told, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut unwritten = Some(new);
        while let Some(event) = events.recv().await {
            let is_online = matches!(event, Event::Session(SessionEvent::Online { .. }));
            let _ = told.send(event);
            let Some(new) = unwritten.take_if(|_| is_online) else { continue };
            let sentence = match add_account(&config, &new) {
                Ok(_) => format!("the account is in {} now", config.display()),
                Err(why) => format!("the account is not kept: {why}"),
            };
            let _ = told.send(Event::Notice(sentence));
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use jid::{BareJid, FullJid};

    use super::*;
    use crate::store::account::Secret;

    #[tokio::test]
    async fn the_first_account_is_written_down_once_it_has_logged_in() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        let jid = BareJid::new("juliet@capulet.lit").unwrap();
        let new = config::NewAccount { jid, password: Secret::new("but soft"), server: None, pin: None };
        let (client, events) = mpsc::unbounded_channel();
        let mut told = write_down_once_online(events, config.clone(), new);

        client.send(Event::Session(SessionEvent::Connecting)).unwrap();
        assert_eq!(told.recv().await, Some(Event::Session(SessionEvent::Connecting)));
        assert!(!config.exists(), "a password that may be wrong is not kept");

        let online = Event::Session(SessionEvent::Online {
            jid: FullJid::new("juliet@capulet.lit/balcony").unwrap(),
            resumed: false,
            security: "TLS 1.3".to_owned(),
        });
        client.send(online.clone()).unwrap();
        assert_eq!(told.recv().await, Some(online.clone()));
        assert!(matches!(told.recv().await, Some(Event::Notice(_))));
        assert_eq!(Config::load(&config).unwrap().unwrap().accounts[0].name, "juliet");

        client.send(online.clone()).unwrap();
        drop(client);
        assert_eq!((told.recv().await, told.recv().await), (Some(online), None), "once is enough");
    }
}
