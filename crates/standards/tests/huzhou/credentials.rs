//! What an account is given, and what of it is taken.

use crate::huzhou::scene::{HOLDER, VECTORS, fields};
use bowei_model::{Heartbeat, LotKind, Report};
use bowei_standards::huzhou::Huzhou;
use bowei_standards::lot_side::{CannotSeal, Outgoing};
use bowei_standards::{LotSide, PlatformSide};

#[test]
fn a_new_account_is_given_everything() {
    let issued = Huzhou.issue(&fields(&[])).unwrap();
    let app_id = &issued.kept["app_id"];
    assert!(app_id.len() == 19 && app_id.starts_with("hz-"), "{app_id}");
    assert_eq!(issued.kept["secret_key"].len(), 32);
    assert!(issued.kept["private_key_pem"].starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(issued.generated, ["secret_key", "private_key_pem"]);
    let told: Vec<_> = issued.handed_out.keys().map(String::as_str).collect();
    assert_eq!(told, ["app_id", "public_key", "secret_key"]);
    assert!(!issued.handed_out["public_key"].contains(char::is_whitespace), "one line");
    assert!(Huzhou.credential(&issued.kept).is_ok());
    assert!(Huzhou.own_credential(&issued.handed_out).is_ok());
    assert_ne!(Huzhou.issue(&fields(&[])).unwrap().kept, issued.kept);
}

#[test]
fn what_is_given_is_taken_and_the_public_key_told_all_the_same() {
    let issued = Huzhou.issue(&HOLDER.kept).unwrap();
    assert_eq!(issued.kept["secret_key"], HOLDER.secret);
    assert_eq!(issued.handed_out["public_key"], VECTORS["public_key_base64"].as_str().unwrap());
    assert!(issued.generated.is_empty());
}

#[test]
fn what_cannot_be_used_is_named() {
    let ours = &HOLDER.kept["private_key_pem"];
    let small = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    let pkcs1 = ours.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    for (field, value) in [
        ("app_id", ""),
        ("app_id", "hz 0001"),
        ("app_id", "a&path=/x"),
        ("app_id", &"h".repeat(129)),
        ("secret_key", "  "),
        ("secret_key", &"s".repeat(129)),
        ("private_key_pem", "MIIEvQ"),
        ("private_key_pem", small),
        ("private_key_pem", &pkcs1),
        ("private_key_pem", &"-".repeat(20_000)),
    ] {
        let mut given = HOLDER.kept.clone();
        given.insert(field.to_owned(), value.to_owned());
        let fault = Huzhou.issue(&given).expect_err(field);
        assert_eq!(fault.field, field, "{fault}");
        assert!(!fault.problem.contains(&HOLDER.secret));
        assert!(Huzhou.credential(&given).is_err(), "{field}");
        given.remove(field);
        assert!(Huzhou.credential(&given).is_err(), "{field}");
    }
    for public_key in ["", "MIIB", "nonsense!", &"A".repeat(20_000)] {
        let mut own = HOLDER.handed_out.clone();
        own.insert("public_key".to_owned(), public_key.to_owned());
        assert_eq!(Huzhou.own_credential(&own).err().unwrap().field, "public_key");
    }
}

#[test]
fn a_public_key_may_be_wrapped_or_be_pem() {
    let base64 = &HOLDER.handed_out["public_key"];
    let (head, tail) = base64.split_at(64);
    for text in [
        format!("{head}\r\n{tail}\r\n"),
        format!("-----BEGIN PUBLIC KEY-----\n{head}\n{tail}\n-----END PUBLIC KEY-----\n"),
    ] {
        let mut own = HOLDER.handed_out.clone();
        own.insert("public_key".to_owned(), text);
        assert!(Huzhou.own_credential(&own).is_ok());
    }
}

#[test]
fn a_platform_s_keys_do_not_seal() {
    let report = Report::Heartbeat(Heartbeat { lot: None });
    let outgoing =
        Outgoing { report: &report, lot_id: "HZ330502001", lot_kind: LotKind::OffStreet, picture: None };
    let result = Huzhou.seal(outgoing, HOLDER.credential.as_ref(), crate::huzhou::scene::now());
    assert_eq!(result.unwrap_err(), CannotSeal::Credential { field: "public_key" });
}
