use proptest::prelude::*;

use super::*;

fn frames() -> impl Strategy<Value = Vec<Frame>> {
    let kind = prop::sample::select(vec![
        Kind::Control,
        Kind::Data,
        Kind::Stderr,
        Kind::Repaint,
        Kind::End,
    ]);
    let frame = (kind, prop::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(kind, payload)| Frame::new(kind, payload));
    prop::collection::vec(frame, 0..20)
}

proptest! {
    #[test]
    fn what_is_written_is_read_however_it_arrives(frames in frames(), cuts in prop::collection::vec(1_usize..50, 1..20)) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let (mut buffer, mut read, mut at, mut turn) = (BytesMut::new(), Vec::new(), 0, 0);
        while at < bytes.len() {
            let end = (at + cuts[turn % cuts.len()]).min(bytes.len());
            buffer.extend_from_slice(&bytes[at..end]);
            (at, turn) = (end, turn + 1);
            while let Some(frame) = decode(&mut buffer).unwrap() {
                read.push(frame);
            }
        }
        prop_assert_eq!(read, frames);
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn no_bytes_make_it_panic_or_allocate_beyond_its_bounds(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut buffer = BytesMut::from(&bytes[..]);
        while let Ok(Some(frame)) = decode(&mut buffer) {
            prop_assert!(frame.payload.len() <= bytes.len());
        }
        prop_assert!(buffer.capacity() <= HEADER + MAX_DATA + bytes.len());
    }
}

#[test]
fn announced_lengths_are_bounded_before_anything_is_allocated() {
    for (kind, length, allowed) in [
        (0, MAX_CONTROL, true),
        (0, MAX_CONTROL + 1, false),
        (1, MAX_DATA, true),
        (1, MAX_DATA + 1, false),
        (200, MAX_DATA + 1, false),
        (4, usize::try_from(u32::MAX).unwrap(), false),
    ] {
        let mut buffer = BytesMut::new();
        buffer.put_u8(kind);
        buffer.put_u32(u32::try_from(length).unwrap());
        assert_eq!(decode(&mut buffer).is_ok(), allowed, "{kind} {length}");
    }
}

#[test]
fn unknown_kinds_are_skipped() {
    let mut buffer = BytesMut::from(&[99, 0, 0, 0, 2, 1, 2][..]);
    buffer.extend_from_slice(&Frame::new(Kind::Data, "x").encode());
    assert_eq!(decode(&mut buffer).unwrap(), Some(Frame::new(Kind::Data, "x")));
}

#[tokio::test]
async fn one_frame_is_read_and_not_a_byte_more() {
    let mut bytes = vec![99, 0, 0, 0, 1, 7];
    bytes.extend_from_slice(&Frame::new(Kind::Control, "{}").encode());
    bytes.extend_from_slice(b"the rest");
    let mut stream = &bytes[..];
    assert_eq!(
        read_one(&mut stream).await.unwrap(),
        Frame::new(Kind::Control, "{}")
    );
    assert_eq!(stream, b"the rest");
}

#[tokio::test]
async fn an_end_inside_a_frame_is_an_error() {
    let mut reader = FrameReader::new(&[1_u8, 0, 0, 0, 5, 1, 2][..]);
    assert_eq!(
        reader.next().await.unwrap_err().kind(),
        io::ErrorKind::UnexpectedEof
    );
}
