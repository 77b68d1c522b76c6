//! A bad line: a proxy that ends each connection after so many bytes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
pub struct Seen {
    /// Everything that clients asked.
    pub requests: Mutex<Vec<u8>>,
    /// Bytes that reached clients.
    pub delivered: AtomicU64,
    /// Bytes after which each connection ends; 0: at once.
    pub cut_after: AtomicU64,
}

pub struct Proxy {
    pub address: SocketAddr,
    pub seen: Arc<Seen>,
}

impl Proxy {
    pub async fn start(target: SocketAddr, cut_after: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen {
            cut_after: AtomicU64::new(cut_after),
            ..Seen::default()
        });
        let shared = seen.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target, shared.clone()));
            }
        });
        Self { address, seen }
    }

    /// How often clients asked for something that contains `text`.
    pub fn asked(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.seen.requests.lock().unwrap())
            .to_lowercase()
            .matches(&text.to_lowercase())
            .count()
    }

    pub fn delivered(&self) -> u64 {
        self.seen.delivered.load(Ordering::Relaxed)
    }
}

async fn carry(client: TcpStream, target: SocketAddr, seen: Arc<Seen>) {
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let record = seen.clone();
    let upward = async move {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            record
                .requests
                .lock()
                .unwrap()
                .extend_from_slice(&buffer[..count]);
            if to_server.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    };
    let downward = async move {
        let mut left = seen.cut_after.load(Ordering::Relaxed);
        let mut buffer = vec![0; 64 << 10];
        while left > 0 {
            let wanted = buffer.len().min(usize::try_from(left).unwrap());
            let Ok(count @ 1..) = from_server.read(&mut buffer[..wanted]).await else {
                break;
            };
            if to_client.write_all(&buffer[..count]).await.is_err() {
                break;
            }
            seen.delivered.fetch_add(count as u64, Ordering::Relaxed);
            left -= count as u64;
        }
        let _ = to_client.shutdown().await;
    };
    tokio::select! { () = upward => {}, () = downward => {} }
}
