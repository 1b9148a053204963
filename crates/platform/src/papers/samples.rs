//! A made-up paper of each kind with every part that it may have, and of those that may be unfinished one with as little as
//! there may be: what templates are tried with, and what their writers look at.

use super::data::{
    Align, Attachment, Citation, Column, Conclusion, Due, Evidence, Fact, Figure, Indicator, Interview,
    Manner, Named, Notice, Number, Order, Party, Period, Proxy, Receipt, Report, Review, Reviewed, Section,
    Standing, Table, Unit,
};
use super::paper::Paper;
use crate::config::PapersConfig;
use bowei_model::moment;
use jiff::Timestamp;
use jiff::civil::date;

const RULES: &str = "湖州市公共停车场数据管理办法（试行）";
const PENALTY_LAW: &str = "中华人民共和国行政处罚法";

/// All of them, each under the name of its file.
pub fn all() -> Vec<(&'static str, Paper)> {
    vec![
        ("order", Paper::Order(order())),
        (
            "order-draft",
            Paper::Order(Order {
                number: None,
                date: None,
                report_back: Vec::new(),
                attachments: Vec::new(),
                ..order()
            }),
        ),
        ("review", Paper::Review(review())),
        ("receipt", Paper::Receipt(receipt())),
        ("receipt-blank", Paper::Receipt(blank_receipt())),
        ("notice", Paper::Notice(notice())),
        ("notice-draft", Paper::Notice(short_notice())),
        ("interview", Paper::Interview(interview())),
        ("report", Paper::Report(report())),
    ]
}

/// Settings with everything that a paper may need.
pub fn office() -> PapersConfig {
    let set = |text: &str| Some(text.to_owned());
    PapersConfig {
        agency: set("湖州市综合行政执法局"),
        number_prefix: set("湖综执停"),
        review_body: set("湖州市人民政府"),
        court: set("湖州市吴兴区人民法院"),
        contact: set("停车管理处 沈工"),
        phone: set("0572-2000000"),
        address: set("湖州市吴兴区仁皇山路1号"),
        ..PapersConfig::default()
    }
}

/// 责令限期改正通知书.
pub fn order() -> Order {
    Order {
        number: Some(Number { year: 2026, number: 12 }),
        title: "责令限期改正通知书".to_owned(),
        party: party(),
        lots: strings(&["人民广场地下停车场（330502-001）", "人民广场路面停车场（330502-002）"]),
        facts: vec![
            Fact {
                title: "过车数据上报不及时".to_owned(),
                text: "2026年11月1日至2026年11月20日，人民广场地下停车场共发生过车12840次，其中3210次在发生后10秒之外才上报，\
                       及时率为75.0%，低于80%的要求；时延中位数为18.4秒，第95百分位为126.0秒。上述过车的发生时间与本机关收到报文的\
                       时间逐条列于附件1。\n经比对同一数据提供方、同一线路的其他停车场，未见同样时延，可以排除平台和公共线路的原因。"
                    .to_owned(),
            },
            Fact {
                title: "空余车位数与实际不符".to_owned(),
                text: "2026年11月16日至2026年11月18日，人民广场路面停车场连续61小时上报空余车位为0，而同期由进出场记录推算的空余\
                       车位为14个至37个，差异超过允许范围。"
                    .to_owned(),
            },
        ],
        evidence: vec![
            Evidence { name: "2026年11月1日至20日过车上报原始报文12840条".to_owned(), digest: Some(digest('3')) },
            Evidence { name: "2026年11月16日至18日空余车位数上报原始报文732条".to_owned(), digest: Some(digest('a')) },
            Evidence { name: "平台对上述报文的计算过程及规则集第7版".to_owned(), digest: None },
        ],
        rules_broken: vec![Citation {
            document: RULES.to_owned(),
            article: "第十一条".to_owned(),
            text: Some("停车场经营者应当完整、及时、准确地上传停车场动态数据。".to_owned()),
        }],
        basis: vec![
            Citation { document: PENALTY_LAW.to_owned(), article: "第二十八条第一款".to_owned(), text: None },
            Citation { document: RULES.to_owned(), article: "第十六条".to_owned(), text: None },
        ],
        demands: strings(&[
            "查明并消除过车数据上报时延，使10秒内上报的过车不低于80%；",
            "恢复空余车位数的真实上报，与推算值之差不超过3个或者5%；",
            "补报附件2所列缺失的进出场记录126条。",
        ]),
        due: Due::WorkingDays { days: 10, hour: 17 },
        report_back: strings(&[
            "请你单位在期限届满前登录停车数据平台，在本通知书页面填报改正情况，并上传证明材料。",
            "本机关将以平台收到的新数据核验改正结果。",
        ]),
        consequences: strings(&[
            "逾期不改正的，本机关将依据《湖州市公共停车场数据管理办法（试行）》第十七条的规定予以通报；情节严重的，依法给予警告、罚款。",
        ]),
        hearing_days: 5,
        remedies: Vec::new(),
        contact: None,
        date: Some(date(2026, 11, 28)),
        attachments: vec![
            Attachment { title: "过车上报时延明细（摘录）".to_owned(), table: Some(delays()) },
            Attachment { title: "缺失的进出场记录清单".to_owned(), table: None },
        ],
    }
}

