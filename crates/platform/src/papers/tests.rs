use super::data::{Due, Number, Order};
use super::{Paper, PaperError, Papers, TemplateError, content_policy, samples};
use crate::config::PapersConfig;
use std::fs;
use std::path::Path;

fn papers() -> Papers {
    Papers::load(&samples::office()).unwrap()
}

/// What a reader sees: the page's body without its tags.
fn words(page: &str) -> String {
    let body =
        page.split_once("<main").unwrap().1.split_once('>').unwrap().1.split_once("</main>").unwrap().0;
    let mut text = String::new();
    let mut is_tag = false;
    for character in body.chars() {
        match character {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if is_tag => {}
            other => text.push(other),
        }
    }
    text
}

fn assert_in_order(page: &str, parts: &[&str]) {
    let text = words(page);
    let mut rest = text.as_str();
    for part in parts {
        let (_, after) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part} is not there, or not in its place, in:\n{text}"));
        rest = after;
    }
}

fn in_folder(files: &[(&str, &str)]) -> (tempfile::TempDir, PapersConfig) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let config = PapersConfig { templates: Some(folder.path().to_owned()), ..samples::office() };
    (folder, config)
}

#[test]
fn an_order_has_all_its_parts_in_their_order() {
    let page = papers().render(&Paper::Order(samples::order())).unwrap();
    assert_in_order(
        &page,
        &[
            "湖州市综合行政执法局",
            "湖综执停〔2026〕12号",
            "责令限期改正通知书",
            "湖州示范停车有限公司（统一社会信用代码：91330500MA2B0WE1X9）：",
            "一、事实和证据",
            "（一）过车数据上报不及时",
            "及时率为75.0%",
            "（二）空余车位数与实际不符",
            "1. 2026年11月1日至20日过车上报原始报文12840条（摘要：SM3 3333",
            "二、违反的规定",
            "《湖州市公共停车场数据管理办法（试行）》第十一条“停车场经营者",
            "三、责令改正的依据",
            "《中华人民共和国行政处罚法》第二十八条第一款、",
            "四、改正内容和期限",
            "请你单位自收到本通知书之日起10个工作日内（送达当日不计，至最后一日17时止）完成下列改正：",
            "1. 查明并消除过车数据上报时延",
            "五、改正情况的报告",
            "六、逾期不改正的后果",
            "七、陈述和申辩",
            "5个工作日内",
            "八、行政复议和行政诉讼",
            "六十日内向湖州市人民政府申请行政复议",
            "六个月内向湖州市吴兴区人民法院提起行政诉讼",
            "九、联系方式",
            "停车管理处 沈工；联系电话：0572-2000000；地址：湖州市吴兴区仁皇山路1号",
            "附件：",
            "1.",
            "过车上报时延明细（摘录）",
            "2.",
            "缺失的进出场记录清单",
            "湖州市综合行政执法局",
            "2026年11月28日",
            "送达回执",
            "附件1",
        ],
    );
}

#[test]
fn an_order_by_a_moment_says_when() {
    let due = Due::At("2026-12-12T17:30:00+08:00".parse().unwrap());
    let page = papers().render(&Paper::Order(Order { due, ..samples::order() })).unwrap();
    assert!(page.contains("请你单位于2026年12月12日17时30分前完成下列改正："), "{page}");
}

#[test]
fn a_review_tells_demand_by_demand_what_was_found() {
    let page = papers().render(&Paper::Review(samples::review())).unwrap();
    assert_in_order(
        &page,
        &[
            "湖综执停〔2026〕19号",
            "整改复查意见",
            "2026年11月28日向你单位发出《责令限期改正通知书》（湖综执停〔2026〕12号）",
            "2026年12月14日9时30分",
            "（一）",
            "已改正",
            "（三）",
            "未改正",
            "3项中，2项已改正，1项未改正。本机关认为：你单位部分改正",
            "尚缺的进出场记录清单",
            "2026年12月14日",
        ],
    );
}

