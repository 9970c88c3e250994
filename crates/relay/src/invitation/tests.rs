use super::*;
use crate::keys::DeploymentKey;
use crate::testing::CountingRandom;

fn keys(byte: u8) -> Keys {
    Keys::new(&DeploymentKey::new([byte; 32]))
}

fn code() -> InvitationCode {
    let id = InvitationId::generate(&CountingRandom::default()).unwrap();
    InvitationCode::new(&keys(7), id)
}

#[test]
fn a_code_is_recognised_by_the_deployment_that_made_it() {
    let code = code();
    assert_eq!(code.expose().len(), "arelay_invite_".len() + 32);
    let shown = InvitationCode::parse(&format!(" {}\n", code.expose())).unwrap();
    assert_eq!(shown, code);
    assert!(shown.proven(&keys(7)).is_some());
    assert_eq!(shown.proven(&keys(8)), None);
    let after_a_change = keys(8).with_former(&DeploymentKey::new([7; 32]));
    assert_eq!(shown.proven(&after_a_change), shown.proven(&keys(7)));
    assert_eq!(format!("{code:?}"), "InvitationCode(…)");
}

#[test]
fn no_single_change_makes_another_good_code() {
    let code = code();
    let good = code.expose();
    for at in 0..good.len() {
        for other in ["a", "b", "7", "-", "é"] {
            let changed = format!("{}{other}{}", &good[..at], &good[at + 1..]);
            if changed == good {
                continue;
            }
            let proven = InvitationCode::parse(&changed).and_then(|code| code.proven(&keys(7)));
            assert_eq!(proven, None, "{changed}");
        }
        assert_eq!(InvitationCode::parse(&good[..at]), None);
    }
    assert_eq!(InvitationCode::parse(&format!("{good}a")), None);
    assert_eq!(InvitationCode::parse(&good.to_uppercase()), None);
}

#[test]
fn it_is_open_until_it_is_used_up_or_over() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let mut invitation = Invitation {
        id: code().proven(&keys(7)).unwrap(),
        uses: 2,
        used: 1,
        created_at: at(0),
        expires_at: at(10),
    };
    assert!(invitation.is_open(at(9)));
    assert!(!invitation.is_open(at(10)));
    invitation.used = 2;
    assert!(!invitation.is_open(at(9)));
}
