//! Two processes and the embedded server: files that arrive, files that do not, and what scripts are told of both.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, ChildStdout, Command, Stdio};

use balcony::demo::Server;
use balcony::demo::plan::{Manner, PASSWORD, Plan};
use jid::BareJid;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::home::{Home, Ran};

pub(super) const JULIET: &str = "juliet@capulet.lit";
pub(super) const ROMEO: &str = "romeo@montague.lit";

/// A server in this process, and a home for each of two people who know each other.
pub(super) struct Town {
    pub(super) server: Server,
    pub(super) runtime: Runtime,
    pub(super) juliet: Home,
    pub(super) romeo: Home,
}

impl Town {
    pub(super) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let friends = [JULIET, ROMEO].map(|jid| BareJid::new(jid).unwrap());
        let proxy = BareJid::new("proxy.capulet.lit").unwrap();
        let plan = Plan::of_friends(&friends).with_proxy(proxy, Manner::Relays);
        let server = runtime.block_on(Server::start(&plan)).unwrap();
        let town = Town { server, runtime, juliet: Home::new(), romeo: Home::new() };
        town.juliet.configure(&town.config(JULIET, PASSWORD));
        town.romeo.configure(&town.config(ROMEO, PASSWORD));
        town
    }

    pub(super) fn config(&self, jid: &str, password: &str) -> String {
        format!(
            "[transfers]\nadvertise = [\"127.0.0.1\"]\nlisten = \"127.0.0.1:0\"\n\
             [accounts.home]\njid = \"{jid}\"\npassword = \"{password}\"\nserver = \"{}\"\ntls = \"none\"\n",
            self.server.address()
        )
    }

    /// Romeo's `receive`, logged in; and his full address.
    pub(super) fn receive(&self, arguments: &[&str]) -> (Running, String) {
        let mut running = Running::start(self.romeo.command(&[&["receive", "--json"], arguments].concat()));
        let online = running.until("online");
        let jid = online["jid"].as_str().unwrap().to_owned();
        (running, jid)
    }

    pub(super) fn send(&self, arguments: &[&str]) -> Ran {
        self.juliet.run(&[&["send", "--json"], arguments].concat())
    }
}

