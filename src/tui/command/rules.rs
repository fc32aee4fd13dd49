//! Rules about offers: /rules lists them, adds one, takes one out.

use std::path::PathBuf;
use std::slice::Iter;

use jid::Jid;

use super::refusal::{Refusal, misuse};
use super::{Answer, Completes, SlashCommand, whom, words};
use crate::store::config::{Size, UnknownSize};
use crate::store::rules::{Action, Rule, UnknownAction, UnknownType};
use crate::tui::effect::{Effect, Effects, RulesWish};
use crate::tui::model::Model;
use crate::tui::update::rules;

pub(super) static RULES: SlashCommand = SlashCommand {
    name: "rules",
    aliases: &["rule"],
    arguments: "[add accept|decline|ask [--from NAME]… [--group GROUP]… [--strangers] [--type TYPE]… [--at-most SIZE] \
                [--at-least SIZE] [--keep-free SIZE] [--folder DIR] | remove NUMBER | reload]",
    help: "list the rules that answer offers, append one to config.toml, take one out (asks first), read them again",
    completes: Completes::Words(&["add", "remove", "reload"]),
    run: |model, arguments| {
        let words = words::split(arguments);
        match words.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
            None => Ok(list(model)),
            Some(("add", rest)) => {
                let rule = read(model, rest)?;
                Ok(rules::add(model, rule))
            }
            Some(("remove", [number])) => remove(model, number),
            Some(("remove", _)) => Err(misuse("Which one? /rules lists them with their numbers")),
            Some(("reload", _)) => wish(model, RulesWish::Read),
            Some((verb, _)) => Err(misuse(format!("/rules knows no {verb:?}"))),
        }
    },
};

fn list(model: &mut Model) -> Effects {
    let mut lines: Vec<String> =
        model.rules.list.iter().zip(1..).map(|(rule, number)| format!("{number}: {rule}")).collect();
    lines.insert(
        0,
        match lines.len() {
            0 => "No rules: every offer of a contact is asked, those of strangers are held back".to_owned(),
            _ => "The last rule that fits an offer decides:".to_owned(),
        },
    );
    if let Some(file) = &model.rules.file {
        lines.push(format!("They are kept in {}, which is read again when it is saved", model.look.short_path(file)));
    }
    model.say(lines.join("\n"));
    Effects::new()
}

fn wish(model: &Model, wish: RulesWish) -> Answer {
    let file = model.rules.file.clone().ok_or("Nothing is kept here: there is no config.toml")?;
    Ok(vec![Effect::Rules(file, wish)])
}

/// Without a file the rule goes at once: it would not have outlived the program anyway.
fn remove(model: &mut Model, number: &str) -> Answer {
    let number: usize = number.parse().map_err(|_| misuse(format!("{number:?} is no number")))?;
    if !(1..=model.rules.list.len()).contains(&number) {
        return Err(format!("There is no rule {number}").into());
    }
    if model.rules.file.is_some() {
        return wish(model, RulesWish::Show(number));
    }
    let rule = model.rules.list.remove(number - 1);
    model.say(format!("Removed: {rule}"));
    Ok(Effects::new())
}

/// A rule as it is typed.
fn read(model: &Model, words: &[String]) -> Result<Rule, Refusal> {
    let (action, options) = words.split_first().ok_or(misuse("accept, decline or ask?"))?;
    let mut rule = Rule::new(action.parse().map_err(|why: UnknownAction| misuse(why.to_string()))?);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if option == "--strangers" {
            rule.whose.strangers = true;
            continue;
        }
        let value = options.next().ok_or_else(|| misuse(format!("{option} what?")))?;
        match option.as_str() {
            "--from" => rule.whose.from.push(whose(model, value)?),
            "--group" => rule.whose.groups.push(value.clone()),
            "--type" => rule.types.push(value.parse().map_err(|why: UnknownType| misuse(why.to_string()))?),
            "--at-least" => rule.at_least = Some(size(value, &mut options)?),
            "--at-most" => rule.at_most = Some(size(value, &mut options)?),
            "--keep-free" => rule.keep_free = Some(size(value, &mut options)?),
            "--folder" => rule.folder = Some(folder(model, value)?),
            _ => return Err(misuse(format!("{option:?} is nothing that a rule knows"))),
        }
    }
    let needs_accept = rule.keep_free.is_some() || rule.folder.is_some();
    if needs_accept && rule.action != Action::Accept {
        return Err(misuse("--keep-free and --folder are for rules that accept"));
    }
    Ok(rule)
}

/// `5MB`, or `5 MB` as the configuration writes it: the unit may be a word of its own.
fn size(number: &str, rest: &mut Iter<String>) -> Result<u64, Refusal> {
    let unit = rest.as_slice().first().filter(|word| !word.starts_with("--"));
    let in_two = unit.and_then(|unit| format!("{number} {unit}").parse().ok());
    if let Some(Size(bytes)) = in_two {
        rest.next();
        return Ok(bytes);
    }
    number.parse().map(|Size(bytes)| bytes).map_err(|why: UnknownSize| misuse(why.to_string()))
}

/// An address, or a contact by name.
fn whose(model: &Model, who: &str) -> Result<Jid, Refusal> {
    match Jid::new(who) {
        Ok(jid) if jid.node().is_some() => Ok(jid),
        Ok(_) | Err(_) => whom::find(model, who).map(|(_, jid)| jid.into()),
    }
}

fn folder(model: &Model, typed: &str) -> Result<PathBuf, Refusal> {
    let folder = words::path(typed, model.look.home.as_deref());
    let refusal = || misuse(format!("{typed:?} is no folder like ~/Pictures or /srv/files"));
    if folder.is_absolute() { Ok(folder) } else { Err(refusal()) }
}
