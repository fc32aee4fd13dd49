//! Which bytes of a stream the XML parser gets to see.
//!
//! The parser recurses into nested elements and refuses long attributes for good, which on a resumed stream (XEP-0198)
//! means for ever: the server sends the same stanza again. So, within a stanza,
//!
//! - an element nested deeper than [`DEEPEST`] is dropped with all it contains;
//! - an element whose start tag is longer than [`LONGEST_TAG`] likewise; the stanza itself keeps its name, because
//!   stanzas are counted;
//! - after [`LARGEST_STANZA`] bytes only the end tags that are due come through.
//!
//! What is not well-formed passes: reporting that is the parser's, and only a broken server sends it. What comes out does
//! not depend on how the bytes come in.

/// How many elements may be open at a time, the stream among them. No extension needs twenty.
const DEEPEST: usize = 64;

/// Bytes of one start tag. The parser's limit for one attribute is 8192; nothing but inlined pictures comes near.
const LONGEST_TAG: usize = 8000;

/// Bytes of one stanza. Servers allow peers an eighth of that; a roster of ten thousand is what may be larger.
const LARGEST_STANZA: usize = 4 * 1024 * 1024;

/// How many elements are open inside a stanza's start tag, itself included: the stream, the stanza.
const STANZA_DEPTH: usize = 2;

/// Where in the XML the filter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Between tags.
    #[default]
    Text,
    /// After `<`, which waits for what it opens.
    Markup,
    /// In a start tag, which waits for its end; in a quoted value if there is a quote.
    StartTag { quote: Option<u8> },
    /// In an end tag.
    EndTag,
    /// After `<!`: how much of `[CDATA[` was there.
    Declaration { matched: usize },
    /// In a CDATA section: how much of `]]>` was there.
    Cdata { matched: usize },
    /// In anything else that ends with `>`.
    Other,
}

/// Which part of the XML passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Passing {
    /// All of it.
    #[default]
    All,
    /// The stanza is too large: only the end tags that are due.
    EndTags,
    /// Nothing, until the element at that depth ends; then what passed before.
    NothingBelow { depth: usize, full: bool },
}

/// The filter itself.
#[derive(Debug)]
pub(in crate::client) struct Filter {
    /// Bytes that a stanza may have.
    largest: usize,
    state: State,
    passing: Passing,
    /// How many elements are open.
    depth: usize,
    /// Bytes of the present stanza that passed.
    size: usize,
    /// The start tag that is being read, up to one byte more than it may have.
    tag: Vec<u8>,
    /// The last byte of the tag that is being read.
    last: u8,
    /// How many bytes ago a reference like `&amp;` began that has not ended; zero outside of any.
    reference: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Filter::of_stanzas_up_to(LARGEST_STANZA)
    }
}

impl Filter {
    /// One that cuts stanzas of more than so many bytes.
    pub(in crate::client) fn of_stanzas_up_to(largest: usize) -> Self {
        let (state, passing) = (State::default(), Passing::default());
        Filter { largest, state, passing, depth: 0, size: 0, tag: Vec::new(), last: 0, reference: 0 }
    }

    /// Filters `input` to the end of `clean`.
    pub(in crate::client) fn pass(&mut self, mut input: &[u8], clean: &mut Vec<u8>) {
        while !input.is_empty() {
            if self.state == State::Text {
                let length = input.iter().position(|&byte| byte == b'<').unwrap_or(input.len());
                let (text, rest) = input.split_at(length);
                self.text(text, clean);
                input = rest;
                if input.is_empty() {
                    return;
                }
            }
            self.markup(input[0], clean);
            input = &input[1..];
        }
    }

    /// Text passes until the stanza is full, and is cut between characters and references.
    fn text(&mut self, text: &[u8], clean: &mut Vec<u8>) {
        if self.passing != Passing::All {
            return;
        }
        let room = self.largest.saturating_sub(self.size);
        if text.len() <= room || self.depth < STANZA_DEPTH {
            self.emit(text, clean);
            self.reference = reference_after(text, self.reference);
            return;
        }
        for (index, &byte) in text.iter().enumerate() {
            let is_inside = is_continuation(byte) || (self.reference > 0 && byte != b'&');
            if index >= room && !is_inside {
                self.passing = Passing::EndTags;
                return;
            }
            self.emit(&[byte], clean);
            self.reference = reference_after(&[byte], self.reference);
        }
    }

    fn markup(&mut self, byte: u8, clean: &mut Vec<u8>) {
        self.state = match self.state {
            // Text never gets here but at its end.
            State::Text => State::Markup,
            State::Markup => self.open_markup(byte, clean),
            State::StartTag { quote } => self.start_tag(byte, quote, clean),
            State::EndTag if byte == b'>' => self.end_element(clean),
            State::Declaration { matched } => self.declaration(byte, matched, clean),
            State::Cdata { matched } => self.cdata(byte, matched, clean),
            State::EndTag | State::Other => {
                let next = if byte == b'>' { State::Text } else { self.state };
                self.emit_unless_dropped(&[byte], clean);
                next
            }
        };
    }

    fn open_markup(&mut self, byte: u8, clean: &mut Vec<u8>) -> State {
        self.reference = 0;
        match byte {
            b'/' => {
                self.emit_unless_dropped(b"</", clean);
                State::EndTag
            }
            b'!' => State::Declaration { matched: 0 },
            b'?' => {
                self.emit_unless_dropped(b"<?", clean);
                State::Other
            }
            _ => {
                self.tag.clear();
                self.tag.extend([b'<', byte]);
                self.last = byte;
                State::StartTag { quote: None }
            }
        }
    }

