//! `bowei open`: opens one message of a standard as the platform does, and shows each step.

use super::message::{Input, Under, plain, print_steps, unusable};
use super::{BadUse, Failure, note, print};
use bowei_standards::platform_side::{Explained, Fields};
use bowei_standards::{Refusal, Standard};
use bytes::Bytes;
use clap::Args;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use std::str::FromStr;

/// The largest body of any standard is a few mebibytes: a picture in base64, encrypted.
const BODY_MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Opens one message of a standard as the platform does, and shows each step 解析一条报文并显示每一步.
#[derive(Args)]
#[command(
    after_help = "The credential is the platform's: what the registry file has under [provider.STANDARD], secrets in clear.\n\
    A vendor has no private key and no token key: without them everything else is examined.\n\
    Whether a lot is the account's own is not looked at: only a platform's registry knows.\n\n\
    Example 示例:\n  \
    bowei open huzhou --key app_id=hz-0001 --key secret_key=@secret.txt --key private_key_pem=@private.pem \\\n    \
    --path /api/parking/in --body @message.json\n  \
    bowei open huzhou --key … --path /api/heartbeat --body - --at 2026-04-01T08:15:30+08:00   (yesterday's message)\n  \
    bowei open STANDARD --key … --path /PATH --header 'authorization: TOKEN' --body @message.json"
)]
pub(crate) struct Open {
    #[command(flatten)]
    under: Under,
    /// The path it was sent to, with its query 请求路径，含查询参数
    #[arg(long, value_name = "PATH")]
    path: Uri,
    /// The method it was sent with 请求方式
    #[arg(long, default_value = "POST")]
    method: Method,
    /// A header that it had, where the standard looks at any 请求头，可多次给出
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,
    /// The body: text, or @FILE with it, or - for stdin 请求体：文本、@文件，或 - 表示标准输入
    #[arg(long, value_name = "TEXT|@FILE|-")]
    body: Input,
}

impl Open {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let standard = self.under.standard;
        let request = self.request(standard)?;
        let kept = kept(standard, &self.under.fields()?)?;
        let (steps, result) = standard.explain_open(request, &kept, self.under.now());
        print_steps(&steps)?;
        match result {
            Ok(Explained::Whole) => print("结果：可以读取 it can be read"),
            Ok(Explained::Partly(chinese, english)) => print(&format!("结果：{chinese} {english}")),
            Err(refusal) => {
                tell(&refusal)?;
                if let Some(name) = self.lacking_header(&refusal) {
                    print(&format!(
                        "  提示 hint：请求头用 --header '{name}: …' 给出 a header is given with --header '{name}: …'"
                    ))?;
                }
                Err(match steps.is_empty() {
                    true => "拒收，原因见上 refused: why is said above",
                    false => "拒收，见上面最后一步 refused: the last step above is where it failed",
                }
                .into())
            }
        }
    }

    /// The header that the refusal is for the want of.
    fn lacking_header(&self, refusal: &Refusal) -> Option<HeaderName> {
        let field = refusal.fault.field()?;
        let name = [header::AUTHORIZATION, header::CONTENT_TYPE]
            .into_iter()
            .find(|name| name.as_str().eq_ignore_ascii_case(field))?;
        self.headers.iter().all(|given| given.name != name).then_some(name)
    }

    fn request(&self, standard: &dyn Standard) -> Result<Request<Bytes>, Failure> {
        let routes = standard.card().routes;
        // A platform may stand behind a prefix.
        if !routes.iter().any(|route| self.path.path().ends_with(route.path)) {
            let known: Vec<_> = routes.iter().map(|route| route.path).collect();
            let (name, path) = (standard.card().name, self.path.path());
            return Err(BadUse(format!("{name} has nothing at {path:?}: it has {}", known.join(", "))).into());
        }
        let body = Bytes::from(self.body.read_message(BODY_MAX_BYTES)?);
        let mut request = Request::builder().method(self.method.clone()).uri(self.path.clone()).body(body)?;
        for Header { name, value } in &self.headers {
            request.headers_mut().append(name.clone(), value.clone());
        }
        Ok(request)
    }
}

/// What the platform would keep of the credential.
fn kept(standard: &dyn Standard, given: &Fields) -> Result<Fields, Failure> {
    let account = standard.card().account_field;
    if !given.contains_key(account) {
        return Err(BadUse(format!("whose message it is must be said: --key {account}=VALUE")).into());
    }
    let mut issued = standard.issue(given).map_err(|fault| unusable(&fault))?;
    // What the platform alone has is left out: what needs it is passed over. What a vendor has should be given.
    let (missing, platforms): (Vec<&&str>, Vec<&&str>) =
        issued.generated.iter().partition(|name| issued.handed_out.contains_key(**name));
    for name in platforms {
        issued.kept.remove(*name);
    }
    if !missing.is_empty() {
        // What is kept of a secret is called after it.
        issued.kept.retain(|name, _| missing.iter().all(|secret| !name.starts_with(*secret)));
        let missing = missing.into_iter().copied().collect::<Vec<_>>().join(", ");
        note(&format!(
            "bowei: 未提供 {missing}，与其有关的不核对 {missing}: not given, so what needs it is not looked at"
        ));
    }
    Ok(issued.kept)
}

fn tell(refusal: &Refusal) -> Result<(), Failure> {
    let fault = &refusal.fault;
    print(&format!("结果：拒收 refused：{}", plain(&fault.message())))?;
    print(&format!("  字段 field：{}", fault.field().unwrap_or("-")))?;
    print(&format!("  应为 expected：{}", plain(&fault.expected())))?;
    print(&format!("  收到 came：{}", plain(fault.received().as_deref().unwrap_or("-"))))?;
    print(&format!("  代码 code：{}", refusal.code))?;
    if let Some(read_as) = &refusal.read_as {
        print(&format!("  解析结果 read as：{}", plain(read_as)))?;
    }
    Ok(())
}

/// One `--header`.
#[derive(Clone)]
struct Header {
    name: HeaderName,
    value: HeaderValue,
}

impl FromStr for Header {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "NAME: VALUE is expected, such as 'authorization: TOKEN'".to_owned();
        let (name, value) = text.split_once(':').ok_or_else(form)?;
        let name = name.trim().parse().map_err(|_| form())?;
        let value = HeaderValue::from_str(value.trim()).map_err(|_| form())?;
        Ok(Self { name, value })
    }
}
