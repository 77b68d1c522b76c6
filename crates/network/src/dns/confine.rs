//! Giving up what the forwarder does not need: it reads what workspaces and resolvers send.
//!
//! It started as root to open its files. From here on it is nobody: an account without a name
//! or files, with the two capabilities that listening on new bridges takes, and no way to gain
//! any other. Whoever took it over could lie about names, and nothing else.

use std::io;

use rustix::process::{Gid, Uid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, set_capabilities, set_keep_capabilities, set_no_new_privs,
    set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};

/// An id in the range that systemd keeps for accounts that exist while a service runs.
const ACCOUNT: u32 = 61_853;

/// Confines this process, which has one thread yet: the others inherit it.
pub fn confine() -> io::Result<()> {
    set_no_new_privs(true)?;
    set_keep_capabilities(true)?;
    set_thread_groups(&[])?;
    let (group, user) = (Gid::from_raw(ACCOUNT), Uid::from_raw(ACCOUNT));
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, user)?;
    // Port 53, and (before Linux 5.7) sockets bound to a device.
    let needed = CapabilitySet::NET_BIND_SERVICE | CapabilitySet::NET_RAW;
    let sets = CapabilitySets {
        effective: needed,
        permitted: needed,
        inheritable: CapabilitySet::empty(),
    };
    Ok(set_capabilities(None, sets)?)
}
