//! Key files: whole or absent, and nobody else's to read.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::TlsError;

const PRIVATE: u32 = 0o600;

pub(super) fn make_dir(dir: &Path) -> Result<(), TlsError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|source| TlsError::File {
        verb: "make the directory",
        path: dir.to_owned(),
        source,
    })
}

/// Reads a file, if there is one, and takes away what rights others have to it.
pub(super) fn read(path: &Path) -> Result<Option<String>, TlsError> {
    let read = fs::read_to_string(path).and_then(|text| {
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, Permissions::from_mode(PRIVATE))?;
        }
        Ok(text)
    });
    match read {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // Half a file of another kind is as good as none; it is made anew.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(source) => Err(TlsError::File {
            verb: "read",
            path: path.to_owned(),
            source,
        }),
    }
}

/// Replaces a file in one step that survives a crash.
pub(super) fn write(path: &Path, text: &str) -> Result<(), TlsError> {
    let temporary = path.with_extension("new");
    let written = (|| {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE)
            .open(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    })();
    written.map_err(|source| TlsError::File {
        verb: "write",
        path: path.to_owned(),
        source,
    })
}
