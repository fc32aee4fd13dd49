//! The connection's bytes: TCP that acknowledges at once, with or without TLS around it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
#[cfg(target_os = "linux")]
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::client::acknowledge;

/// How much the kernel may hold unsent. More would be bulk that chat cannot overtake any more.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 16 * 1024;

/// A server of which the kernel has heard nothing for so long, although it was sent something, is not there: the session
/// is resumed by a new connection, perhaps from another network.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(30);

/// Anything that carries a stream.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What carries the stream at present.
pub(super) type Transport = Box<dyn Duplex>;

/// A TCP connection without delays: small writes go out at once, and what arrives is acknowledged at once. A server
/// that collects small answers until the last one is acknowledged would otherwise take 40 ms for each.
pub(super) struct QuickTcp(TcpStream);

impl QuickTcp {
    /// Takes the delays out of a connection.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            let socket = socket2::SockRef::from(&stream);
            socket.set_tcp_notsent_lowat(UNSENT)?;
            socket.set_tcp_user_timeout(Some(SILENCE))?;
        }
        acknowledge::at_once(&stream);
        Ok(QuickTcp(stream))
    }
}

impl AsyncRead for QuickTcp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.0).poll_read(cx, buffer);
        if polled.is_ready() {
            acknowledge::at_once(&self.0);
        }
        polled
    }
}

impl AsyncWrite for QuickTcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.0).poll_write(cx, bytes);
        if polled.is_ready() {
            acknowledge::at_once(&self.0);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn nothing_waits_for_an_acknowledgement_on_either_side() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (mut quick, mut other) = (QuickTcp::new(ours.unwrap()).unwrap(), theirs.unwrap().0);
        for _ in 0..3 {
            assert!(quick.0.nodelay().unwrap() && quick.0.quickack().unwrap());
            quick.write_all(b"ping").await.unwrap();
            assert!(quick.0.quickack().unwrap());
            other.read_exact(&mut [0; 4]).await.unwrap();
            other.write_all(b"pong").await.unwrap();
            quick.read_exact(&mut [0; 4]).await.unwrap();
        }
    }
}
