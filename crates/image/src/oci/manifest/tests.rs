use super::*;

fn digest(letter: &str) -> String {
    format!("sha256:{}", letter.repeat(64))
}

fn manifest(layers: &[(&str, u64)]) -> Manifest {
    let layers: Vec<_> = layers
        .iter()
        .map(|(letter, size)| serde_json::json!({"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(letter), "size": size}))
        .collect();
    let config = serde_json::json!({"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest("c"), "size": 10});
    serde_json::from_value(serde_json::json!({"schemaVersion": 2, "config": config, "layers": layers}))
        .unwrap()
}

fn index(platforms: &[(&str, &str, Option<&str>, &str)]) -> Document {
    let manifests: Vec<_> = platforms
        .iter()
        .map(|(os, architecture, variant, letter)| {
            serde_json::json!({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest(letter), "size": 1,
                "platform": {"os": os, "architecture": architecture, "variant": variant}})
        })
        .collect();
    Document::parse(
        serde_json::json!({"schemaVersion": 2, "manifests": manifests})
            .to_string()
            .as_bytes(),
    )
    .unwrap()
}

#[test]
fn an_index_leads_to_the_manifest_for_this_machine() {
    let Document::Index(index) = index(&[
        ("windows", ARCHITECTURE, None, "a"),
        ("linux", "s390x", None, "b"),
        ("linux", ARCHITECTURE, Some("v3"), "d"),
        ("linux", ARCHITECTURE, None, "e"),
    ]) else {
        panic!("no index")
    };
    assert_eq!(index.choose().unwrap().as_str(), digest("e"));
}

#[test]
fn an_index_without_this_machine_says_what_it_has() {
    let Document::Index(index) = index(&[("linux", "s390x", None, "a"), ("windows", "arm", None, "b")])
    else {
        panic!("no index")
    };
    let error = index.choose().unwrap_err();
    assert_eq!(
        error,
        format!("there is no image for linux/{ARCHITECTURE}, only for linux/s390x, windows/arm")
    );
}

#[test]
fn a_blob_that_is_named_twice_is_fetched_once() {
    let twice = manifest(&[("a", 5), ("b", 7), ("a", 5)]);
    assert_eq!(twice.blobs().count(), 3);
    assert_eq!(twice.transfer_bytes(), 22);
}

#[test]
fn what_exceeds_the_limits_or_is_no_image_is_refused() {
    let limits = Limits {
        layers: 2,
        download_bytes: 100,
        ..Limits::default()
    };
    assert!(manifest(&[("a", 50)]).check(&limits).is_ok());
    assert_eq!(
        manifest(&[("a", 1), ("b", 1), ("d", 1)])
            .check(&limits)
            .unwrap_err(),
        "it has 3 layers, the limit is 2"
    );
    assert_eq!(
        manifest(&[("a", 95)]).check(&limits).unwrap_err(),
        "it has 105 bytes, the limit is 100"
    );
    assert!(
        manifest(&[("a", u64::MAX), ("b", u64::MAX)])
            .check(&limits)
            .is_err()
    );
    let mut chart = manifest(&[]);
    chart.config.media_type = "application/vnd.cncf.helm.config.v1+json".to_owned();
    assert_eq!(
        chart.check(&limits).unwrap_err(),
        "it is no image but application/vnd.cncf.helm.config.v1+json"
    );
    let mut odd = manifest(&[("a", 1)]);
    odd.layers[0].media_type = "text/plain".to_owned();
    assert_eq!(
        odd.check(&limits).unwrap_err(),
        r#"layers of the type "text/plain" are not supported"#
    );
}

#[test]
fn documents_that_are_none() {
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"schemaVersion":1}"#,
        r#"{"schemaVersion":2}"#,
        r#"{"schemaVersion":2,"manifests":5}"#,
    ] {
        assert!(Document::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    let foreign = format!(
        r#"{{"schemaVersion":2,"layers":[],"config":{{"mediaType":"x","size":1,"digest":"{}"}}}}"#,
        "sha512:aa"
    );
    assert!(Document::parse(foreign.as_bytes()).is_err());
}

#[test]
fn the_configuration_says_how_to_run_it() {
    let text = serde_json::json!({"architecture": ARCHITECTURE, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest("a")]},
        "config": {"User": "1000:1000", "Env": ["PATH=/bin", "EMPTY=", "nonsense"], "Cmd": ["sh"], "Entrypoint": null, "WorkingDir": "/srv"}});
    let config = Config::parse(text.to_string().as_bytes()).unwrap();
    let run = config.image_config();
    assert_eq!(
        (run.user.as_str(), run.workdir.as_str(), run.cmd),
        ("1000:1000", "/srv", vec!["sh".to_owned()])
    );
    assert_eq!(
        run.env.into_iter().collect::<Vec<_>>(),
        [("EMPTY".into(), String::new()), ("PATH".into(), "/bin".into())]
    );
    config.check(&manifest(&[("a", 1)])).unwrap();
    assert_eq!(
        config.check(&manifest(&[])).unwrap_err(),
        "it states 1 layers, the manifest 0"
    );
    let other = Config {
        architecture: "s390x".to_owned(),
        ..config
    };
    assert_eq!(
        other.check(&manifest(&[])).unwrap_err(),
        format!("the image is for linux/s390x, this machine is linux/{ARCHITECTURE}")
    );
}
