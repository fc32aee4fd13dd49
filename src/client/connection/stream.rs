//! One XML stream: elements in, elements out, everything that can go wrong as a [`Loss`].
//!
//! Built on tokio-xmpp's `XmlStream` with plain elements as its items: the typed readers refuse whole stanzas, and whole
//! logins, for an attribute they do not know.

use std::borrow::Cow;
use std::io;

use futures::{SinkExt, StreamExt};
use minidom::Element;
use tokio_xmpp::xmlstream::{InitiatingStream, ReadError, StreamHeader, Timeouts, XmlStream, initiate_stream};

use super::Loss;
use super::guard::Guard;
use super::transport::{Duplex, Transport};
use crate::client::dial::words;
use crate::client::timings::Timings;
use crate::engine::event::StopReason;
use crate::xep::ns;

/// The namespace of the stream itself.
pub(super) const STREAM: &str = "http://etherx.jabber.org/streams";

/// The namespace of the conditions in a stream error.
const STREAM_ERRORS: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// An XML stream.
pub(super) type Xml<T = Transport> = XmlStream<Guard<T>, Element>;

/// Opens a stream to the server of `domain`; returns what the server offers.
pub(super) async fn open<T: Duplex>(transport: T, domain: &str, timings: &Timings) -> Result<(Element, Xml<T>), Loss> {
    let timeouts = Timeouts { read_timeout: timings.silence, response_timeout: timings.answer };
    let opened = initiate_stream(Guard::new(transport), ns::CLIENT, header(domain), timeouts).await;
    let mut xml = opened.map_err(|why| broken(&why))?.skip_features();
    Ok((receive(&mut xml).await?, xml))
}

/// Opens the stream again on the same connection, as RFC 6120 §6.4.6 demands after a login.
pub(super) async fn reopen(xml: Xml, domain: &str) -> Result<(Element, Xml), Loss> {
    let initiating: InitiatingStream<_> = xml.initiate_reset();
    let mut xml = initiating.send_header(header(domain)).await.map_err(|why| broken(&why))?.skip_features();
    Ok((receive(&mut xml).await?, xml))
}

fn header(domain: &str) -> StreamHeader<'_> {
    StreamHeader { from: None, to: Some(Cow::Borrowed(domain)), id: None }
}

/// Sends an element before the session stands; waits until it is out.
pub(super) async fn send<T: Duplex>(xml: &mut Xml<T>, element: &Element) -> Result<(), Loss> {
    xml.send(element).await.map_err(|why| broken(&why))
}

/// Receives an element before the session stands. How long that may take is the caller's.
pub(super) async fn receive<T: Duplex>(xml: &mut Xml<T>) -> Result<Element, Loss> {
    loop {
        if let Received::Element(element) = received(xml.next().await)? {
            return Ok(element);
        }
    }
}

/// Something that a stream gives.
pub(super) enum Received {
    /// An element.
    Element(Element),
    /// The server was silent for long.
    Silence,
}

/// Understands what a stream gives; stream errors (RFC 6120 §4.9) are losses.
pub(super) fn received(item: Option<Result<Element, ReadError>>) -> Result<Received, Loss> {
    match item {
        Some(Ok(element)) if element.is("error", STREAM) => Err(stream_error(&element)),
        Some(Ok(element)) => Ok(Received::Element(element)),
        Some(Err(ReadError::SoftTimeout)) => Ok(Received::Silence),
        Some(Err(ReadError::StreamFooterReceived)) => Err(Loss::Retry("the server closed the session".to_owned())),
        Some(Err(ReadError::HardError(why))) => Err(broken(&why)),
        Some(Err(ReadError::ParseError(why))) => Err(unreadable(&why)),
        None => Err(Loss::Retry("the server closed the connection".to_owned())),
    }
}

/// Why a stream is broken.
pub(super) fn broken(why: &io::Error) -> Loss {
    let kind = why.kind();
    if matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) {
        // The bytes themselves are wrong, and a resumed stream would bring them again.
        return unreadable(why);
    }
    Loss::Retry(if kind == io::ErrorKind::TimedOut {
        "the server is silent".to_owned()
    } else if kind == io::ErrorKind::UnexpectedEof {
        "the server closed the connection".to_owned()
    } else {
        format!("the connection broke: {}", words(why))
    })
}

fn unreadable(why: &dyn std::fmt::Display) -> Loss {
    Loss::Restart(format!("the server sent what is no XMPP: {why}"))
}

fn stream_error(error: &Element) -> Loss {
    let condition = error.children().find(|child| child.has_ns(STREAM_ERRORS) && child.name() != "text");
    let condition = condition.map_or("undefined-condition", Element::name);
    let text = error.get_child("text", STREAM_ERRORS).map(Element::text).filter(|text| !text.is_empty());
    let words = text.map_or_else(|| condition.to_owned(), |text| format!("{condition}, {text}"));
    match condition {
        "conflict" => Loss::Stop(StopReason::Conflict),
        "host-unknown" => Loss::Stop(StopReason::Other(format!("the server does not serve this domain ({words})"))),
        "not-authorized" => Loss::Stop(StopReason::Login(format!("the server ended the session ({words})"))),
        // What we sent broke it; sending it again would break it again.
        "policy-violation"
        | "invalid-xml"
        | "not-well-formed"
        | "bad-format"
        | "unsupported-stanza-type"
        | "invalid-namespace"
        | "invalid-from"
        | "improper-addressing" => Loss::Restart(format!("the server ended the session ({words})")),
        _ => Loss::Retry(format!("the server ended the session ({words})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss_of(conditions: &str) -> Loss {
        let xml = format!("<error xmlns='{STREAM}'>{conditions}</error>");
        let element: Element = xml.parse().unwrap();
        match received(Some(Ok(element))) {
            Err(loss) => loss,
            Ok(_) => panic!("a stream error is a loss"),
        }
    }

    #[test]
    fn another_program_with_our_resource_ends_the_session() {
        let conflict = format!("<conflict xmlns='{STREAM_ERRORS}'/>");
        assert_eq!(loss_of(&conflict), Loss::Stop(StopReason::Conflict));
    }

    #[test]
    fn a_stream_error_is_told_with_its_text() {
        let shutdown =
            format!("<system-shutdown xmlns='{STREAM_ERRORS}'/><text xmlns='{STREAM_ERRORS}'>back at noon</text>");
        let words = "the server ended the session (system-shutdown, back at noon)";
        assert_eq!(loss_of(&shutdown), Loss::Retry(words.to_owned()));
        assert!(matches!(loss_of(""), Loss::Retry(_)));
    }

    #[test]
    fn what_we_broke_is_not_repeated() {
        let violation = format!("<policy-violation xmlns='{STREAM_ERRORS}'/>");
        assert!(matches!(loss_of(&violation), Loss::Restart(_)));
    }
}