/// 整改复查意见.
pub fn review() -> Review {
    Review {
        number: Some(Number { year: 2026, number: 19 }),
        party: party(),
        lots: order().lots,
        order_title: order().title,
        order_number: Number { year: 2026, number: 12 },
        order_date: date(2026, 11, 28),
        due_at: at(2026, 12, 11, 17, 0),
        reviewed_at: at(2026, 12, 14, 9, 30),
        method: "以平台2026年12月11日17时至2026年12月14日9时收到的数据逐项核验".to_owned(),
        items: vec![
            Reviewed {
                demand: "查明并消除过车数据上报时延，使10秒内上报的过车不低于80%".to_owned(),
                found: "核验期内过车1902次，10秒内上报1841次，及时率为96.8%".to_owned(),
                corrected: true,
            },
            Reviewed {
                demand: "恢复空余车位数的真实上报，与推算值之差不超过3个或者5%".to_owned(),
                found: "核验期内40小时可比，38小时在允许范围之内，空位准确率为95.0%".to_owned(),
                corrected: true,
            },
            Reviewed {
                demand: "补报缺失的进出场记录126条".to_owned(),
                found: "已补报119条，尚缺7条".to_owned(),
                corrected: false,
            },
        ],
        conclusion: Conclusion::Partly,
        next: strings(&["请你单位于2026年12月18日17时前补报其余7条进出场记录，并书面说明缺失原因。"]),
        date: Some(date(2026, 12, 14)),
        attachments: vec![Attachment { title: "尚缺的进出场记录清单".to_owned(), table: None }],
    }
}

/// 送达回证.
pub fn receipt() -> Receipt {
    Receipt {
        document: "责令限期改正通知书".to_owned(),
        number: Number { year: 2026, number: 12 },
        recipient: party(),
        place: Some("湖州市吴兴区人民路1号人民广场地下停车场管理处".to_owned()),
        manner: Some(Manner::Direct),
        signed_by: Some("周明".to_owned()),
        served_at: Some(at(2026, 11, 28, 17, 30)),
        proxy: Some(Proxy {
            name: "周明".to_owned(),
            relation: "受送达人的停车场负责人".to_owned(),
            reason: "法定代表人外出，由其指定收件".to_owned(),
        }),
        witness: Some("人民路社区 李华".to_owned()),
        servers: strings(&["沈建国", "陆文"]),
        remarks: Some("附件2以光盘一并送达。".to_owned()),
    }
}

fn blank_receipt() -> Receipt {
    Receipt {
        place: None,
        manner: None,
        signed_by: None,
        served_at: None,
        proxy: None,
        witness: None,
        servers: Vec::new(),
        remarks: None,
        ..receipt()
    }
}

