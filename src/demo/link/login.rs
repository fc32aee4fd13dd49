//! From a fresh connection to a bound or resumed session: stream, SASL, bind (RFC 6120 §4, §6, §7), resume (XEP-0198).

use std::borrow::Cow;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::{SinkExt, StreamExt};
use jid::BareJid;
use minidom::Element;
use tokio::io::BufStream;
use tokio_xmpp::xmlstream::{ReadError, StreamHeader, Timeouts, XmlStream, accept_stream};
use xmpp_parsers::bind::BindFeature;
use xmpp_parsers::sm::StreamManagement;
use xmpp_parsers::stream_features::StreamFeatures;

use super::hub::{Bound, Hub};
use super::ledger::SM;
use super::pace::Paced;
use super::scram::{ClientFirst, Exchange, MECHANISMS};
use super::session::{Mail, Session, Turn};
use crate::xep::ns;
use crate::xep::stanza::{Iq, IqKind, Stanza, element, set, text_element};

/// A client's XML stream.
pub(super) type Stream = XmlStream<BufStream<Paced>, Element>;

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";

/// Serves one connection until its session ends, or is resumed by another connection.
pub(super) async fn serve(connection: Paced, hub: Hub) -> io::Result<()> {
    let (stream, account) = authenticate(connection, &hub).await?;
    establish(stream, account, hub).await
}

async fn authenticate(connection: Paced, hub: &Hub) -> io::Result<(Stream, BareJid)> {
    let accepted = accept_stream(BufStream::new(connection), ns::CLIENT, Timeouts::default()).await?;
    let domain = accepted.header().to.map(Cow::into_owned).ok_or_else(not_understood)?;
    let mechanisms = MECHANISMS.iter().map(|mechanism| mechanism.name.to_owned()).collect();
    let features = StreamFeatures { sasl_mechanisms: mechanisms, ..StreamFeatures::default() };
    let mut stream: Stream = accepted.send_header(header(&domain)).await?.send_features(&features).await?;
    loop {
        let auth = next(&mut stream).await?;
        let Some((account, proof)) = scram(&mut stream, &auth, &domain, hub).await? else {
            let mut failure = element("failure", SASL);
            failure.append_child(element("not-authorized", SASL));
            stream.send(&failure).await?;
            continue;
        };
        let success = text_element("success", SASL, BASE64.encode(proof));
        let features = StreamFeatures {
            bind: Some(BindFeature { required: true }),
            stream_management: Some(StreamManagement { optional: false }),
            ..StreamFeatures::default()
        };
        let renewed = stream.accept_reset(&success).await?;
        return Ok((renewed.send_header(header(&domain)).await?.send_features(&features).await?, account));
    }
}

/// One SCRAM exchange: who it was, and the server's proof for them.
async fn scram(stream: &mut Stream, auth: &Element, domain: &str, hub: &Hub) -> io::Result<Option<(BareJid, String)>> {
    let mechanism = MECHANISMS.iter().find(|known| auth.attr("mechanism") == Some(known.name));
    let first = BASE64.decode(auth.text()).ok().and_then(|message| ClientFirst::read(&message));
    let (Some(mechanism), Some(first), true) = (mechanism, first, auth.is("auth", SASL)) else { return Ok(None) };
    let Ok(account) = BareJid::new(&format!("{}@{domain}", first.username)) else { return Ok(None) };
    let Some(password) = hub.password(&account).await? else { return Ok(None) };
    let Some(exchange) = Exchange::begin(mechanism, first, &password, &super::fresh_token()) else { return Ok(None) };
    stream.send(&text_element("challenge", SASL, BASE64.encode(exchange.challenge()))).await?;
    let response = next(stream).await?;
    let answer = BASE64.decode(response.text()).unwrap_or_default();
    Ok(exchange.finish(&answer).map(|proof| (account, proof)))
}

/// Binds a new session and runs it, or hands the stream to the session that it resumes.
async fn establish(mut stream: Stream, account: BareJid, hub: Hub) -> io::Result<()> {
    loop {
        let wish = next(&mut stream).await?;
        if wish.is("resume", SM) {
            let handled = wish.attr("h").and_then(|h| h.parse().ok()).unwrap_or(0);
            let earlier = hub.find(account.clone(), wish.attr("previd").unwrap_or_default().to_owned()).await?;
            if let Some(session) = earlier {
                let _ = session.send(Mail::Turn(Turn::Resume { stream: Box::new(stream), handled })).await;
                return Ok(());
            }
            let mut failed = element("failed", SM);
            failed.append_child(element("item-not-found", ns::STANZAS));
            stream.send(&failed).await?;
        } else if let Some((id, resource)) = bind_request(&wish) {
            let resource = resource.unwrap_or_else(super::fresh_token);
            let Ok(address) = account.with_resource_str(&resource) else { return Err(not_understood()) };
            let (bound, mailbox) = hub.bind(address).await?;
            stream.send(&bind_result(&id, &bound)).await?;
            Session::new(bound, hub).run(stream, mailbox).await;
            return Ok(());
        }
    }
}

/// The id and the resource that a bind request wants.
fn bind_request(stanza: &Element) -> Option<(String, Option<String>)> {
    let Ok(Stanza::Iq(Iq { id, kind: IqKind::Set(payload), .. })) = Stanza::read(stanza) else { return None };
    let wanted = payload.get_child("resource", BIND).map(Element::text).filter(|resource| !resource.is_empty());
    payload.is("bind", BIND).then_some((id, wanted))
}

fn bind_result(id: &str, bound: &Bound) -> Element {
    let mut bind = element("bind", BIND);
    bind.append_child(text_element("jid", BIND, bound.address.as_str()));
    let mut iq = element("iq", ns::CLIENT);
    set(&mut iq, "type", "result");
    set(&mut iq, "id", id);
    iq.append_child(bind);
    iq
}

/// The next element of a login; its silence is no concern here, for an idle login hurts nobody.
async fn next(stream: &mut Stream) -> io::Result<Element> {
    loop {
        match stream.next().await {
            Some(Ok(element)) => return Ok(element),
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(ReadError::HardError(why))) => return Err(why),
            Some(Err(ReadError::ParseError(_) | ReadError::StreamFooterReceived)) | None => {
                return Err(not_understood());
            }
        }
    }
}

fn header(domain: &str) -> StreamHeader<'static> {
    StreamHeader { from: Some(domain.to_owned().into()), to: None, id: Some(super::fresh_token().into()) }
}

fn not_understood() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a login that makes no sense")
}
