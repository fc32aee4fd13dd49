//! /limit: how fast files may move, all together.

use super::refusal::misuse;
use super::{Answer, Completes, SlashCommand};
use crate::engine::event::Direction;
use crate::store::config::{Rate, UnknownRate};
use crate::tui::effect::Effects;
use crate::tui::model::Model;
use crate::tui::update::limits;

pub(super) static LIMIT: SlashCommand = SlashCommand {
    name: "limit",
    aliases: &[],
    arguments: "[up|down] [RATE|off]",
    help: "how fast files may go, as in /limit up 500k or 2 MiB a second; without a rate, tell",
    completes: Completes::Words(&["up", "down", "off"]),
    run,
};

fn run(model: &mut Model, arguments: &str) -> Answer {
    let (ways, rate): (Vec<&str>, Vec<&str>) =
        arguments.split_whitespace().partition(|word| matches!(*word, "up" | "down"));
    if rate.is_empty() {
        let words = limits::words(model);
        model.say(if words.is_empty() { "Files go as fast as they can".to_owned() } else { words });
        return Ok(Effects::new());
    }
    let Rate(limit) = rate.join(" ").parse().map_err(|why: UnknownRate| misuse(why.to_string()))?;
    let is_meant = |way: &str| ways.is_empty() || ways.contains(&way);
    let directions = [("up", Direction::Sending), ("down", Direction::Receiving)];
    let directions = directions.into_iter().filter(|(way, _)| is_meant(way));
    Ok(directions.flat_map(|(_, direction)| limits::set(model, direction, limit)).collect())
}
