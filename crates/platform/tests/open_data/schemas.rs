//! The XML formats against the schemas that their makers publish, and where those schemas are. They are not the project's
//! own: where they are not beside it, that is said, and nothing is held against them.

use super::city_of_each;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of a kind of schemas, if it is there.
#[expect(clippy::print_stdout, reason = "whoever runs the test is told that nothing was held against them")]
pub fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas").join(name);
    if !folder.is_dir() {
        println!("skipped: the schemas of {name} are not at {}", folder.display());
        return None;
    }
    Some(folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn datex2_is_what_its_schema_says() {
    let Some(folder) = folder("datex2") else { return };
    let city = city_of_each().await;
    for name in ["parking-table", "parking-status"] {
        let answer = city.get(&format!("/open/v1/datex2/{name}.xml"), None).await;
        let file = city.folder.path().join(format!("{name}.xml"));
        std::fs::write(&file, &answer.bytes).unwrap();
        let checked = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .arg(folder.join("DATEXII_3_D2Payload.xsd"))
            .arg(&file)
            .output()
            .expect("xmllint is there: `scripts/setup test` installs it");
        let words = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(checked.status.success(), "{name}: {words}\n{}", String::from_utf8_lossy(&answer.bytes));
    }
    // The schema is read, and finds what is wrong.
    let wrong = String::from_utf8(city.get("/open/v1/datex2/parking-status.xml", None).await.bytes.to_vec());
    let file = city.folder.path().join("wrong.xml");
    std::fs::write(&file, wrong.unwrap().replace("spacesAvailable", "plenty")).unwrap();
    let schema = folder.join("DATEXII_3_D2Payload.xsd");
    let checked =
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(&file).output();
    assert!(!checked.unwrap().status.success());
}
