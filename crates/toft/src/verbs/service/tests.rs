use super::*;

#[test]
fn a_stop_of_the_unit_leaves_workspaces_alone() {
    let unit = unit(Path::new("/srv/toft"));
    for line in [
        "ExecStart=/usr/local/bin/toft serve --data-dir /srv/toft",
        "KillMode=process",
        "Type=notify",
        "NotifyAccess=all",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "Delegate=yes",
        "WantedBy=multi-user.target",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line} in {unit}");
    }
}
