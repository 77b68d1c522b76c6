use super::*;

#[test]
fn reads_the_kernel_s_tables() {
    let table = "  sl  local_address rem_address   st tx_queue\n\
        0: 0100007F:1F90 00000000:0000 0A 00000000\n\
        1: 00000000:0016 00000000:0000 0A 00000000\n\
        2: 0100007F:1F90 0100007F:C001 01 00000000\n\
        3: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 0\n\
        nonsense\n";
    let ports: Vec<_> = parse(table).map(|port| (port.port, port.loopback)).collect();
    assert_eq!(ports, [(8080, true), (22, false), (3000, true)]);
}

#[test]
fn finds_a_listener_of_its_own() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert!(listening().contains(&Port { port, loopback: true }));
    drop(listener);
    assert!(!listening().iter().any(|found| found.port == port));
}
