//! The only loop: one message in, its effects performed, the screen drawn.
//!
//! At once after a key, at most ten times a second while files move, and never while nothing happens. There is no timer
//! but the one for a number on the screen that counts.

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::EventStream;
use futures::FutureExt;
use tokio::sync::mpsc;

use super::background::LateAnswer;
use super::desktop::Desktop;
use super::effect::{Effect, NewAccount};
use super::engaged::{Engaged, News};
use super::input::{self, Asked, Signals};
use super::job::{self, Whom};
use super::msg::Msg;
use super::terminal::Terminal;
use super::update::{self, settle, update};
use super::{AccountId, Client, Model, Paint, SetUp, Start, UiOptions, editing, perform, watch};
use crate::client::{Limiter, clock};
use crate::store::config::{AccountConfig, ThemeWish, UiConfig};

/// Ten times a second looks alive and leaves the machine to the files.
const FRAME: Duration = Duration::from_millis(100);

/// Events taken in before a key is looked for again: some milliseconds' worth.
const BATCH: usize = 256;

/// How long the sessions outlive transfers that quitting stopped. A Telepathy program that hears that the sender is gone
/// while it still reads what came by a direct connection crashes.
const AFTER_STOPPING: Duration = Duration::from_millis(500);

/// Takes the terminal over, connects the clients, and returns when the user quits; the clients have logged out then.
pub async fn run(clients: Vec<Client>, options: UiOptions) -> io::Result<()> {
    let mut terminal = Terminal::enter(options.mouse, options.appearance.shown)?;
    let size = terminal.size()?;
    let mut model = Model::new(options.appearance, size, clock::now()).map_err(io::Error::other)?;
    model.set_rules(options.rules);
    model.configure(options.configuration);
    let mut ui = Ui::new(model, options.limiter, options.journal);
    (ui.start, ui.set_up, ui.paint) = (options.start, options.set_up, options.paint);
    ui.open_accounts(clients, &options.locked);
    let file = ui.model.configuration.file.clone();
    let _watcher = file.and_then(|file| watch::watch(&file, ui.answer.clone()));
    if let Some(link) = options.link {
        ui.take(Msg::Follow(link), &mut terminal)?;
    }
    let ended = ui.run(&mut terminal).await;
    drop(terminal);
    ui.keep_drafts();
    ui.stop_transfers().await;
    ui.engaged.close().await;
    ended
}

/// What the loop turns around.
struct Ui {
    model: Model,
    engaged: Engaged,
    answers: mpsc::UnboundedReceiver<Msg>,
    answer: mpsc::UnboundedSender<Msg>,
    desktop: Desktop,
    limiter: Limiter,
    journal: Option<PathBuf>,
    start: Option<Start>,
    set_up: Option<SetUp>,
    paint: Option<Paint>,
    /// The theme that is drawn with.
    painted: ThemeWish,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    End,
    /// After the user's own editor had the terminal, and this text.
    Lend(String),
    /// After the shell had it.
    Suspend(Whom),
}

/// How soon the screen has to show what happened.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Urgency {
    Now,
    NextFrame,
}

impl Ui {
    fn new(model: Model, limiter: Limiter, journal: Option<PathBuf>) -> Ui {
        let (answer, answers) = mpsc::unbounded_channel();
        let desktop = Desktop::new(answer.clone());
        let painted = model.configuration.in_force.ui.theme.clone();
        Ui {
            model,
            engaged: Engaged::default(),
            answers,
            answer,
            desktop,
            limiter,
            journal,
            start: None,
            set_up: None,
            paint: None,
            painted,
        }
    }

    /// Begins with every configured account, and with the clients that were started for them. Without any, it asks.
    fn open_accounts(&mut self, clients: Vec<Client>, locked: &BTreeMap<String, String>) {
        for account in self.model.configuration.in_force.accounts.clone() {
            let id = self.model.add_configured(&account);
            if let Some(why) = locked.get(&account.name) {
                update(&mut self.model, clock::now(), Msg::Unstartable(id, why.clone()));
            }
        }
        for client in clients {
            let id = self.model.account_named(&client.name).unwrap_or_else(|| self.model.add_account(&client.name));
            self.engage(id, client);
        }
        if self.model.accounts.is_empty() && self.set_up.is_some() {
            self.model.ask_for_account();
        }
    }

    /// A client works for that account from here on; it is told what to begin with.
    fn engage(&mut self, account: AccountId, client: Client) {
        self.engaged.engage(account, client);
        for effect in update(&mut self.model, clock::now(), Msg::Started(account)) {
            self.tell(effect);
        }
    }

