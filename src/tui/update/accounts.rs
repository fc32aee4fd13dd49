//! Several accounts: each connects, fails and recovers by itself. Here they come, go, and are told what to do.

use super::stop_sentence;
use crate::engine::command::{ClientState, Command};
use crate::engine::event::StopReason;
use crate::store::config::AccountConfig;
use crate::tui::effect::{AccountWish, Effect, Effects};
use crate::tui::layers::{self, Layer};
use crate::tui::model::account::{Account, Engagement, Session};
use crate::tui::model::{AccountId, Model};
use crate::tui::msg::AccountAnswer;

/// Has an account connect because the user wants that. Where that ended at a certificate, it is shown first: nothing
/// that pops up by itself may be a question that a key typed for something else answers.
pub(crate) fn connect_or_ask(model: &mut Model, id: AccountId) -> Effects {
    let Some(account) = model.accounts.get(&id) else { return Effects::new() };
    let is_written = model.configuration.file.is_some() && model.configuration.account(&account.name).is_some();
    match &account.session {
        Session::Stopped(StopReason::Certificate { why, fingerprint }) if is_written => {
            let question = Layer::pin(id, why.clone(), fingerprint.clone());
            model.layers.push(question);
            Effects::new()
        }
        Session::Stopped(StopReason::CertificateChanged { pinned, shown, .. }) if is_written => {
            let question = Layer::pin_again(id, pinned.clone(), shown.clone());
            model.layers.push(question);
            Effects::new()
        }
        Session::Stopped(StopReason::PasswordWanted { .. }) => {
            model.layers.push(Layer::tell_password(id));
            Effects::new()
        }
        Session::Stopped(_)
        | Session::Idle
        | Session::Connecting
        | Session::Online { .. }
        | Session::Offline { .. } => connect(model, id),
    }
}

/// Has an account connect: by its client, or by a new one if it has none that knows its configuration.
pub(crate) fn connect(model: &mut Model, id: AccountId) -> Effects {
    let Some(account) = model.accounts.get_mut(&id) else { return Effects::new() };
    let configured = model.configuration.account(&account.name);
    match (account.engagement, configured) {
        (Engagement::Starting, _) => Effects::new(),
        (Engagement::None | Engagement::Outdated, Some(configured)) => {
            let configured = Box::new(configured.clone());
            account.engagement = Engagement::Starting;
            account.session = Session::Connecting;
            model.transfers.forget_all_of(id);
            model.roster.stale = true;
            vec![Effect::Start(id, configured)]
        }
        (Engagement::Running | Engagement::Outdated, _) => vec![Effect::Command(id, Command::Connect)],
        (Engagement::None, None) => {
            let name = account.name.clone();
            model.say(format!("{name} is in no configuration any more"));
            Effects::new()
        }
    }
}

/// Has an account go offline and stay so.
pub(crate) fn disconnect(model: &mut Model, id: AccountId) -> Effects {
    match model.accounts.get(&id).map(|account| account.engagement) {
        Some(Engagement::Running | Engagement::Outdated) => vec![Effect::Command(id, Command::Disconnect)],
        Some(Engagement::None | Engagement::Starting) | None => Effects::new(),
    }
}

/// A client runs for it, and connects.
pub(super) fn started(model: &mut Model, id: AccountId) -> Effects {
    if let Some(account) = model.accounts.get_mut(&id) {
        account.engagement = Engagement::Running;
        account.client_state = ClientState::default();
        account.session = Session::Connecting;
    }
    let watches = layers::watches(model, id).then_some(Effect::Command(id, Command::WatchStanzas(true)));
    watches.into_iter().chain([Effect::Command(id, Command::Connect)]).collect()
}

/// No client can be started for it.
pub(super) fn unstartable(model: &mut Model, id: AccountId, why: String) -> Effects {
    stop(model, id, StopReason::Login(why))
}

/// Its client is gone.
pub(super) fn ended(model: &mut Model, id: AccountId) -> Effects {
    stop(model, id, StopReason::Other("the client ended".to_owned()))
}

fn stop(model: &mut Model, id: AccountId, why: StopReason) -> Effects {
    if let Some(account) = model.accounts.get_mut(&id) {
        account.engagement = Engagement::None;
        account.session = Session::Stopped(why);
    }
    model.roster.stale = true;
    Effects::new()
}

/// The file lists other accounts than before.
pub(super) fn configured(model: &mut Model, before: &[AccountConfig], now: &[AccountConfig]) -> Effects {
    let find = |list: &[AccountConfig], name: &str| list.iter().find(|account| account.name == name).cloned();
    let mut effects = Effects::new();
    for account in now {
        effects.extend(match find(before, &account.name) {
            None => added(model, account),
            Some(old) if old != *account => changed(model, &old, account),
            Some(_) => Effects::new(),
        });
    }
    for gone in before.iter().filter(|account| find(now, &account.name).is_none()) {
        let name = &gone.name;
        if model.account_named(name).is_some() {
            model
                .say(format!("Account {name} is not in the configuration any more: /account remove {name} lets it go"));
        }
    }
    effects
}

