//! Writes a sample of every paper: `cargo run -p bowei-platform --example papers -- OUT_DIR [CONFIG]`.
//!
//! With a configuration its `[papers]` are taken, templates and fonts among them; what it does not set is made up. Beside the
//! pages lies `content-policy.txt`, with which the platform serves them.

use bowei_platform::Config;
use bowei_platform::papers::{Papers, content_policy, samples};
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(folder) = arguments.next() else {
        return Err("name the folder to write to: papers OUT_DIR [CONFIG]".into());
    };
    let mut papers = Config::load(arguments.next().as_deref())?.papers;
    let made_up = samples::office();
    for (setting, sample) in [
        (&mut papers.agency, made_up.agency),
        (&mut papers.number_prefix, made_up.number_prefix),
        (&mut papers.review_body, made_up.review_body),
        (&mut papers.court, made_up.court),
        (&mut papers.contact, made_up.contact),
        (&mut papers.phone, made_up.phone),
        (&mut papers.address, made_up.address),
    ] {
        if setting.is_none() {
            *setting = sample;
        }
    }
    let papers = Papers::load(&papers)?;
    std::fs::create_dir_all(&folder)?;
    for (name, sample) in samples::all() {
        std::fs::write(folder.join(format!("{name}.html")), papers.render(&sample)?)?;
    }
    std::fs::write(folder.join("content-policy.txt"), content_policy())?;
    Ok(())
}
