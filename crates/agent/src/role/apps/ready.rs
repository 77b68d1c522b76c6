//! Telling whether an app is ready, by asking it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};

use crate::wire::ReadyCheck;

/// First and longest wait between two checks.
const INTERVALS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Returns when the check passes; tells `report` why it does not yet.
pub async fn wait(check: &ReadyCheck, report: impl Fn(String)) {
    let mut interval = INTERVALS.0;
    loop {
        match timeout(LIMIT, ask(check)).await {
            Ok(Ok(())) => return,
            Ok(Err(reason)) => report(reason),
            Err(_) => report(format!("no answer within {} s", LIMIT.as_secs())),
        }
        sleep(interval).await;
        interval = (interval * 3 / 2).min(INTERVALS.1);
    }
}

async fn ask(check: &ReadyCheck) -> Result<(), String> {
    match check {
        ReadyCheck::Tcp { port } => connect(*port).await.map(drop),
        ReadyCheck::Http { port, path } => {
            let host = format!("localhost:{port}");
            judge(
                status(connect(*port).await?, &host, path).await,
                &format!("port {port}"),
            )
        }
        ReadyCheck::Unix { socket, path } => {
            let stream = UnixStream::connect(socket)
                .await
                .map_err(|error| format!("waiting for {socket}: {error}"))?;
            match path {
                None => Ok(()),
                Some(path) => judge(status(stream, "localhost", path).await, socket),
            }
        }
    }
}

fn judge(answer: io::Result<u16>, who: &str) -> Result<(), String> {
    match answer.map_err(|error| format!("{who} does not speak HTTP: {error}"))? {
        100..500 => Ok(()),
        status => Err(format!("{who} answers with status {status}")),
    }
}

async fn connect(port: u16) -> Result<TcpStream, String> {
    match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
        Ok(stream) => Ok(stream),
        Err(_) => TcpStream::connect((Ipv6Addr::LOCALHOST, port))
            .await
            .map_err(|error| format!("waiting for port {port}: {error}")),
    }
}

async fn status(mut stream: impl AsyncRead + AsyncWrite + Unpin, host: &str, path: &str) -> io::Result<u16> {
    let path: String = path.chars().filter(|c| !c.is_control() && *c != ' ').collect();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let request = format!("GET {slash}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    let status = head
        .strip_prefix(b"HTTP/1.")
        .and_then(|rest| std::str::from_utf8(rest.get(2..)?).ok());
    status
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}
