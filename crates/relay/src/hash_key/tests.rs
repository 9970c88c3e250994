use super::*;

#[test]
fn debug_shows_no_address_and_no_key() {
    let account = Account::parse("casey@example.org").unwrap();
    let key = HashKey::new([7; 32]);
    let shown = format!("{account:?} {:?} {key:?}", key.hash(&account));
    assert!(
        !shown.contains("casey") && !shown.contains("example") && !shown.contains('7'.to_string().repeat(3).as_str())
    );
}

#[test]
fn hash_is_hmac_sha256_of_the_address() {
    // Computed with Python: hmac.new(bytes([7]*32), b"casey@example.org", "sha256").hexdigest()[:8]
    let account = Account::parse("Casey+x@example.org").unwrap();
    assert_eq!(HashKey::new([7; 32]).hash(&account).to_string(), "716442db");
}
