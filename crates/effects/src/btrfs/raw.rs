//! The calls themselves, as `linux/btrfs.h` lays them out.

use std::io;
use std::os::fd::RawFd;

/// Bytes of a name in `btrfs_ioctl_vol_args`.
const NAME_V1: usize = 4088;
/// Bytes of a name in `btrfs_ioctl_vol_args_v2`.
const NAME_V2: usize = 4040;
/// Everybody's magic number.
const MAGIC: u32 = 0x94;
/// `BTRFS_SUBVOL_RDONLY`.
const READ_ONLY: u64 = 2;
/// `BTRFS_QGROUP_LIMIT_MAX_RFER`.
pub(super) const LIMIT_REFERENCED: u64 = 1;
/// `BTRFS_QUOTA_CTL_ENABLE`.
const QUOTA_ENABLE: u64 = 1;

#[repr(C)]
struct Named {
    fd: i64,
    name: [u8; NAME_V1],
}

#[repr(C)]
struct NamedV2 {
    fd: i64,
    transid: u64,
    flags: u64,
    unused: [u64; 4],
    name: [u8; NAME_V2],
}

#[repr(C)]
struct Lookup {
    tree: u64,
    object: u64,
    name: [u8; 4080],
}

#[repr(C)]
struct QuotaControl {
    command: u64,
    status: u64,
}

#[repr(C)]
struct GroupLimit {
    group: u64,
    flags: u64,
    max_referenced: u64,
    max_exclusive: u64,
    reserved_referenced: u64,
    reserved_exclusive: u64,
}

#[repr(C)]
struct FsInfo {
    max_id: u64,
    devices: u64,
    fs_id: [u8; 16],
    rest: [u8; 992],
}

/// `_IOW`, `_IOR` and `_IOWR` of the kernel: direction, size, magic and number.
const fn code<T>(direction: u32, number: u32) -> libc::Ioctl {
    #[allow(clippy::cast_possible_truncation)] // The largest of them has 4 KiB.
    let size = size_of::<T>() as u32;
    (direction << 30 | size << 16 | MAGIC << 8 | number) as libc::Ioctl
}

const WRITE: u32 = 1;
const READ: u32 = 2;

const RESIZE: libc::Ioctl = code::<Named>(WRITE, 3);
const CREATE: libc::Ioctl = code::<Named>(WRITE, 14);
const DESTROY: libc::Ioctl = code::<Named>(WRITE, 15);
const LOOKUP: libc::Ioctl = code::<Lookup>(READ | WRITE, 18);
const SNAPSHOT: libc::Ioctl = code::<NamedV2>(WRITE, 23);
const FS_INFO: libc::Ioctl = code::<FsInfo>(READ, 31);
const QUOTA: libc::Ioctl = code::<QuotaControl>(READ | WRITE, 40);
const LIMIT: libc::Ioctl = code::<GroupLimit>(READ, 43);

const _: () = assert!(size_of::<Named>() == 4096 && size_of::<NamedV2>() == 4096);
const _: () = assert!(size_of::<Lookup>() == 4096 && size_of::<FsInfo>() == 1024);
const _: () = assert!(size_of::<GroupLimit>() == 48);

fn call<T>(fd: RawFd, request: libc::Ioctl, argument: &mut T) -> io::Result<()> {
    // SAFETY: the kernel reads and writes exactly the structure that the request's number names,
    // whose size is part of it and was checked above; the descriptor is the caller's.
    let done = unsafe { libc::ioctl(fd, request, std::ptr::from_mut(argument)) };
    if done < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn filled<const N: usize>(name: &str) -> io::Result<[u8; N]> {
    let mut field = [0; N];
    // The last byte stays zero; a name is a file's, so 255 bytes are what the kernel takes.
    if name.len() > 255 {
        return Err(io::ErrorKind::InvalidFilename.into());
    }
    field[..name.len()].copy_from_slice(name.as_bytes());
    Ok(field)
}

pub(super) fn create(dir: RawFd, name: &str) -> io::Result<()> {
    let name = filled(name)?;
    call(dir, CREATE, &mut Named { fd: 0, name })
}

pub(super) fn destroy(dir: RawFd, name: &str) -> io::Result<()> {
    let name = filled(name)?;
    call(dir, DESTROY, &mut Named { fd: 0, name })
}

pub(super) fn resize_to_device(dir: RawFd) -> io::Result<()> {
    let name = filled("max")?;
    call(dir, RESIZE, &mut Named { fd: 0, name })
}

pub(super) fn snapshot(dir: RawFd, source: RawFd, name: &str, read_only: bool) -> io::Result<()> {
    let mut wanted = NamedV2 {
        fd: source.into(),
        transid: 0,
        flags: if read_only { READ_ONLY } else { 0 },
        unused: [0; 4],
        name: filled(name)?,
    };
    call(dir, SNAPSHOT, &mut wanted)
}

/// The subvolume that an opened file belongs to.
pub(super) fn tree_id(fd: RawFd) -> io::Result<u64> {
    // Of the first object of the tree the kernel tells nothing but the tree.
    let mut asked = Lookup {
        tree: 0,
        object: 256,
        name: [0; 4080],
    };
    call(fd, LOOKUP, &mut asked)?;
    Ok(asked.tree)
}

/// The file system's id, as sysfs spells it.
pub(super) fn fs_id(fd: RawFd) -> io::Result<String> {
    let mut asked = FsInfo {
        max_id: 0,
        devices: 0,
        fs_id: [0; 16],
        rest: [0; 992],
    };
    call(fd, FS_INFO, &mut asked)?;
    let mut text = String::with_capacity(36);
    for (place, byte) in asked.fs_id.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Ok(text)
}

pub(super) fn enable_quota(fd: RawFd) -> io::Result<()> {
    let mut wanted = QuotaControl {
        command: QUOTA_ENABLE,
        status: 0,
    };
    call(fd, QUOTA, &mut wanted)
}

/// Limits the subvolume that the file belongs to: group 0 stands for it.
pub(super) fn limit(fd: RawFd, bytes: Option<u64>) -> io::Result<()> {
    let mut wanted = GroupLimit {
        group: 0,
        flags: LIMIT_REFERENCED,
        // All ones take a limit away.
        max_referenced: bytes.unwrap_or(u64::MAX),
        max_exclusive: 0,
        reserved_referenced: 0,
        reserved_exclusive: 0,
    };
    call(fd, LIMIT, &mut wanted)
}
