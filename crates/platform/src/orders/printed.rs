//! An order's documents, as what the papers print.

use super::KeptOrder;
use crate::papers::data::{
    Attachment, Citation, Conclusion, Due, Evidence, Fact, Manner, Number, Party, Proxy, Receipt, Review,
    Reviewed,
};
use crate::papers::{Paper, data};
use bowei_model::supervision::order::{self, DocumentNumber, IssuedReview, Order};
use bowei_model::supervision::rule;
use bowei_model::{Lot, mask_plates, moment, words};
use jiff::Timestamp;
use jiff::civil::Date;

/// Working days within which the party may be heard.
const HEARING_DAYS: u32 = 5;

/// Which document of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Printed {
    /// 责令限期改正通知书.
    Order,
    /// 送达回证.
    Receipt,
    /// 整改复查意见: which of those issued, from 1; without it the newest, and for the office a draft where the last
    /// verification is in none yet.
    Review(Option<usize>),
}

/// The document; `None` where there is no such one yet. What is not signed yet the office alone sees.
pub(crate) fn paper(kept: &KeptOrder, lot: Option<&Lot>, printed: Printed, is_office: bool) -> Option<Paper> {
    let order = &kept.order;
    Some(match printed {
        Printed::Order => Paper::Order(of_order(order, lot)),
        Printed::Receipt => Paper::Receipt(of_receipt(order)?),
        Printed::Review(which) => {
            let review = match which {
                Some(which) => Some(order.reviews.get(which.checked_sub(1)?)?),
                None if is_office => order.review(),
                None => Some(order.reviews.last()?),
            };
            Paper::Review(of_review(order, lot, review)?)
        }
    })
}

fn number(number: DocumentNumber) -> Number {
    Number { year: number.year, number: number.n }
}

fn day(at: Timestamp) -> Date {
    moment::to_wall(at).date()
}

