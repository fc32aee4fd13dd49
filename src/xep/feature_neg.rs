//! XEP-0020 feature negotiation, as far as stream initiation uses it: one form with one field that lists methods.

use minidom::Element;

use super::Malformed;

/// The field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `stream-method` of XEP-0095.
    StreamMethod,
    /// `file-transfer-method` of XEP-0087.
    FileTransferMethod,
}

/// What a form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods {
    /// Under which name.
    pub field: Field,
    /// The options of an offer in their order, or the one value of an answer.
    pub values: Vec<String>,
}

/// Reads `<feature/>`: options if there are any, else values. No trimming inside `<value/>`.
pub fn read(_feature: &Element) -> Result<Methods, Malformed> {
    unimplemented!()
}

/// Writes the form of an offer: `type='form'`, a `list-single` with an option for each method.
pub fn write_options(_field: Field, _methods: &[String]) -> Element {
    unimplemented!()
}

/// Writes the form of an answer: `type='submit'` with the one value.
pub fn write_choice(_field: Field, _method: &str) -> Element {
    unimplemented!()
}
