//! A client that forgives nothing: no request is sent a second time, no connection made anew but
//! where the server said that the last response was the last.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};

/// A connection whose responses are read line by line.
type Line = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// A client of one port of this machine.
pub struct Https {
    port: u16,
    token: String,
    tls: Arc<ClientConfig>,
    open: Option<Line>,
}

// === impl Https ===

impl Https {
    /// One that trusts the authority of this data directory alone.
    pub fn new(data: &Path, port: u16, token: &str) -> Self {
        let mut roots = RootCertStore::empty();
        let pem = std::fs::read(data.join("tls/ca.pem")).unwrap();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            port,
            token: token.to_owned(),
            tls: Arc::new(config),
            open: None,
        }
    }

    /// Sends a request over the connection that is open, and returns the whole body.
    pub fn get(&mut self, path: &str) -> Vec<u8> {
        let mut line = self.open.take().unwrap_or_else(|| self.connect());
        let (port, token) = (self.port, &self.token);
        let ask =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n");
        line.get_mut().write_all(ask.as_bytes()).unwrap();
        let status = read_line(&mut line);
        assert!(status.starts_with("HTTP/1.1 200"), "{path} at {port}: {status:?}");
        let (mut length, mut last) = (None, false);
        loop {
            let field = read_line(&mut line).to_ascii_lowercase();
            match field.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().ok(),
                Some(("connection", "close")) => last = true,
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length.expect("an answer without a length")];
        line.read_exact(&mut body)
            .unwrap_or_else(|error| panic!("half an answer to {path}: {error}"));
        self.open = (!last).then_some(line);
        body
    }

    /// The same over a new connection, which is the only one for it.
    pub fn get_anew(&mut self, path: &str) -> Vec<u8> {
        self.open = None;
        self.get(path)
    }

    fn connect(&self) -> Line {
        let tcp = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let tls = ClientConnection::new(self.tls.clone(), name).unwrap();
        BufReader::new(StreamOwned::new(tls, tcp))
    }
}

fn read_line(line: &mut Line) -> String {
    let mut text = String::new();
    line.read_line(&mut text)
        .unwrap_or_else(|error| panic!("no answer: {error}"));
    assert!(!text.is_empty(), "the connection was closed instead of an answer");
    text.trim_end().to_owned()
}
