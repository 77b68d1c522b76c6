use super::*;

fn value(settings: &[Setting], file: &str) -> String {
    settings
        .iter()
        .rfind(|setting| setting.file == file)
        .unwrap()
        .value
        .clone()
}

#[test]
fn both_versions_get_the_same_limits_in_their_own_words() {
    let limits = Limits {
        cpu_weight_millis: 500,
        cpu_millis: Some(1_500),
        memory_bytes: Some(1 << 30),
        pids: Some(99),
    };
    let first = limits.version_1();
    assert_eq!(value(&first, "cpu.shares"), "512");
    assert_eq!(value(&first, "cpu.cfs_quota_us"), "150000");
    assert_eq!(value(&first, "memory.limit_in_bytes"), "1073741824");
    assert_eq!(value(&first, "pids.max"), "99");
    let second = limits.version_2();
    assert_eq!(value(&second, "cpu.weight"), "20");
    assert_eq!(value(&second, "cpu.max"), "150000 100000");
    assert_eq!(value(&second, "memory.max"), "1073741824");
    assert_eq!(value(&second, "memory.swap.max"), "0");
}

#[test]
fn no_limit_is_written_too_so_that_one_can_be_lifted() {
    let limits = Limits::default();
    assert_eq!(value(&limits.version_1(), "cpu.cfs_quota_us"), "-1");
    assert_eq!(value(&limits.version_2(), "cpu.max"), "max 100000");
    assert_eq!(value(&limits.version_2(), "memory.max"), "max");
}

#[test]
fn tiny_shares_of_a_core_are_still_allowed_by_the_kernel() {
    let limits = Limits {
        cpu_millis: Some(1),
        ..Limits::default()
    };
    assert_eq!(value(&limits.version_1(), "cpu.cfs_quota_us"), "1000");
    assert_eq!(value(&limits.version_1(), "cpu.shares"), "2");
}
