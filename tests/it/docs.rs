//! The README's tables say what the program says. `UPDATE_DOCS=1 cargo test --test it docs` writes them anew.

use std::collections::BTreeMap;
use std::fs;

use balcony::cli::{EVENTS, EXITS, command_line};
use balcony::client::connection::XEPS;
use balcony::engine::feature::{FEATURES, FeatureEntry, Xep};
use balcony::store::config::SETTINGS;
use balcony::tui::COMMANDS;
use balcony::tui::keymap::BINDINGS;
use minidom::Element;

use crate::screens::evening;

/// A part of the README between two markers, and what belongs there.
struct Section {
    name: &'static str,
    text: fn() -> String,
}

const SECTIONS: &[Section] = &[
    Section { name: "picture", text: picture },
    Section { name: "keys", text: keys },
    Section { name: "commands", text: commands },
    Section { name: "settings", text: settings },
    Section { name: "subcommands", text: subcommands },
    Section { name: "exits", text: exits },
    Section { name: "events", text: events },
    Section { name: "xeps", text: xeps },
];

#[test]
fn the_readme_says_what_the_program_says() {
    let found = fs::read_to_string("README.md").unwrap();
    let wanted = SECTIONS.iter().fold(found.clone(), |readme, section| fill(&readme, section));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write("README.md", wanted).unwrap();
    } else {
        assert!(found == wanted, "README.md is stale; UPDATE_DOCS=1 cargo test --test it docs writes it anew");
    }
}

#[test]
fn the_description_of_the_project_lists_what_it_speaks() {
    let path = "assets/doap.xml";
    let wanted = doap();
    wanted.parse::<Element>().expect("XML");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, wanted).unwrap();
    } else {
        let found = fs::read_to_string(path).unwrap();
        assert!(found == wanted, "{path} is stale; UPDATE_DOCS=1 cargo test --test it docs writes it anew");
    }
}

