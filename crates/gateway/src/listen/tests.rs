use super::*;

#[test]
fn inherited_sockets_are_used_where_they_fit() {
    let old = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = old.local_addr().unwrap();
    // The old socket is still open: binding anew would fail.
    let copy = old.try_clone().unwrap();
    let opened = open(&[address], &mut vec![copy]).unwrap();
    assert_eq!(opened[0].local_addr().unwrap(), address);
    assert!(matches!(
        open(&[address], &mut vec![]),
        Err(ListenError::InUse { .. })
    ));
}

#[test]
fn one_socket_means_both_families_and_a_plain_six_only_itself() {
    let every = bind(every_address(0)).unwrap();
    let port = every.local_addr().unwrap().port();
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let six = bind("[::1]:0".parse().unwrap()).unwrap();
    assert!(sockopt::ipv6_v6only(&six).unwrap());
}

#[test]
fn errors_say_what_to_do() {
    let address = "127.0.0.1:443".parse().unwrap();
    let holders = vec![holder::Holder {
        pid: 42,
        name: "nginx".into(),
    }];
    let error = ListenError::InUse { address, holders }.to_string();
    assert!(
        error.starts_with("port 443 is in use by nginx (pid 42): "),
        "{error}"
    );
    assert!(ListenError::Denied(address).to_string().contains("run as root"));
}

#[test]
fn port_443_is_taken_or_else_8443() {
    // A network namespace of the thread's own, where both ports are free whatever runs here.
    let ports = std::thread::spawn(|| {
        // SAFETY: changes this thread alone, which ends below.
        assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWNET) }, 0, "needs root");
        let first = open(&[], &mut vec![]).unwrap();
        let second = open(&[], &mut vec![]).unwrap();
        assert!(
            matches!(open(&[], &mut vec![]), Err(ListenError::InUse { address, .. }) if address.port() == 8443)
        );
        // A successor stays where its predecessor was.
        let third = open(&[], &mut vec![second[0].try_clone().unwrap()]).unwrap();
        [first, second, third].map(|listeners| listeners[0].local_addr().unwrap())
    });
    let addresses = ports.join().unwrap();
    assert_eq!(addresses.map(|address| address.port()), [443, 8443, 8443]);
    assert!(
        addresses
            .iter()
            .all(|address| address.ip() == Ipv6Addr::UNSPECIFIED)
    );
}
