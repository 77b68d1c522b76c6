use super::*;
use crate::fixture;

fn powers(init: Init, nesting: Nesting) -> Powers {
    Powers::of(&SandboxSpec {
        init,
        nesting,
        ..fixture::spec()
    })
}

#[test]
fn nothing_is_opened_that_was_not_asked_for() {
    let none = powers(Init::Agent, Nesting::None);
    assert_eq!(none, Powers::default());
    assert_eq!(none.capabilities(), ORDINARY);
}

#[test]
fn rootless_containers_get_no_capability() {
    let rootless = powers(Init::Agent, Nesting::Containers);
    assert_eq!(rootless.capabilities(), ORDINARY);
    assert!(rootless.namespaces && !rootless.groups && !rootless.storage);
}

#[test]
fn each_level_adds_what_is_written_and_nothing_else() {
    let beyond = |powers: Powers| powers.capabilities()[ORDINARY.len()..].to_vec();
    let docker = powers(Init::Agent, Nesting::Docker);
    assert_eq!(beyond(docker), ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]);
    let system = powers(Init::System, Nesting::None);
    assert_eq!(beyond(system), ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_BOOT"]);
    assert!(!system.fresh && !system.no_keys && !system.storage && !system.tunnel);
}
