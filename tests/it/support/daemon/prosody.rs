//! Prosody, its accounts written as the files that it would write itself.

use std::fs;
use std::process::Command;

use super::ground::{COUPLES, DOMAIN, Ground, PASSWORD};
use crate::support::process::Process;

/// Starts it with further modules, quoted and with commas between them.
pub(super) fn start(ground: &Ground, modules: &str) -> Process {
    write_accounts(ground);
    let config = ground.write("prosody.cfg.lua", &include_str!("prosody.cfg.lua").replace("@MODULES@", modules));
    let mut command = Command::new("prosody");
    command.arg("--config").arg(config).arg("-F");
    let mut process = Process::start_leashed("prosody", &command);
    let mut awaited = vec!["c2s", "c2s_direct_tls", "proxy65"];
    process.wait_for("that its services are active", |line| {
        awaited.retain(|service| !line.contains(&format!("Activated service '{service}' on [")));
        awaited.is_empty().then_some(())
    });
    process
}

fn write_accounts(ground: &Ground) {
    let host = ground.folder.join("data").join(DOMAIN.replace('.', "%2e"));
    for kind in ["accounts", "roster"] {
        fs::create_dir_all(host.join(kind)).unwrap();
    }
    for number in 1..=COUPLES {
        for (name, friend) in [("juliet", "romeo"), ("romeo", "juliet")] {
            let file = format!("{name}{number}.dat");
            let account = format!("return {{ password = \"{PASSWORD}\" }};\n");
            let contact = "subscription = \"both\", groups = { Friends = true }";
            let roster = format!(
                "return {{ [false] = {{ version = 1 }}, [\"{friend}{number}@{DOMAIN}\"] = {{ {contact} }} }};\n"
            );
            fs::write(host.join("accounts").join(&file), account).unwrap();
            fs::write(host.join("roster").join(&file), roster).unwrap();
        }
    }
}
