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
        lot_name: lot.name.clone(),
        provider: lot.provider.clone(),
        agency: set(&office.agency),
        title: "责令限期改正通知书".to_owned(),
        party: Party {
            name: provider.map_or_else(|| lot.provider.to_string(), |provider| provider.name.clone()),
            credit_code: details.and_then(|details| details.credit_code.clone()).unwrap_or_default(),
            address: details.and_then(|details| details.address.clone()).unwrap_or_default(),
        },
        facts: facts(case, lot, known, findings),
        rule_broken: known.map_or_else(String::new, |rule| format!("{MEASURES}{}", rule.duties())),
        basis: format!("《中华人民共和国行政处罚法》第二十八条第一款、{MEASURES}第十六条"),
        demand: known.map_or_else(String::new, |rule| format!("{}。", rule.cure.zh)),
        report_back: "请你单位在期限届满前登录停车数据平台填报改正情况，并上传证明材料。".to_owned(),
        consequence: format!(
            "逾期不改正的，本机关将依据{MEASURES}第十七条的规定予以通报；情节严重的，依法给予警告、罚款等处罚。"
        ),
        remedies: remedies(office),
        contact: contact(office),
        term: due_at.map_or(TERM, |due_at| Term::Moment { due_at }),
        rule_set,
        findings: OrderFinding::numbered(findings),
    }
}

fn facts(case: &CaseRow, lot: &Lot, known: Option<&Rule>, findings: &[Finding]) -> String {
    let row = &case.condition;
    let title = known.map_or(row.rule.as_str(), |rule| rule.title.zh);
    let mut text = format!(
        "{}（编号{}）{}存在“{title}”问题，共{}项。",
        lot.name,
        lot.code,
        days(case, findings),
        row.count
    );
    let quoted = findings.iter().take(QUOTED).map(|finding| {
        let words = words::chinese_with(finding.kind, &finding.facts, to_the_second);
        let at = if finding.is_of_day() { to_the_day(finding.at) } else { to_the_minute(finding.at) };
        format!("{at}，{}", closed_up(&mask_plates(&words)))
    });
    let quoted: Vec<_> = quoted.collect();
    if !quoted.is_empty() {
        text.push_str(&format!("其中：{}。", quoted.join("；")));
    }
    text
}

/// The days on which it happened. The case itself knows when it was found, which is later; it has to do for what the order
/// does not list.
fn days(case: &CaseRow, findings: &[Finding]) -> String {
    let row = &case.condition;
    let unlisted = u64::try_from(row.count).unwrap_or(0) > findings.len() as u64 || findings.is_empty();
    let beyond = unlisted.then_some([row.first_at, row.last_at]).into_iter().flatten();
    let moments = || findings.iter().map(|finding| finding.at).chain(beyond.clone());
    let [first, last] = [moments().min(), moments().max()].map(|at| to_the_day(at.unwrap_or(row.first_at)));
    if first == last { format!("于{first}") } else { format!("自{first}至{last}") }
}

/// Without the blanks that set numbers off on a page: a paper has none beside Chinese.
fn closed_up(text: &str) -> String {
    let (mut closed, mut rest) = (String::with_capacity(text.len()), text.chars().peekable());
    while let Some(c) = rest.next() {
        let mut beside = closed.chars().next_back().into_iter().chain(rest.peek().copied());
        if c != ' ' || !beside.any(|c| !c.is_ascii()) {
            closed.push(c);
        }
    }
    closed
}

/// 2026年4月1日
fn to_the_day(at: Timestamp) -> String {
    moment::to_wall(at).strftime("%Y年%-m月%-d日").to_string()
}

/// 2026年4月1日8时15分
fn to_the_minute(at: Timestamp) -> String {
    moment::to_wall(at).strftime("%Y年%-m月%-d日%-H时%M分").to_string()
}

/// 2026年4月1日8时15分30秒
fn to_the_second(at: Timestamp) -> String {
    moment::to_wall(at).strftime("%Y年%-m月%-d日%-H时%M分%S秒").to_string()
}

fn contact(office: &PapersConfig) -> String {
    let parts = [("联系人", &office.contact), ("联系电话", &office.phone), ("地址", &office.address)];
    let parts = parts.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)));
    let parts: Vec<_> = parts.map(|(name, part)| format!("{name}：{part}")).collect();
    if parts.is_empty() { String::new() } else { format!("{}。", parts.join("；")) }
}

/// Nothing where the settings do not say before whom: it is not issued without.
fn remedies(office: &PapersConfig) -> String {
    let Some((review_body, court)) = office.review_body.as_ref().zip(office.court.as_ref()) else {
        return String::new();
    };
    format!(
        "不服本通知书的，可以自收到本通知书之日起六十日内向{review_body}申请行政复议，也可以自收到本通知书之日起六个月内\
         向{court}提起行政诉讼。复议或者诉讼期间，本通知书不停止执行，法律另有规定的除外。"
    )
}
