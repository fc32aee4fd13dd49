//! What the shell does with TCP connections for the engine, and tells of them.

use std::net::{IpAddr, SocketAddr};

use super::file::{FileError, FileId};
pub use crate::xep::seal::Fingerprint;

/// A TCP connection; dialled ones are named by the engine, accepted ones by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketId {
    /// We connected.
    Dialled(u64),
    /// Somebody connected to our listener.
    Accepted(u64),
}

/// What the shell does with sockets. Nothing is read from a socket but by [`SocketOrder::Read`] or
/// [`SocketOrder::Pump`]: bytes that come early wait in the kernel.
#[derive(Debug)]
pub enum SocketOrder {
    /// Have the one listener, bound as configured; answered by `Listening` or `ListenFailed`, also if it exists.
    Listen,
    /// Close the listener (accepted connections stay).
    Unlisten,
    /// Connect; answered by `Connected` or `Closed`. Deadlines are the engine's: it says `Close`.
    Dial {
        /// Its name from now on.
        socket: SocketId,
        /// A host name or an address.
        host: String,
        /// A port.
        port: u16,
        /// Who wants it to.
        named_by: NamedBy,
    },
    /// Read what is there, at least one byte, at most `max`; answered by one `Data` or `Closed`. A `Pump` takes the
    /// place of a `Read` that has no answer yet.
    Read {
        /// Which.
        socket: SocketId,
        /// The most bytes wanted.
        max: usize,
    },
    /// Write all of it at once; failure is told by `Closed`.
    Write {
        /// Which.
        socket: SocketId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Put TLS around the connection, with the key of this process and the one key that the other side may have; answered
    /// by `Sealed` or `Closed`. It takes the place of a `Read` that has no answer yet.
    Seal(Seal),
    /// Copy a file's range to the socket, or the socket to a file, until all is moved; answered by `Pumped`, or `Closed`.
    Pump(Pump),
    /// Pause or resume nothing: close now, drop what is unsent. Never answered.
    Close {
        /// Which.
        socket: SocketId,
    },
}

/// On whose word a connection is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The user's, or their own server's.
    Us,
    /// Somebody else's: it is made only where they [may](super::premises) have us connect, whatever the name leads to.
    Others {
        /// Our side of the connection to our server: it tells where we are.
        local: Option<IpAddr>,
    },
}

/// How a connection is sealed.
#[derive(Debug, Clone, Copy)]
pub struct Seal {
    /// Which.
    pub socket: SocketId,
    /// Who begins the handshake.
    pub end: TlsEnd,
    /// The key that the other side has to have.
    pub theirs: Fingerprint,
}

/// Which end of TLS we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsEnd {
    /// We begin.
    Client,
    /// The other side begins.
    Server,
}

/// A copy between a file and a socket that the shell does by itself, telling progress.
#[derive(Debug, Clone)]
pub struct Pump {
    /// The socket, its handshake done.
    pub socket: SocketId,
    /// The file.
    pub file: FileId,
    /// Which way.
    pub flow: Flow,
}

/// Which way a pump moves bytes.
#[derive(Debug, Clone)]
pub enum Flow {
    /// File to socket. After the last byte the socket is shut down and closed, then `Pumped` is told.
    Send {
        /// Where in the file it starts.
        offset: u64,
        /// How many bytes.
        length: u64,
        /// Whether the receiver tells on the socket how much it has. Then that is the progress, and little more is sent.
        tally: Tally,
    },
    /// Socket to file, appended. `Pumped` is told once `length` bytes are in the file, or the sender closed.
    Receive {
        /// Bytes that arrived together with the handshake.
        prefix: Vec<u8>,
        /// How many bytes, the prefix included; nothing beyond is read.
        length: u64,
        /// Whether the sender is told on the socket how much is in the file.
        tally: Tally,
    },
}

/// Whether a receiver tells on the socket how much of the stream has arrived ([`crate::xep::tally`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// It does not.
    Untold,
    /// It does, and its sender listens.
    Told,
}

/// What the shell tells of sockets.
#[derive(Debug)]
pub enum SocketEvent {
    /// The listener is there.
    Listening {
        /// The port it got.
        port: u16,
        /// Every address of this machine that it can be reached at, loopback included and marked by being loopback.
        addresses: Vec<IpAddr>,
    },
    /// There is no listener.
    ListenFailed {
        /// Why.
        why: String,
    },
    /// Somebody connected to our listener.
    Accepted {
        /// The connection.
        socket: SocketId,
        /// Who.
        from: SocketAddr,
    },
    /// A dialled connection is made.
    Connected {
        /// Which.
        socket: SocketId,
    },
    /// TLS is around the connection, and the other side is who it should be.
    Sealed {
        /// Which.
        socket: SocketId,
    },
    /// Bytes that a `Read` asked for.
    Data {
        /// Which.
        socket: SocketId,
        /// What.
        bytes: Vec<u8>,
    },
    /// A pump moved bytes; told at most every 100 ms.
    Progress {
        /// Which.
        socket: SocketId,
        /// How many bytes in all since the pump began, the prefix included.
        bytes: u64,
    },
    /// A pump is done.
    Pumped {
        /// Which.
        socket: SocketId,
        /// How many bytes in all; fewer than asked if the sender closed early.
        bytes: u64,
    },
    /// The connection could not be made, or is gone. Told once; not after `Close`.
    Closed {
        /// Which.
        socket: SocketId,
        /// Why, in the words the attempt line shows.
        why: CloseReason,
    },
    /// A pump stopped because of the file, not the socket.
    FileFailed {
        /// Which.
        socket: SocketId,
        /// What is wrong with the file.
        why: FileError,
    },
}

/// Why a connection is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseReason {
    /// Nobody listens there.
    Refused,
    /// No answer to the connection attempt.
    TimedOut,
    /// No route, no such host, not permitted.
    Unreachable(String),
    /// Nobody tried to connect, and why not.
    NotTried(&'static str),
    /// The other side closed.
    ByPeer,
    /// The connection broke.
    Reset(String),
    /// TLS could not be put around it: whoever is there is not who it should be, or somebody in between changes bytes.
    NotSealed(String),
}
