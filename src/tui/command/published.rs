//! Files that are there for whoever asks: /publish /start, and on the web: /fetch.

use super::refusal::misuse;
use super::{Answer, Completes, SlashCommand, whom, words};
use crate::engine::command::{Command, Wanted, WantedLink};
use crate::tui::effect::Effect;
use crate::tui::model::{Model, Page};

pub(super) static PUBLISH: SlashCommand = SlashCommand {
    name: "publish",
    aliases: &[],
    arguments: "FILE [--to NAME]",
    help: "let whom you talk to fetch a file whenever they like, until Balcony ends; at home, any contact",
    completes: Completes::Files,
    run: publish,
};

fn publish(model: &mut Model, arguments: &str) -> Answer {
    let (mut file, mut to) = (None, None);
    let mut words = words::split(arguments).into_iter();
    while let Some(word) = words.next() {
        if word == "--to" {
            to = Some(words.next().ok_or(misuse("--to whom?"))?);
        } else if file.replace(words::path(&word, model.look.home.as_deref())).is_some() {
            return Err(misuse("One file at a time"));
        }
    }
    let path = file.ok_or(misuse("Which file?"))?;
    let (account, to) = match (to, &model.page) {
        (None, Page::Home) => (model.account_meant()?, None),
        (to, Page::Home | Page::With(_)) => {
            let (account, jid) = whom::find_or_here(model, to.as_deref().unwrap_or_default())?;
            (account, Some(jid))
        }
    };
    Ok(vec![Effect::Command(account, Command::Publish { to, path })])
}

pub(super) static START: SlashCommand = SlashCommand {
    name: "start",
    aliases: &[],
    arguments: "[NUMBER|URI]",
    help: "fetch a file that somebody published, by its number or its address xmpp:…?recvfile;sid=…; without one, the \
           only one, or which there are",
    completes: Completes::Nothing,
    run: start,
};

fn start(model: &mut Model, arguments: &str) -> Answer {
    let account = model.account_meant()?;
    let wanted = match arguments.parse() {
        Ok(number) => Wanted::Number(number),
        Err(_) if arguments.is_empty() => Wanted::Only,
        Err(_) => Wanted::Uri(arguments.to_owned()),
    };
    Ok(vec![Effect::Command(account, Command::StartPublished(wanted))])
}

pub(super) static FETCH: SlashCommand = SlashCommand {
    name: "fetch",
    aliases: &[],
    arguments: "[NUMBER|ADDRESS]",
    help: "fetch a file from the web: what a link of that number leads to, or https://…; without one, the only link, or \
           which there are",
    completes: Completes::Nothing,
    run: fetch,
};

fn fetch(model: &mut Model, arguments: &str) -> Answer {
    let account = model.account_here().ok_or("There is no account")?;
    let wanted = match arguments.parse() {
        Ok(number) => WantedLink::Number(number),
        Err(_) if arguments.is_empty() => WantedLink::Only,
        Err(_) if arguments.starts_with("xmpp:") => return start(model, arguments),
        Err(_) => WantedLink::Address(arguments.to_owned()),
    };
    Ok(vec![Effect::Command(account, Command::Fetch(wanted))])
}
