//! The task that writes to an agent, so that a reader and a writer can each be dropped in the middle
//! of a call without tearing a frame.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};

use crate::frame::{self, Kind};
use crate::wire::ToExec;

/// Frames that wait to be written.
const QUEUE: usize = 8;

/// How far output has been taken, per stream.
pub(super) type Acks = watch::Sender<(u64, u64)>;

/// Where frames are handed in.
pub(super) type Frames = mpsc::Sender<(Kind, Bytes)>;

/// Starts the task; it ends when both senders are gone or the stream breaks.
pub(super) fn start(stream: impl AsyncWrite + Send + Unpin + 'static, acked: (u64, u64)) -> (Frames, Acks) {
    let (frames, frames_in) = mpsc::channel(QUEUE);
    let (acks, acks_in) = watch::channel(acked);
    tokio::spawn(async move {
        // A broken stream shows itself to the reader, and to writers by the closed channel.
        let _ = run(stream, frames_in, acks_in).await;
    });
    (frames, acks)
}

async fn run(
    mut stream: impl AsyncWrite + Unpin,
    mut frames: mpsc::Receiver<(Kind, Bytes)>,
    mut acks: watch::Receiver<(u64, u64)>,
) -> io::Result<()> {
    let (mut writing, mut acking) = (true, true);
    while writing || acking {
        tokio::select! {
            frame = frames.recv(), if writing => match frame {
                Some((kind, payload)) => frame::write(&mut stream, kind, &payload).await?,
                None => writing = false,
            },
            changed = acks.changed(), if acking => match changed {
                Ok(()) => {
                    let (stdout, stderr) = *acks.borrow_and_update();
                    let message = serde_json::to_vec(&ToExec::Ack { stdout, stderr }).unwrap_or_default();
                    let mut bytes = BytesMut::new();
                    frame::put(&mut bytes, Kind::Control, &message);
                    stream.write_all(&bytes).await?;
                    stream.flush().await?;
                }
                Err(_) => acking = false,
            },
        }
    }
    stream.shutdown().await
}
