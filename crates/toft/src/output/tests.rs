use super::*;

#[test]
fn bytes_read_well() {
    assert_eq!(bytes(0), "0 B");
    assert_eq!(bytes(1023), "1023 B");
    assert_eq!(bytes(1 << 30), "1.0 GiB");
    assert_eq!(bytes(u64::MAX), "16777216.0 TiB");
}
