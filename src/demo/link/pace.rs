//! A TCP connection whose client can send only so fast: the long thin line of somebody far away.
//!
//! Only what the client sends is slowed; what it is sent arrives at once. After every read the connection rests as
//! long as those bytes would have taken, which needs no clock and is exact over the seconds that matter.

use std::future::Future;
use std::io;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// Bytes a second.
pub type Pace = NonZeroU32;

/// The connection.
pub(super) struct Paced {
    inner: TcpStream,
    pace: Option<Pace>,
    rest: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// Slows `inner` to `pace`, or not at all.
    pub(super) fn new(inner: TcpStream, pace: Option<Pace>) -> Self {
        Paced { inner, pace, rest: None }
    }
}

impl AsyncRead for Paced {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(rest) = &mut self.rest {
            ready!(rest.as_mut().poll(cx));
            self.rest = None;
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if let Some(pace) = self.pace {
            let bytes = u32::try_from(buf.filled().len() - before).unwrap_or(u32::MAX);
            let took = Duration::from_secs_f64(f64::from(bytes) / f64::from(pace.get()));
            self.rest = Some(Box::pin(tokio::time::sleep(took)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
