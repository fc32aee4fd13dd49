//! XEP-0087, stream initiation before XEP-0095: headers, `file-transfer-method`, short method names, 403 and 406.
//!
//! Only the wire form differs; [`si`](super::si) calls what is here where the dialect is [`Legacy`](super::si::Dialect::Legacy).
