//! Why a row or a file was not taken, in Chinese and by the file's own column names, for whoever has to put it right.

use super::columns::{self, Column};
use super::table::TableFault;
use crate::reports::ReportFault;

/// What a report's reader expects, by how it begins in English, and in Chinese.
const EXPECTED: [(&str, &str); 26] = [
    ("a time with its offset", "日期和时间，如 2026-04-01 08:15:30 或 2026年4月1日 8:15"),
    ("a whole number from 0", "0 至 4294967295 的整数"),
    ("a whole number", "整数"),
    ("a number of degrees", "以度为单位的数"),
    ("true or false", "是或否"),
    ("a decimal", "数，如 12.50"),
    ("text of 1 to 255", "1 至 255 个字符"),
    ("text of 1 to 1000", "1 至 1000 个字符"),
    ("text of 1 to 128", "1 至 128 个字符"),
    ("a plate", "车牌，如 浙E12345；无牌车写“无牌车”"),
    ("a list of at most 20000 plates", "车牌列表，以分号隔开，不超过 20000 个"),
    ("two digits of the dictionary", "两位号牌种类代码（02 小型车，52 小型新能源车，41 无牌等）"),
    ("\"cash\"", "现金、ETC、微信、支付宝、信用卡、储值卡或月租卡"),
    ("\"entry\" or \"exit\"", "入场或出场"),
    ("\"entry\", \"exit\" or", "entry（入口）、exit（出口）或 both（出入口）"),
    ("\"tariff-board\"", "tariff-board、floor-plan、space-map、plate 或 other"),
    ("\"off-street\"", "off-street（路外）或 on-street（路内）"),
    ("\"GCJ02\"", "GCJ02、WGS84 或 BD09"),
    ("\"open\"", "open、closed 或 removed"),
    ("one of heartbeat", "入场、出场、车位数、照片、充电记录、停车场、出入口、场内车辆、心跳之一"),
    ("the number in full", "完整的编号（表格软件已将其缩写：请先把该列设为文本，再填写）"),
    ("an id of its own", "各不相同的编号（表格软件已将其舍入：请先把该列设为文本，再填写）"),
    ("a picture beside the report", "图片或图片地址，二者之一"),
    ("an object of at most", "不超过 100 项的 JSON 对象"),
    ("one JSON object", "可读取的一行"),
    ("one of the fields of this kind", "此类记录所有的列"),
];

/// Why a row was not taken.
pub(super) fn of_row(fault: &ReportFault, header: &[String]) -> String {
    let ReportFault { field, expected, received } = fault;
    let own = header.iter().find(|name| Column::named(name).is_called(field));
    if let Some(unknown) = own.filter(|name| !Column::named(name).is_field()) {
        let nearest = match columns::nearest(unknown).as_slice() {
            [] => "可用的列名见 docs/edge/devices.zh-CN.md".to_owned(),
            [known] => format!("是否应为“{known}”？"),
            several => format!("是否应为“{}”之一？", several.join("”“")),
        };
        return format!("列“{unknown}”无法识别，{nearest}");
    }
    let name = own.cloned().unwrap_or_else(|| columns::chinese(field).unwrap_or(field.as_str()).to_owned());
    if expected.starts_with("one of the fields of this kind") {
        return format!("“{name}”不适用于此类记录");
    }
    let zh = EXPECTED.iter().find(|(begins, _)| expected.starts_with(begins)).map(|(_, zh)| *zh);
    let expected = bowei_model::words::after_han(zh.unwrap_or(expected.as_str()));
    match received.as_str() {
        "nothing" | "neither" => format!("缺少“{name}”：应为{expected}"),
        "both" => format!("“{name}”应为{expected}，收到两者"),
        received => match received.strip_suffix(" for several cars") {
            Some(id) => format!("“{name}”应为{expected}，收到多辆车共用的 {id}"),
            None => format!("“{name}”应为{expected}，收到 {received}"),
        },
    }
}

/// Why a whole file was not taken.
pub(super) fn of_file(fault: &TableFault) -> String {
    match fault {
        TableFault::Header(line) => {
            format!("前 10 行中没有列名（类型、记录编号、时间、车牌等），首行为“{line}”")
        }
        TableFault::TooLong { max_bytes, bytes } => {
            format!("文件应不超过 {max_bytes} 字节，收到 {bytes} 字节")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(field: &str, expected: &str, received: &str) -> ReportFault {
        ReportFault { field: field.into(), expected: expected.into(), received: received.into() }
    }

    #[test]
    fn a_row_is_explained_by_the_files_own_columns() {
        let header = ["类型", "过车时间", "剩馀车位", "车位", "座位"].map(str::to_owned);
        for (of, reported) in [
            (fault("at", "a time with its offset, such as", "\"soon\""), "“过车时间”应为日期和时间"),
            (fault("剩馀车位", "one of the fields of this kind (at)", "\"7\""), "是否应为“剩余车位”？"),
            (fault("车位", "one of the fields of this kind (at)", "\"7\""), "是否应为“车位号”“空车位数”“"),
            (fault("座位", "one of the fields of this kind (at)", "\"7\""), "列“座位”无法识别"),
            (fault("minutes", "one of the fields of this kind (at)", "7"), "“停车时长”不适用于此类记录"),
            (
                fault("record_id", "text of 1 to 128 characters", "nothing"),
                "缺少“记录编号”：应为 1 至 128 个字符",
            ),
        ] {
            let why = of_row(&of, &header);
            assert!(why.contains(reported), "{why}");
        }
    }
}
