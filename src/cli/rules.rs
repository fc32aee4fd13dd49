//! `balcony rules`: what the rules of the configuration are, and what they make of an offer.
//!
//! The same decision as on the screen and in `balcony receive`, without a session: who offers, and what, stands on the
//! command line; only free space is measured.

use std::io::{self, Write};

use serde::Serialize;

use super::arguments::{RulesArguments, RulesCommand, RulesTestArguments};
use super::exit::{Exit, Stop};
use super::print;
use super::setup::Setup;
use crate::store::config::Size;
use crate::store::paths::free_space;
use crate::store::rules::{Decision, Offered, Rule, decide};
use crate::tui::widget::text::visible;

/// Lists the rules, or tests one offer.
pub(super) fn run(setup: &Setup, wish: RulesArguments) -> Result<Exit, Stop> {
    let rules = &setup.config.rules;
    match wish.subcommand {
        None => print(|out| list(setup, out)),
        Some(RulesCommand::Test(test)) => {
            let downloads = setup.downloads()?;
            let space = |folder: Option<&std::path::Path>| match test.free {
                Some(Size(bytes)) => Some(bytes),
                None => free_space(folder.unwrap_or(&downloads)),
            };
            let decision = decide(rules, &offered(&test), &space);
            print(|out| if test.json { write_json(&decision, out) } else { write_words(&test, &decision, out) })
        }
    }
}

fn list(setup: &Setup, out: &mut dyn Write) -> io::Result<()> {
    let path = setup.paths.config.display();
    if setup.config.rules.is_empty() {
        return writeln!(out, "no rules: every offer is asked; {path} is where [[rules]] belong");
    }
    for (index, rule) in setup.config.rules.iter().enumerate() {
        writeln!(out, "{}: {}", index + 1, visible(&rule.to_string()))?;
    }
    writeln!(out, "The last that fits an offer decides; what none fits is asked. They stand in {path}.")
}

fn offered(test: &RulesTestArguments) -> Offered<'_> {
    Offered {
        from: &test.from,
        is_contact: !test.stranger,
        groups: &test.group,
        name: &test.name,
        size: test.size.map(|Size(bytes)| bytes),
        room: test.size.map(|Size(bytes)| bytes),
        mime_type: test.mime_type.as_deref(),
        is_elsewhere: false,
    }
}

fn write_words(test: &RulesTestArguments, decision: &Decision, out: &mut dyn Write) -> io::Result<()> {
    let size = test.size.map_or_else(|| "of unknown size".to_owned(), |size| size.to_string());
    writeln!(out, "{} offers {} ({size})", visible(&test.from.to_string()), visible(&test.name))?;
    for (number, misfit) in &decision.passed_over {
        writeln!(out, "rule {number} does not fit: {misfit}")?;
    }
    match decision.by {
        Some((number, rule)) => writeln!(out, "rule {number} decides: {}", visible(&rule.to_string())),
        None => writeln!(
            out,
            "no rule fits: the screen asks; `balcony receive` takes it from contacts and declines it from others"
        ),
    }
}

/// What became of the offer, for scripts.
#[derive(Serialize)]
struct Tested {
    action: &'static str,
    rule: Option<usize>,
    passed_over: Vec<PassedOver>,
}

#[derive(Serialize)]
struct PassedOver {
    rule: usize,
    why: String,
}

fn write_json(decision: &Decision, out: &mut dyn Write) -> io::Result<()> {
    let passed_over = decision.passed_over.iter();
    let tested = Tested {
        action: decision.by.map_or("none", |(_, rule): (usize, &Rule)| rule.action.word()),
        rule: decision.by.map(|(number, _)| number),
        passed_over: passed_over.map(|(rule, why)| PassedOver { rule: *rule, why: why.to_string() }).collect(),
    };
    writeln!(out, "{}", serde_json::to_string(&tested).map_err(io::Error::other)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::rules::Action;

    fn test(from: &str, name: &str) -> RulesTestArguments {
        RulesTestArguments {
            from: from.parse().unwrap(),
            name: name.to_owned(),
            size: Some(Size(3_000_000)),
            mime_type: None,
            group: Vec::new(),
            stranger: false,
            free: None,
            json: false,
        }
    }

    fn told(rules: &[Rule], test: &RulesTestArguments) -> String {
        let mut out = Vec::new();
        write_words(test, &decide(rules, &offered(test), &|_| None), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_says_which_rule_decides_and_why_later_ones_do_not() {
        let rules = [Rule::new(Action::Accept), Rule { at_most: Some(1000), ..Rule::new(Action::Decline) }];
        let told = told(&rules, &test("romeo@montague.lit/orchard", "x.pdf"));
        let expected = "romeo@montague.lit/orchard offers x.pdf (3 MB)\nrule 2 does not fit: the file is larger \
                        than 1 kB\nrule 1 decides: accept from every contact\n";
        assert_eq!(told, expected);
    }

    #[test]
    fn nothing_of_a_name_or_an_address_reaches_the_terminal_as_a_sequence() {
        let rules = [Rule {
            whose: crate::store::rules::Whose { groups: vec!["\u{1b}[2J".to_owned()], ..Default::default() },
            ..Rule::new(Action::Accept)
        }];
        let mut test = test("romeo@montague.lit/orchard", "\u{1b}]0;title\u{7}x\u{202e}fdp.exe");
        test.group = vec!["\u{1b}[2J".to_owned()];
        let told = told(&rules, &test);
        assert!(told.contains("rule 1 decides") && !told.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{told:?}");
    }

    #[test]
    fn a_script_reads_the_decision_as_json() {
        let rules = [Rule::new(Action::Accept), Rule { at_most: Some(1000), ..Rule::new(Action::Decline) }];
        let mut out = Vec::new();
        write_json(&decide(&rules, &offered(&test("romeo@montague.lit", "x")), &|_| None), &mut out).unwrap();
        let expected =
            r#"{"action":"accept","rule":1,"passed_over":[{"rule":2,"why":"the file is larger than 1 kB"}]}"#;
        assert_eq!(String::from_utf8(out).unwrap().trim_end(), expected);
    }
}
