//! How long the shell waits for what. The engine has its own deadlines; these are of the session with the server.

use std::time::Duration;

/// How long to wait for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// For a TCP connection to one address.
    pub connect: Duration,
    /// For TLS, login and binding, once connected.
    pub login: Duration,
    /// How long the server may be silent before it is asked whether it is there.
    pub silence: Duration,
    /// How long it may take to answer that.
    pub answer: Duration,
    /// Before the first try to reconnect.
    pub first_retry: Duration,
    /// The longest time between two tries.
    pub longest_retry: Duration,
    /// A session that lasted this long starts the waiting from the beginning; a shorter one counts as one more failure.
    pub lasting: Duration,
    /// For the server to close its side when we log out.
    pub farewell: Duration,
    /// How long sent stanzas may stay unacknowledged before the server is asked (XEP-0198).
    pub acknowledgement: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Timings {
            // Two retransmissions of a SYN; longer than any way around the world.
            connect: Duration::from_secs(5),
            // Busy servers take seconds for a SCRAM login; a person gives up after some more.
            login: Duration::from_secs(20),
            // Shorter than the idle limits of home routers.
            silence: Duration::from_mins(1),
            answer: Duration::from_secs(15),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_mins(1),
            lasting: Duration::from_secs(30),
            // A person who quits does not wait for a server that is gone.
            farewell: Duration::from_secs(2),
            // Soon enough for whoever looks whether the server has what they just said, and seldom enough for several
            // stanzas to be asked about at once.
            acknowledgement: Duration::from_millis(250),
        }
    }
}
