//! File systems in files: a file as a block device, mounted for as long as somebody uses it.
//!
//! The device frees itself with the last mount (`AUTOCLEAR`), so nothing of it is left after a
//! crash that a restart of the host would not take, and a mount that is there is adopted.

// The door itself is where the ban of clippy.toml ends.
#![allow(clippy::disallowed_methods)]

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};

use crate::Door;
use crate::mount::{MountError, mount_error};

/// `LOOP_CTL_GET_FREE`.
const GET_FREE: libc::Ioctl = 0x4C82;
/// `LOOP_CONFIGURE`.
const CONFIGURE: libc::Ioctl = 0x4C0A;
/// `LOOP_SET_CAPACITY`.
const SET_CAPACITY: libc::Ioctl = 0x4C07;
/// `LOOP_GET_STATUS64`.
const GET_STATUS: libc::Ioctl = 0x4C05;
/// The device goes with its last user; its file is not cached a second time.
const FLAGS: u32 = 4 | 16;
/// Others may take the free device first.
const ATTEMPTS: usize = 16;

/// `loop_info64`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Info {
    device: u64,
    inode: u64,
    rdevice: u64,
    offset: u64,
    size_limit: u64,
    number: u32,
    encrypt_type: u32,
    encrypt_key_size: u32,
    flags: u32,
    file_name: [u8; 64],
    crypt_name: [u8; 64],
    encrypt_key: [u8; 32],
    init: [u64; 2],
}

/// `loop_config`.
#[repr(C)]
struct Config {
    fd: u32,
    block_size: u32,
    info: Info,
    reserved: [u64; 8],
}

const _: () = assert!(size_of::<Info>() == 232 && size_of::<Config>() == 304);

// === impl Door ===

impl Door {
    /// Takes bytes of the disk for a file up to `size`: the file grows to that, and holds no hole
    /// that a later write would have to find room for.
    ///
    /// # Errors
    /// The disk has not as much, or its file system cannot promise it.
    pub fn reserve_file(&self, path: &Path, size: u64) -> Result<(), MountError> {
        self.pass("loop.reserve", &path.display().to_string(), || {
            let mut options = File::options();
            options.create(true).truncate(false).write(true);
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path).map_err(mount_error("open", path))?;
            rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size)
                .map_err(mount_error("take room for", path))?;
            file.sync_all().map_err(mount_error("sync", path))
        })
    }

    /// Mounts the file system in `file` at `at`, so that no set-user-id program and no device in
    /// it works there, and nothing that is mounted below it is seen elsewhere. One that is mounted
    /// there already is left as it is.
    ///
    /// # Errors
    /// There is no free device, or it is no file system of this kind.
    pub fn mount_file(&self, file: &Path, at: &Path, kind: &str, options: &str) -> Result<(), MountError> {
        if mounted(file, at)?.is_some() {
            return Ok(());
        }
        self.pass("loop.mount", &at.display().to_string(), || {
            // Held until it is mounted: without a user it would be free again.
            let (device, _held) = match device_of(file)? {
                Some(found) => found,
                None => attach(file)?,
            };
            let options = std::ffi::CString::new(options).unwrap_or_default();
            let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOATIME;
            rustix::mount::mount(&device, at, kind, flags, Some(options.as_c_str()))
                .map_err(mount_error("mount the file system at", at))?;
            rustix::mount::mount_change(at, MountPropagationFlags::PRIVATE)
                .map_err(mount_error("make private", at))
        })
    }

    /// Tells the device of a mounted file that the file has grown.
    ///
    /// # Errors
    /// It is not mounted there, or the kernel refuses.
    pub fn grow_mounted(&self, file: &Path, at: &Path) -> Result<(), MountError> {
        self.pass("loop.grow", &at.display().to_string(), || {
            let device = mounted(file, at)?.ok_or_else(|| {
                mount_error("find the device of", file)(io::Error::from(io::ErrorKind::NotFound))
            })?;
            let opened = File::open(&device).map_err(mount_error("open", &device))?;
            // SAFETY: the call takes no argument; the descriptor is open.
            let done = unsafe { libc::ioctl(opened.as_raw_fd(), SET_CAPACITY, 0) };
            if done < 0 {
                return Err(mount_error("grow", &device)(io::Error::last_os_error()));
            }
            Ok(())
        })
    }

    /// Takes the file system of `file` off `at`; its device goes with it. One that is not mounted
    /// is fine.
    ///
    /// # Errors
    /// It is in use.
    pub fn unmount_file(&self, file: &Path, at: &Path) -> Result<(), MountError> {
        self.pass("loop.unmount", &at.display().to_string(), || {
            while mounted(file, at)?.is_some() {
                rustix::mount::unmount(at, UnmountFlags::NOFOLLOW).map_err(mount_error("unmount", at))?;
            }
            Ok(())
        })
    }
}

