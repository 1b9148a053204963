//! A table of businesses: which column is what, and what each row says.

use super::{BUSINESSES_MAX, Business, Listed};
use crate::office::{Kept, credit_code};
use bowei_model::{district, moment};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A head stands among so many rows from the top.
const HEAD_WITHIN: usize = 10;

/// The longest name and the longest address.
const NAME_MAX: usize = 200;
const ADDRESS_MAX: usize = 300;

/// Words that a column's head has, the one that says most first.
const CREDIT_CODE: [&str; 3] = ["统一社会信用代码", "信用代码", "credit"];
const NAME: [&str; 6] = ["企业名称", "单位名称", "主体名称", "经营者名称", "名称", "name"];
const ADDRESS: [&str; 6] = ["经营场所", "住所", "经营地址", "注册地址", "地址", "address"];
const DISTRICT: [&str; 6] = ["行政区划", "区县", "县区", "区/县", "属地", "district"];
const REGISTERED_AT: [&str; 6] = ["成立日期", "登记日期", "注册日期", "核准日期", "成立时间", "date"];

/// Districts by their names, of the cities whose texts are implemented: a list seldom has codes.
const DISTRICTS: [(&str, &str); 17] = [
    ("湖州市", "330500"),
    ("吴兴区", "330502"),
    ("南浔区", "330503"),
    ("德清县", "330521"),
    ("长兴县", "330522"),
    ("安吉县", "330523"),
    ("宁波市", "330200"),
    ("海曙区", "330203"),
    ("江北区", "330205"),
    ("北仑区", "330206"),
    ("镇海区", "330211"),
    ("鄞州区", "330212"),
    ("奉化区", "330213"),
    ("象山县", "330225"),
    ("宁海县", "330226"),
    ("余姚市", "330281"),
    ("慈溪市", "330282"),
];

/// A row of the table: its number as spreadsheets count, and its cells.
pub(crate) type TableRow = (usize, Vec<String>);

/// Which column says what, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mapping {
    pub(crate) credit_code: Option<usize>,
    pub(crate) name: Option<usize>,
    pub(crate) address: Option<usize>,
    pub(crate) district: Option<usize>,
    pub(crate) registered_at: Option<usize>,
}

impl Mapping {
    /// What the heads suggest.
    pub(crate) fn suggested(heads: &[String]) -> Self {
        let plain = |head: &String| head.split_whitespace().collect::<String>().to_lowercase();
        let heads: Vec<_> = heads.iter().map(plain).collect();
        let find = |words: &[&str]| {
            let exact = words.iter().find_map(|word| heads.iter().position(|head| head == word));
            exact.or_else(|| words.iter().find_map(|word| heads.iter().position(|head| head.contains(word))))
        };
        Self {
            credit_code: find(&CREDIT_CODE),
            name: find(&NAME),
            address: find(&ADDRESS),
            district: find(&DISTRICT),
            registered_at: find(&REGISTERED_AT),
        }
    }

    /// How many columns are known.
    fn known(self) -> usize {
        let Self { credit_code, name, address, district, registered_at } = self;
        [credit_code, name, address, district, registered_at].into_iter().flatten().count()
    }
}

/// The table's heads, and the rows below them: the first row near the top that names a business and something more, or the
/// first row that there is.
pub(crate) fn split(mut rows: Vec<TableRow>) -> (Vec<String>, Vec<TableRow>) {
    let is_head = |(_, cells): &TableRow| {
        let mapping = Mapping::suggested(cells);
        mapping.name.is_some() && mapping.known() > 1
    };
    let head = rows.iter().take(HEAD_WITHIN).position(is_head).unwrap_or(0);
    if rows.is_empty() {
        return Default::default();
    }
    let below = rows.split_off(head + 1);
    let heads = rows.pop().map(|(_, cells)| cells).unwrap_or_default();
    (heads, below.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect())
}

/// A row that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BusinessRefused)]
pub(crate) struct Refused {
    /// Its number as spreadsheets count.
    pub(crate) row: usize,
    pub(crate) problem: String,
}

