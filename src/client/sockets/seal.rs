//! TLS around a bytestream: each side shows a raw key (RFC 7250), and only the one that was agreed on will do.
//!
//! A client has one key, made when it starts and never written down: what it proves is agreed on for each stream, in
//! stanzas. Another account of the same process has another, so that nobody sees by it that both are one person's. There
//! are no certificates, no names and nobody who vouches; TLS 1.3 alone, with a fresh secret for each stream.

use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::cipher_suite::{
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::ring::{default_provider, sign};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};
use sha2::{Digest, Sha256};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use crate::engine::{Fingerprint, TlsEnd};

/// A client has to name a server; nobody reads it, for the name is not sent.
const NOBODY: &str = "balcony.invalid";

/// How much is taken from the kernel at once, and given to it: a block of a pump, as in clear. TLS by itself asks for 4 KiB,
/// four times for each record, and gives 64.
const AT_ONCE: usize = 256 * 1024;

/// The key of one client.
#[derive(Debug, Clone)]
pub(in crate::client) struct Key {
    certified: Arc<CertifiedKey>,
    provider: Arc<CryptoProvider>,
    fingerprint: Fingerprint,
}

impl Key {
    /// Makes one; none if the machine has no randomness to give.
    pub(in crate::client) fn make() -> Option<Self> {
        let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
        let signing = sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(secret.as_ref())).ok()?;
        let public = signing.public_key()?;
        let fingerprint = fingerprint(&public);
        let shown = CertificateDer::from(public.as_ref().to_vec());
        let certified = Arc::new(CertifiedKey::new(vec![shown], signing));
        Some(Key { certified, provider: Arc::new(provider()), fingerprint })
    }

    /// Its name.
    pub(in crate::client) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Puts TLS around a connection to whoever has the key of that name.
    pub(in crate::client) async fn seal(&self, tcp: TcpStream, end: TlsEnd, theirs: Fingerprint) -> io::Result<Stream> {
        let named = Arc::new(Named { theirs, provider: Arc::clone(&self.provider) });
        let tcp = BufReader::with_capacity(AT_ONCE, tcp);
        let sealed = match end {
            TlsEnd::Client => {
                let connector = TlsConnector::from(Arc::new(self.as_client(named).map_err(io::Error::other)?));
                let name = ServerName::try_from(NOBODY).map_err(io::Error::other)?;
                TlsStream::from(connector.connect_with(name, tcp, |tls| tls.set_buffer_limit(Some(AT_ONCE))).await?)
            }
            TlsEnd::Server => {
                let acceptor = TlsAcceptor::from(Arc::new(self.as_server(named).map_err(io::Error::other)?));
                TlsStream::from(acceptor.accept_with(tcp, |tls| tls.set_buffer_limit(Some(AT_ONCE))).await?)
            }
        };
        Ok(Stream::Sealed(Box::new(sealed)))
    }

    fn as_client(&self, named: Arc<Named>) -> Result<ClientConfig, Error> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(named)
            .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(Arc::clone(&self.certified))));
        config.enable_sni = false;
        Ok(config)
    }

    fn as_server(&self, named: Arc<Named>) -> Result<ServerConfig, Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(named)
            .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(Arc::clone(&self.certified))));
        // A stream is never taken up again, and what is not read before the close would break it.
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

/// What TLS is made of. AES with the shorter key comes first: it takes a tenth less of a processor that has AES, and
/// nobody breaks it either.
fn provider() -> CryptoProvider {
    let cipher_suites = vec![TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256];
    CryptoProvider { cipher_suites, ..default_provider() }
}

fn fingerprint(public: &SubjectPublicKeyInfoDer) -> Fingerprint {
    Fingerprint(Sha256::digest(public.as_ref()).into())
}

