//! Layers that mean harm: each is refused with its path, and nothing outside is touched.

use super::*;

fn refusal(archive: Archive) -> String {
    let text = Ground::new().refused(&[archive.end()]);
    text.strip_prefix("layer layer-0 refused at ")
        .unwrap_or(&text)
        .to_owned()
}

#[test]
fn names_that_lead_out() {
    for name in ["../x", "a/../../x", "a/..", "..", "/etc/passwd", "//x", "/../x"] {
        let text = refusal(Archive::new().dir("a").file(name, "x"));
        let reason = if name.starts_with('/') {
            "the path is absolute"
        } else {
            "the path contains `..`"
        };
        assert_eq!(text, format!("{name:?}: {reason}; nothing of the image was kept"));
    }
}

#[test]
fn writing_through_a_link_that_leads_out() {
    for target in [
        "../outside",
        "/../../outside",
        "../../../../../../../../tmp",
        "/proc/self/root/tmp",
        "/proc/self/cwd",
    ] {
        let layer = Archive::new()
            .symlink("link", target)
            .file("link/evil", "x")
            .end();
        let ground = Ground::new();
        // Inside the root the target does not exist.
        let text = ground.refused(&[layer]);
        assert!(text.contains(r#"refused at "link/evil": failed to "#), "{text}");
    }
}

#[test]
fn replacing_a_file_through_a_link_that_leads_out() {
    let ground = Ground::new();
    let target = ground.outside().join("secret");
    let layer = Archive::new()
        .symlink("link", target.to_str().unwrap())
        .file("link", "mine")
        .end();
    ground.unpack(&[layer]).unwrap();
    ground.outside_is_untouched();
    assert_eq!(ground.read("link"), "mine");
}

#[test]
fn hard_links_that_lead_out() {
    let text = refusal(Archive::new().hard_link("x", "/etc/passwd"));
    assert!(text.starts_with(r#""x": the path is absolute"#), "{text}");
    let text = refusal(Archive::new().hard_link("x", "../outside/secret"));
    assert!(text.starts_with(r#""x": the path contains `..`"#), "{text}");
    let ground = Ground::new();
    let outside = ground.outside();
    let layer = Archive::new()
        .symlink("d", outside.to_str().unwrap())
        .hard_link("x", "d/secret")
        .end();
    let text = ground.refused(&[layer]);
    assert!(
        text.contains(r#""x": failed to find the link's target"#),
        "{text}"
    );
}

#[test]
fn a_hard_link_to_a_link_is_not_followed() {
    let ground = Ground::new();
    let secret = ground.outside().join("secret");
    let layer = Archive::new()
        .symlink("s", secret.to_str().unwrap())
        .hard_link("h", "s")
        .file("h", "mine")
        .end();
    ground.unpack(&[layer]).unwrap();
    ground.outside_is_untouched();
}

#[test]
fn device_nodes_sockets_and_the_unknown() {
    for kind in [EntryType::Char, EntryType::Block] {
        let text = refusal(Archive::new().entry("dev/sda", kind, b"", |header| {
            header.set_device_major(8).unwrap();
            header.set_device_minor(0).unwrap();
        }));
        assert!(
            text.starts_with(r#""dev/sda": device nodes are not allowed in an image"#),
            "{text}"
        );
    }
    // What overlayfs itself uses as a whiteout.
    let text = refusal(Archive::new().entry("hidden", EntryType::Char, b"", |_| {}));
    assert!(
        text.starts_with(r#""hidden": device nodes are not allowed"#),
        "{text}"
    );
    let text = refusal(Archive::new().entry("what", EntryType::new(b'Z'), b"", |_| {}));
    assert!(
        text.starts_with(r#""what": entries of an unknown type are not allowed"#),
        "{text}"
    );
}

#[test]
fn whiteouts_with_evil_names() {
    for name in [".wh.", "a/.wh.", ".wh..", ".wh...", ".wh.a/b", ".wh.a/.wh.b"] {
        let text = refusal(Archive::new().dir("a").file(name, ""));
        assert_eq!(
            text,
            format!("{name:?}: malformed whiteout; nothing of the image was kept")
        );
    }
    let ground = Ground::new();
    let layer = Archive::new()
        .symlink("out", "../outside")
        .file("out/.wh.secret", "")
        .file("out/.wh..wh..opq", "");
    ground.unpack(&[layer.end()]).unwrap();
    ground.outside_is_untouched();
}

#[test]
fn bombs() {
    let zeros = vec![0; 80 << 20];
    let archive = Archive::new()
        .entry("zeros", EntryType::Regular, &zeros, |_| {})
        .end();
    for layer in [gzip(&archive), zstd(&archive)] {
        let ground = Ground::limited(|limits| limits.ratio = 2);
        let text = ground.refused(&[layer]);
        assert!(
            text.contains(r#"refused at "zeros": unpacks to more than 67108864 bytes"#),
            "{text}"
        );
    }
}

#[test]
fn sizes_that_lie() {
    let text =
        refusal(Archive::new().entry("huge", EntryType::Regular, b"", |header| header.set_size(1 << 50)));
    assert!(
        text.starts_with(r#""huge": exceeds the limit of 68719476736 bytes unpacked"#),
        "{text}"
    );
    let text = refusal(
        Archive::new()
            .pax(&[("size", b"18446744073709551615")])
            .file("huge", ""),
    );
    assert!(text.contains("an entry's size is absurd"), "{text}");
    let text = refusal(
        Archive::new().entry("short", EntryType::Regular, b"abc", |header| {
            header.set_size(5000);
        }),
    );
    assert!(
        text.contains("malformed archive: the archive ends in the middle"),
        "{text}"
    );
}

#[test]
fn extended_headers_that_lie() {
    let text = refusal(Archive::new().entry("x", EntryType::GNULongName, b"", |header| {
        header.set_size(4 << 30);
    }));
    assert!(
        text.contains("exceeds the limit of 1048576 bytes in an extended header"),
        "{text}"
    );
    let text = refusal(
        Archive::new()
            .entry("x", EntryType::XHeader, b"99999 path=x\n", |_| {})
            .file("y", ""),
    );
    assert!(text.contains("an extended header cannot be read"), "{text}");
    let many = (0..20).fold(Archive::new(), |archive, _| archive.pax(&[("path", b"x")]));
    assert!(refusal(many.file("y", "")).contains("exceeds the limit of 8 extended headers"));
    let text = refusal(Archive::new().pax(&[("path", b"a\0b")]).file("y", ""));
    assert!(text.contains("the name contains a NUL byte"), "{text}");
    let text = refusal(Archive::new().pax(&[("GNU.sparse.major", b"1")]).file("y", ""));
    assert!(text.contains("sparse files are not allowed"), "{text}");
    let text = refusal(Archive::new().entry("sparse", EntryType::GNUSparse, b"", |_| {}));
    assert!(text.contains("sparse files are not allowed"), "{text}");
}

#[test]
fn too_many_too_deep_too_long() {
    let many = (0..200).fold(Archive::new(), |archive, index| {
        archive.file(&format!("f{index}"), "")
    });
    let text = Ground::limited(|limits| limits.entries = 100).refused(&[many.end()]);
    assert!(
        text.contains(r#"refused at "f100": exceeds the limit of 100 files"#),
        "{text}"
    );

    let deep = "d/".repeat(300);
    let text = refusal(Archive::new().pax(&[("path", deep.as_bytes())]).dir("x"));
    assert!(text.contains("the path is deeper than 200 directories"), "{text}");
    let long = "x".repeat(300);
    let text = refusal(Archive::new().pax(&[("path", long.as_bytes())]).file("x", ""));
    assert!(text.contains("the name is longer than 255 bytes"), "{text}");
    let text = refusal(
        Archive::new()
            .pax(&[("linkpath", &[b'x'; 5000])])
            .symlink("x", ""),
    );
    assert!(text.contains("the name is longer than 4000 bytes"), "{text}");
}

/// Each name is short enough; a link that leads to the end of the last one makes the tree deep.
#[test]
fn deep_by_links() {
    let path = "d/".repeat(40);
    let mut archive = Archive::new();
    for round in 0..8 {
        let base = if round == 0 {
            String::new()
        } else {
            format!("l{}/", round - 1)
        };
        archive = archive
            .pax(&[("path", format!("{base}{path}x").as_bytes())])
            .file("x", "");
        archive = archive
            .pax(&[("linkpath", format!("{base}{path}").as_bytes())])
            .symlink(&format!("l{round}"), "");
    }
    let text = refusal(archive);
    assert!(text.contains("the path is deeper than 200 directories"), "{text}");
}

#[test]
fn owners_outside_a_workspace() {
    let text = refusal(Archive::new().entry("x", EntryType::Regular, b"", |header| header.set_uid(65_536)));
    assert!(
        text.starts_with(r#""x": exceeds the limit of 65536 ids of owners"#),
        "{text}"
    );
    let text = refusal(Archive::new().pax(&[("gid", b"4294967295")]).file("x", ""));
    assert!(
        text.starts_with(r#""x": exceeds the limit of 65536 ids of owners"#),
        "{text}"
    );
}

#[test]
fn archives_that_are_none() {
    let mut damaged = Archive::new().file("a", "content").end();
    damaged[0] = b'b';
    let text = Ground::new().refused(&[damaged]);
    assert!(text.contains("a header's checksum is wrong"), "{text}");
    let mut two = Archive::new().file("a", "").raw(&[0; 512]);
    two = two.file("b", "");
    assert!(refusal(two).contains("content after the end of the archive"));
    let mut cut = gzip(&Archive::new().file("a", "content").end());
    cut.truncate(cut.len() - 20);
    assert!(Ground::new().unpack(&[cut]).is_err());
    assert!(refusal(Archive::new().symlink("./", "/")).contains("in place of the root"));
}
