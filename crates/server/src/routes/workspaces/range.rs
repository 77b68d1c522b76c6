//! The `Range` header, as far as one range of bytes.

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its first byte.
    pub first: u64,
    /// How many bytes; never 0.
    pub length: u64,
}

/// Reads `bytes=A-B`, `bytes=A-` or `bytes=-N` for a file of `size` bytes; nothing where no byte
/// of the file is meant. Of several ranges the first is taken, as RFC 9110 allows.
pub fn parse(text: &str, size: u64) -> Option<Range> {
    let spec = text.strip_prefix("bytes=")?.split(',').next()?.trim();
    let (first, last) = spec.split_once('-')?;
    let (first, end) = match (first.trim(), last.trim()) {
        ("", suffix) => (size.saturating_sub(suffix.parse::<u64>().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => (
            first.parse().ok()?,
            last.parse::<u64>().ok()?.checked_add(1)?.min(size),
        ),
    };
    (first < end).then(|| Range {
        first,
        length: end - first,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_file() {
        let range = |first, length| Some(Range { first, length });
        for (text, expected) in [
            ("bytes=0-9", range(0, 10)),
            ("bytes=90-", range(90, 10)),
            ("bytes=-5", range(95, 5)),
            ("bytes=-500", range(0, 100)),
            ("bytes=50-500", range(50, 50)),
            ("bytes=5-6,8-9", range(5, 2)),
            ("bytes=100-", None),
            ("bytes=6-5", None),
            ("bytes=-0", None),
            ("bytes=a-b", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(parse(text, 100), expected, "{text}");
        }
    }
}
