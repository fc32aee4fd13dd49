//! One connection: a task that owns a socket and does one order after the other.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::premises::NotTried;
use super::{Key, Stream};
use crate::client::dial::words;
use crate::client::files::FileLease;
use crate::client::pump::{self, Halt};
use crate::engine::{CloseReason, Fingerprint, Flow, Input, SocketEvent, SocketId, TlsEnd};

/// A handshake message has at most 262 bytes; more than this at once is not read ahead of need.
const MOST_READ: usize = 64 * 1024;

/// What a connection is to do.
pub(super) enum Order {
    /// Read what is there.
    Read { max: usize },
    /// Write all of it.
    Write { bytes: Vec<u8> },
    /// Put TLS around it.
    Seal { key: Key, end: TlsEnd, theirs: Fingerprint },
    /// Copy until the end, which is the connection's too.
    Pump { file: FileLease, flow: Flow },
}

/// One connection.
pub(super) struct Task {
    pub(super) socket: SocketId,
    pub(super) todo: mpsc::UnboundedReceiver<Order>,
    pub(super) inputs: mpsc::Sender<Input>,
}

/// Why a connection's task ends by itself.
enum End {
    Closed(io::Error),
    Halted(Halt),
    Pumped(u64),
    /// Nobody has orders for it any more.
    Forgotten,
}

impl Task {
    /// Waits for the connection, serves it, and tells how it ended.
    pub(super) async fn run(mut self, connecting: impl Future<Output = io::Result<TcpStream>>) {
        let socket = self.socket;
        let end = match connecting.await {
            Ok(stream) => self.serve(stream).await,
            Err(why) => End::Closed(why),
        };
        self.tell(match end {
            End::Pumped(bytes) => SocketEvent::Pumped { socket, bytes },
            End::Closed(why) | End::Halted(Halt::Socket(why)) => SocketEvent::Closed { socket, why: reason(&why) },
            End::Halted(Halt::File(why)) => SocketEvent::FileFailed { socket, why },
            End::Forgotten => return,
        })
        .await;
    }

    /// A read that waits for bytes, or for the other side to close, does not hold up what is ordered after it.
    async fn serve(&mut self, stream: TcpStream) -> End {
        let socket = self.socket;
        if let SocketId::Dialled(_) = socket {
            self.tell(SocketEvent::Connected { socket }).await;
        }
        let (mut stream, mut wanted) = (Stream::Clear(stream), None);
        loop {
            let done = tokio::select! {
                biased;
                order = self.todo.recv() => match order {
                    Some(Order::Read { max }) => {
                        wanted = Some(max);
                        Ok(())
                    }
                    Some(Order::Write { bytes }) => stream.write_all(&bytes).await,
                    Some(Order::Seal { key, end, theirs }) => {
                        let Stream::Clear(tcp) = stream else { return End::Forgotten };
                        stream = match key.seal(tcp, end, theirs).await {
                            Ok(sealed) => sealed,
                            Err(why) => return End::Closed(why),
                        };
                        wanted = None;
                        self.tell(SocketEvent::Sealed { socket }).await;
                        Ok(())
                    }
                    Some(Order::Pump { file, flow }) => {
                        let pumped = pump::run(stream, &file, flow, |bytes| self.progress(bytes)).await;
                        return pumped.map_or_else(End::Halted, End::Pumped);
                    }
                    None => return End::Forgotten,
                },
                read = read(&mut stream, wanted.unwrap_or(0)), if wanted.is_some() => match read {
                    Ok(bytes) => {
                        wanted = None;
                        self.tell(SocketEvent::Data { socket, bytes }).await;
                        Ok(())
                    }
                    Err(why) => Err(why),
                },
            };
            if let Err(why) = done {
                return End::Closed(why);
            }
        }
    }

    /// Progress is news only until the next: a driver that is busy is not told.
    fn progress(&self, bytes: u64) {
        let _ = self.inputs.try_send(Input::Socket(SocketEvent::Progress { socket: self.socket, bytes }));
    }

    async fn tell(&self, event: SocketEvent) {
        // Nobody listens any more when the driver has ended, and then nobody cares.
        let _ = self.inputs.send(Input::Socket(event)).await;
    }
}

async fn read(stream: &mut Stream, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; max.clamp(1, MOST_READ)];
    let count = stream.read(&mut bytes).await?;
    if count == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    bytes.truncate(count);
    Ok(bytes)
}

/// Why a connection is gone, in the words that the attempt shows.
fn reason(why: &io::Error) -> CloseReason {
    const BROKEN: [io::ErrorKind; 3] =
        [io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted, io::ErrorKind::BrokenPipe];
    let kind = why.kind();
    if let Some(tls) = why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return CloseReason::NotSealed(tls.to_string());
    }
    if let Some(NotTried(why)) = why.get_ref().and_then(|inner| inner.downcast_ref()) {
        return CloseReason::NotTried(why);
    }
    if kind == io::ErrorKind::ConnectionRefused {
        CloseReason::Refused
    } else if kind == io::ErrorKind::TimedOut {
        CloseReason::TimedOut
    } else if kind == io::ErrorKind::UnexpectedEof {
        CloseReason::ByPeer
    } else if BROKEN.contains(&kind) {
        CloseReason::Reset(words(why))
    } else {
        CloseReason::Unreachable(words(why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_is_told_in_the_words_of_the_attempt() {
        let reason_of = |kind: io::ErrorKind| reason(&kind.into());
        assert_eq!(reason_of(io::ErrorKind::ConnectionRefused), CloseReason::Refused);
        assert_eq!(reason_of(io::ErrorKind::TimedOut), CloseReason::TimedOut);
        assert_eq!(reason_of(io::ErrorKind::UnexpectedEof), CloseReason::ByPeer);
        assert!(matches!(reason_of(io::ErrorKind::BrokenPipe), CloseReason::Reset(_)));
        assert!(matches!(reason_of(io::ErrorKind::HostUnreachable), CloseReason::Unreachable(_)));
    }
}
