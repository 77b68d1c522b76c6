use super::*;

#[test]
fn resolvers_are_read_as_libc_reads_them() {
    let conf = b"# comment\nsearch home\nnameserver 127.0.0.53\noptions edns0\n nameserver\tfd00::1 trailing\nnameserver nonsense\nnameserver fe80::1%eth0\nnameserver 9.9.9.9\nnameserver 1.1.1.1\n";
    let expected: Vec<SocketAddr> = ["127.0.0.53:53", "[fd00::1]:53", "9.9.9.9:53"]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    assert_eq!(resolvers(conf), expected);
    assert_eq!(resolvers(b""), ["127.0.0.1:53".parse().unwrap()]);
    assert_eq!(resolvers(&[0xff; 100]), ["127.0.0.1:53".parse().unwrap()]);
}

#[test]
fn a_changed_file_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("resolv.conf");
    let upstream = Upstream::new(path.clone());
    assert_eq!(upstream.resolvers(), ["127.0.0.1:53".parse().unwrap()]);
    for (seconds, address) in [(1, "9.9.9.9"), (2, "8.8.8.8")] {
        std::fs::write(&path, format!("nameserver {address}\n")).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        std::fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(time)
            .unwrap();
        assert_eq!(upstream.resolvers(), [format!("{address}:53").parse().unwrap()]);
    }
}
