//! One question to a server, and what its answer means.
//!
//! Certificates are checked with the system's roots. No proxy, no cookies, no compression, nothing sent but the question
//! and, for the rest of a file, the mark by which the server knows it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{HeaderMap, HeaderName, Response, StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

use crate::engine::web::may_ask;
use crate::engine::{Chosen, Fetch, FetchError, Rest};
use crate::xep::oob::WebAddress;

/// A name that takes longer to resolve does not resolve.
const RESOLVING: Duration = Duration::from_secs(10);

/// Three SYN retries and a handshake.
const CONNECTING: Duration = Duration::from_secs(15);

/// A server may have to make the file first.
const ANSWERING: Duration = Duration::from_secs(30);

/// No byte in this time and the server is taken for gone.
const SILENCE: Duration = Duration::from_mins(1);

/// Headers of servers that exist have a tenth of it.
const LONGEST_HEADER: usize = 32 * 1024;

/// What is kept of a mark by which a server knows its file; those that exist have some thirty bytes.
const LONGEST_VALIDATOR: usize = 256;

/// What a server gives.
pub(super) struct Answer {
    pub(super) body: Body,
    /// How long the whole file is.
    pub(super) size: Option<u64>,
    pub(super) validator: Option<String>,
    /// How much of it comes.
    pub(super) rest: Option<u64>,
}

/// Asks once.
pub(super) fn ask(fetch: &Fetch) -> Result<Answer, FetchError> {
    let mut request = agent(&fetch.address, fetch.chosen)?.get(fetch.address.as_str());
    if let Some(Rest { offset, validator }) = &fetch.rest {
        request = request.header(header::RANGE, format!("bytes={offset}-")).header(header::IF_RANGE, validator);
    }
    let response = request.call().map_err(|why| error(&why))?;
    let headers = response.headers();
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Led { location: text(headers, header::LOCATION).map(str::to_owned) });
    }
    match (status, &fetch.rest) {
        (StatusCode::OK, None) => whole(response),
        (StatusCode::PARTIAL_CONTENT, Some(rest)) => part(response, rest.offset),
        (StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE, _) => {
            Err(FetchError::NotTheSame)
        }
        (StatusCode::TOO_MANY_REQUESTS, _) => Err(FetchError::Broken(status.to_string())),
        (status, _) if status.is_server_error() => Err(FetchError::Broken(status.to_string())),
        (status, _) => Err(FetchError::Refused(status.to_string())),
    }
}

fn whole(response: Response<Body>) -> Result<Answer, FetchError> {
    plain(response.headers())?;
    let (size, validator) = (response.body().content_length(), validator(response.headers()));
    Ok(Answer { body: response.into_body(), size, validator, rest: size })
}

/// The rest, if it begins where it should.
fn part(response: Response<Body>, offset: u64) -> Result<Answer, FetchError> {
    plain(response.headers())?;
    let range = text(response.headers(), header::CONTENT_RANGE).and_then(read_range);
    let Some((_, size)) = range.filter(|(begins, _)| *begins == offset) else {
        return Err(FetchError::NotTheSame);
    };
    let (rest, validator) = (response.body().content_length(), validator(response.headers()));
    Ok(Answer { body: response.into_body(), size, validator, rest })
}

/// `bytes 100-199/200`, or `…/*`.
fn read_range(range: &str) -> Option<(u64, Option<u64>)> {
    let (span, size) = range.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (begins, _) = span.split_once('-')?;
    Some((begins.trim().parse().ok()?, size.trim().parse().ok()))
}

/// Nothing that unpacks to more than it says.
fn plain(headers: &HeaderMap) -> Result<(), FetchError> {
    match text(headers, header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => Err(FetchError::Refused("the server sends it packed, which was not asked for".to_owned())),
    }
}

/// By what the server recognises the file, byte by byte: a strong entity tag, or else the date.
fn validator(headers: &HeaderMap) -> Option<String> {
    let tag = text(headers, header::ETAG).filter(|tag| tag.starts_with('"'));
    let mark = tag.or_else(|| text(headers, header::LAST_MODIFIED))?;
    (mark.len() <= LONGEST_VALIDATOR).then(|| mark.to_owned())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn agent(address: &WebAddress, chosen: Chosen) -> Result<Agent, FetchError> {
    let tls = if address.is_https() { TlsConfig::builder().root_certs(roots()?).build() } else { TlsConfig::default() };
    let config = Config::builder()
        .tls_config(tls)
        .user_agent(concat!("Balcony/", env!("CARGO_PKG_VERSION")))
        .accept_encoding("identity")
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(LONGEST_HEADER)
        .max_idle_connections(0)
        .timeout_resolve(Some(RESOLVING))
        .timeout_connect(Some(CONNECTING))
        .timeout_recv_response(Some(ANSWERING))
        .timeout_per_read(Some(SILENCE))
        .build();
    let resolver = Cautious { address: address.clone(), chosen, resolver: DefaultResolver::default() };
    Ok(Agent::with_parts(config, DefaultConnector::default(), resolver))
}

fn roots() -> Result<RootCerts, FetchError> {
    let roots = rustls_native_certs::load_native_certs().certs;
    if roots.is_empty() {
        let why = "no certificate can be checked: this system has no root certificates";
        return Err(FetchError::Refused(why.to_owned()));
    }
    Ok(RootCerts::Specific(Arc::new(roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect())))
}

/// Resolves names, and knows no address that must not be asked.
#[derive(Debug)]
struct Cautious {
    address: WebAddress,
    chosen: Chosen,
    resolver: DefaultResolver,
}

impl Resolver for Cautious {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        for address in &found {
            may_ask(address.ip(), &self.address, self.chosen).map_err(|why| ureq::Error::Other(why.into()))?;
        }
        Ok(found)
    }
}

/// What went wrong: what is decided stays so, and what the network did may be better another time.
fn error(why: &ureq::Error) -> FetchError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library adds to its errors")]
    match why {
        ureq::Error::Other(why) => FetchError::Refused(why.to_string()),
        ureq::Error::Rustls(why) => FetchError::Refused(format!("its certificate is not to be trusted: {why}")),
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) | ureq::Error::Http(_) => {
            FetchError::Refused("that is no answer of a web server".to_owned())
        }
        ureq::Error::HostNotFound => FetchError::Broken("there is no such host".to_owned()),
        ureq::Error::Timeout(_) => FetchError::Broken("no answer".to_owned()),
        ureq::Error::Io(why) => FetchError::Broken(io_words(why)),
        other => FetchError::Broken(other.to_string()),
    }
}

/// What went wrong with a connection, in the words of attempts.
pub(super) fn io_words(why: &io::Error) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rest has words of its own")]
    match why.kind() {
        io::ErrorKind::ConnectionRefused => "refused".to_owned(),
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        io::ErrorKind::UnexpectedEof => "the server closed too early".to_owned(),
        io::ErrorKind::ConnectionReset => "the connection was reset".to_owned(),
        _ => why.to_string(),
    }
}
