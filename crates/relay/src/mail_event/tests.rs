use super::*;

#[test]
fn events_read_back() {
    for event in MailEvent::ALL {
        assert_eq!(MailEvent::from_name(event.name()), Some(event));
    }
    assert_eq!(MailEvent::from_name("?"), None);
}
