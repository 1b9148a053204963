//! An order drafted from its case in one step: everything that is known is written down, and the office changes what it
//! would say otherwise.

use crate::config::PapersConfig;
use bowei_model::supervision::order::{Content, OrderFinding, Party, Term};
use bowei_model::supervision::{Rule, rule};
use bowei_model::{Finding, FindingKind, Lot, mask_plates, moment, words};
use bowei_store::{CaseRow, ProviderRow};
use jiff::Timestamp;

/// Findings that an order lists one by one. A fault that makes more of them is one case all the same: the text says how many
/// there are, and the evidence has them.
pub(crate) const FINDINGS_MAX: usize = 300;

/// Findings that the text quotes.
const QUOTED: usize = 3;

/// Working days to correct, unless the office says otherwise, and the hour of the last of them.
const TERM: Term = Term::WorkingDays { days: 10, hour: 17 };

/// The measures, by which lots are supervised.
const MEASURES: &str = "《湖州市智慧停车云平台管理办法》";

/// What an order on a case says.
pub(crate) fn content(
    case: &CaseRow,
    (lot, provider): (&Lot, Option<&ProviderRow>),
    findings: &[Finding],
    rule_set: u64,
    due_at: Option<Timestamp>,
    office: &PapersConfig,
) -> Content {
    let known = FindingKind::from_name(&case.condition.rule).map(rule);
    let set = |value: &Option<String>| value.clone().unwrap_or_default();
    let details = provider.map(|provider| &provider.details);
    Content {
        case: case.condition.id.clone(),
        lot: lot.code.clone(),
        provider: lot.provider.clone(),
        agency: set(&office.agency),
        title: "责令限期改正通知书".to_owned(),
        party: Party {
            name: provider.map_or_else(|| lot.provider.to_string(), |provider| provider.name.clone()),
            credit_code: details.and_then(|details| details.credit_code.clone()).unwrap_or_default(),
            address: details.and_then(|details| details.address.clone()).unwrap_or_default(),
        },
        facts: facts(case, lot, known, findings),
        rule_broken: known.map_or_else(String::new, |rule| format!("{MEASURES}{}", rule.article)),
        basis: format!("《中华人民共和国行政处罚法》第二十八条第一款、{MEASURES}第十六条"),
        demand: known.map_or_else(String::new, |rule| format!("{}。", rule.cure.zh)),
        report_back: "请你单位在期限届满前登录停车数据平台填报改正情况，并上传证明材料。".to_owned(),
        consequence: format!(
            "逾期不改正的，本机关将依据{MEASURES}第十七条的规定予以通报；情节严重的，依法给予警告、罚款等处罚。"
        ),
        remedies: remedies(office),
        contact: [set(&office.contact), set(&office.phone), set(&office.address)]
            .into_iter()
            .filter(|part| !part.trim().is_empty())
            .collect::<Vec<_>>()
            .join("，"),
        term: due_at.map_or(TERM, |due_at| Term::Moment { due_at }),
        rule_set,
        findings: OrderFinding::numbered(findings),
    }
}

fn facts(case: &CaseRow, lot: &Lot, known: Option<&Rule>, findings: &[Finding]) -> String {
    let row = &case.condition;
    let shown = |at: Timestamp| {
        let wall = moment::to_wall(at);
        format!("{}年{}月{}日{}时{:02}分", wall.year(), wall.month(), wall.day(), wall.hour(), wall.minute())
    };
    let title = known.map_or(row.rule.as_str(), |rule| rule.title.zh);
    let mut text = format!(
        "{}（编号{}）自{}至{}存在“{title}”问题，共{}项。",
        lot.name,
        lot.code,
        shown(row.first_at),
        shown(row.last_at),
        row.count
    );
    for finding in findings.iter().take(QUOTED) {
        text.push_str(&format!(
            "其中，{}：{}。",
            shown(finding.at),
            mask_plates(&words::chinese(finding.kind, &finding.facts))
        ));
    }
    text
}

fn remedies(office: &PapersConfig) -> String {
    let body = |body: &Option<String>, otherwise: &str| body.clone().unwrap_or_else(|| otherwise.to_owned());
    format!(
        "如对本决定不服，可自收到本通知书之日起六十日内向{}申请行政复议，或者自收到之日起六个月内向{}提起行政诉讼。\
         对认定的事实有异议的，可以自收到本通知书之日起五个工作日内向本机关陈述、申辩，也可以在停车数据平台上逐项提出申诉。",
        body(&office.review_body, "有管辖权的行政复议机关"),
        body(&office.court, "有管辖权的人民法院"),
    )
}
