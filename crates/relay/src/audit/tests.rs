use super::*;

#[test]
fn kinds_read_back() {
    let mail = MailEvent::ALL.into_iter().map(AuditKind::Mail);
    for kind in AuditKind::PLAIN.into_iter().chain(mail) {
        assert_eq!(AuditKind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(AuditKind::from_name("?"), None);
}

#[test]
fn a_network_shows_no_address() {
    for (address, network) in [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
    ] {
        let made = ClientNetwork::from_address(address.parse().unwrap());
        assert_eq!(made.to_string(), network);
        assert_eq!(ClientNetwork::parse(network), Some(made));
    }
    for text in ["", "192.0.2.77/24", "192.0.2.0", "192.0.2.0/16", "2001:db8::/64"] {
        assert_eq!(ClientNetwork::parse(text), None, "{text}");
    }
}
