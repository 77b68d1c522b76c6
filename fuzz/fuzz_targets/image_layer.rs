//! Layers of images: any bytes, unpacked for real. Run as root in a place of its own, so that
//! owners and special files are tried too.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| toft_image::fuzzing::image_layer(data));
