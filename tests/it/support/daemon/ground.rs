//! What any server stands on: a folder, free ports, a certificate.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use sha2::{Digest, Sha256};

pub(super) const DOMAIN: &str = "capulet.lit";
pub(super) const PASSWORD: &str = "but soft";
/// More than the tests ask for.
pub(super) const COUPLES: usize = 160;

/// Ports are taken from here: outside of what the system gives to outgoing connections, so that none comes between
/// finding a port and listening there.
const PORTS: Range<u16> = 20_000..30_000;
const LINES_OF_LOG: usize = 40;

/// A place for one server.
pub(super) struct Ground {
    pub(super) folder: PathBuf,
    /// Where it is to listen; the first is where its proxy is.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) ports: Ports,
    /// The fingerprint of `certificate.pem`.
    pub(super) pin: String,
}

/// At which ports.
pub(super) struct Ports {
    pub(super) c2s: u16,
    pub(super) direct_tls: u16,
    pub(super) proxy: u16,
    /// For the servers of other domains.
    pub(super) components: u16,
    /// Of the database that keeps what is said, where it is a program of its own.
    pub(super) archive: u16,
}

impl Ground {
    /// An empty folder below `target`, but for `authority.pem`, `certificate.pem` and `key.pem`. What a server leaves there stays to be
    /// looked at until the next run.
    pub(super) fn fresh(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        match fs::remove_dir_all(&folder) {
            Err(why) if why.kind() != ErrorKind::NotFound => panic!("{}: {why}", folder.display()),
            _ => fs::create_dir_all(&folder).unwrap(),
        }
        let ports = Ports {
            c2s: free_port(),
            direct_tls: free_port(),
            proxy: free_port(),
            components: free_port(),
            archive: free_port(),
        };
        Self::at(folder, vec![Ipv4Addr::LOCALHOST.into()], ports)
    }

    /// One for a server that has these addresses to itself.
    pub(super) fn alone(folder: &Path, addresses: &[IpAddr]) -> Self {
        let ports = Ports { c2s: 5222, direct_tls: 5223, proxy: 5000, components: 5347, archive: 3306 };
        Self::at(folder.to_owned(), addresses.to_owned(), ports)
    }

    fn at(folder: PathBuf, addresses: Vec<IpAddr>, ports: Ports) -> Self {
        let pin = make_certificates(&folder);
        Ground { folder, addresses, ports, pin }
    }

    /// Writes a file of configuration, with what the template leaves open.
    pub(super) fn write(&self, name: &str, template: &str) -> PathBuf {
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let text = template
            .replace("@FOLDER@", self.folder.to_str().unwrap())
            .replace("@DOMAIN@", DOMAIN)
            .replace("@ADDRESS@", &addresses[0])
            .replace("@ADDRESSES@", &addresses.join("\", \""))
            .replace("@PASSWORD@", PASSWORD)
            .replace("@COUPLES@", &COUPLES.to_string())
            .replace("@C2S@", &self.ports.c2s.to_string())
            .replace("@DIRECT_TLS@", &self.ports.direct_tls.to_string())
            .replace("@PROXY@", &self.ports.proxy.to_string())
            .replace("@COMPONENTS@", &self.ports.components.to_string())
            .replace("@ARCHIVE@", &self.ports.archive.to_string());
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Makes others, of another authority.
    pub(super) fn renew_certificates(&mut self) {
        self.pin = make_certificates(&self.folder);
    }

    /// What the server wrote last into `server.log`.
    pub(super) fn end_of_log(&self) -> String {
        let log = fs::read(self.folder.join("server.log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES_OF_LOG)..].join("\n")
    }
}

/// Writes an authority's certificate and the server's, with its key; returns the latter's fingerprint.
fn make_certificates(folder: &Path) -> String {
    let mut vouching = lasting("balcony");
    vouching.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(vouching, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = lasting(DOMAIN).signed_by(&key, &authority).unwrap();
    fs::write(folder.join("authority.pem"), authority.pem()).unwrap();
    fs::write(folder.join("certificate.pem"), certificate.pem() + &authority.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    let digits: Vec<String> = Sha256::digest(certificate.der()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", digits.concat())
}

/// ejabberd sets a timer for the end of a certificate, and the end that is usual for those that never end is too far.
fn lasting(name: &str) -> CertificateParams {
    let mut wanted = CertificateParams::new(vec![name.to_owned()]).unwrap();
    wanted.distinguished_name.push(DnType::CommonName, name);
    wanted.not_after = rcgen::date_time_ymd(2050, 1, 1);
    wanted
}

/// A port that nobody listens on. Test runs at the same time begin to search in different places.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let count = u32::from(PORTS.end - PORTS.start);
    loop {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let offset = (std::process::id() % count * 7 + step) % count;
        let port = PORTS.start + u16::try_from(offset).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
