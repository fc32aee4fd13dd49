//! What arrived is acknowledged at once (RFC 1122 §4.2.3.2 lets a kernel wait), where the kernel can be told to.

use tokio::net::TcpStream;

/// Has the kernel acknowledge what comes next at once. It falls back to waiting by itself, so this is said again and again.
#[cfg(target_os = "linux")]
pub(super) fn at_once(tcp: &TcpStream) {
    // It is only slower without.
    let _ = tcp.set_quickack(true);
}

/// Other kernels know no such word.
#[cfg(not(target_os = "linux"))]
pub(super) fn at_once(_: &TcpStream) {}
