//! TLS, and whom it trusts: the system's roots and those the account names, or exactly one pinned certificate.
//!
//! The name that is checked is always the domain of the address that logs in, wherever DNS said to connect: DNS is not
//! to be trusted with that. Names and addresses of hosts count (RFC 6125 §6.4), a wildcard as the whole first label; a
//! common name, an SRV-ID and an `XmppAddr` (RFC 6120 §13.7.1) do not. Nobody asks whether a certificate was revoked. A pin
//! is one certificate, whatever it says. The provider is chosen here and not by whatever else is linked.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, InvalidMessage, ProtocolVersion, RootCertStore,
    SignatureScheme,
};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsConnector;

use super::srv::Security;
use super::transport::{QuickTcp, Transport};
use super::{Loss, certificate};
use crate::engine::event::StopReason;
use crate::engine::login::{Certificate, Login, Tls};
use crate::store::account::{Account, Pin};

/// What XEP-0368 has the client say in the handshake, for ports that serve several protocols.
const ALPN: &[u8] = b"xmpp-client";

/// A connection with TLS around it.
pub(super) struct Secured {
    /// The connection.
    pub(super) transport: Transport,
    /// How it is protected, in words.
    pub(super) security: String,
    /// What both ends of this very connection know (RFC 9266), to bind the login to it.
    pub(super) exporter: Option<Vec<u8>>,
}

/// Puts TLS around a connection to the server of `domain`.
pub(super) async fn secure(
    tcp: QuickTcp,
    domain: &str,
    account: &Account,
    security: Security,
    login: &mut Login,
) -> Result<Secured, Loss> {
    let name = ServerName::try_from(domain.to_owned())
        .map_err(|_| Loss::Stop(StopReason::Other(format!("{domain} is no name that a certificate could have"))))?;
    let verifier = Arc::new(Verifier::of(account).await?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| Loss::Stop(StopReason::Other(why.to_string())))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    if security == Security::Direct {
        config.alpn_protocols.push(ALPN.to_vec());
    }
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
    let told = login.tls.insert(verifier.told(account));
    let stream = connecting.map_err(|why| verifier.explain(&why, domain))?;
    let (_, connection) = stream.get_ref();
    let is_modern = connection.protocol_version() == Some(ProtocolVersion::TLSv1_3);
    let exporter = is_modern
        .then(|| connection.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", None).ok())
        .flatten();
    let security = if is_modern { "TLS 1.3" } else { "TLS 1.2" }.to_owned();
    told.version = Some(security.clone());
    Ok(Secured { transport: Box::new(stream), security, exporter })
}

/// So many names of a certificate that is for others are told.
const NAMED: usize = 3;

/// Checks a server's certificate, and remembers its fingerprint for the user to compare.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
    seen: OnceLock<Seen>,
}

/// A certificate that was shown.
#[derive(Debug)]
struct Seen {
    fingerprint: [u8; 32],
    certificate: Certificate,
}

/// Whom to trust.
#[derive(Debug)]
enum Trust {
    /// The one certificate with this SHA-256, whatever it says.
    Pinned([u8; 32]),
    /// Certificates that lead to a root, for the right name, at the right time.
    Roots(Arc<WebPkiServerVerifier>),
    /// Nobody: the system has no roots.
    Nobody,
}

impl Verifier {
    async fn of(account: &Account) -> Result<Self, Loss> {
        let provider = rustls::crypto::ring::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let trust = match account.pin {
            Some(pin) => Trust::Pinned(pin),
            None => Trust::of_roots(roots(account.extra_ca.as_deref()).await?, provider)?,
        };
        Ok(Verifier { trust, algorithms, seen: OnceLock::new() })
    }

    /// What the user may know of it.
    fn told(&self, account: &Account) -> Tls {
        let trust = match (&self.trust, &account.extra_ca) {
            (Trust::Pinned(_), _) => "the pinned certificate alone".to_owned(),
            (Trust::Nobody, _) => "nobody: this system has no root certificates".to_owned(),
            (Trust::Roots(_), None) => "the roots of this system".to_owned(),
            (Trust::Roots(_), Some(path)) => format!("the roots of this system and those in {}", path.display()),
        };
        Tls { version: None, trust, certificate: self.seen.get().map(|seen| seen.certificate.clone()) }
    }

