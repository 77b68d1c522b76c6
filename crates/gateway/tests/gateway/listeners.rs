//! Listening: who is in the way, and handing over.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use toft_gateway::{Bound, Domain, GatewayConfig};

use crate::house::{Answer, DOMAIN, House, PUBLIC};

#[test]
fn a_port_in_use_names_who_holds_it() {
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut config = GatewayConfig::new(Domain::parse(DOMAIN).unwrap(), dir.path().join("tls"));
    config.listen = vec![holder.local_addr().unwrap()];
    let error = Bound::new(config, vec![]).err().unwrap().to_string();
    let me = format!("(pid {})", std::process::id());
    assert!(
        error.contains("is in use by ") && error.contains(&me) && error.contains("--listen"),
        "{error}"
    );
}

#[tokio::test]
async fn one_listener_serves_both_families() {
    let every = "[::]:0".parse().unwrap();
    let house = House::with(|config| config.listen = vec![every]);
    let port = house.address.port();
    for ip in ["127.0.0.1", "::1"] {
        let to = SocketAddr::new(ip.parse().unwrap(), port);
        let host = if ip.contains(':') {
            format!("[{ip}]:{port}")
        } else {
            format!("{ip}:{port}")
        };
        let request = Request::get("/")
            .header("host", host)
            .body(http_body_util::Full::<bytes::Bytes>::default())
            .unwrap();
        let io = hyper_util::rt::TokioIo::new(house.tls_to(to, ip, &["http/1.1"]).await);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        let answer = crate::house::Answer::of(sender.send_request(request).await.unwrap()).await;
        assert_eq!(answer.body, format!("ui GET / from {ip}"));
    }
}

#[tokio::test]
async fn a_successor_takes_the_listener_over_without_a_refused_connection() {
    let mut house = House::start();
    let handed = house.gateway().listeners().unwrap();
    let address = house.address;
    house
        .gateway
        .take()
        .unwrap()
        .shutdown(Duration::from_secs(30))
        .await;
    // Nobody accepts now, and still the connection is made: it waits in the socket's queue.
    let waiting = tokio::net::TcpStream::connect(address).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut config = GatewayConfig::new(Domain::parse(DOMAIN).unwrap(), house.dir.path().join("tls"));
    config.listen = vec![address];
    let successor = House::open(dir, config, handed);
    let name = rustls_pki_types::ServerName::try_from(DOMAIN).unwrap();
    successor
        .connector(&["http/1.1"])
        .connect(name, waiting)
        .await
        .unwrap();
    assert_eq!(
        successor.send(DOMAIN, Request::get("/")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn requests_under_way_are_finished_at_shutdown() {
    let mut house = House::start();
    let mut h2 = house.h2(DOMAIN).await;
    let uri = format!("https://{}/", house.at(DOMAIN));
    let request = Request::get(uri).body(http_body_util::Full::default()).unwrap();
    assert_eq!(h2.send_request(request).await.unwrap().status(), StatusCode::OK);
    // Idle and half-open connections do not hold the shutdown up.
    let _half_open = tokio::net::TcpStream::connect(house.address).await.unwrap();
    let drained = house
        .gateway
        .take()
        .unwrap()
        .shutdown(Duration::from_mins(1))
        .await;
    assert_eq!(drained.cut, 0);
    assert!(tokio::net::TcpStream::connect(house.address).await.is_err());
}

#[tokio::test]
async fn a_gateway_that_is_left_answers_what_was_on_its_way() {
    let house = House::start();
    let port = house
        .gateway()
        .open_app_port(0, toft_gateway::AppHost::from_label("site--lab--alice").unwrap())
        .unwrap()
        .port();
    let kept = house.gateway().listeners().unwrap();
    let ports: Vec<u16> = kept
        .iter()
        .map(|socket| socket.local_addr().unwrap().port())
        .collect();
    assert_eq!(
        ports,
        [house.address.port(), port],
        "apps' sockets are handed over too"
    );
    let open = async |host: &str| {
        let io = TokioIo::new(house.tls(host, &["http/1.1"]).await);
        let (sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        sender
    };
    let request = |host: &str| {
        let request = Request::get("/").header("host", house.at(host));
        request.body(Full::<Bytes>::default()).unwrap()
    };
    let (mut used, mut silent) = (open(PUBLIC).await, open("toft.localhost").await);
    let answer = Answer::of(used.send_request(request(PUBLIC)).await.unwrap()).await;
    assert_eq!(answer.header("connection"), "");
    let leaving = house.gateway().leave();
    let asking = async {
        // Not before it is left: what is being sent then is answered, and that was the last.
        tokio::task::yield_now().await;
        for (sender, host) in [(&mut used, PUBLIC), (&mut silent, "toft.localhost")] {
            let answer = Answer::of(sender.send_request(request(host)).await.unwrap()).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("connection")),
                (200, "close")
            );
        }
    };
    tokio::join!(leaving, asking);
    // Nobody accepts here any more: a connection waits for who has the sockets now.
    let waits = tokio::net::TcpStream::connect(house.address).await.unwrap();
    let (taken, _) = kept[0].accept().unwrap();
    assert_eq!(taken.peer_addr().unwrap(), waits.local_addr().unwrap());
}