/// What a row says.
pub(crate) fn read(cells: &[String], mapping: Mapping) -> Result<Listed, String> {
    let cell = |column: Option<usize>| column.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim());
    let text = |what: &str, column, most: usize| {
        let text = cell(column);
        if text.chars().count() > most || text.chars().any(char::is_control) {
            return Err(format!("{what}应为 {most} 字以内的文字 {most} characters at most are expected"));
        }
        Ok(text.to_owned())
    };
    let name = text("名称", mapping.name, NAME_MAX)?;
    if name.is_empty() {
        return Err("缺少名称 the name is missing".to_owned());
    }
    let code = cell(mapping.credit_code).to_uppercase();
    if !code.is_empty() {
        credit_code::check(&code).map_err(|error| format!("{code}: {error}"))?;
    }
    let credit_code = Some(code).filter(|code| !code.is_empty());
    let district = district_of(cell(mapping.district), credit_code.as_deref())?;
    let registered_at = date_of(cell(mapping.registered_at))?;
    Ok(Listed {
        credit_code,
        name,
        address: text("地址", mapping.address, ADDRESS_MAX)?,
        district,
        registered_at,
    })
}

/// A district by its code or name, or else by the authority that gave the credit code (its third to eighth digits).
fn district_of(text: &str, credit_code: Option<&str>) -> Result<String, String> {
    let code = text.get(..6).filter(|code| district::is_code(code));
    if let Some(code) = code.filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())) {
        return Ok(code.to_owned());
    }
    // 湖州市吴兴区 is the district, not the city.
    if let Some((_, code)) = DISTRICTS.iter().rev().find(|(name, _)| text.ends_with(name)) {
        return Ok((*code).to_owned());
    }
    let authority = credit_code.and_then(|code| code.get(2..8)).filter(|code| district::is_code(code));
    match (authority, text) {
        (Some(code), _) => Ok(code.to_owned()),
        (None, "") => Ok(String::new()),
        (None, text) => {
            Err(format!("区县“{text}”无法识别，请填写六位行政区划代码 six digits of GB/T 2260 are expected"))
        }
    }
}

/// The beginning of a day, as tables write days.
fn date_of(text: &str) -> Result<Option<Timestamp>, String> {
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> =
        text.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    let parts = match parts.as_slice() {
        [whole] if whole.len() == 8 => vec![whole.get(..4), whole.get(4..6), whole.get(6..)],
        parts => parts.iter().map(|part| Some(*part)).collect(),
    };
    let numbers: Option<Vec<i16>> = parts.into_iter().map(|part| part?.parse().ok()).collect();
    let date = match numbers.as_deref() {
        Some([year, month, day]) => match (i8::try_from(*month), i8::try_from(*day)) {
            (Ok(month), Ok(day)) => Date::new(*year, month, day).ok(),
            _ => None,
        },
        _ => None,
    };
    let at = date.filter(|date| (1900..2200).contains(&date.year()));
    let at = at.and_then(moment::start_of_date);
    at.map(Some).ok_or_else(|| format!("日期“{text}”无法识别 a date such as 2026-04-01 is expected"))
}

/// What a table changes.
#[derive(Default)]
pub(crate) struct Worked {
    /// Businesses to keep, new ones with revision 0.
    pub(crate) changed: Vec<Kept<Business>>,
    pub(crate) added: usize,
    pub(crate) unchanged: usize,
    pub(crate) refused: Vec<Refused>,
}

