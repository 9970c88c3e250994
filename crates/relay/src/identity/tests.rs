use super::*;
use crate::keys::DeploymentKey;
use crate::testing::CountingRandom;

fn keys(byte: u8) -> Keys {
    Keys::new(&DeploymentKey::new([byte; 32]))
}

fn id() -> EnrolmentId {
    EnrolmentId::from_bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
}

// Both were computed with Python's hmac and base64 from bytes([7] * 32), bytes(range(10)) and bytes(range(16)).
const TOKEN: &str = "arelay_aaaqeayeaudaocajaaaqeayeaudaocajbifqydiob7k3dljosafby36ibu";
const ADDRESS: &str = "aaaqeayeaudaocajaaak72sdftztgsfm";

#[test]
fn tokens_and_addresses_have_the_documented_form() {
    let token = AccessToken::parse(TOKEN).unwrap();
    assert!(token.is_genuine(&keys(7)));
    assert_eq!(token.enrolment(), id());
    assert_eq!(RelayLocalPart::new(&keys(7), id(), 0).expose(), ADDRESS);
    assert_eq!(id().to_string(), "aaaqeayeaudaocaj");
    assert_eq!(EnrolmentId::parse("aaaqeayeaudaocaj"), Some(id()));
    assert_eq!(EnrolmentId::parse("AAAQEAYEAUDAOCAJ"), None);
}

#[test]
fn what_is_made_reads_back() {
    let (keys, random) = (keys(1), CountingRandom::default());
    let id = EnrolmentId::generate(&random).unwrap();
    let token = AccessToken::generate(&keys, id, &random).unwrap();
    assert_eq!(AccessToken::parse(token.expose()), Some(token.clone()));
    assert!(token.is_genuine(&keys) && token.enrolment() == id);
    assert_ne!(token, AccessToken::generate(&keys, id, &random).unwrap());
    for version in [0, 1, 255] {
        let address = RelayLocalPart::new(&keys, id, version);
        let read = RelayLocalPart::parse(&address.expose().to_uppercase()).unwrap();
        assert_eq!(read, address);
        assert!(read.is_genuine(&keys) && read.enrolment() == id && read.version() == version);
    }
}

#[test]
fn what_cannot_have_been_made_is_refused() {
    for text in [
        "",
        "arelay_",
        "arelay_short",
        &"a".repeat(65),
        &TOKEN.to_uppercase(),
        &TOKEN[..64],
        &format!("{TOKEN}a"),
    ] {
        assert_eq!(AccessToken::parse(text), None, "{text}");
    }
    for text in ["postmaster", "", &ADDRESS[1..], &format!("{ADDRESS}a"), &"é".repeat(16)] {
        assert_eq!(RelayLocalPart::parse(text), None, "{text}");
    }
}

#[test]
fn another_deployments_are_not_genuine() {
    let (old, new) = (DeploymentKey::new([1; 32]), DeploymentKey::new([2; 32]));
    let token = AccessToken::generate(&Keys::new(&old), id(), &CountingRandom::default()).unwrap();
    let address = RelayLocalPart::new(&Keys::new(&old), id(), 0);
    assert!(!token.is_genuine(&Keys::new(&new)) && !address.is_genuine(&Keys::new(&new)));
    let both = Keys::new(&new).with_former(&old);
    assert!(token.is_genuine(&both) && address.is_genuine(&both));
    // The same key twice proves no less.
    let twice = Keys::new(&old).with_former(&old);
    assert!(token.is_genuine(&twice) && address.is_genuine(&twice));
}

#[test]
fn no_changed_bit_goes_unseen() {
    let flip = |text: &str, place: usize| {
        let mut bytes = data_encoding::BASE32_NOPAD
            .decode(text.to_uppercase().as_bytes())
            .unwrap();
        bytes[place / 8] ^= 1 << (place % 8);
        base32::encode(&bytes)
    };
    for place in 0..TOKEN_BYTES * 8 {
        let token = TOKEN_PREFIX.to_owned() + &flip(&TOKEN[TOKEN_PREFIX.len()..], place);
        assert!(!AccessToken::parse(&token).unwrap().is_genuine(&keys(7)), "{place}");
    }
    for place in 0..ADDRESS_BYTES * 8 {
        let address = flip(ADDRESS, place);
        assert!(
            !RelayLocalPart::parse(&address).unwrap().is_genuine(&keys(7)),
            "{place}"
        );
    }
}

#[test]
fn no_secret_is_shown() {
    let token = AccessToken::parse(TOKEN).unwrap();
    let address = RelayLocalPart::parse(ADDRESS).unwrap();
    let shown = format!("{token:?} {:?} {address:?} {:?}", token.hash(), token.enrolment());
    assert_eq!(shown, "AccessToken(…) TokenHash(…) RelayLocalPart(…) aaaqeayeaudaocaj");
}
