//! `bowei seal`: makes one message of a standard and shows each step.

use super::curl::{BodyFrom, command_line, inline};
use super::message::{Input, Under, print_steps, unusable};
use super::{BadUse, Failure, print};
use bowei_edge::reports::{self, About};
use bowei_encoding::{picture, sha256_hex, to_base64};
use bowei_model::{LotCode, LotKind, Report};
use bowei_standards::Standard;
use bowei_standards::lot_side::{CannotSeal, Outgoing, Sealed};
use bowei_standards::platform_side::{Credential, PictureBytes};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A report is a few hundred bytes, a list of the cars in a large lot some hundred thousand.
const REPORT_MAX_BYTES: u64 = 1024 * 1024;
/// No standard takes a larger picture, and most far smaller ones.
const PICTURE_MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Makes one message of a standard and shows each step 按标准生成一条报文并显示每一步.
#[derive(Args)]
#[command(
    after_help = "The report is JSON as docs/API.md describes it under \"Reports\". What is printed last is a command line that\n\
    sends the message. Values that begin with @ are written with two: --key password=@@home\n\n\
    Example 示例:\n  \
    bowei seal huzhou --key app_id=hz-0001 --key secret_key=@secret.txt --key public_key=@public.txt \\\n    \
    --lot-id HZ330502001 --report '{\"kind\":\"entry\",\"record_id\":\"R-1\",\"at\":\"2026-04-01T08:15:30+08:00\",\n      \
    \"plate\":\"浙E12345\",\"plate_kind\":\"02\",\"gate\":\"G1\",\"gate_name\":\"东门入口\",\"vacant\":127}'\n  \
    bowei seal huzhou --key … --lot-id HZ330502001 --picture car.jpg --out body.json \\\n    \
    --report '{\"kind\":\"photo\",\"record_id\":\"R-1\",\"role\":\"entry\"}'\n  \
    bowei seal STANDARD --key … --login                          where a standard wants a login first; then:\n  \
    bowei seal STANDARD --key … --token TOKEN --lot-id ID --report @report.json"
)]
pub(crate) struct Seal {
    #[command(flatten)]
    under: Under,
    /// What the standard calls the lot 停车场在该标准中的编号
    #[arg(long, value_name = "ID", required_unless_present = "login")]
    lot_id: Option<String>,
    /// Which of the standard's messages, where it has one for each 停车场类型，决定所用接口
    #[arg(long, value_enum, default_value_t = Kind::OffStreet)]
    lot_kind: Kind,
    /// The token that a login gave 登录所得的令牌
    #[arg(long, value_name = "TOKEN", conflicts_with = "login")]
    token: Option<String>,
    /// Seal the login, not a report 生成登录报文
    #[arg(long, conflicts_with_all = ["report", "picture"])]
    login: bool,
    /// The picture of the photo, or of the passage where the standard has it in there 照片文件
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// The report: JSON, or @FILE with it, or - for stdin 上报内容：JSON、@文件，或 - 表示标准输入
    #[arg(long, value_name = "JSON|@FILE|-", required_unless_present = "login")]
    report: Option<Input>,
    /// The platform's address in the command line that is printed 所打印命令中的平台地址
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Write the body to this file: for bodies that are no text or too long for a command line 将请求体写入文件
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print steps and request as one JSON object 以 JSON 输出步骤与请求
    #[arg(long)]
    json: bool,
}

/// `--lot-kind`.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Behind barriers 停车场
    OffStreet,
    /// Berths along a road 道路泊位
    OnStreet,
}