    fn start_tag(&mut self, byte: u8, quote: Option<u8>, clean: &mut Vec<u8>) -> State {
        if self.tag.len() <= LONGEST_TAG {
            self.tag.push(byte);
        }
        let before = std::mem::replace(&mut self.last, byte);
        match (quote, byte) {
            (None, b'>') => {
                self.start_element(before == b'/', clean);
                State::Text
            }
            (None, b'"' | b'\'') => State::StartTag { quote: Some(byte) },
            (Some(open), _) if open == byte => State::StartTag { quote: None },
            (open, _) => State::StartTag { quote: open },
        }
    }

    /// A start tag is complete: lets it pass, or drops its element.
    fn start_element(&mut self, is_empty: bool, clean: &mut Vec<u8>) {
        let mut tag = std::mem::take(&mut self.tag);
        let mut depth = self.depth + 1;
        if depth == STANZA_DEPTH {
            self.size = 0;
            self.passing = Passing::All;
            if is_stream(&tag) {
                // The stream starts again after TLS or SASL; its old root never ends.
                depth = 1;
            }
        }
        let is_too_long = tag.len() > LONGEST_TAG;
        if is_too_long && depth == STANZA_DEPTH {
            shorten_to_name(&mut tag, is_empty);
        }
        let is_full = self.passing == Passing::EndTags || self.size + tag.len() > self.largest;
        match self.passing {
            Passing::NothingBelow { .. } => {}
            Passing::All | Passing::EndTags if depth <= STANZA_DEPTH => self.emit(&tag, clean),
            Passing::All | Passing::EndTags if is_full || is_too_long || depth > DEEPEST => {
                if !is_empty {
                    self.passing = Passing::NothingBelow { depth, full: is_full };
                }
            }
            Passing::All | Passing::EndTags => self.emit(&tag, clean),
        }
        if is_too_long && depth == STANZA_DEPTH && !is_empty {
            self.passing = Passing::EndTags;
        }
        self.depth = if is_empty { depth - 1 } else { depth };
        self.tag = tag;
    }

    fn end_element(&mut self, clean: &mut Vec<u8>) -> State {
        self.emit_unless_dropped(b">", clean);
        if let Passing::NothingBelow { depth, full } = self.passing
            && depth == self.depth
        {
            self.passing = if full { Passing::EndTags } else { Passing::All };
        }
        self.depth = self.depth.saturating_sub(1);
        State::Text
    }

    fn declaration(&mut self, byte: u8, matched: usize, clean: &mut Vec<u8>) -> State {
        const OPENING: &[u8] = b"[CDATA[";
        if OPENING.get(matched) != Some(&byte) {
            self.emit_unless_dropped(b"<!", clean);
            self.emit_unless_dropped(&OPENING[..matched], clean);
            self.emit_unless_dropped(&[byte], clean);
            return if byte == b'>' { State::Text } else { State::Other };
        }
        if matched + 1 < OPENING.len() {
            return State::Declaration { matched: matched + 1 };
        }
        if self.passing == Passing::All {
            self.emit(b"<![CDATA[", clean);
        }
        State::Cdata { matched: 0 }
    }

    fn cdata(&mut self, byte: u8, matched: usize, clean: &mut Vec<u8>) -> State {
        if self.passing == Passing::All {
            self.emit(&[byte], clean);
        }
        match (byte, matched) {
            (b']', 0 | 1) => return State::Cdata { matched: matched + 1 },
            (b']', _) => return State::Cdata { matched },
            (b'>', 2) => return State::Text,
            _ => {}
        }
        if self.passing == Passing::All && self.size > self.largest && byte.is_ascii() {
            self.emit(b"]]>", clean);
            self.passing = Passing::EndTags;
        }
        State::Cdata { matched: 0 }
    }

    fn emit(&mut self, bytes: &[u8], clean: &mut Vec<u8>) {
        self.size += bytes.len();
        clean.extend_from_slice(bytes);
    }

    fn emit_unless_dropped(&mut self, bytes: &[u8], clean: &mut Vec<u8>) {
        match self.passing {
            Passing::All | Passing::EndTags => self.emit(bytes, clean),
            Passing::NothingBelow { .. } => {}
        }
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// How many bytes before the end of this text a reference began that has not ended, if one did so many bytes before the
/// text. What is longer than the longest is none.
fn reference_after(text: &[u8], before: usize) -> usize {
    const LONGEST: usize = "&#x10FFFF;".len();
    let tail = &text[text.len().saturating_sub(LONGEST)..];
    let since = match tail.iter().rposition(|&byte| byte == b'&' || byte == b';') {
        Some(index) if tail[index] == b'&' => tail.len() - index,
        None if before > 0 => before + text.len(),
        Some(_) | None => 0,
    };
    if since > LONGEST { 0 } else { since }
}

/// The name in a start tag.
fn name_of(tag: &[u8]) -> &[u8] {
    let name = tag.get(1..).unwrap_or_default();
    let end = name.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
    &name[..end.unwrap_or(name.len())]
}

fn is_stream(tag: &[u8]) -> bool {
    let name = name_of(tag);
    name == b"stream" || name.ends_with(b":stream")
}

fn shorten_to_name(tag: &mut Vec<u8>, is_empty: bool) {
    let length = name_of(tag).len() + 1;
    tag.truncate(length);
    tag.extend_from_slice(if is_empty { b"/>" } else { b">" });
}

#[cfg(test)]
mod tests;
