//! Ways to agents, counted while they are open.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use toft_agent::client::{BoxStream, Dial};
use toft_engine::agents::AgentDialer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::metrics::OpenStream;
use crate::state::App;

/// Dials one sandbox's agent.
pub(crate) struct Dialer {
    pub app: App,
    pub inner: AgentDialer,
}

/// A connection that counts until it is dropped.
struct Counted {
    stream: BoxStream,
    _counted: OpenStream,
}

impl Dial for Dialer {
    fn dial(&self) -> BoxFuture<'_, io::Result<BoxStream>> {
        async move {
            let stream = self.inner.dial().await?;
            let counted = Counted {
                stream,
                _counted: self.app.metrics().agent(),
            };
            Ok(Box::new(counted) as BoxStream)
        }
        .boxed()
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