    /// Why a handshake failed: a certificate stops for good, anything else may be better next time.
    fn explain(&self, why: &io::Error, domain: &str) -> Loss {
        let tls = why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match (tls, self.seen.get()) {
            (Some(rustls::Error::InvalidCertificate(fault)), Some(Seen { fingerprint, .. })) => {
                let shown = Pin(*fingerprint).to_string();
                if let (Trust::Pinned(pin), CertificateError::ApplicationVerificationFailure) = (&self.trust, fault) {
                    let (domain, pinned) = (domain.to_owned(), Pin(*pin).to_string());
                    return Loss::Stop(StopReason::CertificateChanged { domain, pinned, shown });
                }
                Loss::Stop(StopReason::Certificate {
                    why: format!("the certificate of {domain} {}", self.describe(fault)),
                    fingerprint: shown,
                })
            }
            (Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)), _) => {
                let why = "what answers does not speak TLS there; perhaps it wants tls = \"starttls\"";
                Loss::Retry(format!("no TLS with {domain}: {why}"))
            }
            _ => Loss::Retry(format!("no TLS with {domain}: {why}")),
        }
    }

    fn describe(&self, fault: &CertificateError) -> String {
        match (&self.trust, fault) {
            (Trust::Nobody, _) => "cannot be checked: this system has no root certificates".to_owned(),
            (_, CertificateError::UnknownIssuer) => "is signed by nobody we trust".to_owned(),
            (_, CertificateError::Expired | CertificateError::ExpiredContext { .. }) => "has expired".to_owned(),
            (_, CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
                "is not valid yet".to_owned()
            }
            (_, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
                self.seen.get().map(|seen| for_whom(&seen.certificate)).unwrap_or_default()
            }
            (_, CertificateError::Revoked) => "was revoked".to_owned(),
            // How `openssl req -x509` makes them: the verifier says so only in its own words.
            (_, CertificateError::Other(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
                "is signed by nobody but itself".to_owned()
            }
            (_, other) => format!("cannot be trusted: {other}"),
        }
    }
}

/// `is for montague.lit`, or whatever else it is for.
fn for_whom(certificate: &Certificate) -> String {
    let more = if certificate.names.len() > NAMED { ", …" } else { "" };
    match certificate.names.as_slice() {
        [] => "names no server by its DNS name".to_owned(),
        names => format!("is for {}{more}", names[..names.len().min(NAMED)].join(", ")),
    }
}

impl Trust {
    fn of_roots(roots: RootCertStore, provider: CryptoProvider) -> Result<Self, Loss> {
        if roots.is_empty() {
            return Ok(Trust::Nobody);
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider)).build();
        verifier.map(Trust::Roots).map_err(|why| Loss::Stop(StopReason::Other(why.to_string())))
    }
}

/// The system's roots and those of `extra`.
async fn roots(extra: Option<&Path>) -> Result<RootCertStore, Loss> {
    let extra = extra.map(Path::to_owned);
    let reading = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let Some(path) = extra else { return Ok(roots) };
        let unusable = |why: String| Loss::Stop(StopReason::Other(format!("extra_ca {}: {why}", path.display())));
        let certificates = CertificateDer::pem_file_iter(&path).map_err(|why| unusable(why.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|why| unusable(why.to_string()))?;
            roots.add(certificate).map_err(|why| unusable(why.to_string()))?;
        }
        Ok(roots)
    });
    reading.await.unwrap_or_else(|why| Err(Loss::Retry(format!("the root certificates could not be read: {why}"))))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let fingerprint: [u8; 32] = Sha256::digest(end_entity).into();
        let _ = self.seen.set(Seen { fingerprint, certificate: certificate::read(end_entity, fingerprint) });
        match &self.trust {
            Trust::Pinned(pin) if *pin == fingerprint => Ok(ServerCertVerified::assertion()),
            Trust::Pinned(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
            Trust::Roots(roots) => roots.verify_server_cert(end_entity, intermediates, name, ocsp, now),
            Trust::Nobody => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
