//! What every kind of token is shown, held against what it may see.

use super::registry::{Known, sees};
use super::support::City;
use serde_json::Value;

/// What every kind of token is shown, held against what it may see.
pub(crate) async fn nobody_sees_beyond(city: &City, lots: &[Known], providers: &[String], seed: u64) {
    let mut roles = vec!["operator".to_owned(), "regulator".to_owned(), "viewer".to_owned()];
    roles.extend(providers.iter().map(|code| format!("provider:{code}")));
    let operator = city.token("operator", None).await;
    let photos = photos(city, &operator, lots).await;
    let districts = [None, Some("3305"), Some("330521"), Some("440305")];
    let holders: Vec<_> =
        roles.iter().flat_map(|role| districts.map(|district| (role.as_str(), district))).collect();
    for ((role, district), token) in holders.iter().copied().zip(city.tokens(&holders).await) {
        let who = format!("BOWEI_RIGHTS_SEED={seed}: {role} of {district:?}");
        let may_see = |code: &str| {
            match lots.iter().find(|lot| lot.code == code) {
                Some(lot) => sees(role, district, lot),
                // One of the city's own lots, which none of the case's providers has; its code begins with its district.
                None => !role.starts_with("provider:") && district.is_none_or(|own| code.starts_with(own)),
            }
        };
        for path in [
            "lots?state=live,waiting",
            "findings?limit=1000",
            "charging-records?limit=1000",
            "off-peak-packages?limit=1000",
            "off-peak-orders?limit=1000",
            "reports?limit=1000",
        ] {
            let answer = city.get(&format!("/api/v1/{path}"), Some(&token)).await;
            assert_eq!(answer.headers["cache-control"], "no-store");
            let words = String::from_utf8_lossy(&answer.bytes);
            assert!(role != "viewer" || !words.contains("浙E1"), "{who}: {path} has a plate: {words}");
            if role == "viewer" && path.starts_with("reports") {
                assert_eq!(answer.status, 403);
                continue;
            }
            for item in answer.json()["items"].as_array().unwrap() {
                let code =
                    item["lot"].as_str().or(item["code"].as_str().filter(|_| path.starts_with("lots")));
                if let Some(code) = code {
                    let own = role.strip_prefix("provider:").is_some_and(|own| item["provider"] == own);
                    // What a provider has sent is its own to read, whosever lot it named: within its district.
                    let sent = path.starts_with("reports") && own && district.is_none();
                    assert!(may_see(code) || sent, "{who} sees {item:#} in {path}");
                } else {
                    let all = district.is_none();
                    let own = role.strip_prefix("provider:").is_none_or(|own| item["provider"] == own);
                    assert!(all && own, "{who} sees {item:#} in {path}");
                }
            }
        }
        for lot in lots {
            let expected = if sees(role, district, lot) { 200 } else { 404 };
            for path in ["", "/sessions", "/gates", "/counts"] {
                let answer = city.get(&format!("/api/v1/lots/{}{path}", lot.code), Some(&token)).await;
                assert_eq!(answer.status, expected, "{who}: {}{path}", lot.code);
                let words = String::from_utf8_lossy(&answer.bytes);
                assert!(role != "viewer" || !words.contains("浙E1"), "{who}: {path} has a plate: {words}");
            }
        }
        for (code, id) in &photos {
            let status = city.get(&format!("/api/v1/photos/{id}"), Some(&token)).await.status.as_u16();
            let expected = match may_see(code) {
                _ if role == "viewer" => 403,
                true => 200,
                false => 404,
            };
            assert_eq!(status, expected, "{who}: photo of {code}");
        }
    }
    // The public sees live lots, and nothing that could be anybody's.
    let public = city.get("/open/v1/lots", None).await;
    assert!(!String::from_utf8_lossy(&public.bytes).contains("浙E1"));
    for lot in public.json()["features"].as_array().unwrap() {
        let code = lot["properties"]["code"].as_str().unwrap();
        let snapshot = city.platform.app().registry.snapshot();
        assert!(snapshot.lots[&code.into()].is_live(), "BOWEI_RIGHTS_SEED={seed}: {code} waits");
    }
}

/// Every picture of every lot.
pub(crate) async fn photos(city: &City, operator: &str, lots: &[Known]) -> Vec<(String, String)> {
    let mut photos = Vec::new();
    for lot in lots {
        let path = format!("/api/v1/lots/{}/sessions?limit=1000", lot.code);
        let sessions = city.get(&path, Some(operator)).await.json();
        for session in sessions["items"].as_array().unwrap() {
            let shown = session["photos"].as_array().unwrap().iter();
            let ids = shown.filter_map(|photo: &Value| photo["id"].as_str());
            photos.extend(ids.map(|id| (lot.code.clone(), id.to_owned())));
        }
    }
    photos
}
