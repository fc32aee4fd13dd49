//! XEP-0047 in-band bytestreams: open, data, close.

use std::borrow::Cow;

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine as _};
use minidom::Element;

use super::stanza::{element, set};
use super::{Malformed, StreamId, ns, number};

/// What XEP-0047 recommends, and every peer that leaves `block-size` out means.
const USUAL_BLOCK_SIZE: u16 = 4096;

/// Standard base64; on input the `=` at the end may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Which stanza carries the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Carrier {
    /// Acknowledged one by one; what is meant when `stanza` is left out.
    #[default]
    Iq,
    /// Not acknowledged.
    Message,
}

/// `<open/>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Which stream.
    pub sid: StreamId,
    /// The most bytes in a block, before base64.
    pub block_size: u16,
    /// In which stanza.
    pub carrier: Carrier,
}

/// `<data/>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// Which stream.
    pub sid: StreamId,
    /// Counts from 0, and from 0 again after 65535.
    pub seq: u16,
    /// The block.
    pub bytes: Vec<u8>,
}

/// `<close/>`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Which stream.
    pub sid: StreamId,
}

impl Open {
    /// Reads `<open/>`; an absent or odd `block-size` is 4096, one over 65535 is 65535.
    pub fn read(open: &Element) -> Result<Self, Malformed> {
        let block_size = match number::<u64>(open, "block-size") {
            None | Some(0) => USUAL_BLOCK_SIZE,
            Some(size) => u16::try_from(size).unwrap_or(u16::MAX),
        };
        let carrier = if open.attr("stanza") == Some("message") { Carrier::Message } else { Carrier::Iq };
        Ok(Open { sid: StreamId::read(open, "sid")?, block_size, carrier })
    }

    /// Writes `<open/>`.
    pub fn write(&self) -> Element {
        let mut open = element("open", ns::IBB);
        set(&mut open, "sid", &self.sid.0);
        set(&mut open, "block-size", &self.block_size.to_string());
        let stanza = match self.carrier {
            Carrier::Iq => "iq",
            Carrier::Message => "message",
        };
        set(&mut open, "stanza", stanza);
        open
    }
}

impl Data {
    /// Reads `<data/>`; white space inside the base64 is allowed.
    pub fn read(data: &Element) -> Result<Self, Malformed> {
        let sid = StreamId::read(data, "sid")?;
        let seq = number(data, "seq").ok_or_else(|| Malformed::new("a block without a seq from 0 to 65535"))?;
        Ok(Data { sid, seq, bytes: decode(data)? })
    }

    /// Writes `<data/>`, base64 in one line.
    pub fn write(&self) -> Element {
        let mut data = element("data", ns::IBB);
        set(&mut data, "sid", &self.sid.0);
        set(&mut data, "seq", &self.seq.to_string());
        data.append_text(BASE64.encode(&self.bytes));
        data
    }
}

impl Close {
    /// Reads `<close/>`.
    pub fn read(close: &Element) -> Result<Self, Malformed> {
        Ok(Close { sid: StreamId::read(close, "sid")? })
    }

    /// Writes `<close/>`.
    pub fn write(&self) -> Element {
        let mut close = element("close", ns::IBB);
        set(&mut close, "sid", &self.sid.0);
        close
    }
}

/// The bytes of a block. This is the hot path of an in-band transfer: only a block that is wrapped in lines, as
/// ruby-xmpp4r's are, pays for a copy of its text.
fn decode(data: &Element) -> Result<Vec<u8>, Malformed> {
    let text = one_text(data);
    BASE64
        .decode(text.as_bytes())
        .or_else(|_| BASE64.decode(text.split_ascii_whitespace().collect::<String>()))
        .map_err(|why| Malformed::new(format!("a block that is no base64: {why}")))
}

fn one_text(data: &Element) -> Cow<'_, str> {
    let mut texts = data.texts();
    match (texts.next(), texts.next()) {
        (Some(only), None) => Cow::Borrowed(only),
        _ => Cow::Owned(data.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(text: &str) -> Element {
        text.replace("/>", " xmlns='http://jabber.org/protocol/ibb'/>").parse().unwrap()
    }

    #[test]
    fn a_block_size_that_is_left_out_or_odd_is_the_usual_one() {
        for (attribute, expected) in [
            ("", 4096),
            ("block-size=''", 4096),
            ("block-size='0'", 4096),
            ("block-size='-1'", 4096),
            ("block-size='large'", 4096),
            ("block-size=' 1024 '", 1024),
            ("block-size='65535'", 65535),
            ("block-size='65536'", 65535),
        ] {
            let open = Open::read(&xml(&format!("<open sid='a' {attribute}/>"))).unwrap();
            assert_eq!(open.block_size, expected, "{attribute}");
        }
    }

    #[test]
    fn blocks_come_in_iqs_unless_messages_are_asked_for() {
        let carrier = |open: &str| Open::read(&xml(open)).unwrap().carrier;
        assert_eq!(carrier("<open sid='a'/>"), Carrier::Iq);
        assert_eq!(carrier("<open sid='a' stanza='pigeon'/>"), Carrier::Iq);
        assert_eq!(carrier("<open sid='a' stanza='message'/>"), Carrier::Message);
    }

    #[test]
    fn base64_may_be_wrapped_indented_unpadded_or_empty() {
        let bytes = |text: &str| {
            let mut data = xml("<data sid='a' seq='7'/>");
            data.append_text(text);
            Data::read(&data).map(|data| data.bytes)
        };
        for text in ["AAECAwQ=", "AAECAwQ", " AAEC\n\tAwQ=\r\n", "A A E C A w Q ="] {
            assert_eq!(bytes(text), Ok(vec![0, 1, 2, 3, 4]), "{text}");
        }
        assert_eq!(bytes(""), Ok(Vec::new()));
        for text in ["AAEC*wQ=", "A", "AAECAwQ=AAEC"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_block_needs_a_sid_and_a_seq_of_sixteen_bits() {
        assert_eq!(Data::read(&xml("<data sid='a' seq='65535'/>")).unwrap().seq, 65535);
        for data in ["<data sid='a'/>", "<data seq='0'/>", "<data sid='' seq='0'/>", "<data sid='a' seq='65536'/>"] {
            assert!(Data::read(&xml(data)).is_err(), "{data}");
        }
    }
}
