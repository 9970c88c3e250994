use super::*;

fn account() -> Account {
    Account::parse("Casey+x@example.org").unwrap()
}

#[test]
fn debug_shows_no_address_and_no_key() {
    let key = DeploymentKey::new([7; 32]);
    let keys = Keys::new(&key);
    let shown = format!("{:?} {:?} {key:?} {keys:?}", account(), keys.hashes(&account()));
    for secret in ["casey", "example", "777", "7, 7"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn each_use_has_a_key_of_its_own() {
    let key = DeploymentKey::new([7; 32]);
    assert_eq!(key.expose(), &[7; 32]);
    let keys = Keys::new(&key);
    let Subkeys {
        id,
        tokens,
        addresses,
        invitations,
        join_tickets,
        rest_api,
        accounts,
    } = keys.current.clone();
    let keys_of_uses = [&tokens, &addresses, &invitations, &join_tickets, &rest_api, &accounts];
    let made: std::collections::HashSet<[u8; 32]> = keys_of_uses.map(|key| key.0).into();
    assert_eq!(made.len(), 6);
    assert!(!made.contains(&[7; 32]));
    // Computed with Python: hmac.new(hmac.new(bytes([7]*32), b"arlo-relay/1 accounts", "sha256").digest(),
    // b"casey@example.org", "sha256").hexdigest()[:8], and likewise for the id.
    assert_eq!(keys.hash(&account()).to_string(), "5b85d047");
    assert_eq!(format!("{id:?}"), "key_066e1ab60793eb99");
}

#[test]
fn an_account_is_known_under_the_former_key_too() {
    let (old, new) = (DeploymentKey::new([1; 32]), DeploymentKey::new([2; 32]));
    let before = Keys::new(&old).hash(&account());
    let keys = Keys::new(&new).with_former(&old);
    assert_ne!(keys.hash(&account()), before);
    assert!(keys.hashes(&account()).contains(&before));
    assert!(!Keys::new(&new).hashes(&account()).contains(&before));
    assert_eq!(keys.current_id(), new.id());
    assert_ne!(old.id(), new.id());
}
