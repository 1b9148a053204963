//! `/api/v1/lots/{code}/days/{date}`: which records the platform has of a lot's day, and which the lot has by its own
//! word. First the numbers and their digest are compared, then the ids, and what is missing is sent again: the daily loop
//! of the lot's gateway, or of whatever software the lot has. docs/supervision/daily-loop.md says how.

use super::{List, limit};
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::auth::Actor;
use crate::http::body::large_json;
use crate::http::problem::Problem;
use crate::http::query_params::QueryParams;
use crate::http::{enums, timestamps};
use axum::Json;
use axum::extract::{Path, Request, State};
use bowei_encoding::sha256_hex;
use bowei_model::{Lot, LotCode, moment};
use bowei_store::{DayRecordKind, DayRecordQuery, DaySummary, DeclarationRow, Store, StoreError};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// The list as its cursors know it.
const LIST: &str = "records of a day";
/// Ids read at once.
const PAGE: usize = 1_000;
/// Ids of one kind in a declaration, and of one kind of a day that are compared: more cars than pass the largest lot.
const IDS_MAX: usize = 100_000;
/// The longest id.
const ID_CHARS_MAX: usize = 128;
/// A declaration with that many, most of them short.
const DECLARATION_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Ids of one kind that a difference names; it counts all.
const NAMED_MAX: usize = 1_000;
/// Days back of which a lot declares its records: gateways make up for a week, and people for a month.
const DECLARED_WITHIN_DAYS: i64 = 40;

/// What the platform has of a lot's day.
#[derive(Serialize, ToSchema)]
pub(super) struct DayItem {
    /// The day, UTC+08:00.
    #[schema(format = Date)]
    day: String,
    /// Entries, by when the car came in.
    entries: u64,
    /// Exits, by when it went out.
    exits: u64,
    /// Photos of these passages.
    photos: u64,
    /// Charges, by their end.
    charges: u64,
    /// Lower-case hex SHA-256 of the text made of the entries' digest, a line feed, the exits' digest and a line feed. Null
    /// for whoever does not see plates, which some ids are made of.
    digest: Option<String>,
    /// The digest of each kind's ids. Null likewise.
    digests: Option<Digests>,
    /// What the lot declared last; null where it has declared nothing.
    declared: Option<Declared>,
}

/// Lower-case hex SHA-256 over the ids of each kind in the order of their bytes, each as its length in bytes in decimal
/// digits, a colon, the id and a line feed.
#[derive(Serialize, ToSchema)]
struct Digests {
    entries: String,
    exits: String,
    photos: String,
    charges: String,
}

impl Digests {
    fn of(day: DaySummary) -> Self {
        let DaySummary { entries, exits, photos, charges } = day;
        Self { entries: entries.sha256, exits: exits.sha256, photos: photos.sha256, charges: charges.sha256 }
    }

    /// That of entries and exits together.
    fn digest(&self) -> String {
        sha256_hex(format!("{}\n{}\n", self.entries, self.exits).as_bytes())
    }
}

/// What a lot has of a day by its own word.
#[derive(Serialize, ToSchema)]
struct Declared {
    /// When it said so.
    received_at: String,
    entries: usize,
    exits: usize,
    photos: u64,
    charges: u64,
}

impl Declared {
    fn of(declared: &DeclarationRow) -> Self {
        Self {
            received_at: timestamps::shown(declared.received_at),
            entries: declared.entries.len(),
            exits: declared.exits.len(),
            photos: declared.photos,
            charges: declared.charges,
        }
    }
}

/// Which records of a day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DayRecordsQuery {
    /// Of this kind: entries without it.
    #[param(value_type = Option<RecordKind>, inline)]
    kind: Option<String>,
    /// At most so many: 100 without it, 1,000 at most.
    #[param(minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A kind of record.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum RecordKind {
    Entries,
    Exits,
    Photos,
    Charges,
}

impl From<RecordKind> for DayRecordKind {
    fn from(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Entries => Self::Entries,
            RecordKind::Exits => Self::Exits,
            RecordKind::Photos => Self::Photos,
            RecordKind::Charges => Self::Charges,
        }
    }
}

/// Which records a lot has of a day, by its own log.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DayDeclaration {
    /// The ids of its entries, in any order; at most 100,000.
    entries: Vec<String>,
    /// The ids of its exits.
    exits: Vec<String>,
    /// How many photos of them it has.
    photos: u64,
    /// How many charges it has.
    charges: u64,
}

/// How a lot's own word differs from what the platform has.
#[derive(Serialize, ToSchema)]
pub(super) struct DayDifference {
    /// What the lot declared last; null where it has declared nothing, and then there is no difference.
    declared: Option<Declared>,
    /// The lot has them and the platform has not: send them again.
    missing: DifferingIds,
    /// The platform has them and the lot has not.
    unknown_to_lot: DifferingIds,
    /// Photos and charges that the platform has.
    photos: u64,
    charges: u64,
}

