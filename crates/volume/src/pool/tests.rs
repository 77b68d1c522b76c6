use super::*;

const GIB: u64 = 1 << 30;

fn host(total: u64, free: u64) -> Room {
    Room { total, free }
}

#[test]
fn the_host_keeps_a_part_of_its_disk() {
    assert_eq!(reserve(host(10 * GIB, 0)), GIB);
    assert_eq!(reserve(host(60 * GIB, 0)), 3 * GIB);
    assert_eq!(reserve(host(1000 * GIB, 0)), 4 * GIB);
    assert_eq!(spare(host(60 * GIB, 5 * GIB)), 2 * GIB);
    assert_eq!(spare(host(60 * GIB, 2 * GIB)), 0);
}

#[test]
fn a_pool_begins_small_and_not_at_all_where_there_is_no_room() {
    assert_eq!(first_size(host(100 * GIB, 50 * GIB)), Some(STEP));
    assert_eq!(first_size(host(10 * GIB, GIB + 600 * (1 << 20))), Some(256 << 20));
    assert_eq!(first_size(host(10 * GIB, GIB + 400 * (1 << 20))), None);
    assert_eq!(first_size(host(GIB / 2, GIB / 2)), None);
}
