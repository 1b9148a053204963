//! Counts that supervision has found to contradict what follows from a lot's passages are not shown, until they are right.

use super::{city_of_each, say};
use crate::support::entry;
use bowei_model::{Plate, Report};
use bowei_platform::Clock as _;
use jiff::SignedDuration;

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_stood_still_while_cars_passed_is_unknown_until_it_moves() {
    let city = city_of_each().await;
    let lot = city.lot_of("hz-demo");
    let car = |number: i64, vacant: i64| {
        let mut report = entry("330502-001", &format!("C{number}"), 181 + number, vacant);
        if let Report::Passage(passage) = &mut report {
            passage.plate = Plate::read(&format!("浙E{:05}", 20_000 + number));
        }
        report
    };
    for number in 0..30 {
        city.clock.turn(SignedDuration::from_mins(1));
        say(&city, &lot, &car(number, 117)).await;
    }
    let shown = async || {
        // So often is it looked at what was found.
        city.clock.turn(SignedDuration::from_secs(61));
        let entities = city.get("/open/v1/ngsi-ld/entities?type=OffStreetParking", None).await.json();
        let mine =
            entities.as_array().unwrap().iter().find(|one| one["name"] == "东门停车场").cloned().unwrap();
        (mine["reportingStatus"].as_str().unwrap().to_owned(), mine["availableSpotNumber"].as_i64())
    };
    assert_eq!(shown().await, ("online".to_owned(), Some(117)), "nothing was found yet");
    city.platform.app().evaluate_day(20_260_401, city.clock.now()).await.unwrap();
    let operator = city.token("operator", None).await;
    let found = city.get("/api/v1/findings?kind=frozen-count", Some(&operator)).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(shown().await, ("unknown".to_owned(), None));
    let status = city.get("/open/v1/datex2/parking-status.xml", None).await;
    let status = String::from_utf8(status.bytes.to_vec()).unwrap();
    assert_eq!(status.matches("erroneousOccupancyInformation").count(), 3, "{status}");
    // It counts again: the finding about the day stands, and what is said now is believed.
    say(&city, &lot, &car(33, 168)).await;
    assert_eq!(shown().await, ("online".to_owned(), Some(168)));
}