impl Seal {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let standard = self.under.standard;
        let own = standard.own_credential(&self.under.fields()?).map_err(|fault| unusable(&fault))?;
        let own = self.with_token(standard, own)?;
        let now = self.under.now();
        let sealed = match (&self.report, &self.lot_id) {
            (Some(report), Some(lot_id)) => self.seal(standard, own.as_ref(), report, lot_id, now)?,
            _ => login(standard, own.as_ref(), now)?,
        };
        if let Some(out) = &self.out {
            std::fs::write(out, sealed.request.body())
                .map_err(|error| format!("cannot write {}: {error}", out.display()))?;
        }
        if self.json { print(&self.document(&sealed)?) } else { self.tell(&sealed) }
    }

    fn with_token(
        &self,
        standard: &dyn Standard,
        own: Arc<dyn Credential>,
    ) -> Result<Arc<dyn Credential>, Failure> {
        let Some(token) = &self.token else { return Ok(own) };
        standard.login().and_then(|login| login.with_token(own.as_ref(), token)).ok_or_else(|| {
            let name = standard.card().name;
            BadUse(format!("messages of {name} carry no token of a login: leave --token out")).into()
        })
    }

    fn seal(
        &self,
        standard: &dyn Standard,
        own: &dyn Credential,
        report: &Input,
        lot_id: &str,
        now: Timestamp,
    ) -> Result<Sealed, Failure> {
        let picture = self.picture.as_deref().map(read_picture).transpose()?;
        let lot = LotCode::from(lot_id);
        let text = report.read_message(REPORT_MAX_BYTES)?;
        let report = reports::read(&text, About { lot: &lot, lot_id, picture: picture.as_ref() })?;
        if picture.is_some() && !takes_a_picture(standard, &report) {
            let (name, kind) = (standard.card().name, report.kind());
            let problem = format!("{name} has no picture in a report of kind {kind}: leave --picture out");
            return Err(BadUse(format!("{problem}, and seal a report of kind photo with it")).into());
        }
        let lot_kind = match self.lot_kind {
            Kind::OffStreet => LotKind::OffStreet,
            Kind::OnStreet => LotKind::OnStreet,
        };
        let picture = picture.as_ref().map(|picture| picture.bytes.as_ref());
        let outgoing = Outgoing { report: &report, lot_id, lot_kind, picture };
        standard.seal(outgoing, own, now).map_err(cannot)
    }

    /// Steps, then the command line that sends it.
    fn tell(&self, sealed: &Sealed) -> Result<(), Failure> {
        print_steps(&sealed.steps)?;
        let body = sealed.request.body();
        let from = match (&self.out, inline(body)) {
            _ if body.is_empty() => BodyFrom::Nowhere,
            (Some(out), _) => BodyFrom::File(out),
            (None, Some(text)) => BodyFrom::Line(text),
            (None, None) => {
                let bytes = body.len();
                let why = "is no text or too long for a command line";
                return Err(
                    format!("the body, {bytes} bytes, {why}: write it to a file with --out FILE").into()
                );
            }
        };
        print(&format!("\n{}", command_line(&self.url, &sealed.request, &from)))
    }

    fn document(&self, sealed: &Sealed) -> Result<String, Failure> {
        let request = &sealed.request;
        let mut headers = Map::new();
        for (name, value) in request.headers() {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            headers.insert(name.to_string(), Value::String(value));
        }
        let mut document = json!({
            "steps": sealed.steps,
            "method": request.method().as_str(),
            "path": request.uri().to_string(),
            "headers": headers,
        });
        let (field, body) = match std::str::from_utf8(request.body()) {
            Ok(text) => ("body", text.to_owned()),
            // JSON has no bytes: base64, under a name that says so.
            Err(_) => ("body_base64", to_base64(request.body())),
        };
        if let Some(object) = document.as_object_mut() {
            object.insert(field.to_owned(), Value::String(body));
        }
        Ok(serde_json::to_string_pretty(&document)?)
    }
}

fn login(standard: &dyn Standard, own: &dyn Credential, now: Timestamp) -> Result<Sealed, Failure> {
    let name = standard.card().name;
    let none = || BadUse(format!("{name} has no login: leave --login out and seal a report"));
    standard.login().ok_or_else(none)?.seal_login(own, now).map_err(cannot)
}

fn cannot(error: CannotSeal) -> Failure {
    match error {
        CannotSeal::LoginFirst => {
            "the standard wants a login first: seal it with --login, send it, and give the token of its answer with --token"
                .into()
        }
        other => other.into(),
    }
}

fn takes_a_picture(standard: &dyn Standard, report: &Report) -> bool {
    match report {
        Report::Photo(_) | Report::NamedPhoto(_) => true,
        Report::Passage(_) => standard.picture_goes_within(),
        _ => false,
    }
}

fn read_picture(path: &Path) -> Result<PictureBytes, Failure> {
    let bytes = Input::File(path.to_owned()).read(PICTURE_MAX_BYTES)?;
    let media_type = picture::media_type(&bytes).ok_or_else(|| {
        format!("{} is no picture: a JPEG, PNG, GIF, BMP or WebP file is expected", path.display())
    })?;
    Ok(PictureBytes { sha256: sha256_hex(&bytes), bytes: bytes.into(), media_type })
}
