//! What an account is given, what of it is kept, and what of it is taken.

use crate::shenzhen::scene::{CREDENTIAL, KEPT, PASSWORD, SM4_KEY, fields, given, now};
use bowei_model::{Heartbeat, LotKind, Report};
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bowei_standards::shenzhen::Shenzhen;
use bowei_standards::{LotSide, PlatformSide};

#[test]
fn a_new_account_is_given_a_name_and_a_password() {
    let issued = Shenzhen.issue(&fields(&[])).unwrap();
    let user_id = &issued.kept["user_id"];
    assert!(user_id.starts_with("sz-") && user_id.len() == 19, "{user_id}");
    assert_eq!(issued.generated, ["password"]);
    let told: Vec<_> = issued.handed_out.keys().map(String::as_str).collect();
    assert_eq!(told, ["password", "user_id"]);
    let kept: Vec<_> = issued.kept.keys().map(String::as_str).collect();
    assert_eq!(kept, ["password_argon2", "user_id"]);
    assert!(issued.kept["password_argon2"].starts_with("$argon2id$"));
    assert!(Shenzhen.credential(&issued.kept).is_ok());
    assert!(Shenzhen.own_credential(&issued.handed_out).is_ok());
}

#[test]
fn the_clear_password_is_told_and_not_kept() {
    let issued = Shenzhen.issue(&given()).unwrap();
    assert_eq!(issued.handed_out["password"], PASSWORD);
    assert_eq!(issued.kept["callback_url"], "http://127.0.0.1:7001");
    assert!(!format!("{:?}", issued.kept).contains(PASSWORD));
    assert!(issued.generated.is_empty());
}

#[test]
fn a_file_that_changes_something_else_keeps_the_password() {
    let mut changed = KEPT.clone();
    changed.insert("callback_url".to_owned(), "https://lot.example/park".to_owned());
    let issued = Shenzhen.issue(&changed).unwrap();
    assert_eq!(issued.kept["password_argon2"], KEPT["password_argon2"]);
    assert!(!issued.handed_out.contains_key("password"));
    // A clear password beside the hash is a new one.
    changed.insert("password".to_owned(), "newer".to_owned());
    let issued = Shenzhen.issue(&changed).unwrap();
    assert_ne!(issued.kept["password_argon2"], KEPT["password_argon2"]);
    assert_eq!(issued.handed_out["password"], "newer");
}

#[test]
fn what_is_given_again_asks_for_nothing() {
    let same = |change: &dyn Fn(&mut bowei_standards::platform_side::Fields)| {
        let mut asked = given();
        change(&mut asked);
        Shenzhen.same_credential(&asked, &KEPT)
    };
    let set = |field: &'static str, value: &'static str| {
        move |asked: &mut bowei_standards::platform_side::Fields| {
            drop(asked.insert(field.to_owned(), value.to_owned()));
        }
    };
    assert!(same(&|_| ()));
    assert!(same(&|asked| drop(asked.remove("password"))));
    assert!(same(&set("sm4_key_hex", "0123456789ABCDEFFEDCBA9876543210")));
    assert!(!same(&set("password", "newer")));
    assert!(!same(&set("user_id", "sz-0002")));
    assert!(!same(&set("callback_url", "http://127.0.0.1:7002")));
    assert!(!same(&set("sm4_key_hex", "00000000000000000000000000000000")));
    assert!(Shenzhen.same_credential(&KEPT, &KEPT));
}

#[test]
fn what_cannot_be_used_is_named() {
    for (field, value) in [
        ("user_id", ""),
        ("user_id", "sz 0001"),
        ("user_id", &"s".repeat(33)),
        ("password", " "),
        ("password", &"p".repeat(129)),
        ("password", "a\nb"),
        ("sm4_key_hex", "0123"),
        ("sm4_key_hex", "0123456789abcdeffedcba987654321x"),
        ("callback_url", "ftp://lot.example"),
        ("callback_url", "lot.example"),
        ("callback_url", "http://lot.example/?a=b"),
    ] {
        let mut asked = given();
        asked.insert(field.to_owned(), value.to_owned());
        let fault = Shenzhen.issue(&asked).expect_err(field);
        assert_eq!(fault.field, field, "{fault}");
        assert!(!fault.problem.contains(SM4_KEY) && !fault.problem.contains(PASSWORD));
    }
    let kept = fields(&[("user_id", "sz-0001"), ("password_argon2", "e10adc3949ba59abbe56e057f20f883e")]);
    assert_eq!(Shenzhen.credential(&kept).err().unwrap().field, "password_argon2");
    assert_eq!(Shenzhen.issue(&kept).err().unwrap().field, "password_argon2");
    assert_eq!(Shenzhen.credential(&fields(&[("user_id", "x")])).err().unwrap().field, "password_argon2");
}

#[test]
fn a_lot_that_encrypts_needs_the_key() {
    let own = |pairs: &[(&str, &str)]| {
        let mut own = fields(&[("user_id", "sz-0001"), ("password", PASSWORD)]);
        own.extend(fields(pairs));
        Shenzhen.own_credential(&own).err().map(|fault| fault.field)
    };
    assert_eq!(own(&[("encrypted", "0")]), Some("encrypted"));
    assert_eq!(own(&[("encrypted", "yes"), ("sm4_key_hex", SM4_KEY)]), Some("encrypted"));
    assert_eq!(own(&[("encrypted", "0"), ("sm4_key_hex", SM4_KEY)]), None);
    assert_eq!(own(&[("encrypted", "1")]), None);
}

#[test]
fn a_platform_s_account_does_not_seal() {
    let report = Report::Heartbeat(Heartbeat { lot: None });
    let outgoing = Outgoing { report: &report, lot_id: "x", lot_kind: LotKind::OffStreet, picture: None };
    let result = Shenzhen.seal(outgoing, CREDENTIAL.as_ref(), now());
    assert_eq!(result.unwrap_err(), CannotSeal::Credential { field: "password" });
}
