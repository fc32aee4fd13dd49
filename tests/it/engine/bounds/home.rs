//! Juliet's engine with a shell that keeps nothing, Romeo's stanzas, and what of both is measured.
//!
//! Everything that is allocated on the way to the engine and back is freed while it is counted, so that what is left over
//! is what the engine holds.

use std::collections::VecDeque;
use std::time::Duration;

use allocation_counter::measure;
use balcony::engine::Input;
use balcony::engine::command::Command;
use balcony::xep::ns::{BYTESTREAMS as SOCKS5, IBB, SI, SI_FILE as FILES};
use balcony::xep::stanza::set;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jid::Jid;
use minidom::Element;

use super::shell::{Seen, Shell};
use crate::support::engine::{Subject, parse};

pub(super) const ROMEO: &str = "romeo@montague.lit/orchard";
const ROSTER: &str = "<item jid='romeo@montague.lit' subscription='both'/>";
const RECOVERY: &str = "urn:x-balcony:recovery:0";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// What two Balconies say of a transfer by its lasting name.
pub(super) const WORDS: &[&str] = &["resume", "forget", "paused", "waits", "moves"];

/// With what Romeo answers: a condition, or `result` with what fits least.
pub(super) const ANSWERS: &[&str] =
    &["result", "answer", "item-not-found", "forbidden", "resource-constraint", "unknown"];

/// In how many ways he breaks off.
pub(super) const BREAKS: usize = 5;

/// As long as a file is, of those that Romeo offers; the last never comes to its end.
const SIZES: [u64; 3] = [0, 100_000, 1 << 40];
const ENDLESS: usize = 2;

/// What stands for a word of Romeo's in a stanza, and for the longest of all.
const WORD: &str = "%WORD%";
const LONGEST: &str = "%LONGEST%";

/// The stream whose name is longer than any.
const LONG_STREAM: usize = 2;

/// The engine and what is around it.
pub(super) struct Home {
    juliet: Subject,
    shell: Shell,
    held: i64,
    /// How many stanzas and streams there were.
    counted: usize,
    /// The number of Romeo's next block.
    next_seq: u16,
    /// How long the names of his requests are.
    name: usize,
}

impl Home {
    /// Juliet is online, and Romeo is there.
    pub(super) fn new() -> Self {
        let (juliet, shell) = (Subject::online(ROSTER), Shell::default());
        let mut home = Home { juliet, shell, held: 0, counted: LONG_STREAM, next_seq: 0, name: 0 };
        home.romeo_is_there(true);
        home
    }

    /// What was the most of anything.
    pub(super) fn seen(&self) -> &Seen {
        &self.shell.seen
    }

    /// Bytes that the engine holds more than in the beginning.
    pub(super) fn held(&self) -> i64 {
        self.held
    }

    /// How many blocks are on their way to the disk.
    pub(super) fn blocks_that_wait(&self) -> usize {
        self.shell.blocks_that_wait()
    }

    /// How many transfers there are that have not ended.
    pub(super) fn transfers(&self) -> usize {
        self.shell.alive.len()
    }

    /// Something happens to the engine, and whatever follows from that.
    fn let_happen(&mut self, happens: impl FnOnce(&mut Subject)) {
        let Home { juliet, shell, .. } = self;
        let counted = measure(|| {
            happens(juliet);
            let mut due = VecDeque::from(shell.perform(juliet));
            while let Some(input) = due.pop_front() {
                juliet.feed(input);
                due.extend(shell.perform(juliet));
            }
        });
        self.held += counted.bytes_current;
    }

    /// Romeo's words are put in after the XML is read, for parsers have bounds of their own.
    fn romeo_says(&mut self, name: &str, attributes: &str, payload: &str, word: usize) {
        self.counted += 1;
        let id = format!("{}{}", self.counted, "n".repeat(self.name));
        self.let_happen(|juliet| {
            let xml = format!("<{name} from='{ROMEO}' {attributes}>{payload}</{name}>");
            let mut stanza = with_words(parse(&xml), &"w".repeat(word));
            set(&mut stanza, "id", &id);
            juliet.feed(Input::Stanza(stanza));
        });
    }

