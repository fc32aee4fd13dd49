//! Stanzas that other clients really sent, and what they mean.
//!
//! `tests/stanzas/<client>/<what>.xml` is one stanza, byte for byte as it was on the wire: Gabble 0.19, libpurple 2.14,
//! gloox 1.0, `QXmpp` 1.4, slixmpp 1.17, ruby-xmpp4r 0.5, Iris (Psi 1.5), `BitlBee` 3.6 and Tkabber 1.1. Beside it,
//! `<what>.snap` says what it is read as. To add a client, add a folder; to see what a stanza means, run the test.
//!
//! `spec/` holds the examples of the documents, for the shapes that no client was heard to send. One is mended: the
//! answer in the si-multiple document lacks a quote.

mod arbitrary;
mod extensions;
mod round_trip;
mod written;

use std::fs;
use std::path::{Path, PathBuf};

use balcony::xep::bytestreams::{Activate, StreamHost, StreamhostUsed, Streamhosts, read_addresses};
use balcony::xep::ibb::{Close, Data, Open};
use balcony::xep::si::{Answer, Offer, read_refusal};
use balcony::xep::si_file::File;
use balcony::xep::stanza::{IqKind, Message, Stanza, StanzaError};
use balcony::xep::{Malformed, date, ns, si_legacy};
use minidom::Element;

#[test]
fn stanzas_of_other_clients_are_read_for_what_they_mean() {
    for client in sorted(Path::new("tests/stanzas")) {
        for fixture in sorted(&client) {
            if fixture.extension().is_some_and(|extension| extension == "xml") {
                check(&fixture);
            }
        }
    }
}

fn check(fixture: &Path) {
    let what = fixture.file_stem().unwrap().to_str().unwrap();
    let client = fixture.parent().unwrap().file_name().unwrap();
    insta::with_settings!({
        snapshot_path => Path::new("../stanzas").join(client),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(what, meaning(what, &xml(&fs::read_to_string(fixture).unwrap())));
    });
}

/// The two examples that define si-multiple call an offer `reply` and its answer `set`. No server would pass the first
/// on, so the envelope stays strict; what the payloads say is plain.
#[test]
fn the_examples_of_the_si_multiple_document_are_an_offer_and_its_answer_whatever_their_envelope_says() {
    let payload = |what: &str| {
        let stanza = xml(&fs::read_to_string(format!("tests/stanzas/spec/si-multiple-{what}.xml")).unwrap());
        (Stanza::read(&stanza), stanza.get_child("si", ns::SI).unwrap().clone())
    };
    let (envelope, si) = payload("offer");
    assert!(envelope.is_err());
    let offer = Offer::read(&si).unwrap();
    assert!(offer.multiple);
    assert_eq!(
        (offer.sid.0.as_str(), offer.profile.as_str()),
        ("alpha", "http://telepathy.freedesktop.org/xmpp/tubes")
    );
    assert_eq!(offer.methods, [ns::BYTESTREAMS, ns::IBB]);
    assert_eq!(offer.profile_data[0].attr("tube"), Some("370459677"));

    let (envelope, si) = payload("answer");
    assert!(envelope.is_ok());
    let answer = Answer::read(&si).unwrap();
    assert!(answer.multiple);
    assert_eq!(answer.methods, offer.methods);
}

/// A stanza's meaning in words, with every value that was read.
fn meaning(what: &str, stanza: &Element) -> String {
    match Stanza::read(stanza) {
        Ok(Stanza::Iq(iq)) => match &iq.kind {
            IqKind::Get(payload) | IqKind::Set(payload) => or_malformed(request(payload)),
            IqKind::Result(Some(payload)) => or_malformed(result(payload)),
            IqKind::Result(None) => "done".to_owned(),
            IqKind::Error(error) => refusal(what, error),
        },
        Ok(Stanza::Message(message)) => or_malformed(block_in_message(&message)),
        Ok(Stanza::Presence(presence)) => format!("{presence:#?}"),
        Err(why) => format!("no stanza: {why}"),
    }
}

