//! What an account is given, what of it is kept, and what a password costs.

use crate::ningbo::scene::{HEART_THROB, KEPT, LOT_ID, account, account_with, fields, now, post, record};
use bowei_encoding::password::COST;
use bowei_model::{Heartbeat, LotKind, Report};
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bowei_standards::ningbo::Ningbo;
use bowei_standards::{LotSide, PlatformSide};
use serde_json::json;

#[test]
fn a_new_account_is_given_everything_and_its_password_is_not_kept() {
    let issued = Ningbo.issue(&fields(&[])).unwrap();
    assert!(issued.kept["portname"].starts_with("nb-"));
    let password = &issued.handed_out["portpwd"];
    assert_eq!((password.len(), issued.generated.as_slice()), (24, &["portpwd"][..]));
    let kept: Vec<_> = issued.kept.keys().map(String::as_str).collect();
    assert_eq!(kept, ["portname", "portpwd_argon2"]);
    assert!(issued.kept["portpwd_argon2"].starts_with("$argon2id$"));
    assert!(Ningbo.credential(&issued.kept).is_ok());
    assert!(Ningbo.own_credential(&issued.handed_out).is_ok());
    assert!(Ningbo.same_credential(&issued.handed_out, &issued.kept));
}

#[test]
fn what_is_kept_is_taken_again_and_a_clear_password_wins_over_it() {
    let issued = Ningbo.issue(&KEPT).unwrap();
    assert_eq!(issued.kept, *KEPT);
    assert!(issued.generated.is_empty() && !issued.handed_out.contains_key("portpwd"));

    let mut given = KEPT.clone();
    given.insert("portpwd".to_owned(), "another".to_owned());
    assert!(!Ningbo.same_credential(&given, &KEPT));
    let issued = Ningbo.issue(&given).unwrap();
    assert_ne!(issued.kept["portpwd_argon2"], KEPT["portpwd_argon2"]);
    assert!(Ningbo.same_credential(&fields(&[("portpwd", "another")]), &issued.kept));
}

#[test]
fn the_same_is_told_from_another() {
    for (given, same) in [
        (fields(&[]), true),
        (fields(&[("portname", "admin"), ("portpwd", "123456")]), true),
        (KEPT.clone(), true),
        (fields(&[("portname", "admin2"), ("portpwd", "123456")]), false),
        (fields(&[("portpwd", "1234567")]), false),
        (fields(&[("portpwd", "e10adc3949ba59abbe56e057f20f883e")]), false),
        (fields(&[("portpwd_argon2", "$argon2id$")]), false),
        (fields(&[("colour", "red")]), false),
    ] {
        assert_eq!(Ningbo.same_credential(&given, &KEPT), same, "{:?}", given.keys());
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (field, value) in [
        ("portname", " "),
        ("portname", &"a".repeat(129)),
        ("portname", "a\nb"),
        ("portpwd", ""),
        ("portpwd", &"p".repeat(1_025)),
        ("portpwd_argon2", "e10adc3949ba59abbe56e057f20f883e"),
    ] {
        let fault = Ningbo.issue(&fields(&[(field, value)])).expect_err(field);
        assert_eq!(fault.field, field);
    }
    assert_eq!(Ningbo.credential(&fields(&[("portname", "a")])).err().unwrap().field, "portpwd_argon2");
    assert_eq!(Ningbo.own_credential(&KEPT).err().unwrap().field, "portpwd");
}

#[test]
fn only_the_first_right_password_and_wrong_ones_cost() {
    let fresh = || Ningbo.credential(&KEPT).unwrap();
    let envelope = |password: &str| {
        let mut body = record(json!({}));
        body["portpwd"] = json!(password);
        Ningbo.read(post(HEART_THROB, body.to_string())).unwrap()
    };
    let account = account_with(vec![fresh()]);
    let right = envelope("E10ADC3949BA59ABBE56E057F20F883E");
    assert_eq!(right.cost_of_authentication(None), 0);
    assert!(right.authenticate(None, now()).is_err());
    assert_eq!(right.cost_of_authentication(Some(&account)), COST);
    right.authenticate(Some(&account), now()).unwrap();
    assert_eq!(right.cost_of_authentication(Some(&account)), 0);
    assert_eq!(envelope("e10adc3949ba59abbe56e057f20f883e").cost_of_authentication(Some(&account)), 0);
    let wrong = envelope("00000000000000000000000000000000");
    assert_eq!(wrong.cost_of_authentication(Some(&account)), COST);
    assert!(wrong.authenticate(Some(&account), now()).is_err());
}

#[test]
fn during_a_rotation_both_passwords_are_right() {
    let new = Ningbo.issue(&fields(&[("portname", "admin"), ("portpwd", "新密码")])).unwrap().kept;
    let account = account_with(vec![Ningbo.credential(&new).unwrap(), Ningbo.credential(&KEPT).unwrap()]);
    for (password, right) in [("新密码", true), ("123456", true), ("旧密码", false)] {
        let own = fields(&[("portname", "admin"), ("portpwd", password)]);
        let own = Ningbo.own_credential(&own).unwrap();
        let report = Report::Heartbeat(Heartbeat { lot: None });
        let outgoing =
            Outgoing { report: &report, lot_id: LOT_ID, lot_kind: LotKind::OffStreet, picture: None };
        let sealed = Ningbo.seal(outgoing, own.as_ref(), now()).unwrap();
        let envelope = Ningbo.read(sealed.request).unwrap();
        assert_eq!(envelope.authenticate(Some(&account), now()).is_ok(), right, "{password}");
        if right {
            assert_eq!(envelope.cost_of_authentication(Some(&account)), 0);
        }
    }
}

#[test]
fn an_account_without_credentials_lets_nobody_in() {
    let envelope = Ningbo.read(post(HEART_THROB, record(json!({})).to_string())).unwrap();
    assert!(envelope.authenticate(Some(&account_with(Vec::new())), now()).is_err());
}

#[test]
fn a_platform_s_credential_does_not_seal() {
    let report = Report::Heartbeat(Heartbeat { lot: None });
    let outgoing = Outgoing { report: &report, lot_id: LOT_ID, lot_kind: LotKind::OffStreet, picture: None };
    let result = Ningbo.seal(outgoing, account().credentials[0].as_ref(), now());
    assert_eq!(result.unwrap_err(), CannotSeal::Credential { field: "portpwd" });
}
