//! Proxies (XEP-0065 §6.3): two connections that name the same destination address are joined when the requester says.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// The most connections at once, those that wait and those that are joined.
const MOST_CONNECTIONS: usize = 64;

/// How long a connection may take to say what it wants: it comes from this machine.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);

/// What a proxy is told.
pub(super) enum RelayMail {
    /// A connection named its destination address; it comes itself once it knows that it was heard.
    Arrived { destination: String, connection: oneshot::Receiver<TcpStream> },
    /// Join the two connections of that address.
    Join { destination: String, done: oneshot::Sender<bool> },
}

/// A proxy at work, until it is dropped.
pub(super) async fn relay(
    listener: TcpListener,
    mails: mpsc::Sender<RelayMail>,
    mut mailbox: mpsc::Receiver<RelayMail>,
) {
    let mut waiting: BTreeMap<String, Vec<oneshot::Receiver<TcpStream>>> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            Ok((connection, _)) = listener.accept(), if tasks.len() < MOST_CONNECTIONS => {
                tasks.spawn(greet(connection, mails.clone()));
            }
            Some(_) = tasks.join_next() => {}
            Some(mail) = mailbox.recv() => match mail {
                RelayMail::Arrived { destination, connection } => {
                    waiting.entry(destination).or_default().push(connection);
                    if waiting.len() > MOST_CONNECTIONS {
                        waiting.pop_first();
                    }
                }
                RelayMail::Join { destination, done } => {
                    let pair = waiting.remove(&destination).and_then(|all| <[_; 2]>::try_from(all).ok());
                    let _ = done.send(pair.is_some());
                    if let Some(pair) = pair {
                        tasks.spawn(join(pair));
                    }
                }
            },
        }
    }
}

/// A proxy that accepts connections and never says a word.
pub(super) async fn silent(listener: TcpListener) {
    let mut held = Vec::new();
    while let Ok((connection, _)) = listener.accept().await {
        held.push(connection);
        if held.len() > MOST_CONNECTIONS {
            held.remove(0);
        }
    }
}

async fn greet(connection: TcpStream, mails: mpsc::Sender<RelayMail>) {
    let _ = tokio::time::timeout(HANDSHAKE_PATIENCE, shake_hands(connection, mails)).await;
}

/// The server's side of RFC 1928, without authentication: what is asked for is a destination address, and port 0.
/// The proxy hears of the connection before the client is answered, for the client may ask to be joined at once.
async fn shake_hands(mut connection: TcpStream, mails: mpsc::Sender<RelayMail>) -> io::Result<()> {
    let mut greeting = [0; 2];
    connection.read_exact(&mut greeting).await?;
    let mut methods = vec![0; usize::from(greeting[1])];
    connection.read_exact(&mut methods).await?;
    connection.write_all(&[5, 0]).await?;
    let mut request = [0; 5];
    connection.read_exact(&mut request).await?;
    let mut name = vec![0; usize::from(request[4]) + 2];
    connection.read_exact(&mut name).await?;
    if request[..4] != [5, 1, 0, 3] {
        return connection.write_all(&[5, 7, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    }
    let reply: Vec<u8> = [5, 0, 0, 3, request[4]].into_iter().chain(name.iter().copied()).collect();
    name.truncate(usize::from(request[4]));
    let destination = String::from_utf8(name).map_err(|_| io::ErrorKind::InvalidData)?;
    let (here, arriving) = oneshot::channel();
    let _ = mails.send(RelayMail::Arrived { destination, connection: arriving }).await;
    connection.write_all(&reply).await?;
    let _ = here.send(connection);
    Ok(())
}

async fn join([one, other]: [oneshot::Receiver<TcpStream>; 2]) {
    if let (Ok(mut one), Ok(mut other)) = (one.await, other.await) {
        let _ = tokio::io::copy_bidirectional(&mut one, &mut other).await;
    }
}
