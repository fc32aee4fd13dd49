#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| balcony_fuzz::run("config", input));
