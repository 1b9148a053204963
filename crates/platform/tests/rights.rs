//! Rights, over registries and messages that nobody has thought of: whatever is said and asked, nobody changes or sees
//! what is not his. Each case is a city of its own made from a seed, which a failure names; `BOWEI_RIGHTS_SEED` makes
//! that one again, and `BOWEI_RIGHTS_CASES` sets how many there are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use bowei_model::{
    CarsInside, ChargingRecord, Closure, Direction, ExactPosition, Gate, GateKind, GateStatus, Heartbeat,
    Lot, LotProfile, NamedPhoto, OffPeakOrder, OffPeakPackage, Passage, PayKind, Payment, Photo, PhotoRole,
    PhotoSubject, Picture, Plate, Position, Report, SpaceCount, Vehicle,
};
use bowei_platform::registry::apply::HandedOut;
use bowei_platform::{Clock as _, Config};
use bowei_standards::lot_side::Reading;
use bowei_standards::shared::encoding::sha256_hex;
use bowei_store::{InspectedOutcome, ReportQuery};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use support::speaker::Speaker;
use support::{City, at, jpeg};

const STANDARDS: [&str; 5] = ["huzhou", "shenzhen", "ningbo", "isp", "yunkuaichong"];
const DISTRICTS: [&str; 3] = ["330502", "330521", "440305"];
const CASES: u64 = 32;
const MESSAGES: usize = 40;

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, many: usize) -> usize {
        usize::try_from(self.next() % many as u64).unwrap()
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}

/// A lot as the test knows it, without asking the code that is tested.
#[derive(Clone, Debug)]
struct Known {
    code: String,
    provider: String,
    district: String,
    ids: BTreeMap<&'static str, String>,
    parties: Vec<String>,
    off_peak_parties: Vec<String>,
}

/// Who may say what, in the words of docs/registry.md and nothing else.
fn may(lots: &[Known], provider: &str, standard: &str, id: &str, kind: &str) -> bool {
    let called: Vec<_> =
        lots.iter().filter(|lot| lot.ids.get(standard).is_some_and(|own| own == id)).collect();
    let own = called.iter().any(|lot| lot.provider == provider);
    let in_list = |list: &[String]| list.iter().any(|party| party == provider);
    match kind {
        "heartbeat" if standard == "shenzhen" || standard == "huzhou" => true,
        "charging-record" => own || called.iter().any(|lot| lot.parties.is_empty() || in_list(&lot.parties)),
        "off-peak-package" | "off-peak-order" => {
            own || called.iter().any(|lot| in_list(&lot.off_peak_parties))
        }
        // A lot that nobody has comes into being; where vendors number their lots, so does one that another has.
        "lot" => own || called.is_empty() || standard == "shenzhen",
        "named-photo" => own || standard == "shenzhen",
        _ => own,
    }
}

fn sees(role: &str, district: Option<&str>, lot: &Known) -> bool {
    district.is_none_or(|district| lot.district.starts_with(district))
        && role.strip_prefix("provider:").is_none_or(|own| lot.provider == own)
}

