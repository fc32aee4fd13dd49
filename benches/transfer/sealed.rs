//! What TLS adds to a bare copy at least: the library, the suite and the buffers of Balcony, a thread for each end.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// How much is taken from the kernel at once, and given to it, as in Balcony.
const AT_ONCE: usize = 256 * 1024;

const NAME: &str = "localhost";

/// Where bytes come out of TLS.
pub(crate) struct Source(StreamOwned<ServerConnection, Buffered>);

/// Where they go into it.
pub(crate) struct Target(StreamOwned<ClientConnection, TcpStream>);

/// TLS around two sockets that are joined.
pub(crate) fn seal((source, target): (TcpStream, TcpStream)) -> (Source, Target) {
    let provider = Arc::new(CryptoProvider { cipher_suites: vec![TLS13_AES_128_GCM_SHA256], ..default_provider() });
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let mut trusted = RootCertStore::empty();
    trusted.add(cert.der().clone()).unwrap();
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    server.send_tls13_tickets = 0;
    let client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let accepted = ServerConnection::new(Arc::new(server)).unwrap();
    let mut begun = ClientConnection::new(Arc::new(client), NAME.try_into().unwrap()).unwrap();
    begun.set_buffer_limit(Some(AT_ONCE));
    let source = Buffered(BufReader::with_capacity(AT_ONCE, source));
    (Source(StreamOwned::new(accepted, source)), Target(StreamOwned::new(begun, target)))
}

impl Read for Source {
    /// TLS gives a record at a time; a block holds sixteen.
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let mut length = 0;
        while length < block.len() {
            match self.0.read(&mut block[length..])? {
                0 => break,
                more => length += more,
            }
        }
        Ok(length)
    }
}

impl Write for Target {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.0.write(block)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.0.conn.send_close_notify();
        self.0.flush().unwrap();
    }
}

/// A socket that is read in large pieces: TLS by itself asks for 4 KiB.
struct Buffered(BufReader<TcpStream>);

impl Read for Buffered {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        self.0.read(block)
    }
}

impl Write for Buffered {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(block)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.get_mut().flush()
    }
}
