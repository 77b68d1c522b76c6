//! Root inside against the kernel, the host's processes and sockets.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::house::{ATTACK, House, INSIDE};
use crate::stage::unwalled;
use crate::verdict::Verdicts;

#[test]
fn the_kernel_listens_to_nobody_inside() {
    let house = House::new();
    house.create("dev");

    let (inside, control) = (house.attack("dev", &["kernel"]), unwalled(&["kernel"]));
    assert_eq!(inside.count(), control.count());
    assert_eq!(inside.through(), Vec::<&str>::new());
    assert_eq!(
        inside.refused().len(),
        inside.count(),
        "refused, not missing by chance: {inside:#?}"
    );
    assert!(control.through().len() > 40, "the control: {control:#?}");

    let (inside, control) = (house.attack("dev", &["files"]), unwalled(&["files"]));
    assert_eq!(inside.through(), Vec::<&str>::new());
    assert!(control.through().len() > 15, "the control: {control:#?}");

    descriptors_lead_nowhere(&house);
    processes_of_the_host_are_out_of_reach(&house);
    sockets_of_the_host_are_out_of_reach(&house);
    the_agent_keeps_what_it_holds(&house);
    what_is_the_hosts_stays_the_hosts(&house);
}

pub fn descriptors_lead_nowhere(house: &House) {
    let inside = house.attack("dev", &["files", "descriptors"]);
    assert_eq!(inside.through(), Vec::<&str>::new());
    // The same program where somebody left the host's root open.
    let leak = "mkdir /tmp/attack-root && mount --bind /tmp /tmp/attack-root && cd /tmp && cp \"$0\" attack-root/attack \
                && mkdir attack-root/proc && mount -t proc proc attack-root/proc && exec 7</ \
                && exec chroot /tmp/attack-root /attack files descriptors";
    let leak = leak.replace("/tmp", house.toft.data_dir().parent().unwrap().to_str().unwrap());
    let output = Command::new("unshare")
        .args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            &leak,
            ATTACK,
        ])
        .output()
        .unwrap();
    let control = Verdicts::read(&String::from_utf8_lossy(&output.stdout));
    assert!(
        control.through().iter().any(|name| name.contains("descriptor 7")),
        "the control: {control:#?} {output:?}"
    );
}

/// A process of the host's that may be harmed.
fn victim() -> Child {
    Command::new("sleep")
        .arg("600")
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

pub fn processes_of_the_host_are_out_of_reach(house: &House) {
    let mut victim = victim();
    let pid = victim.id().to_string();
    // The number is written as the host counts, and is nobody's inside.
    let inside = house.attack("dev", &["process", "at", &pid]);
    assert_eq!(inside.through(), Vec::<&str>::new());
    assert!(victim.try_wait().unwrap().is_none(), "it was ended");
    let control = Command::new(ATTACK)
        .args(["process", "at", &pid])
        .output()
        .unwrap();
    let control = Verdicts::read(&String::from_utf8_lossy(&control.stdout));
    assert_eq!(
        control.through().len(),
        control.count(),
        "the control: {control:#?}"
    );
    assert!(!victim.wait().unwrap().success());
}

pub fn sockets_of_the_host_are_out_of_reach(house: &House) {
    let name = format!("toft-walls-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _nameless = UnixListener::bind_addr(&address).unwrap();
    let data = house.toft.data_dir();
    let agent = data.join("sandboxes").join(house.uid("dev")).join("agent.sock");
    let paths = [data.join("toft.sock"), agent];
    let paths = paths.each_ref().map(|path| path.to_str().unwrap());
    let args = ["process", "sockets", &name, paths[0], paths[1]];
    let inside = house.attack("dev", &args);
    assert_eq!(inside.through(), Vec::<&str>::new());
    let control = Command::new(ATTACK).args(args).output().unwrap();
    let control = Verdicts::read(&String::from_utf8_lossy(&control.stdout));
    assert_eq!(control.through().len(), 3, "the control: {control:#?}");
}

/// Root inside is of the agent's own kind. It cannot end it, nor take its way to the daemon.
pub fn the_agent_keeps_what_it_holds(house: &House) {
    let inside = house.attack("dev", &["process", "agent"]);
    assert_eq!(inside.through(), Vec::<&str>::new(), "{inside:#?}");
    house.answers("dev", "after an attack on its agent");
}

/// What lies in the data directory was written by strangers who were root.
pub fn what_is_the_hosts_stays_the_hosts(house: &House) {
    let copy = "cp /bin/attack /home/toft/who && chmod 4755 /home/toft/who && cp /bin/attack /opt-who && chmod 6755 /opt-who";
    house.root("dev", copy).ok();
    let data = house.toft.data_dir();
    let layer = data
        .join("volumes")
        .join(house.uid("dev"))
        .join("layer/upper/opt-who");
    let planted = [house.home("dev").join("who"), layer];
    // The same file where the data directory's guard is not.
    let unguarded = data.parent().unwrap().join("who");
    std::fs::copy(ATTACK, &unguarded).unwrap();
    std::fs::set_permissions(&unguarded, std::fs::Permissions::from_mode(0o4755)).unwrap();
    for path in &planted {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o4000, 0o4000, "{}", path.display());
        assert_eq!(who(path), "65534", "{}", path.display());
    }
    assert_eq!(who(&unguarded), "0", "the control");
    assert!(house.root("dev", &format!("{INSIDE} who")).ok().starts_with('0'));
}

/// Who somebody else becomes who runs this file. Root opens it for them: the folders above keep all
/// others away from it.
fn who(path: &Path) -> String {
    let script =
        "exec 9<\"$1\" && exec setpriv --reuid 65534 --regid 65534 --clear-groups /proc/self/fd/9 who";
    let output = Command::new("bash")
        .args(["-c", script, "bash"])
        .arg(path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
