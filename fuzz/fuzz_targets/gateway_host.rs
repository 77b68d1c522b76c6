//! What browsers say about where they go: hosts, labels, domains, and the queries of a sign-in.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_gateway::fuzzing::host(bytes));
