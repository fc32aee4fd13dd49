//! How soon programs can be used after they are started, and how much memory they take once they are online.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use balcony::engine::amount;

use super::archive;
use super::scene::CONTACTS;
use super::support::daemon::{Account, Kind, Server};
use super::support::terminal::{Terminal, has_line};

/// How often each is started.
const RUNS: usize = 7;

/// Whoever is online has asked for what is needed after so long.
const SETTLED: Duration = Duration::from_secs(4);

/// Anything takes less.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program on an account.
struct Program {
    name: &'static str,
    /// How it is had.
    package: &'static str,
    account: Load,
    /// How it is called in a home that it may fill.
    command: fn(&Account, &Path) -> Command,
    /// Whether one can begin to type.
    is_there: fn(&str) -> bool,
    is_online: fn(&str) -> bool,
}

/// What the account holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    /// One contact, and nothing was said.
    Empty,
    /// 10,000 contacts, and with one of them 100,000 messages.
    Full,
    /// What the demo has.
    Demo,
}

const PROGRAMS: &[Program] = &[
    Program { name: "balcony demo", account: Load::Demo, command: demo, ..BALCONY },
    Program { name: "balcony, empty account", ..BALCONY },
    Program { name: "balcony, 10,000 contacts, 100,000 messages", account: Load::Full, ..BALCONY },
    Program { name: "profanity, empty account", ..PROFANITY },
    Program { name: "profanity, 10,000 contacts", account: Load::Full, ..PROFANITY },
    Program { name: "mcabber, empty account", ..MCABBER },
    Program { name: "mcabber, 10,000 contacts", account: Load::Full, ..MCABBER },
    Program { name: "finch, empty account", ..FINCH },
    Program { name: "finch, 10,000 contacts", account: Load::Full, ..FINCH },
];

const BALCONY: Program = Program {
    name: "",
    package: "",
    account: Load::Empty,
    command: balcony,
    is_there: |screen| screen.contains("F1 help"),
    is_online: |screen| screen.lines().next().is_some_and(|status| status.contains("● online")),
};

const PROFANITY: Program = Program {
    name: "",
    package: "profanity",
    account: Load::Empty,
    command: profanity,
    is_there: |screen| screen.contains("Profanity. Type /help"),
    is_online: |screen| screen.contains("logged in successfully"),
};

const MCABBER: Program = Program {
    name: "",
    package: "mcabber",
    account: Load::Empty,
    command: mcabber,
    is_there: |screen| screen.contains("mcabber"),
    is_online: |screen| screen.contains("You are now online") || has_line(screen, &["[o]"]),
};

const FINCH: Program = Program {
    name: "",
    package: "finch",
    account: Load::Empty,
    command: finch,
    is_there: |screen| screen.contains("Buddy List"),
    is_online: |screen| screen.contains("romeo") || screen.contains("House"),
};

/// What one start was like.
struct Start {
    there: Duration,
    online: Duration,
    /// Bytes.
    memory: u64,
}

/// Prints a line for each program that is chosen.
pub(crate) fn print(is_chosen: impl Fn(&str) -> bool) {
    println!("| program | can be used after | online after | memory |\n| --- | ---: | ---: | ---: |");
    for program in PROGRAMS.iter().filter(|program| is_chosen(program.name)) {
        let mut starts: Vec<Start> = (0..RUNS).map(|_| start(program)).collect();
        let millis = |time: Duration| format!("{} ms", time.as_millis());
        starts.sort_unstable_by_key(|start| start.there);
        let there = starts[RUNS / 2].there;
        starts.sort_unstable_by_key(|start| start.online);
        let online = starts[RUNS / 2].online;
        starts.sort_unstable_by_key(|start| start.memory);
        let memory = starts[RUNS / 2].memory;
        println!("| {} | {} | {} | {} |", program.name, millis(there), millis(online), amount::bytes(memory));
    }
}

fn start(program: &Program) -> Start {
    let couple = Server::shared(Kind::Prosody).couple();
    let home = tempfile::tempdir().unwrap();
    if program.account == Load::Full {
        fill_roster(&couple.juliet);
    }
    let told = (program.command)(&couple.juliet, home.path());
    if program.account == Load::Full && program.package.is_empty() {
        fill_history(&couple.juliet, home.path());
    }
    let terminal = Terminal::start(&held_back(&told));
    thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    terminal.press("Enter");
    let there = until(program, &terminal, began, program.is_there);
    let online = until(program, &terminal, began, program.is_online);
    thread::sleep(SETTLED);
    Start { there, online, memory: memory_of(&terminal.process()) }
}