#[test]
fn a_receipt_has_what_is_known_and_leaves_free_what_is_not() {
    let page = papers().render(&Paper::Receipt(samples::receipt())).unwrap();
    assert_in_order(
        &page,
        &[
            "送达回证",
            "《责令限期改正通知书》湖综执停〔2026〕12号",
            "湖州示范停车有限公司",
            "■直接送达",
            "□留置送达",
            "周明",
            "2026年11月28日17时30分",
            "周明（受送达人的停车场负责人）",
            "见证人",
            "沈建国、陆文",
            "附件2以光盘一并送达。",
        ],
    );
    let (_, blank) = samples::all().into_iter().find(|(name, _)| *name == "receipt-blank").unwrap();
    let page = papers().render(&blank).unwrap();
    assert!(!page.contains('■'));
    assert_in_order(&page, &["□直接送达", "　　　　年　　月　　日　　时　　分"]);
}

#[test]
fn a_notice_compares_ranks_names_and_demands() {
    let page = papers().render(&Paper::Notice(samples::notice())).unwrap();
    assert_in_order(
        &page,
        &[
            "关于2026年10月停车数据",
            "接入质量情况的通报",
            "各区县停车管理部门，各停车场经营单位，各数据提供方：",
            "统计期为2026年10月1日至2026年10月31日。接入停车场412个，较上期增加14个；",
            "平均得分91.4分，较上期上升1.2分。",
            "（一）在线率",
            "本期在线率为98.7%，较上期上升0.8个百分点，达到95.0%的要求。",
            "居前三位的是：",
            "居后三位的是：",
            "（三）完整率",
            "本期完整率为94.3%，较上期持平，未达到95.0%的要求。",
            "三、综合得分",
            "四、通报名单",
            "1. 湖州示范停车有限公司（统一社会信用代码：91330500MA2B0WE1X9），人民广场地下停车场：过车数据上报不及时",
            "2. 湖州衣裳街停车服务部：连续三个月空余车位数与实际不符。",
            "五、工作要求",
            "1. 各停车场经营单位应当",
            "在线率明细",
            "4.",
            "各指标的统计口径",
            "2026年11月6日",
            "附件1",
            "附件3",
            "抄送：市人民政府办公室，市市场监督管理局，市公安局。",
        ],
    );
}

#[test]
fn an_interview_says_when_where_who_and_what_for() {
    let page = papers().render(&Paper::Interview(samples::interview())).unwrap();
    assert_in_order(
        &page,
        &[
            "约谈通知书",
            "湖州示范停车有限公司",
            "第十七条的规定，决定对你单位进行约谈",
            "时间：2026年12月3日14时30分。",
            "地点：湖州市吴兴区仁皇山路1号3楼会议室。",
            "三、参加人员",
            "四、约谈内容",
            "五、携带材料",
            "六、不参加约谈的后果",
        ],
    );
    let mut without = samples::interview();
    without.materials.clear();
    let page = papers().render(&Paper::Interview(without)).unwrap();
    assert_in_order(&page, &["四、约谈内容", "五、不参加约谈的后果"]);
}

#[test]
fn a_report_has_its_figures_and_tables() {
    let page = papers().render(&Paper::Report(samples::report())).unwrap();
    assert_in_order(
        &page,
        &[
            "吴兴区停车数据质量月报",
            "2026年10月1日至2026年10月31日",
            "一、总体情况",
            "照片上传率未评分—",
            "二、按停车场",
            "示范停车场40",
            "注2：",
        ],
    );
}

#[test]
fn a_draft_has_no_number_and_says_what_it_is() {
    let draft = super::data::Order { number: None, date: None, ..samples::order() };
    let page = papers().render(&Paper::Order(draft)).unwrap();
    assert!(page.contains("草　稿"));
    assert_in_order(&page, &["湖综执停〔　　　　〕　　号", "　　　　年　　月　　日"]);
    let issued = papers().render(&Paper::Order(samples::order())).unwrap();
    assert!(!issued.contains("草　稿"));
    let undated = super::data::Order { date: None, ..samples::order() };
    let error = papers().render(&Paper::Order(undated)).unwrap_err();
    assert!(matches!(error, PaperError::MissingData { field: "date", .. }), "{error}");
}

