use super::*;

/// What `mmdebstrap --verbose` says, shortened.
const SAID: &str = "\
I: running apt-get update...
Get:1 http://mirror.example/debian bookworm InRelease [151 kB]
Get:4 http://mirror.example/debian bookworm/main amd64 Packages [8790 kB]
I: downloading packages with apt...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Need to get 3,759 kB of archives.
Get:1 http://mirror.example/debian bookworm/main amd64 libc6 amd64 2.36-9+deb12u14 [2759 kB]
Get:2 http://mirror.example/debian bookworm/main amd64 tar amd64 1.34+dfsg-1.2+deb12u1 [1.0 MB]
I: installing essential packages...
Unpacking libc6:amd64 (2.36-9+deb12u14) ...
Unpacking tar (1.34+dfsg-1.2+deb12u1) ...
Setting up libc6:amd64 (2.36-9+deb12u14) ...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Need to get 1.5 MB of archives.
Get:1 http://mirror.example/debian bookworm/main amd64 git amd64 1:2.39.5 [1500 kB]
Unpacking git (1:2.39.5) ...
Setting up git (1:2.39.5) ...";

#[test]
fn progress_is_told_in_packages_and_bytes() {
    let mut output = Output::default();
    let told: Vec<Progress> = SAID.lines().filter_map(|line| output.read(line)).collect();
    let messages: Vec<&str> = told.iter().map(|progress| progress.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "fetching package lists",
            "fetching package lists",
            "fetching libc6 (1 of 2)",
            "fetching tar (2 of 2)",
            "unpacking libc6 (1 of 2)",
            "unpacking tar (2 of 2)",
            "setting up libc6 (1 of 2)",
            "fetching git (3 of 3)",
            "unpacking git (3 of 3)",
            "setting up git (2 of 3)",
        ]
    );
    assert_eq!(
        (told[2].done_bytes, told[2].total_bytes),
        (2_759_000, Some(3_759_000))
    );
    assert_eq!(
        (told[7].done_bytes, told[7].total_bytes),
        (5_259_000, Some(5_259_000))
    );
    assert_eq!(output.complaint(), None);
}

#[test]
fn complaints_are_kept_once_each() {
    let mut output = Output::default();
    for line in [
        "E: Unable to locate package gti",
        "E: Unable to locate package gti",
        "Err:1 no route",
        "fine",
    ] {
        output.read(line);
    }
    assert_eq!(
        output.complaint().unwrap(),
        "E: Unable to locate package gti; Err:1 no route"
    );
}

#[test]
fn sizes() {
    for (text, bytes) in [
        ("151 kB", 151_000),
        ("29.7 MB", 29_700_000),
        ("3,759 kB", 3_759_000),
        ("6924 B", 6_924),
    ] {
        assert_eq!(size(text), Some(bytes), "{text}");
    }
    for text in [
        "",
        "kB",
        "1 parsec",
        "x kB",
        "99999999999999999999 GB",
        "18446744073709551615 GB",
        "1. kB",
    ] {
        assert_eq!(size(text), None, "{text}");
    }
}