fn request(payload: &Element) -> Result<String, Malformed> {
    Ok(match payload.name() {
        "si" => offer(&Offer::read(payload)?),
        "query" if payload.has_child("activate", ns::BYTESTREAMS) => {
            let Activate { sid, target } = Activate::read(payload)?;
            format!("activate {sid} for {target}")
        }
        "query" if payload.attr("sid").is_none() => "what is your address?".to_owned(),
        "query" => {
            let Streamhosts { sid, mode, hosts } = Streamhosts::read(payload)?;
            format!("connect for {sid} by {mode:?} to{}", places(&hosts))
        }
        "open" => {
            let Open { sid, block_size, carrier } = Open::read(payload)?;
            format!("open {sid} with blocks of {block_size} in {carrier:?}")
        }
        "data" => block(&Data::read(payload)?),
        "close" => format!("close {}", Close::read(payload)?.sid),
        other => panic!("a request that nobody here reads: <{other}/>"),
    })
}

fn result(payload: &Element) -> Result<String, Malformed> {
    Ok(if payload.is("si", ns::SI) {
        answer(&Answer::read(payload)?)
    } else if payload.has_child("streamhost-used", ns::BYTESTREAMS) {
        format!("connected to {}", StreamhostUsed::read(payload)?.jid)
    } else {
        format!("my address is{}", places(&read_addresses(payload)))
    })
}

fn refusal(what: &str, error: &StanzaError) -> String {
    let StanzaError { kind, condition, text, application } = error;
    let application = application.as_ref().map(String::from);
    let meaning = if what.contains("offer") { format!("\nmeans: {:?}", read_refusal(error)) } else { String::new() };
    format!("no: {kind:?}, {condition}, text: {text:?}, application: {application:?}{meaning}")
}

fn offer(offer: &Offer) -> String {
    let Offer { sid, profile, mime_type, methods, multiple, dialect, profile_data, headers } = offer;
    let described = if headers.is_empty() {
        String::new()
    } else {
        format!("\nheaders: {headers:?}\nas a file:{}", file(&si_legacy::read_file(headers)))
    };
    format!(
        "offer of {sid}\nprofile: {profile}\nmime type: {mime_type:?}\n\
         methods: {methods:?}, multiple: {multiple}, dialect: {dialect:?}{}{described}",
        profile_parts(profile_data)
    )
}

fn answer(answer: &Answer) -> String {
    let Answer { sid, methods, multiple, dialect, profile_data } = answer;
    format!(
        "yes, sid: {sid:?}\nmethods: {methods:?}, multiple: {multiple}, dialect: {dialect:?}{}",
        profile_parts(profile_data)
    )
}

fn profile_parts(parts: &[Element]) -> String {
    parts
        .iter()
        .map(|part| File::read(part).map_or_else(|_| format!("\n{}", String::from(part)), |read| file(&read)))
        .collect()
}

fn file(file: &File) -> String {
    let File { name, size, hash, date: modified, description, mime_type, range } = file;
    let date = modified.and_then(date::write);
    format!(
        "\nname: {name:?}, size: {size:?}, hash: {hash:?}, date: {date:?}\n\
         description: {description:?}, mime type: {mime_type:?}, range: {range:?}"
    )
}

fn places(hosts: &[StreamHost]) -> String {
    let place = |StreamHost { jid, host, port }: &StreamHost| format!("\n{jid} at {host} port {port}");
    hosts.iter().map(place).collect()
}

/// A block without most of its bytes.
fn block(data: &Data) -> String {
    let Data { sid, seq, bytes } = data;
    let (first, last) = (&bytes[..bytes.len().min(4)], &bytes[bytes.len() - bytes.len().min(4)..]);
    format!("block {seq} of {sid}: {} bytes, {first:02x?} to {last:02x?}", bytes.len())
}

fn block_in_message(message: &Message) -> Result<String, Malformed> {
    let data = message.payload("data", ns::IBB).expect("the messages among the fixtures are blocks");
    Ok(format!("in a message: {}", block(&Data::read(data)?)))
}

fn or_malformed(meaning: Result<String, Malformed>) -> String {
    meaning.unwrap_or_else(|why| format!("malformed: {why}"))
}

/// Parses as the stream does, where `jabber:client` is the default namespace.
fn xml(text: &str) -> Element {
    Element::from_reader_with_prefixes(text.as_bytes(), ns::CLIENT.to_owned()).unwrap()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
