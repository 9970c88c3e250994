//! Which mail the operator is sent.

use super::*;
use crate::operator_mail::MAX_ORIGINAL;

impl Setup {
    async fn to_postmaster(&self, raw: &[u8]) -> Receipt {
        let delivery = Delivery {
            reverse_path: None,
            client: None,
            raw: &Bytes::copy_from_slice(raw),
        };
        receive(&self.relay, "postmaster@relay.example", delivery, &nothing()).await
    }

    fn forwarded(&self) -> usize {
        self.relay.store().forwarded().len()
    }
}

#[tokio::test]
async fn the_relays_own_mail_and_what_is_too_long_is_not_sent() {
    let setup = Setup::new().await;
    let receipt = setup.to_postmaster(b"Subject: hello\r\n\r\n").await;
    assert_eq!((receipt.outcome(), receipt.event), ("handed-on", None));
    assert_eq!(setup.forwarded(), 1);
    setup.to_postmaster(b"X-Arlo-Relay-Loop: forwarded\r\n\r\n").await;
    setup.to_postmaster(b"Auto-Submitted: auto-replied\r\n\r\n").await;
    setup.to_postmaster(&vec![b'x'; MAX_ORIGINAL + 1]).await;
    assert_eq!(setup.forwarded(), 1);
    setup.to_postmaster(&vec![b'x'; MAX_ORIGINAL]).await;
    assert_eq!(setup.forwarded(), 2);
}

#[tokio::test]
async fn without_an_operator_nothing_is_sent() {
    let mut setup = Setup::new().await;
    setup.relay.forwards = false;
    setup.to_postmaster(b"Subject: hello\r\n\r\n").await;
    let order = TestMail {
        from: "shop@example.org",
        ..code_mail("")
    };
    assert_eq!(setup.to_own_address(&order).await.event, Some(MailEvent::NotFromArlo));
    setup.to_shared_address(&order, &nothing()).await;
    assert_eq!(setup.forwarded(), 0);
}

#[test]
fn an_outcome_has_one_word() {
    let id = crate::EnrolmentId::from_bytes([7; 10]);
    for event in MailEvent::ALL {
        assert_eq!(Receipt::counted(event, id).outcome(), event.name());
    }
}
