//! What workspaces send to the name forwarder, and what resolvers answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| toft_network::fuzzing::dns_question(bytes));
