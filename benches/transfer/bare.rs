//! What moving a file costs at least: a bare TCP connection, and the same hash and disk at its ends.
//!
//! It is written as one would write it for speed: large buffers that go around, reading, hashing and sending beside each
//! other, and a disk that begins before the last byte is there.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::sealed::seal;

/// As much as Balcony copies at a time.
const BLOCK: usize = 256 * 1024;

/// How many blocks go around on each side, as in Balcony.
const BLOCKS: usize = 6;

/// How much is written before the disk begins, as in Balcony.
const STEP: usize = 64 * 1024 * 1024;

/// Copies over a connection of its own.
pub(crate) fn copy(from: &Path, to: &Path) -> Duration {
    let began = Instant::now();
    between(connection(), from, to);
    began.elapsed()
}

/// Copies over a connection of its own, with TLS around it.
pub(crate) fn copy_sealed(from: &Path, to: &Path) -> Duration {
    let began = Instant::now();
    between(seal(connection()), from, to);
    began.elapsed()
}

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, target)
}

/// Copies over two sockets that are joined: reads, hashes and sends; receives, writes and hashes until the disk has it.
pub(crate) fn between<S: Read, T: Write + Send + 'static>((source, target): (S, T), from: &Path, to: &Path) {
    let mut reading = Hashed::of(File::open(from).unwrap());
    let sending = thread::spawn(move || {
        pass_on(&mut reading, target);
        reading.hash
    });
    let mut writing = Hashed::of(Disk::at(to));
    pass_on(source, &mut writing);
    writing.file.settle();
    assert!(sending.join().unwrap().finalize() == writing.hash.finalize(), "another file arrived");
}

/// Reads and writes beside each other until the source ends.
fn pass_on(source: impl Read, target: impl Write + Send) {
    let (returning, spare) = sync_channel(BLOCKS);
    let (ordering, ordered) = sync_channel(BLOCKS);
    for _ in 0..BLOCKS {
        returning.send(Vec::with_capacity(BLOCK)).unwrap();
    }
    thread::scope(|scope| {
        scope.spawn(move || write(target, &ordered, &returning));
        read(source, &spare, &ordering);
        drop(ordering);
    });
}

fn read(mut source: impl Read, spare: &Receiver<Vec<u8>>, ordering: &SyncSender<Vec<u8>>) {
    for mut block in spare {
        block.resize(BLOCK, 0);
        let length = source.read(&mut block).unwrap();
        if length == 0 {
            return;
        }
        block.truncate(length);
        ordering.send(block).unwrap();
    }
}

fn write(mut target: impl Write, ordered: &Receiver<Vec<u8>>, returning: &SyncSender<Vec<u8>>) {
    for block in ordered {
        target.write_all(&block).unwrap();
        // Whoever reads has gone when the last ones come back.
        let _ = returning.send(block);
    }
}

/// A file, and the hash of what passes.
struct Hashed<F> {
    file: F,
    hash: Sha256,
}

impl<F> Hashed<F> {
    fn of(file: F) -> Self {
        Hashed { file, hash: Sha256::new() }
    }
}

impl<F: Read> Read for Hashed<F> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(block)?;
        self.hash.update(&block[..length]);
        Ok(length)
    }
}

impl<F: Write> Write for Hashed<F> {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let length = self.file.write(block)?;
        self.hash.update(&block[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that goes to the disk while it grows.
struct Disk {
    file: File,
    waiting: usize,
    going: Option<JoinHandle<()>>,
}

impl Disk {
    fn at(path: &Path) -> Self {
        Disk { file: File::create(path).unwrap(), waiting: 0, going: None }
    }

    fn begin(&mut self) {
        let file = self.file.try_clone().unwrap();
        self.going = Some(thread::spawn(move || file.sync_data().unwrap()));
        self.waiting = 0;
    }

    /// Waits until all of it is there.
    fn settle(&mut self) {
        if let Some(going) = self.going.take() {
            going.join().unwrap();
        }
        self.file.sync_all().unwrap();
    }
}

impl Write for Disk {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let length = self.file.write(block)?;
        self.waiting += length;
        if self.waiting >= STEP && self.going.as_ref().is_none_or(JoinHandle::is_finished) {
            self.begin();
        }
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