    /// Another client takes the place of an account's own.
    fn replace(&mut self, id: AccountId, account: AccountConfig) {
        if let Some(start) = self.start.clone() {
            self.engaged.replace(id, account, self.model.configuration.in_force.clone(), start);
        }
    }

    /// What a client told; one that was started for an account that is gone meanwhile is not wanted any more.
    fn heard(&mut self, news: News) -> Option<Msg> {
        match news {
            News::Told(msg) => Some(msg),
            News::Started(id, _) if !self.model.accounts.contains_key(&id) => None,
            News::Started(id, Err(why)) => Some(Msg::Unstartable(id, why)),
            News::Started(id, Ok(client)) => {
                self.engage(id, client);
                None
            }
        }
    }

    /// Passes a command on to the client that it is for.
    fn tell(&self, effect: Effect) {
        if let Effect::Command(account, command) = effect {
            self.engaged.tell(account, command);
        }
    }

    async fn run(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let mut keys = Some(EventStream::new());
        let mut late = LateAnswer::new(clock::now().instant);
        let mut signals = Signals::new()?;
        let mut drawn = clock::now().instant;
        self.draw(terminal)?;
        let mut dirty = false;
        loop {
            let since = clock::now().instant.saturating_duration_since(drawn);
            let frame = dirty.then(|| FRAME.saturating_sub(since));
            let wake = frame.or_else(|| self.model.next_wake());
            let (msg, urgency) = tokio::select! {
                biased;
                asked = signals.next() => match asked {
                    Asked::End => return Ok(()),
                    Asked::Stop => {
                        self.suspend(terminal, &mut signals, Whom::Alone).await?;
                        (None, Urgency::Now)
                    }
                    Asked::GoOn => {
                        terminal.renew()?;
                        (None, Urgency::Now)
                    }
                },
                () = terminal.alarm.notified() => return Err(io::Error::other("a part of Balcony broke; see above")),
                key = input::next(&mut keys) => match key {
                    Some(input) => {
                        let input = input?;
                        let is_late = late.swallows(&input, clock::now().instant);
                        (input::translate(input).filter(|_| !is_late), Urgency::Now)
                    }
                    None => return Ok(()),
                },
                Some(answer) = self.answers.recv() => (Some(answer), Urgency::Now),
                news = self.engaged.next() => (self.heard(news), Urgency::NextFrame),
                () = sleep(wake) => (Some(Msg::Tick), Urgency::Now),
            };
            let then = msg.map_or(Ok(Then::GoOn), |msg| self.take(msg, terminal))?;
            match then {
                Then::GoOn => {}
                Then::End => return Ok(()),
                Then::Lend(text) => {
                    drop(keys.take());
                    tokio::select! {
                        () = ended_meanwhile(&mut signals) => return Ok(()),
                        lent = self.lend(terminal, text) => lent?,
                    }
                    keys = Some(EventStream::new());
                }
                Then::Suspend(whom) => self.suspend(terminal, &mut signals, whom).await?,
            }
            if urgency == Urgency::NextFrame {
                self.take_waiting(terminal)?;
            }
            dirty = true;
            let since = clock::now().instant.saturating_duration_since(drawn);
            if urgency == Urgency::Now || since >= FRAME {
                self.draw(terminal)?;
                drawn = clock::now().instant;
                dirty = false;
            }
        }
    }

