//! What moving a file costs at least: a bare TCP connection, and the same hash and disk at its ends.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// As much as Balcony copies at a time.
const BLOCK: usize = 256 * 1024;

/// Copies over a connection of its own.
pub(crate) fn copy(from: &Path, to: &Path) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let target = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (source, _) = listener.accept().unwrap();
    between((source, target), from, to);
    began.elapsed()
}

/// Copies over two sockets that are joined: reads, hashes and sends; receives, hashes and writes until the disk has it.
pub(crate) fn between((source, mut target): (TcpStream, TcpStream), from: &Path, to: &Path) {
    let reading = File::open(from).unwrap();
    let sending = thread::spawn(move || {
        let sent = hashed(reading, &mut target);
        drop(target);
        sent
    });
    let mut writing = File::create(to).unwrap();
    let received = hashed(source, &mut writing);
    writing.sync_all().unwrap();
    assert!(sending.join().unwrap() == received, "another file arrived");
}

fn hashed(mut source: impl Read, mut target: impl Write) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        match source.read(&mut block).unwrap() {
            0 => return hash.finalize().to_vec(),
            length => {
                hash.update(&block[..length]);
                target.write_all(&block[..length]).unwrap();
            }
        }
    }
}
