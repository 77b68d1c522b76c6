//! Names, quantities, labels and `${NAME}` as people write them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_model::fuzzing::text(bytes));
