use super::*;
use crate::testing::CountingRandom;

#[test]
fn what_is_made_reads_back() {
    let random = CountingRandom::default();
    let token = AccessToken::generate(&random).unwrap();
    assert!(token.expose().starts_with("arelay_") && token.expose().len() == 59);
    assert_eq!(AccessToken::parse(token.expose()), Some(token.clone()));
    let key = PollKey::generate(&random).unwrap();
    assert_eq!(PollKey::parse(key.expose()), Some(key));
    let local_part = RelayLocalPart::generate(&random).unwrap();
    assert_eq!(
        RelayLocalPart::parse(&local_part.expose().to_uppercase()),
        Some(local_part)
    );
}

#[test]
fn what_was_not_made_here_is_refused() {
    for text in [
        "",
        "arelay_",
        "arelay_short",
        &"a".repeat(59),
        &format!("arelay_{}", "A".repeat(52)),
    ] {
        assert_eq!(AccessToken::parse(text), None, "{text}");
    }
    assert_eq!(PollKey::parse(&"a".repeat(51)), None);
    assert_eq!(PollKey::parse(&"é".repeat(26)), None);
    assert_eq!(RelayLocalPart::parse("postmaster"), None);
}

#[test]
fn no_secret_is_shown() {
    let random = CountingRandom::default();
    let token = AccessToken::generate(&random).unwrap();
    let key = PollKey::generate(&random).unwrap();
    let local_part = RelayLocalPart::generate(&random).unwrap();
    let shown = format!("{token:?} {:?} {key:?} {local_part:?}", token.hash());
    assert_eq!(shown, "AccessToken(…) TokenHash(…) PollKey(…) RelayLocalPart(…)");
    assert!(!key.request_id().to_string().contains(key.expose()));
}

#[test]
fn the_rest_api_has_one_key_for_each_account_and_token() {
    let (hash_key, random) = (HashKey::new([1; 32]), CountingRandom::default());
    let [one, two] = ["casey@gmail.com", "robin@example.org"].map(|a| Account::parse(a).unwrap());
    let [old, new] = [(); 2].map(|()| AccessToken::generate(&random).unwrap().hash());
    let key = |account, token| PollKey::for_rest_api(&hash_key, account, token);
    assert_eq!(key(&one, &old), key(&one, &old));
    assert_ne!(key(&one, &old), key(&two, &old));
    assert_ne!(key(&one, &old), key(&one, &new));
}
