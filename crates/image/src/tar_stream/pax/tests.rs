use super::*;
use crate::testing::pax_record;

#[test]
fn records_are_read_whatever_their_values_hold() {
    // A capability with a line break in it, which ends no record.
    let capability = [1, 0, 0, 2, b'\n', b'=', 0];
    let bytes = [
        pax_record("path", b"a=b\nc"),
        pax_record("SCHILY.xattr.security.capability", &capability),
        pax_record("size", b"12345678901"),
        pax_record("mtime", b"1700000000.5"),
        pax_record("comment", b"whatever"),
    ]
    .concat();
    let read = Extensions::parse(&bytes).unwrap();
    assert_eq!(read.path.unwrap(), b"a=b\nc");
    assert_eq!(read.capability.unwrap(), capability);
    assert_eq!(
        (read.size, read.mtime),
        (Some(12_345_678_901), Some(1_700_000_000))
    );
}

#[test]
fn what_is_no_record_is_refused() {
    for bad in [
        "x",
        "5 a=b",
        "999 a=b\n",
        "6 a=bX",
        "0 a=b\n",
        "5 abc\n",
        "-6 a=b\n",
        " 6 a=b\n",
        "11 size=x1\n",
        "99999999999999999999 a=b\n",
    ] {
        assert!(Extensions::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
}

#[test]
fn the_length_of_a_record_counts_itself() {
    assert_eq!(pax_record("a", b"b"), b"6 a=b\n");
    assert_eq!(pax_record("path", b"x"), b"9 path=x\n");
    assert_eq!(pax_record("path", b"xy"), b"11 path=xy\n");
}