/// The device through which `file` is mounted at `at`, if it is.
///
/// # Errors
/// The table of mounts cannot be read.
pub fn mounted(file: &Path, at: &Path) -> Result<Option<PathBuf>, MountError> {
    let table = Path::new("/proc/self/mountinfo");
    let text = fs::read_to_string(table).map_err(mount_error("read", table))?;
    let at = at.to_string_lossy();
    // The last one at a place is the one that is seen.
    let found = text.lines().rev().find_map(|line| {
        let (front, back) = line.split_once(" - ")?;
        let point = unescaped(front.split(' ').nth(4)?);
        (point == at).then(|| back.split(' ').nth(1).map(PathBuf::from))?
    });
    Ok(found.filter(|device| shows(device, file)))
}

/// Spaces and the like in paths, as the kernel writes them.
fn unescaped(path: &str) -> String {
    path.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

/// Whether a device shows this very file.
fn shows(device: &Path, file: &Path) -> bool {
    let (Ok(opened), Ok(wanted)) = (File::open(device), fs::metadata(file)) else {
        return false;
    };
    // SAFETY: all-zero is a valid value of this plain structure.
    let mut info: Info = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes exactly this structure; the descriptor is open.
    let done = unsafe { libc::ioctl(opened.as_raw_fd(), GET_STATUS, &raw mut info) };
    done == 0 && info.inode == wanted.ino() && info.device == wanted.dev()
}

/// A device that shows this file already: its mount went with a namespace, or a start was cut off.
fn device_of(file: &Path) -> Result<Option<(PathBuf, File)>, MountError> {
    let blocks = Path::new("/sys/block");
    let entries = fs::read_dir(blocks).map_err(mount_error("read", blocks))?;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !entry.path().join("loop").is_dir() {
            continue;
        }
        let device = Path::new("/dev").join(&name);
        if shows(&device, file)
            && let Ok(held) = File::open(&device)
        {
            return Ok(Some((device, held)));
        }
    }
    Ok(None)
}

/// Makes a free device show `file`.
fn attach(file: &Path) -> Result<(PathBuf, File), MountError> {
    let control = Path::new("/dev/loop-control");
    let opened = File::options()
        .read(true)
        .write(true)
        .open(control)
        .map_err(mount_error("open", control))?;
    let backing = File::options()
        .read(true)
        .write(true)
        .open(file)
        .map_err(mount_error("open", file))?;
    for _ in 0..ATTEMPTS {
        // SAFETY: the call takes no argument and returns a number; the descriptor is open.
        let number = unsafe { libc::ioctl(opened.as_raw_fd(), GET_FREE) };
        let number = u32::try_from(number)
            .map_err(|_| mount_error("find a free loop device for", file)(io::Error::last_os_error()))?;
        let device = node(number)?;
        let held = File::options()
            .read(true)
            .write(true)
            .open(&device)
            .map_err(mount_error("open", &device))?;
        match configure(&held, &backing) {
            Ok(()) => return Ok((device, held)),
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {}
            Err(error) => return Err(mount_error("attach a loop device to", file)(error)),
        }
    }
    Err(mount_error("find a free loop device for", file)(io::Error::from(
        io::ErrorKind::ResourceBusy,
    )))
}

fn configure(device: &File, backing: &File) -> io::Result<()> {
    // SAFETY: all-zero is a valid value of this plain structure.
    let mut config: Config = unsafe { std::mem::zeroed() };
    // A descriptor is never negative.
    config.fd = backing.as_raw_fd().unsigned_abs();
    config.info.flags = FLAGS;
    // SAFETY: the kernel reads exactly this structure; both descriptors are open.
    let done = unsafe { libc::ioctl(device.as_raw_fd(), CONFIGURE, &raw const config) };
    if done < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The node of a loop device; made where nobody looks after `/dev`.
fn node(number: u32) -> Result<PathBuf, MountError> {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
    let path = PathBuf::from(format!("/dev/loop{number}"));
    if !path.exists() {
        let made = mknodat(
            CWD,
            &path,
            FileType::BlockDevice,
            Mode::from_raw_mode(0o600),
            makedev(7, number),
        );
        if let Err(errno) = made
            && errno != rustix::io::Errno::EXIST
        {
            return Err(mount_error("create", &path)(errno));
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests;