/// 2026-04-01 08:15:30, by the city's clock: a table has no room for more.
fn to_the_second(at: Timestamp) -> String {
    moment::to_wall(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn party(order: &Order) -> Party {
    let order::Party { name, credit_code, .. } = &order.content.party;
    Party { name: name.clone(), credit_code: Some(credit_code.clone()).filter(|code| !code.is_empty()) }
}

fn lots(order: &Order, lot: Option<&Lot>) -> Vec<String> {
    let order::Content { lot: code, lot_name, .. } = &order.content;
    let name = Some(lot_name.as_str()).filter(|name| !name.is_empty()).or(lot.map(|lot| lot.name.as_str()));
    vec![name.map_or_else(|| code.to_string(), |name| format!("{name}（{code}）"))]
}

/// A text's sentences or lines, each a paragraph.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn cited(text: &str) -> Vec<Citation> {
    vec![Citation { document: String::new(), article: text.to_owned(), text: None }]
}

fn of_order(order: &Order, lot: Option<&Lot>) -> data::Order {
    let content = &order.content;
    let title = content.findings.first().map_or("", |finding| rule(finding.kind).title.zh);
    let rows = content.findings.iter().map(|finding| {
        let what = words::chinese_with(finding.kind, &finding.facts, to_the_second);
        let record = mask_plates(finding.record_id.as_deref().unwrap_or_default());
        let is_of_day = finding.finding(&content.lot).is_of_day();
        vec![
            finding.number.to_string(),
            if is_of_day { day(finding.at).to_string() } else { to_the_second(finding.at) },
            record.into_owned(),
            mask_plates(&what).into_owned(),
        ]
    });
    let columns = ["序号", "时间", "记录编号", "问题"]
        .map(|title| data::Column { title: title.to_owned(), ..Default::default() });
    let table = data::Table { columns: columns.to_vec(), rows: rows.collect() };
    data::Order {
        number: order.issue.as_ref().map(|issue| number(issue.number)),
        title: content.title.clone(),
        party: party(order),
        lots: lots(order, lot),
        facts: vec![Fact { title: title.to_owned(), text: content.facts.clone() }],
        evidence: vec![Evidence {
            name: format!("问题清单{}项及其所依据的报文、照片和规则", content.findings.len()),
            digest: order.issue.as_ref().map(|issue| format!("SHA-256 {}", issue.evidence_sha256)),
        }],
        rules_broken: cited(&content.rule_broken),
        basis: cited(&content.basis),
        demands: lines(&content.demand),
        due: match content.term {
            order::Term::Moment { due_at } => Due::At(due_at),
            order::Term::WorkingDays { days, hour } => Due::WorkingDays { days, hour },
        },
        report_back: lines(&content.report_back),
        consequences: lines(&content.consequence),
        hearing_days: HEARING_DAYS,
        remedies: lines(&content.remedies),
        contact: Some(content.contact.clone()).filter(|contact| !contact.trim().is_empty()),
        date: order.issue.as_ref().map(|issue| day(issue.at)),
        attachments: vec![Attachment { title: "问题清单".to_owned(), table: Some(table) }],
    }
}

fn of_receipt(order: &Order) -> Option<Receipt> {
    let issue = order.issue.as_ref()?;
    let service = order.service.as_ref();
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let manner = |manner: order::Manner| match manner {
        order::Manner::InPerson => Manner::Direct,
        order::Manner::Left => Manner::Left,
        order::Manner::Entrusted => Manner::Entrusted,
        order::Manner::Post => Manner::Post,
        order::Manner::Electronic => Manner::Electronic,
        order::Manner::Announcement => Manner::Published,
    };
    Some(Receipt {
        document: order.content.title.clone(),
        number: number(issue.number),
        recipient: party(order),
        place: service.map(|service| service.place.clone()),
        manner: service.map(|service| manner(service.manner)),
        signed_by: service.map(|service| service.recipient.clone()),
        served_at: service.map(|service| service.at),
        proxy: service.filter(|service| !service.proxy.is_empty()).map(|service| Proxy {
            name: service.proxy.clone(),
            relation: String::new(),
            reason: service.reason.clone(),
        }),
        witness: service.and_then(|service| given(&service.witness)),
        servers: service.map(|service| vec![service.server.clone()]).unwrap_or_default(),
        remarks: service.and_then(|service| given(&service.remarks)),
    })
}

/// As it was issued, or a draft of what the last verification found.
fn of_review(order: &Order, lot: Option<&Lot>, review: Option<&IssuedReview>) -> Option<Review> {
    let issue = order.issue.as_ref()?;
    let (verification, standing, due_at) = match review {
        Some(IssuedReview { verification, standing, due_at, .. }) => {
            (verification, standing.clone(), *due_at)
        }
        None => (order.verification.as_ref()?, order.standing(), order.due_at?),
    };
    let uncured = &verification.uncured;
    let left = standing.intersection(uncured).count();
    let conclusion = match left {
        0 => Conclusion::Corrected,
        left if left < standing.len() => Conclusion::Partly,
        _ => Conclusion::NotCorrected,
    };
    Some(Review {
        number: review.map(|review| number(review.document)),
        party: party(order),
        lots: lots(order, lot),
        order_title: order.content.title.clone(),
        order_number: number(issue.number),
        order_date: day(issue.at),
        due_at,
        reviewed_at: verification.as_of,
        method: "以通知书送达后平台收到的数据，对通知书所列问题逐项复查".to_owned(),
        items: vec![Reviewed {
            demand: order.content.demand.trim_end().trim_end_matches('。').to_owned(),
            found: format!(
                "通知书所列{}项中，已改正{}项，未改正{left}项",
                standing.len(),
                standing.len() - left
            ),
            corrected: left == 0,
        }],
        conclusion,
        next: Vec::new(),
        date: review.map(|review| day(review.at)),
        attachments: Vec::new(),
    })
}
