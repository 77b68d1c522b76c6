//! Bodies on their way through: streamed frame by frame, never gathered.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use crate::api::{Body, BoxError};
use crate::io::Busy;
use crate::pool::Lease;
use crate::warrant::Warrant;

/// A request's body, given up when the client pauses too long.
pub(crate) struct Upload {
    /// `None` when there is no body, so that the request can be sent a second time.
    inner: Option<Incoming>,
    limit: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

/// An app's response body. At its end the connection to the app goes back to the pool. One that
/// takes its time is broken off when the visitor's right ends.
pub(crate) struct Download {
    inner: Incoming,
    lease: Option<Lease>,
    warrant: Option<Warrant>,
    /// Made of the warrant when there is something to wait for: most bodies are there at once.
    revoked: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Any response of the gateway, which keeps its connection busy until it is sent.
pub(crate) struct Outgoing {
    inner: Kind,
    busy: Option<Busy>,
}

enum Kind {
    Ui(Body),
    App(Download),
    Own(Full<Bytes>),
}

// === impl Upload ===

impl Upload {
    pub(crate) fn new(inner: Incoming, limit: Duration) -> Self {
        let inner = (!inner.is_end_stream()).then_some(inner);
        Self {
            inner,
            limit,
            pause: None,
        }
    }

    pub(crate) fn empty() -> Self {
        Self {
            inner: None,
            limit: Duration::MAX,
            pause: None,
        }
    }
}

impl HttpBody for Upload {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) {
            if let Some(pause) = &mut this.pause {
                pause.as_mut().reset(Instant::now() + this.limit);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let limit = this.limit;
        let pause = this.pause.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(pause.as_mut().poll(cx));
        Poll::Ready(Some(Err("the client stopped sending its request".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

// === impl Download ===

impl Download {
    pub(crate) fn new(inner: Incoming, lease: Lease, warrant: Warrant) -> Self {
        let mut this = Self {
            inner,
            lease: Some(lease),
            warrant: Some(warrant),
            revoked: None,
        };
        this.give_back_at_end();
        this
    }

    /// A response whose length is known is not polled again after its last byte.
    fn give_back_at_end(&mut self) {
        if self.inner.is_end_stream() {
            self.give_back();
        }
    }

    fn is_revoked(&mut self, waits: bool, cx: &mut Context<'_>) -> bool {
        if (waits || self.warrant.as_ref().is_some_and(Warrant::is_stale))
            && let Some(warrant) = self.warrant.take()
        {
            self.revoked = Some(Box::pin(async move { warrant.revoked().await }));
        }
        self.revoked
            .as_mut()
            .is_some_and(|revoked| revoked.as_mut().poll(cx).is_ready())
    }

    fn give_back(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }
}

impl HttpBody for Download {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(lease) = &mut self.lease {
            lease.drive(cx);
        }
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        if self.is_revoked(frame.is_pending(), cx) {
            drop(self.lease.take());
            return Poll::Ready(Some(Err("the sign-in was taken back".into())));
        }
        let frame = ready!(frame);
        match &frame {
            Some(Ok(_)) => self.give_back_at_end(),
            Some(Err(_)) => drop(self.lease.take()),
            None => self.give_back(),
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

// === impl Outgoing ===

impl Outgoing {
    pub(crate) fn keep(mut self, busy: Busy) -> Self {
        self.busy = Some(busy);
        self
    }
}

impl From<Body> for Outgoing {
    fn from(body: Body) -> Self {
        Self {
            inner: Kind::Ui(body),
            busy: None,
        }
    }
}

impl From<Download> for Outgoing {
    fn from(body: Download) -> Self {
        Self {
            inner: Kind::App(body),
            busy: None,
        }
    }
}

impl From<Full<Bytes>> for Outgoing {
    fn from(body: Full<Bytes>) -> Self {
        Self {
            inner: Kind::Own(body),
            busy: None,
        }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.inner {
            Kind::Ui(body) => Pin::new(body).poll_frame(cx),
            Kind::App(body) => Pin::new(body).poll_frame(cx),
            Kind::Own(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Kind::Ui(body) => body.is_end_stream(),
            Kind::App(body) => body.is_end_stream(),
            Kind::Own(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Kind::Ui(body) => body.size_hint(),
            Kind::App(body) => body.size_hint(),
            Kind::Own(body) => body.size_hint(),
        }
    }
}
