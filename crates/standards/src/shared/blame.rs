//! Whom a platform's words blame. Its codes say less: cities answer a wrong key, a full database and a misspelt plate
//! with the same number.
//!
//! What is lost when a word is misread differs: a report taken for bad is gone, one taken for good is sent once more.
//! So a report is blamed only where words say so and nothing speaks against it.

/// Whom the words of a failure blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Nobody: the platform has the report already.
    Known,
    /// The account, its keys and rights, the signature, the clock or the lot: every other report fares the same.
    Uplink,
    /// The server.
    Server,
    /// What this very report says.
    Report,
    /// That cannot be told.
    Unclear,
}

/// The names of a standard's fields, as its platforms put them into their words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    /// Of the account, the signature, the time stamp and the lot.
    pub uplink: &'static [&'static str],
    /// Of what is reported.
    pub report: &'static [&'static str],
}

/// A report that is there already. A car that is said to be inside already is another report's.
const KNOWN: [&str; 7] = ["已存在", "重复", "已上报", "已上传", "already exist", "already been", "duplicate"];
const NOT_KNOWN: [&str; 8] =
    ["重复入场", "重复进场", "重复出场", "重复离场", "重复驶入", "重复驶出", "频繁", "稍后"];

/// Account, rights, keys, tokens, clocks, in the words of people and of frameworks.
const UPLINK: [&str; 42] = [
    "账号",
    "帐号",
    "账户",
    "帐户",
    "用户",
    "密码",
    "口令",
    "权限",
    "无权",
    "授权",
    "鉴权",
    "认证",
    "身份",
    "登录",
    "登陆",
    "令牌",
    "白名单",
    "签名",
    "验签",
    "密钥",
    "秘钥",
    "公钥",
    "私钥",
    "解密",
    "加密",
    "过期",
    "时钟",
    "校时",
    "非法请求",
    "非法访问",
    "非法调用",
    "unauthorized",
    "forbidden",
    "permission",
    "account",
    "password",
    "token",
    "secret",
    "signature",
    "decrypt",
    "encrypt",
    "expired",
];

/// What a lot is called, and what is said of one that the platform does not know.
const LOTS: [&str; 5] = ["停车场", "车场", "停车点", "路段", "车库"];
const UNKNOWN_LOT: [&str; 17] = [
    "不存在",
    "未登记",
    "未注册",
    "未备案",
    "未接入",
    "未启用",
    "未开通",
    "停用",
    "禁用",
    "不属于",
    "未找到",
    "找不到",
    "没有找到",
    "查无",
    "无此",
    "未绑定",
    "已注销",
];
/// A lot's number, of which less need be said.
const LOT_NUMBERS: [&str; 9] = [
    "停车场编号",
    "停车场编码",
    "停车场代码",
    "停车场id",
    "停车场标识",
    "车场编号",
    "车场编码",
    "车场id",
    "路段编号",
];
const WRONG_NUMBER: [&str; 6] = ["错误", "有误", "无效", "不正确", "非法", "不匹配"];

/// Parts of the other side that break, and how: 系统 and 异常 are 系统异常.
const PARTS: [&str; 17] = [
    "系统",
    "系统内部",
    "服务",
    "服务器",
    "服务器内部",
    "服务端",
    "后台",
    "平台",
    "程序",
    "接口",
    "接口调用",
    "网络",
    "数据库",
    "内部",
    "未知",
    "连接",
    "调用",
];
const BREAKS: [&str; 10] = ["异常", "错误", "繁忙", "故障", "出错", "失败", "不可用", "维护", "升级", "超时"];
const SERVER: [&str; 18] = [
    "数据库",
    "超时",
    "繁忙",
    "稍后",
    "稍候",
    "重试",
    "频繁",
    "限流",
    "并发",
    "exception",
    "internal",
    "server",
    "timeout",
    "timed out",
    "database",
    "sql",
    "busy",
    "unavailable",
];

/// What is said of a value.
const REPORT: [&str; 36] = [
    "缺失",
    "缺少",
    "为空",
    "必填",
    "格式",
    "类型",
    "过长",
    "超长",
    "过大",
    "过小",
    "长度",
    "大小",
    "取值",
    "范围",
    "不合规",
    "不合法",
    "非法",
    "有误",
    "不正确",
    "无效",
    "不符",
    "不支持",
    "不一致",
    "超出",
    "超过",
    "字段",
    "参数",
    "内容",
    "车牌",
    "图片",
    "照片",
    "invalid",
    "illegal",
    "required",
    "missing",
    "parameter",
];

/// Whom the words of a failure blame. Letters count in either case.
pub(crate) fn blame(words: &str, names: Names) -> Blame {
    let words = words.to_lowercase();
    let any = |list: &[&str]| list.iter().any(|word| words.contains(&word.to_lowercase()));
    if any(&KNOWN) && !any(&NOT_KNOWN) {
        return Blame::Known;
    }
    let unknown_lot = any(&LOTS) && any(&UNKNOWN_LOT) || any(&LOT_NUMBERS) && any(&WRONG_NUMBER);
    if any(names.uplink) || any(&UPLINK) || unknown_lot {
        return Blame::Uplink;
    }
    let broken =
        || PARTS.iter().any(|part| BREAKS.iter().any(|breaks| words.contains(&format!("{part}{breaks}"))));
    if any(&SERVER) || broken() {
        return Blame::Server;
    }
    if any(names.report) || any(&REPORT) { Blame::Report } else { Blame::Unclear }
}
