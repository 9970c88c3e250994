use super::*;
use crate::keys::DeploymentKey;
use crate::testing::CountingRandom;

fn id(byte: u8) -> EnrolmentId {
    EnrolmentId::from_bytes([byte; 10])
}

#[test]
fn what_is_made_reads_back() {
    let key = PollKey::generate(id(3), &CountingRandom::default()).unwrap();
    assert_eq!(key.expose().len(), 68);
    assert_eq!(PollKey::parse(key.expose()), Some(key.clone()));
    assert_eq!(key.enrolment(), id(3));
    for text in ["", &"a".repeat(67), &"é".repeat(34), &key.expose().to_uppercase()] {
        assert_eq!(PollKey::parse(text), None, "{text}");
    }
    assert_eq!(format!("{key:?}"), "PollKey(…)");
    assert!(!key.request_id().to_string().contains(key.expose()));
}

#[test]
fn a_request_is_named_in_hex() {
    let id = RequestId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
    assert_eq!(id.to_string(), "req_000102030405060708090a0b0c0d0eff");
    assert_eq!(format!("{id:?}"), id.to_string());
}

#[test]
fn the_rest_api_has_one_key_for_each_account_and_token() {
    let keys = Keys::new(&DeploymentKey::new([1; 32]));
    let [one, two] = ["casey@gmail.com", "robin@example.org"].map(|a| Account::parse(a).unwrap());
    let [old, new] = [[1; 32], [2; 32]].map(TokenHash::from_bytes);
    let key = |account, token| PollKey::for_rest_api(&keys, id(1), account, token);
    assert_eq!(key(&one, &old), key(&one, &old));
    assert_ne!(key(&one, &old), key(&two, &old));
    assert_ne!(key(&one, &old), key(&one, &new));
    assert_ne!(key(&one, &old), PollKey::for_rest_api(&keys, id(2), &one, &old));
}
