//! Files to send, and whether what arrived is the same.

use std::fs;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub(crate) const MIB: usize = 1024 * 1024;

/// A file whose every eight bytes differ from all others, in a folder of its own.
pub(crate) struct Sample {
    _folder: TempDir,
    path: PathBuf,
}

impl Sample {
    pub(crate) fn of(size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("sample-{size}.bin"));
        let mut file = BufWriter::new(fs::File::create(&path).unwrap());
        for at in (0..size).step_by(8) {
            let word = (at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).to_le_bytes();
            file.write_all(&word[..word.len().min(size - at)]).unwrap();
        }
        file.flush().unwrap();
        Sample { _folder: folder, path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }

    /// Stops the test unless the file at `path` has the same SHA-256.
    pub(crate) fn assert_same(&self, path: &Path) {
        let (size, arrived) = (self.size(), fs::metadata(path).map_or(0, |found| found.len()));
        assert_eq!(sha256(path), sha256(&self.path), "{}: {arrived} bytes arrived of {size}", path.display());
    }

    pub(crate) fn size(&self) -> u64 {
        fs::metadata(&self.path).unwrap().len()
    }
}

fn sha256(path: &Path) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut file = fs::File::open(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let mut buffer = vec![0; MIB];
    loop {
        match file.read(&mut buffer).unwrap() {
            0 => return hash.finalize().to_vec(),
            read => hash.update(&buffer[..read]),
        }
    }
}
