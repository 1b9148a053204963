//! What an operator is given, and that two keys are good while one takes over from the other.

use crate::yunkuaichong::scene::{RECORD, account_with, deliver_to, fields, kept, known, now, post};
use bowei_standards::yunkuaichong::Yunkuaichong;
use bowei_standards::{LotSide, PlatformSide};

#[test]
fn a_new_account_is_given_everything() {
    let issued = Yunkuaichong.issue(&fields(&[])).unwrap();
    assert!(issued.kept["port_name"].starts_with("ykc-"));
    assert_eq!((issued.kept["key"].len(), issued.generated.as_slice()), (32, &["key"][..]));
    assert_eq!(issued.kept, issued.handed_out);
    assert!(Yunkuaichong.credential(&issued.kept).is_ok());
    assert!(Yunkuaichong.own_credential(&issued.handed_out).is_ok());
    assert!(Yunkuaichong.same_credential(&issued.handed_out, &issued.kept));
}

#[test]
fn what_is_given_is_taken_and_told_from_another() {
    let issued = Yunkuaichong.issue(&kept()).unwrap();
    assert!(issued.kept == kept() && issued.generated.is_empty());
    assert!(Yunkuaichong.same_credential(&fields(&[("key", "k-9d2f")]), &kept()));
    assert!(!Yunkuaichong.same_credential(&fields(&[("key", "k-9d2e")]), &kept()));
    for (field, value) in [("port_name", " "), ("key", ""), ("key", "a\nb"), ("port_name", &"a".repeat(129))]
    {
        assert_eq!(Yunkuaichong.issue(&fields(&[(field, value)])).expect_err(field).field, field);
    }
    assert_eq!(Yunkuaichong.credential(&fields(&[("port_name", "a")])).err().unwrap().field, "key");
}

#[test]
fn during_a_rotation_both_keys_are_right() {
    let key = |key| Yunkuaichong.credential(&fields(&[("port_name", "ykc-gate"), ("key", key)])).unwrap();
    let message = || post(RECORD, known("charging record, empty spaceNo").to_string());
    assert!(deliver_to(message(), &account_with(vec![key("new"), key("k-9d2f")])).is_ok());
    assert!(deliver_to(message(), &account_with(vec![key("new")])).is_err());
    assert!(deliver_to(message(), &account_with(Vec::new())).is_err());
    assert!(Yunkuaichong.read(message()).unwrap().authenticate(None, now()).is_err());
}

#[test]
fn a_record_is_checked_on_the_spot_and_a_huge_body_waits_its_turn() {
    let account = account_with(vec![Yunkuaichong.credential(&kept()).unwrap()]);
    let cost = |extra: usize| {
        let mut record = known("charging record, empty spaceNo");
        record["extra"] = "x".repeat(extra).into();
        Yunkuaichong.read(post(RECORD, record.to_string())).unwrap().cost_of_authentication(Some(&account))
    };
    assert_eq!((cost(1), cost(1_000_000)), (0, 7));
}
