//! One client connection under watch: what it is doing, and since when.
//!
//! A connection is cut when its request head takes too long, when it lies idle too long between
//! requests, or when the client stops reading what it asked for. It is never cut while a request
//! is under way or after it became a WebSocket, however quiet that is.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::admission::Permit;
use crate::config::Limits;

/// What a connection is doing. Times are milliseconds since `began`; 0 means “not”.
#[derive(Debug)]
pub(crate) struct Activity {
    began: Instant,
    requests: AtomicUsize,
    idle_since: AtomicU64,
    head_since: AtomicU64,
    upgraded: AtomicBool,
    /// HTTP/2 brings other frames than heads between requests, so only idleness is judged there.
    heads: bool,
}

/// What is to be done with a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing before this long.
    Wait(Duration),
    /// It has been idle for too long: close it politely.
    Idle,
    /// A request head does not come to its end: drop it.
    Stuck,
}

/// Keeps its connection alive while a request is under way.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Activity>);

// === impl Activity ===

impl Activity {
    pub(crate) fn new(heads: bool) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            requests: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            head_since: AtomicU64::new(0),
            upgraded: AtomicBool::new(false),
            heads,
        })
    }

    pub(crate) fn begin_request(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    pub(crate) fn set_upgraded(&self) {
        self.upgraded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn verdict(&self, limits: &Limits) -> Verdict {
        self.verdict_at(limits, self.began.elapsed())
    }

    /// Judges at a time after `began`.
    fn verdict_at(&self, limits: &Limits, now: Duration) -> Verdict {
        if self.requests.load(Ordering::Relaxed) > 0 || self.upgraded.load(Ordering::Relaxed) {
            return Verdict::Wait(limits.header_timeout.min(limits.keep_alive));
        }
        let left =
            |since: u64, limit: Duration| limit.checked_sub(now.saturating_sub(Duration::from_millis(since)));
        let head = self.head_since.load(Ordering::Relaxed);
        let idle = left(self.idle_since.load(Ordering::Relaxed), limits.keep_alive);
        let head = if head == 0 {
            Some(limits.header_timeout)
        } else {
            left(head, limits.header_timeout)
        };
        match (head, idle) {
            (None, _) => Verdict::Stuck,
            (_, None) => Verdict::Idle,
            // Rounded up: the clock of `since` has no finer steps than these.
            (Some(head), Some(idle)) => Verdict::Wait(head.min(idle) + Duration::from_millis(1)),
        }
    }

    fn saw_bytes(&self) {
        let between_requests = self.requests.load(Ordering::Relaxed) == 0;
        if self.heads && between_requests && self.head_since.load(Ordering::Relaxed) == 0 {
            self.head_begins(self.began.elapsed());
        }
    }

    fn head_begins(&self, now: Duration) {
        self.head_since.store(millis(now), Ordering::Relaxed);
    }

    fn request_ends(&self, now: Duration) {
        self.idle_since.store(millis(now), Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

/// At least 1, as 0 means “not”.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

// === impl Busy ===

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.request_ends(self.0.began.elapsed());
    }
}

/// A client's stream that reports to its [`Activity`] and gives up on a client that does not read.
#[derive(Debug)]
pub(crate) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
    stall_limit: Duration,
    stall: Option<Pin<Box<Sleep>>>,
    _permit: Permit,
}

// === impl Watched ===

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, activity: Arc<Activity>, stall_limit: Duration, permit: Permit) -> Self {
        Self {
            stream,
            activity,
            stall_limit,
            stall: None,
            _permit: permit,
        }
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() || self.activity.upgraded.load(Ordering::Relaxed) {
            self.stall = None;
            return result;
        }
        let limit = self.stall_limit;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the client stopped reading",
        )))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.activity.saw_bytes();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.judge(cx, result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.judge(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, result)
    }
}

#[cfg(test)]
mod tests;
