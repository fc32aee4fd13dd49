//! How soon programs can be used after they are started, how much memory they take once they are online, and what they
//! do while nothing happens.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use balcony::engine::amount;

use super::archive::{self, CONTACTS};
use super::process::{Threads, memory_of};
use super::support::daemon::{Account, Kind, Server};
use super::support::terminal::{Terminal, has_line};

/// Where poezio is, once pip has installed it into an environment of its own.
pub(crate) const POEZIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/poezio/bin/poezio");

/// A user who has nothing.
const NOBODY: u32 = 65_534;

/// How often each is started.
const RUNS: usize = 5;

/// Whoever is online has asked for what is needed after so long; with 10,000 contacts the server has, too.
const SETTLED: Duration = Duration::from_secs(6);

/// So long nothing happens.
const QUIET: Duration = Duration::from_secs(10);

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
    Program { name: "poezio, empty account", ..POEZIO_EMPTY },
    Program { name: "poezio, 10,000 contacts", account: Load::Full, ..POEZIO_EMPTY },
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

const POEZIO_EMPTY: Program = Program {
    name: "",
    package: "python3-dev gcc && python3 -m venv target/peers/poezio && target/peers/poezio/bin/pip install poezio",
    account: Load::Empty,
    command: poezio,
    is_there: |screen| screen.contains("Welcome to poezio"),
    is_online: |screen| screen.contains("Authentication success"),
};

/// What one start was like, and the quiet after it.
struct Start {
    there: Duration,
    online: Duration,
    /// Bytes.
    memory: u64,
    /// How often a thread woke up.
    wake_ups: u64,
    /// How long threads ran.
    ran: Duration,
}

/// Prints a line for each program that is chosen: the medians.
pub(crate) fn print(is_chosen: impl Fn(&str) -> bool) {
    println!("| program | can be used after | online after | memory | wake-ups in 10 s | processor time in 10 s |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for program in PROGRAMS.iter().filter(|program| is_chosen(program.name)) {
        let starts: Vec<Start> = (0..RUNS).map(|_| start(program)).collect();
        let millis = |what: fn(&Start) -> Duration| format!("{:.1} ms", median(&starts, what).as_secs_f64() * 1000.0);
        let memory = amount::bytes(median(&starts, |start| start.memory));
        let wake_ups = median(&starts, |start| start.wake_ups);
        let [there, online, ran] =
            [millis(|start| start.there), millis(|start| start.online), millis(|start| start.ran)];
        println!("| {} | {there} | {online} | {memory} | {wake_ups} | {ran} |", program.name);
    }
}

fn median<T: Ord>(starts: &[Start], what: fn(&Start) -> T) -> T {
    let mut values: Vec<T> = starts.iter().map(what).collect();
    values.sort_unstable();
    values.swap_remove(RUNS / 2)
}

fn start(program: &Program) -> Start {
    let couple = Server::shared(Kind::QuietProsody).couple();
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
    let process = terminal.process();
    let before = Threads::of(&process);
    thread::sleep(QUIET);
    let quiet = Threads::of(&process).since(&before);
    Start { there, online, memory: memory_of(&process), wake_ups: quiet.waits, ran: quiet.ran }
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
         <settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings></account></account>\n",
        who.jid,
        who.password,
        who.server.port()
    );
    private(&home.join(".purple/accounts.xml"), &account);
    let shows_offline = "<?xml version='1.0' encoding='UTF-8' ?>\n<pref version='1' name='/'><pref name='finch'>\
         <pref name='blist'><pref name='showoffline' type='bool' value='1'/></pref></pref></pref>\n";
    private(&home.join(".purple/prefs.xml"), shows_offline);
    let peers = home.join(".purple/certificates/x509/tls_peers/127.0.0.1");
    private(&peers, &fs::read_to_string(who.server.authority().with_file_name("certificate.pem")).unwrap());
    at_home(Command::new("finch"), home)
}

fn poezio(who: &Account, home: &Path) -> Command {
    let config = format!(
        "[Poezio]\njid = {}/bench\npassword = {}\ncustom_host = 127.0.0.1\ncustom_port = {}\nca_cert_path = {}\n",
        who.jid,
        who.password,
        who.server.port(),
        who.server.authority().display()
    );
    let path = home.join(".config/poezio/poezio.cfg");
    private(&path, &config);
    // It refuses to be run by root, who runs the tests.
    for mine in path.ancestors().take_while(|place| place.starts_with(home)) {
        chown(mine, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut command = at_home(Command::new("setpriv"), home);
    command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]).arg("--clear-groups").arg(POEZIO);
    command
}