/// What the table's rows change of what is known. `may_have` says of a district whether whoever imports may have its
/// businesses.
pub(crate) fn work_in(
    rows: &[TableRow],
    mapping: Mapping,
    known: &HashMap<String, Kept<Business>>,
    may_have: impl Fn(&str) -> bool,
) -> Worked {
    let mut worked = Worked::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (number, cells) in rows {
        let listed = read(cells, mapping).and_then(|listed| {
            let id = listed.id();
            let before = known.get(&id);
            if let Some(first) = seen.insert(id, *number) {
                return Err(format!("与第 {first} 行重复 the same business as in row {first}"));
            }
            if !may_have(&listed.district)
                || before.is_some_and(|one| !may_have(&one.document.listed.district))
            {
                return Err("不属于本辖区 it is of another district than yours".to_owned());
            }
            if before.is_none() && known.len() + worked.added >= BUSINESSES_MAX {
                return Err(format!(
                    "最多保存 {BUSINESSES_MAX} 家 no more than {BUSINESSES_MAX} businesses are kept"
                ));
            }
            Ok((listed, before))
        });
        match listed {
            Err(problem) => worked.refused.push(Refused { row: *number, problem }),
            Ok((listed, None)) => {
                worked.added += 1;
                worked.changed.push(Kept::new(listed.id(), Business::new(listed)));
            }
            Ok((listed, Some(before))) if before.document.listed == listed => worked.unchanged += 1,
            Ok((listed, Some(before))) => {
                let mut kept = before.clone();
                kept.document.listed = listed;
                worked.changed.push(kept);
            }
        }
    }
    worked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: usize, cells: &[&str]) -> TableRow {
        (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    const ALL: Mapping = Mapping {
        credit_code: Some(0),
        name: Some(1),
        address: Some(2),
        district: Some(3),
        registered_at: Some(4),
    };

    #[test]
    fn heads_suggest_what_columns_say() {
        let heads = ["序号", "企业名称", "统一社会信用代码", "法定代表人", "住所", "区县", "成立日期"]
            .map(str::to_owned);
        let expected = Mapping {
            credit_code: Some(2),
            name: Some(1),
            address: Some(4),
            district: Some(5),
            registered_at: Some(6),
        };
        assert_eq!(Mapping::suggested(&heads), expected);
        let title = row(1, &["湖州市停车经营单位名单"]);
        let rows = vec![title, row(2, &["名称", "地址"]), row(3, &["甲", "乙"]), row(4, &["", ""])];
        let (heads, below) = split(rows);
        assert_eq!(heads, ["名称", "地址"]);
        assert_eq!(below, [row(3, &["甲", "乙"])]);
        assert_eq!(split(Vec::new()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_row_says_where_by_code_name_or_authority() {
        let code = "91330100799655058B";
        for (text, credit_code, expected) in [
            ("330502", None, "330502"),
            ("330502000000", None, "330502"),
            ("湖州市吴兴区", None, "330502"),
            ("湖州市", None, "330500"),
            ("", Some(code), "330100"),
            ("市本级", Some(code), "330100"),
            ("", None, ""),
        ] {
            assert_eq!(district_of(text, credit_code).as_deref(), Ok(expected), "{text}");
        }
        assert!(district_of("市本级", None).is_err());
    }

    #[test]
    fn days_are_read_as_tables_write_them() {
        let day = "2026-04-01T00:00:00+08:00".parse().unwrap();
        for text in
            ["2026-04-01", "2026/4/1", "2026年4月1日", "20260401", "2026-04-01 00:00:00", "2026.04.01"]
        {
            assert_eq!(date_of(text), Ok(Some(day)), "{text}");
        }
        assert_eq!(date_of(""), Ok(None));
        for text in ["昨天", "2026-13-01", "2026-02-30", "1/4/2026", "99999999", "2026-04"] {
            assert!(date_of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rows_are_told_one_by_one_and_the_work_on_a_business_stays() {
        let code = "91330100799655058B";
        let before = {
            let listed = read(&row(1, &[code, "旧名", "旧址", "330502"]).1, ALL).unwrap();
            let mut business = Business::new(listed);
            business.obstacle = Some("业主不同意".to_owned());
            Kept { id: super::super::id_of(code), revision: 3, document: business }
        };
        let known = HashMap::from([(before.id.clone(), before)]);
        let rows = [
            row(2, &[code, "新名", "新址", "330502", "2020-01-01"]),
            row(3, &["", "无码", "人民路1号", "330502"]),
            row(4, &["", "无码", "人民路1号", "330502"]),
            row(5, &["91330100799655058C", "错码", "", "330502"]),
            row(6, &["", "", "人民路2号", "330502"]),
            row(7, &["", "外地", "", "330522"]),
            row(8, &["", "坏日期", "", "330502", "昨天"]),
        ];
        let worked = work_in(&rows, ALL, &known, |district| district.starts_with("330502"));
        assert_eq!((worked.added, worked.unchanged, worked.changed.len()), (1, 0, 2));
        let kept = &worked.changed[0];
        assert_eq!((kept.revision, kept.document.listed.name.as_str()), (3, "新名"));
        assert_eq!(kept.document.obstacle.as_deref(), Some("业主不同意"));
        let refused: Vec<_> = worked.refused.iter().map(|refused| refused.row).collect();
        assert_eq!(refused, [4, 5, 6, 7, 8]);
        assert!(worked.refused[0].problem.contains("row 3") && worked.refused[1].problem.contains('B'));
    }
}