/// 通报.
pub fn notice() -> Notice {
    let lots = [
        "人民广场地下停车场",
        "仁皇山公园停车场",
        "湖州东站P1停车场",
        "衣裳街路面停车场",
        "浙北大厦停车场",
        "爱山广场停车场",
    ];
    let standings = |first: f64, step: f64| -> Vec<Standing> {
        let places = (0..48).scan(first, |value, place| {
            let now = *value;
            *value -= step;
            Some((place, now))
        });
        places
            .map(|(place, now)| Standing {
                name: format!(
                    "{}{}",
                    lots.get(place % lots.len()).unwrap_or(&"停车场"),
                    place / lots.len() + 1
                ),
                now: Some(now),
                before: (place % 7 != 3)
                    .then_some(now - 0.012 + 0.004 * f64::from(u8::try_from(place % 6).unwrap_or(0))),
            })
            .collect()
    };
    let indicator = |name: &str, now: f64, before: f64, aim: f64, meaning: &str, first: f64, step: f64| {
        let rows = standings(first, step);
        Indicator {
            figure: Figure { name: name.to_owned(), unit: Unit::Rate, now: Some(now), before: Some(before) },
            aim: Some(aim),
            meaning: Some(meaning.to_owned()),
            best: rows.iter().take(3).cloned().collect(),
            worst: rows.iter().rev().take(3).cloned().collect(),
            rows,
        }
    };
    let score = |name: &str, now: f64, before: f64| Standing {
        name: name.to_owned(),
        now: Some(now),
        before: Some(before),
    };
    Notice {
        number: Some(Number { year: 2026, number: 14 }),
        title: "关于2026年10月停车数据\n接入质量情况的通报".to_owned(),
        addressees: strings(&["各区县停车管理部门", "各停车场经营单位", "各数据提供方"]),
        period: october(),
        introduction: "为落实停车数据完整、及时、准确的要求，本机关对全市停车场2026年10月的数据接入质量进行了统计，现将有关情况通报如下。"
            .to_owned(),
        totals: vec![
            Figure { name: "接入停车场".to_owned(), unit: Unit::Count("个".to_owned()), now: Some(412.0), before: Some(398.0) },
            Figure { name: "过车".to_owned(), unit: Unit::Count("次".to_owned()), now: Some(6_284_310.0), before: Some(6_013_422.0) },
            Figure { name: "发现问题".to_owned(), unit: Unit::Count("条".to_owned()), now: Some(1_284.0), before: Some(1_530.0) },
            Figure { name: "下达责令限期改正通知书".to_owned(), unit: Unit::Count("份".to_owned()), now: Some(9.0), before: Some(9.0) },
            Figure { name: "平均得分".to_owned(), unit: Unit::Points, now: Some(91.4), before: Some(90.2) },
        ],
        indicators: vec![
            indicator("在线率", 0.9874, 0.9791, 0.95, "停车场按时发出心跳或者数据的分钟数占应有分钟数的比例", 1.0, 0.003),
            indicator("及时率", 0.8612, 0.8733, 0.8, "发生后10秒内上报的过车占全部过车的比例", 0.998, 0.008),
            indicator("完整率", 0.9433, 0.9433, 0.95, "进出场信息齐全的停车占应当结束的停车的比例", 0.999, 0.005),
        ],
        best: vec![score("湖州东站P1停车场", 99.2, 98.7), score("仁皇山公园停车场", 98.9, 99.1), score("浙北大厦停车场", 98.4, 97.0)],
        worst: vec![score("衣裳街路面停车场", 61.3, 70.8), score("爱山广场停车场", 66.0, 64.2), score("人民广场地下停车场", 70.5, 82.3)],
        named: vec![
            Named {
                party: party(),
                lot: Some("人民广场地下停车场".to_owned()),
                reason: "过车数据上报不及时，经责令逾期未改正".to_owned(),
                measure: Some("已立案调查".to_owned()),
            },
            Named {
                party: Party { name: "湖州衣裳街停车服务部".to_owned(), credit_code: None },
                lot: None,
                reason: "连续三个月空余车位数与实际不符".to_owned(),
                measure: None,
            },
        ],
        demands: strings(&[
            "各停车场经营单位应当对照附件查找原因，于2026年11月30日前完成整改并在平台填报。",
            "各区县停车管理部门应当督促辖区内得分低于70分的停车场限期整改。",
            "各数据提供方应当核对设备时钟，启用断网缓存和补报。",
        ]),
        date: Some(date(2026, 11, 6)),
        attachments: vec![Attachment { title: "各指标的统计口径".to_owned(), table: None }],
        copies_to: strings(&["市人民政府办公室", "市市场监督管理局", "市公安局"]),
    }
}

/// Nobody to name, nothing to compare with, nothing annexed.
fn short_notice() -> Notice {
    let mut short = Notice {
        number: None,
        best: Vec::new(),
        worst: Vec::new(),
        named: Vec::new(),
        totals: Vec::new(),
        date: None,
        attachments: Vec::new(),
        copies_to: Vec::new(),
        ..notice()
    };
    for indicator in &mut short.indicators {
        indicator.figure.now = None;
        (indicator.aim, indicator.meaning) = (None, None);
        indicator.best.clear();
        indicator.worst.clear();
        indicator.rows.clear();
    }
    short
}

