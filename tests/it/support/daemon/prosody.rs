//! Prosody, its accounts written as the files that it would write itself.

use std::fs;
use std::process::Command;

use super::foreign;
use super::ground::{COUPLES, DOMAIN, Ground, PASSWORD};
use crate::support::process::Process;

const CONFIG: &str = "prosody.cfg.lua";

/// How much it writes down.
#[derive(Debug, Clone, Copy)]
pub(super) enum LogLevel {
    /// What is usual.
    Info,
    /// Every stanza, which takes a good part of its time.
    Debug,
}

/// Whether there is anybody beyond its own domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum World {
    /// Nobody.
    Closed,
    /// Domains whose servers are played by tests, each with contacts of one Juliet.
    Open,
}

/// Writes its accounts and its configuration with further modules, quoted and with commas between them.
pub(super) fn settle(ground: &Ground, modules: &str, log: LogLevel, world: World) {
    write_accounts(ground, world);
    let level = match log {
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let domains = if world == World::Open { foreign::hosts() } else { String::new() };
    let template = include_str!("prosody.cfg.lua");
    let template = template.replace("@MODULES@", modules).replace("@LEVEL@", level).replace("@FOREIGN@", &domains);
    ground.write(CONFIG, &template);
}

/// Starts what was settled, `program` being how Prosody is called; returns once it can be used.
pub(super) fn start(ground: &Ground, mut program: Command) -> Process {
    program.arg("--config").arg(ground.folder.join(CONFIG)).arg("-F");
    let mut process = Process::start_leashed("prosody", &program);
    let mut awaited = vec!["c2s", "c2s_direct_tls", "proxy65"];
    process.wait_for("that its services are active", |line| {
        awaited.retain(|service| !line.contains(&format!("Activated service '{service}' on [")));
        awaited.is_empty().then_some(())
    });
    process
}

/// The id of the process that runs there.
pub(super) fn process(ground: &Ground) -> String {
    fs::read_to_string(ground.folder.join("prosody.pid")).unwrap().trim().to_owned()
}

fn write_accounts(ground: &Ground, world: World) {
    let host = ground.folder.join("data").join(DOMAIN.replace('.', "%2e"));
    for kind in ["accounts", "roster"] {
        fs::create_dir_all(host.join(kind)).unwrap();
    }
    for number in 1..=COUPLES {
        for (name, friend) in [("juliet", "romeo"), ("romeo", "juliet")] {
            let file = format!("{name}{number}.dat");
            let account = format!("return {{ password = \"{PASSWORD}\" }};\n");
            let mut contacts = vec![format!("{friend}{number}@{DOMAIN}")];
            if world == World::Open && name == "juliet" {
                contacts.extend(foreign::contacts(number));
            }
            let known =
                |jid: &String| format!("[\"{jid}\"] = {{ subscription = \"both\", groups = {{ Friends = true }} }}");
            let contacts: Vec<String> = contacts.iter().map(known).collect();
            let roster = format!("return {{ [false] = {{ version = 1 }}, {} }};\n", contacts.join(", "));
            fs::write(host.join("accounts").join(&file), account).unwrap();
            fs::write(host.join("roster").join(&file), roster).unwrap();
        }
    }
}
