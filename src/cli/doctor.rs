//! `balcony doctor`: logs in with every account, and says what is wrong and what to do about it.
//!
//! It is there for when nothing works: an account that cannot log in is told as far as it came. Only a configuration that
//! cannot be read stops it, with the line and column: there is no account to look at.

use std::io::{self, IsTerminal};
use std::time::Duration;

use directories::BaseDirs;
use futures::future::join_all;
use tokio::sync::mpsc::UnboundedReceiver;

use super::arguments::DoctorArguments;
use super::exit::{Exit, Stop};
use super::setup::Setup;
use super::theme;
use crate::client::{self, Handle, clock};
use crate::doctor::account::{self, News, Standing};
use crate::doctor::machine::{self, Places, Screen};
use crate::doctor::{Detail, Private, Report};
use crate::engine::command::Command;
use crate::engine::event::{Event, SessionEvent};
use crate::engine::reach::{Finding, Reachability};
use crate::store::config::AccountConfig;
use crate::store::journal::Claim;
use crate::tui::config::load;
use crate::tui::widget::text::visible_lines;

/// Longer than every deadline of a login.
const LOGIN: Duration = Duration::from_mins(1);

/// How long the server gets to tell what it can, and proxies and router to answer: a little longer than any of these
/// questions waits.
const ANSWERS: Duration = Duration::from_secs(12);

/// How much longer to wait for a proxy where there is none so far: it is asked three things in turn, and the probe's
/// patience is four seconds.
const PROXIES: Duration = Duration::from_secs(5);

/// Looks at everything and prints what it found.
pub(super) async fn run(setup: &Setup, wish: &DoctorArguments) -> Result<Exit, Stop> {
    let accounts = chosen(setup, wish.account.as_deref())?;
    let news = join_all(accounts.into_iter().map(|account| look_at(setup, account))).await;
    let screen = Screen {
        colours: theme::colours_in_words(&setup.config.ui),
        size: io::stdout().is_terminal().then(|| crossterm::terminal::size().ok()).flatten(),
    };
    let places = Places {
        config: Some(setup.paths.config.clone()),
        database: Some(setup.paths.database()),
        downloads: setup.downloads()?,
    };
    let detail = if wish.full { Detail::Full } else { Detail::ToPaste };
    let report = report(&news, &places, &screen, detail);
    let exit = if report.wrongs() == 0 { Exit::Done } else { Exit::Failed };
    let text: Vec<String> = visible_lines(&report.to_string()).collect();
    super::print(|out| text.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    Ok(exit)
}

fn chosen<'a>(setup: &'a Setup, name: Option<&str>) -> Result<Vec<&'a AccountConfig>, Stop> {
    let Some(name) = name else { return Ok(setup.config.accounts.iter().collect()) };
    let absent = |why| Stop::new(Exit::Usage, format!("{}: {why}", setup.paths.config.display()));
    setup.config.account(Some(name)).map(|account| vec![account]).map_err(absent)
}

fn report(news: &[News], places: &Places, screen: &Screen, detail: Detail) -> Report {
    let accounts = news.iter().map(|news| account::section(news, clock::now().wall));
    let absent = places.config.as_deref().filter(|_| news.is_empty()).map(account::absent);
    let sections = accounts.chain(absent).chain(machine::sections(places, screen, load)).collect();
    let report = Report { sections };
    if detail == Detail::Full {
        return report;
    }
    let mut private = Private::default();
    for news in news {
        account::private(news, &mut private);
    }
    if let Some(base) = BaseDirs::new() {
        private.home(base.home_dir());
    }
    report.without(&private)
}

/// Logs in and asks; whatever goes wrong is what was found.
async fn look_at(setup: &Setup, account: &AccountConfig) -> News {
    let jid = Some(account.jid.to_bare());
    // The journal belongs to whoever moves files.
    let options = setup.headless(Some(&account.name), None, Claim::Nothing);
    let mut options = match options {
        Ok(options) => options,
        Err(stop) => return News { jid, standing: Standing::Locked(stop.why), ..News::default() },
    };
    options.journal = None;
    let (handle, mut events) = client::start(options);
    handle.send(Command::Connect);
    let mut news = News { jid, ..News::default() };
    let logging_in = async { while news.standing == Standing::Idle && hear(&mut events, &mut news).await.is_some() {} };
    if tokio::time::timeout(LOGIN, logging_in).await.is_err() {
        news.standing = Standing::Offline("no answer within a minute; is it the right server?".to_owned());
    }
    if news.standing == Standing::Online {
        ask(&handle, &mut events, &mut news).await;
    }
    handle.closed().await;
    news
}

/// Has the server examined, and waits for that and for what is found out without being asked.
async fn ask(handle: &Handle, events: &mut UnboundedReceiver<Event>, news: &mut News) {
    handle.send(Command::Examine);
    // What is not there in time is told as not there yet.
    let asking = async { while !is_known(news) && hear(events, news).await.is_some() {} };
    let _ = tokio::time::timeout(ANSWERS, asking).await;
    let seeking = async { while !(has_proxy(news) && is_known(news)) && hear(events, news).await.is_some() {} };
    let _ = tokio::time::timeout(PROXIES, seeking).await;
}

fn has_proxy(news: &News) -> bool {
    news.reachability.as_deref().is_some_and(|reachability| !reachability.proxies.is_empty())
}

fn is_known(news: &News) -> bool {
    let is_settled = |reachability: &Reachability| {
        let mut proxies = reachability.proxies.iter();
        reachability.mapping != Finding::Pending
            && reachability.public != Finding::Pending
            && proxies.all(|proxy| proxy.state != Finding::Pending)
    };
    news.examined.is_some() && news.reachability.as_deref().is_none_or(is_settled)
}

/// Takes the next thing in that the client tells; nothing, if it ended.
async fn hear(events: &mut UnboundedReceiver<Event>, news: &mut News) -> Option<()> {
    let event = events.recv().await?;
    if let Event::Login(login) = event {
        news.login = Some(login);
    } else if let Event::Reachability(known) = event {
        news.reachability = Some(known);
    } else if let Event::Examined(examined) = event {
        news.examined = Some(examined);
    } else if let Event::Session(change) = event {
        match change {
            SessionEvent::Connecting => {}
            SessionEvent::Online { .. } => news.standing = Standing::Online,
            SessionEvent::Offline { why, .. } => news.standing = Standing::Offline(why),
            SessionEvent::Stopped { why } => news.standing = Standing::Stopped(why),
        }
    }
    Some(())
}
