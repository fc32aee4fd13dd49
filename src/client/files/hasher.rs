//! The digests of a file's bytes, computed as they pass: block after block, without reading anything twice.
//!
//! A run of blocks that follow each other is one message to the hash function. A block from elsewhere begins a new run:
//! a stream that had read ahead and came to nothing leaves no trace in the digest of the one that follows it.

use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::engine::{Digest, Digests};

/// The digests of one run.
#[derive(Default)]
pub(super) struct Hasher {
    offset: u64,
    length: u64,
    functions: Vec<Function>,
}

#[derive(Clone)]
enum Function {
    Md5(Md5),
    Sha256(Sha256),
}

impl Hasher {
    /// An empty run, by these functions.
    pub(super) fn new(digests: &[Digest]) -> Self {
        Hasher { offset: 0, length: 0, functions: digests.iter().copied().map(Function::new).collect() }
    }

    /// A block at `offset` has passed.
    pub(super) fn update(&mut self, offset: u64, bytes: &[u8]) {
        if offset != self.offset + self.length {
            *self = self.afresh(offset);
        }
        self.length += bytes.len() as u64;
        for function in &mut self.functions {
            function.update(bytes);
        }
    }

    fn afresh(&self, offset: u64) -> Self {
        let functions = self.functions.iter().map(|function| Function::new(function.digest())).collect();
        Hasher { offset, length: 0, functions }
    }

    /// Of the run so far.
    pub(super) fn digests(&self) -> Digests {
        let found = self.functions.iter().map(|function| (function.digest(), function.value())).collect();
        Digests { offset: self.offset, length: self.length, found }
    }
}

impl Function {
    fn new(digest: Digest) -> Self {
        match digest {
            Digest::Md5 => Function::Md5(Md5::new()),
            Digest::Sha256 => Function::Sha256(Sha256::new()),
        }
    }

    fn digest(&self) -> Digest {
        match self {
            Function::Md5(_) => Digest::Md5,
            Function::Sha256(_) => Digest::Sha256,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Function::Md5(md5) => md5.update(bytes),
            Function::Sha256(sha256) => sha256.update(bytes),
        }
    }

    fn value(&self) -> Vec<u8> {
        match self.clone() {
            Function::Md5(md5) => md5.finalize().to_vec(),
            Function::Sha256(sha256) => sha256.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hexadecimal(hasher: &Hasher, digest: Digest) -> String {
        hasher.digests().by(digest).unwrap().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn blocks_that_follow_each_other_are_hashed_as_one() {
        let mut hasher = Hasher::new(&[Digest::Sha256, Digest::Md5]);
        hasher.update(0, b"a");
        hasher.update(1, b"bc");
        assert_eq!(
            hexadecimal(&hasher, Digest::Sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(hexadecimal(&hasher, Digest::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!((hasher.digests().offset, hasher.digests().length), (0, 3));
    }

    #[test]
    fn a_block_from_elsewhere_begins_anew() {
        let mut hasher = Hasher::new(&[Digest::Md5]);
        hasher.update(0, b"read ahead for a stream that came to nothing");
        hasher.update(7, b"a");
        hasher.update(8, b"bc");
        assert_eq!(hexadecimal(&hasher, Digest::Md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!((hasher.digests().offset, hasher.digests().length), (7, 3));
    }

    #[test]
    fn nothing_has_a_digest_too_and_what_nobody_asked_for_has_none() {
        assert_eq!(hexadecimal(&Hasher::new(&[Digest::Md5]), Digest::Md5), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(Hasher::default().digests(), Digests::default());
    }
}
