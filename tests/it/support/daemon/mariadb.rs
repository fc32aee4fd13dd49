//! `MariaDB`, for an ejabberd that searches: its own archive, in Mnesia, is none that does.
//!
//! It listens on loopback, asks nobody for a password, and begins with nothing but the tables of the archive, as
//! ejabberd's package writes them: that takes half a second, and none of `MariaDB`'s own tables.

use std::fs;
use std::process::Command;

use super::ground::Ground;
use crate::support::process::Process;

/// Where ejabberd's package has its tables.
const TABLES: &str = "/usr/share/ejabberd/sql/mysql.sql";

pub(super) fn start(ground: &Ground) -> Process {
    let data = ground.folder.join("archive");
    fs::create_dir(&data).unwrap();
    let tables = ground.folder.join("tables.sql");
    fs::write(&tables, archive_tables()).unwrap();
    let mut command = Command::new("/usr/sbin/mariadbd");
    command.args(["--no-defaults", "--skip-grant-tables", "--bind-address=127.0.0.1", "--performance-schema=OFF"]);
    command.args(["--innodb-buffer-pool-size=8M", "--innodb-flush-log-at-trx-commit=0"]);
    command.arg(format!("--port={}", ground.ports.archive));
    command.arg(format!("--datadir={}", data.display()));
    command.arg(format!("--socket={}", data.join("socket").display()));
    command.arg(format!("--init-file={}", tables.display()));
    // It does not run as root unless that is said.
    command.args(["--user", &owner()]);
    let mut process = Process::start_leashed("MariaDB", &command);
    process.wait_for_error("that it is ready", |line| line.contains("ready for connections").then_some(()));
    process
}

/// The statements about the archive.
fn archive_tables() -> String {
    let all = fs::read_to_string(TABLES).unwrap();
    let lines: Vec<&str> = all.lines().filter(|line| !line.starts_with("--")).collect();
    let joined = lines.join("\n");
    let is_wanted = |statement: &&str| ["TABLE archive", "ON archive"].iter().any(|words| statement.contains(words));
    let statements = joined.split(';').filter(is_wanted).map(|statement| format!("{};\n", statement.trim()));
    let statements: String = statements.collect();
    format!("CREATE DATABASE archive CHARACTER SET utf8mb4;\nUSE archive;\n{statements}")
}

fn owner() -> String {
    let name = Command::new("id").arg("--user").arg("--name").output().unwrap().stdout;
    String::from_utf8(name).unwrap().trim().to_owned()
}