/// The README with what belongs between the markers of a section.
fn fill(readme: &str, section: &Section) -> String {
    let begin = format!("<!-- {} -->\n", section.name);
    let end = format!("<!-- end of {} -->", section.name);
    let (before, rest) = readme.split_once(&begin).unwrap_or_else(|| panic!("README.md has no {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    format!("{before}{begin}\n{}\n{end}{after}", (section.text)())
}

fn table<const N: usize>(head: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: [String; N]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    let above = [line(head.map(str::to_owned)), line(head.map(|_| "---".to_owned()))];
    above.into_iter().chain(rows.into_iter().map(line)).collect()
}

fn picture() -> String {
    format!("```text\n{}\n```\n", evening(100, 30).picture())
}

fn keys() -> String {
    let rows = BINDINGS.iter().map(|binding| {
        let keys: Vec<_> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
        [binding.context.title().to_owned(), keys.join(", "), binding.help.to_owned(), format!("`{}`", binding.name)]
    });
    table(["where", "keys", "do", "name in `[keys]`"], rows)
}

fn commands() -> String {
    let rows = COMMANDS.iter().map(|command| {
        let line = format!("/{} {}", command.name, command.arguments);
        let aliases: Vec<_> = command.aliases.iter().map(|alias| format!("`/{alias}`")).collect();
        [format!("`{}`", line.trim_end()), command.help.to_owned(), aliases.join(", ")]
    });
    table(["command", "does", "also"], rows)
}

fn settings() -> String {
    let rows = SETTINGS.iter().map(|setting| {
        let default = format!("`{}`", setting.default());
        [format!("`{}`", setting.name), default, setting.about(), setting.applies.words().to_owned()]
    });
    table(["key", "default", "means", "a change holds"], rows)
}

fn subcommands() -> String {
    let mut line = command_line();
    line.build();
    let mut rows = Vec::new();
    for subcommand in line.get_subcommands_mut() {
        rows.push(usage(subcommand));
        rows.extend(subcommand.get_subcommands_mut().map(usage));
    }
    table(["command", "does"], rows)
}

fn usage(subcommand: &mut clap::Command) -> [String; 2] {
    let usage = subcommand.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    [format!("`{usage}`"), subcommand.get_about().unwrap().to_string()]
}

fn exits() -> String {
    let rows = EXITS.iter().map(|(exit, meaning)| [(*exit as u8).to_string(), (*meaning).to_owned()]);
    table(["code", "means"], rows)
}

fn events() -> String {
    table(
        ["`event`", "fields: meaning"],
        EVENTS.iter().map(|(event, fields)| [format!("`{event}`"), (*fields).to_owned()]),
    )
}

fn xeps() -> String {
    let rows = spoken().into_iter().map(|(number, (xep, part))| {
        [number.to_owned(), xep.title.to_owned(), xep.version.to_owned(), status(number, part).1]
    });
    table(["XEP", "title", "version", "in"], rows)
}

/// Every specification, and the part of the program that it is in.
fn spoken() -> BTreeMap<&'static str, (&'static Xep, &'static str)> {
    let of_feature = |feature: &'static FeatureEntry| feature.xeps.iter().map(|xep| (xep.number, (xep, feature.name)));
    let of_session = XEPS.iter().map(|xep| (xep.number, (xep, "session")));
    FEATURES.iter().flat_map(of_feature).chain(of_session).collect()
}

/// What is spoken only in part, and which part that is.
const IN_PART: &[(&str, &str)] = &[
    ("0004", "what negotiation, archive and publishing want; no form is shown to anybody"),
    ("0012", "asked of contacts; requests are not answered"),
    ("0020", "the form of stream initiation"),
    ("0054", "read; one's own card is not written, and requests are not answered"),
    ("0060", "one's own nodes, with publish-options, and what contacts tell of theirs"),
    ("0082", "a date with its time, in whole seconds"),
    ("0163", "what is told of nicknames and of how far conversations were read"),
    ("0202", "asked of the server; requests are not answered"),
    ("0215", "STUN services"),
    ("0292", "read; one's own card is not written"),
    ("0300", "SHA-256"),
];

/// How much of a specification is spoken, and a remark on that.
fn status(number: &str, part: &str) -> (&'static str, String) {
    match IN_PART.iter().find(|(partial, _)| *partial == number) {
        Some((_, which)) => ("partial", format!("{part}: {which}")),
        None => ("complete", part.to_owned()),
    }
}

/// An extension in the form of XEP-0453.
fn supported(number: &str, xep: &Xep, part: &str) -> String {
    let (status, note) = status(number, part);
    format!(
        "    <implements>\n      <xmpp:SupportedXep>\n        \
         <xmpp:xep rdf:resource=\"https://xmpp.org/extensions/xep-{number}.html\"/>\n        \
         <xmpp:status>{status}</xmpp:status>\n        <xmpp:version>{}</xmpp:version>\n        \
         <xmpp:since>{}</xmpp:since>\n        <xmpp:note xml:lang=\"en\">{note}</xmpp:note>\n      \
         </xmpp:SupportedXep>\n    </implements>\n",
        xep.version,
        env!("CARGO_PKG_VERSION"),
    )
}

/// The project in the form of XEP-0453.
fn doap() -> String {
    assert!(IN_PART.iter().all(|(number, _)| spoken().contains_key(number)));
    let specification = |(number, (xep, part)): (&str, (&Xep, &str))| match number.strip_prefix("RFC ") {
        Some(rfc) => format!("    <implements rdf:resource=\"https://www.rfc-editor.org/info/rfc{rfc}\"/>\n"),
        None if number.bytes().all(|digit| digit.is_ascii_digit()) => supported(number, xep, part),
        None => String::new(),
    };
    let specifications: String = spoken().into_iter().map(specification).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <rdf:RDF xmlns=\"http://usefulinc.com/ns/doap#\" xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"\n         \
         xmlns:xmpp=\"https://linkmauve.fr/ns/xmpp-doap#\">\n  <Project>\n    <name>Balcony</name>\n    \
         <shortdesc xml:lang=\"en\">{}</shortdesc>\n    <license rdf:resource=\"https://spdx.org/licenses/{}\"/>\n    \
         <programming-language>Rust</programming-language>\n    <os>Linux</os>\n    \
         <category rdf:resource=\"https://linkmauve.fr/ns/xmpp-doap#category-client\"/>\n{specifications}  \
         </Project>\n</rdf:RDF>\n",
        env!("CARGO_PKG_DESCRIPTION"),
        env!("CARGO_PKG_LICENSE"),
    )
}
