//! What is asked for where a standard listens and no interface of it is.
use bowei_standards::platform_side::Outcome;
use http::Method;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A request that no interface is for, and what its answer must say.
const UNSERVED: [(&str, Method, &str, &[&str]); 10] = [
    (
        "huzhou",
        Method::POST,
        "/api/parkinglot/leave",
        &["\"code\":404", "POST /api/parkinglot/leave", "/api/ 后接", "parkinglot/out"],
    ),
    ("huzhou", Method::GET, "/api/heartbeat", &["\"code\":404", "GET /api/heartbeat", "应为请求方式 POST"]),
    (
        "shenzhen",
        Method::POST,
        "/dataReceive/v2/login",
        &["\"code\":2,", "/dataReceive/v2/login", "/dataReceive/v1/ 后接 login、"],
    ),
    ("shenzhen", Method::PUT, "/dataReceive/v1/picture", &["\"code\":2,", "应为请求方式 POST"]),
    (
        "ningbo",
        Method::POST,
        "/nbyd-parkpot-service/heartThrob",
        &["\"result\":1", "parkpot/ 后接 heartThrob"],
    ),
    ("ningbo", Method::GET, "/nbyd-parkpot-service/parkpot/time", &["\"result\":1", "应为请求方式 POST"]),
    ("isp", Method::POST, "/park/exit", &["\"code\":1,", "/oauth/token、/park/spot、/park/spot-num"]),
    ("isp", Method::PUT, "/park/spot", &["\"code\":1,", "应为请求方式 POST、DELETE"]),
    (
        "yunkuaichong",
        Method::POST,
        "/parkpot-service/chargingRecord",
        &["\"result\":1", "chargePile/chargingRecord"],
    ),
    ("yunkuaichong", Method::GET, "/parkpot-service/service", &["\"result\":1", "应为请求方式 POST"]),
];

#[test]
fn an_unserved_request_is_answered_in_the_standards_own_form() {
    for (name, method, path, says) in UNSERVED {
        let standard = bowei_standards::by_name(name).unwrap();
        assert!(standard.card().is_below_base(path), "{name} {path}");
        assert!(standard.card().route(&method, path).is_none(), "{name} {method} {path}");
        let refusal = standard.unserved(&method, path);
        let answer = standard.answer(&Outcome::Refused(&refusal), Timestamp::UNIX_EPOCH);
        assert_eq!(answer.status(), 200);
        let body = String::from_utf8(answer.into_body().to_vec()).unwrap();
        for part in says {
            assert!(body.contains(part), "{name} {method} {path}: {part} is not in {body}");
        }
    }
}

#[test]
fn every_route_is_found_however_its_path_is_slipped() {
    for standard in bowei_standards::all() {
        let card = standard.card();
        for route in card.routes {
            let path = route.path;
            let (first, last) = path.rsplit_once('/').unwrap();
            for slipped in [
                path.to_owned(),
                format!("/{path}"),
                format!("{path}/"),
                path.replace('/', "//"),
                path.to_ascii_uppercase(),
                format!("{first}/%20{last}"),
            ] {
                let found = card.route(&route.method, &slipped).unwrap_or_else(|| panic!("{slipped}"));
                assert_eq!((found.path, &found.method), (path, &route.method), "{slipped}");
                assert!(card.is_below_base(&slipped), "{slipped}");
            }
        }
    }
}

#[test]
fn no_two_standards_and_not_the_platforms_own_api_share_a_base() {
    let mut bases = BTreeSet::new();
    for standard in bowei_standards::all() {
        let card = standard.card();
        for base in card.bases {
            assert!(bases.insert(*base), "{base} twice");
        }
        for own in ["/api/v1/lots", "/open/v1/lots", "/", "/healthz", "/parking"] {
            assert!(!card.is_below_base(own), "{}: {own}", card.name);
        }
    }
}
