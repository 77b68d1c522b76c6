use super::*;

const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000 100 0 0 10 0
   1: 0100007F:01BB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000 100 0 0 10 0
   2: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0000 100 0 0 10 0
 bad line
";

#[test]
fn only_listeners_on_the_port_count() {
    assert_eq!(listening_inodes(TABLE, 443).collect::<Vec<_>>(), [12345]);
    assert_eq!(listening_inodes(TABLE, 8443).collect::<Vec<_>>(), [777]);
    assert_eq!(listening_inodes(TABLE, 80).count(), 0);
    assert_eq!(listening_inodes("", 80).count(), 0);
}

#[test]
fn our_own_listener_is_found_under_our_name() {
    let listener = std::net::TcpListener::bind("[::1]:0").unwrap();
    let holders = of_port(listener.local_addr().unwrap().port());
    assert_eq!(holders.len(), 1);
    assert_eq!(holders[0].pid, std::process::id());
    assert!(!holders[0].name.is_empty());
    assert_eq!(tell(&[]), "");
}
