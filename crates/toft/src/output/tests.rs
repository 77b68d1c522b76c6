use super::*;

#[test]
fn bytes_read_well() {
    assert_eq!(bytes(0), "0 B");
    assert_eq!(bytes(1023), "1023 B");
    assert_eq!(bytes(1 << 30), "1.0 GiB");
    assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
}

#[test]
fn ages_read_as_in_kubectl() {
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    assert_eq!(age(at(100), at(105)), "5s");
    assert_eq!(age(at(100), at(90)), "0s", "a clock may be behind");
    assert_eq!(age(at(0), at(600)), "10m");
    assert_eq!(age(at(0), at(3 * 86_400)), "3d");
}
