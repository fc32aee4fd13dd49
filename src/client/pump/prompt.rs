//! A connection whose kernel acknowledges at once what comes close to the end.
//!
//! A proxy that does not turn Nagle's algorithm off (RFC 896), as Prosody's does not, holds back whatever is short until
//! what it passed on before is acknowledged, and a kernel to which nothing is sent takes 40 ms for that (RFC 1122
//! §4.2.3.2). In the midst of a file more comes, which makes long what was short; at its end nothing does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::client::acknowledge;
use crate::client::sockets::Stream;

/// The connection, and how much comes before the end is close.
pub(super) struct Prompt<'a> {
    stream: &'a mut Stream,
    before: u64,
}

impl<'a> Prompt<'a> {
    /// What comes after so many bytes is acknowledged at once.
    pub(super) fn after(stream: &'a mut Stream, before: u64) -> Self {
        Prompt { stream, before }
    }
}

impl AsyncRead for Prompt<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        let held = buffer.filled().len();
        let read = Pin::new(&mut *self.stream).poll_read(cx, buffer);
        self.before = self.before.saturating_sub((buffer.filled().len() - held) as u64);
        // Also if nothing of the file came: TLS keeps a record to itself until it is whole.
        if self.before == 0 {
            acknowledge::at_once(self.stream.tcp());
        }
        read
    }
}

impl AsyncWrite for Prompt<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream).poll_shutdown(cx)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[tokio::test]
    async fn only_what_comes_close_to_the_end_is_acknowledged_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (mut stream, (mut theirs, _)) = (Stream::Clear(ours.unwrap()), theirs.unwrap());
        stream.tcp().set_quickack(false).unwrap();
        let mut prompt = Prompt::after(&mut stream, 6);
        theirs.write_all(b"parting is").await.unwrap();
        prompt.read_exact(&mut [0; 5]).await.unwrap();
        assert!(!prompt.stream.tcp().quickack().unwrap(), "acknowledged at once in the midst of it");
        prompt.read_exact(&mut [0; 5]).await.unwrap();
        assert!(prompt.stream.tcp().quickack().unwrap(), "waited at the end");
    }
}
