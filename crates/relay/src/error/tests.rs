use super::*;

#[test]
fn a_ports_error_says_what_failed_why_and_whether_to_try_again() {
    let source = |error: &dyn StdError| error.source().map(ToString::to_string);
    for (error, retryable, cause) in [
        (PortError::away("the store is away", "a lock"), true, Some("a lock")),
        (PortError::contended("the store is away"), true, None),
        (PortError::broken("the store is away"), false, None),
    ] {
        assert_eq!(error.is_retryable(), retryable, "{error:?}");
        assert_eq!(source(&error).as_deref(), cause, "{error:?}");
        assert_eq!(error.to_string(), "the store is away");
        let refusal = Refusal::from(error);
        assert_eq!(refusal.to_string(), "the store is away");
        assert_eq!(source(&refusal).as_deref(), cause, "{refusal:?}");
    }
    assert_eq!(source(&Refusal::Denied), None);
}
