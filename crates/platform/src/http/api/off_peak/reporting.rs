//! `PUT /api/v1/off-peak-packages/{code}/{no}` and `/api/v1/off-peak-orders/{code}/{no}`: a third party's service says what
//! 4.14 lists, of itself alone.

use super::{OffPeakOrderItem, OffPeakPackageItem, Shelf};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::lots::words;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::intake::NotReported;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bowei_model::{OffPeakOrder, OffPeakPackage, Plate, ProviderCode, Report};
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::ToSchema;

/// The longest number, as the Shenzhen text's own messages have it.
const NUMBER_MAX: usize = 64;
/// The most yuan of a package or an order: a space for years costs less.
const YUAN_MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Money has cents, and no less.
const CENTS: u32 = 2;

/// An offer, as its service says it. Money is a decimal string, in yuan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct NewOffPeakPackage {
    /// Number of the lot's licence (许可决定文书号).
    permit_no: Option<String>,
    /// The kind of offer, in the service's own numbering (套餐类型).
    package_kind: i64,
    /// Its price (套餐价格).
    price: String,
    /// Whether it can be bought (套餐状态).
    shelf: Shelf,
}

/// An order, as its service says it. Money is a decimal string, in yuan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct NewOffPeakOrder {
    /// The offer ordered (套餐编号).
    package_no: String,
    /// The car (车牌号).
    plate: String,
    /// What it costs (订单金额).
    amount: String,
    /// Its state, in the service's own numbering (订单状态).
    status: i64,
    /// From when on the car may park by it, RFC 3339; from now on where it is left out.
    #[schema(format = DateTime)]
    valid_from: Option<String>,
    /// Until when; a day later where it is left out.
    #[schema(format = DateTime)]
    valid_until: Option<String>,
}

/// Says what an offer is by now: a new one, another price, on the shelf or off it.
#[utoipa::path(put, operation_id = "putOffPeakPackage", path = "/api/v1/off-peak-packages/{code}/{no}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("no" = String, Path, description = "The offer's number, its service's own")),
    request_body = NewOffPeakPackage, responses(
    (status = 200, description = "The offer as it is now", body = OffPeakPackageItem),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No lot that lets this service in", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The number is not this service's", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "More in a day than a service may say", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn put_package(
    State(app): State<App>,
    principal: Principal,
    Path((code, no)): Path<(String, String)>,
    JsonBody(reported): JsonBody<NewOffPeakPackage>,
) -> Result<Json<OffPeakPackageItem>, Problem> {
    let (lot, service) = (principal.lot(&app, &code)?, service(&principal)?);
    let permit_no =
        reported.permit_no.as_deref().map(|no| words("permit_no", no, 0, NUMBER_MAX)).transpose()?;
    let package = OffPeakPackage {
        lot: lot.code.clone(),
        package_no: number("no", &no)?,
        permit_no: permit_no.filter(|no| !no.is_empty()),
        service_code: service.to_string(),
        package_kind: reported.package_kind,
        price: money("price", &reported.price)?,
        status: i64::from(reported.shelf == Shelf::On),
    };
    app.intake.keep_off_peak(&service, Report::OffPeakPackage(package.clone())).await?;
    Ok(Json(OffPeakPackageItem::of(&app, &package, app.clock.now())))
}

/// Says what an order is by now.
#[utoipa::path(put, operation_id = "putOffPeakOrder", path = "/api/v1/off-peak-orders/{code}/{no}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("no" = String, Path, description = "The order's number, its service's own")),
    request_body = NewOffPeakOrder, responses(
    (status = 200, description = "The order as it is now", body = OffPeakOrderItem),
    (status = 400, description = "A field does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No lot that lets this service in, or no such offer of it there", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The number is not this service's", body = Problem, content_type = "application/problem+json"),
    (status = 429, description = "More in a day than a service may say", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn put_order(
    State(app): State<App>,
    principal: Principal,
    Path((code, no)): Path<(String, String)>,
    JsonBody(reported): JsonBody<NewOffPeakOrder>,
) -> Result<Json<OffPeakOrderItem>, Problem> {
    let (lot, service) = (principal.lot(&app, &code)?, service(&principal)?);
    let plate = Plate::read(&reported.plate)
        .ok_or_else(|| Problem::invalid("plate", "plate: a car's plate is expected, such as 粤B12345"))?;
    let valid_from = timestamps::asked("valid_from", reported.valid_from.as_deref())?;
    let valid_until = timestamps::asked("valid_until", reported.valid_until.as_deref())?;
    if valid_from.zip(valid_until).is_some_and(|(from, until)| from >= until) {
        return Err(Problem::invalid("valid_until", "valid_until: a time after valid_from is expected"));
    }
    let package_no = number("package_no", &reported.package_no)?;
    let offer = (lot.code.clone(), package_no.clone());
    let offered = app.store.documents_named(super::PACKAGES, vec![offer]).await?;
    let is_its = |report: &Report| match report {
        Report::OffPeakPackage(package) => package.service_code == service.as_str(),
        _ => false,
    };
    if !offered.iter().filter_map(|row| row.document.current()).any(|current| is_its(&current.content)) {
        return Err(Problem::not_found(format!("there is no offer {package_no:?} of {service} at this lot"))
            .about("package_no"));
    }
    let order = OffPeakOrder {
        lot: lot.code.clone(),
        order_no: number("no", &no)?,
        service_code: service.to_string(),
        package_no,
        plate: Some(plate),
        amount: money("amount", &reported.amount)?,
        status: reported.status,
        valid_from,
        valid_until,
    };
    app.intake.keep_off_peak(&service, Report::OffPeakOrder(order.clone())).await?;
    let now = app.clock.now();
    Ok(Json(OffPeakOrderItem::of(&app, &order, (now, now), None, &principal)))
}

/// The service that asks; whoever else has no packages.
fn service(principal: &Principal) -> Result<ProviderCode, Problem> {
    let own = principal.off_peak_service().cloned();
    own.ok_or_else(|| Problem::forbidden("a token of an off-peak service is expected"))
}

fn number(field: &str, text: &str) -> Result<String, Problem> {
    words(field, text, 1, NUMBER_MAX)
}

fn money(field: &str, text: &str) -> Result<Decimal, Problem> {
    let amount = text.trim().parse::<Decimal>().ok();
    let fits =
        |amount: &Decimal| (Decimal::ZERO..=YUAN_MAX).contains(amount) && amount.normalize().scale() <= CENTS;
    amount.filter(fits).ok_or_else(|| {
        let expected = format!("yuan from 0 to {YUAN_MAX} with at most {CENTS} places are expected");
        Problem::invalid(field, format!("{field} is {text:?}: {expected}, such as \"12.50\""))
    })
}

impl From<NotReported> for Problem {
    fn from(why: NotReported) -> Self {
        match why {
            NotReported::NotLetIn => {
                Self::not_found("there is no lot that lets this service in by that code")
            }
            NotReported::OthersNumber => {
                Self::invalid("no", "the number is not this service's: choose another")
                    .with_status(StatusCode::CONFLICT)
            }
            NotReported::TooMuch { words, retry_after_s } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, words).after_seconds(u64::from(retry_after_s))
            }
            NotReported::Store(error) => error.into(),
        }
    }
}