/// The one key that the other side may show.
#[derive(Debug)]
struct Named {
    theirs: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl Named {
    fn compare(&self, shown: &CertificateDer) -> Result<(), Error> {
        let is_theirs = fingerprint(&SubjectPublicKeyInfoDer::from(shown.as_ref())) == self.theirs;
        if is_theirs { Ok(()) } else { Err(CertificateError::ApplicationVerificationFailure.into()) }
    }

    fn verify(
        &self,
        message: &[u8],
        shown: &CertificateDer,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let public = SubjectPublicKeyInfoDer::from(shown.as_ref());
        verify_tls13_signature_with_raw_key(message, &public, signed, &self.provider.signature_verification_algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// No version but the last was offered.
fn too_old() -> Error {
    Error::General("only TLS 1.3".to_owned())
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer,
        _intermediates: &[CertificateDer],
        _server_name: &ServerName,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.compare(end_entity).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(too_old())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Named {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer,
        _intermediates: &[CertificateDer],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.compare(end_entity).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(too_old())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

/// A connection, with or without TLS around it.
#[derive(Debug)]
pub(in crate::client) enum Stream {
    /// Bytes go as they are.
    Clear(TcpStream),
    /// Bytes go through TLS.
    Sealed(Box<TlsStream<BufReader<TcpStream>>>),
}

impl Stream {
    /// The connection itself.
    pub(in crate::client) fn tcp(&self) -> &TcpStream {
        match self {
            Stream::Clear(tcp) => tcp,
            Stream::Sealed(sealed) => sealed.get_ref().0.get_ref(),
        }
    }

    /// Sends what is on its way, and that nothing follows. TLS has a farewell of its own; how long a file is was agreed on,
    /// and a farewell that the other side does not read any more would break the connection under what it does read.
    pub(in crate::client) async fn finish(&mut self) -> io::Result<()> {
        self.flush().await?;
        SockRef::from(self.tcp()).shutdown(Shutdown::Write)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Clear(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Stream::Sealed(sealed) => Pin::new(sealed).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Clear(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Stream::Sealed(sealed) => Pin::new(sealed).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Clear(tcp) => Pin::new(tcp).poll_flush(cx),
            Stream::Sealed(sealed) => Pin::new(sealed).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Clear(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Stream::Sealed(sealed) => Pin::new(sealed).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn two_ends() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (ours.unwrap(), theirs.unwrap().0)
    }

    /// The ends of Juliet, who begins, and Romeo, if each expects that key.
    async fn seal(juliet: (&Key, &Key), romeo: (&Key, &Key)) -> (io::Result<Stream>, io::Result<Stream>) {
        let (ours, theirs) = two_ends().await;
        let begins = juliet.0.seal(ours, TlsEnd::Client, juliet.1.fingerprint);
        let follows = romeo.0.seal(theirs, TlsEnd::Server, romeo.1.fingerprint);
        tokio::join!(begins, follows)
    }

    #[test]
    fn no_two_clients_have_the_same_key() {
        assert_ne!(Key::make().unwrap().fingerprint, Key::make().unwrap().fingerprint);
    }

    #[tokio::test]
    async fn bytes_pass_between_those_who_have_the_keys_that_were_named() {
        let (juliet, romeo) = (Key::make().unwrap(), Key::make().unwrap());
        let (ours, theirs) = seal((&juliet, &romeo), (&romeo, &juliet)).await;
        let (mut ours, mut theirs) = (ours.unwrap(), theirs.unwrap());
        ours.write_all(b"my bounty is as boundless as the sea").await.unwrap();
        ours.finish().await.unwrap();
        let mut heard = [0; 36];
        theirs.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"my bounty is as boundless as the sea");
    }

    #[tokio::test]
    async fn whoever_has_another_key_gets_nothing() {
        let (juliet, romeo, tybalt) = (Key::make().unwrap(), Key::make().unwrap(), Key::make().unwrap());
        let (ours, theirs) = seal((&juliet, &romeo), (&tybalt, &juliet)).await;
        assert!(ours.is_err() && theirs.is_err(), "Tybalt took Romeo's place");
    }

    #[tokio::test]
    async fn nothing_is_heard_from_whoever_has_another_key() {
        let (juliet, romeo, tybalt) = (Key::make().unwrap(), Key::make().unwrap(), Key::make().unwrap());
        let (_, theirs) = seal((&tybalt, &romeo), (&romeo, &juliet)).await;
        assert!(theirs.is_err(), "Tybalt took Juliet's place");
    }

    #[tokio::test]
    async fn what_lies_between_sees_nothing_of_the_file() {
        let (juliet, romeo) = (Key::make().unwrap(), Key::make().unwrap());
        let ((ours, mut left), (mut right, theirs)) = (two_ends().await, two_ends().await);
        let relay = async {
            let (mut seen, mut back) = (Vec::new(), [0; 4096]);
            let mut forth = [0; 4096];
            loop {
                tokio::select! {
                    count = left.read(&mut forth) => match count.unwrap() {
                        0 => return seen,
                        count => {
                            seen.extend_from_slice(&forth[..count]);
                            right.write_all(&forth[..count]).await.unwrap();
                        }
                    },
                    count = right.read(&mut back) => left.write_all(&back[..count.unwrap()]).await.unwrap(),
                }
            }
        };
        let talk = async {
            let (begins, follows) = tokio::join!(
                juliet.seal(ours, TlsEnd::Client, romeo.fingerprint),
                romeo.seal(theirs, TlsEnd::Server, juliet.fingerprint),
            );
            let (mut begins, mut follows) = (begins.unwrap(), follows.unwrap());
            begins.write_all(&b"secret ".repeat(100)).await.unwrap();
            follows.read_exact(&mut [0; 700]).await.unwrap();
            begins.finish().await.unwrap();
        };
        let (seen, ()) = tokio::join!(relay, talk);
        assert!(seen.len() > 700);
        assert!(!seen.windows(6).any(|window| window == b"secret"));
    }
}
