//! What a registry says about an image: index, manifest, configuration, digests, references.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_image::fuzzing::documents(bytes));