/// Puts one text wherever a paper has words.
fn filled_with(value: &mut serde_json::Value, text: &str) {
    match value {
        serde_json::Value::String(held)
            if held.parse::<jiff::Timestamp>().is_ok() || held.parse::<jiff::civil::Date>().is_ok() => {}
        serde_json::Value::String(held)
            if ["left", "center", "right", "rate", "points", "partly", "direct"].contains(&held.as_str()) => {
        }
        serde_json::Value::String(held) => text.clone_into(held),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| filled_with(item, text)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| filled_with(field, text)),
        _ => {}
    }
}

#[test]
fn no_word_of_the_data_becomes_markup_or_turns_the_words_after_it() {
    let hostile =
        "</p></style></title></script><script>alert(1)</script>\"'&{{ 7*7 }}{% raw %}\u{202e}\u{0}停";
    let shape = |page: &str| -> Vec<String> {
        page.split('<')
            .skip(1)
            .map(|tag| tag.split(['>', ' ']).next().unwrap_or_default().to_owned())
            .collect()
    };
    let office = PapersConfig {
        agency: Some(hostile.to_owned()),
        contact: Some(hostile.to_owned()),
        ..samples::office()
    };
    let harmless = PapersConfig { agency: Some("乙".repeat(hostile.chars().count())), ..samples::office() };
    for (name, sample) in samples::all() {
        let filled = |text: &str| {
            let mut value = serde_json::to_value(&sample).unwrap();
            filled_with(&mut value, text);
            match &sample {
                Paper::Order(_) => Paper::Order(serde_json::from_value(value).unwrap()),
                Paper::Review(_) => Paper::Review(serde_json::from_value(value).unwrap()),
                Paper::Receipt(_) => Paper::Receipt(serde_json::from_value(value).unwrap()),
                Paper::Notice(_) => Paper::Notice(serde_json::from_value(value).unwrap()),
                Paper::Interview(_) => Paper::Interview(serde_json::from_value(value).unwrap()),
                Paper::Report(_) => Paper::Report(serde_json::from_value(value).unwrap()),
            }
        };
        let page = Papers::load(&office).unwrap().render(&filled(hostile)).unwrap();
        let plain = Papers::load(&harmless).unwrap().render(&filled("甲")).unwrap();
        assert_eq!(shape(&page), shape(&plain), "{name}");
        assert!(page.contains("{{ 7*7 }}"), "{name} computes what its data say");
        assert!(!page.contains(['\u{202e}', '\u{0}']), "{name}");
    }
}

#[test]
fn settings_that_a_paper_needs_are_named_all_at_once() {
    let config = PapersConfig { court: None, review_body: Some("  ".to_owned()), ..samples::office() };
    let papers = Papers::load(&config).unwrap();
    let error = papers.render(&Paper::Order(samples::order())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "《责令限期改正通知书》缺少配置 papers.court, papers.review_body，请补充后重新启动 it needs papers.court, papers.review_body in the configuration: set them and start again"
    );
    assert!(papers.render(&Paper::Notice(samples::notice())).is_ok(), "a notice names no court");
    let error = Papers::load(&PapersConfig::default())
        .unwrap()
        .render(&Paper::Report(samples::report()))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "《报表》缺少配置 papers.agency，请补充后重新启动 it needs papers.agency in the configuration: set it and start again"
    );
}

#[test]
fn an_empty_part_is_an_error_that_names_it() {
    let mut order = samples::order();
    order.evidence.clear();
    let error = papers().render(&Paper::Order(order)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "《责令限期改正通知书》缺少 evidence，不能制作 it has no evidence, and is not made without"
    );
    let mut order = samples::order();
    order.demands.push(" ".to_owned());
    let error = papers().render(&Paper::Order(order)).unwrap_err();
    assert!(matches!(error, PaperError::MissingData { field: "demands", .. }), "{error}");
    let mut order = samples::order();
    order.attachments[0].table.as_mut().unwrap().rows[3].pop();
    let error = papers().render(&Paper::Order(order)).unwrap_err();
    assert_eq!(error.to_string(), "a table of 责令限期改正通知书 has 5 columns and a row of 4 cells");
}

