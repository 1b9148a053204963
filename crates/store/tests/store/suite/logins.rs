//! Tokens that standards hand out at login.

use super::speech::at;
use bowei_store::{LoginRow, Store};
use jiff::SignedDuration;
use std::sync::Arc;

type Kept = Arc<dyn Store>;

fn login(account: &str, token: u8) -> LoginRow {
    LoginRow {
        standard: "shenzhen".to_owned(),
        account: account.to_owned(),
        token_sha256: vec![token; 32],
        token_sealed: vec![token, 1],
        issued_at: at(0),
        ttl: SignedDuration::from_secs(90),
        expires_at: at(2),
    }
}

pub(crate) async fn a_login_is_found_by_its_token_and_by_its_account(store: Kept) {
    store.keep_login(login("a", 1)).await.unwrap();
    store.keep_login(login("b", 2)).await.unwrap();
    assert_eq!(store.login_by_token("shenzhen", &[1; 32]).await.unwrap(), Some(login("a", 1)));
    assert_eq!(store.login_by_account("shenzhen", "b").await.unwrap(), Some(login("b", 2)));
    assert_eq!(store.login_by_token("isp", &[1; 32]).await.unwrap(), None);
    assert_eq!(store.login_by_token("shenzhen", &[3; 32]).await.unwrap(), None);
}

pub(crate) async fn a_further_login_ends_the_one_before(store: Kept) {
    store.keep_login(login("a", 1)).await.unwrap();
    store.keep_login(login("a", 2)).await.unwrap();
    assert_eq!(store.login_by_token("shenzhen", &[1; 32]).await.unwrap(), None);
    assert_eq!(store.login_by_account("shenzhen", "a").await.unwrap(), Some(login("a", 2)));
}

pub(crate) async fn a_renewed_login_lives_on_and_is_never_shortened(store: Kept) {
    store.keep_login(login("a", 1)).await.unwrap();
    store.renew_login("shenzhen", &[1; 32], at(5)).await.unwrap();
    store.renew_login("shenzhen", &[1; 32], at(4)).await.unwrap();
    let kept = store.login_by_account("shenzhen", "a").await.unwrap().unwrap();
    assert_eq!(kept.expires_at, at(5));
    // One that is gone stays so.
    store.renew_login("shenzhen", &[9; 32], at(5)).await.unwrap();
    assert_eq!(store.login_by_token("shenzhen", &[9; 32]).await.unwrap(), None);
}
