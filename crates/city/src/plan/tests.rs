use super::*;
use std::collections::HashSet;

fn plan(seed: u64, lots: usize) -> CityPlan {
    CityPlan::new(&PlanOptions { seed, lots, ..PlanOptions::default() }).unwrap()
}

#[test]
fn the_same_seed_is_the_same_city() {
    assert_eq!(plan(7, 300), plan(7, 300));
    assert_ne!(plan(7, 300), plan(8, 300));
    assert!(plan(7, 48).to_string().contains("种子 7"));
}

#[test]
fn the_usual_city_has_thirty_lots_and_eighteen_sections_in_five_districts() {
    let plan = plan(1, 48);
    let on_street = plan.lots.iter().filter(|lot| lot.kind == LotKind::OnStreet).count();
    assert_eq!((plan.lots.len(), on_street), (48, 18));
    let districts: HashSet<_> = plan.lots.iter().map(|lot| lot.district.as_str()).collect();
    assert_eq!(districts, HashSet::from(["330502", "330503", "330521", "330522", "330523"]));
    assert_eq!(plan.providers.len(), 4);
}

#[test]
fn every_lot_has_a_code_a_name_and_a_place_of_its_own() {
    let plan = plan(2, 1_000);
    assert_eq!(plan.lots.len(), 1_000);
    let distinct =
        |of: fn(&CityLot) -> String| plan.lots.iter().map(|lot| of(lot)).collect::<HashSet<_>>().len();
    assert_eq!(distinct(|lot| lot.code.to_string()), 1_000);
    assert_eq!(distinct(|lot| lot.name.clone()), 1_000);
    assert_eq!(distinct(|lot| lot.lot_id.clone()), 1_000);
    for lot in &plan.lots {
        assert!((119.4..120.6).contains(&lot.longitude) && (30.4..31.2).contains(&lot.latitude), "{lot:?}");
        assert!(lot.spaces_total > 0 && lot.charging_spaces < lot.spaces_total, "{lot:?}");
        match lot.kind {
            LotKind::OffStreet => assert!(!lot.entrances.is_empty() && !lot.exits.is_empty()),
            LotKind::OnStreet => assert_eq!(lot.berths.len(), lot.spaces_total as usize),
        }
    }
}

#[test]
fn a_small_city_has_lots_and_sections() {
    let plan = plan(1, 8);
    assert_eq!(plan.lots.iter().filter(|lot| lot.kind == LotKind::OnStreet).count(), 3);
}

#[test]
fn the_registry_file_reads_back_with_every_lot_and_no_secret() {
    let plan = plan(1, 48);
    let text = plan.registry_file();
    let file: toml::Table = toml::from_str(&text).unwrap();
    assert_eq!(file["lot"].as_array().unwrap().len(), 48);
    let provider = &file["provider"].as_array().unwrap()[0];
    assert_eq!(provider["code"].as_str(), Some("hz-a"));
    assert_eq!(provider["huzhou"]["app_id"].as_str(), Some("hz-0001"));
    assert!(provider["huzhou"].get("secret_key").is_none());
    let lot = &file["lot"].as_array().unwrap()[0];
    assert_eq!(lot["ids"]["huzhou"].as_str(), Some("HZ330502001"));
    assert_eq!((lot["kind"].as_str(), lot["datum"].as_str()), (Some("off-street"), Some("GCJ02")));
}

#[test]
fn what_the_platform_handed_out_is_taken_back_and_gaps_are_named() {
    let plan = plan(1, 48);
    let standard = bowei_standards::by_name("huzhou").unwrap();
    let mut providers = Vec::new();
    for provider in &plan.providers {
        let given = provider.accounts["huzhou"].iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let issued = standard.issue(&given).unwrap();
        providers.push(serde_json::json!({"code": provider.code.as_str(), "huzhou": issued.handed_out}));
    }
    let accounts = Accounts::read(&serde_json::json!({"providers": providers}).to_string()).unwrap();
    accounts.cover(&plan).unwrap();
    providers.pop();
    let accounts = Accounts::read(&serde_json::json!({"providers": providers}).to_string()).unwrap();
    assert!(
        matches!(accounts.cover(&plan), Err(CredentialsError::Missing { provider, .. }) if provider == "hz-d")
    );
}

#[test]
fn an_unknown_standard_is_named() {
    let options = PlanOptions { standard: "atlantis", ..PlanOptions::default() };
    let error = CityPlan::new(&options).unwrap_err().to_string();
    assert!(error.contains("atlantis") && error.contains("huzhou"), "{error}");
}
