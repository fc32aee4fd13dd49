//! /limit: how fast files may move, all together.

use super::{Answer, Completes, SlashCommand};
use crate::engine::event::Direction;
use crate::tui::effect::Effects;
use crate::tui::model::Model;
use crate::tui::update::limits;

pub(super) static LIMIT: SlashCommand = SlashCommand {
    name: "limit",
    aliases: &[],
    arguments: "[up|down] [RATE|off]",
    help: "how fast files may go, as in /limit up 500k or 2m a second; without a rate, tell",
    completes: Completes::Words(&["up", "down", "off"]),
    run,
};

fn run(model: &mut Model, arguments: &str) -> Answer {
    let mut directions = Vec::new();
    let mut limit = None;
    for word in arguments.split_whitespace() {
        match word {
            "up" => directions.push(Direction::Sending),
            "down" => directions.push(Direction::Receiving),
            _ => limit = Some(read(word)?),
        }
    }
    let Some(limit) = limit else {
        let words = limits::words(model);
        model.say(if words.is_empty() { "Files go as fast as they can".to_owned() } else { words });
        return Ok(Effects::new());
    };
    if directions.is_empty() {
        directions = vec![Direction::Sending, Direction::Receiving];
    }
    Ok(directions.into_iter().flat_map(|direction| limits::set(model, direction, limit)).collect())
}

/// Bytes a second, none for `off`: a number is KiB, as in the configuration, unless it says otherwise.
fn read(word: &str) -> Result<Option<u64>, String> {
    let word = word.to_ascii_lowercase();
    if word == "off" || word == "none" {
        return Ok(None);
    }
    let bytes = bytes(&word).ok_or_else(|| format!("{word:?} is no rate; write 500k or 2m, or off"))?;
    Ok(Some(bytes).filter(|bytes| *bytes > 0))
}

fn bytes(word: &str) -> Option<u64> {
    let letters = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let (number, unit) = word.split_at(letters);
    let unit: u64 = match unit {
        "" | "k" | "kb" | "kib" | "kib/s" => 1024,
        "m" | "mb" | "mib" | "mib/s" => 1024 * 1024,
        "g" | "gb" | "gib" | "gib/s" => 1024 * 1024 * 1024,
        _ => return None,
    };
    let (whole, tenths) = number.split_once('.').unwrap_or((number, "0"));
    let tenths = tenths.get(..1).unwrap_or("0").parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(tenths * unit / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_people_write_them() {
        assert_eq!(read("500k"), Ok(Some(500 * 1024)));
        assert_eq!(read("500"), Ok(Some(500 * 1024)));
        assert_eq!(read("1.5M"), Ok(Some(1024 * 1536)));
        assert_eq!(read("2MiB/s"), Ok(Some(2 * 1024 * 1024)));
        assert_eq!((read("off"), read("0")), (Ok(None), Ok(None)));
        for wrong in ["fast", "k", "-3", "3x", "99999999999999999999g"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
