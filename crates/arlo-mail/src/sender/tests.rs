use super::*;

#[test]
fn an_alias_stands_for_one_writer() {
    let arlo = Sender::parse("Lark+do_not_reply.at.arlo.com+Q7@Hide.example").unwrap();
    assert_eq!(arlo.as_str(), "Lark+do_not_reply.at.arlo.com+Q7@hide.example");
    let senders = Senders::default().with(arlo);
    for (address, expected) in [
        ("Lark+do_not_reply.at.arlo.com+Q7@hide.example", true),
        ("Lark+do_not_reply.at.arlo.com+Q7@HIDE.example", true),
        ("Lark+do_not_reply.at.arlo.com+q7@hide.example", false),
        ("lark+do_not_reply.at.arlo.com+Q7@hide.example", false),
        ("lark+service.at.shop.example+z2@hide.example", false),
        ("lark@hide.example", false),
        ("lark+do_not_reply.at.arlo.com@hide.example", false),
        ("do_not_reply@arlo.com", true),
        ("Do_Not_Reply@ARLO.com", true),
        ("do_not_reply+x@arlo.com", false),
    ] {
        assert_eq!(
            senders.contains(&Sender::parse(address).unwrap()),
            expected,
            "{address}"
        );
    }
}

#[test]
fn a_dot_tells_two_senders_apart_where_it_does_not_tell_two_mailboxes() {
    let [a, b] = ["al.ias@gmail.com", "alias@gmail.com"].map(|text| Author::parse(text).unwrap());
    assert!(a.account == b.account && a.sender != b.sender);
}
