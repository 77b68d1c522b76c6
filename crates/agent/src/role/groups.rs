//! The control group that a workspace was given, made ready for groups below it.
//!
//! On version 2 a group either holds processes or hands controllers on. The agent, which is the
//! only process yet, goes into a group of its own, and everything that it starts with it; then
//! whoever runs containers finds controllers to hand on. On version 1 there is nothing to do, and
//! where the group was not given away nothing that can be done.

use std::fs;
use std::io;
use std::path::Path;

/// Where control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";
/// The group of everything that is not in a container; systemd calls it so, too.
const OWN: &str = "init.scope";

/// Makes the workspace's own group ready, if it was given one of version 2.
pub(super) fn make_ready() -> io::Result<()> {
    let root = Path::new(ROOT);
    let Ok(controllers) = fs::read_to_string(root.join("cgroup.controllers")) else {
        return Ok(());
    };
    let own = root.join(OWN);
    match fs::create_dir(&own) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Ok(()),
        _ => {}
    }
    fs::write(own.join("cgroup.procs"), "0")?;
    for controller in controllers.split_whitespace() {
        // Some cannot be handed on everywhere; containers then go without its limits.
        let _ = fs::write(root.join("cgroup.subtree_control"), format!("+{controller}"));
    }
    Ok(())
}
