//! Another domain, whose server says whatever a test has it say: of any address there, to anybody here, as fast as it can.
//!
//! To Prosody it is an external component (XEP-0114), which is a server in all but the way in. Each belongs to one couple:
//! Juliet has two contacts there, Tybalt, who means her no good, and Benvolio, who is a friend.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use minidom::Element;
use sha1::{Digest, Sha1};

use super::Couple;
use super::ground::COUPLES;

const SECRET: &str = "a plague on both your houses";
const NAMESPACE: &str = "jabber:component:accept";

/// How long it waits for what never comes: no measure of speed. A machine that is busy with other tests needs its time
/// for a flood.
const PATIENCE: Duration = Duration::from_mins(3);

/// What Prosody's configuration says of all these domains.
pub(super) fn hosts() -> String {
    (1..=COUPLES).fold(String::new(), |mut text, number| {
        writeln!(text, "Component \"{}\"\n\tcomponent_secret = \"{SECRET}\"", domain(number)).unwrap();
        text
    })
}

/// Whom the Juliet of that number knows there.
pub(super) fn contacts(number: usize) -> impl Iterator<Item = String> {
    ["tybalt", "benvolio"].into_iter().map(move |name| format!("{name}@{}", domain(number)))
}

fn domain(number: usize) -> String {
    format!("verona{number}.lit")
}

/// The server of such a domain, connected.
pub(crate) struct Foreign {
    /// The domain.
    pub(crate) name: String,
    /// The full address of Juliet's Balcony.
    pub(crate) juliet: String,
    wire: TcpStream,
    incoming: Receiver<Element>,
    /// What came and nobody asked about yet.
    heard: VecDeque<Element>,
    asked: u64,
}

impl Foreign {
    /// The one in which the couple's Juliet has contacts.
    pub(crate) fn of(couple: &Couple) -> Self {
        let (user, _) = couple.juliet.jid.split_once('@').unwrap();
        let name = domain(user.trim_start_matches("juliet").parse().unwrap());
        let mut wire = TcpStream::connect(("127.0.0.1", couple.juliet.server.ground.ports.components)).unwrap();
        let mut reader = BufReader::new(wire.try_clone().unwrap());
        let stream = "http://etherx.jabber.org/streams";
        write!(wire, "<stream:stream xmlns='{NAMESPACE}' xmlns:stream='{stream}' to='{name}'>").unwrap();
        let header = until_tag(&mut reader, "<stream:stream");
        let id = header.split("id='").nth(1).unwrap().split('\'').next().unwrap();
        let digits = Sha1::digest(format!("{id}{SECRET}")).iter().fold(String::new(), |mut digits, byte| {
            write!(digits, "{byte:02x}").unwrap();
            digits
        });
        write!(wire, "<handshake>{digits}</handshake>").unwrap();
        until_tag(&mut reader, "<handshake");
        let (teller, incoming) = channel();
        thread::spawn(move || {
            while let Some(stanza) = next_stanza(&mut reader) {
                if teller.send(stanza).is_err() {
                    return;
                }
            }
        });
        let juliet = format!("{}/balcony", couple.juliet.jid);
        Foreign { name, juliet, wire, incoming, heard: VecDeque::new(), asked: 0 }
    }

    /// Somebody's address there; of a program, if a resource is named.
    pub(crate) fn jid(&self, name: &str) -> String {
        match name.split_once('/') {
            Some((node, resource)) => format!("{node}@{}/{resource}", self.name),
            None => format!("{name}@{}", self.name),
        }
    }

    /// Sends this XML as it is.
    pub(crate) fn say(&mut self, xml: &str) {
        self.wire.write_all(xml.as_bytes()).unwrap();
    }

    /// Has somebody there send Juliet a message of these children.
    pub(crate) fn message(&mut self, from: &str, attributes: &str, children: &str) {
        let (from, to) = (self.jid(from), self.juliet.clone());
        self.say(&format!("<message type='chat' from='{from}' to='{to}' {attributes}>{children}</message>"));
    }

    /// Has somebody there ask Juliet's program something, and waits for the answer.
    pub(crate) fn ask(&mut self, from: &str, kind: &str, payload: &str) -> Element {
        let id = self.request(from, kind, payload);
        self.answer(&id)
    }

