//! Who logs must not fail by it: stderr on a full disk, on a pipe whose reader has gone, on one that nobody reads.

use crate::support;

use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Served, bowei, bowei_on, operator, printed};

/// Everything that happens is logged, so that every part meets the log.
const LOG: &str = "bowei=trace,bowei_platform=trace,bowei_store=trace,bowei_edge=trace,hyper=trace,info";

/// What is wrong with stderr.
#[derive(Clone, Copy, Debug)]
enum Stderr {
    /// Each write fails, as on a full disk.
    Full,
    /// The reader has gone away.
    Broken,
    /// The reader is there and does not read.
    Stalled,
}

/// Starts a command that serves with its stderr spoilt. A pipe that is to stay open comes back too.
fn serving(mut command: Command, stderr: Stderr) -> (Served, Option<std::io::PipeReader>) {
    command.env("BOWEI_LOG", LOG);
    let mut kept = None;
    match stderr {
        Stderr::Full => drop(command.stderr(File::options().write(true).open("/dev/full").unwrap())),
        Stderr::Broken | Stderr::Stalled => {
            let (reader, writer) = std::io::pipe().unwrap();
            command.stderr(writer);
            kept = matches!(stderr, Stderr::Stalled).then_some(reader);
        }
    }
    (Served::run(command), kept)
}

fn register(data: &std::path::Path, number: u32) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let lot = format!(
        "[[provider]]\ncode = \"p{number}\"\nname = \"停车\"\n[provider.huzhou]\n[[lot]]\ncode = \"L{number}\"\n\
         provider = \"p{number}\"\nname = \"停车场\"\nkind = \"off-street\"\ndistrict = \"330502\"\naddress = \"路\"\n\
         longitude = 120.0\nlatitude = 30.8\nspaces_total = 20\nids = {{ huzhou = \"HZ{number}\" }}\n"
    );
    file.write_all(lot.as_bytes()).unwrap();
    printed(bowei_on(data).args(["registry", "apply"]).arg(file.path()));
}

/// Waits until something holds, for as long as a busy machine may need.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_goes_on_whatever_becomes_of_its_log() {
    for stderr in [Stderr::Full, Stderr::Broken, Stderr::Stalled] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = bowei_on(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        let (served, _kept) = serving(command, stderr);
        let token = operator(folder.path());
        // Each is logged by the job that follows the registry, which has to be there for the next.
        for number in 1..=3 {
            register(folder.path(), number);
            until(&format!("{stderr:?}: lot {number} is not known"), async || {
                let (status, lots) = support::fetch(&served.url, "/api/v1/lots", &token).await;
                status == 200 && String::from_utf8_lossy(&lots).contains(&format!("\"L{number}\""))
            })
            .await;
        }
        // More than a pipe holds is logged by those who serve, and noted by the writer.
        for _ in 0..500 {
            let (_, answer) = post(&format!("{}/api/parkinglot/in", served.url), "", "{}").await;
            assert!(answer.contains("code"), "{stderr:?}: {answer}");
        }
        until(&format!("{stderr:?}: refusals are not noted"), async || {
            let (_, noted) = support::fetch(&served.url, "/api/v1/reports?outcome=refused", &token).await;
            String::from_utf8_lossy(&noted).contains("/api/parkinglot/in")
        })
        .await;
        assert_eq!(support::status(&served.url, "/readyz", &token).await, 200, "{stderr:?}");
        assert_eq!(served.terminate().0, Some(0), "{stderr:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_goes_on_whatever_becomes_of_its_log() {
    for stderr in [Stderr::Full, Stderr::Broken, Stderr::Stalled] {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("edge.toml");
        // Nobody listens there: every try is logged.
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata = {:?}\n[lot]\ncode = \"L1\"\nname = \"停车场\"\nspaces_total = 20\n\
             [[uplink]]\nstandard = \"yunkuaichong\"\nurl = \"http://127.0.0.1:9\"\nlot_id = \"1\"\nport_name = \"p\"\n\
             key = \"k\"\n",
            folder.path().join("data")
        );
        std::fs::write(&config, text).unwrap();
        let mut command = bowei();
        command.args(["edge", "--config"]).arg(&config);
        let (served, _kept) = serving(command, stderr);
        for car in 0..200 {
            let report = format!(
                r#"[{{"kind":"entry","record_id":"R{car}","at":"2026-04-01T08:15:30+08:00","plate":"浙E12345"}}]"#
            );
            let (status, answer) =
                post(&format!("{}/v1/reports", served.url), "application/json", &report).await;
            assert_eq!(status, 200, "{stderr:?}: {answer}");
        }
        assert_eq!(support::status(&served.url, "/v1/status", "").await, 200, "{stderr:?}");
        assert_eq!(served.terminate().0, Some(0), "{stderr:?}");
    }
}

#[test]
fn a_command_that_fails_says_so_by_its_code_where_it_cannot_by_words() {
    let mut command = bowei();
    command.args(["registry", "apply", "/no/such/file.toml"]).stdout(Stdio::null());
    command.stderr(File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(command.status().unwrap().code(), Some(2));
}

async fn post(url: &str, kind: &str, body: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<bytes::Bytes>>();
    let request = http::Request::post(url).header("content-type", kind);
    let request = request.body(Full::from(body.to_owned())).unwrap();
    let answer = client.request(request).await.unwrap();
    let status = answer.status().as_u16();
    (status, String::from_utf8_lossy(&answer.into_body().collect().await.unwrap().to_bytes()).into_owned())
}