    /// Takes in the events that have come already, so that a flood of them costs one frame.
    fn take_waiting(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        for _ in 0..BATCH {
            let Some(news) = self.engaged.next().now_or_never() else { break };
            if let Some(msg) = self.heard(news) {
                self.take(msg, terminal)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, msg: Msg, terminal: &mut Terminal) -> io::Result<Then> {
        for effect in update(&mut self.model, clock::now(), msg) {
            match self.perform(effect, terminal)? {
                Then::GoOn => {}
                then @ (Then::End | Then::Lend(_) | Then::Suspend(_)) => return Ok(then),
            }
        }
        Ok(Then::GoOn)
    }

    /// The user's own editor has the terminal; what was written there comes back as an answer.
    async fn lend(&mut self, terminal: &mut Terminal, text: String) -> io::Result<()> {
        terminal.lend();
        let answer = match editing::edit(&text).await {
            Ok(text) => Msg::Edited(text),
            Err(why) => Msg::Complaint(why.to_string()),
        };
        terminal.regain()?;
        // The receiver lives as long as this does.
        let _ = self.answer.send(answer);
        Ok(())
    }

    /// The shell has the terminal, until it has us go on.
    async fn suspend(&mut self, terminal: &mut Terminal, signals: &mut Signals, whom: Whom) -> io::Result<()> {
        if !job::has_shell() {
            self.model.flash("No shell started this that could have it go on");
            return Ok(());
        }
        terminal.lend();
        let stopped = signals.stop(whom).await;
        terminal.regain()?;
        if let Err(why) = stopped {
            self.model.flash(format!("This cannot be stopped: {why}"));
        }
        Ok(())
    }

    fn draw(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let (width, height) = terminal.size()?;
        update(&mut self.model, clock::now(), Msg::Resize(width, height));
        settle(&mut self.model);
        terminal.draw(&self.model)
    }

    fn perform(&mut self, effect: Effect, terminal: &mut Terminal) -> io::Result<Then> {
        match effect {
            Effect::Command(..) => self.tell(effect),
            Effect::Limit(limits) => self.limiter.set(limits),
            Effect::Bell => terminal.ring()?,
            Effect::ShowOnDesktop(note) => self.desktop.show(note, self.model.look.ways.desktop),
            Effect::Escape(sequence) => terminal.escape(&sequence)?,
            Effect::Copy(text) => terminal.copy(&text)?,
            Effect::Redraw => terminal.forget()?,
            Effect::SetUp(account) => self.start(account),
            Effect::Start(id, account) => self.replace(id, *account),
            Effect::Forget(account) => self.engaged.dismiss(account),
            Effect::Paint(ui) => self.paint(&ui),
            Effect::TakeMouse(mouse) => terminal.take_mouse(mouse)?,
            Effect::EditOutside(text) => return Ok(Then::Lend(text)),
            Effect::Suspend => return Ok(Then::Suspend(Whom::All)),
            Effect::Quit => return Ok(Then::End),
            Effect::AskJournal { before } => {
                perform::ask_journal(self.journal.clone(), before, self.answer.clone());
            }
            Effect::People(wish) => perform::people(self.journal.clone(), wish, self.answer.clone()),
            Effect::LookAtMachine(mut places, screen) => {
                places.database.clone_from(&self.journal);
                perform::in_background(Effect::LookAtMachine(places, screen), self.answer.clone());
            }
            Effect::OpenFolder(_)
            | Effect::OpenLink(_)
            | Effect::ListFolder { .. }
            | Effect::Find(_)
            | Effect::CheckFiles { .. }
            | Effect::MeasureSpace(_)
            | Effect::MeasureForRules(..)
            | Effect::Rules(..)
            | Effect::Account(..) => perform::in_background(effect, self.answer.clone()),
        }
        Ok(Then::GoOn)
    }

    /// What is half written is there again in the next run.
    fn keep_drafts(&mut self) {
        for effect in update::drafts::keep(&mut self.model) {
            self.tell(effect);
        }
    }

    /// What is on the way is stopped before the sessions end, so that the other sides are told.
    async fn stop_transfers(&self) {
        let mut stopped = false;
        for (account, command) in self.model.transfers.stopping() {
            stopped |= self.engaged.tell(account, command);
        }
        if stopped {
            tokio::time::sleep(AFTER_STOPPING).await;
        }
    }

    /// Draws with another theme, if it is to be had.
    fn paint(&mut self, ui: &UiConfig) {
        let Some(paint) = &self.paint else { return };
        match paint(ui) {
            Ok((palette, colours)) => {
                self.model.set_theme(&palette, colours);
                self.painted = ui.theme.clone();
            }
            Err(why) => {
                update(&mut self.model, clock::now(), Msg::Unpainted { theme: self.painted.clone(), why });
            }
        }
    }

    fn start(&mut self, account: NewAccount) {
        let Some(set_up) = &self.set_up else { return };
        let answer = match set_up(account) {
            Ok(client) => {
                let id = self.model.add_account(&client.name);
                self.engage(id, client);
                Msg::SetUp(id)
            }
            Err(why) => Msg::SetUpFailed(why),
        };
        // The receiver lives as long as this does.
        let _ = self.answer.send(answer);
    }
}

/// Waits for a signal to end while another program has the terminal. Who stops that one stops us with it.
async fn ended_meanwhile(signals: &mut Signals) {
    loop {
        match signals.next().await {
            Asked::End => return,
            Asked::GoOn => {}
            Asked::Stop => {
                if let Err(why) = signals.stop(Whom::Alone).await {
                    tracing::warn!(%why, "cannot stop");
                }
            }
        }
    }
}

async fn sleep(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => pending().await,
    }
}
