use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[papers]`: what the office's papers (责令限期改正通知书, 通报, …) say of the office. Nothing of it has a default: a paper
/// that needs what is not set is not made, and the error names the setting.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PapersConfig {
    /// 发文机关: the full name, red at the head and again above the date, such as 湖州市综合行政执法局.
    pub agency: Option<String>,
    /// 发文机关代字: what stands before 〔2026〕12号, such as 湖综执停.
    pub number_prefix: Option<String>,
    /// 行政复议机关: who reviews an order within sixty days, such as 湖州市人民政府.
    pub review_body: Option<String>,
    /// 有管辖权的人民法院: where an order may be sued against within six months.
    pub court: Option<String>,
    /// 联系人: whom to ask.
    pub contact: Option<String>,
    /// 联系电话.
    pub phone: Option<String>,
    /// 联系地址.
    pub address: Option<String>,
    /// A folder with the city's own templates; a file in it takes the place of ours of the same name. Default none.
    pub templates: Option<PathBuf>,
    /// The fonts' names, `[papers.fonts]`.
    pub fonts: PaperFonts,
}

/// `[papers.fonts]`: names of the families that count as each font of GB/T 9704, the first that is installed being taken.
/// They stand before the free ones that are taken where none is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaperFonts {
    /// 仿宋: the text.
    pub body: Vec<String>,
    /// 小标宋: the agency's name and the title.
    pub title: Vec<String>,
    /// 黑体: headings of the first level (一、).
    pub heading: Vec<String>,
    /// 楷体: headings of the second level (（一）).
    pub subheading: Vec<String>,
    /// 宋体: the pages' numbers.
    pub number: Vec<String>,
}

impl PapersConfig {
    /// The same with general words where nothing is set: an office that is trying the platform out prints papers without
    /// having read about any setting, and one that issues orders sees in the draft what it has to put in their place.
    #[must_use]
    pub(crate) fn or_general(&self) -> Self {
        let or = |set: &Option<String>, general: &str| {
            set.clone().filter(|text| !text.trim().is_empty()).or_else(|| Some(general.to_owned()))
        };
        Self {
            agency: or(&self.agency, "停车管理主管部门"),
            number_prefix: or(&self.number_prefix, "停管"),
            review_body: or(&self.review_body, "本级人民政府"),
            court: or(&self.court, "有管辖权的人民法院"),
            contact: or(&self.contact, "停车管理主管部门"),
            phone: or(&self.phone, "见停车数据平台"),
            address: or(&self.address, "见停车数据平台"),
            ..self.clone()
        }
    }
}

impl Default for PaperFonts {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            body: names(&[
                "FangSong_GB2312",
                "FangSong",
                "仿宋_GB2312",
                "仿宋",
                "STFangsong",
                "FZFangSong-Z02S",
                "Zhuque Fangsong (technical preview)",
            ]),
            title: names(&["方正小标宋简体", "FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "FZXiaoBiaoSong-B05"]),
            heading: names(&["SimHei", "黑体", "STHeiti", "Heiti SC"]),
            number: names(&["SimSun", "宋体", "STSong", "Songti SC"]),
            subheading: names(&["KaiTi_GB2312", "KaiTi", "楷体_GB2312", "楷体", "STKaiti", "Kaiti SC"]),
        }
    }
}
