//! Layers of images: any bytes, unpacked for real. Run as root, so that owners and special files are
//! tried too.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_image::fuzzing::image_layer(bytes));
