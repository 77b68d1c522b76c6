//! A terminal as a browser has it: a WebSocket that is made again wherever it broke, by session
//! and offset.

use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tungstenite::{Message, WebSocket};

use crate::wait::eventually;

/// A terminal that somebody watches.
pub struct Terminal {
    seen: Arc<Seen>,
    reader: Option<JoinHandle<()>>,
}

/// What was shown, and what there was to complain of.
#[derive(Default)]
struct Seen {
    socket: PathBuf,
    path: String,
    /// Typed once, into the new shell.
    input: String,
    text: Mutex<String>,
    trouble: Mutex<Vec<String>>,
    attached: Mutex<u32>,
    closed: AtomicBool,
}

/// How far one has come.
#[derive(Default)]
struct At {
    session: Option<String>,
    offset: u64,
}

// === impl Terminal ===

impl Terminal {
    /// Opens one in `OWNER/NAME` of the daemon with this data directory, and types `input`.
    pub fn open(data: &std::path::Path, owner: &str, name: &str, input: &str) -> Self {
        let seen = Arc::new(Seen {
            socket: data.join("toft.sock"),
            path: format!("/apis/toft.dev/v1alpha1/namespaces/{owner}/workspaces/{name}/terminal"),
            input: input.to_owned(),
            ..Seen::default()
        });
        let reader = {
            let seen = seen.clone();
            std::thread::spawn(move || {
                let mut at = At::default();
                while !seen.closed.load(Ordering::Relaxed) {
                    // A daemon that is not there is tried again.
                    let _ = seen.follow(&mut at);
                    std::thread::sleep(Duration::from_millis(20));
                }
            })
        };
        Self {
            seen,
            reader: Some(reader),
        }
    }

    /// Waits until it shows this.
    pub fn until(&self, text: &str) {
        eventually(&format!("the terminal shows {text:?}"), || {
            self.text().contains(text).then_some(())
        });
    }

    /// All that it has shown.
    pub fn text(&self) -> String {
        self.seen.text.lock().unwrap().clone()
    }

    /// How often it was attached.
    pub fn attached(&self) -> u32 {
        *self.seen.attached.lock().unwrap()
    }

    /// What was lost or doubled, in words.
    pub fn trouble(&self) -> Vec<String> {
        self.seen.trouble.lock().unwrap().clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.seen.closed.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

// === impl Seen ===

impl Seen {
    /// One connection, to its end.
    fn follow(&self, at: &mut At) -> Option<()> {
        let mut socket = self.connect(at)?;
        let mut repaint = 0;
        loop {
            if self.closed.load(Ordering::Relaxed) {
                return None;
            }
            match socket.read() {
                Ok(Message::Text(said)) => {
                    let said: Value = serde_json::from_str(&said).unwrap();
                    if said["type"] == "attached" {
                        repaint = self.attach(&said, at);
                        if *self.attached.lock().unwrap() == 1 {
                            socket.send(Message::Binary(self.input.clone().into())).ok()?;
                        }
                    } else {
                        self.complain(format!("told {said}"));
                        std::thread::sleep(Duration::from_millis(100));
                    }
                }
                Ok(Message::Binary(bytes)) => {
                    let painted = repaint.min(bytes.len());
                    repaint -= painted;
                    let fresh = &bytes[painted..];
                    at.offset += fresh.len() as u64;
                    self.text
                        .lock()
                        .unwrap()
                        .push_str(&String::from_utf8_lossy(fresh));
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(
                        error.kind(),
                        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                    ) => {}
                Err(_) => return None,
            }
        }
    }

    fn connect(&self, at: &At) -> Option<WebSocket<UnixStream>> {
        let stream = UnixStream::connect(&self.socket).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
        let mut url = format!("ws://localhost{}?cols=200&rows=50", self.path);
        if let Some(session) = &at.session {
            url += &format!("&session={session}&offset={}", at.offset);
        }
        Some(tungstenite::client(url, stream).ok()?.0)
    }

    /// Takes note of where it goes on; says how many bytes only paint the screen.
    fn attach(&self, said: &Value, at: &mut At) -> usize {
        *self.attached.lock().unwrap() += 1;
        let (offset, reset) = (said["offset"].as_u64().unwrap(), said["reset"] == true);
        if at.session.is_some() && (reset || offset != at.offset) {
            self.complain(format!("at {} it was told {said}", at.offset));
        }
        at.session = said["session"].as_str().map(str::to_owned);
        at.offset = offset;
        usize::try_from(said["repaint"].as_u64().unwrap_or(0)).unwrap()
    }

    fn complain(&self, what: String) {
        self.trouble.lock().unwrap().push(what);
    }
}