/// 约谈通知书.
pub fn interview() -> Interview {
    Interview {
        number: Some(Number { year: 2026, number: 15 }),
        party: party(),
        reason:
            "你单位经营的人民广场地下停车场自2026年9月以来连续三个月被责令限期改正，过车数据上报仍不及时。"
                .to_owned(),
        basis: vec![Citation { document: RULES.to_owned(), article: "第十七条".to_owned(), text: None }],
        at: at(2026, 12, 3, 14, 30),
        place: "湖州市吴兴区仁皇山路1号3楼会议室".to_owned(),
        interviewers: strings(&["湖州市综合行政执法局停车管理处", "吴兴区停车管理中心"]),
        attendees: strings(&["法定代表人或者主要负责人", "停车场数据接入负责人"]),
        matters: strings(&["过车数据上报不及时的原因和责任", "历次整改情况", "下一步整改措施和完成时限"]),
        materials: strings(&["营业执照复印件和授权委托书", "停车场设备及线路的运行记录", "整改方案"]),
        consequences: strings(&["无正当理由不参加约谈的，本机关将依法予以通报，并加大检查频次。"]),
        date: Some(date(2026, 11, 28)),
        attachments: vec![Attachment { title: "历次责令限期改正情况".to_owned(), table: None }],
    }
}

/// 报表.
pub fn report() -> Report {
    let number = |title: &str| Column { title: title.to_owned(), align: Align::Right };
    let rate = |name: &str, now: Option<f64>, before: f64| Figure {
        name: name.to_owned(),
        unit: Unit::Rate,
        now,
        before: Some(before),
    };
    Report {
        title: "停车数据质量月报".to_owned(),
        subject: Some("吴兴区".to_owned()),
        period: october(),
        sections: vec![
            Section {
                title: "总体情况".to_owned(),
                paragraphs: strings(&["本月全区接入停车场126个，其中118个参与评分。"]),
                figures: vec![
                    rate("在线率", Some(0.9874), 0.9791),
                    rate("及时率", Some(0.8612), 0.8733),
                    rate("照片上传率", None, 0.91),
                ],
                table: None,
            },
            Section {
                title: "按停车场".to_owned(),
                paragraphs: Vec::new(),
                figures: Vec::new(),
                table: Some(Table {
                    columns: vec![
                        Column { title: "停车场".to_owned(), align: Align::Left },
                        number("过车（次）"),
                        number("在线率"),
                        number("得分"),
                    ],
                    rows: (1..=40)
                        .map(|place| {
                            vec![
                                format!("示范停车场{place}"),
                                (place * 977).to_string(),
                                "98.7%".to_owned(),
                                "91.4".to_owned(),
                            ]
                        })
                        .collect(),
                }),
            },
        ],
        made_at: at(2026, 11, 1, 6, 5),
        notes: strings(&["平台自身停机和已公告的维护不计入应有分钟数。", "样本过少的指标不评分。"]),
    }
}

fn party() -> Party {
    Party {
        name: "湖州示范停车有限公司".to_owned(), credit_code: Some("91330500MA2B0WE1X9".to_owned())
    }
}

fn delays() -> Table {
    let column = |title: &str, align| Column { title: title.to_owned(), align };
    Table {
        columns: vec![
            column("序号", Align::Center),
            column("过车时间", Align::Center),
            column("收到时间", Align::Center),
            column("方向", Align::Center),
            column("时延（秒）", Align::Right),
        ],
        rows: (1..=36)
            .map(|place| {
                strings(&[
                    &place.to_string(),
                    &format!("2026-11-03 08:{place:02}:11"),
                    &format!("2026-11-03 08:{place:02}:{}", 29 + place % 30),
                    if place % 2 == 0 { "出场" } else { "进场" },
                    &format!("{}.0", 18 + place % 30),
                ])
            })
            .collect(),
    }
}

fn digest(digit: char) -> String {
    format!("SM3 {}", digit.to_string().repeat(64))
}

fn october() -> Period {
    Period { from: date(2026, 10, 1), to: date(2026, 10, 31) }
}

/// A wall clock's moment.
fn at(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> Timestamp {
    moment::from_wall(date(year, month, day).at(hour, minute, 0, 0)).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn strings(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}
