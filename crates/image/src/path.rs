//! What a layer may name: the pure part of the unpacker.
//!
//! Names in a layer are foreign bytes. Here they become components that cannot leave the root by
//! themselves; symbolic links on the way are the kernel's business, which resolves every parent
//! beneath the root (see `unpack`).

/// The marker of removed files in a layer.
const WHITEOUT: &[u8] = b".wh.";
/// The marker of a directory whose lower content is hidden.
const OPAQUE: &[u8] = b".wh..wh..opq";
/// Other bookkeeping of aufs, which means nothing outside it.
const AUFS: &[u8] = b".wh..wh.";
/// The longest name that Linux' file systems take.
const NAME_MAX: usize = 255;

/// Where an entry belongs and what it does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The root directory itself.
    Root,
    /// An object of this name in this directory.
    Object(Location),
    /// Removes what lower layers have at this place.
    Whiteout(Location),
    /// Removes everything that lower layers have in this directory.
    Opaque(Vec<Vec<u8>>),
    /// Bookkeeping of a storage driver: skipped.
    Ignored,
}

/// A directory by its components from the root, and a name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Components: none is empty, `.`, `..` or has a slash.
    pub parent: Vec<Vec<u8>>,
    /// Neither.
    pub name: Vec<u8>,
}

/// Bounds of names.
#[derive(Clone, Copy, Debug)]
pub struct PathLimits {
    /// Bytes of a path or a link's target.
    pub bytes: usize,
    /// Components.
    pub depth: usize,
}

/// Why a name is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No name at all.
    #[error("the name is empty")]
    Empty,
    /// From the root of the host.
    #[error("the path is absolute")]
    Absolute,
    /// Upwards.
    #[error("the path contains `..`")]
    Upwards,
    /// What no file system can hold.
    #[error("the name contains a NUL byte")]
    Nul,
    /// A path, target or name that is too long.
    #[error("the name is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// Too many directories.
    #[error("the path is deeper than {limit} directories")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// A whiteout of nothing, of `.` or `..`, or used as a directory.
    #[error("malformed whiteout")]
    BadWhiteout,
}

/// Reads the name of an entry.
///
/// # Errors
/// It is refused; see [`PathError`].
pub fn place(raw: &[u8], limits: PathLimits) -> Result<Place, PathError> {
    if raw == b"/" {
        // Some builders name the root so.
        return Ok(Place::Root);
    }
    let mut parent = components(raw, limits)?;
    let Some(name) = parent.pop() else {
        return Ok(Place::Root);
    };
    if parent.iter().any(|component| component.starts_with(WHITEOUT)) {
        return Err(PathError::BadWhiteout);
    }
    if name == OPAQUE {
        return Ok(Place::Opaque(parent));
    }
    if name.starts_with(AUFS) {
        return Ok(Place::Ignored);
    }
    match name.strip_prefix(WHITEOUT) {
        Some(b"" | b"." | b"..") => Err(PathError::BadWhiteout),
        Some(hidden) => Ok(Place::Whiteout(Location {
            parent,
            name: hidden.to_vec(),
        })),
        None => Ok(Place::Object(Location { parent, name })),
    }
}

/// Reads the target of a hard link: a name in the same root.
///
/// # Errors
/// It is refused; see [`PathError`].
pub fn hard_link(raw: &[u8], limits: PathLimits) -> Result<Location, PathError> {
    let mut parent = components(raw, limits)?;
    let name = parent.pop().ok_or(PathError::Empty)?;
    Ok(Location { parent, name })
}

/// Checks the target of a symbolic link. It may say anything: it is content, never followed here.
///
/// # Errors
/// It is empty, too long, or has a NUL byte.
pub fn symlink(raw: &[u8], limits: PathLimits) -> Result<(), PathError> {
    match raw {
        [] => Err(PathError::Empty),
        _ if raw.len() > limits.bytes => Err(PathError::TooLong { limit: limits.bytes }),
        _ if raw.contains(&0) => Err(PathError::Nul),
        _ => Ok(()),
    }
}

fn components(raw: &[u8], limits: PathLimits) -> Result<Vec<Vec<u8>>, PathError> {
    match raw {
        [] => return Err(PathError::Empty),
        [b'/', ..] => return Err(PathError::Absolute),
        _ if raw.len() > limits.bytes => return Err(PathError::TooLong { limit: limits.bytes }),
        _ if raw.contains(&0) => return Err(PathError::Nul),
        _ => {}
    }
    let mut components = Vec::new();
    for component in raw.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => return Err(PathError::Upwards),
            _ if component.len() > NAME_MAX => return Err(PathError::TooLong { limit: NAME_MAX }),
            _ => components.push(component.to_vec()),
        }
    }
    if components.len() > limits.depth {
        return Err(PathError::TooDeep { limit: limits.depth });
    }
    Ok(components)
}

#[cfg(test)]
mod tests;