/// Ids of entries and exits.
#[derive(Default, Serialize, ToSchema)]
struct DifferingIds {
    /// At most 1,000 of them, in the order of their bytes.
    entries: Vec<String>,
    /// Likewise.
    exits: Vec<String>,
    /// How many there are.
    entries_total: usize,
    exits_total: usize,
}

impl DifferingIds {
    fn of((entries, exits): (Vec<&str>, Vec<&str>), principal: &Principal) -> Self {
        let named = |ids: &[&str]| ids.iter().take(NAMED_MAX).map(|id| principal.record_id(id)).collect();
        Self {
            entries: named(&entries),
            exits: named(&exits),
            entries_total: entries.len(),
            exits_total: exits.len(),
        }
    }
}

/// How many records of a day the platform has, by when they happened, and a digest of their ids.
#[utoipa::path(get, operation_id = "getLotDay", path = "/api/v1/lots/{code}/days/{date}", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("date" = String, Path, format = Date, description = "The day, UTC+08:00")), responses(
    (status = 200, description = "The day's numbers", body = DayItem),
    (status = 400, description = "The date is none", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(app): State<App>,
    principal: Principal,
    Path((code, date)): Path<(String, String)>,
) -> Result<Json<DayItem>, Problem> {
    let (lot, day) = (principal.lot(&app, &code)?, read_day(&date)?);
    let summary = app.store.day_summary(&lot.code, number(day)).await?;
    let declarations = app.store.declarations(&lot.code, number(day)).await?;
    let (entries, exits) = (summary.entries.count, summary.exits.count);
    let (photos, charges) = (summary.photos.count, summary.charges.count);
    let digests = principal.sees_plates().then(|| Digests::of(summary));
    Ok(Json(DayItem {
        day: day.to_string(),
        entries,
        exits,
        photos,
        charges,
        digest: digests.as_ref().map(Digests::digest),
        digests,
        declared: declarations.last().map(Declared::of),
    }))
}

/// The ids of a day's records, in the order of their bytes; of photos the passage's id, once for each.
#[utoipa::path(get, operation_id = "listLotDayRecords", path = "/api/v1/lots/{code}/days/{date}/records", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("date" = String, Path, format = Date, description = "The day, UTC+08:00"), DayRecordsQuery), responses(
    (status = 200, description = "A page of ids", body = List<String>),
    (status = 400, description = "A parameter does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn records(
    State(app): State<App>,
    principal: Principal,
    Path((code, date)): Path<(String, String)>,
    QueryParams(query): QueryParams<DayRecordsQuery>,
) -> Result<Json<List<String>>, Problem> {
    let (lot, day) = (principal.lot(&app, &code)?, read_day(&date)?);
    let kinds: Vec<RecordKind> = enums::several("kind", query.kind.as_deref())?;
    let kind = kinds.first().copied().unwrap_or(RecordKind::Entries).into();
    // A place in one list is none in another.
    let list = format!("{LIST} {} {day} {kind:?}", lot.code);
    let page = app
        .store
        .day_records(DayRecordQuery {
            lot: lot.code.clone(),
            day: number(day),
            kind,
            limit: limit(query.limit),
            cursor: app.cursors.open(&list, query.cursor)?,
        })
        .await?;
    let items = page.items.iter().map(|id| principal.record_id(id)).collect();
    Ok(Json(List { items, next: app.cursors.seal(&list, page.next)? }))
}

