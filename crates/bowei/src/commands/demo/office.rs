//! What an office has on its desk: businesses that ask to be connected, the list of registered ones, orders to correct,
//! messages refused at the door, reservations, and parking sold off peak. It is said over the API, as people, lots and
//! services say it.

use super::super::Failure;
use super::super::local_platform::new_token;
use super::reservable::{BLACKLISTED, Reservable};
use bowei_city::CityPlan;
use bowei_city::drivers::{Api, ApiError};
use bowei_model::LotKind;
use bowei_platform::App;
use bowei_platform::accounts::Role;
use http::Method;
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

/// The service that sells parking off peak.
const SERVICE: &str = "yunting";
/// An order is drafted of so many cases; the first of them is issued and served.
const ORDERS: usize = 2;

/// Fills the desk of an office that has had no registration yet.
pub(super) async fn fill(
    app: &App,
    (url, operator): (&str, &str),
    plan: &CityPlan,
    reservable: Option<&Reservable>,
) -> Result<(), Failure> {
    let now = app.clock.now();
    let desk = Desk { api: Api::to(url)?, operator };
    let known = desk.read("/api/v1/registrations?limit=1").await?;
    if items(&known).next().is_some() {
        return Ok(());
    }
    desk.registrations().await?;
    desk.businesses(plan, now).await?;
    desk.orders().await?;
    desk.refused(plan, now).await?;
    if let Some(lot) = reservable {
        desk.reservations(lot, now).await?;
    }
    let service = new_token(app.store.as_ref(), &Role::OffPeak(SERVICE.into()), now).await?;
    app.registry.refresh().await?;
    desk.off_peak(plan, &service).await
}

struct Desk<'a> {
    api: Api,
    operator: &'a str,
}