#[test]
fn a_city_s_template_takes_the_place_of_ours_or_changes_a_part_of_it() {
    let (_folder, config) = in_folder(&[
        ("interview.html", "<main>{{ paper.party.name }}：{{ paper.at|moment }}，{{ office.agency }}</main>"),
        (
            "order.html",
            "{% extends 'bowei/order.html' %}{% block hearing %}<p>本市的说法。</p>{% endblock %}",
        ),
        ("notes.txt", "{{ not a template"),
    ]);
    let papers = Papers::load(&config).unwrap();
    let page = papers.render(&Paper::Interview(samples::interview())).unwrap();
    assert_eq!(page, "<main>湖州示范停车有限公司：2026年12月3日14时30分，湖州市综合行政执法局</main>");
    let page = papers.render(&Paper::Order(samples::order())).unwrap();
    assert_in_order(&page, &["六、逾期不改正的后果", "本市的说法。", "八、行政复议和行政诉讼"]);
    assert!(!page.contains("七、陈述和申辩"));
}

#[test]
fn a_broken_template_of_the_city_is_found_at_the_start_with_its_file_and_line() {
    for (name, text, line) in [
        ("order.html", "<p>\n{{ paper.party.name }\n</p>", 2),
        ("review.html", "<p>\n\n{{ paper.opponent.name }}\n</p>", 3),
        ("notice.html", "{{ office.court_of_appeal }}", 1),
        ("interview.html", "\n{{ paper.at|century }}", 2),
        ("receipt.html", "\n{% extends 'nowhere.html' %}", 2),
        ("report.html", "{{ paper.subject|day }}", 1),
        ("parts.html", "{% macro letterhead(agency, prefix, number) %}\n\n{{ agent }}{% endmacro %}", 3),
        ("paper.css", "a {}\n{% if %}", 2),
    ] {
        let (folder, config) = in_folder(&[(name, text)]);
        let error = Papers::load(&config).unwrap_err();
        let PaperError::Template(TemplateError::Broken { file, line: found, .. }) = &error else {
            panic!("{name}: {error}")
        };
        assert_eq!((Path::new(file), *found), (folder.path().join(name).as_path(), line), "{error}");
        assert!(error.to_string().contains(&format!("{name}, line {line}: ")), "{error}");
    }
    let absent = PapersConfig { templates: Some("/nowhere/papers".into()), ..samples::office() };
    let error = Papers::load(&absent).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot read /nowhere/papers, which [papers] templates names"),
        "{error}"
    );
}

#[test]
fn a_template_that_has_no_end_is_stopped() {
    let endless = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}";
    let (_folder, config) = in_folder(&[("order.html", endless)]);
    assert!(matches!(
        Papers::load(&config),
        Err(PaperError::Template(TemplateError::Broken { line: 1, .. }))
    ));
}

#[test]
fn the_script_is_the_one_that_the_policy_allows_and_the_page_needs_nothing_from_elsewhere() {
    let policy = content_policy();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    for (name, sample) in samples::all() {
        let page = papers().render(&sample).unwrap();
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
        assert_eq!(script, include_str!("../../templates/papers/paper.js"), "{name}");
        for from_elsewhere in ["http:", "https:", "url(", "src=", "href=", "@import"] {
            assert!(!page.contains(from_elsewhere), "{name}: {from_elsewhere}");
        }
    }
}

#[test]
fn numbers_have_no_leading_zero_and_fonts_are_the_city_s_own() {
    let mut order = samples::order();
    order.number = Some(Number { year: 2026, number: 7 });
    let mut config = samples::office();
    config.fonts.body = vec!["汉仪\"仿宋<".to_owned()];
    let page = Papers::load(&config).unwrap().render(&Paper::Order(order)).unwrap();
    assert_in_order(&page, &["湖综执停〔2026〕7号"]);
    assert!(page.contains("--font-body: \"汉仪\\22 仿宋\\3c \", "), "{page}");
    config.fonts.body = vec!["a\u{7}".to_owned()];
    let error = Papers::load(&config).unwrap_err();
    assert!(error.to_string().starts_with("papers.fonts has"), "{error}");
}
