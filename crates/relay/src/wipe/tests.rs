use arlo_mail::Code;
use zeroize::ZeroizeOnDrop;

use crate::hash_key::HashKey;
use crate::secret::{AccessToken, PollKey, RelayLocalPart};

fn is_wiped<T: ZeroizeOnDrop>() {}

#[test]
fn secrets_are_overwritten_when_they_are_dropped() {
    is_wiped::<HashKey>();
    is_wiped::<Code>();
    is_wiped::<AccessToken>();
    is_wiped::<PollKey>();
    is_wiped::<RelayLocalPart>();
}