/// How the lot's last declaration of a day differs from what the platform has by now.
#[utoipa::path(get, operation_id = "getLotDayDifference", path = "/api/v1/lots/{code}/days/{date}/declaration", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("date" = String, Path, format = Date, description = "The day, UTC+08:00")), responses(
    (status = 200, description = "The difference", body = DayDifference),
    (status = 400, description = "The date is none", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn declaration(
    State(app): State<App>,
    principal: Principal,
    Path((code, date)): Path<(String, String)>,
) -> Result<Json<DayDifference>, Problem> {
    let (lot, day) = (principal.lot(&app, &code)?, read_day(&date)?);
    let declared = app.store.declarations(&lot.code, number(day)).await?.pop();
    Ok(Json(difference(&app, &principal, &lot, day, declared).await?))
}

/// A lot says which records it has of a day. What it said before stays kept: records that vanish from a later word are
/// seen.
#[utoipa::path(post, operation_id = "declareLotDay", path = "/api/v1/lots/{code}/days/{date}/declaration", tag = "api", security(("token" = [])),
    params(("code" = String, Path, description = "The lot's code"), ("date" = String, Path, format = Date, description = "The day, UTC+08:00")),
    request_body = DayDeclaration, responses(
    (status = 200, description = "The difference", body = DayDifference),
    (status = 400, description = "A field does not fit, or the day is yet to come or too long past", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "A lot's own provider alone says what it has", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such lot for this token", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "More than 8 MiB", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn declare(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    Path((code, date)): Path<(String, String)>,
    request: Request,
) -> Result<Json<DayDifference>, Problem> {
    let (lot, day) = (principal.lot(&app, &code)?, read_day(&date)?);
    let now = app.clock.now();
    let today = moment::to_wall(now).date();
    let oldest = today.checked_sub(DECLARED_WITHIN_DAYS.days()).unwrap_or(today);
    if day > today || day < oldest {
        let words = format!("date is {day}: a day from {oldest} to {today} is expected");
        return Err(Problem::invalid("date", words));
    }
    let reported: DayDeclaration = large_json(&app, request, DECLARATION_MAX_BYTES).await?;
    let DayDeclaration { entries, exits, photos, charges } = reported;
    let row = DeclarationRow {
        received_at: now,
        entries: read_ids("entries", entries)?,
        exits: read_ids("exits", exits)?,
        photos,
        charges,
    };
    if app.store.declare_day(&lot.code, number(day), row.clone()).await? {
        let numbers = json!({
            "day": day.to_string(), "entries": row.entries.len(), "exits": row.exits.len(), "photos": photos,
            "charges": charges,
        });
        let what = ("day.declare", format!("lot:{}", lot.code));
        app.store.administer(Vec::new(), vec![entry(&source, now, what, (None, Some(numbers)))]).await?;
    }
    Ok(Json(difference(&app, &principal, &lot, day, Some(row)).await?))
}

/// A day as it is written.
fn read_day(text: &str) -> Result<Date, Problem> {
    let day = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    day.filter(|day| day.year() > 0).ok_or_else(|| {
        Problem::invalid("date", format!("date 为 {text:?}，应为日期 a day is expected, such as 2026-04-01"))
    })
}

/// A day as the store has it: `yyyymmdd`.
fn number(day: Date) -> u32 {
    let part = |number: i16| u32::try_from(number).unwrap_or(0);
    part(day.year()) * 10_000 + part(day.month().into()) * 100 + part(day.day().into())
}

/// Ids, sorted, each once.
fn read_ids(field: &str, ids: Vec<String>) -> Result<Vec<String>, Problem> {
    if ids.len() > IDS_MAX {
        let words = format!("{field} are {}: {IDS_MAX} at most are expected", ids.len());
        return Err(Problem::invalid(field, words));
    }
    let fits = |id: &String| (1..=ID_CHARS_MAX).contains(&id.chars().count());
    if let Some(place) = ids.iter().position(|id| !fits(id)) {
        let words = format!("{field}[{place}]: an id of 1 to {ID_CHARS_MAX} characters is expected");
        return Err(Problem::invalid(&format!("{field}/{place}"), words));
    }
    Ok(ids.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
}

async fn difference(
    app: &App,
    principal: &Principal,
    lot: &Lot,
    day: Date,
    declared: Option<DeclarationRow>,
) -> Result<DayDifference, Problem> {
    let summary = app.store.day_summary(&lot.code, number(day)).await?;
    let (photos, charges) = (summary.photos.count, summary.charges.count);
    let Some(declared) = declared else {
        let (missing, unknown_to_lot) = (DifferingIds::default(), DifferingIds::default());
        return Ok(DayDifference { declared: None, missing, unknown_to_lot, photos, charges });
    };
    let store = app.store.as_ref();
    let entries = all(store, &lot.code, day, DayRecordKind::Entries).await?;
    let exits = all(store, &lot.code, day, DayRecordKind::Exits).await?;
    let (lots_entries, lots_exits) = (ids(&declared.entries), ids(&declared.exits));
    let (entries, exits) = (ids(&entries), ids(&exits));
    let only_in = |a: &BTreeSet<_>, b: &BTreeSet<_>| a.difference(b).copied().collect();
    let missing = (only_in(&lots_entries, &entries), only_in(&lots_exits, &exits));
    let unknown_to_lot = (only_in(&entries, &lots_entries), only_in(&exits, &lots_exits));
    Ok(DayDifference {
        missing: DifferingIds::of(missing, principal),
        unknown_to_lot: DifferingIds::of(unknown_to_lot, principal),
        declared: Some(Declared::of(&declared)),
        photos,
        charges,
    })
}

fn ids(of: &[String]) -> BTreeSet<&str> {
    of.iter().map(String::as_str).collect()
}

/// The ids of a day's records of one kind.
async fn all(
    store: &dyn Store,
    lot: &LotCode,
    day: Date,
    kind: DayRecordKind,
) -> Result<Vec<String>, StoreError> {
    let mut ids = Vec::new();
    let mut cursor = None;
    loop {
        let (lot, day) = (lot.clone(), number(day));
        let page = store.day_records(DayRecordQuery { lot, day, kind, limit: PAGE, cursor }).await?;
        ids.extend(page.items);
        cursor = page.next;
        if cursor.is_none() || ids.len() >= IDS_MAX {
            return Ok(ids);
        }
    }
}