    fn romeo_asks(&mut self, payload: &str, word: usize) {
        self.romeo_says("iq", "type='set'", payload, word);
    }

    pub(super) fn offer(&mut self, stream: usize, lasting: Option<usize>, file: usize, word: usize, methods: usize) {
        let option = |method| format!("<option><value>{method}</value></option>");
        let offered = [(1, SOCKS5), (2, IBB)].iter().filter(|(bit, _)| methods & bit != 0);
        let options: String = offered.map(|(_, method)| option(*method)).collect();
        let recovery = lasting.map(|name| format!("<recovery xmlns='{RECOVERY}' id='{}'/>", lasting_name(name)));
        let (sid, words, size) = (sid(stream), WORD, SIZES[file]);
        let offer = format!(
            "<si xmlns='{SI}' id='{sid}' profile='{FILES}' mime-type='{words}'>\
             <file xmlns='{FILES}' name='{file}{words}' size='{size}' date='{words}'><desc>{words}</desc><range/></file>\
             <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
             <field var='stream-method' type='list-single'>{options}</field></x></feature>\
             <si-multiple xmlns='http://telepathy.freedesktop.org/xmpp/si-multiple'/>{}\
             <more xmlns='urn:example'>{words}</more></si>",
            recovery.unwrap_or_default()
        );
        self.romeo_asks(&offer, word);
    }

    pub(super) fn streamhosts(&mut self, stream: usize, hosts: usize, word: usize) {
        let host = |number| format!("<streamhost jid='{ROMEO}' host='{number}.{WORD}' port='5086'/>");
        let hosts: String = (0..hosts).map(host).collect();
        self.romeo_asks(&format!("<query xmlns='{SOCKS5}' sid='{}'>{hosts}</query>", sid(stream)), word);
    }

    pub(super) fn open(&mut self, stream: usize) {
        self.next_seq = 0;
        self.romeo_asks(&format!("<open xmlns='{IBB}' sid='{}' block-size='4096'/>", sid(stream)), 0);
    }

    pub(super) fn blocks(&mut self, stream: usize, blocks: usize, bytes: usize) {
        let text = BASE64.encode(vec![b'x'; bytes]);
        for _ in 0..blocks {
            let seq = self.next_seq;
            self.next_seq = seq.wrapping_add(1);
            self.romeo_asks(&format!("<data xmlns='{IBB}' sid='{}' seq='{seq}'>{text}</data>", sid(stream)), 0);
        }
    }

    pub(super) fn close(&mut self, stream: usize) {
        self.romeo_asks(&format!("<close xmlns='{IBB}' sid='{}'/>", sid(stream)), 0);
    }

    /// A file comes in-band, faster than the disk.
    pub(super) fn flood(&mut self, blocks: usize, bytes: usize, name: usize) {
        self.counted += 1;
        let stream = self.counted;
        self.name = 0;
        self.offer(stream, None, ENDLESS, 0, 2);
        self.disk_works(false);
        self.open(stream);
        self.name = name;
        self.blocks(stream, blocks, bytes);
    }

    /// His requests have names that are so much longer.
    pub(super) fn name_requests(&mut self, length: usize) {
        self.name = length;
    }

    pub(super) fn state(&mut self, stream: usize, word: usize) {
        let sid = sid(stream);
        let hash = format!("<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{WORD}</hash>");
        self.romeo_asks(
            &format!("<checksum xmlns='urn:x-balcony:checksum:0' sid='{sid}' offset='0' length='9'>{hash}</checksum>"),
            word,
        );
    }

