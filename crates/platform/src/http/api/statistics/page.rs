//! Figures as a page that prints.

use super::{Statistics, rendered};
use crate::app::App;
use crate::http::problem::Problem;
use crate::papers::Paper;
use crate::papers::data::{Align, Column, Figure, Period as Printed, Report, Section, Table, Unit};
use crate::statistics::{Figures, Row};
use axum::response::Response;
use jiff::Timestamp;

/// What the rates are called.
pub(super) const RATES: [(&str, &str); 7] = [
    ("online", "在线率"),
    ("timeliness", "及时率"),
    ("completeness", "完整率"),
    ("photos", "照片上传率"),
    ("balance", "进出平衡率"),
    ("vacancy", "空位准确率"),
    ("base_data", "基础信息完整率"),
];

/// The page.
pub(super) async fn page(app: &App, made: &Statistics, now: Timestamp) -> Result<Response, Problem> {
    let date = |text: &str| text.parse().unwrap_or_default();
    let Statistics { table, orders, orders_before } = made;
    let count = |name: &str, unit: &str, now: u64, before: u64| Figure {
        name: name.to_owned(),
        unit: Unit::Count(unit.to_owned()),
        now: Some(now as f64),
        before: Some(before as f64),
    };
    let mut sections = Vec::new();
    if let [row] = table.rows.as_slice() {
        sections
            .push(Section { title: "总体情况".to_owned(), figures: figures(row), ..Section::default() });
        sections.push(Section {
            title: "分时占用率".to_owned(),
            table: Some(by_hour(&row.now, &row.before)),
            ..Section::default()
        });
    } else {
        sections.push(Section {
            title: "分项数据".to_owned(),
            table: Some(rows(&table.rows)),
            ..Section::default()
        });
    }
    sections.push(Section {
        title: "责令改正与申诉".to_owned(),
        figures: vec![
            count("责令限期改正", "件", orders.issued, orders_before.issued),
            count("已改正", "件", orders.verified, orders_before.verified),
            count("撤回", "件", orders.withdrawn, orders_before.withdrawn),
            count("升级处理", "件", orders.escalated, orders_before.escalated),
            count("申诉", "项", orders.objected, orders_before.objected),
            count("申诉成立", "项", orders.sustained, orders_before.sustained),
            count("申诉不成立", "项", orders.rejected, orders_before.rejected),
        ],
        ..Section::default()
    });
    let report = Report {
        title: "停车数据报表".to_owned(),
        subject: match table.rows.as_slice() {
            [row] if !row.name.is_empty() => Some(row.name.clone()),
            _ => None,
        },
        period: Printed { from: date(&table.from), to: date(&table.to) },
        sections,
        made_at: now,
        notes: vec![
            "平台自身停机和已公告的维护时段不计入各项比率；样本过少的项目不评分。".to_owned(),
            "变化为与上一时段相比。".to_owned(),
        ],
    };
    rendered(app, Paper::Report(report)).await
}

fn figures(row: &Row) -> Vec<Figure> {
    let (now, before) = (&row.now, &row.before);
    let count = |name: &str, unit: &str, of: fn(&Figures) -> f64| Figure {
        name: name.to_owned(),
        unit: Unit::Count(unit.to_owned()),
        now: Some(of(now)),
        before: Some(of(before)),
    };
    let minutes = |name: &str, of: fn(&Figures) -> Option<u64>| Figure {
        name: name.to_owned(),
        unit: Unit::Count("分钟".to_owned()),
        now: of(now).map(|minutes| minutes as f64),
        before: of(before).map(|minutes| minutes as f64),
    };
    let rate = |(id, name): (&str, &str)| Figure {
        name: name.to_owned(),
        unit: Unit::Rate,
        now: now.rates.get(id).copied().flatten(),
        before: before.rates.get(id).copied().flatten(),
    };
    let mut figures = vec![
        count("停车场", "个", |of| of.lots as f64),
        count("泊位", "个", |of| of.spaces as f64),
        count("入场", "次", |of| of.entries as f64),
        count("出场", "次", |of| of.exits as f64),
        minutes("停车时长中位数", |of| of.dwell_p50_minutes),
        minutes("停车时长（95% 不超过）", |of| of.dwell_p95_minutes),
        count("充电", "次", |of| of.charges as f64),
        Figure {
            name: "充电费用".to_owned(),
            unit: Unit::Yuan,
            now: Some(now.charging_fees),
            before: Some(before.charging_fees),
        },
        Figure { name: "综合得分".to_owned(), unit: Unit::Points, now: now.score, before: before.score },
    ];
    figures.extend(RATES.map(rate));
    figures
}

fn column(title: &str, align: Align) -> Column {
    Column { title: title.to_owned(), align }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "—".to_owned(), |share| format!("{:.1}%", share * 100.0))
}

fn by_hour(now: &Figures, before: &Figures) -> Table {
    let hours = now.occupancy_by_hour.iter().zip(&before.occupancy_by_hour).enumerate();
    Table {
        columns: vec![
            column("时刻", Align::Center),
            column("本期", Align::Right),
            column("上期", Align::Right),
        ],
        rows: hours
            .map(|(hour, (now, before))| vec![format!("{hour:02}:00"), percent(*now), percent(*before)])
            .collect(),
    }
}

fn rows(rows: &[Row]) -> Table {
    let mut columns = vec![
        column("名称", Align::Left),
        column("入场", Align::Right),
        column("周转率", Align::Right),
        column("得分", Align::Right),
        column("变化", Align::Right),
    ];
    columns.extend(RATES.map(|(_, name)| column(name, Align::Right)));
    let cells = |row: &Row| {
        let points = |score: Option<f64>| score.map_or_else(|| "—".to_owned(), |score| format!("{score:.1}"));
        let change = row.now.score.zip(row.before.score).map(|(now, before)| now - before);
        let mut cells = vec![
            row.name.clone(),
            row.now.entries.to_string(),
            row.now.turnover.map_or_else(|| "—".to_owned(), |turnover| format!("{turnover:.2}")),
            points(row.now.score),
            change.map_or_else(|| "—".to_owned(), |change| format!("{change:+.1}")),
        ];
        cells.extend(RATES.map(|(id, _)| percent(row.now.rates.get(id).copied().flatten())));
        cells
    };
    Table { columns, rows: rows.iter().map(cells).collect() }
}