    /// Has somebody there ask Juliet's program something; under what name the answer will come.
    pub(crate) fn request(&mut self, from: &str, kind: &str, payload: &str) -> String {
        self.asked += 1;
        let (id, from, to) = (format!("asked-{}", self.asked), self.jid(from), self.juliet.clone());
        self.say(&format!("<iq type='{kind}' id='{id}' from='{from}' to='{to}'>{payload}</iq>"));
        id
    }

    /// Waits for the answer to a request of that name.
    pub(crate) fn answer(&mut self, id: &str) -> Element {
        let is_answer = |stanza: &Element| {
            let is_one = matches!(stanza.attr("type"), Some("result" | "error"));
            stanza.name() == "iq" && is_one && stanza.attr("id") == Some(id)
        };
        self.until(&format!("the answer to {id}"), is_answer)
    }

    /// Waits for a request that has such a payload.
    pub(crate) fn asked_for(&mut self, namespace: &str) -> Element {
        let is_it = |stanza: &Element| {
            matches!(stanza.attr("type"), Some("get" | "set")) && stanza.children().any(|child| child.has_ns(namespace))
        };
        self.until(&format!("a request of {namespace}"), is_it)
    }

    /// Answers a request with a result.
    pub(crate) fn grant(&mut self, request: &Element, payload: &str) {
        let attribute = |name| request.attr(name).unwrap().to_owned();
        let (id, from, to) = (attribute("id"), attribute("to"), attribute("from"));
        self.say(&format!("<iq type='result' id='{id}' from='{from}' to='{to}'>{payload}</iq>"));
    }

    /// Waits until Juliet writes to somebody there; what.
    pub(crate) fn until_said_to(&mut self, name: &str) -> Element {
        let jid = self.jid(name);
        let is_it = |stanza: &Element| {
            let is_theirs = stanza.attr("to").is_some_and(|to| to.starts_with(&jid));
            is_theirs && stanza.name() == "message" && stanza.has_child("body", NAMESPACE)
        };
        self.until(&format!("words for {name}"), is_it)
    }

    /// Waits for the first stanza like that; those before it stay for whoever asks about them.
    pub(crate) fn until(&mut self, what: &str, is_it: impl Fn(&Element) -> bool) -> Element {
        if let Some(at) = self.heard.iter().position(&is_it) {
            return self.heard.remove(at).unwrap();
        }
        loop {
            match self.incoming.recv_timeout(PATIENCE) {
                Ok(stanza) if is_it(&stanza) => return stanza,
                Ok(stanza) => self.heard.push_back(stanza),
                Err(why) => panic!("{} waited in vain for {what}, {why}; it heard {:#?}", self.name, self.heard),
            }
        }
    }
}

/// The text of a message.
pub(crate) fn body(message: &Element) -> String {
    message.get_child("body", NAMESPACE).map(Element::text).unwrap_or_default()
}

/// Reads up to the end of a tag.
fn until_tag(reader: &mut impl BufRead, tag: &str) -> String {
    loop {
        let piece = next_tag(reader).expect("Prosody goes on");
        if piece.contains(tag) {
            return piece;
        }
    }
}

/// The next tag with the text before it. Prosody writes no `>` that ends none.
fn next_tag(reader: &mut impl BufRead) -> Option<String> {
    let mut piece = Vec::new();
    reader.read_until(b'>', &mut piece).ok().filter(|count| *count > 0)?;
    String::from_utf8(piece).ok()
}

fn next_stanza(reader: &mut impl BufRead) -> Option<Element> {
    let (mut text, mut depth) = (String::new(), 0_usize);
    loop {
        let piece = next_tag(reader)?;
        let tag = &piece[piece.rfind('<')?..];
        depth = if tag.starts_with("</") { depth.checked_sub(1)? } else { depth + 1 };
        depth -= usize::from(tag.ends_with("/>"));
        text += &piece;
        if depth == 0 {
            return Element::from_reader_with_prefixes(text.trim_start().as_bytes(), NAMESPACE.to_owned()).ok();
        }
    }
}
