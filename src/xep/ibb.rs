//! XEP-0047 in-band bytestreams: open, data, close.

use minidom::Element;

use super::{Malformed, StreamId};

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
    pub fn read(_open: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<open/>`.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}

impl Data {
    /// Reads `<data/>`; white space inside the base64 is allowed.
    pub fn read(_data: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<data/>`, base64 in one line.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}

impl Close {
    /// Reads `<close/>`.
    pub fn read(_close: &Element) -> Result<Self, Malformed> {
        unimplemented!()
    }
    /// Writes `<close/>`.
    pub fn write(&self) -> Element {
        unimplemented!()
    }
}
