use arlo_mail::Code;
use zeroize::ZeroizeOnDrop;

use crate::identity::{AccessToken, RelayLocalPart};
use crate::keys::DeploymentKey;
use crate::poll_key::PollKey;

fn is_wiped<T: ZeroizeOnDrop>() {}

#[test]
fn secrets_are_overwritten_when_they_are_dropped() {
    is_wiped::<DeploymentKey>();
    is_wiped::<Code>();
    is_wiped::<AccessToken>();
    is_wiped::<PollKey>();
    is_wiped::<RelayLocalPart>();
}
