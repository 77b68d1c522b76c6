//! What stands behind the question mark, and in the heads that choose an answer: selectors,
//! parameters of lists and deletes, ranges, forms.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_server::fuzzing::query(bytes));