fn registry(chance: &mut Chance) -> (String, Vec<String>, Vec<Known>) {
    let providers: Vec<_> = (0..2 + chance.below(3)).map(|number| format!("p{number}")).collect();
    let mut file = String::new();
    for (number, code) in providers.iter().enumerate() {
        writeln!(file, "[[provider]]\ncode = \"{code}\"\nname = \"{code}\"").unwrap();
        for standard in STANDARDS {
            // Most speak several, a lot's provider the trade's too.
            if chance.one_in(4) {
                continue;
            }
            let account = match standard {
                "huzhou" => format!("app_id = \"hz-p{number}\""),
                "shenzhen" => format!("user_id = \"sz-p{number}\"\npassword = \"{number}\""),
                "ningbo" => format!("portname = \"nb-p{number}\"\nportpwd = \"{number}\""),
                "isp" => format!("client_id = \"isp-p{number}\"\nclient_secret = \"{number}\""),
                _ => format!("port_name = \"ykc-p{number}\"\nkey = \"k{number}\""),
            };
            writeln!(file, "[provider.{standard}]\n{account}").unwrap();
        }
    }
    let mut lots: Vec<Known> = Vec::new();
    for number in 0..3 + chance.below(5) {
        let provider = chance.of(&providers).clone();
        let mut ids = BTreeMap::new();
        for standard in STANDARDS {
            if chance.one_in(4) {
                continue;
            }
            // Vendors number their own: a few numbers for all of them.
            let id = match standard {
                "shenzhen" => format!("P{:031}", chance.below(3)),
                "ningbo" => format!("33021207{number:04}"),
                _ => format!("{standard}{number}"),
            };
            let taken = |lot: &Known| {
                lot.ids.get(standard) == Some(&id) && (standard != "shenzhen" || lot.provider == provider)
            };
            if !lots.iter().any(taken) {
                ids.insert(standard, id);
            }
        }
        let mut some = |least: usize| -> Vec<String> {
            providers.iter().filter(|_| chance.below(3) < least).cloned().collect()
        };
        let (parties, off_peak_parties) = (some(1), some(1));
        let district = (*chance.of(&DISTRICTS)).to_owned();
        let code = format!("L{number}");
        let written: Vec<_> = ids.iter().map(|(standard, id)| format!("{standard} = \"{id}\"")).collect();
        writeln!(
            file,
            "[[lot]]\ncode = \"{code}\"\nprovider = \"{provider}\"\nname = \"{code}\"\nkind = \"off-street\"\n\
             district = \"{district}\"\nlongitude = 120.1\nlatitude = 30.8\nspaces_total = 90\nids = {{ {} }}\n\
             parties = {parties:?}\noff_peak_parties = {off_peak_parties:?}",
            written.join(", ")
        )
        .unwrap();
        lots.push(Known { code, provider, district, ids, parties, off_peak_parties });
    }
    (file, providers, lots)
}

/// The kinds of reports that a standard has.
fn kinds(standard: &str) -> &'static [&'static str] {
    match standard {
        "huzhou" => &["entry", "exit", "photo", "heartbeat"],
        "ningbo" => &["entry", "exit", "photo", "space-count"],
        "isp" => &["entry", "exit", "space-count", "lot", "lot-closed"],
        "shenzhen" => &[
            "entry",
            "exit",
            "space-count",
            "lot",
            "gate",
            "cars-inside",
            "named-photo",
            "off-peak-package",
            "off-peak-order",
            "heartbeat",
        ],
        _ => &["charging-record"],
    }
}

