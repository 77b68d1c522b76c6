use super::*;

#[test]
fn cpu_time_is_read_behind_any_name() {
    let stat = "12 (a) b) (c) S 1 12 12 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 99 1 1";
    assert_eq!(cpu_seconds(stat), Some(2.0));
    assert_eq!(cpu_seconds("12 (a"), None);
}

#[test]
fn memory_is_read_in_octets() {
    let text = "00400000-7ff [rollup]\nRss:  2048 kB\nAnonymous:      12 kB\n";
    assert_eq!(field(text, "Anonymous:"), Some(12 << 10));
    assert_eq!(field(text, "Swap:"), None);
}

#[test]
fn this_process_has_memory_and_cpu_time() {
    let this = Process::of(std::process::id());
    assert!(this.resident().unwrap() >= this.anonymous().unwrap());
    assert!(this.cpu_seconds().unwrap() >= 0.0);
}
