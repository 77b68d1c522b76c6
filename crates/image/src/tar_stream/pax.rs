//! Extended headers: records of the form `LENGTH KEY=VALUE\n`, where the length counts itself.

use crate::error::LayerFault;

const CAPABILITY: &[u8] = b"SCHILY.xattr.security.capability";

/// The records that mean something here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub mtime: Option<i64>,
    pub capability: Option<Vec<u8>>,
    /// The content is a map of a sparse file, which is not read here.
    pub sparse: bool,
}

// === impl Extensions ===

impl Extensions {
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Self, LayerFault> {
        let mut extensions = Self::default();
        // Some writers pad with NULs.
        while bytes.first().is_some_and(|byte| *byte != 0) {
            let (key, value, rest) = record(bytes).ok_or_else(malformed)?;
            extensions.take(key, value)?;
            bytes = rest;
        }
        Ok(extensions)
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), LayerFault> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = Some(number(value)?),
            b"uid" => self.uid = Some(number(value)?),
            b"gid" => self.gid = Some(number(value)?),
            b"mtime" => self.mtime = seconds(value),
            CAPABILITY => self.capability = Some(value.to_vec()),
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
        Ok(())
    }
}

/// The first record of `bytes`: key, value, and what follows.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(digits(&bytes[..space])?).ok()?;
    let (record, rest) = bytes.split_at_checked(length)?;
    let body = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    Some((&body[..equals], &body[equals + 1..], rest))
}

fn number(value: &[u8]) -> Result<u64, LayerFault> {
    digits(value).ok_or_else(malformed)
}

fn digits(value: &[u8]) -> Option<u64> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Whole seconds of a time such as `1700000000.123456789` or `-1`. A time that is none is no
/// reason to refuse an image.
fn seconds(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    text.split('.').next()?.parse().ok()
}

fn malformed() -> LayerFault {
    LayerFault::Malformed("an extended header cannot be read".to_owned())
}

#[cfg(test)]
mod tests;