/// A process that writes events.
pub(super) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines }
    }

    /// The next event of that name.
    pub(super) fn until(&mut self, name: &str) -> Value {
        let events = self.lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        events.into_iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("ended without {name}"))
    }

    /// The events until one of that name.
    pub(super) fn up_to(&mut self, name: &str) -> Vec<Value> {
        let events = self.lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        events.take_while(|event| event["event"] != name).collect()
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    pub(super) fn interrupt(&self) {
        assert!(Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Waits for the end; the exit code and what stands on stderr.
    pub(super) fn end(self) -> (Option<i32>, String) {
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

pub(super) fn events(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) fn last<'a>(events: &'a [Value], name: &str) -> &'a Value {
    events.iter().rfind(|event| event["event"] == name).unwrap_or_else(|| panic!("no {name} in {events:?}"))
}

#[test]
fn a_file_arrives_and_both_sides_tell_the_same_story() {
    let town = Town::new();
    let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    fs::write(town.juliet.path().join("sonnet.pdf"), &bytes).unwrap();
    let (mut romeo, _) = town.receive(&["--once", "--dir", "letters"]);

    let juliet = town.send(&["sonnet.pdf", ROMEO]);
    assert_eq!(juliet.code, Some(0), "{}", juliet.stderr);
    let offer = romeo.until("offer");
    let received = romeo.until("outcome");
    assert_eq!(romeo.end().0, Some(0));

    assert_eq!((&offer["name"], &offer["size"]), (&"sonnet.pdf".into(), &300_000.into()));
    assert!(offer["from"].as_str().unwrap().starts_with(JULIET));
    assert_eq!((&received["result"], &received["bytes"]), (&"completed".into(), &300_000.into()));
    let path = town.romeo.path().join("letters/sonnet.pdf");
    assert_eq!(received["path"], path.to_str().unwrap());
    assert!(fs::read(path).unwrap() == bytes);

    let told = events(&juliet);
    assert_eq!(told[0]["event"], "online");
    assert!(last(&told, "offer")["to"].as_str().unwrap().starts_with(ROMEO));
    assert_eq!(last(&told, "answer")["transfer"], last(&told, "offer")["transfer"]);
    assert_eq!(last(&told, "attempt")["state"], "active");
    assert_eq!(last(&told, "outcome")["result"], "completed");
    assert_eq!(last(&told, "outcome")["via"], received["via"]);
    assert_eq!((&last(&told, "outcome")["verified"], &received["verified"]), (&"sha-256".into(), &"sha-256".into()));
}

#[test]
fn a_file_arrives_by_each_method() {
    let town = Town::new();
    fs::write(town.juliet.path().join("sonnet"), vec![7; 3_000_000]).unwrap();
    for via in ["socks5-direct", "socks5-proxy", "in-band"] {
        let (mut romeo, jid) = town.receive(&["--once"]);
        let juliet = town.send(&["--via", via, "sonnet", &jid]);
        assert_eq!(juliet.code, Some(0), "{via}: {}{}", juliet.stdout, juliet.stderr);
        let sent = events(&juliet);
        assert_eq!(
            (&last(&sent, "outcome")["via"], &last(&sent, "outcome")["verified"]),
            (&via.into(), &"sha-256".into())
        );
        assert_eq!(romeo.until("outcome")["result"], "completed", "{via}");
        assert_eq!(romeo.end().0, Some(0), "{via}");
    }
}

#[test]
fn several_files_and_standard_input_arrive_in_order() {
    let town = Town::new();
    fs::write(town.juliet.path().join("one"), "1").unwrap();
    fs::write(town.juliet.path().join("empty"), "").unwrap();
    let (romeo, jid) = town.receive(&["--dir", "."]);
    let mut send = town.juliet.command(&["send", "--apart", "one", "-", "empty", &jid]);
    let mut juliet = send.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    juliet.stdin.take().unwrap().write_all(b"a letter").unwrap();
    let output = juliet.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).unwrap();
    let arrived: Vec<_> = told.lines().filter_map(|line| line.strip_prefix("sent ")?.split(' ').next()).collect();
    assert_eq!(arrived, ["one", "stdin", "empty"]);
    romeo.interrupt();
    assert_eq!(romeo.end().0, Some(130));
    assert_eq!(fs::read(town.romeo.path().join("stdin")).unwrap(), b"a letter");
    assert_eq!(fs::read(town.romeo.path().join("empty")).unwrap(), b"");
    let spool = fs::read_dir(town.juliet.path().join(".cache/balcony")).unwrap();
    assert_eq!(spool.count(), 0, "the copy of standard input is gone");
}

#[test]
fn a_folder_arrives_as_one_transfer_with_everything_in_its_place() {
    let town = Town::new();
    let photos = town.juliet.path().join("photos");
    fs::create_dir_all(photos.join("2024/empty")).unwrap();
    fs::write(photos.join("a.jpg"), vec![1; 70_000]).unwrap();
    fs::write(photos.join("2024/b ü.jpg"), vec![2; 5]).unwrap();
    for (via, folder) in [("socks5-direct", "photos"), ("in-band", "photos (1)")] {
        let (mut romeo, jid) = town.receive(&["--once", "--dir", "."]);
        let juliet = town.send(&["--via", via, "photos", &jid]);
        assert_eq!(juliet.code, Some(0), "{via}: {}{}", juliet.stdout, juliet.stderr);
        let sent = events(&juliet);
        assert_eq!((&last(&sent, "offer")["name"], &last(&sent, "offer")["files"]), (&"photos".into(), &2.into()));
        assert_eq!(last(&sent, "outcome")["verified"], "sha-256");
        assert_eq!(romeo.until("outcome")["result"], "completed", "{via}");
        assert_eq!(romeo.end().0, Some(0), "{via}");
        let arrived = town.romeo.path().join(folder);
        assert_eq!(fs::read(arrived.join("a.jpg")).unwrap(), vec![1; 70_000]);
        assert_eq!(fs::read(arrived.join("2024/b ü.jpg")).unwrap(), vec![2; 5]);
        assert!(arrived.join("2024/empty").is_dir());
    }
    assert!(!town.romeo.path().join("photos.part").exists(), "nothing is left of the archive");
}

#[test]
fn a_program_in_a_folder_can_be_run_and_names_that_differ_in_capitals_stay_and_what_cannot_stay_is_told() {
    let town = Town::new();
    let kit = town.juliet.path().join("kit");
    fs::create_dir_all(&kit).unwrap();
    for name in ["Install.sh", "install.sh", "a:b", "C:\\x"] {
        fs::write(kit.join(name), name).unwrap();
    }
    fs::set_permissions(kit.join("install.sh"), Permissions::from_mode(0o4755)).unwrap();
    let (mut romeo, jid) = town.receive(&["--once", "--dir", "."]);
    assert_eq!(town.send(&["kit", &jid]).code, Some(0));
    assert_eq!(romeo.until("finishing")["state"], "unpacking");
    assert_eq!(romeo.until("outcome")["result"], "completed");
    let stderr = romeo.end().1;
    let arrived = town.romeo.path().join("kit");
    let mode = |name: &str| fs::metadata(arrived.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("install.sh"), mode("Install.sh"), mode("x")), (0o700, 0o600, 0o600));
    assert!(stderr.contains("kit: 1 name in it was changed here"), "{stderr}");
}

#[test]
fn several_files_and_patterns_arrive_as_one_transfer() {
    let town = Town::new();
    for name in ["one.txt", "two.txt", "other"] {
        fs::write(town.juliet.path().join(name), name).unwrap();
    }
    let (romeo, jid) = town.receive(&["--once", "--dir", "."]);
    let juliet = town.send(&["other", "*.txt", &jid]);
    assert_eq!(juliet.code, Some(0), "{}", juliet.stderr);
    assert_eq!(events(&juliet).iter().filter(|event| event["event"] == "offer").count(), 1);
    assert_eq!(romeo.end().0, Some(0));
    for name in ["one.txt", "two.txt", "other"] {
        assert_eq!(fs::read_to_string(town.romeo.path().join("other and 2 more").join(name)).unwrap(), name);
    }
    let none = town.send(&["*.gif", &jid]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("*.gif fits no file"), "{}", none.stderr);
}