/// A shell that becomes the program when Enter is pressed.
fn held_back(told: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "stty -echo; read go; exec \"$@\"", "sh"]).arg(told.get_program()).args(told.get_args());
    shell.env_clear().envs(told.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

fn until(program: &Program, terminal: &Terminal, began: Instant, is_so: fn(&str) -> bool) -> Duration {
    loop {
        let screen = terminal.screen();
        let took = began.elapsed();
        if is_so(&screen) {
            return took;
        }
        let how =
            if program.package.is_empty() { String::new() } else { format!("apt-get install {}", program.package) };
        assert!(took < PATIENCE, "{} does not come up; {how}\n{screen}", program.name);
    }
}

fn memory_of(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

/// As Prosody itself would write it.
fn fill_roster(who: &Account) {
    let folder = who.server.authority().parent().unwrap().join("data/capulet%2elit/roster");
    let name = who.jid.split('@').next().unwrap();
    let mut roster = "return { [false] = { version = 1 };\n".to_owned();
    for number in 0..CONTACTS {
        let house = number % 40;
        let _ = writeln!(
            roster,
            "[\"{number}@montague.lit\"] = {{ subscription = \"both\", name = \"Montague the {number}th\", \
             groups = {{ [\"House {house}\"] = true }} }};"
        );
    }
    fs::write(folder.join(format!("{name}.dat")), roster + "};\n").unwrap();
}

fn fill_history(who: &Account, home: &Path) {
    let folder = home.join(".local/state/balcony");
    archive::fill(&folder.join("balcony.db"), &who.jid.parse().unwrap());
}

fn at_home(mut command: Command, home: &Path) -> Command {
    command.env_clear().env("HOME", home).env("LANG", "C.UTF-8");
    command
}

fn private(path: &PathBuf, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

fn demo(_: &Account, home: &Path) -> Command {
    let mut command = at_home(Command::new(env!("CARGO_BIN_EXE_balcony")), home);
    command.env("TMPDIR", home).arg("demo");
    command
}

fn balcony(who: &Account, home: &Path) -> Command {
    let config = format!(
        "[accounts.home]\njid = \"{}/bench\"\npassword = \"{}\"\nserver = \"127.0.0.1:{}\"\npin = \"{}\"\n\
         [transfers]\nlisten = \"127.0.0.1:0\"\n",
        who.jid,
        who.password,
        who.server.port(),
        who.server.pin()
    );
    private(&home.join(".config/balcony/config.toml"), &config);
    at_home(Command::new(env!("CARGO_BIN_EXE_balcony")), home)
}

fn profanity(who: &Account, home: &Path) -> Command {
    let account = format!(
        "[bench]\nenabled=true\njid={}\nresource=bench\npassword={}\nserver=127.0.0.1\nport={}\ntls.policy=trust\n",
        who.jid,
        who.password,
        who.server.port()
    );
    private(&home.join(".local/share/profanity/accounts"), &account);
    let mut command = at_home(Command::new("profanity"), home);
    command.args(["-a", "bench"]);
    command
}

fn mcabber(who: &Account, home: &Path) -> Command {
    let config = format!(
        "set jid = {}\nset password = {}\nset server = 127.0.0.1\nset port = {}\nset tls = 1\nset ssl_ignore_checks = 1\n",
        who.jid,
        who.password,
        who.server.port()
    );
    private(&home.join(".mcabber/mcabberrc"), &config);
    at_home(Command::new("mcabber"), home)
}

fn finch(who: &Account, home: &Path) -> Command {
    let account = format!(
        "<?xml version='1.0' encoding='UTF-8' ?>\n<account version='1.0'><account><protocol>prpl-jabber</protocol>\
         <name>{}/bench</name><password>{}</password><settings>\
         <setting name='connect_server' type='string'>127.0.0.1</setting><setting name='port' type='int'>{}</setting>\
         <setting name='connection_security' type='string'>require_tls</setting></settings>\
         <settings ui='gnt-gaim'><setting name='auto-login' type='bool'>1</setting></settings></account></account>\n",
        who.jid,
        who.password,
        who.server.port()
    );
    private(&home.join(".purple/accounts.xml"), &account);
    let peers = home.join(".purple/certificates/x509/tls_peers/capulet.lit");
    private(&peers, &fs::read_to_string(who.server.authority().with_file_name("certificate.pem")).unwrap());
    at_home(Command::new("finch"), home)
}