/// A report of that kind with all that the standards want of one, its plate and picture its own.
fn report(kind: &str, id: &str, number: usize, city: &City) -> (Report, Option<Vec<u8>>) {
    let lot = bowei_model::LotCode::from("x");
    let plate = Plate::read(&format!("浙E{:05}", 10_000 + number));
    let picture = jpeg(120_000 + number);
    let shown = Picture::Bytes {
        sha256: sha256_hex(&picture),
        bytes: picture.len() as u64,
        media_type: "image/jpeg".to_owned(),
    };
    let place = ExactPosition(Position { longitude: 113.93, latitude: 22.53 });
    let report = match kind {
        "entry" | "exit" => {
            let exit = kind == "exit";
            let direction = if exit { Direction::Exit } else { Direction::Entry };
            let record = format!("{}", 1_000 + number);
            Report::Passage(Passage {
                plate,
                plate_kind: Some(bowei_model::PlateKind::SMALL),
                gate_code: Some("G00001".to_owned()),
                gate: Some("东门".to_owned()),
                photo_id: Some(format!("ph{number}")),
                vehicle: Vehicle { brand: Some("大众".to_owned()), ..Vehicle::default() }.or_none(),
                vacant: Some(20),
                charging_vacant: Some(2),
                minutes: exit.then_some(60),
                entered_at: exit.then(|| at(-61)),
                payment: exit.then(|| Payment {
                    payable: Some("34.50".parse().unwrap()),
                    paid: Some("34.50".parse().unwrap()),
                    paid_at: Some(at(-2)),
                    pay_kind: Some(PayKind::Alipay),
                }),
                ..Passage::new(lot, record.as_str().into(), direction, at(-1))
            })
        }
        "photo" => Report::Photo(Photo {
            lot,
            record_id: format!("{}", 1_000 + number).as_str().into(),
            role: PhotoRole::Entry,
            slot: Some(1),
            taken_at: Some(at(-1)),
            picture: shown,
        }),
        "named-photo" => Report::NamedPhoto(NamedPhoto {
            lot,
            photo_id: format!("ph{number}"),
            shows: PhotoSubject::Plate,
            taken_at: Some(at(-1)),
            file_name: Some("a.jpg".to_owned()),
            picture: shown,
        }),
        "space-count" => {
            let mut count = SpaceCount::new(lot, city.clock.now(), 7);
            count.total = Some(90);
            Report::SpaceCount(count)
        }
        "heartbeat" => Report::Heartbeat(Heartbeat { lot: None }),
        "lot-closed" => Report::LotClosed(Closure { lot }),
        "lot" => {
            let details = json!({
                "permitNo": "", "parkType": 1, "serviceType": 8, "reservable": 0, "reservableSpaces": 0,
                "totalReservableCharingSpaces": 0, "imageId": "p1"
            });
            let details = details.as_object().unwrap();
            Report::Lot(LotProfile {
                lot,
                lot_id: id.to_owned(),
                name: Some(format!("改名{number}")),
                kind: None,
                district: Some("440303".to_owned()),
                address: Some("深南大道 1 号".to_owned()),
                position: Some(place),
                spaces_total: Some(90),
                charging_spaces: None,
                tariff: None,
                in_service: Some(true),
                details: details.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
            })
        }
        "gate" => Report::Gate(Gate {
            lot,
            code: "G00001".to_owned(),
            name: "东门".to_owned(),
            kind: GateKind::Both,
            position: place,
            status: GateStatus::Open,
            road: Some("深南大道".to_owned()),
        }),
        "cars-inside" => {
            Report::CarsInside(CarsInside { lot, at: city.clock.now(), plates: plate.into_iter().collect() })
        }
        "off-peak-package" => Report::OffPeakPackage(OffPeakPackage {
            lot,
            package_no: format!("PKG{number}"),
            permit_no: Some("X1".to_owned()),
            service_code: "isv".to_owned(),
            package_kind: 1,
            price: "12.50".parse().unwrap(),
            status: 1,
        }),
        "off-peak-order" => Report::OffPeakOrder(OffPeakOrder {
            lot,
            order_no: format!("O{number}"),
            service_code: "isv".to_owned(),
            package_no: "PKG1".to_owned(),
            plate,
            amount: "12.50".parse().unwrap(),
            status: 1,
        }),
        _ => Report::ChargingRecord(ChargingRecord {
            lot,
            order_no: format!("{number}"),
            plate,
            started_at: at(-50),
            ended_at: at(-10),
            energy_kwh: Some("20.00".parse().unwrap()),
            electricity_fee: Some("10.00".parse().unwrap()),
            service_fee: Some("2.00".parse().unwrap()),
            total_fee: Some("12.00".parse().unwrap()),
            station: "S-88 站".to_owned(),
            device: "D-01 桩".to_owned(),
            berth: None,
        }),
    };
    let has_picture = matches!(kind, "entry" | "exit" | "photo" | "named-photo");
    (report, has_picture.then_some(picture))
}

