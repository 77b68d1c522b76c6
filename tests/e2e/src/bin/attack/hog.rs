//! Takes as much of something as there is, says how far it came, and holds it until told.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use crate::sys::{at, call, text};

/// More of a thing than any wall should let through.
const ENDLESS: usize = 2_000_000;

/// `hog WHAT`.
pub fn main(args: &[&str]) {
    match args {
        ["processes"] => processes(),
        ["memory"] => memory(),
        ["shared"] => fill("/dev/shm/hog"),
        ["run"] => fill("/run/hog"),
        ["disk", path] => fill(path),
        ["cpu"] => cpu(),
        ["idle"] => crate::until_told(),
        ["files"] => hold("files", || File::open("/dev/null")),
        ["watches"] => hold("watches", || call(libc::SYS_inotify_init1, &[0])),
        ["polls"] => hold("polls", || call(libc::SYS_epoll_create1, &[0])),
        ["pipes"] => hold("pipes", full_pipe),
        ["segments"] => hold("segments", || call(libc::SYS_shmget, &[0, 4096, 0o600])),
        ["queues"] => hold_numbered("queues", queue),
        ["keys"] => hold_numbered("keys", key),
        ["terminals"] => hold("terminals", || {
            File::options().read(true).write(true).open("/dev/ptmx")
        }),
        ["flows", address] => flows(address),
        _ => panic!("hog {args:?}"),
    }
}

fn say(what: &str, count: usize, why: &io::Error) {
    let mut out = io::stdout();
    // Who listens may be gone; the hog stays.
    let _ = writeln!(out, "held {count} {what}: {why}").and_then(|()| out.flush());
}

fn hold<T>(what: &str, mut take: impl FnMut() -> io::Result<T>) {
    hold_numbered(what, |_| take());
}

fn hold_numbered<T>(what: &str, mut take: impl FnMut(usize) -> io::Result<T>) {
    let mut held = Vec::new();
    let why = loop {
        match take(held.len()) {
            Ok(one) if held.len() < ENDLESS => held.push(one),
            Ok(_) => break io::Error::other("no end"),
            Err(error) => break error,
        }
    };
    say(what, held.len(), &why);
    crate::until_told();
}

/// A fork bomb whose pieces stay.
fn processes() {
    let mut children: Vec<Child> = Vec::new();
    let why = loop {
        let child = Command::new("/proc/self/exe")
            .args(["hog", "idle"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => children.push(child),
            Err(error) => break error,
        }
    };
    say("processes", children.len(), &why);
    crate::until_told();
    for child in &mut children {
        let _ = child.kill();
    }
}

/// Ends by the kernel's hand.
fn memory() {
    const PIECE: usize = 4 << 20;
    let mut held: Vec<Vec<u8>> = Vec::new();
    while held.len() < ENDLESS {
        held.push(vec![1; PIECE]);
    }
    say("pieces", held.len(), &io::Error::other("no end"));
}

fn fill(path: &str) {
    const PIECE: usize = 1 << 20;
    let piece = vec![1; PIECE];
    let mut file = File::create(path).unwrap();
    let mut written = 0;
    let why = loop {
        match file.write_all(&piece) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    say("megabytes", written, &why);
    crate::until_told();
    let _ = fs::remove_file(path);
}

fn cpu() {
    for _ in 0..8 {
        std::thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    crate::until_told();
}

fn full_pipe() -> io::Result<(UnixStream, UnixStream)> {
    let (mut near, far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    while near.write(&[1; 4096]).is_ok() {}
    Ok((near, far))
}

fn queue(number: usize) -> io::Result<i64> {
    let name = text(&format!("hog-{number}"));
    let flags = (libc::O_CREAT | libc::O_RDWR) as usize;
    call(libc::SYS_mq_open, &[at(name.as_c_str()), flags, 0o600, 0])
}

fn key(number: usize) -> io::Result<i64> {
    let (kind, name) = (text("user"), text(&format!("hog-{number}")));
    call(
        libc::SYS_add_key,
        &[
            at(kind.as_c_str()),
            at(name.as_c_str()),
            at("x"),
            1,
            -3_i32 as usize,
        ],
    )
}

/// Connections that say nothing.
fn flows(address: &str) {
    let address: std::net::SocketAddr = address.parse().unwrap();
    let limit = std::time::Duration::from_secs(2);
    hold("flows", || std::net::TcpStream::connect_timeout(&address, limit));
}
