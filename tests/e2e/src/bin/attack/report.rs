//! How an attempt ended, in one line.

use std::io;

/// Says how it ended. What the kernel is not asked at all is refused; what it does not have is
/// absent.
pub fn tell(name: &str, outcome: &io::Result<()>) {
    let line = match outcome {
        Ok(()) => format!("through {name}"),
        Err(error) if is_absence(error) => format!("absent {name}: {error}"),
        Err(error) => format!("refused {name}: {error}"),
    };
    println!("{line}");
}

/// An attempt whose arguments make no sense on purpose: any answer but “you may not” and “there is
/// no such thing” shows that the kernel took the request.
pub fn probed(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if !is_refusal(&error) && !is_absence(&error) => Ok(()),
        other => other,
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EPERM | libc::EACCES | libc::EROFS | libc::ENOSYS)
    )
}

/// `ENOSYS` is how the wall hides `clone3`, so it counts as refusal.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENOENT | libc::ENODEV | libc::EAFNOSUPPORT | libc::EPROTONOSUPPORT | libc::EOPNOTSUPP)
    )
}
