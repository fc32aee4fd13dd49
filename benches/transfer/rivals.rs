//! What programs that are no XMPP clients do with the same file: scp, magic-wormhole.
//!
//! Each is measured from the moment when both sides know of the file until the receiver says that it has it. Nobody's
//! start of a program, login or connection to a server counts, and whether they hash or wait for the disk is their affair.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::pairs::ROUNDS;
use crate::support::process::Process;

/// An OpenSSH server of our own on loopback, for whoever runs this.
pub(crate) struct Scp {
    folder: TempDir,
    port: u16,
    /// What it takes to copy nothing: to start, to log in and to hang up.
    nothing: Duration,
    _server: Process,
}

impl Scp {
    const SERVER: &str = "/usr/sbin/sshd";

    pub(crate) fn start() -> Self {
        let needed = "scp is compared with OpenSSH's server: apt-get install --no-install-recommends openssh-server";
        assert!(Path::new(Self::SERVER).exists(), "{needed}");
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        for key in ["host", "user"] {
            let path = folder.path().join(key);
            run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path));
        }
        // Only root's server needs it; Debian's own service makes it at each start.
        let _ = fs::create_dir_all("/run/sshd");
        let place = folder.path().display();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {place}/host\nAuthorizedKeysFile {place}/user.pub\n\
             StrictModes no\nUsePAM no\nPidFile none\nSubsystem sftp internal-sftp\n"
        );
        fs::write(folder.path().join("config"), config).unwrap();
        let mut server =
            started("sshd", Command::new(Self::SERVER).args(["-D", "-e", "-f"]).arg(folder.path().join("config")));
        server.wait_for("that it listens", |line| line.contains("Server listening").then_some(()));
        let mut scp = Scp { folder, port, nothing: Duration::ZERO, _server: server };
        let (nothing, nowhere) = (scp.folder.path().join("nothing"), scp.folder.path().join("copied"));
        fs::write(&nothing, "").unwrap();
        scp.nothing = (0..ROUNDS).map(|_| scp.copy(&nothing, &nowhere)).min().unwrap();
        scp
    }

    /// Copies: without what it takes to copy nothing.
    pub(crate) fn copy(&self, from: &Path, to: &Path) -> Duration {
        let key = self.folder.path().join("user");
        let mut command = Command::new("scp");
        command.args(["-q", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        command.args(["-o", "LogLevel=ERROR", "-P", &self.port.to_string(), "-i"]).arg(key);
        command.arg(from).arg(format!("127.0.0.1:{}", to.display()));
        let began = Instant::now();
        run(&mut command);
        began.elapsed().saturating_sub(self.nothing)
    }
}

/// magic-wormhole, and its mailbox server on loopback.
pub(crate) struct Wormhole {
    port: u16,
    codes: u32,
    _mailbox: Process,
    _folder: TempDir,
}

impl Wormhole {
    const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/wormhole/bin");

    pub(crate) fn start() -> Self {
        let needed = "python3 -m venv target/peers/wormhole && target/peers/wormhole/bin/pip install magic-wormhole \
                      magic-wormhole-mailbox-server";
        assert!(Self::program("wormhole").exists(), "magic-wormhole comes from PyPI: {needed}");
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut command = Command::new(Self::program("twist"));
        command
            .args(["wormhole-mailbox", &format!("--port=tcp:{port}:interface=127.0.0.1")])
            .current_dir(folder.path());
        let mut mailbox = started("the mailbox", &command);
        mailbox.wait_for("that it listens", |line| line.contains(" starting on ").then_some(()));
        Wormhole { port, codes: 0, _mailbox: mailbox, _folder: folder }
    }

    /// Sends: without the exchange of keys, which takes as long as Python does.
    pub(crate) fn send(&mut self, from: &Path, to: &Path) -> Duration {
        self.codes += 1;
        let code = format!("{}-balcony-bench", self.codes);
        let mut receive = self.wormhole("receive");
        receive.args(["--accept-file", "--hide-progress", "-o"]).arg(to).arg(&code);
        let mut receive = started("wormhole receive", &receive);
        let mut send = self.wormhole("send");
        send.args(["--hide-progress", "--code", &code]).arg(from);
        let mut send = started("wormhole send", &send);
        receive.wait_for("that it receives", |line| line.contains("Receiving (").then_some(()));
        let began = Instant::now();
        receive.wait_for("that it has received", |line| line.contains("Received file").then_some(()));
        let took = began.elapsed();
        assert!(send.wait().success());
        took
    }

    fn wormhole(&self, subcommand: &str) -> Command {
        let mut command = Command::new(Self::program("wormhole"));
        // Both sides find each other on this machine; a relay is named so that none on the Internet is asked.
        let mailbox = format!("--relay-url=ws://127.0.0.1:{}/v1", self.port);
        command.args([&mailbox, "--transit-helper=tcp:127.0.0.1:1", subcommand]);
        command
    }

    fn program(name: &str) -> PathBuf {
        Path::new(Self::PROGRAMS).join(name)
    }
}

/// Starts a program, its errors among its lines.
fn started(name: &str, command: &Command) -> Process {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"exec "$@" 2>&1"#, "sh"]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    Process::start(name, shell)
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|why| panic!("{}: {why}", command.get_program().display()));
    assert!(status.success(), "{command:?}: {status}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port()
}
