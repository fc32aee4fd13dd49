//! A connection whose bytes pass a filter before the XML parser sees them: what a peer may send through an honest
//! server, but the parser cannot survive, is left out.
//!
//! What is left out, and why, is the [`filter`]'s.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

use self::filter::Filter;

pub(in crate::client) mod filter;

/// How much is read from the connection at once.
const READ_SIZE: usize = 16 * 1024;

/// A connection whose incoming bytes are filtered.
pub(super) struct Guard<T> {
    inner: T,
    filter: Filter,
    raw: Box<[u8; READ_SIZE]>,
    clean: Vec<u8>,
    taken: usize,
}

impl<T> Guard<T> {
    /// Guards a connection on which nothing was received yet.
    pub(super) fn new(inner: T) -> Self {
        let raw = Box::new([0; READ_SIZE]);
        Guard { inner, filter: Filter::default(), raw, clean: Vec::with_capacity(READ_SIZE), taken: 0 }
    }

    /// The connection. What was received and not parsed is thrown away: before TLS anybody could have put it there.
    pub(super) fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: AsyncRead + Unpin> AsyncBufRead for Guard<T> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let me = self.get_mut();
        while me.taken == me.clean.len() {
            let mut raw = ReadBuf::new(&mut me.raw[..]);
            ready!(Pin::new(&mut me.inner).poll_read(cx, &mut raw))?;
            me.clean.clear();
            me.taken = 0;
            if raw.filled().is_empty() {
                // The parser would report the end of the connection as broken XML.
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            me.filter.pass(raw.filled(), &mut me.clean);
        }
        Poll::Ready(Ok(&me.clean[me.taken..]))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let me = self.get_mut();
        me.taken = (me.taken + amount).min(me.clean.len());
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Guard<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let clean = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = clean.len().min(buffer.remaining());
        buffer.put_slice(&clean[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Guard<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
