use super::*;

#[test]
fn reads_times_behind_any_name() {
    let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 300 4000 20 0 1 0 55";
    assert_eq!(parse_stat(stat), Some(4330));
    assert_eq!(parse_stat("7 (a) S 1"), None);
}

#[test]
fn reads_storage_traffic() {
    assert_eq!(
        parse_io("rchar: 9\nread_bytes: 40\nwrite_bytes: 2\ncancelled_write_bytes: 7\n"),
        42
    );
}

#[test]
fn sees_time_being_used() {
    let (before, _) = processes();
    let mut x = 0_u64;
    while processes().0 <= before {
        x = std::hint::black_box(x.wrapping_add(1));
    }
}
