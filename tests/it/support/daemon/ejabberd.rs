//! ejabberd, as a bare Erlang node that no other can see, so that neither `epmd` nor the user `ejabberd` is needed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::ground::Ground;
use crate::support::process::Process;

/// Where it keeps what is said.
#[derive(Debug, Clone, Copy)]
pub(super) enum Archive {
    ItsOwn,
    /// One that runs already.
    InMariaDb,
}

impl Archive {
    /// The configuration's lines about it.
    fn lines(self) -> &'static str {
        match self {
            Archive::ItsOwn => "",
            Archive::InMariaDb => {
                "    db_type: sql\n\nsql_type: mysql\nsql_server: \"127.0.0.1\"\nsql_port: @ARCHIVE@\n\
                 sql_database: archive\nsql_username: root\nsql_password: \"\"\nsql_pool_size: 2\n"
            }
        }
    }
}

pub(super) fn start(ground: &Ground, archive: Archive) -> Process {
    let template = [include_str!("ejabberd.yml"), archive.lines()].concat();
    let config = ground.write("ejabberd.yml", &template);
    let accounts = ground.write("accounts.erl", include_str!("accounts.erl"));
    let make_accounts = format!("ok = file:eval(\"{}\").", accounts.display());
    let database = format!("\"{}\"", ground.folder.join("database").display());
    let mut command = Command::new("erl");
    command.args(["-noinput", "-mnesia", "dir", &database, "-s", "ejabberd", "-eval", &make_accounts]);
    command.current_dir(&ground.folder).env("ERL_LIBS", libraries());
    command.env("EJABBERD_CONFIG_PATH", config).env("EJABBERD_LOG_PATH", ground.folder.join("server.log"));
    command.env("ERL_CRASH_DUMP", ground.folder.join("crash.dump")).env("HOME", &ground.folder);
    let mut process = Process::start_leashed("ejabberd", &command);
    process.wait_for("that its accounts are ready", |line| line.contains("accounts are ready").then_some(()));
    process
}

/// The folder of Erlang's libraries that has ejabberd among them: `/usr/lib/ARCHITECTURE`.
fn libraries() -> PathBuf {
    let names = |folder: &PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut folders = fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
    folders
        .find(|folder| names(folder).any(|name| name.to_string_lossy().starts_with("ejabberd-")))
        .expect("ejabberd is not installed; tests/run installs everything that the tests need")
}
