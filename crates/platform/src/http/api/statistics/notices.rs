//! `/api/v1/notices`: 通报, made of a month's rates in one step.

use super::page::RATES;
use super::{StatisticsQuery, asked, made, rendered};
use crate::accounts::{Principal, entry};
use crate::app::App;
use crate::http::api::List;
use crate::http::auth::{Actor, must_be_confirmed};
use crate::http::body::JsonBody;
use crate::http::problem::Problem;
use crate::http::timestamps;
use crate::office::{self, Document, Kept};
use crate::orders::numbers;
use crate::papers::Paper;
use crate::papers::data::{
    Figure, Indicator, Named, Notice, Number, Party, Period as Printed, Standing, Unit,
};
use crate::statistics::{Group, Row};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bowei_model::moment;
use bowei_model::supervision::{Rate, RuleSet};
use bowei_store::OfficeQuery;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// The best and the worst that are shown.
const SHOWN: usize = 5;

/// Those that are named in public at most.
const NAMED_MAX: usize = 50;

/// Notices that are listed, the newest.
const LIST_MAX: usize = 200;

/// A notice to issue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct NoticeToIssue {
    /// The period, `2026-04`.
    period: String,
    /// Lots whose score is below are named, 0 to 100: 60 without it.
    named_below: Option<f64>,
    /// What is demanded; the usual demands without it.
    #[serde(default)]
    demands: Vec<String>,
    /// `true`: a draft is answered as a page, and nothing is issued.
    #[serde(default)]
    draft: bool,
}

/// A notice.
#[derive(Serialize, ToSchema)]
pub(in crate::http::api) struct NoticeItem {
    id: String,
    number: String,
    title: String,
    issued_at: String,
    issued_by: String,
    /// Lots that are named.
    named: usize,
}

/// A notice as it is kept: it does not change.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Issued {
    notice: Notice,
    at: Timestamp,
    by: String,
}

impl Document for Issued {
    const KIND: &'static str = "notice";

    fn state(&self) -> String {
        "issued".to_owned()
    }

    fn at(&self) -> Timestamp {
        self.at
    }
}

fn item(app: &App, Kept { id, document, .. }: Kept<Issued>) -> NoticeItem {
    let prefix = app.config.papers.number_prefix.as_deref().unwrap_or_default();
    NoticeItem {
        number: document
            .notice
            .number
            .map_or_else(String::new, |one| format!("{prefix}〔{}〕{}号", one.year, one.number)),
        title: document.notice.title.clone(),
        issued_at: timestamps::shown(document.at),
        issued_by: document.by,
        named: document.notice.named.len(),
        id,
    }
}

/// Notices that were issued, the newest first.
#[utoipa::path(get, operation_id = "listNotices", path = "/api/v1/notices", tag = "supervision", security(("token" = [])), responses(
    (status = 200, description = "The newest 200", body = List<NoticeItem>),
))]
pub(in crate::http::api) async fn list(
    State(app): State<App>,
    _: Principal,
) -> Result<Json<List<NoticeItem>>, Problem> {
    let query = OfficeQuery { limit: LIST_MAX, ..OfficeQuery::default() };
    let found = office::list::<Issued>(app.store.as_ref(), query).await?.items;
    Ok(Json(List { items: found.into_iter().map(|kept| item(&app, kept)).collect(), next: None }))
}

