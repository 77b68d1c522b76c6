use super::*;
use crate::meta::{ObjectMeta, Resource};

fn fields(source: ImageSource) -> Vec<String> {
    let image = Image::new(
        ObjectMeta {
            name: "base".into(),
            ..ObjectMeta::default()
        },
        ImageSpec { source },
    );
    image.validate().map_or_else(
        |invalid| invalid.causes.into_iter().map(|cause| cause.field).collect(),
        |()| Vec::new(),
    )
}

#[test]
fn exactly_one_source_is_asked_for() {
    let oci = Some(OciSource {
        reference: "registry.example/a:1".into(),
    });
    let debian = Some(DebianSource {
        suite: "bookworm".into(),
        packages: vec!["g++".into()],
    });
    assert!(
        fields(ImageSource {
            oci: oci.clone(),
            debian: None
        })
        .is_empty()
    );
    assert!(
        fields(ImageSource {
            oci: None,
            debian: debian.clone()
        })
        .is_empty()
    );
    assert_eq!(fields(ImageSource { oci, debian }), ["spec.source"]);
    assert_eq!(fields(ImageSource::default()), ["spec.source"]);
}

#[test]
fn nothing_that_could_be_an_option_passes_as_a_package() {
    let debian = Some(DebianSource {
        suite: "--mode=root".into(),
        packages: vec!["-o".into(), "git".into()],
    });
    assert_eq!(
        fields(ImageSource { oci: None, debian }),
        ["spec.source.debian.suite", "spec.source.debian.packages[0]"]
    );
}
