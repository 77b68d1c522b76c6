//! System calls by number: libraries keep the dangerous ones away from programs.

use std::ffi::{CString, c_long};
use std::io;

/// Makes a system call. Arguments are numbers, or addresses of what lives until it returns.
pub fn call(number: c_long, args: &[usize]) -> io::Result<i64> {
    let arg = |index: usize| args.get(index).copied().unwrap_or(0);
    // SAFETY: the kernel checks what it is given; callers pass addresses of live values of the
    // kind that the call reads or writes, or zero.
    let result = unsafe { libc::syscall(number, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5)) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// The same where the result does not matter.
pub fn does(number: c_long, args: &[usize]) -> io::Result<()> {
    call(number, args).map(drop)
}

/// A text as the kernel reads it; the caller keeps it until the call has returned.
pub fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

/// The address of a value.
pub fn at<T: ?Sized>(value: &T) -> usize {
    std::ptr::from_ref(value).cast::<u8>().addr()
}

/// The address of a value that the kernel writes to.
pub fn at_mut<T: ?Sized>(value: &mut T) -> usize {
    std::ptr::from_mut(value).cast::<u8>().addr()
}
