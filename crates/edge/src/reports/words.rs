//! What is wrong with a report in Chinese, for whoever wrote it as JSON. What is expected is known by how it begins in English:
//! a test holds the list to all that the reader expects.

use super::ReportFault;
use bowei_model::words::after_han;

const EXPECTED: [(&str, &str); 16] = [
    ("a time with its offset", "带时区的时间，如 \"2026-04-01T08:15:30+08:00\""),
    ("a whole number from 0", "0 至 4294967295 的整数"),
    ("a whole number", "整数"),
    ("a number of degrees", "以度为单位的数"),
    ("true or false", "true 或 false"),
    ("a decimal", "十进制数，最好写成字符串，如 \"12.50\""),
    ("a plate", "车牌，如 \"浙E12345\"；无牌车为 null"),
    ("a list of at most 20000 plates", "车牌列表，不超过 20000 个，如 [\"浙E12345\"]"),
    ("two digits of the dictionary", "两位号牌种类代码（\"02\" 小型车，\"52\" 小型新能源车，\"41\" 无牌等）"),
    ("a picture beside the report", "随报文上传的图片或图片地址，二者之一"),
    ("an object of at most", "不超过 100 项的 JSON 对象，每项不超过 16 KiB"),
    ("one JSON object", "一个 JSON 对象"),
    ("a place on Earth", "有效的经度和纬度"),
    ("degrees east and north", "经度和纬度：出入口须有位置"),
    ("degrees east", "经度，与纬度同时填写"),
    ("degrees north", "纬度，与经度同时填写"),
];

/// What is wrong.
pub(super) fn chinese(fault: &ReportFault) -> String {
    let ReportFault { field, expected, received } = fault;
    let field = if field == "the report" { "上报内容" } else { field.as_str() };
    let expected = expected_in_chinese(expected);
    let expected = after_han(&expected);
    match received.as_str() {
        "nothing" | "neither" => format!("缺少 {field}：应为{expected}"),
        "both" => format!("{field} 应为{expected}，收到两者"),
        received => format!("{field} 应为{expected}，收到 {received}"),
    }
}

fn expected_in_chinese(expected: &str) -> String {
    if let Some((_, zh)) = EXPECTED.iter().find(|(begins, _)| expected.starts_with(begins)) {
        return (*zh).to_owned();
    }
    if let Some(fields) = expected.strip_prefix("one of the fields of this kind (") {
        return format!("此类上报的字段之一（{}）", fields.trim_end_matches(')'));
    }
    if let Some(words) = expected.strip_prefix("one of ") {
        return format!("以下之一：{words}");
    }
    if let Some(range) = expected.strip_prefix("text of ").and_then(|rest| rest.strip_suffix(" characters")) {
        return format!("{} 个字符", range.replace(" to ", " 至 "));
    }
    // Words of the model, in quotes.
    expected.replace(" or ", " 或 ")
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::*;

    #[test]
    fn all_that_the_forms_expect_is_said_in_chinese() {
        let texts = [
            form::MOMENT.expected,
            form::WHOLE.expected,
            form::COUNT.expected,
            form::DEGREES.expected,
            form::FLAG.expected,
            form::DECIMAL.expected,
            form::TEXT.expected,
            form::LONG_TEXT.expected,
            form::RECORD_ID.expected,
            form::PLATE.expected,
            form::PLATES.expected,
            form::PLATE_KIND.expected,
        ];
        for text in texts {
            let reported = expected_in_chinese(text);
            assert!(
                !reported.contains(" of ") && !reported.contains(" a ") && reported != text,
                "{text}: {reported}"
            );
        }
        for words in [form::PAY_KIND.expected, form::ROLE.expected, form::GATE_KIND.expected] {
            assert!(!expected_in_chinese(words).contains(" or "), "{words}");
        }
    }
}
