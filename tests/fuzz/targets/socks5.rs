//! The handshake of SOCKS5 with somebody who says anything: as the side that connects, and as the side that is connected
//! to. Without the right bytes no connection becomes a stream, and what came behind them is not lost.
//!
//! The first byte says which side we are; then come pieces, each with its length. A piece of length 255 is the
//! destination address that only the right one knows, of length 254 the whole of a right handshake up to there.

use std::time::Duration;

use balcony::engine::command::{Command, Via};
use jid::Jid;

use super::bytes::Bytes;
use super::home::{Home, ROMEO};

/// What an offer of Romeo looks like that only SOCKS5 can take.
const OFFER: &str = "<iq type='set' id='o1' from='romeo@montague.lit/orchard'>\
    <si xmlns='http://jabber.org/protocol/si' id='s1' profile='http://jabber.org/protocol/si/profile/file-transfer'>\
    <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='ballad.ogg' size='64'/>\
    <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
    <field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/bytestreams</value></option>\
    </field></x></feature></si></iq>";

/// Where Romeo says he is.
const STREAMHOSTS: &str = "<iq type='set' id='h1' from='romeo@montague.lit/orchard'>\
    <query xmlns='http://jabber.org/protocol/bytestreams' sid='s1' mode='tcp'>\
    <streamhost jid='romeo@montague.lit/orchard' host='192.0.2.1' port='5086'/></query></iq>";

/// What the answer to our offer looks like.
const ANSWER: &str = "<iq type='result' id='ID' from='WHO'><si xmlns='http://jabber.org/protocol/si'>\
    <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='submit'>\
    <field var='stream-method'><value>http://jabber.org/protocol/bytestreams</value></field></x></feature></si></iq>";

/// Romeo says that he is connected to us.
const USED: &str = "<iq type='result' id='ID' from='romeo@montague.lit/orchard'>\
    <query xmlns='http://jabber.org/protocol/bytestreams'><streamhost-used jid='juliet@capulet.lit/balcony'/></query></iq>";

/// Runs one conversation.
pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut home = Home::online();
    if bytes.byte().is_multiple_of(2) {
        target(&mut home, &mut bytes);
    } else {
        requester(&mut home, &mut bytes);
    }
    home.end();
}

/// We connect, and Romeo's streamhost says anything.
fn target(home: &mut Home, bytes: &mut Bytes) {
    home.receive(OFFER);
    for transfer in home.transfers() {
        home.command(Command::AcceptOffer { transfer, save_as: None });
    }
    home.receive(STREAMHOSTS);
    let address = home.destination(false);
    let right = [b"\x05\0\x05\0\0\x03\x28".as_slice(), address.as_bytes(), &[0, 0]].concat();
    let mut said = Vec::new();
    while !bytes.is_empty() {
        let Some(socket) = home.shell.sockets().last().copied() else { return };
        let piece = piece(bytes, &address, &right);
        said.extend_from_slice(&piece);
        home.shell.say(socket, &piece);
        home.pass(Duration::from_millis(1));
        assert!(said.starts_with(&[5, 0]) || !home.shell.is_receiving(socket), "who greets wrongly sends a file");
    }
}

/// We are connected to, by anybody.
fn requester(home: &mut Home, bytes: &mut Bytes) {
    home.receive(&format!("<presence from='{ROMEO}'/>"));
    let (to, path) = (Jid::new(ROMEO).unwrap(), "/home/juliet/64".into());
    home.command(Command::OfferFile { to, path, description: None, via: vec![Via::Socks5Direct] });
    home.answer_until_offered();
    home.receive(ANSWER);
    let address = home.destination(true);
    let right = [b"\x05\x01\0\x05\x01\0\x03\x28".as_slice(), address.as_bytes(), &[0, 0]].concat();
    let Some(guest) = home.shell.accept() else { return };
    home.pass(Duration::ZERO);
    let mut said = Vec::new();
    while !bytes.is_empty() {
        let piece = piece(bytes, &address, &right);
        said.extend_from_slice(&piece);
        home.shell.say(guest, &piece);
        home.pass(Duration::from_millis(1));
    }
    // Behind the choice of a method, for a refusal repeats the address, and that can be any bytes.
    let is_let_in = home.shell.written(guest).get(2..).is_some_and(|reply| reply.starts_with(&[5, 0, 0, 3]));
    let knows = said.windows(40).any(|part| part.eq_ignore_ascii_case(address.as_bytes()));
    assert!(knows || !is_let_in, "somebody is let in without the address");
    home.receive(USED);
}

fn piece(bytes: &mut Bytes, address: &str, right: &[u8]) -> Vec<u8> {
    match bytes.byte() {
        255 => address.as_bytes().to_vec(),
        254 => right.to_vec(),
        length => bytes.take(usize::from(length)).to_vec(),
    }
}
