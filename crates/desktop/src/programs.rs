//! The programs of a desktop, each by an argument vector: the screen, the session on it, and the
//! small ones that are run once.
//!
//! This does not pass the daemon's door of effects: it happens inside the workspace, with no
//! privilege over the host, and is what the role is there for.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::place::Place;
use crate::{Options, Resolution};

/// How long a screen may take to be there, on the slowest of machines.
const SCREEN: Duration = Duration::from_mins(1);
/// How long a program has to end when it is told to.
const GRACE: Duration = Duration::from_secs(3);
/// The display's name; that of the template's environment.
const DISPLAY: &str = ":0";
/// How large a screen is until a window says how large it is.
const FIRST: (u16, u16) = (1280, 800);
/// Largest text that the clipboard takes, in bytes.
const CLIPBOARD: usize = 1 << 20;

/// A program that is running, the leader of a group of its own.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

/// Starts the screen; returns it when it takes visitors.
pub async fn screen(options: &Options, place: &Place) -> io::Result<Running> {
    let socket = place.screen();
    let _ = std::fs::remove_file(&socket);
    let (width, height) = match options.resolution {
        Resolution::Follow => FIRST,
        Resolution::Fixed { width, height } => (width, height),
    };
    let follows = u8::from(options.resolution == Resolution::Follow);
    let mut command = command("Xvnc");
    command
        .args([
            DISPLAY,
            "-displayfd",
            "1",
            "-rfbport",
            "-1",
            "-rfbunixmode",
            "0600",
        ])
        .arg("-rfbunixpath")
        .arg(&socket)
        .args([
            "-SecurityTypes",
            "None",
            "-AlwaysShared",
            "-nolisten",
            "tcp",
            "-br",
        ])
        .args(["-depth", "24", "-dpi", "96", "-FrameRate", "60"])
        .args(["-geometry", &format!("{width}x{height}")])
        .args(["-desktop", &options.title])
        .arg(format!("-AcceptSetDesktopSize={follows}"))
        // What is merely marked stays in there; only what is copied goes to the person's own clipboard.
        .args(["-SendPrimary=0", "-SetPrimary=0"])
        .arg(format!("-MaxCutText={CLIPBOARD}"))
        .stdout(Stdio::piped());
    let mut running = Running {
        child: command.spawn()?,
    };
    let ready = timeout(SCREEN, ready(&mut running.child));
    let ready = ready
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    match ready {
        Ok(()) => Ok(running),
        Err(error) => {
            running.end().await;
            Err(error)
        }
    }
}

/// Waits until the screen tells its number, which it does when it is ready.
async fn ready(child: &mut Child) -> io::Result<()> {
    let broken = || io::Error::other("it ended before it was ready");
    let mut stdout = child.stdout.take().ok_or_else(broken)?;
    // The whole line: it does not survive that nobody takes what it says.
    while stdout.read_u8().await.map_err(|_| broken())? != b'\n' {}
    Ok(())
}

/// Starts the session on the screen.
pub fn session(place: &Place, locale: &[(&str, OsString)]) -> io::Result<Running> {
    let mut defaults = OsString::from(place.defaults());
    defaults.push(":");
    defaults.push(std::env::var_os("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into()));
    let mut command = command("dbus-run-session");
    command
        .args(["--", "xfce4-session"])
        .env("DISPLAY", DISPLAY)
        .env("XDG_CONFIG_DIRS", defaults)
        .env("XDG_CURRENT_DESKTOP", "XFCE")
        .env("XDG_SESSION_DESKTOP", "xfce")
        .env("XDG_SESSION_TYPE", "x11")
        .env("XDG_MENU_PREFIX", "xfce-")
        // Services that a desktop in a browser has no use for, and that take time and memory.
        .env("NO_AT_BRIDGE", "1")
        .env("GTK_A11Y", "none")
        .env("GVFS_DISABLE_FUSE", "1")
        .env("GIO_USE_VFS", "local")
        .envs(locale.iter().map(|(name, value)| (*name, value)));
    command.env("XDG_RUNTIME_DIR", place.base());
    let mut player = OsString::from("unix:");
    player.push(place.player());
    command.env("PULSE_SERVER", player);
    command.spawn().map(|child| Running { child })
}

/// Starts the sound server on a socket that is there already.
pub fn sound(place: &Place, player: &UnixListener) -> io::Result<Running> {
    let _ = std::fs::remove_file(place.listener());
    let module = |name: &str, socket: &Path, rest: &str| {
        let mut words = OsString::from(format!("{name} socket="));
        words.push(socket);
        words.push(rest);
        words
    };
    // Who is handed a socket must find its own number in the environment, which only it knows.
    let mut command = command("sh");
    command
        .args([
            "-c",
            "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"",
            "sh",
            "pulseaudio",
            "-n",
        ])
        .args(["--daemonize=no", "--use-pid-file=no", "--exit-idle-time=20"])
        .args([
            "--realtime=no",
            "--high-priority=no",
            "--disable-shm=yes",
            "--log-level=error",
        ])
        .args([
            "-L",
            "module-null-sink sink_name=desktop rate=48000 channels=2 format=s16le",
        ])
        .arg("-L")
        .arg(module("module-native-protocol-unix", &place.player(), ""))
        .arg("-L")
        .arg(module(
            "module-simple-protocol-unix",
            &place.listener(),
            " rate=48000 format=s16le channels=2 source=desktop.monitor record=1 playback=0",
        ));
    let handed = player.as_raw_fd();
    // SAFETY: between fork and exec this makes system calls on numbers only. Number 3 is the first
    // that is handed over; whatever else had it in this copy of the process is of no use there.
    unsafe {
        command.pre_exec(move || {
            let kept = if handed == 3 {
                libc::fcntl(3, libc::F_SETFD, 0)
            } else {
                libc::dup2(handed, 3)
            };
            if kept < 0 {
                Err(io::Error::last_os_error())
            } else {
                Ok(())
            }
        })
    };
    command.spawn().map(|child| Running { child })
}

/// Sets the keyboard's layout.
pub async fn keyboard(layout: &str) -> io::Result<()> {
    let (layout, variant) = layout.split_once('(').unwrap_or((layout, ""));
    let mut command = command("setxkbmap");
    command.args(["-display", DISPLAY, "-layout", layout]);
    command.args(["-variant", variant.trim_end_matches(')')]);
    once(command).await
}

/// Runs a program to its end.
pub async fn run(program: &str, args: &[&OsStr]) -> io::Result<()> {
    let mut command = command(program);
    command.args(args);
    once(command).await
}

async fn once(mut command: Command) -> io::Result<()> {
    let mut child = command.spawn()?;
    let status = timeout(SCREEN, child.wait())
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("it ended with {status}")))
    }
}

/// A program that ends when this one does, in a group of its own.
fn command(program: &str) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "starting a desktop's programs inside is the role's purpose"
    )]
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
    // SAFETY: between fork and exec this makes one system call on numbers.
    unsafe {
        command.pre_exec(|| {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(())
        })
    };
    command
}

// === impl Running ===

impl Running {
    /// Waits for its end; says how it was.
    pub async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Tells it and its group to end, and sees to it.
    pub async fn end(mut self) {
        let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) else {
            return;
        };
        kill_group(pid, libc::SIGTERM);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            kill_group(pid, libc::SIGKILL);
            let _ = self.child.wait().await;
        }
    }
}

fn kill_group(pid: i32, signal: i32) {
    // SAFETY: plain system call on numbers; the leader is a child that was not waited for.
    unsafe { libc::kill(-pid, signal) };
}