#[test]
fn a_declined_file_is_code_3_on_both_sides() {
    let town = Town::new();
    fs::write(town.juliet.path().join("sonnet"), "Shall I").unwrap();
    let (mut romeo, jid) = town.receive(&["--once", "--decline"]);
    let juliet = town.send(&["sonnet", &jid]);
    assert_eq!(juliet.code, Some(3), "{}", juliet.stderr);
    assert_eq!(last(&events(&juliet), "outcome")["result"], "declined");
    assert_eq!(romeo.until("outcome")["result"], "declined");
    assert_eq!(romeo.end().0, Some(3));
}

#[test]
fn who_may_not_send_is_declined_and_told_while_receive_goes_on() {
    let town = Town::new();
    fs::write(town.juliet.path().join("sonnet"), "Shall I").unwrap();
    let (romeo, jid) = town.receive(&["--once", "--from", "nurse@capulet.lit"]);
    assert_eq!(town.send(&["sonnet", &jid]).code, Some(3));
    romeo.interrupt();
    let (code, stderr) = romeo.end();
    assert_eq!(code, Some(130));
    assert!(stderr.contains("declined sonnet from juliet@capulet.lit/"), "{stderr}");
}

#[test]
fn rules_answer_offers_and_say_so() {
    let town = Town::new();
    let rules = "[[rules]]\naction = \"accept\"\nat_most = \"1 kB\"\nkeep_free = \"1 kB\"\nfolder = \"~/small\"\n\
                 [[rules]]\naction = \"decline\"\nfrom = [\"juliet@capulet.lit\"]\ntypes = [\".exe\"]\n";
    town.romeo.configure(&format!("{rules}{}", town.config(ROMEO, PASSWORD)));
    fs::write(town.juliet.path().join("virus.exe"), "x").unwrap();
    fs::write(town.juliet.path().join("sonnet"), "x").unwrap();
    let (mut romeo, jid) = town.receive(&["--once"]);
    assert_eq!(town.send(&["virus.exe", &jid]).code, Some(3));
    assert_eq!(town.send(&["sonnet", &jid]).code, Some(0));
    let declined = romeo.until("rule");
    assert_eq!((&declined["rule"], &declined["action"]), (&2.into(), &"decline".into()));
    let accepted = romeo.until("rule");
    assert_eq!((&accepted["rule"], &accepted["action"]), (&1.into(), &"accept".into()));
    assert_eq!(romeo.until("outcome")["result"], "completed");
    assert_eq!(romeo.end().0, Some(0));
    assert!(town.romeo.path().join("small/sonnet").exists());
}

#[test]
fn an_interrupted_send_is_code_130_and_the_other_side_waits_for_the_rest() {
    let mut town = Town::new();
    let pace = 40_000.try_into().unwrap();
    let slow = town.runtime.block_on(town.server.slow_address(pace)).unwrap();
    let config = town.config(JULIET, PASSWORD).replace(&town.server.address().to_string(), &slow.to_string());
    town.juliet.configure(&config);
    fs::write(town.juliet.path().join("epic"), vec![7; 4_000_000]).unwrap();
    let (mut romeo, jid) = town.receive(&["--once"]);
    let mut juliet = Running::start(town.juliet.command(&["send", "--json", "--via", "in-band", "epic", &jid]));
    juliet.until("progress");
    juliet.interrupt();
    assert_eq!(juliet.until("outcome")["result"], "interrupted");
    assert_eq!(juliet.end().0, Some(130));
    assert_ne!(romeo.until("interrupted")["bytes"], 0);
    romeo.interrupt();
    assert_eq!(romeo.until("outcome")["result"], "interrupted");
    assert_eq!(romeo.end().0, Some(130));
}

#[test]
fn a_wrong_password_and_a_server_that_is_not_there_are_code_5() {
    let town = Town::new();
    town.juliet.configure(&town.config(JULIET, "hate"));
    let wrong = town.juliet.run(&["receive"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(5), ""), "{}", wrong.stderr);
    assert!(wrong.stderr.starts_with("balcony: could not log in as juliet@capulet.lit (home): "), "{}", wrong.stderr);
    assert!(wrong.stderr.trim_end().ends_with("check jid and password in the configuration"), "{}", wrong.stderr);

    let config = town.config(JULIET, PASSWORD);
    let address = town.server.address().to_string();
    drop(town.server);
    town.juliet.configure(&config.replace(&address, "127.0.0.1:1"));
    let absent = town.juliet.run(&["receive"]);
    assert_eq!(absent.code, Some(5));
    assert!(absent.stderr.contains("refused"), "{}", absent.stderr);
}
