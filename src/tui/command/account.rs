//! Accounts: /account /connect /disconnect.

use super::refusal::{Refusal, misuse};
use super::{Answer, Completes, SlashCommand};
use crate::tui::effect::Effects;
use crate::tui::layers::Layer;
use crate::tui::model::{AccountId, Model};
use crate::tui::update::accounts;

pub(super) static ACCOUNT: SlashCommand = SlashCommand {
    name: "account",
    aliases: &["accounts"],
    arguments: "[NAME | connect NAME | disconnect NAME | add [ADDRESS] | remove NAME]",
    help: "list the accounts, or choose the one that commands mean where there is no conversation; remove asks first",
    completes: Completes::Accounts(&["connect", "disconnect", "add", "remove"]),
    run: |model, arguments| match arguments.split_once(char::is_whitespace).unwrap_or((arguments, "")) {
        ("", _) => {
            let list = accounts::list(model);
            model.say(if list.is_empty() { "There is no account: /account add".to_owned() } else { list });
            Ok(Effects::new())
        }
        ("add", address) => {
            model.layers.push(Layer::another_account(address.trim()));
            Ok(Effects::new())
        }
        ("connect", name) => connect(model, name),
        ("disconnect", name) => disconnect(model, name),
        ("remove", name) => named(model, name).map(|id| accounts::remove(model, id)),
        (name, _) => choose(model, name),
    },
};

fn choose(model: &mut Model, name: &str) -> Answer {
    let id = named(model, name)?;
    model.chosen = Some(id);
    model.flash(format!("Commands mean {name} now, except in conversations of another account"));
    Ok(Effects::new())
}

pub(super) static CONNECT: SlashCommand = SlashCommand {
    name: "connect",
    aliases: &["reconnect"],
    arguments: "[ACCOUNT]",
    help: "go online now, as it is configured now",
    completes: Completes::Accounts(&[]),
    run: connect,
};

pub(super) static DISCONNECT: SlashCommand = SlashCommand {
    name: "disconnect",
    aliases: &[],
    arguments: "[ACCOUNT]",
    help: "go offline and stay so",
    completes: Completes::Accounts(&[]),
    run: disconnect,
};

fn connect(model: &mut Model, name: &str) -> Answer {
    let meant = meant(model, name)?;
    Ok(meant.into_iter().flat_map(|id| accounts::connect_or_ask(model, id)).collect())
}

fn disconnect(model: &mut Model, name: &str) -> Answer {
    let meant = meant(model, name)?;
    Ok(meant.into_iter().flat_map(|id| accounts::disconnect(model, id)).collect())
}

/// The named account; without a name the one that is meant here, or all.
fn meant(model: &Model, name: &str) -> Result<Vec<AccountId>, Refusal> {
    if !name.trim().is_empty() {
        return named(model, name).map(|id| vec![id]);
    }
    let meant = model.account_here().map_or_else(|| model.accounts.keys().copied().collect(), |id| vec![id]);
    if meant.is_empty() { Err("There is no account: /account add".into()) } else { Ok(meant) }
}

fn named(model: &Model, name: &str) -> Result<AccountId, Refusal> {
    let name = name.trim();
    if name.is_empty() {
        return Err(misuse("Which account?"));
    }
    let nobody = || format!("No account is called {name:?}; there are: {}", model.account_names());
    Ok(model.account_named(name).ok_or_else(nobody)?)
}
