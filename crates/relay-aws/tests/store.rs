//! The store on an emulated AWS: the conformance suite of every store, and what only this one can get wrong.
//!
//! `ARLO_RELAY_TEST_AWS_ENDPOINT` says where the emulator is; without it the tests fail, since a store that was not tested
//! must not pass for one that was. `test.sh` starts one.

#[path = "support/aws.rs"]
mod aws;

use aws::Deployment;
use relay_aws::store::AwsStore;

async fn fresh() -> (AwsStore, Deployment) {
    let deployment = Deployment::fresh().await;
    (deployment.store(), deployment)
}

relay::conformance!(fresh, swept elsewhere);
