//! What needs an emulated AWS. `ARLO_RELAY_TEST_AWS_ENDPOINT` says where it is; without it the tests fail, since what
//! was not tested must not pass for what was. `test.sh` starts one.

// clippy.toml frees test functions of these; what they share is test code too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aws;
mod functions;
mod store;
mod wire;