fn speakers(handed_out: &HandedOut) -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for provider in &handed_out.providers {
        let spoken = STANDARDS.into_iter().filter(|standard| provider.standards.contains_key(*standard));
        all.extend(spoken.map(|standard| (provider.code.clone(), standard)));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_or_sees_what_is_not_his() {
    let read = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let cases = match read("BOWEI_RIGHTS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..read("BOWEI_RIGHTS_CASES").unwrap_or(CASES),
    };
    let mut accepted = 0;
    for seed in cases {
        eprintln!("BOWEI_RIGHTS_SEED={seed}");
        accepted += case(seed).await;
    }
    assert!(accepted > 0, "a test in which nothing is ever accepted says nothing");
}

async fn case(seed: u64) -> usize {
    let mut chance = Chance(seed);
    let mut config = Config::default();
    if chance.one_in(2) {
        config = support::at_once();
    }
    let city = City::with(config).await;
    let (file, providers, known) = registry(&mut chance);
    let handed_out = city.apply(&file, SignedDuration::ZERO).await;
    let before = city.platform.app().registry.snapshot();
    let mut speaking = Vec::new();
    for (provider, standard) in speakers(&handed_out) {
        let mut speaker = Speaker::of(&handed_out, &provider, standard);
        if matches!(standard, "shenzhen" | "isp") {
            speaker.log_in(&city).await;
        }
        speaking.push((provider, standard, speaker));
    }
    if speaking.is_empty() {
        return 0;
    }
    // Lots that came into being by their own word, as the test expects them.
    let mut lots = known.clone();
    let mut accepted = 0;
    for number in 0..MESSAGES {
        let (provider, standard, speaker) = chance.of(&speaking);
        let called: Vec<_> = lots.iter().filter_map(|lot| lot.ids.get(standard)).cloned().collect();
        let id = match called.as_slice() {
            [] => "330212079999".to_owned(),
            _ if chance.one_in(8) => format!("33021207{:04}", 9_000 + number),
            ids => chance.of(ids).clone(),
        };
        let kind = *chance.of(kinds(standard));
        let allowed = may(&lots, provider, standard, &id, kind);
        let (report, picture) = report(kind, &id, number, &city);
        let said = speaker.say(&city, &report, &id, picture.as_deref()).await;
        let what = format!("BOWEI_RIGHTS_SEED={seed}: {provider} says {kind} of {id} under {standard}");
        assert_eq!(said == Reading::Accepted, allowed, "{what}: {said:?}\n{file}");
        accepted += usize::from(allowed);
        let own = |lot: &Known| lot.provider == *provider && lot.ids.get(standard) == Some(&id);
        if allowed && kind == "lot" && !lots.iter().any(own) {
            let snapshot = city.platform.app().registry.snapshot();
            let made =
                snapshot.lots_by_id(standard, &id).iter().find(|lot| lot.provider.as_str() == provider);
            let made = made.unwrap_or_else(|| panic!("{what}: it is not there"));
            lots.push(Known {
                code: made.code.to_string(),
                provider: provider.clone(),
                district: made.district.clone(),
                ids: BTreeMap::from([(*standard, id)]),
                parties: Vec::new(),
                off_peak_parties: Vec::new(),
            });
        }
    }
    nothing_is_another_s(&city, &lots, &before.lots.values().map(AsRef::as_ref).collect::<Vec<_>>(), seed)
        .await;
    nobody_sees_beyond(&city, &lots, &providers, seed).await;
    accepted
}

/// Whatever is kept was said by who might say it; and what the registry says of whose a lot is stands as it was.
async fn nothing_is_another_s(city: &City, lots: &[Known], before: &[&Lot], seed: u64) {
    let app = city.platform.app();
    app.store.flush().await.unwrap();
    let query = ReportQuery { accepted: true, limit: 1_000, ..ReportQuery::default() };
    for kept in app.store.reports(query).await.unwrap().items {
        let InspectedOutcome::Accepted { statement, .. } = kept.outcome else { continue };
        let Some(code) = statement.report.lot() else { continue };
        // A picture may come before its lot does.
        let Some(lot) = lots.iter().find(|lot| lot.code == code.as_str()) else { continue };
        let id =
            lot.ids.get(statement.standard.as_str()).unwrap_or_else(|| panic!("{statement:?} of {lot:?}"));
        let one = std::slice::from_ref(lot);
        let kind = statement.report.kind();
        let own = may(one, statement.provider.as_str(), &statement.standard, id, kind)
            && (lot.provider == statement.provider.as_str() || !matches!(kind, "lot" | "named-photo"));
        assert!(own, "BOWEI_RIGHTS_SEED={seed}: {statement:?} is kept of {lot:?}");
    }
    let after = app.registry.snapshot();
    for lot in before {
        let now = &after.lots[&lot.code];
        let whose = |lot: &Lot| {
            let Lot { provider, district, ids, parties, off_peak_parties, standing, .. } = lot.clone();
            (provider, district, ids, parties, off_peak_parties, standing)
        };
        assert_eq!(whose(now), whose(lot), "BOWEI_RIGHTS_SEED={seed}");
    }
}

/// What every kind of token is shown, held against what it may see.
async fn nobody_sees_beyond(city: &City, lots: &[Known], providers: &[String], seed: u64) {
    let mut roles = vec!["operator".to_owned(), "regulator".to_owned(), "viewer".to_owned()];
    roles.extend(providers.iter().map(|code| format!("provider:{code}")));
    let operator = city.token("operator", None).await;
    let photos = photos(city, &operator, lots).await;
    for role in &roles {
        for district in [None, Some("3305"), Some("330521"), Some("440305")] {
            let token = city.token(role, district).await;
            let who = format!("BOWEI_RIGHTS_SEED={seed}: {role} of {district:?}");
            let may_see = |code: &str| {
                // The lots of the city's own registry are none of the case's.
                lots.iter().find(|lot| lot.code == code).is_none_or(|lot| sees(role, district, lot))
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
                    assert!(
                        role != "viewer" || !words.contains("浙E1"),
                        "{who}: {path} has a plate: {words}"
                    );
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
async fn photos(city: &City, operator: &str, lots: &[Known]) -> Vec<(String, String)> {
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
