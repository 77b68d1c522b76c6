//! How a client reaches its agent.

use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;

/// A byte stream in both directions whose writing half can be shut down by itself.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Any [`Stream`].
pub type BoxStream = Box<dyn Stream>;

/// Makes connections to one agent; runtimes differ in how.
pub trait Dial: Send + Sync {
    /// A new connection. The client limits how long it waits for it.
    fn dial(&self) -> BoxFuture<'_, io::Result<BoxStream>>;
}

impl<F> Dial for F
where
    F: Fn() -> BoxFuture<'static, io::Result<BoxStream>> + Send + Sync,
{
    fn dial(&self) -> BoxFuture<'_, io::Result<BoxStream>> {
        self()
    }
}

/// Reaches an agent through a unix socket, however long its path is.
#[derive(Clone, Debug)]
pub struct UnixDialer {
    path: PathBuf,
}

// === impl UnixDialer ===

impl UnixDialer {
    /// A dialer for the socket at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Dial for UnixDialer {
    fn dial(&self) -> BoxFuture<'_, io::Result<BoxStream>> {
        async move {
            // A socket's address holds 108 bytes: go through the opened directory.
            let name = self.path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
            let parent = self.path.parent().ok_or(io::ErrorKind::InvalidInput)?;
            let directory = std::fs::File::open(parent)?;
            let short = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd())).join(name);
            let stream = UnixStream::connect(short).await?;
            Ok(Box::new(stream) as BoxStream)
        }
        .boxed()
    }
}