/// Issues a notice on a period's rates: the best and the worst, who is named, an annex for each rate.
#[utoipa::path(post, operation_id = "issueNotice", path = "/api/v1/notices", tag = "supervision", security(("token" = [])),
    request_body = NoticeToIssue, responses(
    (status = 201, description = "Issued", body = NoticeItem),
    (status = 200, description = "The draft, a page", content_type = "text/html"),
    (status = 400, description = "The body does not fit", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "Nothing was evaluated in that period, or a setting of the papers is missing", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn create(
    State(app): State<App>,
    principal: Principal,
    Actor(source): Actor,
    JsonBody(body): JsonBody<NoticeToIssue>,
) -> Result<Response, Problem> {
    use axum::response::IntoResponse as _;
    if !principal.sees_all() {
        let words = "通报针对全市，请由不限区县的账号操作 a notice is the whole city's: ask somebody who is bounded by no district";
        return Err(Problem::forbidden(words));
    }
    let now = app.clock.now();
    let notice = drafted(&app, &principal, &body).await?;
    if body.draft {
        return rendered(&app, Paper::Notice(notice)).await;
    }
    must_be_confirmed(&app, &principal)?;
    // A setting that is missing is found before a number is drawn.
    rendered(&app, Paper::Notice(notice.clone())).await?;
    let id = format!("notice-{}", body.period);
    let made = |number: bowei_model::supervision::order::DocumentNumber| {
        let number = Some(Number { year: number.year, number: number.n });
        let date = Some(moment::to_wall(now).date());
        let notice = Notice { number, date, ..notice.clone() };
        let after = json!({"period": body.period, "named": notice.named.len()});
        let audited = entry(&source, now, ("notice.issue", id.clone()), (None, Some(after)));
        let kept = Kept::new(id.clone(), Issued { notice, at: now, by: principal.id().to_owned() });
        Ok::<_, Problem>((vec![kept.change()?], vec![audited]))
    };
    numbers::with_next(app.store.as_ref(), (&id, now), made).await?;
    let kept: Option<Kept<Issued>> = office::one(app.store.as_ref(), &id).await?;
    let kept = kept.ok_or_else(|| Problem::not_found("there is no such notice"))?;
    Ok((StatusCode::CREATED, Json(item(&app, kept))).into_response())
}

/// A notice as it was issued, a page that prints.
#[utoipa::path(get, operation_id = "getNoticeDocument", path = "/api/v1/notices/{id}/document", tag = "supervision", security(("token" = [])),
    params(("id" = String, Path, description = "The notice's id")), responses(
    (status = 200, description = "The page", content_type = "text/html"),
    (status = 404, description = "No such notice", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "A paper cannot be printed: why, it says", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::http::api) async fn document(
    State(app): State<App>,
    _: Principal,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let found: Option<Kept<Issued>> = office::one(app.store.as_ref(), &id).await?;
    let kept = found.ok_or_else(|| Problem::not_found(format!("there is no notice {id:?}")))?;
    rendered(&app, Paper::Notice(kept.document.notice)).await
}

async fn drafted(app: &App, principal: &Principal, body: &NoticeToIssue) -> Result<Notice, Problem> {
    let period = asked(Some(&body.period), app)?;
    let query = StatisticsQuery::default();
    let city = made(app, principal, &query, (period, Group::City)).await?;
    let lots = made(app, principal, &query, (period, Group::Lot)).await?;
    let Some(total) = city.table.rows.first() else {
        let words = "该时段没有评估数据 nothing was evaluated in that period";
        return Err(Problem::new(StatusCode::CONFLICT, words));
    };
    let rules = app.supervision.rules();
    let scored: Vec<&Row> = lots.table.rows.iter().filter(|row| row.now.score.is_some()).collect();
    let standing =
        |row: &&Row| Standing { name: row.name.clone(), now: row.now.score, before: row.before.score };
    let below = body.named_below.unwrap_or(60.0);
    let named =
        scored.iter().rev().filter(|row| row.now.score.is_some_and(|score| score < below)).take(NAMED_MAX);
    let number = |now: u64, before: u64, name: &str, unit: &str| Figure {
        name: name.to_owned(),
        unit: Unit::Count(unit.to_owned()),
        now: Some(now as f64),
        before: Some(before as f64),
    };
    let demands = if body.demands.is_empty() {
        vec![
            "各停车场经营单位应当对照本通报逐项整改，确保停车信息数据完整、及时、准确。".to_owned(),
            "被点名停车场的经营单位应当自本通报印发之日起十个工作日内，在停车数据平台填报整改情况。"
                .to_owned(),
        ]
    } else {
        body.demands.clone()
    };
    Ok(Notice {
        number: None,
        title: format!("关于{}停车数据接入质量情况的通报", period.chinese()),
        addressees: vec!["各停车场经营单位".to_owned()],
        period: Printed { from: period.from, to: period.to },
        introduction: "现将本期全市停车场数据接入质量情况通报如下。".to_owned(),
        totals: vec![
            number(total.now.lots, total.before.lots, "接入停车场", "个"),
            number(total.now.spaces, total.before.spaces, "泊位", "个"),
            number(total.now.entries, total.before.entries, "入场记录", "条"),
            number(city.orders.issued, city.orders_before.issued, "下达责令限期改正通知书", "份"),
        ],
        indicators: Rate::ALL
            .iter()
            .zip(RATES)
            .map(|(rate, (id, name))| indicator((*rate, id, name), total, &scored, &rules))
            .collect(),
        best: scored.iter().take(SHOWN).map(standing).collect(),
        worst: scored.iter().rev().take(SHOWN).map(standing).collect(),
        named: named
            .map(|row| Named {
                party: Party { name: row.name.clone(), credit_code: None },
                lot: Some(row.id.clone()),
                reason: format!("综合得分{:.1}分", row.now.score.unwrap_or_default()),
                measure: None,
            })
            .collect(),
        demands,
        date: None,
        attachments: Vec::new(),
        copies_to: Vec::new(),
    })
}

fn indicator((rate, id, name): (Rate, &str, &str), total: &Row, lots: &[&Row], rules: &RuleSet) -> Indicator {
    let of =
        |row: &Row| (row.now.rates.get(id).copied().flatten(), row.before.rates.get(id).copied().flatten());
    let mut rows: Vec<Standing> = lots
        .iter()
        .map(|row| {
            let (now, before) = of(row);
            Standing { name: row.name.clone(), now, before }
        })
        .filter(|standing| standing.now.is_some())
        .collect();
    rows.sort_by(|a, b| {
        b.now.unwrap_or(0.0).total_cmp(&a.now.unwrap_or(0.0)).then_with(|| a.name.cmp(&b.name))
    });
    let (now, before) = of(total);
    Indicator {
        figure: Figure { name: name.to_owned(), unit: Unit::Rate, now, before },
        aim: Some(rules.rates.aim(rate)),
        meaning: None,
        best: rows.iter().take(3).cloned().collect(),
        worst: rows.iter().rev().take(3).cloned().collect(),
        rows,
    }
}
