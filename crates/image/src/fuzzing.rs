//! What the fuzz target and the replay of its corpus run; not for anybody else.

use std::path::Path;

use crate::cancel::{Cancel, Staging};
use crate::limits::Limits;
use crate::unpack::{Compression, Layer, Unpacker};

/// Unpacks `data` as a layer into a directory of its own, and checks that nothing beside that
/// directory changed. The first byte chooses the compression.
///
/// # Panics
/// Something did.
pub fn image_layer(data: &[u8]) {
    let Some((choice, layer)) = data.split_first() else {
        return;
    };
    let Ok(ground) = Staging::new(&std::env::temp_dir()) else {
        return;
    };
    let root = ground.path().join("rootfs");
    let secret = ground.path().join("secret");
    if std::fs::create_dir(&root).is_err() || std::fs::write(&secret, "untouched").is_err() {
        return;
    }
    // Whether it unpacks or is refused is the layer's choice.
    let _ = unpack(&root, *choice, layer);
    assert_eq!(
        std::fs::read(&secret).ok().as_deref(),
        Some(&b"untouched"[..]),
        "the layer reached outside"
    );
    assert_eq!(
        std::fs::read_dir(ground.path()).map_or(0, Iterator::count),
        2,
        "the layer made something outside"
    );
}

/// What a registry says about an image, and what people say about which they mean.
pub fn documents(data: &[u8]) {
    crate::oci::read_documents(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let source = crate::ImageSource::oci(text);
    if source.validate().is_ok() {
        assert!(
            !text.starts_with('-') && !text.contains(char::is_whitespace),
            "a reference is one word, and no option"
        );
    }
}

fn unpack(root: &Path, choice: u8, layer: &[u8]) -> Result<(), crate::ImageError> {
    let limits = Limits {
        unpacked_bytes: 1 << 20,
        entries: 500,
        path_depth: 30,
        ..Limits::default()
    };
    let compression = match choice % 3 {
        0 => Compression::None,
        1 => Compression::Gzip,
        _ => Compression::Zstd,
    };
    let layer = Layer {
        name: "fuzzed".to_owned(),
        reader: layer,
        compression,
        compressed_bytes: layer.len() as u64,
    };
    Unpacker::new(root, &limits, &Cancel::default())?.layer(layer, &mut |_| {})?;
    Ok(())
}