/// A new one connects, unless it is the one of the dialog, which was written down because it had.
fn added(model: &mut Model, new: &AccountConfig) -> Effects {
    let unwritten = |(_, account): &(&AccountId, &Account)| {
        let is_theirs = account.jid.as_ref().is_some_and(|jid| *jid == new.jid.to_bare());
        is_theirs && model.configuration.account(&account.name).is_none()
    };
    let known = model.account_named(&new.name).or(model.accounts.iter().find(unwritten).map(|(id, _)| *id));
    if let Some(account) = known.and_then(|id| model.accounts.get_mut(&id)) {
        account.name.clone_from(&new.name);
        return Effects::new();
    }
    let id = model.add_configured(new);
    if !new.autoconnect {
        model.say(format!("Account {0} is new: /connect {0} takes it online", new.name));
        return Effects::new();
    }
    model.say(format!("Account {} is new and connects", new.name));
    connect(model, id)
}

/// One that could not log in tries again; one that is at work is left at it.
fn changed(model: &mut Model, old: &AccountConfig, new: &AccountConfig) -> Effects {
    let Some(id) = model.account_named(&new.name) else { return added(model, new) };
    if old.jid.to_bare() != new.jid.to_bare() {
        let mut effects = drop(model, id);
        effects.extend(added(model, new));
        return effects;
    }
    let Some(account) = model.accounts.get_mut(&id) else { return Effects::new() };
    account.engagement.outdate();
    let has_failed = matches!(
        account.session,
        Session::Stopped(
            StopReason::Login(_)
                | StopReason::Certificate { .. }
                | StopReason::CertificateChanged { .. }
                | StopReason::PasswordWanted { .. }
        )
    );
    if has_failed && new.autoconnect {
        model.say(format!("Account {} has changed and tries again", new.name));
        return connect(model, id);
    }
    model.say(format!("Account {0} has changed: /connect {0} logs in as it is written now", new.name));
    Effects::new()
}

/// Lets an account go, after the user has seen which lines of the file that takes out.
pub(crate) fn remove(model: &mut Model, id: AccountId) -> Effects {
    let Some(name) = model.accounts.get(&id).map(|account| account.name.clone()) else { return Effects::new() };
    match (model.configuration.account(&name), model.configuration.file.clone()) {
        (Some(_), Some(file)) => vec![Effect::Account(file, AccountWish::Show(name))],
        (Some(_), None) | (None, _) => let_go(model, &name),
    }
}

/// What became of a wish about an account in the file.
pub(super) fn answered(model: &mut Model, answer: AccountAnswer) -> Effects {
    match answer {
        AccountAnswer::Stands(name, Some(lines)) => model.layers.push(Layer::remove_account(name, lines)),
        AccountAnswer::Stands(name, None) => {
            model.say(format!("Account {name} does not stand in a table of its own; take it out of the file yourself"));
        }
        AccountAnswer::Removed(name, config) => {
            model.configuration.in_force.accounts.clone_from(&config.accounts);
            model.configuration.written.accounts = config.accounts;
            return let_go(model, &name);
        }
        AccountAnswer::Pinned(name, config) => {
            model.configuration.in_force.accounts.clone_from(&config.accounts);
            model.configuration.written.accounts = config.accounts;
            let Some(id) = model.account_named(&name) else { return Effects::new() };
            if let Some(account) = model.accounts.get_mut(&id) {
                account.engagement.outdate();
            }
            return connect(model, id);
        }
        AccountAnswer::Failed(why) => model.say(why),
    }
    Effects::new()
}

fn let_go(model: &mut Model, name: &str) -> Effects {
    let Some(id) = model.account_named(name) else { return Effects::new() };
    let effects = drop(model, id);
    model.say(format!("Account {name} is gone from here; what was said with it is still in the history"));
    effects
}

/// Forgets everything about an account and ends its client.
fn drop(model: &mut Model, id: AccountId) -> Effects {
    model.drop_account(id);
    vec![Effect::Forget(id)]
}

/// Each account with how it stands.
pub(crate) fn list(model: &Model) -> String {
    let line = |(id, account): (&AccountId, &Account)| {
        let here = if model.account_here() == Some(*id) { ", the one that commands mean here" } else { "" };
        let jid = account.jid.as_ref().map(|jid| format!(" {jid}")).unwrap_or_default();
        format!("{}{jid}: {}{here}", account.name, standing(model, account))
    };
    model.accounts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn standing(model: &Model, account: &Account) -> String {
    match &account.session {
        Session::Idle => "not connected".to_owned(),
        Session::Connecting => "connecting".to_owned(),
        Session::Online { security, .. } => format!("online, {security}"),
        Session::Offline { why, .. } => format!("offline: {why}; it tries again by itself"),
        Session::Stopped(why) => stop_sentence(model, account, why),
    }
}
