//! In-band blocks in whatever order, from whomever, in requests and messages, to a transfer that expects them: what lands
//! in the file is exactly the blocks that were in order and accepted, and never a stranger's.
//!
//! The bytes are what Romeo and Tybalt do, one thing after the other; see [`act`].

use std::time::Duration;

use balcony::engine::command::Command;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::bytes::Bytes;
use super::home::Home;
use super::home::shell::DOWNLOADS;

const OFFER: &str = "<iq type='set' id='o1' from='romeo@montague.lit/orchard'>\
    <si xmlns='http://jabber.org/protocol/si' id='s1' profile='http://jabber.org/protocol/si/profile/file-transfer'>\
    <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='ballad.ogg' size='SIZE'/>\
    <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
    <field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/ibb</value></option>\
    </field></x></feature></si></iq>";

const SENDERS: &[&str] = &["romeo@montague.lit/orchard", "romeo@montague.lit/phone", "tybalt@capulet.lit/street"];

/// More steps than tell a story.
const MOST_STEPS: usize = 200;

/// Runs one stream.
pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut home = Home::online();
    let size = bytes.short();
    home.receive(&OFFER.replace("SIZE", &size.to_string()));
    for transfer in home.transfers() {
        home.command(Command::AcceptOffer { transfer, save_as: None });
    }
    let mut stream = Stream { home, next: 0, told: Vec::new() };
    for _ in 0..MOST_STEPS {
        if bytes.is_empty() {
            break;
        }
        act(&mut stream, &mut bytes);
    }
    stream.check(usize::from(size));
    stream.home.end();
}

/// The stream as Romeo sees it.
struct Stream {
    home: Home,
    /// The next number in order.
    next: u16,
    /// What Romeo sent in order.
    told: Vec<u8>,
}

/// One thing that somebody does.
fn act(stream: &mut Stream, bytes: &mut Bytes) {
    let deed = bytes.byte();
    let from = *SENDERS.get(usize::from(deed >> 6)).unwrap_or(&SENDERS[0]);
    match deed & 0x0f {
        0 => {
            let size = bytes.short();
            say(stream, from, &format!("<open xmlns='http://jabber.org/protocol/ibb' sid='s1' block-size='{size}'/>"));
        }
        1 => say(stream, from, "<close xmlns='http://jabber.org/protocol/ibb' sid='s1'/>"),
        2 => stream.home.pass(Duration::from_millis(u64::from(bytes.short()))),
        3 => stream.home.answer(),
        4 => stream.home.shell.is_full = true,
        5 => {
            let (seq, text) = (bytes.short(), bytes.text().replace(['<', '&'], ""));
            block(stream, from, seq, &text, deed);
        }
        6 => {
            let (seq, block_bytes) = (bytes.short(), bytes.piece());
            block(stream, from, seq, &BASE64.encode(block_bytes), deed);
        }
        _ => {
            let payload = bytes.piece().to_vec();
            let seq = stream.next;
            if from == SENDERS[0] {
                stream.next = seq.wrapping_add(1);
                stream.told.extend_from_slice(&payload);
            }
            block(stream, from, seq, &BASE64.encode(payload), deed);
        }
    }
}

fn say(stream: &mut Stream, from: &str, payload: &str) {
    stream.home.receive(&format!("<iq type='set' id='b' from='{from}'>{payload}</iq>"));
}

/// A block, in a message if one bit says so.
fn block(stream: &mut Stream, from: &str, seq: u16, text: &str, deed: u8) {
    let data = format!("<data xmlns='http://jabber.org/protocol/ibb' sid='s1' seq='{seq}'>{text}</data>");
    let before = stream.home.shell.appended;
    if deed & 0x20 == 0 {
        say(stream, from, &data);
    } else {
        stream.home.receive(&format!("<message from='{from}'>{data}</message>"));
    }
    assert!(from == SENDERS[0] || stream.home.shell.appended == before, "a block of {from} lands in Romeo's file");
}

impl Stream {
    /// A file that is whole is as long as was said.
    fn check(&self, size: usize) {
        for (path, content) in &self.home.shell.disk {
            assert!(path.starts_with(DOWNLOADS), "{} lies elsewhere", path.display());
            assert!(content.len() <= size, "{} is longer than was offered", path.display());
            let is_whole = path.extension().is_none_or(|ending| ending != "part");
            assert!(!is_whole || content.len() == size, "{} has ended early", path.display());
        }
    }
}