    pub(super) fn speak(&mut self, what: &str, lasting: usize, word: usize) {
        let name = lasting_name(lasting);
        self.romeo_asks(&format!("<{what} xmlns='{RECOVERY}' id='{name}'>{WORD}</{what}>"), word);
    }

    /// What was asked of Romeo last is answered first.
    pub(super) fn answer(&mut self, with: &str, word: usize) {
        let Some(id) = self.shell.asked.pop_back() else { return };
        let payload = match with {
            "result" => format!("<si xmlns='{SI}' id='{WORD}'><more xmlns='urn:example'>{WORD}</more></si>"),
            "answer" => format!(
                "<si xmlns='{SI}'><si-multiple xmlns='http://telepathy.freedesktop.org/xmpp/si-multiple'>\
                 <value>{IBB}</value><value>{SOCKS5}</value><value>{WORD}</value></si-multiple></si>"
            ),
            condition => format!(
                "<error type='cancel'><{condition} xmlns='{STANZAS}'/><text xmlns='{STANZAS}'>{WORD}</text></error>"
            ),
        };
        let kind = if matches!(with, "result" | "answer") { "result" } else { "error" };
        self.let_happen(|juliet| {
            let xml = format!("<iq type='{kind}' id='{id}' from='{ROMEO}'>{payload}</iq>");
            juliet.feed(Input::Stanza(with_words(parse(&xml), &"w".repeat(word))));
        });
    }

    /// The same file is offered in a new stream, and broken off once it is accepted.
    pub(super) fn break_off(&mut self, how: usize, word: usize) {
        self.counted += 1;
        let stream = self.counted;
        self.offer(stream, Some(0), 1, 12, 3);
        match how {
            0 => self.streamhosts(stream, 32, word),
            1 => {
                self.open(stream);
                self.next_seq = 7;
                self.blocks(stream, 1, 1);
            }
            2 => {
                self.open(stream);
                self.blocks(stream, 1, 1);
                self.close(stream);
            }
            3 => {
                self.open(stream);
                self.romeo_is_there(false);
                self.romeo_is_there(true);
            }
            _ => {}
        }
        self.pass(Duration::from_secs(70));
    }

    pub(super) fn romeo_is_there(&mut self, is_there: bool) {
        let kind = if is_there { "" } else { "type='unavailable'" };
        self.romeo_says("presence", kind, "", 0);
    }

    pub(super) fn disk_works(&mut self, works: bool) {
        while let Some(input) = self.shell.disk_works(works) {
            self.let_happen(|juliet| juliet.feed(input));
        }
    }

    /// Juliet's file is wanted, and no stream for it, whichever she tries.
    pub(super) fn refuse(&mut self, word: usize) {
        self.wish();
        self.answer("answer", 0);
        for _ in 0..3 {
            self.answer("item-not-found", word);
        }
    }

    /// Juliet offers Romeo a file.
    pub(super) fn wish(&mut self) {
        let to = Jid::new(ROMEO).unwrap();
        let command = Command::OfferFile { to, path: "/home/juliet/a.txt".into(), description: None, via: Vec::new() };
        self.let_happen(|juliet| juliet.command(command));
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.let_happen(|juliet| juliet.pass(time));
    }
}

/// The name of a stream.
fn sid(stream: usize) -> String {
    if stream == LONG_STREAM { format!("{stream}{LONGEST}") } else { stream.to_string() }
}

/// A transfer's name that outlives its streams.
fn lasting_name(number: usize) -> String {
    format!("0123456789abcdef{number}")
}

/// A stanza with the word in its places.
fn with_words(mut stanza: Element, word: &str) -> Element {
    let put_in = |text: &str| text.replace(WORD, word).replace(LONGEST, &"w".repeat(6_000_000));
    for (_, value) in stanza.attrs_mut().iter_mut() {
        *value = put_in(value);
    }
    for text in stanza.texts_mut() {
        *text = put_in(text);
    }
    for child in stanza.children_mut() {
        *child = with_words(child.clone(), word);
    }
    stanza
}
