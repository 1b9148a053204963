//! `/api/v1/maintenance`: announced minutes in which lots need not report.

use super::List;
use super::reveals::reason;
use crate::accounts::{Principal, entry, random};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::timestamps;
use crate::office::{self, Kept};
use crate::supervision::maintenance::{LENGTH_MAX, Maintenance};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bowei_encoding::hex;
use bowei_model::ProviderCode;
use bowei_store::OfficeQuery;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Lots that one announcement names: more are a provider's or a district's.
const LOTS_MAX: usize = 500;

/// The list as its cursors know it.
const LIST: &str = "maintenance";

/// What is announced. Of the lots that are named; without any of all lots of the provider and the district.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceToAnnounce {
    /// Of these lots: 500 at most.
    #[serde(default)]
    lots: Vec<String>,
    /// Of this provider's.
    provider: Option<String>,
    /// In districts whose code begins so.
    district: Option<String>,
    /// From this moment, RFC 3339. What lies in the past already is not excused.
    #[schema(format = DateTime)]
    from: String,
    /// To before this one, 72 hours later at most.
    #[schema(format = DateTime)]
    to: String,
    /// Why, in four characters and more.
    reason: String,
}

/// Which announcements.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct MaintenanceQuery {
    /// That begin at this moment or later, RFC 3339.
    #[param(format = DateTime)]
    from: Option<String>,
    /// That begin before this moment, RFC 3339.
    #[param(format = DateTime)]
    to: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An announcement.
#[derive(Serialize, ToSchema)]
pub(super) struct MaintenanceItem {
    id: String,
    /// Empty: of all that the other two name.
    lots: Vec<String>,
    /// What these are called, in the same order.
    lot_names: Vec<String>,
    provider: Option<String>,
    provider_name: Option<String>,
    /// Empty: in all.
    district: String,
    from: String,
    to: String,
    reason: String,
    /// The login of who announced it.
    by: String,
    /// What lay before it is not excused.
    announced_at: String,
}

fn item(
    Kept { id, document: one, .. }: Kept<Maintenance>,
    principal: &Principal,
    app: &App,
) -> MaintenanceItem {
    let seen = one.lots.iter().filter_map(|lot| principal.lot(app, lot.as_str()).ok());
    let (lots, lot_names) = seen.map(|lot| (lot.code.to_string(), lot.name.clone())).unzip();
    MaintenanceItem {
        id,
        lots,
        lot_names,
        provider_name: one.provider.as_ref().and_then(|code| app.registry.snapshot().provider_name(code)),
        provider: one.provider.as_ref().map(ToString::to_string),
        district: one.district.clone(),
        from: timestamps::shown(one.from),
        to: timestamps::shown(one.to),
        reason: one.reason,
        by: one.by,
        announced_at: timestamps::shown(one.announced_at),
    }
}

/// Whether an announcement is about a lot that whoever asks sees.
fn sees(app: &App, principal: &Principal, one: &Maintenance) -> bool {
    principal.sees_all() || principal.seen(&app.registry.snapshot(), None).any(|lot| one.is_of(lot))
}

/// Announced maintenance of lots that whoever asks sees, the latest first.
#[utoipa::path(get, operation_id = "listMaintenance", path = "/api/v1/maintenance", tag = "supervision", security(("token" = [])), params(MaintenanceQuery), responses(
    (status = 200, description = "A page of announcements", body = List<MaintenanceItem>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    principal: Principal,
    QueryParams(query): QueryParams<MaintenanceQuery>,
) -> Result<Json<List<MaintenanceItem>>, Problem> {
    let found = office::list::<Maintenance>(
        app.store.as_ref(),
        OfficeQuery {
            from: timestamps::asked("from", query.from.as_deref())?,
            before: timestamps::asked("to", query.to.as_deref())?,
            limit: super::limit(query.limit),
            cursor: app.cursors.open(LIST, query.cursor)?,
            ..OfficeQuery::default()
        },
    )
    .await?;
    let seen = found.items.into_iter().filter(|one| sees(&app, &principal, &one.document));
    let items = seen.map(|one| item(one, &principal, &app)).collect();
    Ok(Json(List { items, next: app.cursors.seal(LIST, found.next)? }))
}

/// Announces maintenance. A provider announces its own lots', whoever is bounded by a district those in it.
#[utoipa::path(post, operation_id = "announceMaintenance", path = "/api/v1/maintenance", tag = "supervision", security(("token" = [])),
    request_body = MaintenanceToAnnounce, responses(
    (status = 201, description = "Announced", body = MaintenanceItem),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for whoever asks", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn announce(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(asked): JsonBody<MaintenanceToAnnounce>,
) -> Result<(StatusCode, Json<MaintenanceItem>), Problem> {
    let reason = reason(&asked.reason)?;
    if asked.lots.len() > LOTS_MAX {
        let words =
            format!("lots: {LOTS_MAX} at most, received {}: name a provider or a district", asked.lots.len());
        return Err(Problem::invalid("lots", words));
    }
    let lots = asked.lots.iter().map(|code| principal.lot(&app, code).map(|lot| lot.code.clone()));
    let lots = lots.collect::<Result<Vec<_>, _>>()?;
    let named = asked.provider.as_deref().map(ProviderCode::from);
    let provider = match (principal.provider(), named) {
        (Some(own), Some(named)) if *own != named => {
            return Err(Problem::not_found(format!(
                "没有接入单位 {named:?}，或无权查看 there is no provider {named:?} for whoever asks"
            )));
        }
        (Some(own), _) => Some(own.clone()),
        (None, named) => named,
    };
    let nothing = |_| Problem::invalid("district", "该区县不在权限范围内 the district is none of yours");
    let district = principal.district_asked(asked.district.as_deref()).map_err(nothing)?;
    let missing = |name| Problem::invalid(name, format!("缺少 {name} {name} is missing"));
    let from = timestamps::asked("from", Some(&asked.from))?.ok_or_else(|| missing("from"))?;
    let to = timestamps::asked("to", Some(&asked.to))?.ok_or_else(|| missing("to"))?;
    let now = app.clock.now();
    if to <= from.max(now) || to.duration_since(from) > LENGTH_MAX {
        let words = format!(
            "结束时间须在将来，且不超过开始后 {0} 小时 to lies in the future and {0} hours after from at most",
            LENGTH_MAX.as_hours()
        );
        return Err(Problem::invalid("to", words));
    }
    let id = hex(&random::<8>().map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("no id could be made: {error}"))
    })?);
    let one = Kept::new(
        id,
        Maintenance {
            lots,
            provider,
            district: district.unwrap_or_default().to_owned(),
            from,
            to,
            reason,
            by: principal.id().to_owned(),
            announced_at: now,
        },
    );
    let reported: Value = json!({
        "lots": one.document.lots, "provider": one.document.provider, "district": one.document.district,
        "from": timestamps::shown(from), "to": timestamps::shown(to), "reason": one.document.reason,
    });
    let made = entry(
        &source,
        now,
        ("maintenance.announce", format!("maintenance:{}", one.id)),
        (None, Some(reported)),
    );
    app.store.administer(vec![one.change()?], vec![made]).await?;
    Ok((StatusCode::CREATED, Json(item(one, &principal, &app))))
}
