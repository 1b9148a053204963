//! Secrets are given or generated, kept as a slow hash alone, and can be rotated.

use crate::isp::scene::{CLIENT_ID, HOLDER, Holder, SECRET, account_with, fields, log_in, login};
use bowei_standards::PlatformSide;
use bowei_standards::isp::Isp;
use bowei_standards::platform_side::Account;
use serde_json::json;

#[test]
fn a_secret_that_was_given_is_kept_as_a_hash_alone() {
    let kept = &HOLDER.kept;
    assert_eq!(kept.keys().collect::<Vec<_>>(), ["client_id", "client_secret_argon2", "token_key"]);
    assert!(kept["client_secret_argon2"].starts_with("$argon2id$"));
    assert!(kept.values().all(|value| !value.contains(SECRET)));
    assert_eq!(HOLDER.handed_out, fields(&[("client_id", CLIENT_ID), ("client_secret", SECRET)]));
}

#[test]
fn a_secret_that_was_not_given_is_generated_and_told_once() {
    let issued = Isp.issue(&fields(&[])).unwrap();
    assert_eq!(issued.generated, ["client_secret", "token_key"]);
    assert!(issued.handed_out["client_id"].starts_with("isp-"));
    assert_eq!(issued.handed_out["client_secret"].len(), 32);
    assert!(!issued.handed_out.contains_key("token_key"));
    let again = Isp.issue(&issued.kept).unwrap();
    assert_eq!(again.kept, issued.kept, "what is kept can be issued again");
    assert!(again.generated.is_empty());
    assert!(!again.handed_out.contains_key("client_secret"));
}

#[test]
fn another_secret_brings_another_token_key() {
    let mut given = HOLDER.kept.clone();
    given.insert("client_secret".to_owned(), SECRET.to_owned());
    assert_eq!(Isp.issue(&given).unwrap().kept, HOLDER.kept, "the same secret changes nothing");
    given.insert("client_secret".to_owned(), "another".to_owned());
    let other = Isp.issue(&given).unwrap().kept;
    assert_ne!(other["client_secret_argon2"], HOLDER.kept["client_secret_argon2"]);
    assert_ne!(other["token_key"], HOLDER.kept["token_key"]);
}

#[test]
fn the_same_secret_is_known_by_its_hash() {
    let same = |secret: &str| {
        Isp.same_credential(&fields(&[("client_id", CLIENT_ID), ("client_secret", secret)]), &HOLDER.kept)
    };
    assert!(same(SECRET));
    assert!(!same("another"));
    assert!(Isp.same_credential(&fields(&[("client_id", CLIENT_ID)]), &HOLDER.kept));
    assert!(!Isp.same_credential(&fields(&[("client_id", "isp-0002")]), &HOLDER.kept));
}

#[test]
fn during_a_rotation_both_secrets_let_in_and_each_token_ends_with_its_own() {
    let newer = Holder::new(CLIENT_ID, "the newer one");
    let both = account_with(&[&newer, &HOLDER]);
    for (secret, holder) in [(SECRET, &*HOLDER), ("the newer one", &newer)] {
        let body = json!({ "client_id": CLIENT_ID, "client_secret": secret });
        let token = log_in(login(&body), &both).unwrap().token;
        let heard = |account: &Account| {
            let body = json!([{ "park_code": "ATXL/1" }]).to_string();
            let request = crate::isp::scene::with_token(http::Method::POST, "/park/spot", body, &token);
            crate::isp::scene::deliver_at(request, account, crate::isp::scene::now()).is_ok()
        };
        assert!(heard(&both));
        assert!(heard(&holder.account()));
        let other = if secret == SECRET { &newer } else { &*HOLDER };
        assert!(!heard(&other.account()), "the token of one secret outlives it with the other");
    }
    let body = json!({ "client_id": CLIENT_ID, "client_secret": "neither" });
    assert!(log_in(login(&body), &both).is_err());
}

#[test]
fn what_cannot_be_used_is_said_with_its_field() {
    let long = "x".repeat(129);
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "a:b"),
        ("client_id", "a b"),
        ("client_id", long.as_str()),
        ("client_secret", " "),
        ("client_secret", "a\nb"),
        ("client_secret", long.as_str()),
        ("client_secret_argon2", "e10adc3949ba59abbe56e057f20f883e"),
    ] {
        let fault = Isp.issue(&fields(&[(name, value)])).unwrap_err();
        assert_eq!(fault.field, name, "{value:?}");
    }
    for wrong in ["", "00", "zz"] {
        let mut kept = HOLDER.kept.clone();
        kept.insert("token_key".to_owned(), wrong.to_owned());
        assert_eq!(Isp.credential(&kept).err().unwrap().field, "token_key");
    }
}
