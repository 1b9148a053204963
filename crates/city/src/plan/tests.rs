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
}

#[test]
fn most_lots_speak_huzhou_and_every_standard_is_met() {
    for seed in 0..20 {
        let plan = plan(seed, 48);
        assert_eq!(
            plan.mix(),
            [("huzhou", 36), ("shenzhen", 4), ("ningbo", 4), ("isp", 4), ("yunkuaichong", 30)]
        );
        // Four companies of the region, two each from elsewhere, one charging operator.
        assert_eq!(plan.providers.len(), 11);
        for lot in &plan.lots {
            let provider = plan.providers.iter().find(|one| one.code == lot.provider).unwrap();
            assert!(provider.accounts.contains_key(lot.standard), "{lot:?}");
            assert!(lot.kind == LotKind::OffStreet || lot.standard == "huzhou", "{lot:?}");
            assert_eq!(lot.operator.is_some(), lot.charging_spaces > 0, "{lot:?}");
        }
    }
    assert_ne!(plan(1, 48).lots, plan(2, 48).lots);
    let forced = CityPlan::new(&PlanOptions { standard: Some("isp"), ..PlanOptions::default() }).unwrap();
    assert_eq!(forced.mix(), [("isp", 48)]);
    let charges = PlanOptions { standard: Some("yunkuaichong"), ..PlanOptions::default() };
    assert_eq!(CityPlan::new(&charges), Err(PlanError::NoPassages("yunkuaichong".to_owned())));
}

#[test]
fn ids_have_their_standard_s_form() {
    for standard in spoken() {
        let id = speaks(standard).unwrap().lot_id;
        let ids: HashSet<String> = (1..=1_000).map(|number| id("330502", number)).collect();
        assert_eq!(ids.len(), 1_000, "{standard}");
        let fits = |id: &String| match standard {
            "shenzhen" => id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()),
            "ningbo" => id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()),
            "yunkuaichong" => id.len() == 10 && id.bytes().all(|b| b.is_ascii_digit()),
            "isp" => id.starts_with("HZ/330502/") && !id.contains(','),
            _ => id.starts_with("HZ330502"),
        };
        assert!(ids.iter().all(fits), "{standard}");
    }
    // 99 serials of the first township, then the next one's.
    let ningbo = speaks("ningbo").unwrap().lot_id;
    assert_eq!([ningbo("330502", 99), ningbo("330502", 100)], ["330502001199", "330502002101"]);
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
    let own = &plan.lots[0];
    assert_eq!(lot["ids"][own.standard].as_str(), Some(own.lot_id.as_str()));
    assert_eq!(lot["ids"]["yunkuaichong"].as_str(), Some("3305020001"));
    assert_eq!((lot["kind"].as_str(), lot["datum"].as_str()), (Some("off-street"), Some("GCJ02")));
}

#[test]
fn what_the_platform_handed_out_is_taken_back_and_gaps_are_named() {
    let plan = plan(1, 48);
    let mut providers = Vec::new();
    for provider in &plan.providers {
        for (name, fields) in &provider.accounts {
            let given = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
            let issued = bowei_standards::by_name(name).unwrap().issue(&given).unwrap();
            let mut handed_out = serde_json::Map::new();
            handed_out.insert("code".to_owned(), provider.code.as_str().into());
            handed_out.insert((*name).to_owned(), serde_json::json!(issued.handed_out));
            providers.push(handed_out);
        }
    }
    let accounts = Accounts::read(&serde_json::json!({"providers": providers}).to_string()).unwrap();
    accounts.cover(&plan).unwrap();
    providers.pop();
    let accounts = Accounts::read(&serde_json::json!({"providers": providers}).to_string()).unwrap();
    assert!(
        matches!(accounts.cover(&plan), Err(CredentialsError::Missing { provider, .. }) if provider == "ykc-a")
    );
}

#[test]
fn an_unknown_standard_is_named() {
    let options = PlanOptions { standard: Some("atlantis"), ..PlanOptions::default() };
    let error = CityPlan::new(&options).unwrap_err().to_string();
    assert!(error.contains("atlantis") && error.contains("huzhou"), "{error}");
}