impl Desk<'_> {
    async fn read(&self, path: &str) -> Result<Value, ApiError> {
        self.api.done((Method::GET, path), Some(self.operator), None).await
    }

    async fn act(&self, path: &str, body: Value) -> Result<Value, ApiError> {
        self.api.done((Method::POST, path), Some(self.operator), Some(&body)).await
    }

    /// One that waits, one that was asked something, one that was refused.
    async fn registrations(&self) -> Result<(), Failure> {
        let lot = |name: &str, district: &str, address: &str, longitude: f64, latitude: f64, spaces: u32| {
            json!({
                "name": name, "district": district, "address": address, "kind": "off-street",
                "longitude": longitude, "latitude": latitude, "spaces_total": spaces,
            })
        };
        let asked = [
            (
                ("安吉竹海停车服务有限公司", "91330523MA0000011F", "安吉县昌硕街道胜利西路 1 号"),
                vec![
                    lot("竹海景区停车场", "330523", "安吉县天荒坪镇", 119.596, 30.472, 180),
                    lot("昌硕广场停车场", "330523", "安吉县昌硕街道", 119.681, 30.632, 96),
                ],
                None,
            ),
            (
                ("长兴图影停车管理有限公司", "91330522MA00000124", "长兴县图影旅游度假区"),
                vec![lot("图影湿地停车场", "330522", "长兴县图影旅游度假区", 119.998, 30.985, 150)],
                Some(json!({"action": "ask", "text": "请补充停车场的备案证明，并核对泊位数。"})),
            ),
            (
                ("德清莫干泊车有限公司", "91330521MA0000013Q", "德清县武康街道"),
                vec![lot("莫干山路停车场", "330521", "德清县武康街道", 119.968, 30.541, 40)],
                Some(json!({"action": "refuse", "reason": "该停车场已由其他单位接入，请先办理变更。"})),
            ),
        ];
        for ((name, credit_code, address), lots, answer) in asked {
            let form = json!({
                "name": name, "credit_code": credit_code, "address": address, "standards": ["huzhou"],
                "contact": {"name": "王经理", "phone": "0572-5021234"}, "lots": lots,
            });
            let made = self.api.done((Method::POST, "/open/v1/registrations"), None, Some(&form)).await?;
            if let (Some(id), Some(answer)) = (text(&made, "id"), answer) {
                self.act(&format!("/api/v1/registrations/{id}/actions"), answer).await?;
            }
        }
        Ok(())
    }

    /// The list of market supervision: those that are connected, and some that are not, one of whom somebody sees to.
    async fn businesses(&self, plan: &CityPlan, now: Timestamp) -> Result<(), Failure> {
        let mut table = "企业名称,统一社会信用代码,地址,行政区划\n".to_owned();
        for provider in &plan.providers {
            if let Some(lot) = plan.lots.iter().find(|lot| lot.provider == provider.code) {
                table.push_str(&format!("{},,{},{}\n", provider.name, lot.address, lot.district));
            }
        }
        table.push_str(
            "安吉竹海停车服务有限公司,91330523MA0000011F,安吉县昌硕街道胜利西路 1 号,330523\n\
             吴兴织里停车管理有限公司,91330502MA0000014B,吴兴区织里镇吴兴大道 88 号,330502\n\
             南浔善琏停车服务部,91330503MA0000015W,南浔区善琏镇湖笔街 6 号,330503\n",
        );
        self.api.hand_in_table("/api/v1/businesses/import", self.operator, table).await?;
        let found = self.read("/api/v1/businesses?q=91330502MA0000014B").await?;
        let Some(id) = items(&found).find_map(|business| text(business, "id")) else { return Ok(()) };
        let next_at = now.checked_add(SignedDuration::from_hours(3 * 24)).ok();
        let work = json!({
            "obstacle": "道闸厂商尚无上报接口", "assignee": "operator", "next_at": next_at,
            "note": "已上门告知，下周答复",
        });
        let path = format!("/api/v1/businesses/{id}");
        self.api.done((Method::PATCH, &path), Some(self.operator), Some(&work)).await?;
        Ok(())
    }

    /// Of the first cases of a lot's own: one order that was served, and one that is a draft still.
    async fn orders(&self) -> Result<(), Failure> {
        let cases = self.read("/api/v1/cases?state=new&limit=100").await?;
        let of_lots = items(&cases).filter(|case| text(case, "lot").is_some());
        let mut orders = Vec::new();
        for case in of_lots.take(ORDERS).filter_map(|case| text(case, "id")) {
            let drafted =
                self.act(&format!("/api/v1/cases/{case}/actions"), json!({"action": "order"})).await?;
            orders.extend(text(&drafted, "order").map(str::to_owned));
        }
        let Some(first) = orders.first() else { return Ok(()) };
        for step in [json!({"action": "issue"}), json!({"action": "serve", "manner": "electronic"})] {
            self.act(&format!("/api/v1/orders/{first}/actions"), step).await?;
        }
        Ok(())
    }

    /// Two messages that no key goes with, for whoever looks at why a message is refused.
    async fn refused(&self, plan: &CityPlan, now: Timestamp) -> Result<(), Failure> {
        let app_id =
            plan.providers.iter().find_map(|provider| provider.accounts.get("huzhou")?.get("app_id"));
        let Some(app_id) = app_id else { return Ok(()) };
        for (app_id, path) in [(app_id.as_str(), "/api/parkinglot/in"), ("nobody", "/api/parkinglot/out")] {
            let message = json!({
                "appId": app_id, "encryptedData": "AAAA", "timestamp": now.as_millisecond(), "signature": "AAAA",
            });
            self.api.done((Method::POST, path), None, Some(&message)).await?;
        }
        Ok(())
    }

    /// One that the lot turns away, two that have a space, and one that waits for a charger: others find spaces left.
    async fn reservations(&self, lot: &Reservable, now: Timestamp) -> Result<(), Failure> {
        let terms = json!({"granted": {"ordinary": 4, "charging": 1}, "reason": "首批开放预约"});
        self.act(&format!("/api/v1/reservations/lots/{}", lot.lot), terms).await?;
        // It can be reserved once it has asked what it is to do.
        lot.turn(0).await?;
        let quarter = TimestampRound::new().smallest(Unit::Minute).increment(15).mode(RoundMode::Ceil);
        let enter_at = now.checked_add(SignedDuration::from_hours(1))?.round(quarter)?;
        let drivers = [
            (BLACKLISTED, "ordinary"),
            ("浙E3A517", "ordinary"),
            ("浙EF20319", "charging"),
            ("浙ED61083", "charging"),
        ];
        for (plate, space) in drivers {
            let asked = json!({
                "lot": lot.lot, "plate": plate, "space": space, "enter_at": enter_at, "wait": true,
            });
            self.api.done((Method::POST, "/open/v1/reservations"), None, Some(&asked)).await?;
            lot.turn(0).await?;
        }
        Ok(())
    }

    /// A service's offers at two lots, and an order of each.
    async fn off_peak(&self, plan: &CityPlan, service: &str) -> Result<(), Failure> {
        let lots = plan.lots.iter().filter(|lot| lot.kind == LotKind::OffStreet);
        for (lot, (no, price)) in lots.zip([(1, "12.00"), (2, "20.00")]) {
            let let_in = json!({"off_peak_parties": [SERVICE]});
            let path = format!("/api/v1/lots/{}", lot.code);
            self.api.done((Method::PATCH, &path), Some(self.operator), Some(&let_in)).await?;
            let package = json!({"package_kind": 1, "price": price, "shelf": "on"});
            let path = format!("/api/v1/off-peak-packages/{}/P{no}", lot.code);
            self.api.done((Method::PUT, &path), Some(service), Some(&package)).await?;
            let order = json!({
                "package_no": format!("P{no}"), "plate": format!("浙E6{no}D88"), "amount": price, "status": 1,
            });
            let path = format!("/api/v1/off-peak-orders/{}/O{no}", lot.code);
            self.api.done((Method::PUT, &path), Some(service), Some(&order)).await?;
        }
        Ok(())
    }
}

/// The items of a list's page.
fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("items").and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(item: &'v Value, name: &str) -> Option<&'v str> {
    item.get(name)?.as_str()
}
