//! A reboot of the host: every process, mount, interface, table and control group of the instance
//! is gone, and so is what lies in volatile directories; files stay.

use std::fs;
use std::path::Path;
use std::process::Command;

use toft_e2e::{Daemon, Instance, eventually};

#[test]
fn after_a_reboot_everything_is_as_it_was_asked_for() {
    let notes = tempfile::tempdir().unwrap();
    let trap = notes.path().join("trap");
    let mut toft = Daemon::with_env(&[("TOFT_FAILPOINT_FILE", trap.to_str().unwrap())]);
    for name in ["runs", "rests", "goes"] {
        toft.create(name);
        toft.sh(
            name,
            "echo kept > note; sudo touch /etc/kept; sudo touch /run/gone",
        )
        .ok();
    }
    toft.run(&["stop", "rests", "--wait=60"]).ok();
    // One is being deleted, and one is about to be made, when the lights go out.
    let goes = toft.uid("goes");
    fs::write(&trap, "before:sandbox.remove:1").unwrap();
    toft.run(&["delete", "goes", "--yes"]).ok();
    eventually("it is cut off in the delete", || (!toft.lives()).then_some(()));
    let env = [("TOFT_FAILPOINT_FILE", trap.to_str().unwrap())];
    fs::write(&trap, "before:spawn.oci.run:1").unwrap();
    assert!(toft.try_launch(&env) || toft.try_launch(&env));
    toft.run(&["create", "comes"]);
    eventually("it is cut off in the start", || (!toft.lives()).then_some(()));
    fs::remove_file(&trap).unwrap();

    let instance = toft.instance();
    reboot(&instance);
    let left = instance.on_host();
    assert!(left.is_empty(), "a reboot leaves nothing: {left:#?}");
    toft.launch(&[]);

    toft.until_phase("runs", "Running");
    let seen = "cat note; ls /etc/kept; ls /run/gone 2>/dev/null; getent hosts runs >/dev/null && echo known";
    eventually("it runs again", || {
        (toft.sh("runs", "true").code == 0).then_some(())
    });
    assert_eq!(toft.sh("runs", seen).ok(), "kept\n/etc/kept\nknown\n");
    assert_eq!(toft.until_phase("rests", "Stopped")["spec"]["running"], false);
    eventually("the delete ends", || {
        toft.run(&["get", "ws", "goes"])
            .err
            .contains("not found")
            .then_some(())
    });
    let traces = instance.traces();
    let left: Vec<&String> = traces.iter().filter(|line| line.contains(&goes)).collect();
    assert!(left.is_empty(), "{left:#?}");
    eventually("what was to come is there", || {
        (toft.sh("comes", "true").code == 0).then_some(())
    });
    toft.run(&["start", "rests", "--wait=60"]).ok();
    assert_eq!(
        toft.sh("rests", "cat note; ls /etc/kept").ok(),
        "kept\n/etc/kept\n"
    );
}

/// Takes from the host what a reboot takes, and nothing else.
fn reboot(instance: &Instance) {
    eventually("all processes have ended", || {
        let processes = instance.processes();
        for (number, _) in &processes {
            run(&["kill", "-9", &number.to_string()]);
        }
        processes.is_empty().then_some(())
    });
    let data = instance.data.to_string_lossy().into_owned();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    let mut points: Vec<&str> = points.filter(|point| point.starts_with(&data)).collect();
    points.reverse();
    for point in points {
        run(&["umount", "--lazy", point]);
    }
    for line in instance.on_host() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            // A cable goes with either of its ends.
            ["link", name] => run(&["ip", "link", "del", name]),
            ["route", "unreachable", network, ..] => run(&["ip", "route", "del", "unreachable", network]),
            ["stage", path] => drop(fs::remove_dir_all(path)),
            _ => {}
        }
    }
    for family in ["inet", "bridge"] {
        run(&["nft", "delete", "table", family, &format!("toft_{}", instance.id)]);
    }
    let groups: Vec<String> = instance
        .on_host()
        .into_iter()
        .filter_map(|line| line.strip_prefix("group ").map(str::to_owned))
        .collect();
    for group in groups.iter().rev() {
        eventually(&format!("{group} is gone"), || {
            let _ = fs::remove_dir(group);
            (!Path::new(group).exists()).then_some(())
        });
    }
    fs::remove_dir_all(instance.data.join("run")).unwrap();
}

/// What is gone already need not be removed.
fn run(command: &[&str]) {
    let _ = Command::new(command[0]).args(&command[1..]).output();
}
